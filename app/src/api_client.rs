//! The page's side of the HTTP API: calls, and what people read when they fail.

use std::fmt;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

use crate::api::{ErrorBody, Problem};

/// Why a call has no answer to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// Nothing came back: no network, no server, or the call was stopped.
    Unreachable,
    /// The server refused.
    Refused {
        /// HTTP status.
        status: u16,
        /// Why.
        problem: Problem,
        /// Seconds to wait before asking again, if the server said so.
        retry_after_seconds: Option<u32>,
    },
    /// An answer that this page does not understand.
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str(
                "The server did not answer. Is it running, and this computer online? What you typed is kept; try again.",
            ),
            // The server's words are for programs, which send keys with every request.
            Self::Refused { status: 401, .. } => f.write_str(
                "The server asks for an access key: the page Account leads to where it is given. What you typed is kept.",
            ),
            Self::Refused { status, problem, retry_after_seconds } => {
                f.write_str(&problem.message)?;
                match (status, retry_after_seconds) {
                    (429 | 503, Some(seconds)) => write!(f, " Try again in {seconds} s."),
                    (429 | 503, None) => f.write_str(" Try again in a moment."),
                    (500.., _) => write!(f, " The server's log says more about request {}.", problem.request_id),
                    _ => Ok(()),
                }
            }
            Self::Unreadable { status, message } => write!(
                f,
                "The server answered {status} with something this page does not understand ({message}). Reload the page: it \
                 may be older than the server."
            ),
        }
    }
}

/// What came back from a call, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Value of the header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body of a success, read as `T`.
    ///
    /// # Errors
    /// The refusal, or why the body cannot be read.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        self.success()?;
        serde_json::from_str(&self.body).map_err(|error| self.unreadable(&error))
    }

    /// Whether it is a success, whose body may be empty.
    ///
    /// # Errors
    /// The refusal, or why that cannot be read.
    pub fn success(&self) -> Result<(), CallError> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let body: ErrorBody = serde_json::from_str(&self.body).map_err(|error| self.unreadable(&error))?;
        let retry_after_seconds = self.retry_after.as_deref().and_then(|seconds| seconds.trim().parse().ok());
        Err(CallError::Refused { status: self.status, problem: body.error, retry_after_seconds })
    }

    fn unreadable(&self, error: &serde_json::Error) -> CallError {
        CallError::Unreadable { status: self.status, message: error.to_string() }
    }
}

/// A GET.
///
/// # Errors
/// [`CallError::Unreachable`].
pub(crate) async fn get(url: &str, signal: Option<&AbortSignal>) -> Result<Answer, CallError> {
    send("GET", url, None, None, signal).await
}

/// A POST of JSON text.
///
/// # Errors
/// [`CallError::Unreachable`].
pub(crate) async fn post(url: &str, body: &str, signal: Option<&AbortSignal>) -> Result<Answer, CallError> {
    send("POST", url, Some(body), None, signal).await
}

/// A PUT of JSON text, under a condition: the name and value of a header.
///
/// # Errors
/// [`CallError::Unreachable`].
pub(crate) async fn put(url: &str, body: &str, condition: (&str, &str)) -> Result<Answer, CallError> {
    send("PUT", url, Some(body), Some(condition), None).await
}

/// A DELETE.
///
/// # Errors
/// [`CallError::Unreachable`].
pub(crate) async fn delete(url: &str) -> Result<Answer, CallError> {
    send("DELETE", url, None, None, None).await
}

/// `text` as one segment of a path or one value of a query: everything but unreserved characters as %XX (RFC 3986).
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

async fn send(
    method: &str,
    url: &str,
    body: Option<&str>,
    header: Option<(&str, &str)>,
    signal: Option<&AbortSignal>,
) -> Result<Answer, CallError> {
    let fetched = async {
        let options = RequestInit::new();
        options.set_method(method);
        options.set_signal(signal);
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
        if let Some((name, value)) = header {
            headers.set(name, value)?;
        }
        if let Some(body) = body {
            headers.set("content-type", "application/json")?;
            options.set_body(&body.into());
        }
        options.set_headers(&headers);
        let request = Request::new_with_str_and_init(url, &options)?;
        let response: Response =
            JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?.dyn_into()?;
        let retry_after = response.headers().get("retry-after")?;
        let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok::<_, wasm_bindgen::JsValue>(Answer { status: response.status(), retry_after, body })
    };
    fetched.await.map_err(|_| CallError::Unreachable)
}
