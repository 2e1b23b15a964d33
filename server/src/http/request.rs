//! Every request gets an id, and one line in the log that says what was done for it; a span, where spans are exported.

use std::fmt;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};
use tracing::Instrument as _;
use uuid::Uuid;

use super::client::Peer;
use super::{AppState, metrics};
use crate::config::ProxyRule;
use crate::telemetry::{TraceSpan, Trail, followed};

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
    // Probes come every few seconds and say nothing.
    let is_probe = matches!(path.as_str(), "/healthz" | "/readyz" | "/metrics");
    let traced = if is_probe { TraceSpan::default() } else { traced(&request, &state.proxies, route.as_ref(), id) };
    // At the highest level, so that every warning names its request, also where nothing but warnings is logged.
    let span = tracing::error_span!("request", request_id = %id);
    let (mut response, trail) = followed(traced.around(next.run(request))).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    metrics::count(&state.services, route.as_ref(), &method, status, took);
    let duration_ms = took.as_secs_f64() * 1e3;
    span.in_scope(|| match is_probe {
        true => tracing::debug!(%method, path, status, duration_ms, "answered"),
        false => tracing::info!(
            %method,
            path,
            route = route.as_ref().map(MatchedPath::as_str),
            status,
            duration_ms,
            tenant = trail.tenant,
            key_name = trail.key_name,
            run_key = trail.run_key.map(display),
            matrix_key = trail.matrix_key.map(display),
            tier = trail.tier,
            outcome = trail.outcome,
            job_id = trail.job_id.map(display),
            computation_id = trail.computation_id.map(display),
            "answered"
        ),
    });
    end(&traced, status, &trail);
    response
}

/// The request as a collector gets it: by its route, since paths and methods that there are not are what others choose.
fn traced(request: &Request, proxies: &[ProxyRule], route: Option<&MatchedPath>, id: RequestId) -> TraceSpan {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    // Whoever may say which trace he is in may fill somebody else's, and have all that he asks recorded.
    let is_trusted = peer.is_some_and(|peer| proxies.iter().any(|proxy| proxy.covers(peer)));
    let traceparent = if is_trusted { only_traceparent(request.headers()) } else { None };
    TraceSpan::begin(traceparent, || {
        let method = metrics::known(request.method());
        let mut attributes = vec![
            KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
            KeyValue::new("request_id", id.to_string()),
        ];
        let mut name = method.unwrap_or("HTTP").to_owned();
        if let Some(route) = route {
            name = format!("{name} {}", route.as_str());
            attributes.push(KeyValue::new("http.route", route.as_str().to_owned()));
        }
        SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes)
    })
}

/// The one `traceparent` of a request; more than one is none.
fn only_traceparent(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all("traceparent").iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// Ends a request's span with what is known of it.
fn end(traced: &TraceSpan, status: u16, trail: &Trail) {
    if traced.is_recording() {
        traced.set("http.response.status_code", i64::from(status));
        let texts = [
            ("tenant", trail.tenant.clone()),
            ("key_name", trail.key_name.clone()),
            ("run_key", trail.run_key.map(|key| key.to_string())),
            ("matrix_key", trail.matrix_key.map(|key| key.to_string())),
            ("tier", trail.tier.map(str::to_owned)),
            ("outcome", trail.outcome.map(str::to_owned)),
            ("job_id", trail.job_id.map(|id| id.to_string())),
            ("computation_id", trail.computation_id.map(|id| id.to_string())),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                traced.set(name, text);
            }
        }
        if status >= 500 {
            traced.fail();
        }
    }
    traced.end();
}
