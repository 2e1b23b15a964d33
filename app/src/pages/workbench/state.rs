//! What the parts of the workbench share.

use std::sync::Arc;

use foliocast_core::scenario::{FundFigures, Summary, Warning};
use foliocast_core::{Error, ErrorCode};
use leptos::prelude::*;

use super::draft::{BucketId, Check, Draft, DraftBucket, FUND_SIZE_PATH, Field};
use super::faults::Faults;
use super::file;
use super::fund_size::fund_size;
use super::funds::{FundState, Funds};
use super::history::Subject;
use super::import::Import;
use super::kept::Kept;
use super::link::{Link, is_in_address};
use super::pins::Pins;
use super::server_run::ServerRun;
use super::shortcuts;
use super::undo::Undo;
use super::weights::Weights;
use crate::Assets;
use crate::api::{FundSize, Run};
use crate::charts::Overlay;
use crate::default_run::DefaultRun;
use crate::engine::{Paired, Pinned, PreviewEngine, PreviewState, stages};

/// Rows of the sharpest preview frame, unless the person chooses otherwise.
const PREVIEW_ROWS: u32 = 100_000;

/// Which figures are on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figures {
    /// The last run of the server.
    Run,
    /// The newest frame of the preview.
    Frame,
    /// Those the page came with.
    Opening,
    /// None: nothing that was computed is of these inputs, or was.
    Nothing,
}

/// Why the figures on the page are not of the inputs beside them, for longer than a frame takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// What is typed is not valid; the figures are of what was typed before.
    Invalid,
    /// The preview failed or cannot run here; the figures are of inputs that came before.
    Unfollowed,
}

/// Where the figures on the page come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Nothing was computed yet.
    Nothing,
    /// The default fund's run that the page came with, made by this server.
    Opening {
        /// Rows behind it.
        rows: u32,
    },
    /// A preview frame of this browser.
    Preview {
        /// Rows behind it.
        rows: u32,
        /// Time spent computing it, milliseconds.
        computed_ms: f64,
        /// Whether no sharper frame follows.
        is_last: bool,
    },
    /// A run of the server.
    Server(Arc<Shown>),
}

/// A run with its summary ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The run.
    pub run: Run,
    /// Its summary.
    pub summary: Arc<Summary>,
    /// The fund's part of it.
    pub fund: Arc<FundFigures>,
}

impl Shown {
    /// From a run.
    pub fn new(run: Run) -> Self {
        let summary = Arc::new(run.summary.clone());
        Self { fund: Arc::new(FundFigures::from(&*summary)), run, summary }
    }
}

/// The figures the page came with.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The summary.
    pub summary: Arc<Summary>,
    /// The fund's part of it.
    pub fund: Arc<FundFigures>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

impl From<DefaultRun> for Opening {
    fn from(run: DefaultRun) -> Self {
        let fund = Arc::new(FundFigures::from(&run.summary));
        Self { summary: Arc::new(run.summary), fund, warnings: run.warnings }
    }
}

/// The inputs as the workbench was left, for who comes back to it in the same visit.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastDraft(StoredValue<Option<Draft>>);

impl LastDraft {
    /// The inputs to begin with.
    pub fn or_default(self) -> Draft {
        self.0.get_value().unwrap_or_default()
    }
}

/// What the parts of the workbench share.
#[derive(Clone, Copy, Debug)]
pub struct Workbench {
    /// What is being typed.
    pub draft: RwSignal<Draft>,
    /// Which buckets there are, in the order of the table.
    pub order: Memo<Vec<BucketId>>,
    /// The draft, read as a configuration.
    pub check: Memo<Check>,
    /// Which message stands beside which field.
    pub faults: Memo<Faults>,
    /// How large the fund of the last valid inputs is, which the figures on the page are of.
    pub size: Memo<Option<Size>>,
    /// How much money the fund holds, where that is known.
    pub fund_size: Memo<Option<FundSize>>,
    /// Rows of the sharpest preview frame.
    pub preview_rows: RwSignal<u32>,
    /// The live preview.
    pub preview: PreviewEngine,
    /// The run on the server.
    pub server_run: ServerRun,
    /// The last run of the server, kept while inputs change.
    pub last_run: RwSignal<Option<Arc<Shown>>>,
    /// The figures the page came with; they stand until the first preview frame, while the inputs are still those of
    /// the default fund.
    pub opening: RwSignal<Option<Arc<Opening>>>,
    /// Whether the panel shows the last run of the server instead of the preview.
    pub shows_run: RwSignal<bool>,
    /// The configuration in the address.
    pub link: Link,
    /// Variants to compare with.
    pub pins: Pins,
    /// The stored funds.
    pub funds: Funds,
    /// The steps of the inputs, back and forth.
    pub undo: Undo,
    /// What this browser keeps of the inputs.
    pub kept: Kept,
    /// What came of the last import.
    pub imported: RwSignal<Import>,
    /// What the server found wrong with the draft it was sent.
    refused: RwSignal<Vec<Error>>,
    /// Which figures are on the page.
    figures: Memo<Figures>,
    /// What the newest preview was asked for.
    asked: RwSignal<Option<PreviewInputs>>,
}

/// The bucket that a part of the page is about. It changes with that bucket alone, so that an edit elsewhere passes the
/// part by.
#[derive(Clone, Copy, Debug)]
pub struct ThisBucket(Memo<Option<DraftBucket>>);

impl ThisBucket {
    /// What `read` says of the bucket; what it says of nothing once the bucket is gone.
    pub fn read<T: Default>(self, read: impl FnOnce(&DraftBucket) -> T) -> T {
        self.0.with(|bucket| bucket.as_ref().map(read).unwrap_or_default())
    }
}

/// How large a fund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Deals over all buckets.
    pub deals: u32,
    /// Buckets.
    pub buckets: u32,
}

/// What a preview is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PreviewInputs {
    /// The request's text.
    request: String,
    /// Rows of its sharpest frame.
    rows: u32,
    /// Variants to compare with.
    pins: Arc<[Pinned]>,
}

impl Workbench {
    /// The workbench as it opens.
    pub fn new(draft: Draft, pins: Pins) -> Self {
        let draft = RwSignal::new(draft);
        let refused = RwSignal::new(Vec::new());
        let preview = PreviewEngine::new();
        let last_run = RwSignal::new(None);
        let opening = RwSignal::new(None);
        let shows_run = RwSignal::new(false);
        let is_default_fund = Memo::new(move |_| draft.with(Draft::is_default_fund));
        let check = Memo::new(move |_| draft.with(Draft::check));
        let sized = Memo::new(move |_| draft.with(|draft| fund_size(&draft.fund_size)));
        let faults = Memo::new(move |_| {
            let sized =
                sized.get().err().map(|message| Error { path: FUND_SIZE_PATH.into(), code: ErrorCode::Range, message });
            check.with(|check| refused.with(|refused| Faults::new(check.errors.iter().chain(refused).chain(&sized))))
        });
        Self {
            draft,
            order: Memo::new(move |_| draft.with(|draft| draft.buckets.iter().map(|bucket| bucket.id).collect())),
            check,
            faults,
            size: Memo::new(move |last: Option<&Option<Size>>| {
                if check.with(|check| !check.allows_preview()) {
                    return last.copied().flatten();
                }
                draft.with(|draft| Some(Size { deals: draft.deals()? as u32, buckets: draft.buckets.len() as u32 }))
            }),
            fund_size: Memo::new(move |_| sized.get().ok().flatten()),
            preview_rows: RwSignal::new(PREVIEW_ROWS),
            preview,
            server_run: ServerRun::new(),
            last_run,
            opening,
            shows_run,
            link: Link::new(),
            pins,
            funds: Funds::new(),
            undo: Undo::new(),
            kept: Kept::new(),
            imported: RwSignal::new(Import::default()),
            refused,
            figures: Memo::new(move |_| {
                let has_run = last_run.with(Option::is_some);
                if shows_run.get() && has_run {
                    Figures::Run
                } else if preview.frame.with(Option::is_some) {
                    Figures::Frame
                } else if is_default_fund.get() && opening.with(Option::is_some) {
                    Figures::Opening
                } else if has_run {
                    Figures::Run
                } else {
                    Figures::Nothing
                }
            }),
            asked: RwSignal::new(None),
        }
    }

    /// Starts what needs a browser: the preview, what it keeps, the configuration in the address or else the fund that
    /// `asked` names. The inputs outlive the page in `last`; what is under way ends with it.
    pub fn come_alive(self, assets: &Assets, last: LastDraft, asked: Option<String>) {
        let asked = asked.filter(|_| !is_in_address());
        let known = self.kept.begin(self, last.0.with_value(Option::is_some), asked.is_some());
        self.link.follow(self, known);
        self.undo.listen(self);
        shortcuts::listen(self);
        match asked {
            Some(id) => self.funds.open(self, id),
            None => self.funds.state.set(FundState::Idle),
        }
        self.preview.start(assets);
        Effect::new(move |_| self.request_preview());
        Effect::new(move |_| self.link.keep(self.draft.get(), self.check.with(|check| check.config.is_some())));
        on_cleanup(move || {
            self.server_run.leave();
            last.0.set_value(self.draft.try_get_untracked());
        });
    }

    /// The bucket `id` by itself, for the parts of the page inside the present one.
    pub fn provide_bucket(self, id: BucketId) -> ThisBucket {
        let bucket = ThisBucket(Memo::new(move |_| self.draft.with(|draft| draft.bucket(id).cloned())));
        provide_context(bucket);
        bucket
    }

    /// The text of `field`, which is of [`ThisBucket`] if it is of a bucket.
    pub fn text(self, field: Field) -> Memo<String> {
        match (field, use_context::<ThisBucket>()) {
            (Field::Bucket(_, field), Some(bucket)) => {
                Memo::new(move |_| bucket.read(|bucket| bucket.text(field).unwrap_or_default().to_owned()))
            }
            _ => Memo::new(move |_| self.draft.with(|draft| draft.text(field).unwrap_or_default().to_owned())),
        }
    }

    /// Where faults of `field` are reported.
    pub fn path(self, field: Field) -> Memo<Option<String>> {
        Memo::new(move |_| field.path(|id| self.place(id)))
    }

    /// The place of bucket `id` in the table.
    pub fn place(self, id: BucketId) -> Option<usize> {
        self.order.with(|order| order.iter().position(|&other| other == id))
    }

    /// Changes the inputs, as a step that can be undone.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        self.edit_about(None, change);
    }

    /// Changes the inputs; edits about one thing, one soon after the other, are one step.
    fn edit_about(self, subject: Option<Subject>, change: impl FnOnce(&mut Draft)) {
        self.undo.note(self.draft, subject);
        self.apply(change);
        self.keep_soon();
    }

    /// Changes the inputs without a step of its own: the panel goes back to the preview, the last run stays reachable.
    pub fn apply(self, change: impl FnOnce(&mut Draft)) {
        if self.shows_run.get_untracked() {
            self.shows_run.set(false);
        }
        self.server_run.forget_end();
        self.funds.forget_end();
        self.forget_import();
        if !self.refused.with_untracked(Vec::is_empty) {
            self.refused.set(Vec::new());
        }
        self.draft.update(change);
        // At once, before the page follows its new inputs: the worker computes meanwhile.
        untrack(|| self.request_preview());
    }

    /// Has the browser keep the inputs once they rest.
    pub fn keep_soon(self) {
        self.kept.soon(self);
    }

    /// Takes what was typed into `field`.
    pub fn type_into(self, field: Field, text: String) {
        self.edit_about(Some(Subject::Text(field)), |draft| draft.set_text(field, text));
    }

    /// Takes the weights that a slider was moved to.
    pub fn move_weights(self, weights: Weights) {
        self.edit_about(Some(Subject::Weights), |draft| draft.weights = weights);
    }

    /// Replaces all inputs.
    pub fn open(self, draft: Draft) {
        self.edit(|current| *current = draft);
    }

    /// Back to the default fund: nothing stored is being edited then.
    pub fn reset(self) {
        self.open(Draft::default());
    }

    /// The file of a valid draft: its name and its text.
    pub fn exported(self) -> Option<(String, String)> {
        self.check.with_untracked(|check| {
            let config = check.config.as_ref()?;
            let text = self.draft.with_untracked(|draft| file::write(draft, config));
            Some((file::file_name(config.fund_id()), text))
        })
    }

    /// Takes over the inputs that the page is asked for: a step, unless nobody has touched it yet.
    pub fn begin(self, draft: Draft) {
        if self.undo.is_empty() && self.draft.with_untracked(|present| *present == Draft::default()) {
            self.apply(|current| *current = draft);
        } else {
            self.open(draft);
        }
    }

    /// Keeps a run of the server, and shows it if it is of the present inputs.
    pub fn show_run(self, run: Run, is_current: bool) {
        self.last_run.set(Some(Arc::new(Shown::new(run))));
        self.shows_run.set(is_current);
    }

    /// Shows the last run of the server again, with its inputs.
    pub fn return_to_run(self) {
        let Some(shown) = self.last_run.get_untracked() else { return };
        if let Ok(mut draft) = Draft::from_json(&shown.run.configuration.to_string()) {
            draft.fund_size = self.draft.with_untracked(|present| present.fund_size.clone());
            self.open(draft);
        }
        self.shows_run.set(true);
    }

    /// Notes what the server found wrong with the inputs.
    pub fn note_refusal(self, errors: Vec<Error>) {
        self.refused.set(errors);
    }

    /// Why the figures on the page stay behind what is typed, if they do.
    pub fn stale(self) -> Option<Stale> {
        match self.figures.get() {
            Figures::Run if self.shows_run.get() => None,
            Figures::Run => Some(Stale::Unfollowed),
            Figures::Frame if self.check.with(|check| !check.allows_preview()) => Some(Stale::Invalid),
            Figures::Frame if !self.preview_follows() && !self.is_answered_whole() => Some(Stale::Unfollowed),
            Figures::Frame | Figures::Opening | Figures::Nothing => None,
        }
    }

    /// Whether the first frame of what is typed is still to come.
    pub fn is_behind(self) -> bool {
        self.preview_follows() && self.check.with(Check::allows_preview) && !self.is_answered()
    }

    /// Whether the figures on the page are about to change without another input.
    pub fn is_busy(self) -> bool {
        if self.shows_run.get() {
            return false;
        }
        let is_growing =
            self.preview.frame.with(|frame| frame.as_ref().is_some_and(|frame| !frame.is_last || !frame.is_whole));
        self.is_behind() || is_growing && self.preview_follows() && self.is_answered()
    }

    /// Whether the preview can answer the newest request.
    fn preview_follows(self) -> bool {
        let can_run = self.preview.state.with(|state| !matches!(state, PreviewState::Unavailable(_)));
        can_run && self.preview.failure.with(Option::is_none)
    }

    /// Whether the preview's frame is of what is typed.
    fn is_answered(self) -> bool {
        let newest = self.preview.newest.get();
        let is_newest = self.preview.frame.with(|frame| frame.as_ref().is_some_and(|frame| frame.id == newest));
        is_newest && self.asked.with(|asked| *asked == self.preview_inputs())
    }

    /// Whether all figures of the preview are of what is typed.
    fn is_answered_whole(self) -> bool {
        let newest = self.preview.newest.get();
        let is_whole = self.preview.detail.with(|detail| detail.as_ref().is_some_and(|detail| detail.id == newest));
        is_whole && self.is_answered()
    }

    /// What a preview of what is typed is made of; `None` where that is not valid.
    fn preview_inputs(self) -> Option<PreviewInputs> {
        let rows = self.preview_rows.get();
        self.check.with(|check| {
            check.allows_preview().then(|| PreviewInputs {
                request: check.request.clone(),
                rows,
                pins: self.pins.pinned(),
            })
        })
    }

    /// Where the figures on the page come from.
    pub fn source(self) -> Source {
        let source = match self.figures.get() {
            Figures::Run => self.last_run.get().map(Source::Server),
            Figures::Frame => self.preview.frame.with(|frame| {
                frame.as_ref().map(|frame| Source::Preview {
                    rows: frame.rows,
                    computed_ms: frame.computed_ms,
                    is_last: frame.is_last || !self.preview_follows(),
                })
            }),
            Figures::Opening => self.opening.with(|opening| {
                opening.as_ref().map(|opening| Source::Opening { rows: opening.summary.num_scenarios })
            }),
            Figures::Nothing => None,
        };
        source.unwrap_or(Source::Nothing)
    }

    /// The fund's figures on the page.
    pub fn fund(self) -> Signal<Option<Arc<FundFigures>>> {
        Signal::derive(move || match self.figures.get() {
            Figures::Run => self.last_run.get().map(|shown| shown.fund.clone()),
            Figures::Frame => self.preview.frame.with(|frame| frame.as_ref().map(|frame| frame.fund.clone())),
            Figures::Opening => self.opening.get().map(|opening| opening.fund.clone()),
            Figures::Nothing => None,
        })
    }

    /// The summary on the page: of the same inputs as the fund's figures, or of those a moment before.
    pub fn summary(self) -> Signal<Option<Arc<Summary>>> {
        Signal::derive(move || match self.figures.get() {
            Figures::Run => self.last_run.get().map(|shown| shown.summary.clone()),
            Figures::Frame => self.preview.detail.with(|detail| detail.as_ref().map(|detail| detail.summary.clone())),
            Figures::Opening => self.opening.get().map(|opening| opening.summary.clone()),
            Figures::Nothing => None,
        })
    }

    /// The newest comparison, while there is something to compare with.
    pub fn paired(self) -> Signal<Option<Arc<Paired>>> {
        Signal::derive(move || {
            let compared = self.preview.paired.get()?;
            self.pins.with(|pins| pins.iter().any(|pin| compared.of_pin(pin.id).is_some())).then_some(compared)
        })
    }

    /// The pinned variants' distributions, for the chart of the present one.
    pub fn overlays(self) -> Signal<Vec<Overlay>> {
        let overlays = Memo::new(move |_| {
            let Some(compared) = self.preview.paired.get() else { return Vec::new() };
            self.pins.with(|pins| {
                let overlay = |pin: &super::Pin| {
                    let fund = Arc::new(compared.of_pin(pin.id)?.fund.clone());
                    Some(Overlay { slot: pin.slot, name: pin.name.clone(), fund })
                };
                pins.iter().filter_map(overlay).collect()
            })
        });
        overlays.into()
    }

    /// The warnings on the page.
    pub fn warnings(self) -> Signal<Vec<Warning>> {
        Signal::derive(move || {
            let warnings = match self.figures.get() {
                Figures::Run => self.last_run.get().map(|shown| shown.run.warnings.clone()),
                Figures::Frame => {
                    self.preview.detail.with(|detail| detail.as_ref().map(|detail| detail.warnings.clone()))
                }
                Figures::Opening => self.opening.get().map(|opening| opening.warnings.clone()),
                Figures::Nothing => None,
            };
            warnings.unwrap_or_default()
        })
    }

    fn request_preview(self) {
        let is_ready = self.preview.state.with(|state| *state == PreviewState::Ready);
        let inputs = self.preview_inputs();
        // Edits ask at once and the effect that follows them asks again.
        let is_new = self.asked.with_untracked(|asked| *asked != inputs);
        if is_ready
            && is_new
            && let Some(PreviewInputs { request, rows, pins }) = inputs.clone()
        {
            let size = self.size.get_untracked().unwrap_or(Size { deals: 1, buckets: 1 });
            // Variants are compared in as many rows: there are no more than the largest of them affords.
            let largest = untrack(|| self.pins.around(size));
            self.asked.set(inputs);
            self.preview.request(request, stages(rows, largest.deals, largest.buckets), size.deals, pins);
        }
    }
}
