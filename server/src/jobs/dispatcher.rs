//! Claims computations from the store and lets a bounded number of them run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::Live;
use super::attempt::{Control, LEASE, Stop};
use super::scenario::ScenarioComputer;
use crate::clock::Clock;
use crate::store::{Claim, Priority, Store};

/// Attempts of one computation.
pub const MAX_ATTEMPTS: u32 = 3;

/// How long the dispatcher rests when there is nothing to claim and nobody wakes it: computations that wait after a
/// failure, and those of other processes, are found by looking.
const IDLE: Duration = Duration::from_millis(500);

/// How long the dispatcher rests when the store fails.
const STORE_FAILED: Duration = Duration::from_secs(2);

/// What [`Workers`] need to know.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// Computations at a time.
    pub concurrency: usize,
    /// A computation without progress for this long is given up.
    pub timeout: Duration,
    /// Memory that the computations of a moment are let have, by estimate; one that takes more runs alone.
    pub memory_bytes: u64,
}

impl WorkerSettings {
    /// Memory as it is portioned out, at least one portion.
    pub(super) fn memory_mebibytes(&self) -> u64 {
        (self.memory_bytes >> 20).clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize) as u64)
    }
}

/// Makes computations.
pub struct Workers {
    pub(super) store: Arc<dyn Store>,
    pub(super) computer: Arc<ScenarioComputer>,
    pub(super) live: Live,
    pub(super) clock: Arc<dyn Clock>,
    /// Name of this process for people.
    process: String,
    pub(super) settings: WorkerSettings,
    pub(super) stopping: CancellationToken,
    /// By computation and fencing token.
    running: Mutex<HashMap<(Uuid, u64), Arc<Control>>>,
    slots: Arc<Semaphore>,
    /// In mebibytes.
    pub(super) memory: Semaphore,
    wake: Notify,
    tasks: TaskTracker,
}

impl Workers {
    /// Workers that do nothing until [`Self::start`].
    pub fn new(
        store: Arc<dyn Store>,
        computer: ScenarioComputer,
        live: Live,
        clock: Arc<dyn Clock>,
        process: String,
        settings: WorkerSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            computer: Arc::new(computer),
            live,
            clock,
            process,
            settings,
            stopping: CancellationToken::new(),
            running: Mutex::default(),
            slots: Arc::new(Semaphore::new(settings.concurrency.max(1))),
            memory: Semaphore::new(settings.memory_mebibytes() as usize),
            wake: Notify::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Starts claiming.
    pub fn start(self: &Arc<Self>) {
        let dispatcher = Arc::clone(self);
        self.tasks.spawn(dispatcher.dispatch());
    }

    /// There may be something to claim.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Nobody waits for a computation any more.
    pub fn stop_unwanted(&self, computation_id: Uuid) {
        for ((id, _), control) in &*self.running() {
            if *id == computation_id {
                control.stop(Stop::Unwanted);
            }
        }
    }

    /// Whether an attempt at a computation runs in this process.
    pub fn makes(&self, computation_id: Uuid) -> bool {
        self.running().keys().any(|(id, _)| *id == computation_id)
    }

    /// Computations that run now.
    pub fn num_running(&self) -> usize {
        self.running().len()
    }

    /// Stops claiming, lets running computations stop at a block boundary and hands them back.
    pub async fn shutdown(&self) {
        self.stopping.cancel();
        for control in self.running().values() {
            control.stop(Stop::Shutdown);
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn dispatch(self: Arc<Self>) {
        // Never stopped between a claim and its attempt: a claim nobody makes would wait for its lease to run out.
        while !self.stopping.is_cancelled() {
            let slot = tokio::select! {
                slot = Arc::clone(&self.slots).acquire_owned() => slot,
                () = self.stopping.cancelled() => return,
            };
            let Ok(slot) = slot else { return };
            let running = self.running().keys().map(|(id, _)| *id).collect();
            let pause = match self.store.claim(LEASE, MAX_ATTEMPTS, running, self.lowest(), &self.process).await {
                Ok(Some(claim)) => {
                    // Here and not in the task, so that the next claim knows of it.
                    let control = self.begin(&claim);
                    self.tasks.spawn(Arc::clone(&self).attempt(claim, control, slot));
                    continue;
                }
                Ok(None) => IDLE,
                Err(error) => {
                    tracing::warn!(%error, "could not claim a computation");
                    STORE_FAILED
                }
            };
            drop(slot);
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled() => {}
            }
        }
    }

    /// What may be claimed: nothing low where all others that run are low. Whoever waits finds a slot that is free.
    fn lowest(&self) -> Priority {
        let num_low = self.running().values().filter(|control| control.priority == Priority::Low).count();
        if num_low + 1 < self.settings.concurrency.max(2) { Priority::Low } else { Priority::High }
    }

    fn begin(&self, claim: &Claim) -> Arc<Control> {
        let control = Arc::new(Control::of(claim));
        self.running().insert((claim.computation_id, claim.token), Arc::clone(&control));
        if self.stopping.is_cancelled() {
            control.stop(Stop::Shutdown);
        }
        self.live.begin(claim.computation_id, claim.token, claim.attempts);
        control
    }

    pub(super) fn end(&self, claim: &Claim) {
        self.running().remove(&(claim.computation_id, claim.token));
        self.live.let_go(claim.computation_id, claim.token);
        self.wake();
    }

    fn running(&self) -> MutexGuard<'_, HashMap<(Uuid, u64), Arc<Control>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
