//! Progress of computations in this process: written by whoever makes them, read by whoever waits. In memory only; the
//! store has what was flushed and how it ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use super::step::Step;

/// How far a computation is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Whether this process makes it now.
    pub here: bool,
    /// Attempts begun, where this process makes it.
    pub attempts: u32,
    /// Fencing token of the attempt, where this process makes it.
    pub token: u64,
    /// 0–100.
    pub percent: f64,
    /// What is being done, in words.
    pub step: Step,
    /// Whether the store knows how it ended.
    pub ended: bool,
    /// Why a result could not be stored; it will be tried again.
    pub not_stored: Option<String>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { here: false, attempts: 0, token: 0, percent: 0.0, step: Step::Waiting, ended: false, not_stored: None }
    }
}

/// The computations that somebody in this process makes or waits for.
#[derive(Clone, Debug, Default)]
pub struct Live {
    entries: Arc<Mutex<HashMap<Uuid, watch::Sender<Progress>>>>,
}

impl Live {
    /// Follows a computation. Read the store after this call: whatever is published later will be seen.
    pub fn follow(&self, computation_id: Uuid) -> Following {
        let progress = self.lock().entry(computation_id).or_default().subscribe();
        Following { live: self.clone(), computation_id, progress }
    }

    /// Tells followers.
    pub fn publish(&self, computation_id: Uuid, change: impl FnOnce(&mut Progress)) {
        self.lock().entry(computation_id).or_default().send_modify(change);
    }

    /// Lets those who follow a computation look again, if anybody does.
    pub fn nudge(&self, computation_id: Uuid) {
        if let Some(sender) = self.lock().get(&computation_id) {
            sender.send_modify(|_| {});
        }
    }

    /// Lets go of a computation that is not made here any more; who follows it looks into the store.
    pub fn let_go(&self, computation_id: Uuid) {
        let mut entries = self.lock();
        if let Some(sender) = entries.get(&computation_id) {
            sender.send_modify(|progress| progress.here = false);
        }
        if entries.get(&computation_id).is_some_and(|sender| sender.receiver_count() == 0) {
            entries.remove(&computation_id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<Progress>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a computation.
#[derive(Debug)]
pub struct Following {
    live: Live,
    computation_id: Uuid,
    progress: watch::Receiver<Progress>,
}

impl Following {
    /// The latest progress, marked as seen.
    pub fn latest(&mut self) -> Progress {
        self.progress.borrow_and_update().clone()
    }

    /// Waits for a change to a state of interest.
    pub async fn changed_to(&mut self, interesting: impl Fn(&Progress) -> bool) {
        // The sender stays in the registry while anybody follows.
        while self.progress.changed().await.is_ok() {
            if interesting(&self.progress.borrow_and_update()) {
                return;
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut entries = self.live.lock();
        let last = |sender: &watch::Sender<Progress>| {
            // This receiver still counts; and what is being made here keeps its entry.
            sender.receiver_count() <= 1 && !sender.borrow().here
        };
        if entries.get(&self.computation_id).is_some_and(last) {
            entries.remove(&self.computation_id);
        }
    }
}
