//! Every refusal the server answers with, in one shape.
//!
//! Which error type where:
//!
//! | where | type | becomes |
//! | --- | --- | --- |
//! | `core`: reading a configuration, a codec | [`foliocast_core::Errors`]: all faults, with paths | [`ServiceError::Invalid`] or [`ServiceError::Impossible`] |
//! | `service`: every method | [`ServiceError`] | [`ApiError`], by `?` in a handler |
//! | `http`: path, query, body, headers, Host, access | [`ApiError`], by one of its constructors | the answer |
//! | the router itself (no such route or method) | a bare 404 or 405 | [`ApiError`] |
//! | a panic in a handler | caught | [`ApiError`] 500, and logged |
//! | rows that fail while they stream | [`crate::service::RowsError`] | an aborted connection, never a clean end |
//! | starting up | `anyhow::Error` | one sentence on standard error, exit 1 or 2 |
//!
//! An [`ApiError`] travels as an extension of an otherwise empty response; [`render`] turns it into JSON, since only
//! the outermost layer knows the request's id.

use std::any::Any;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{ErrorBody, Problem};
use foliocast_core::{Error, ErrorCode};
use futures::FutureExt as _;

use super::request::RequestId;
use crate::service::{ServiceError, listed};

/// A refusal: status, code, message, details, and the headers that go with it.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    details: Vec<Error>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: Vec::new(), headers: Vec::new() }
    }

    /// 400 with the faults of the input.
    pub fn invalid(faults: Vec<Error>) -> Self {
        let details = listed(faults);
        let message = summarise(&details);
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message) }
    }

    /// 400 with one fault.
    pub fn invalid_one(path: &str, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::invalid(vec![Error { path: path.to_owned(), code, message: message.into() }])
    }

    /// 400 for a request that is broken below its content.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// 401: nobody we know.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the `Host` is not one of ours.
    pub fn host_not_allowed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "HOST_NOT_ALLOWED", message)
    }

    /// 403: a page of another site wants to change something.
    pub fn foreign_origin(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FOREIGN_ORIGIN", message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 405; the `Allow` header is the router's.
    pub fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    /// 406: none of the media types that are accepted can be made.
    pub fn not_acceptable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
    }

    /// 408: the body was not there in time. The connection ends, since the rest of the body may still come.
    pub fn body_too_slow(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
            .with_header(CONNECTION, HeaderValue::from_static("close"))
    }

    /// 413.
    pub fn body_too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
    }

    /// 415.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    /// 500: a bug.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", message)
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn body(self, request_id: &str) -> ErrorBody {
        let Self { code, message, details, .. } = self;
        ErrorBody { error: Problem { code: code.into_owned(), message, details, request_id: request_id.to_owned() } }
    }
}

/// One line for many faults: the first, and how many more.
fn summarise(details: &[Error]) -> String {
    match details {
        [] => "The request is not valid.".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let details = error.details();
        let message = if details.is_empty() { error.to_string() } else { summarise(&details) };
        let mut answer = Self { details, ..Self::new(status, error.code(), message) };
        if status == StatusCode::UNAUTHORIZED {
            answer = answer.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = error.retry_after() {
            answer = answer.with_header(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let ServiceError::RangeNotSatisfiable { num_rows, .. } = &error
            && let Ok(value) = HeaderValue::try_from(format!("rows */{num_rows}"))
        {
            answer = answer.with_header(CONTENT_RANGE, value);
        }
        answer
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.headers_mut().extend(self.headers.iter().cloned());
        response.extensions_mut().insert(self);
        response
    }
}

/// Middleware: gives every refusal its body, catches panics, and turns the router's own 404 and 405 into the same
/// shape.
pub async fn render(request: Request, next: Next) -> Response {
    let request_id = RequestId::of(request.extensions());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(%method, path, panic = panic_text(&*panic), "a handler panicked");
            ApiError::internal("The server made a mistake; its log has more under this request id.").into_response()
        }
    };
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if response.headers().contains_key(CONTENT_TYPE) => return response,
        None => match response.status() {
            StatusCode::NOT_FOUND => {
                ApiError::not_found(format!("There is nothing at {path}; /api/docs lists what there is."))
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                let allowed = response.headers().get("allow").and_then(|value| value.to_str().ok()).unwrap_or("none");
                ApiError::method_not_allowed(format!("{path} does not answer {method}; allowed are {allowed}."))
            }
            _ => return response,
        },
    };
    if error.status.is_server_error() {
        tracing::warn!(status = error.status.as_u16(), code = %error.code, "{}", error.message);
    }
    let (mut parts, _) = response.into_parts();
    let body = serde_json::to_vec(&error.body(&request_id.to_string())).unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    let body = if method == axum::http::Method::HEAD { axum::body::Body::empty() } else { body.into() };
    Response::from_parts(parts, body)
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
