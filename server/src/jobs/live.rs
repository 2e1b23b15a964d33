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
    entries: Arc<Mutex<HashMap<Uuid, Entry>>>,
}

/// A computation that is made here, or has followers.
#[derive(Debug, Default)]
struct Entry {
    progress: watch::Sender<Progress>,
    /// Counted here and not by the channel, so that the last to leave is the last whatever happens at once.
    followers: usize,
}

impl Live {
    /// Follows a computation. Read the store after this call: whatever is published later will be seen.
    pub fn follow(&self, computation_id: Uuid) -> Following {
        let mut entries = self.lock();
        let entry = entries.entry(computation_id).or_default();
        entry.followers += 1;
        Following { live: self.clone(), computation_id, progress: entry.progress.subscribe() }
    }

    /// Tells that this process begins to make a computation, as the attempt with this token.
    pub fn begin(&self, computation_id: Uuid, token: u64, attempts: u32) {
        let begun = Progress { here: true, attempts, token, step: Step::Claimed, ..Progress::default() };
        self.lock().entry(computation_id).or_default().progress.send_replace(begun);
    }

    /// Tells followers how far the attempt with this token is. No effect once another one was begun or it was let go.
    pub fn publish(&self, computation_id: Uuid, token: u64, change: impl FnOnce(&mut Progress)) {
        let entries = self.lock();
        let Some(Entry { progress, .. }) = entries.get(&computation_id) else { return };
        progress.send_if_modified(|progress| {
            let is_present = progress.here && progress.token == token;
            if is_present {
                change(progress);
            }
            is_present
        });
    }

    /// Lets those who follow a computation look again, if anybody does.
    pub fn nudge(&self, computation_id: Uuid) {
        if let Some(entry) = self.lock().get(&computation_id) {
            entry.progress.send_modify(|_| {});
        }
    }

    /// Lets everybody look again.
    pub fn nudge_all(&self) {
        for entry in self.lock().values() {
            entry.progress.send_modify(|_| {});
        }
    }

    /// Lets go of a computation that the attempt with this token does not make any more; who follows it looks into the
    /// store. No effect once another one was begun.
    pub fn let_go(&self, computation_id: Uuid, token: u64) {
        self.publish(computation_id, token, |progress| progress.here = false);
        remove_unused(&mut self.lock(), computation_id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Entry>> {
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
        if let Some(entry) = entries.get_mut(&self.computation_id) {
            entry.followers -= 1;
        }
        remove_unused(&mut entries, self.computation_id);
    }
}

/// Forgets a computation that is not made here and that nobody follows.
fn remove_unused(entries: &mut HashMap<Uuid, Entry>, computation_id: Uuid) {
    let is_unused = |entry: &Entry| entry.followers == 0 && !entry.progress.borrow().here;
    if entries.get(&computation_id).is_some_and(is_unused) {
        entries.remove(&computation_id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn nothing_is_left_of_a_computation_whose_followers_all_leave_at_once() {
        let (live, leave) = (Live::default(), Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..1_000 {
                        let following = live.follow(Uuid::from_u128(round));
                        leave.wait();
                        drop(following);
                    }
                });
            }
        });
        assert!(live.lock().is_empty());
    }

    #[test]
    fn an_attempt_that_was_replaced_neither_tells_of_progress_nor_ends_the_present_one() {
        let (live, id) = (Live::default(), Uuid::from_u128(1));
        let mut following = live.follow(id);
        live.begin(id, 1, 1);
        live.begin(id, 2, 2);
        live.publish(id, 1, |progress| progress.percent = 50.0);
        live.let_go(id, 1);
        let progress = following.latest();
        assert_eq!((progress.here, progress.token, progress.percent), (true, 2, 0.0));
        live.let_go(id, 2);
        assert!(!following.latest().here);
        drop(following);
        assert!(live.lock().is_empty());
    }
}
