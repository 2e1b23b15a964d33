//! The run on the server: asked for, followed, cancelled.

use std::time::Duration;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, EventSource, MessageEvent};

use super::state::Workbench;
use crate::api::{Accepted, Job, JobLinks, JobState, Run};
use crate::api_client::{CallError, delete, get, post};
use crate::browser;

/// How long the first call waits for the run; kept results come at once, and a slow one should soon show progress.
const WAIT_MS: u32 = 300;
/// How long a job whose events ended early is left alone before it is listened to again.
const PAUSE: Duration = Duration::from_secs(1);

/// The id of the button that runs.
pub(super) const RUN_ID: &str = "run-on-server";
/// The id of the button that cancels; it goes with the run.
pub(super) const CANCEL_ID: &str = "cancel-run";
/// The id of the button that runs again; it goes with the failure.
pub(super) const RETRY_ID: &str = "retry-run";

/// How far a run on the server is.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// Nothing was asked, or the answer is shown.
    Idle,
    /// Asked, no word yet.
    Asking,
    /// The server is at it.
    Running {
        /// 0–100.
        percent: f64,
        /// What it is doing.
        step: String,
        /// The connection broke, and the browser is making a new one.
        is_reconnecting: bool,
    },
    /// There is no result, for this reason.
    Failed(String),
    /// The person stopped it.
    Cancelled,
}

/// The run on the server.
#[derive(Clone, Copy, Debug)]
pub struct ServerRun {
    /// How far it is.
    pub state: RwSignal<RunState>,
    under_way: StoredValue<Option<SendWrapper<UnderWay>>>,
}

/// What cancelling needs.
#[derive(Clone, Debug)]
struct UnderWay {
    stop: AbortController,
    job: Option<String>,
}

/// An event of a job, as a page uses it.
#[derive(Debug, PartialEq, serde::Deserialize)]
struct Progress {
    percent: f64,
    step: String,
}

impl ServerRun {
    pub(super) fn new() -> Self {
        Self { state: RwSignal::new(RunState::Idle), under_way: StoredValue::new(None) }
    }

    /// Whether a run is under way.
    pub fn is_under_way(self) -> bool {
        self.state.with(|state| matches!(state, RunState::Asking | RunState::Running { .. }))
    }

    /// Takes back the message of a run that ended without a result: it was about other inputs.
    pub(super) fn forget_end(self) {
        if self.state.with_untracked(|state| matches!(state, RunState::Failed(_) | RunState::Cancelled)) {
            self.state.set(RunState::Idle);
        }
    }

    /// Stops listening to a run under way, because the page goes. The server makes it to the end and keeps it.
    pub(super) fn leave(self) {
        if let Some(under_way) = self.under_way.try_update_value(Option::take).flatten() {
            under_way.stop.abort();
        }
    }

    /// Runs what is typed on the server.
    pub(super) fn start(self, workbench: Workbench) {
        let Ok(stop) = AbortController::new() else { return };
        browser::hand_on_focus(RETRY_ID, RUN_ID);
        let signal = stop.signal();
        let request = workbench.check.with_untracked(|check| check.request.clone());
        self.under_way.set_value(Some(SendWrapper::new(UnderWay { stop, job: None })));
        self.state.set(RunState::Asking);
        leptos::task::spawn_local(async move {
            let result = self.run(&request, &signal).await;
            if signal.aborted() {
                return;
            }
            let Some(is_current) = workbench.check.try_with_untracked(|check| check.request == request) else { return };
            self.under_way.set_value(None);
            browser::hand_on_focus(CANCEL_ID, RUN_ID);
            match result {
                Ok(Some(run)) => {
                    self.state.set(RunState::Idle);
                    // Inputs that moved on meanwhile keep their preview; the run is one click away.
                    workbench.show_run(run, is_current);
                }
                Ok(None) => self.state.set(RunState::Cancelled),
                Err(error) if is_current => {
                    if let CallError::Refused { problem, .. } = &error {
                        workbench.note_refusal(problem.details.clone());
                    }
                    self.state.set(RunState::Failed(error.to_string()));
                }
                // Its places are those of the inputs it was about.
                Err(error) => self.state.set(RunState::Failed(format!("The run of earlier inputs: {error}"))),
            }
        });
    }

    /// Lets the run go: the page stops listening and the server is told.
    pub(super) fn cancel(self) {
        if let Some(under_way) = self.under_way.try_update_value(Option::take).flatten() {
            under_way.stop.abort();
            browser::hand_on_focus(CANCEL_ID, RUN_ID);
            if let Some(job) = under_way.job.clone() {
                // Whatever goes wrong, the page has already turned away.
                leptos::task::spawn_local(async move { drop(delete(&job).await) });
            }
            self.state.set(RunState::Cancelled);
        }
    }

    /// The run, or `None` if somebody cancelled it elsewhere.
    async fn run(self, request: &str, signal: &AbortSignal) -> Result<Option<Run>, CallError> {
        let answer = post(&format!("/api/monte-carlo/simulate?wait={WAIT_MS}"), request, Some(signal)).await?;
        if answer.status != 202 {
            return answer.json().map(Some);
        }
        let accepted: Accepted = answer.json()?;
        self.under_way.update_value(|under_way| {
            if let Some(under_way) = under_way {
                under_way.job = Some(accepted.links.self_.clone());
            }
        });
        self.state.set(RunState::Running { percent: 0.0, step: "accepted".into(), is_reconnecting: false });
        let job = self.follow(&accepted.links, signal).await?;
        if job.state == JobState::Cancelled {
            return Ok(None);
        }
        if let Some(problem) = job.error {
            return Err(CallError::Refused { status: 200, problem, retry_after_seconds: None });
        }
        let mut run: Run = get(&job.links.run, Some(signal)).await?.json()?;
        // What making it took says more than how fast the finished run was handed over.
        if let Some(cache) = job.cache {
            run.cache = cache;
        }
        Ok(Some(run))
    }

    /// Follows a job to its end by its events; where they end early, the job is asked itself.
    async fn follow(self, links: &JobLinks, signal: &AbortSignal) -> Result<Job, CallError> {
        loop {
            self.listen(links, signal).await;
            let job: Job = get(&links.self_, Some(signal)).await?.json()?;
            if matches!(job.state, JobState::Complete | JobState::Failed | JobState::Cancelled) {
                return Ok(job);
            }
            pause().await;
        }
    }

    /// Shows progress until the events end for good. The browser reconnects by itself and asks for what it missed.
    async fn listen(self, links: &JobLinks, signal: &AbortSignal) {
        let Ok(source) = EventSource::new(&links.events) else { return };
        let mut handlers: Vec<Closure<dyn FnMut(MessageEvent)>> = Vec::new();
        let ended = js_sys::Promise::new(&mut |resolve, _| {
            let mut on = |name: &str, handler: Closure<dyn FnMut(MessageEvent)>| {
                // An event that cannot be listened to leaves the job to be asked itself.
                let _ = source.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
                handlers.push(handler);
            };
            on(
                "progress",
                Closure::new(move |event: MessageEvent| {
                    let text = event.data().as_string().unwrap_or_default();
                    if let Ok(Progress { percent, step }) = serde_json::from_str(&text) {
                        self.state.set(RunState::Running { percent, step, is_reconnecting: false });
                    }
                }),
            );
            for end in ["complete", "failed", "cancelled"] {
                let resolve = resolve.clone();
                on(end, Closure::new(move |_| drop(resolve.call0(&JsValue::NULL))));
            }
            let lost = source.clone();
            let on_error = {
                let resolve = resolve.clone();
                move |_: MessageEvent| {
                    if lost.ready_state() == EventSource::CLOSED {
                        drop(resolve.call0(&JsValue::NULL));
                    } else {
                        self.state.update(|state| {
                            if let RunState::Running { is_reconnecting, .. } = state {
                                *is_reconnecting = true;
                            }
                        });
                    }
                }
            };
            on("error", Closure::new(on_error));
            let on_abort = Closure::new(move |_: MessageEvent| drop(resolve.call0(&JsValue::NULL)));
            signal.set_onabort(Some(on_abort.as_ref().unchecked_ref()));
            handlers.push(on_abort);
        });
        // The promise is never rejected.
        let _ = JsFuture::from(ended).await;
        source.close();
        signal.set_onabort(None);
    }
}

/// Lets [`PAUSE`] pass.
async fn pause() {
    let passed = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(move || drop(resolve.call0(&JsValue::NULL)), PAUSE);
    });
    // The promise is never rejected.
    let _ = JsFuture::from(passed).await;
}
