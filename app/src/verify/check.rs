//! The component that audits a run in this browser.

use foliocast_core::scenario::Digest;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

use super::audit::{Audit, Difference, Extent, Verdict, WholeRun};
use crate::Assets;
use crate::api::{BlockDigest, Page, Run};
use crate::api_client::{CallError, get};
use crate::browser;
use crate::components::{Badge, BadgeKind};
use crate::engine::{EngineWorker, FromWorker, ToWorker, pool_size};
use crate::format;

/// Blocks made again unless the person asks for all.
const SAMPLED_BLOCKS: u32 = 10;
/// The id of the button that begins.
const VERIFY_ID: &str = "verify-sample";
/// The id of the button that stops; it goes with the audit.
const STOP_ID: &str = "stop-verifying";
/// Block digests asked for at a time; the most the server gives.
const PAGE_BLOCKS: u32 = 10_000;

/// How far an audit is.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Nobody asked.
    Idle,
    /// The server's digests are on their way.
    Fetching,
    /// Blocks are being made again.
    Blocks(Audit),
    /// All blocks were made; the summary is made again.
    Summary(Audit, f64),
    /// All was compared.
    Done(Audit),
    /// It could not be finished, for this reason.
    Failed(String),
}

impl State {
    /// What was compared so far.
    fn audit(&self) -> Option<&Audit> {
        match self {
            Self::Blocks(audit) | Self::Summary(audit, _) | Self::Done(audit) => Some(audit),
            Self::Idle | Self::Fetching | Self::Failed(_) => None,
        }
    }
}

/// Makes a run's rows again in this browser and compares digests with the server's.
#[component]
pub fn VerifyRun(
    /// The run.
    #[prop(into)]
    run: Signal<Run>,
) -> impl IntoView {
    let audits = Audits { run, state: RwSignal::new(State::Idle), workers: StoredValue::new(Vec::new()) };
    on_cleanup(move || audits.stop());
    let is_under_way = Memo::new(move |_| {
        audits.state.with(|state| matches!(state, State::Fetching | State::Blocks(_) | State::Summary(..)))
    });
    // Not `disabled`: the button that was pressed keeps the focus while it cannot be pressed again.
    let is_disabled = move || is_under_way.get().then_some("true");
    let start = move |extent| {
        if !is_under_way.get_untracked() {
            audits.start(extent);
        }
    };
    let announcement = Memo::new(move |_| audits.state.with(announcement));
    let differences = Memo::new(move |_| audits.state.with(|state| state.audit().map(|a| a.differences().to_vec())));
    view! {
        <section class="verify" aria-label="Verify">
            <div class="row">
                <button
                    type="button"
                    class="ghost small needs-script"
                    id=VERIFY_ID
                    aria-disabled=is_disabled
                    on:click=move |_| start(Extent::Blocks(SAMPLED_BLOCKS))
                >
                    {format!("Verify {SAMPLED_BLOCKS} random blocks")}
                </button>
                <button
                    type="button"
                    class="ghost small needs-script"
                    aria-disabled=is_disabled
                    on:click=move |_| start(Extent::Everything)
                >
                    "Verify all"
                </button>
                {move || is_under_way.get().then(|| view! {
                    <button
                        type="button"
                        class="ghost small"
                        id=STOP_ID
                        on:click=move |_| {
                            audits.stop();
                            audits.end(State::Idle);
                        }
                    >
                        "Stop"
                    </button>
                })}
                <span class="small">{move || audits.state.with(state_view)}</span>
            </div>
            <p class="unseen" role="status">{announcement}</p>
            {move || differences.with(|differences| differences_view(differences.as_deref().unwrap_or_default()))}
        </section>
    }
}

/// The audits of one run, one at a time.
#[derive(Clone, Copy)]
struct Audits {
    run: Signal<Run>,
    state: RwSignal<State>,
    workers: StoredValue<Vec<SendWrapper<EngineWorker>>>,
}

impl Audits {
    fn start(self, extent: Extent) {
        self.stop();
        self.state.set(State::Fetching);
        let run = self.run.get_untracked();
        leptos::task::spawn_local(async move {
            let audit = match block_digests(&run).await {
                Ok(digests) => Audit::begin(&run, digests, extent, random_below),
                Err(error) => Err(error.to_string()),
            };
            // The person may have stopped it, or left the page, meanwhile.
            if self.state.try_with_untracked(|state| *state == State::Fetching) != Some(true) {
                return;
            }
            match audit {
                Ok(audit) if audit.differences().is_empty() => self.deal_out(audit),
                Ok(audit) => self.end(State::Done(audit)),
                Err(message) => self.end(State::Failed(message)),
            }
        });
    }

    /// Goes over to a state in which nothing is under way.
    fn end(self, state: State) {
        browser::hand_on_focus(STOP_ID, VERIFY_ID);
        self.state.set(state);
    }

    /// Ends the workers, whatever they do.
    fn stop(self) {
        self.workers.set_value(Vec::new());
    }

    fn deal_out(self, audit: Audit) {
        let shares = audit.shares(pool_size());
        let configuration = audit.configuration().to_owned();
        self.state.set(State::Blocks(audit));
        for blocks in shares {
            match EngineWorker::start(&Assets::current(), move |message| self.receive(message)) {
                Ok(worker) => {
                    worker.post(&ToWorker::Blocks { configuration: configuration.clone(), blocks });
                    self.workers.update_value(|workers| workers.push(SendWrapper::new(worker)));
                }
                Err(reason) => return self.fail(format!("This browser cannot run the engine ({reason}).")),
            }
        }
    }

    fn receive(self, message: FromWorker) {
        match message {
            FromWorker::Digests { digests } => {
                self.state.update(|state| {
                    if let State::Blocks(audit) = state {
                        for (block, digest) in digests {
                            audit.take_block(block, digest);
                        }
                    }
                });
                self.conclude_blocks();
            }
            FromWorker::Progress { blocks_done, blocks } => self.state.update(|state| {
                if let State::Summary(_, share) = state {
                    *share = f64::from(blocks_done) / f64::from(blocks.max(1));
                }
            }),
            FromWorker::Outcome { digest, summary_digest } => {
                if let State::Summary(mut audit, _) = self.state.get_untracked() {
                    audit.take_run(WholeRun { digest, summary_digest });
                    self.finish(audit);
                }
            }
            FromWorker::Unavailable { message } => {
                self.fail(format!("This browser cannot run the engine ({message})."));
            }
            FromWorker::Failed { message, .. } => match self.state.get_untracked() {
                State::Summary(audit, _) => self.finish_without_summary(audit, &message),
                _ => self.fail(format!("The engine stopped: {message}.")),
            },
            FromWorker::Ready {}
            | FromWorker::Fund { .. }
            | FromWorker::Frame { .. }
            | FromWorker::Paired(_)
            | FromWorker::Based { .. }
            | FromWorker::Compared { .. } => {}
        }
    }

    /// After the last block: the summary, if everything was asked for.
    fn conclude_blocks(self) {
        let State::Blocks(audit) = self.state.get_untracked() else { return };
        if audit.done() < audit.planned() {
            return;
        }
        if audit.extent() != Extent::Everything || audit.verdict() == Verdict::Different {
            return self.finish(audit);
        }
        if !audit.fits_module() {
            return self.finish_without_summary(audit, "too many rows");
        }
        let request = ToWorker::Run { configuration: audit.configuration().to_owned() };
        self.state.set(State::Summary(audit, 0.0));
        // One worker goes on; the memory of the others is freed.
        self.workers.update_value(|workers| {
            workers.truncate(1);
            if let Some(worker) = workers.first() {
                worker.post(&request);
            }
        });
    }

    fn finish_without_summary(self, mut audit: Audit, reason: &str) {
        audit.leave_summary_out(reason);
        self.finish(audit);
    }

    fn finish(self, audit: Audit) {
        self.end(State::Done(audit));
        self.stop_after_message();
    }

    fn fail(self, message: String) {
        self.end(State::Failed(message));
        self.stop_after_message();
    }

    /// Ends the workers once the message handler that decided it has returned: it belongs to one of them.
    fn stop_after_message(self) {
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            if self.state.try_with_untracked(|state| matches!(state, State::Done(_) | State::Failed(_))) == Some(true) {
                self.stop();
            }
        });
    }
}

/// All block digests of a run's matrix, as the server lists them.
async fn block_digests(run: &Run) -> Result<Vec<Digest>, CallError> {
    let mut digests: Vec<Digest> = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!("{}?limit={PAGE_BLOCKS}{cursor}", run.links.blocks);
        let page: Page<BlockDigest> = get(&url, None).await?.json()?;
        digests.extend(page.items.iter().map(|block| block.digest));
        match page.next_cursor {
            Some(next) if !page.items.is_empty() => {
                cursor = format!("&cursor={}", String::from(js_sys::encode_uri_component(&next)));
            }
            _ => return Ok(digests),
        }
    }
}

/// A random number below `n`.
fn random_below(n: u32) -> u32 {
    let mut bytes = [0; 8];
    // Without randomness the audit still compares blocks, only the first ones.
    let _ = getrandom::fill(&mut bytes);
    let wide = u128::from(u64::from_le_bytes(bytes)) * u128::from(n);
    (wide >> 64) as u32
}

fn state_view(state: &State) -> AnyView {
    match state {
        State::Idle => "This browser makes rows again and compares them bit for bit.".into_any(),
        State::Fetching => "reading the server’s digests …".into_any(),
        State::Blocks(audit) => {
            format!("{} of {} blocks", format::count(audit.done() as u64), format::count(audit.planned() as u64))
                .into_any()
        }
        State::Summary(audit, share) => format!(
            "{0} of {0} blocks the same · summary {1:.0} %",
            format::count(audit.planned() as u64),
            share * 100.0
        )
        .into_any(),
        State::Done(audit) => verdict_view(audit),
        State::Failed(message) => {
            view! { <Badge kind=BadgeKind::Warn text=format!("not verified: {message}")/> }.into_any()
        }
    }
}

/// What a screen reader is told: the begin, each quarter of the way, the end. Differences are an alert of their own.
fn announcement(state: &State) -> String {
    match state {
        State::Idle => String::new(),
        State::Fetching => "Verifying.".to_owned(),
        State::Blocks(audit) => match format::quarter_percent(audit.done() as f64 / audit.planned().max(1) as f64) {
            0 => "Verifying.".to_owned(),
            quarter => format!("{quarter} % of the blocks."),
        },
        State::Summary(..) => "All blocks are the same. Making the summary again.".to_owned(),
        State::Done(audit) if audit.verdict() == Verdict::Same => "Verified: the bits are the server’s.".to_owned(),
        State::Done(_) => String::new(),
        State::Failed(_) => "It could not be verified.".to_owned(),
    }
}

fn verdict_view(audit: &Audit) -> AnyView {
    let (done, planned) = (format::count(audit.done() as u64), format::count(audit.planned() as u64));
    if audit.verdict() == Verdict::Same {
        let (rest, left_out) = match (audit.extent(), audit.summary_left_out()) {
            (Extent::Everything, None) => (" and the summary".to_owned(), String::new()),
            (Extent::Everything, Some(reason)) => {
                (String::new(), format!("; the summary could not be made in this browser: {reason}"))
            }
            (Extent::Blocks(_), _) => {
                (format!(", chosen at random from {}", format::count(audit.blocks() as u64)), String::new())
            }
        };
        let text = format!("same bits as the server · {done} of {planned} blocks{rest} verified{left_out}");
        view! { <Badge kind=BadgeKind::Verified text/> }.into_any()
    } else {
        let count = audit.differences().len();
        let text = format!("NOT the same: {count} difference{}", if count == 1 { "" } else { "s" });
        view! { <Badge kind=BadgeKind::Error text/> }.into_any()
    }
}

/// What differs, loudly.
fn differences_view(differences: &[Difference]) -> Option<AnyView> {
    if differences.is_empty() {
        return None;
    }
    let lines = differences.iter().map(|difference| {
        view! {
            <tr>
                <th scope="row">{difference.what.clone()}</th>
                <td class="mono">{difference.server.clone()}</td>
                <td class="mono">{difference.browser.clone()}</td>
            </tr>
        }
    });
    Some(
        view! {
            <div class="notice error differences" role="alert">
                <p>
                    <strong>"This run is not what its configuration gives. "</strong>
                    "Do not rely on it. Either the stored result was damaged or changed, or this browser computes wrongly; verify on another machine to tell which."
                </p>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"Server"</th>
                            <th scope="col">"This browser"</th>
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}
