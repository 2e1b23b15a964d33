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

/// What the parts of the workbench share.
#[derive(Clone, Copy, Debug)]
pub struct Workbench {
    /// What is being typed.
    pub draft: RwSignal<Draft>,
    /// The draft, read as a configuration.
    pub check: Memo<Check>,
    /// Which message stands beside which field.
    pub faults: Memo<Faults>,
    /// Rows of the sharpest preview frame.
    pub preview_rows: RwSignal<u32>,
    /// The live preview.
    pub preview: PreviewEngine,
    /// The run on the server.
    pub server_run: ServerRun,
    /// The last run of the server, kept while inputs change.
    pub last_run: RwSignal<Option<Arc<Shown>>>,
    /// The figures the page came with; they stand until the first preview frame.
    pub opening: RwSignal<Option<Arc<Opening>>>,
    /// Whether the panel shows the last run of the server instead of the preview.
    pub shows_run: RwSignal<bool>,
    /// The configuration in the address.
    pub link: Link,
    /// What the server found wrong with the draft it was sent.
    refused: RwSignal<Vec<Error>>,
}

impl Workbench {
    /// The workbench as it opens: the default fund.
    pub fn new() -> Self {
        let draft = RwSignal::new(Draft::default());
        let refused = RwSignal::new(Vec::new());
        let check = Memo::new(move |_| draft.with(Draft::check));
        let faults = Memo::new(move |_| {
            check.with(|check| refused.with(|refused| Faults::new(check.errors.iter().chain(refused))))
        });
        Self {
            draft,
            check,
            faults,
            preview_rows: RwSignal::new(PREVIEW_ROWS),
            preview: PreviewEngine::new(),
            server_run: ServerRun::new(),
            last_run: RwSignal::new(None),
            opening: RwSignal::new(None),
            shows_run: RwSignal::new(false),
            link: Link::new(),
            refused,
        }
    }

    /// Starts what needs a browser: the preview, the configuration in the address.
    pub fn come_alive(self, assets: &Assets) {
        self.link.follow(self);
        self.preview.start(assets);
        Effect::new(move |_| self.request_preview());
        Effect::new(move |_| self.link.keep(self.draft.get(), self.check.with(|check| check.config.is_some())));
    }

    /// Changes the inputs: the panel goes back to the preview, the last run stays reachable.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        if self.shows_run.get_untracked() {
            self.shows_run.set(false);
        }
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

    /// Whether the figures on the page are older than what is typed, because that is not valid.
    pub fn is_stale(self) -> bool {
        !self.shows_run.get() && self.check.with(|check| !check.allows_preview())
    }

    /// Where the figures on the page come from.
    pub fn source(self) -> Source {
        if self.shows_run.get()
            && let Some(shown) = self.last_run.get()
        {
            return Source::Server(shown);
        }
        let frame = self.preview.frame.with(|frame| {
            frame.as_ref().map(|frame| Source::Preview {
                rows: frame.rows,
                computed_ms: frame.computed_ms,
                is_last: frame.is_last,
            })
        });
        let opening = || {
            let rows = self.opening.with(|opening| opening.as_ref().map(|opening| opening.summary.num_scenarios));
            rows.map_or(Source::Nothing, |rows| Source::Opening { rows })
        };
        frame.unwrap_or_else(opening)
    }

    /// The summary on the page.
    pub fn summary(self) -> Signal<Option<Arc<Summary>>> {
        Signal::derive(move || {
            if self.shows_run.get() {
                return self.last_run.get().map(|shown| shown.summary.clone());
            }
            let frame = self.preview.frame.with(|frame| frame.as_ref().map(|frame| frame.summary.clone()));
            frame.or_else(|| self.opening.get().map(|opening| opening.summary.clone()))
        })
    }

    /// The warnings on the page.
    pub fn warnings(self) -> Signal<Vec<Warning>> {
        Signal::derive(move || {
            if self.shows_run.get() {
                return self.last_run.get().map_or_else(Vec::new, |shown| shown.run.warnings.clone());
            }
            let frame = self.preview.frame.with(|frame| frame.as_ref().map(|frame| frame.warnings.clone()));
            let opening = || self.opening.get().map_or_else(Vec::new, |opening| opening.warnings.clone());
            frame.unwrap_or_else(opening)
        })
    }

    fn request_preview(self) {
        let rows = self.preview_rows.get();
        let is_ready = self.preview.state.with(|state| *state == PreviewState::Ready);
        self.check.with(|check| {
            if is_ready && check.allows_preview() {
                let deals = self.draft.with_untracked(Draft::deals).unwrap_or(1.0);
                self.preview.request(&check.request, rows, deals as u32);
            }
        });
    }
}
