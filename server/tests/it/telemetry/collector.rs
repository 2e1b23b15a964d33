//! A collector that keeps what it is sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Wrapped, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::installation::PATIENCE;

/// Everything that came.
#[derive(Debug, Default)]
struct Kept {
    /// With what each says of its process.
    spans: Vec<(Vec<KeyValue>, Span)>,
    bodies: Vec<Bytes>,
    headers: Vec<HeaderMap>,
}

/// A collector, gone with this value.
pub struct Collector {
    pub url: String,
    kept: Arc<Mutex<Kept>>,
    serving: JoinHandle<()>,
}

/// A span as it was told.
#[derive(Clone, Debug)]
pub struct Told {
    process: Vec<KeyValue>,
    pub span: Span,
}

impl Told {
    pub fn attribute(&self, key: &str) -> Option<String> {
        attribute(&self.span.attributes, key)
    }

    /// What it says of its process.
    pub fn process(&self, key: &str) -> Option<String> {
        attribute(&self.process, key)
    }

    pub fn is_part_of(&self, whole: &Self) -> bool {
        self.span.trace_id == whole.span.trace_id && self.span.parent_span_id == whole.span.span_id
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match &found.value {
        Some(Wrapped { value: Some(AnyValue::StringValue(text)) }) => Some(text.clone()),
        Some(Wrapped { value: Some(AnyValue::IntValue(number)) }) => Some(number.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}

impl Collector {
    pub async fn start() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let kept = Arc::<Mutex<Kept>>::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, kept, serving }
    }

    pub fn spans(&self) -> Vec<Told> {
        let kept = self.kept.lock().unwrap();
        kept.spans.iter().map(|(process, span)| Told { process: process.clone(), span: span.clone() }).collect()
    }

    /// Waits for a span.
    pub async fn wait_for(&self, what: &str, is_it: impl Fn(&Told) -> bool) -> Told {
        let begun = Instant::now();
        loop {
            if let Some(told) = self.spans().into_iter().find(&is_it) {
                return told;
            }
            let names: Vec<String> = self.spans().into_iter().map(|told| told.span.name).collect();
            assert!(begun.elapsed() < PATIENCE, "{what} does not come, only {names:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether a text came, in whatever place.
    pub fn has_heard(&self, text: &str) -> bool {
        let kept = self.kept.lock().unwrap();
        kept.bodies.iter().any(|body| body.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// Whether every message had this header.
    pub fn always_had(&self, name: &str, value: &str) -> bool {
        let kept = self.kept.lock().unwrap();
        !kept.headers.is_empty() && kept.headers.iter().all(|headers| headers.get(name).is_some_and(|had| had == value))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(kept): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("a message of OTLP");
    let mut kept = kept.lock().unwrap();
    kept.headers.push(headers);
    kept.bodies.push(body);
    for resource in request.resource_spans {
        let process = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        kept.spans.extend(spans.map(|span| (process.clone(), span)));
    }
    StatusCode::OK
}
