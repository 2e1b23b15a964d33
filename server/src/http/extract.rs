//! What handlers take in: path parameters, query parameters and JSON text, each refusing what it does not know.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::str::FromStr;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::request::Parts;
use foliocast_core::{Error as Fault, ErrorCode};
use futures::StreamExt as _;

use super::error::ApiError;

/// Most bytes of a request's body.
pub const BODY_LIMIT_BYTES: usize = 2 << 20;

/// Of a body over the limit, bytes still read and thrown away, so that the client gets to read the refusal instead of
/// a broken connection.
const DRAIN_LIMIT_BYTES: usize = 64 << 20;

/// Lines of a list unless told otherwise, and at most.
const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The text of a JSON body: declared as JSON, within the limit, UTF-8. What it means is for the service's parser.
#[derive(Clone, Debug)]
pub struct JsonText(pub String);

impl<S: Send + Sync> FromRequest<S> for JsonText {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let declared = parts.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        let media_type = declared.map(|text| text.split(';').next().unwrap_or("").trim());
        if !media_type.is_some_and(|text| text.eq_ignore_ascii_case("application/json")) {
            let seen = declared.map_or("missing".to_owned(), |text| format!("`{text}`"));
            return Err(ApiError::unsupported_media_type(format!(
                "`Content-Type` is {seen}; send the body as `application/json`."
            )));
        }
        let bytes = read_body(&parts, body).await?;
        String::from_utf8(bytes).map(Self).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            ApiError::invalid_one(
                "",
                ErrorCode::Syntax,
                format!("the body is not UTF-8: byte {at} begins no character"),
            )
        })
    }
}

async fn read_body(parts: &Parts, body: Body) -> Result<Vec<u8>, ApiError> {
    let too_large = |seen: String| {
        ApiError::body_too_large(format!("The body has {seen} bytes; at most {BODY_LIMIT_BYTES} are taken."))
    };
    let announced: Option<u64> =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if let Some(length) = announced
        && length > BODY_LIMIT_BYTES as u64
        && (parts.headers.contains_key(EXPECT) || length > DRAIN_LIMIT_BYTES as u64)
    {
        return Err(too_large(length.to_string()));
    }
    let mut bytes = Vec::new();
    let mut length = 0;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            if has_timed_out(&error) {
                ApiError::body_too_slow("The body did not arrive in the time that is allowed; send it at once.")
            } else {
                ApiError::malformed("The body broke off.")
            }
        })?;
        length += chunk.len();
        if length > DRAIN_LIMIT_BYTES {
            break;
        }
        if length <= BODY_LIMIT_BYTES {
            bytes.extend_from_slice(&chunk);
        }
    }
    match length {
        0..=BODY_LIMIT_BYTES => Ok(bytes),
        _ => Err(too_large(announced.map_or_else(|| format!("more than {BODY_LIMIT_BYTES}"), |n| n.to_string()))),
    }
}

/// Whether time ran out somewhere below an error.
fn has_timed_out(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut))
}

/// The one parameter in a route's path.
#[derive(Clone, Debug)]
pub struct PathText(String);

impl PathText {
    /// The parameter, read as a `T`.
    ///
    /// # Errors
    /// 400 with `name` as the path. A key that is no key cannot name anything: saying so helps more than a 404.
    pub fn parse<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, ApiError> {
        self.0.parse().map_err(|error: T::Err| {
            ApiError::invalid_one(name, ErrorCode::Type, format!("`{}` is not a key: {error}", shorten(&self.0)))
        })
    }

    /// The parameter as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(ApiError::malformed("The path is not UTF-8 after percent-decoding.")),
        }
    }
}

/// The parameters of a query: taken one by one, refused where unknown or repeated.
#[derive(Clone, Debug)]
pub struct QueryParameters {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Query(pairs)) => Ok(Self { pairs, known: Vec::new(), faults: Vec::new() }),
            Err(error) => Err(ApiError::malformed(format!("The query cannot be read: {error}."))),
        }
    }
}

impl QueryParameters {
    /// The parameter `name`, read by `parse`, whose error is a message for people; `None` where absent or wrong.
    pub fn take_with<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.known.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next()?;
        let fault = if values.next().is_some() {
            Fault { path: name.to_owned(), code: ErrorCode::Duplicate, message: format!("`{name}` is given twice") }
        } else {
            match parse(value) {
                Ok(value) => return Some(value),
                Err(message) => Fault { path: name.to_owned(), code: ErrorCode::Range, message },
            }
        };
        self.faults.push(fault);
        None
    }

    /// The parameter `name` as text.
    pub fn take(&mut self, name: &'static str) -> Option<String> {
        self.take_with(name, |text| Ok(text.to_owned()))
    }

    /// The parameter `name` as an integer from `min` to `max`.
    pub fn take_integer(&mut self, name: &'static str, min: u32, max: u32) -> Option<u32> {
        self.take_with(name, |text| {
            let value = text.parse().ok().filter(|value| (min..=max).contains(value));
            value.ok_or_else(|| format!("`{}` is not an integer from {min} to {max}", shorten(text)))
        })
    }

    /// The parameters `limit` and `cursor` of a list: how many lines, and what they come after.
    pub fn take_page(&mut self) -> (u32, Option<String>) {
        (self.take_integer("limit", 1, MAX_LIMIT).unwrap_or(DEFAULT_LIMIT), self.take("cursor"))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 400 with everything wrong in the query.
    pub fn finish(mut self) -> Result<(), ApiError> {
        for (name, _) in &self.pairs {
            if !self.known.contains(&name.as_str()) {
                let allowed = match self.known.as_slice() {
                    [] => "no parameters are known here".to_owned(),
                    known => format!("known here are {}", known.join(", ")),
                };
                let message = format!("`{}` is not a known parameter; {allowed}", shorten(name));
                self.faults.push(Fault { path: shorten(name), code: ErrorCode::Unknown, message });
            }
        }
        if self.faults.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.faults)) }
    }
}

/// The query of an address that takes no parameters: refused where it has any.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

impl<S: Send + Sync> FromRequestParts<S> for NoParameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        QueryParameters::from_request_parts(parts, state).await?.finish().map(|()| Self)
    }
}

/// At most 80 characters of what a client sent, for a message.
fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(80).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
