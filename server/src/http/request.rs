//! Every request gets an id, a span and one line in the log.

use std::fmt;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{AppState, metrics};

/// The header every answer carries.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request. Always ours: an id chosen by a client could be made to look like another one's in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// The id that [`observe`] gave this request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(Uuid::nil()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Middleware: names the request, logs one line when its answer begins, counts it, and puts the id on the answer.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(Uuid::now_v7());
    request.extensions_mut().insert(id);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", %id);
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    metrics::count(&state.services, route.as_ref(), &method, status, took);
    let duration_ms = took.as_secs_f64() * 1e3;
    span.in_scope(|| match path.as_str() {
        // Probes come every few seconds and say nothing.
        "/healthz" | "/readyz" | "/metrics" => tracing::debug!(%method, path, status, duration_ms, "answered"),
        _ => tracing::info!(%method, path, status, duration_ms, "answered"),
    });
    response
}
