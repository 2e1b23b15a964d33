//! Spans. Where nothing is exported they hold nothing, and what would be in them is never made.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{FutureExt as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, ContextGuard, KeyValue, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::export::tracer;
use crate::store::{Kind, Origin};

const TRACEPARENT: &str = "traceparent";

/// A span of a trace, with all that is under it; ended when it is dropped.
#[derive(Clone, Debug, Default)]
pub struct TraceSpan(Option<Context>);

impl TraceSpan {
    /// Begins a span under the one that another process wrote down as `traceparent`; at the root of a new trace without, or
    /// where that is none.
    pub fn begin(traceparent: Option<&str>, build: impl FnOnce() -> SpanBuilder) -> Self {
        let Some(tracer) = tracer() else { return Self(None) };
        let parent = traceparent.map_or_else(Context::new, |text| {
            let carrier = HashMap::from([(TRACEPARENT.to_owned(), text.to_owned())]);
            TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
        });
        Self(Some(parent.with_span(tracer.build_with_context(build(), &parent))))
    }

    /// Begins a part of this span.
    fn part(&self, build: impl FnOnce() -> SpanBuilder) -> Self {
        let (Some(tracer), Some(whole)) = (tracer(), &self.0) else { return Self(None) };
        Self(Some(whole.with_span(tracer.build_with_context(build(), whole))))
    }

    /// The span that this thread, or this task, works in.
    pub(super) fn current() -> Self {
        if tracer().is_none() {
            return Self(None);
        }
        Self(Some(Context::current()).filter(Context::has_active_span))
    }

    /// Whether anybody will see what is put into it.
    pub fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(|context| context.span().is_recording())
    }

    /// Puts a figure or a name into it. Nothing that many values have goes into a span's name.
    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    }

    /// Says that it failed; why is said in the log alone, which keeps texts that hold anything on this machine.
    pub fn fail(&self) {
        if let Some(context) = &self.0 {
            context.span().set_status(Status::error(""));
        }
    }

    /// Ends it now, whoever else has it.
    pub fn end(&self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }

    /// Runs something in it, so that what is begun there is a part of it.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.0 {
            Some(context) => work.with_context(context.clone()).await,
            None => work.await,
        }
    }

    /// The same for a thread, for as long as the guard is held.
    pub fn enter(&self) -> Option<ContextGuard> {
        self.0.clone().map(Context::attach)
    }
}

/// Where this task stands in a trace, in the words of W3C's `traceparent`, for another process.
pub fn traceparent() -> Option<String> {
    let TraceSpan(Some(context)) = TraceSpan::current() else { return None };
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Looks for a record in a tier, as a part of whatever it is looked for; `was_found` says with what result.
pub async fn lookup<T>(tier: Origin, kind: Kind, looking: impl Future<Output = T>, was_found: fn(&T) -> bool) -> T {
    let span = TraceSpan::current().part(|| {
        let kind = KeyValue::new("kind", kind.name());
        SpanBuilder::from_name(format!("look in {}", tier.name()))
            .with_kind(if tier == Origin::Memory { SpanKind::Internal } else { SpanKind::Client })
            .with_attributes([KeyValue::new("tier", tier.name()), kind])
    });
    let found = looking.await;
    if span.is_recording() {
        span.set("outcome", if was_found(&found) { "hit" } else { "miss" });
    }
    span.end();
    found
}

/// One thing after the other within a span.
#[derive(Debug, Default)]
pub struct Parts {
    /// The span.
    pub whole: TraceSpan,
    present: Mutex<Option<Part>>,
}

/// What is being done.
#[derive(Debug)]
struct Part {
    name: &'static str,
    span: TraceSpan,
}

impl Parts {
    /// None yet.
    pub fn of(whole: TraceSpan) -> Self {
        Self { whole, present: Mutex::default() }
    }

    /// Begins another part, where it is another one.
    pub fn begin(&self, name: &'static str) {
        if !self.whole.is_recording() {
            return;
        }
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present.as_ref().is_none_or(|part| part.name != name) {
            if let Some(last) = present.take() {
                last.span.end();
            }
            *present = Some(Part { name, span: self.whole.part(|| SpanBuilder::from_name(name)) });
        }
    }

    /// Ends the last part and the whole.
    pub fn end(&self) {
        if let Some(last) = self.present.lock().unwrap_or_else(PoisonError::into_inner).take() {
            last.span.end();
        }
        self.whole.end();
    }
}
