//! Stored runs compared row by row: their rows are made again in this browser.

use std::sync::Arc;

use foliocast_core::scenario::{Config, FundFigures};
use leptos::prelude::*;
use send_wrapper::SendWrapper;

use super::super::run::NO_LIMITS;
use crate::api::Run;
use crate::components::BadgeKind;
use crate::engine::{EngineWorker, FromWorker, Paired, ToWorker, most_rows};
use crate::{Assets, format};

/// Most rows that are compared: a difference is then known to a hundredth of what a run of 100 rows says of itself.
const MOST_ROWS: u32 = 1_000_000;

/// How far the comparison is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PairingState {
    /// Not begun: the page is not alive.
    Waiting,
    /// Rows are being made, this share of them so far.
    Making(f64),
    /// The rows are compared.
    Done(Arc<Paired>),
    /// They cannot be, for this reason.
    Failed(String),
}

/// The comparison of some runs in a worker of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing {
    pub(super) state: RwSignal<PairingState>,
    runs: StoredValue<Vec<Stored>>,
    worker: StoredValue<Option<SendWrapper<EngineWorker>>>,
}

/// What is known of a stored run.
#[derive(Debug)]
struct Stored {
    configuration: String,
    num_scenarios: u32,
    fund: FundFigures,
    /// Most rows that this browser makes of it; `None` where its model is not this one's.
    most_rows: Option<u32>,
}

impl Stored {
    fn of(run: &Run) -> Self {
        let configuration = run.configuration.to_string();
        let config = Config::from_json(&configuration, &NO_LIMITS).ok();
        let most_rows = config.map(|config| {
            let deals = config.buckets().iter().map(|bucket| bucket.deals).sum();
            most_rows(deals, config.buckets().len() as u32)
        });
        let fund = FundFigures::from(&run.summary);
        Self { configuration, num_scenarios: run.num_scenarios, fund, most_rows }
    }
}

impl Pairing {
    /// One that waits for [`Self::start`].
    pub(super) fn new(runs: &[Run]) -> Self {
        Self {
            state: RwSignal::new(PairingState::Waiting),
            runs: StoredValue::new(runs.iter().map(Stored::of).collect()),
            worker: StoredValue::new(None),
        }
    }

    /// Begins. Only in a browser.
    pub(super) fn start(self) {
        let request = self.runs.with_value(|runs| {
            let most =
                runs.iter().map(|run| Some(run.num_scenarios.min(run.most_rows?))).collect::<Option<Vec<_>>>()?;
            let rows = most.into_iter().fold(MOST_ROWS, u32::min);
            let configurations = runs.iter().map(|run| run.configuration.clone()).collect();
            Some(ToWorker::Pair { configurations, rows })
        });
        let Some(request) = request else {
            return self.fail("one of the runs is of another version of the model".into());
        };
        match EngineWorker::start(&Assets::current(), move |message| self.receive(message)) {
            Ok(worker) => {
                worker.post(&request);
                self.worker.set_value(Some(SendWrapper::new(worker)));
                self.state.set(PairingState::Making(0.0));
            }
            Err(reason) => self.fail(reason),
        }
    }

    /// Ends the worker, whatever it does.
    pub(super) fn stop(self) {
        self.worker.set_value(None);
    }

    fn fail(self, reason: String) {
        self.state.set(PairingState::Failed(reason));
    }

    fn receive(self, message: FromWorker) {
        match message {
            FromWorker::Progress { blocks_done, blocks } => {
                self.state.set(PairingState::Making(f64::from(blocks_done) / f64::from(blocks.max(1))));
            }
            FromWorker::Paired(compared) => {
                self.stop();
                self.state.set(PairingState::Done(Arc::from(compared)));
            }
            FromWorker::Unavailable { message } | FromWorker::Failed { message, .. } => {
                self.stop();
                self.fail(message);
            }
            FromWorker::Ready {}
            | FromWorker::Fund { .. }
            | FromWorker::Frame { .. }
            | FromWorker::Based { .. }
            | FromWorker::Compared { .. }
            | FromWorker::Digests { .. }
            | FromWorker::Outcome { .. } => {}
        }
    }

    /// The state in words, for a badge.
    pub(super) fn words(self, state: &PairingState) -> (BadgeKind, String) {
        match state {
            PairingState::Waiting => {
                (BadgeKind::Authoritative, "stored figures; a browser with scripts compares the rows".into())
            }
            PairingState::Making(share) => (
                BadgeKind::Preview,
                format!("stored figures; making the rows again to compare them, {}", format::percent(*share)),
            ),
            PairingState::Failed(reason) => {
                (BadgeKind::Warn, format!("stored figures; the rows cannot be compared here: {reason}"))
            }
            PairingState::Done(compared) => self.verdict(compared),
        }
    }

    /// Whether the rows made here say what the server stored, as far as they are the same rows.
    fn verdict(self, compared: &Paired) -> (BadgeKind, String) {
        let made = core::iter::once(&compared.fund).chain(compared.variants.iter().map(|variant| &variant.fund));
        let rows = format::rows(compared.rows);
        self.runs.with_value(|runs| {
            let whole: Vec<bool> = runs
                .iter()
                .zip(made)
                .filter(|(run, _)| run.num_scenarios == compared.rows)
                .map(|(run, made)| run.fund == *made)
                .collect();
            if whole.contains(&false) {
                (
                    BadgeKind::Error,
                    format!("{rows} of each made again in this browser, and the stored figures are others"),
                )
            } else if whole.len() == runs.len() {
                (
                    BadgeKind::Verified,
                    format!("{rows} of each made again in this browser: the stored figures, to the bit"),
                )
            } else {
                (BadgeKind::Preview, format!("figures of the first {rows} of each, made again in this browser"))
            }
        })
    }
}
