//! Studies of the newest inputs, made lever by lever in a worker of their own.

use std::sync::Arc;

use leptos::prelude::*;
use send_wrapper::SendWrapper;

use super::lever::{Direction, Lever, Move};
use super::study::{MovedFund, Side, StudiedLever, Study, Subject};
use crate::Assets;
use crate::browser::now_ms;
use crate::engine::{EngineWorker, FromWorker, ToWorker};

/// How long bars of earlier inputs stay where the new ones take their time, milliseconds.
const KEPT_MS: f64 = 1_000.0;
/// Shortest time between two redraws of bars that come in, milliseconds.
const REDRAW_MS: f64 = 200.0;

/// How far the newest study is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StudyState {
    /// Nothing is under way.
    AtRest,
    /// Levers studied, and how many there are.
    UnderWay {
        /// Studied.
        done: usize,
        /// In all.
        of: usize,
    },
    /// The engine failed, for this reason.
    Failed(String),
    /// It cannot run here, for this reason.
    Unavailable(String),
}

/// Studies of the newest inputs.
#[derive(Clone, Copy)]
pub(super) struct Studies {
    /// What is shown: the newest study, or the one before it while that one begins.
    pub(super) study: RwSignal<Option<Arc<Study>>>,
    /// How far the newest is.
    pub(super) state: RwSignal<StudyState>,
    worker: StoredValue<Option<SendWrapper<EngineWorker>>>,
    job: StoredValue<Job>,
}

/// What is under way.
#[derive(Default)]
struct Job {
    /// Answers to older ids come too late.
    id: u32,
    subject: Option<Subject>,
    /// Once the base is made.
    study: Option<Study>,
    levers: Vec<Lever>,
    /// The lever that the worker is asked about, as it was moved.
    asked: Option<(Lever, [Result<Move, String>; 2])>,
    begun_ms: f64,
    shown_ms: f64,
    /// Whether the study on the page is this one.
    is_shown: bool,
}

impl Studies {
    /// None yet; the worker starts with the first, and ends with the component that made this.
    pub(super) fn new() -> Self {
        Self {
            study: RwSignal::new(None),
            state: RwSignal::new(StudyState::AtRest),
            worker: StoredValue::new(None),
            job: StoredValue::default(),
        }
    }

    /// Begins a study of `subject`; one under way ends.
    pub(super) fn start(self, subject: Subject) {
        // What could not be started once is not tried at every input.
        if self.state.with_untracked(|state| matches!(state, StudyState::Unavailable(_))) {
            return;
        }
        if self.worker.with_value(Option::is_none) {
            match EngineWorker::start(&Assets::current(), move |message| self.receive(message)) {
                Ok(worker) => self.worker.set_value(Some(SendWrapper::new(worker))),
                Err(message) => return self.state.set(StudyState::Unavailable(message)),
            }
        }
        let configuration = subject.draft.request_json();
        let levers = Lever::all(&subject.draft);
        self.state.set(StudyState::UnderWay { done: 0, of: levers.len() });
        let id = self.job.try_update_value(|job| {
            let id = job.id + 1;
            *job = Job { id, subject: Some(subject), levers, begun_ms: now_ms(), ..Job::default() };
            id
        });
        if let Some(id) = id {
            self.post(&ToWorker::Base { id, configuration });
        }
    }

    /// Ends what is under way; what is shown stays.
    pub(super) fn cancel(self) {
        self.job.update_value(|job| *job = Job { id: job.id + 1, ..Job::default() });
        if self.state.with_untracked(|state| matches!(state, StudyState::UnderWay { .. } | StudyState::Failed(_))) {
            self.state.set(StudyState::AtRest);
        }
    }

    fn post(self, message: &ToWorker) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post(message);
            }
        });
    }

    fn receive(self, message: FromWorker) {
        let newest = self.job.with_value(|job| job.id);
        match message {
            FromWorker::Unavailable { message } => {
                self.worker.set_value(None);
                self.state.set(StudyState::Unavailable(message));
            }
            FromWorker::Failed { id, message } if id.is_none_or(|id| id == newest) => {
                self.cancel();
                self.state.set(StudyState::Failed(message));
            }
            FromWorker::Based { id, fund } if id == newest => {
                self.job.update_value(|job| job.study = job.subject.take().map(|subject| Study::new(subject, *fund)));
                self.next();
            }
            FromWorker::Compared { id, comparisons } if id == newest => {
                self.job.update_value(|job| {
                    let Some((lever, moves)) = job.asked.take() else { return };
                    let mut comparisons = comparisons.into_iter();
                    let sides = moves.map(|side| -> Side {
                        let Move { to, held, .. } = side?;
                        let comparison = comparisons.next().ok_or("the engine left out an answer")?;
                        Ok(MovedFund { to, held, comparison })
                    });
                    job.note(lever, sides);
                });
                self.next();
            }
            _ => {}
        }
    }

    /// Asks about the next lever that can be moved; after the last one, the study is complete.
    fn next(self) {
        let request = self.job.try_update_value(|job| {
            let mut request = None;
            while request.is_none()
                && let Some(lever) = job.next_lever()
            {
                request = job.ask(lever);
            }
            request
        });
        let Some(request) = request else { return };
        self.show(request.is_none());
        if let Some(request) = request {
            self.post(&request);
        }
    }

    fn show(self, is_complete: bool) {
        let has_older = self.study.with_untracked(Option::is_some);
        let shown = self.job.try_update_value(|job| {
            let now_ms = now_ms();
            let study = job.study.as_mut()?;
            study.is_complete = is_complete;
            let state = match is_complete {
                true => StudyState::AtRest,
                false => StudyState::UnderWay { done: study.levers.len(), of: job.levers.len() },
            };
            let may_replace = job.is_shown || !has_older || now_ms - job.begun_ms >= KEPT_MS;
            let must_show = is_complete || may_replace && now_ms - job.shown_ms >= REDRAW_MS;
            if must_show {
                (job.is_shown, job.shown_ms) = (true, now_ms);
            }
            Some((state, must_show.then(|| Arc::new(study.clone()))))
        });
        let Some(Some((state, study))) = shown else { return };
        self.state.set(state);
        if study.is_some() {
            self.study.set(study);
        }
    }
}

impl Job {
    fn next_lever(&self) -> Option<Lever> {
        let study = self.study.as_ref()?;
        self.levers.get(study.levers.len()).copied()
    }

    /// What to ask the worker about `lever`; a lever that cannot be moved is noted at once.
    fn ask(&mut self, lever: Lever) -> Option<ToWorker> {
        let Subject { draft, steps } = &self.study.as_ref()?.subject;
        let moves = [Direction::Down, Direction::Up].map(|direction| lever.moved(draft, *steps, direction));
        let configurations: Vec<String> = moves.iter().flatten().map(|side| side.request.clone()).collect();
        if configurations.is_empty() {
            self.note(lever, moves.map(|side| Err(side.err().unwrap_or_default())));
            return None;
        }
        self.asked = Some((lever, moves));
        Some(ToWorker::Compare { id: self.id, configurations })
    }

    fn note(&mut self, lever: Lever, sides: [Side; 2]) {
        if let Some(study) = &mut self.study {
            let from = lever.from(&study.subject.draft);
            study.levers.push(Arc::new(StudiedLever { lever, from, sides }));
        }
    }
}
