//! Spans on their way to a collector: OTLP over HTTP, in batches, on a thread of their own. Nobody waits for it: what a
//! collector does not take is dropped, and so is what comes while too much waits.

use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Key, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::config::OtlpEndpoint;

/// How long a collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// At the end of the process: how long the last spans may take.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// What a collector says is short.
const MOST_ANSWER_BYTES: u64 = 64 << 10;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// What makes spans, where they are exported.
pub(super) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

/// The export of this process's spans.
#[derive(Debug)]
pub struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Starts it for the rest of the process. What else OpenTelemetry has variables for (`OTEL_…`: names, headers, samplers,
    /// sizes of batches) its library reads.
    ///
    /// # Errors
    /// Variables of OpenTelemetry that cannot be followed.
    pub fn start(endpoint: &OtlpEndpoint) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new())
            .with_endpoint(endpoint.traces())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            // A batch that is tried again and again holds up those behind it, and the end of the process.
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let provider = SdkTracerProvider::builder().with_resource(this_process()).with_batch_exporter(exporter).build();
        // A second one in a process would get nothing: there is one.
        let _ = TRACER.set(provider.tracer("foliocast"));
        Ok(Self { provider })
    }

    /// Delivers what is left, within a bound. To be called when nothing begins spans any more, and not by the runtime.
    pub fn finish(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST_PATIENCE) {
            tracing::warn!(%error, "the last spans were not delivered");
        }
    }
}

/// What every span is of.
fn this_process() -> Resource {
    let system = rustix::system::uname();
    let resource = Resource::builder().with_attributes([
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("host.name", system.nodename().to_string_lossy().into_owned()),
        KeyValue::new("process.pid", i64::from(std::process::id())),
    ]);
    let named = Resource::builder().build().get(&Key::from_static_str("service.name"));
    match named.is_some_and(|name| !name.as_str().starts_with("unknown_service")) {
        true => resource.build(),
        false => resource.with_service_name("foliocast").build(),
    }
}

/// The way to the collector. Says once that it takes nothing, and once that it does again.
#[derive(Debug)]
struct Collector {
    agent: ureq::Agent,
    is_away: AtomicBool,
}

impl Collector {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // Headers that let somebody in go to nobody else.
            .max_redirects(0)
            .build();
        Self { agent: config.into(), is_away: AtomicBool::new(false) }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (parts, body) = request.into_parts();
        let (parts, mut body) = self.agent.run(Request::from_parts(parts, &body[..]))?.into_parts();
        let body = body.with_config().limit(MOST_ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }

    fn tell(&self, sent: &Result<Response<Bytes>, ureq::Error>) {
        let reason = match sent {
            Ok(answer) if answer.status().is_success() => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector of spans takes them again");
                }
                return;
            }
            Ok(answer) => format!("it answers {}", answer.status()),
            Err(error) => error.to_string(),
        };
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "the collector of spans does not take them: they are dropped until it does");
        }
    }
}

impl HttpClient for Collector {
    // Called on the exporter's own thread, which has nothing else to do: it waits.
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        let sent = self.send(request);
        self.tell(&sent);
        Box::pin(std::future::ready(sent.map_err(HttpError::from)))
    }
}
