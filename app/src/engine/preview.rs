//! The live preview: newest inputs in, frames out.

use std::sync::Arc;
use std::time::Duration;

use foliocast_core::scenario::{BLOCK_ROWS, FundFigures, Limits, Summary, Warning};
use js_sys::Reflect;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;

use super::message::{FromWorker, Paired, Part, Pinned, PreviewResult, ToWorker};
use super::page::{Lead, PageEngine};
use super::worker::EngineWorker;
use crate::Assets;
use crate::browser::{after_frame, now_ms};

/// Rows of the first frame after a change, where they can be made within a few milliseconds.
const FIRST_ROWS: u32 = 10_000;
/// Deal draws of the first frame at most: some 8 ms of work. Larger funds begin with fewer rows.
const FIRST_DRAWS: u32 = 1_000_000;
/// Deal draws of a frame that this thread makes itself, at most: some 2 ms of work, so that the rest of an animation
/// frame is left to draw and paint it. The worker makes the rows that are missing once inputs rest.
const LEAD_DRAWS: u32 = 200_000;
/// Between two frames, rows grow by at least this factor, so that sharpening costs little more than its last frame.
const GROWTH: u32 = 4;

/// How long what stands behind the fund's figures may stay away while inputs move, milliseconds.
const BEHIND_MS: f64 = 400.0;
/// How long inputs must rest before it is asked for sooner, and with it what is sharper: longer than a drag stands still
/// where one or two of its moves change no input.
const SETTLE: Duration = Duration::from_millis(100);

/// Name of the measure from an input event to the redrawn chart in the document.
const INPUT_TO_REDRAW: &str = "foliocast:input-to-redraw";
/// Name of the measure from an input event until this thread has painted the redrawn chart.
const INPUT_TO_PAINT: &str = "foliocast:input-to-paint";

/// Most rows that the engine module makes of a fund with `deals` deals in `buckets` buckets.
pub fn most_rows(deals: u32, buckets: u32) -> u32 {
    let Limits { max_deal_draws, max_row_bytes } = Limits::WASM_MODULE;
    let by_draws = max_deal_draws / u64::from(deals.max(1));
    let by_bytes = max_row_bytes / (4 * u64::from(buckets.max(1)));
    u32::try_from(by_draws.min(by_bytes)).unwrap_or(u32::MAX)
}

/// Rows of the frame that the page's own thread makes of a fund with `deals` deals, where the preview's first one would
/// have `first` rows.
pub fn lead_rows(first: u32, deals: u32) -> u32 {
    let block_rows = BLOCK_ROWS as u32;
    first.min((LEAD_DRAWS / deals.max(1) / block_rows * block_rows).max(block_rows))
}

/// Rows of the frames of a preview with `rows` rows of `deals` deals in `buckets` buckets: few at once, then more, at
/// most what the engine module makes.
pub fn stages(rows: u32, deals: u32, buckets: u32) -> Vec<u32> {
    let rows = rows.min(most_rows(deals, buckets));
    let block_rows = BLOCK_ROWS as u32;
    let affordable = FIRST_DRAWS / deals.max(1) / block_rows * block_rows;
    let mut next = affordable.clamp(block_rows, FIRST_ROWS);
    let mut stages = Vec::new();
    while next < rows {
        stages.push(next);
        // The familiar round numbers as soon as they are in reach.
        next = if next < FIRST_ROWS { (next * GROWTH).min(FIRST_ROWS) } else { next.saturating_mul(GROWTH) };
    }
    stages.push(rows);
    stages
}

/// Whether this browser can preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreviewState {
    /// The engine is being loaded.
    Starting,
    /// It answers.
    Ready,
    /// It cannot run here, for this reason.
    Unavailable(String),
}

/// What the page shows of a preview at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Which request it answers.
    pub id: u32,
    /// Rows behind it.
    pub rows: u32,
    /// Time spent computing it, milliseconds.
    pub computed_ms: f64,
    /// Whether no sharper frame follows.
    pub is_last: bool,
    /// Whether the summary behind it is there too.
    pub is_whole: bool,
    /// The fund's figures.
    pub fund: Arc<FundFigures>,
}

/// What stands behind the newest frames, and may come a little later than they.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Which request it answers.
    pub id: u32,
    /// The summary.
    pub summary: Arc<Summary>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

/// The page's side of the preview worker.
#[derive(Clone, Copy, Debug)]
pub struct PreviewEngine {
    /// Whether it can be used.
    pub state: RwSignal<PreviewState>,
    /// The newest frame.
    pub frame: RwSignal<Option<Frame>>,
    /// The newest summary: of the newest frame, or of one shortly before it.
    pub detail: RwSignal<Option<Detail>>,
    /// The newest comparison with pinned variants: of the newest frame, or of one shortly before it.
    pub paired: RwSignal<Option<Arc<Paired>>>,
    /// Why the newest request has no frame.
    pub failure: RwSignal<Option<String>>,
    /// The newest request's id; 0 before the first.
    pub newest: RwSignal<u32>,
    worker: StoredValue<Option<SendWrapper<EngineWorker>>>,
    page: PageEngine,
    assets: StoredValue<Assets>,
    pace: StoredValue<Pace>,
}

/// What is asked of the worker.
#[derive(Clone, Debug)]
struct Request {
    id: u32,
    configuration: String,
    stages: Vec<u32>,
    pins: Arc<[Pinned]>,
}

/// What is under way.
#[derive(Clone, Debug, Default)]
struct Pace {
    last_id: u32,
    /// The request that the newest frame on the page answers.
    shown_id: u32,
    /// The newest request, while the worker has not heard of all of it.
    unasked: Option<Request>,
    /// When the worker was last asked.
    asked_at_ms: f64,
    /// A frame of the same request that came while the one before it waits to be painted.
    waiting: Option<Frame>,
    is_painting: bool,
    /// When the newest input event happened.
    input_at_ms: Option<f64>,
    /// The oldest input whose effect is not on the page yet: the request it led to, and when it happened.
    unanswered: Option<(u32, f64)>,
}

impl PreviewEngine {
    /// One that waits for [`Self::start`].
    pub fn new() -> Self {
        Self {
            state: RwSignal::new(PreviewState::Starting),
            frame: RwSignal::new(None),
            detail: RwSignal::new(None),
            paired: RwSignal::new(None),
            failure: RwSignal::new(None),
            newest: RwSignal::new(0),
            worker: StoredValue::new(None),
            page: PageEngine::new(),
            assets: StoredValue::default(),
            pace: StoredValue::default(),
        }
    }

    /// Starts the worker. Only in a browser; the worker ends with the component that made this.
    pub fn start(self, assets: &Assets) {
        self.assets.set_value(assets.clone());
        match EngineWorker::start(assets, move |message| self.receive(message)) {
            Ok(worker) => self.worker.set_value(Some(SendWrapper::new(worker))),
            Err(message) => self.state.set(PreviewState::Unavailable(message)),
        }
    }

    /// Notes when an input event happened (the event's time stamp), for the measures.
    pub fn note_input(self, at_ms: f64) {
        self.pace.update_value(|pace| pace.input_at_ms = Some(at_ms));
    }

    /// Asks for frames of `configuration`, which has `deals` deals, with the rows of `stages`, each compared with the
    /// variants `pins`; older requests are forgotten.
    pub fn request(self, configuration: String, stages: Vec<u32>, deals: u32, pins: Arc<[Pinned]>) {
        let next_id = self.pace.try_update_value(|pace| {
            pace.last_id += 1;
            let input_at_ms = pace.input_at_ms.take();
            pace.unanswered = pace.unanswered.or(input_at_ms.map(|at_ms| (pace.last_id, at_ms)));
            pace.last_id
        });
        let Some(id) = next_id else { return };
        self.newest.set(id);
        // What an older request ran into says nothing of this one.
        if self.failure.with_untracked(Option::is_some) {
            self.failure.set(None);
        }
        let request = Request { id, configuration, stages, pins };
        match self.lead(&request, deals) {
            Some(frame) => {
                self.ask_for_rest(request, frame.rows);
                self.show(frame);
            }
            None => self.ask(request, Part::All),
        }
    }

    /// The first frame of `request`, where this thread can make it in time. A fund whose first block of rows alone takes
    /// longer than a first frame may would hold up the page.
    fn lead(self, request: &Request, deals: u32) -> Option<Frame> {
        let &Request { id, ref configuration, ref stages, .. } = request;
        let rows = lead_rows(*stages.first()?, deals);
        if u64::from(rows) * u64::from(deals) > u64::from(FIRST_DRAWS) {
            return None;
        }
        let (fund, computed_ms) = self.page.follow(Lead { configuration: configuration.clone(), rows })?;
        Some(Frame { id, rows, computed_ms, is_last: stages == &[rows], is_whole: false, fund: Arc::new(fund) })
    }

    fn ask(self, request: Request, part: Part) {
        let Request { id, configuration, stages, pins } = request;
        self.pace.update_value(|pace| {
            pace.asked_at_ms = now_ms();
            if part != Part::Passing {
                pace.unasked = None;
            }
        });
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post(&ToWorker::Preview { id, configuration, stages, part, pins: pins.to_vec() });
            }
        });
    }

    /// Asks the worker for what this thread does not make of `request`: all of it once inputs rest, and meanwhile what
    /// stands behind the figures, now and then. That is of `rows` rows as they are: the less of the machine it takes
    /// while inputs move, the fewer frames are late.
    fn ask_for_rest(self, request: Request, rows: u32) {
        let id = request.id;
        let is_behind = self.pace.try_update_value(|pace| {
            pace.unasked = Some(request.clone());
            now_ms() - pace.asked_at_ms >= BEHIND_MS
        });
        if is_behind == Some(true) {
            let mut passing = request;
            if passing.stages.first() != Some(&rows) {
                passing.stages.insert(0, rows);
            }
            self.ask(passing, Part::Passing);
        }
        set_timeout(
            move || {
                let settled = self.pace.try_update_value(|pace| pace.unasked.take_if(|unasked| unasked.id == id));
                if let Some(Some(request)) = settled {
                    self.ask(request, Part::Rest);
                }
            },
            SETTLE,
        );
    }

    fn receive(self, message: FromWorker) {
        match message {
            FromWorker::Ready {} => self.state.set(PreviewState::Ready),
            FromWorker::Unavailable { message } => {
                self.worker.set_value(None);
                self.state.set(PreviewState::Unavailable(message));
            }
            // What stands behind the fund's figures is never missing, only a little older at times.
            FromWorker::Fund { .. } if self.detail.with_untracked(Option::is_none) => {}
            FromWorker::Fund { id, rows, computed_ms, is_last, result } => {
                self.show(Frame { id, rows, computed_ms, is_last, is_whole: false, fund: Arc::from(result) });
            }
            FromWorker::Frame { id, rows, computed_ms, is_last, result } => {
                let PreviewResult { summary, warnings } = *result;
                // Not before the first whole frame: what stands behind the fund's figures is then never missing.
                self.page.load(&self.assets.get_value());
                let is_passed = self.pace.with_value(|pace| id < pace.shown_id);
                let shown = self.frame.with_untracked(|frame| {
                    let frame = frame.as_ref().filter(|frame| frame.id == id && frame.rows == rows)?;
                    Some(frame.fund.clone())
                });
                let fund = shown.unwrap_or_else(|| Arc::new(FundFigures::from(&summary)));
                self.detail.set(Some(Detail { id, summary: Arc::new(summary), warnings }));
                if is_passed {
                    return;
                }
                self.show(Frame { id, rows, computed_ms, is_last, is_whole: true, fund });
            }
            FromWorker::Paired(paired) => self.paired.set(Some(Arc::from(paired))),
            // A newer request is under way already.
            FromWorker::Failed { id: Some(id), .. } if id != self.newest.get_untracked() => {}
            FromWorker::Failed { message, .. } => {
                let waiting = self.pace.try_update_value(|pace| {
                    pace.unanswered = None;
                    pace.is_painting = false;
                    pace.waiting.take()
                });
                if let Some(Some(frame)) = waiting {
                    self.show(frame);
                }
                self.failure.set(Some(message));
            }
            FromWorker::Based { .. }
            | FromWorker::Compared { .. }
            | FromWorker::Digests { .. }
            | FromWorker::Progress { .. }
            | FromWorker::Outcome { .. } => {}
        }
    }

    /// Shows a newer request's first frame at once: somebody waits for it. Of the sharper ones no more than one is shown
    /// per animation frame: the sharpest of those that come sooner waits.
    fn show(self, frame: Frame) {
        let id = frame.id;
        let shown = self.pace.try_update_value(|pace| {
            if pace.is_painting && pace.shown_id == id {
                pace.waiting = Some(frame.clone());
                return None;
            }
            pace.shown_id = id;
            pace.waiting = None;
            let must_note_paint = !core::mem::replace(&mut pace.is_painting, true);
            let answered = pace.unanswered.filter(|&(unanswered, _)| unanswered <= id);
            if answered.is_some() {
                pace.unanswered = None;
            }
            Some((answered.map(|(_, input_at_ms)| input_at_ms), must_note_paint))
        });
        let Some(Some((input_at_ms, must_note_paint))) = shown else { return };
        self.failure.set(None);
        self.frame.set(Some(frame));
        if let Some(input_at_ms) = input_at_ms {
            leptos::task::spawn_local(async move {
                leptos::task::tick().await;
                measure(INPUT_TO_REDRAW, input_at_ms);
            });
        }
        if let Some(input_at_ms) = input_at_ms {
            after_frame(move || measure(INPUT_TO_PAINT, input_at_ms));
        }
        if !must_note_paint {
            return;
        }
        request_animation_frame(move || {
            let waiting = self.pace.try_update_value(|pace| {
                pace.is_painting = false;
                pace.waiting.take()
            });
            if let Some(Some(frame)) = waiting {
                self.show(frame);
            }
        });
    }
}

impl Default for PreviewEngine {
    fn default() -> Self {
        Self::new()
    }
}

/// Records how long ago `begun_ms` was, on the page's clock. A browser that refuses makes no measure; the preview does
/// not depend on it.
fn measure(name: &str, begun_ms: f64) {
    let Some(performance) = window().performance() else { return };
    let options = js_sys::Object::new();
    let end_ms = now_ms();
    if Reflect::set(&options, &"start".into(), &begun_ms.into()).is_ok()
        && Reflect::set(&options, &"end".into(), &end_ms.into()).is_ok()
        && let Ok(measure) = Reflect::get(&performance, &"measure".into())
        && let Some(measure) = measure.dyn_ref::<js_sys::Function>()
    {
        let _ = measure.call2(&performance, &name.into(), &options);
    }
}
