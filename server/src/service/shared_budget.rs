//! Budgets of an installation: counted in Redis, for all its processes, as long as that answers, and always here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::future::Cache;
use tokio::sync::Mutex;

use super::budgets::Subject;
use crate::auth::Budget;
use crate::clock::Clock;
use crate::redis::{RedisBudget, Taken};

/// A budget of which no process gives more than it has, and all together no more while they share a Redis.
///
/// What this process gives, it takes from its own budget first. Its own has never less than the shared one, from which
/// others take too; so what its own refuses need not be asked, and where Redis is away its own goes on from what this
/// process has given: the limit is never lifted, it only is each process's own.
pub(super) struct SharedBudget {
    own: Budget<Subject>,
    shared: Option<RedisBudget>,
}

/// That something was taken, and whether from the shared budget too.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub(super) struct Receipt {
    is_shared: bool,
}

impl SharedBudget {
    pub(super) fn new(per_minute: u64, size: u64, shared: Option<RedisBudget>, clock: &Arc<dyn Clock>) -> Self {
        Self { own: Budget::new(per_minute, size, Arc::clone(clock)), shared }
    }

    /// Takes `cost` of a subject's budget; one that is above the budget's size takes all of it.
    ///
    /// # Errors
    /// How long until there is enough, where there is not; nothing is taken then.
    pub(super) async fn take(&self, subject: &Subject, cost: u64) -> Result<Receipt, Duration> {
        self.own.take(subject, cost)?;
        let Some(shared) = &self.shared else { return Ok(Receipt { is_shared: false }) };
        match shared.take(&subject.to_string(), cost).await {
            Ok(Taken::Some(_)) => Ok(Receipt { is_shared: true }),
            Ok(Taken::NotBefore(retry_after)) => {
                self.own.give_back(subject, cost);
                Err(retry_after)
            }
            Err(_) => Ok(Receipt { is_shared: false }),
        }
    }

    /// Whether there is anything left of a subject's budget; takes nothing.
    pub(super) async fn has_left(&self, subject: &Subject) -> Result<(), Duration> {
        self.own.has_left(subject)?;
        let Some(shared) = &self.shared else { return Ok(()) };
        match shared.has_left(&subject.to_string()).await {
            Ok(Taken::NotBefore(retry_after)) => Err(retry_after),
            Ok(Taken::Some(_)) | Err(_) => Ok(()),
        }
    }

    /// Gives back what was taken and not used.
    pub(super) async fn give_back(&self, subject: &Subject, cost: u64, receipt: Receipt) {
        self.own.give_back(subject, cost);
        if let (true, Some(shared)) = (receipt.is_shared, &self.shared) {
            // What Redis does not hear of is filled in within a minute.
            let _ = shared.give_back(&subject.to_string(), cost).await;
        }
    }
}

/// What a process takes from the shared budget at once is this part of a minute's.
const LEASES_PER_MINUTE: u64 = 60;
/// What was leased and not used is worth nothing after this: by then it has flowed into the shared budget again.
const LEASE: Duration = Duration::from_secs(60);
/// Subjects whose leases are remembered.
const MOST_LEASES: u64 = 100_000;

/// A shared budget of which one is taken at a time, by everything that is asked.
///
/// A round trip to Redis for each would be most of what a request takes that is answered from memory. So a process
/// leases a second's worth at once (a sixtieth of the minute's, one where that is less) and takes from that. What it
/// costs: the others cannot use what a process has leased and does not use, so that a subject may be refused a sixtieth
/// per process too early, or get that much more after a pause.
pub(super) struct OneByOne {
    budget: SharedBudget,
    lease_size: u64,
    leases: Cache<Subject, Arc<Mutex<Lease>>>,
    clock: Arc<dyn Clock>,
}

struct Lease {
    left: u64,
    at: Instant,
}

impl OneByOne {
    pub(super) fn new(budget: SharedBudget, per_minute: u64, clock: Arc<dyn Clock>) -> Self {
        let lease_size = (per_minute / LEASES_PER_MINUTE).max(1);
        let leases = Cache::builder().max_capacity(MOST_LEASES).time_to_idle(LEASE).build();
        Self { budget, lease_size, leases, clock }
    }

    /// Takes one of a subject's budget.
    ///
    /// # Errors
    /// How long until there is one, where there is none.
    pub(super) async fn take(&self, subject: &Subject) -> Result<(), Duration> {
        let Some(shared) = &self.budget.shared else { return self.budget.own.take(subject, 1) };
        self.budget.own.take(subject, 1)?;
        let now = self.clock.instant();
        let lease =
            self.leases.get_with_by_ref(subject, async move { Arc::new(Mutex::new(Lease { left: 0, at: now })) });
        // Held while Redis is asked, so that many requests at once lease once.
        let lease = lease.await;
        let mut lease = lease.lock().await;
        if lease.left > 0 && now.saturating_duration_since(lease.at) < LEASE {
            lease.left -= 1;
            return Ok(());
        }
        match shared.take_up_to(&subject.to_string(), self.lease_size).await {
            Ok(Taken::Some(taken)) => {
                *lease = Lease { left: taken.saturating_sub(1), at: now };
                Ok(())
            }
            Ok(Taken::NotBefore(retry_after)) => {
                self.budget.own.give_back(subject, 1);
                Err(retry_after)
            }
            Err(_) => Ok(()),
        }
    }
}
