//! What more and more rows of the same inputs say: a run's own prefixes, made in a worker of their own.

use std::sync::Arc;

use foliocast_core::scenario::FundFigures;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

use crate::Assets;
use crate::engine::{EngineWorker, FromWorker, ToWorker};

/// Fewest rows that are looked at: below, a median's interval is wider than what it is about.
const FIRST_ROWS: u32 = 500;

/// Rows that are looked at on the way to `most`: 500, 1,000, 2,000, 5,000 and so on.
///
/// ```
/// use foliocast_app::pages::workbench::convergence::trail_rows;
/// assert_eq!(trail_rows(10_000), [500, 1_000, 2_000, 5_000, 10_000]);
/// assert_eq!(trail_rows(600), [500, 600]);
/// ```
pub fn trail_rows(most: u32) -> Vec<u32> {
    let steps = (0..).map(|step| {
        FIRST_ROWS.saturating_mul([1, 2, 4][step % 3]).saturating_mul(10_u32.saturating_pow(step as u32 / 3))
    });
    let mut rows: Vec<u32> = steps.take_while(|&rows| rows < most).collect();
    rows.push(most);
    rows
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The request's text.
    pub(super) request: String,
    /// Most rows.
    pub(super) rows: u32,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TrailState {
    /// Nothing is under way.
    AtRest,
    /// Rows are being made.
    UnderWay,
    /// The engine cannot run here or failed, for this reason.
    Failed(String),
}

/// The fund's figures by number of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Points {
    pub(super) subject: Option<Subject>,
    /// Rising in rows.
    pub(super) funds: Vec<Arc<FundFigures>>,
    pub(super) is_complete: bool,
}

/// The newest points.
#[derive(Clone, Copy)]
pub(super) struct Trail {
    pub(super) state: RwSignal<TrailState>,
    /// What is shown: of the newest subject, or of the one before it until that has as many.
    pub(super) points: RwSignal<Points>,
    job: StoredValue<Job>,
}

#[derive(Default)]
struct Job {
    /// Answers to older ids come too late.
    id: u32,
    worker: Option<SendWrapper<EngineWorker>>,
    points: Points,
    /// Rows still to be looked at, the next one last.
    ahead: Vec<u32>,
}

impl Trail {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            state: RwSignal::new(TrailState::AtRest),
            points: RwSignal::new(Points::default()),
            job: StoredValue::default(),
        }
    }

    /// Begins with `subject`; what is under way ends. The worker lives as long as there is something to do.
    pub(super) fn start(self, subject: Subject) {
        self.cancel();
        let worker = match EngineWorker::start(&Assets::current(), move |message| self.receive(message)) {
            Ok(worker) => worker,
            Err(message) => return self.state.set(TrailState::Failed(message)),
        };
        let mut ahead = trail_rows(subject.rows);
        ahead.reverse();
        self.job.update_value(|job| {
            job.worker = Some(SendWrapper::new(worker));
            job.points = Points { subject: Some(subject), ..Points::default() };
            job.ahead = ahead;
        });
        self.state.set(TrailState::UnderWay);
        self.next();
    }

    /// Ends what is under way; what is shown stays.
    pub(super) fn cancel(self) {
        // The page may be gone already, and the worker with it.
        let _ = self.job.try_update_value(|job| *job = Job { id: job.id + 1, ..Job::default() });
        if self.state.try_with_untracked(|state| *state != TrailState::AtRest) == Some(true) {
            self.state.set(TrailState::AtRest);
        }
    }

    fn next(self) {
        self.job.update_value(|job| {
            if let (Some(rows), Some(subject), Some(worker)) = (job.ahead.pop(), &job.points.subject, &job.worker) {
                worker.post(&ToWorker::Base { id: job.id, configuration: with_rows(&subject.request, rows) });
            }
        });
    }

    fn receive(self, message: FromWorker) {
        let newest = self.job.with_value(|job| job.id);
        match message {
            FromWorker::Unavailable { message } => self.fail(message),
            FromWorker::Failed { id, message } if id.is_none_or(|id| id == newest) => self.fail(message),
            FromWorker::Based { id, fund } if id == newest => {
                let points = self.job.try_update_value(|job| {
                    job.points.funds.push(Arc::from(fund));
                    job.points.is_complete = job.ahead.is_empty();
                    job.points.clone()
                });
                let Some(points) = points else { return };
                let is_complete = points.is_complete;
                let is_longer = self.points.with_untracked(|shown| {
                    shown.subject == points.subject || !shown.is_complete || shown.funds.len() <= points.funds.len()
                });
                if is_longer || is_complete {
                    self.points.set(points);
                }
                if is_complete { self.cancel() } else { self.next() }
            }
            _ => {}
        }
    }

    fn fail(self, message: String) {
        self.cancel();
        self.state.set(TrailState::Failed(message));
    }
}

/// A request with another number of rows.
fn with_rows(request: &str, rows: u32) -> String {
    let mut value: serde_json::Value = serde_json::from_str(request).unwrap_or_default();
    value["numScenarios"] = rows.into();
    value.to_string()
}
