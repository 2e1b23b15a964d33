//! One attempt at a computation: a thread that computes, and a task beside it that keeps the lease, tells of progress
//! and sees to it that the attempt ends in a stored result, a stored error, or back in the queue.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foliocast_core::scenario::{MatrixKey, RunKey};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};
use rustix::process::setpriority_process;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::backoff::backoff;
use super::dispatcher::{MAX_ATTEMPTS, Workers};
use super::live::Progress;
use super::scenario::{Failure, Made};
use super::step::Step;
use crate::store::{Claim, Outcome, Priority, StoreError};
use crate::telemetry::{Parts, TraceSpan};

/// How long a claim holds without being renewed: what a process that was killed made is taken up by another after this
/// long.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// How often the task looks at its thread.
const TICK: Duration = Duration::from_millis(250);

/// Progress is written down at most this often.
const FLUSH: Duration = Duration::from_secs(1);

/// A result that could not be stored is made again after this long.
const NOT_STORED_PAUSE: Duration = Duration::from_secs(10);

/// How far computations that have time are set back.
const NICE: i32 = 10;

/// Why an attempt is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stop {
    /// Nobody waits for it, or another attempt was claimed.
    Unwanted = 1,
    /// The process shuts down.
    Shutdown = 2,
    /// It makes no progress.
    Stalled = 3,
}

/// How a running attempt is told to stop, and tells that it is alive.
#[derive(Debug)]
pub struct Control {
    /// Who goes first, as it was claimed.
    pub(super) priority: Priority,
    stop: AtomicU8,
    stopped: CancellationToken,
    /// Whether its turn has come to compute.
    begun: AtomicBool,
    reports: AtomicU64,
    /// The attempt as a collector gets it.
    traced: Parts,
}

impl Control {
    /// Of an attempt at this.
    pub(super) fn of(claim: &Claim) -> Self {
        Self {
            priority: claim.priority,
            traced: Parts::of(traced(claim)),
            stop: AtomicU8::default(),
            stopped: CancellationToken::new(),
            begun: AtomicBool::default(),
            reports: AtomicU64::default(),
        }
    }

    /// Asks the attempt to stop at the next block; the first reason stays.
    pub fn stop(&self, reason: Stop) {
        let _ = self.stop.compare_exchange(0, reason as u8, Ordering::AcqRel, Ordering::Acquire);
        self.stopped.cancel();
    }

    fn reason(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Stop::Unwanted),
            2 => Some(Stop::Shutdown),
            _ => Some(Stop::Stalled),
        }
    }
}

type Attempted = Result<Result<Made, Failure>, String>;

impl Workers {
    /// Makes one attempt. `permit` is held until its thread has ended.
    pub(super) async fn attempt(self: Arc<Self>, claim: Claim, control: Arc<Control>, permit: OwnedSemaphorePermit) {
        // At the highest level, so that every warning names what it is about. Others than the first may have asked, too.
        let span = tracing::error_span!(
            "attempt",
            computation_id = %claim.computation_id,
            attempt = claim.attempts,
            run_key = %RunKey::from_bytes(claim.key),
            request_id = claim.begun_by.request_id,
            job_id = claim.begun_by.job_id.map(display),
        );
        self.make_attempt(claim, control, permit).instrument(span).await;
    }

    async fn make_attempt(self: Arc<Self>, claim: Claim, control: Arc<Control>, permit: OwnedSemaphorePermit) {
        tracing::info!("took a computation up");
        control.traced.begin(Step::Claimed.name());
        let begun = self.clock.instant();
        let made = self.watch(&claim, &control, begun, self.compute_in_turn(&claim, &control)).await;
        drop(permit);
        if let Some(made) = made {
            self.conclude(&claim, &control, begun, made).await;
        }
        control.traced.end();
        self.end(&claim);
    }

    /// Waits until what the computation takes fits beside the others, and computes it. One that takes more than all
    /// may have runs alone.
    async fn compute_in_turn(&self, claim: &Claim, control: &Arc<Control>) -> Attempted {
        let mebibytes = self.computer.memory_bytes(claim).div_ceil(1 << 20).min(self.settings.memory_mebibytes());
        let _room = tokio::select! {
            room = self.memory.acquire_many(u32::try_from(mebibytes).unwrap_or(u32::MAX)) => room.ok(),
            // Told to stop, it ends at its first step, which takes no memory.
            () = control.stopped.cancelled() => None,
        };
        control.begun.store(true, Ordering::Relaxed);
        match self.compute(claim, control) {
            Ok(made) => made.await.unwrap_or_else(|_| Err("the computing thread is gone".to_owned())),
            Err(error) => Err(format!("no thread to compute on: {error}")),
        }
    }

    /// Starts the thread.
    fn compute(&self, claim: &Claim, control: &Arc<Control>) -> std::io::Result<oneshot::Receiver<Attempted>> {
        let (sender, receiver) = oneshot::channel();
        let (computer, live) = (Arc::clone(&self.computer), self.live.clone());
        let (claim, control) = (claim.clone(), Arc::clone(control));
        let span = tracing::Span::current();
        std::thread::Builder::new().name("compute".to_owned()).spawn(move || {
            let _logged = span.entered();
            let _traced = control.traced.whole.enter();
            if claim.priority == Priority::Low {
                give_way();
            }
            let report = |percent: f64, step: Step| {
                control.reports.fetch_add(1, Ordering::Relaxed);
                control.traced.begin(step.name());
                live.publish(claim.computation_id, claim.token, |progress| {
                    progress.percent = percent;
                    progress.step = step;
                });
                control.reason().map_or(ControlFlow::Continue(()), ControlFlow::Break)
            };
            let made = catch_unwind(AssertUnwindSafe(|| computer.make(&claim, &report)));
            // The other end waits for as long as the runtime lives.
            let _ = sender.send(made.map_err(|panic| panic_message(&*panic)));
        })?;
        Ok(receiver)
    }

    /// Keeps the lease and watches for progress until the thread ends. `None` when the attempt was concluded here.
    async fn watch(
        &self,
        claim: &Claim,
        control: &Control,
        begun: Instant,
        made: impl Future<Output = Attempted>,
    ) -> Option<Attempted> {
        let mut made = pin!(made);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut follower = self.live.follow(claim.computation_id);
        let (mut reports, mut progressed_at) = (0, self.clock.instant());
        let (mut flushed_at, mut flushed_percent) = (Instant::now(), 0.0);
        loop {
            tokio::select! {
                made = &mut made => return (control.reason() != Some(Stop::Stalled)).then_some(made),
                _ = ticks.tick() => {}
            }
            let now = self.clock.instant();
            let seen = control.reports.load(Ordering::Relaxed);
            if seen != reports || !control.begun.load(Ordering::Relaxed) {
                (reports, progressed_at) = (seen, now);
            } else if now.duration_since(progressed_at) >= self.settings.timeout && control.reason().is_none() {
                control.stop(Stop::Stalled);
                let error = format!("given up: no progress for {} s", self.settings.timeout.as_secs());
                self.store_failure(claim, control, begun, &error, None).await;
            }
            let progress = follower.latest();
            let since = flushed_at.elapsed();
            if control.reason().is_none()
                && ((progress.percent != flushed_percent && since >= FLUSH) || since >= LEASE / 3)
            {
                (flushed_at, flushed_percent) = (Instant::now(), progress.percent);
                let renewed =
                    self.store.renew(claim.computation_id, claim.token, LEASE, progress.percent, progress.step.name());
                // One that gets no answer leaves time for another before the lease is over.
                match tokio::time::timeout(LEASE / 4, renewed).await {
                    Ok(Ok(Outcome::Done)) => {}
                    Ok(Ok(_)) => control.stop(Stop::Unwanted),
                    Ok(Err(error)) => tracing::warn!(%error, "could not renew a computation's lease"),
                    Err(_) => tracing::warn!("renewing a computation's lease got no answer"),
                }
            }
        }
    }

    /// Writes down what came of the attempt.
    async fn conclude(&self, claim: &Claim, control: &Control, begun: Instant, made: Attempted) {
        match made {
            Ok(Ok(made)) => self.store_result(claim, control, begun, made).await,
            Ok(Err(Failure::Stopped)) => {
                if control.reason() == Some(Stop::Shutdown) {
                    self.hand_back(claim, Duration::ZERO).await;
                }
            }
            Ok(Err(Failure::Store(error))) => self.not_stored(claim, &error).await,
            Ok(Err(Failure::Final(error))) => self.store_failure(claim, control, begun, &error, None).await,
            Ok(Err(Failure::Passing(error))) | Err(error) => {
                let retry_after =
                    (claim.attempts < MAX_ATTEMPTS).then(|| backoff(claim.computation_id, claim.attempts));
                tracing::error!(error, "an attempt failed");
                self.store_failure(claim, control, begun, &error, retry_after).await;
            }
        }
    }

    async fn store_result(
        &self,
        claim: &Claim,
        control: &Control,
        begun: Instant,
        Made { completion, result, let_in }: Made,
    ) {
        let (records, matrix_key) = (completion.records.clone(), MatrixKey::from_bytes(completion.run.matrix_key));
        let completed = self.store.complete(claim.computation_id, claim.token, completion).await;
        drop(let_in);
        match completed {
            Ok(Outcome::Done) => {
                self.count(control, begun, "complete");
                let traced = &control.traced.whole;
                if traced.is_recording() {
                    traced.set("matrix_key", matrix_key.to_string());
                    traced.set("outcome", result.outcome.name());
                    traced.set("tier", result.tier.name());
                }
                tracing::info!(
                    %matrix_key,
                    outcome = result.outcome.name(),
                    tier = result.tier.name(),
                    row_bytes = result.row_bytes,
                    matrix_ms = result.matrix_ms,
                    total_ms = result.total_ms,
                    "made a run"
                );
                for record in records {
                    self.computer.tiers.stored(record).await;
                }
                self.live.publish(claim.computation_id, claim.token, |progress| {
                    progress.percent = 100.0;
                    progress.step = Step::Done;
                    progress.ended = true;
                });
            }
            Ok(Outcome::Superseded) => {
                let error = "what it was made from was invalidated meanwhile";
                let retry_after = (claim.attempts < MAX_ATTEMPTS).then_some(Duration::ZERO);
                self.store_failure(claim, control, begun, error, retry_after).await;
            }
            Ok(Outcome::Stale) => {}
            Err(error) => self.not_stored(claim, &error).await,
        }
    }

    async fn store_failure(
        &self,
        claim: &Claim,
        control: &Control,
        begun: Instant,
        message: &str,
        retry_after: Option<Duration>,
    ) {
        match self.store.fail(claim.computation_id, claim.token, message, retry_after).await {
            Ok(Outcome::Done) => {
                self.count(control, begun, if retry_after.is_some() { "retried" } else { "failed" });
                control.traced.whole.fail();
                let ended = |progress: &mut Progress| progress.ended = retry_after.is_none();
                self.live.publish(claim.computation_id, claim.token, ended);
            }
            Ok(_) => {}
            Err(error) => self.not_stored(claim, &error).await,
        }
    }

    fn count(&self, control: &Control, begun: Instant, state: &'static str) {
        control.traced.whole.set("state", state);
        let took = self.clock.instant().saturating_duration_since(begun);
        self.computer.measures.metrics.attempted(state, took);
    }

    /// The store took neither result nor error: whoever waits is told, and the attempt goes back once the store can be
    /// written again.
    async fn not_stored(&self, claim: &Claim, error: &StoreError) {
        tracing::error!(%error, "a result could not be stored");
        let not_stored = |progress: &mut Progress| progress.not_stored = Some(error.to_string());
        self.live.publish(claim.computation_id, claim.token, not_stored);
        self.hand_back(claim, NOT_STORED_PAUSE).await;
    }

    /// Hands the attempt back, trying until the store takes it or the process shuts down (the next one then finds it).
    async fn hand_back(&self, claim: &Claim, after: Duration) {
        let mut pause = Duration::from_secs(1);
        while let Err(error) = self.store.release(claim.computation_id, claim.token, after).await {
            tracing::warn!(%error, "could not hand a computation back");
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
                () = self.stopping.cancelled() => return,
            }
        }
    }
}

/// An attempt as a collector gets it: a part of the trace of the request that asked first, since that is whose time it
/// takes. Others that joined name the same computation.
fn traced(claim: &Claim) -> TraceSpan {
    TraceSpan::begin(claim.begun_by.traceparent.as_deref(), || {
        let mut attributes = vec![
            KeyValue::new("computation_id", claim.computation_id.to_string()),
            KeyValue::new("attempt", i64::from(claim.attempts)),
            KeyValue::new("run_key", RunKey::from_bytes(claim.key).to_string()),
        ];
        attributes.extend(claim.begun_by.request_id.clone().map(|id| KeyValue::new("request_id", id)));
        attributes.extend(claim.begun_by.job_id.map(|id| KeyValue::new("job_id", id.to_string())));
        SpanBuilder::from_name("attempt").with_kind(SpanKind::Consumer).with_attributes(attributes)
    })
}

/// Lets every other thread go before this one and those that it starts.
fn give_way() {
    // Linux keeps this by thread. Where it is refused, nothing is lost but that.
    if let Err(error) = setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "a thread that has time could not be set back");
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the computation panicked: {}", message.unwrap_or("no message"))
}
