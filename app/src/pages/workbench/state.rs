//! What the parts of the workbench share.

use std::sync::Arc;

use foliocast_core::Error;
use foliocast_core::scenario::{Summary, Warning};
use leptos::prelude::*;

use super::draft::{Check, Draft, Field};
use super::faults::Faults;
use super::link::Link;
use super::server_run::ServerRun;
use crate::Assets;
use crate::api::Run;
use crate::default_run::DefaultRun;
use crate::engine::{PreviewEngine, PreviewState};

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
}

impl Shown {
    /// From a run.
    pub fn new(run: Run) -> Self {
        let summary = Arc::new(run.summary.clone());
        Self { run, summary }
    }
}

/// The figures the page came with.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The summary.
    pub summary: Arc<Summary>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

impl From<DefaultRun> for Opening {
    fn from(run: DefaultRun) -> Self {
        Self { summary: Arc::new(run.summary), warnings: run.warnings }
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
    /// The draft, read as a configuration.
    pub check: Memo<Check>,
    /// Which message stands beside which field.
    pub faults: Memo<Faults>,
    /// How large the fund of the last valid inputs is, which the figures on the page are of.
    pub size: Memo<Option<Size>>,
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
    /// What the server found wrong with the draft it was sent.
    refused: RwSignal<Vec<Error>>,
    /// Whether what is typed is the default fund, whatever the server's number of rows.
    is_default_fund: Memo<bool>,
    /// What the newest preview was asked for.
    asked: RwSignal<Option<PreviewInputs>>,
}

/// How large a fund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Deals over all buckets.
    pub deals: u32,
    /// Buckets.
    pub buckets: u32,
}

/// What a preview is made of: a request's text, and rows.
type PreviewInputs = (String, u32);

impl Workbench {
    /// The workbench as it opens.
    pub fn new(draft: Draft) -> Self {
        let draft = RwSignal::new(draft);
        let refused = RwSignal::new(Vec::new());
        let check = Memo::new(move |_| draft.with(Draft::check));
        let faults = Memo::new(move |_| {
            check.with(|check| refused.with(|refused| Faults::new(check.errors.iter().chain(refused))))
        });
        Self {
            draft,
            check,
            faults,
            size: Memo::new(move |last: Option<&Option<Size>>| {
                if check.with(|check| !check.allows_preview()) {
                    return last.copied().flatten();
                }
                draft.with(|draft| Some(Size { deals: draft.deals()? as u32, buckets: draft.buckets.len() as u32 }))
            }),
            preview_rows: RwSignal::new(PREVIEW_ROWS),
            preview: PreviewEngine::new(),
            server_run: ServerRun::new(),
            last_run: RwSignal::new(None),
            opening: RwSignal::new(None),
            shows_run: RwSignal::new(false),
            link: Link::new(),
            refused,
            is_default_fund: Memo::new(move |_| draft.with(is_default_fund)),
            asked: RwSignal::new(None),
        }
    }

    /// Starts what needs a browser: the preview, the configuration in the address. The inputs outlive the page in
    /// `last`; what is under way ends with it.
    pub fn come_alive(self, assets: &Assets, last: LastDraft) {
        self.link.follow(self);
        self.preview.start(assets);
        Effect::new(move |_| self.request_preview());
        Effect::new(move |_| self.link.keep(self.draft.get(), self.check.with(|check| check.config.is_some())));
        on_cleanup(move || {
            self.server_run.leave();
            last.0.set_value(self.draft.try_get_untracked());
        });
    }

    /// Changes the inputs: the panel goes back to the preview, the last run stays reachable.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        if self.shows_run.get_untracked() {
            self.shows_run.set(false);
        }
        self.server_run.forget_end();
        if !self.refused.with_untracked(Vec::is_empty) {
            self.refused.set(Vec::new());
        }
        self.draft.update(change);
        // At once, before the page follows its new inputs: the worker computes meanwhile.
        untrack(|| self.request_preview());
    }

    /// Takes what was typed into `field`.
    pub fn type_into(self, field: Field, text: String) {
        self.edit(|draft| draft.set_text(field, text));
    }

    /// Replaces all inputs.
    pub fn open(self, draft: Draft) {
        self.edit(|current| *current = draft);
    }

    /// Keeps a run of the server, and shows it if it is of the present inputs.
    pub fn show_run(self, run: Run, is_current: bool) {
        self.last_run.set(Some(Arc::new(Shown::new(run))));
        self.shows_run.set(is_current);
    }

    /// Shows the last run of the server again, with its inputs.
    pub fn return_to_run(self) {
        let Some(shown) = self.last_run.get_untracked() else { return };
        if let Ok(draft) = Draft::from_json(&shown.run.configuration.to_string()) {
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
        match self.figures() {
            Figures::Run if self.shows_run.get() => None,
            Figures::Run => Some(Stale::Unfollowed),
            Figures::Frame if self.check.with(|check| !check.allows_preview()) => Some(Stale::Invalid),
            Figures::Frame if !self.preview_follows() && !self.is_answered() => Some(Stale::Unfollowed),
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
        let is_sharpening = self.preview.frame.with(|frame| frame.as_ref().is_some_and(|frame| !frame.is_last));
        self.is_behind() || is_sharpening && self.preview_follows() && self.is_answered()
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

    /// What a preview of what is typed is made of; `None` where that is not valid.
    fn preview_inputs(self) -> Option<PreviewInputs> {
        let rows = self.preview_rows.get();
        self.check.with(|check| check.allows_preview().then(|| (check.request.clone(), rows)))
    }

    fn figures(self) -> Figures {
        let has_run = self.last_run.with(Option::is_some);
        if self.shows_run.get() && has_run {
            Figures::Run
        } else if self.preview.frame.with(Option::is_some) {
            Figures::Frame
        } else if self.is_default_fund.get() && self.opening.with(Option::is_some) {
            Figures::Opening
        } else if has_run {
            Figures::Run
        } else {
            Figures::Nothing
        }
    }

    /// Where the figures on the page come from.
    pub fn source(self) -> Source {
        let source = match self.figures() {
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

    /// The summary on the page.
    pub fn summary(self) -> Signal<Option<Arc<Summary>>> {
        Signal::derive(move || match self.figures() {
            Figures::Run => self.last_run.get().map(|shown| shown.summary.clone()),
            Figures::Frame => self.preview.frame.with(|frame| frame.as_ref().map(|frame| frame.summary.clone())),
            Figures::Opening => self.opening.get().map(|opening| opening.summary.clone()),
            Figures::Nothing => None,
        })
    }

    /// The warnings on the page.
    pub fn warnings(self) -> Signal<Vec<Warning>> {
        Signal::derive(move || {
            let warnings = match self.figures() {
                Figures::Run => self.last_run.get().map(|shown| shown.run.warnings.clone()),
                Figures::Frame => self.preview.frame.with(|frame| frame.as_ref().map(|frame| frame.warnings.clone())),
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
            && let Some((request, rows)) = inputs.clone()
        {
            let Size { deals, buckets } = self.size.get_untracked().unwrap_or(Size { deals: 1, buckets: 1 });
            self.asked.set(inputs);
            self.preview.request(request, rows, deals, buckets);
        }
    }
}

fn is_default_fund(draft: &Draft) -> bool {
    let mut default = Draft::default();
    default.num_scenarios.clone_from(&draft.num_scenarios);
    *draft == default
}
