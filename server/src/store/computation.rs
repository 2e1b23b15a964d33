//! Computations, one live one per key, and the jobs attached to them.

use std::time::Duration;

use uuid::Uuid;

use super::{Change, Key, Kind, Record, RunFacts, Source, StoreFuture};

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits.
    Interactive,
    /// Soon.
    High,
    /// When there is nothing else; ages, so that it never starves.
    Low,
}

impl Priority {
    /// All of them, first first.
    pub const ALL: [Self; 3] = [Self::Interactive, Self::High, Self::Low];

    /// Its name in messages and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::High => "high",
            Self::Low => "low",
        }
    }

    /// The priority of this number, as databases keep it: a newer program's is low.
    pub fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|priority| *priority as i64 == number).unwrap_or(Self::Low)
    }

    /// The priority of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }
}

/// The state of a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputationState {
    /// To be claimed.
    Waiting,
    /// Claimed.
    Active,
    /// The result is stored.
    Complete,
    /// The error is stored.
    Failed,
    /// Nobody waited any more.
    Cancelled,
}

impl ComputationState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Active, Self::Complete, Self::Failed, Self::Cancelled];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it stays so.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Cancelled)
    }
}

/// A request of one tenant to be attached to the computation of its key.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id, UUIDv7.
    pub job_id: Uuid,
    /// Whose.
    pub tenant: String,
    /// Kind of what is to be made.
    pub kind: Kind,
    /// Key of what is to be made.
    pub key: Key,
    /// How it is written down.
    pub format: u32,
    /// Set where it is to be made though it is there: what became of something it stands on.
    pub again: Option<Before>,
    /// Key of the matrix it reads.
    pub matrix_key: Key,
    /// What it is made from: everything a worker needs.
    pub input: String,
    /// Whose configuration it is.
    pub source: Source,
    /// Who goes first.
    pub priority: Priority,
    /// Where it stands in a trace, as W3C's `traceparent` has it, if it does.
    pub traceparent: Option<String>,
    /// What the log says of it.
    pub change: Change,
}

/// What there was of a thing before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It was never made.
    Nothing,
    /// It was made, and has been evicted since.
    Evicted,
    /// It was made, and was dropped on purpose since.
    Dropped,
    /// It is there and damaged, or what it stands on is.
    Damaged,
}

/// What became of a [`NewJob`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// Attached to a computation, new or already live.
    Attached {
        /// The computation.
        computation_id: Uuid,
        /// What was there before it, where it is new.
        new_after: Option<Before>,
    },
    /// There is nothing to do: it was made since it was looked for.
    Made,
    /// As many computations wait as may.
    QueueFull,
}

/// What a computation was begun for; others may have joined since. Nothing where an earlier version wrote it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BegunBy {
    /// Id of the request that asked first.
    pub request_id: Option<String>,
    /// The job it got.
    pub job_id: Option<Uuid>,
    /// Where it stands in a trace, as W3C's `traceparent` has it.
    pub traceparent: Option<String>,
}

/// The right to make one attempt at a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The computation.
    pub computation_id: Uuid,
    /// Fencing token: every later write of this attempt carries it, and is refused once another attempt was claimed.
    pub token: u64,
    /// Attempts begun, with this one.
    pub attempts: u32,
    /// Who goes first.
    pub priority: Priority,
    /// Kind of what is to be made.
    pub kind: Kind,
    /// Key of what is to be made.
    pub key: Key,
    /// What it is made from.
    pub input: String,
    /// What it was begun for.
    pub begun_by: BegunBy,
}

/// What a successful attempt leaves behind, all or nothing.
#[derive(Clone, Debug)]
pub struct Completion {
    /// Records made; their chunks are already kept.
    pub records: Vec<Record>,
    /// What there is to know of the run, for lists.
    pub run: RunFacts,
    /// What making it took, JSON text.
    pub result: String,
}

/// What became of a write that carried a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written.
    Done,
    /// Refused: the attempt is no longer the computation's present one, or nobody waits for it any more.
    Stale,
    /// Refused: what it was made from was invalidated while it was being made.
    Superseded,
}

/// A computation.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputationRow {
    /// Its id.
    pub computation_id: Uuid,
    /// Its state.
    pub state: ComputationState,
    /// Attempts begun.
    pub attempts: u32,
    /// Fencing token of the last claim; rises with every one, counted or handed back.
    pub token: u64,
    /// 0–100, as last flushed.
    pub percent: f64,
    /// What is being done, in words.
    pub step: String,
    /// Why it failed.
    pub error: Option<String>,
    /// What making it took, JSON text, where it is complete.
    pub result: Option<String>,
    /// When it ended, Unix milliseconds.
    pub ended_at_ms: Option<i64>,
}

/// A job with its computation.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// Its id.
    pub job_id: Uuid,
    /// Key of what is made.
    pub key: Key,
    /// Key of the matrix it reads.
    pub matrix_key: Key,
    /// When it was taken on, Unix milliseconds.
    pub created_at_ms: i64,
    /// Whether it was detached before the computation ended.
    pub detached: bool,
    /// What it is attached to.
    pub computation: ComputationRow,
}

/// Keeps computations and jobs. Times are the database's.
pub trait ComputationStore: Send + Sync {
    /// Attaches a job to the live computation of its key, or to a new one where it is not made already: between looking
    /// for a result and asking for it, it may have come to be.
    fn submit(&self, job: NewJob, max_waiting: u32) -> StoreFuture<'_, Submitted>;

    /// Claims the computation that is next, counting the attempt. One whose attempts are used up and whose lease ran
    /// out is failed instead; one whose matrix another is making waits for it, so that no matrix is made twice.
    /// `running` are those this process makes attempts at: whatever became of their leases (the machine slept, its
    /// clock was set, renewals were held up), they are not claimed. Nor is anything of less priority than `lowest`. The
    /// computation's log says that it was claimed by `process`.
    fn claim(
        &self,
        lease: Duration,
        max_attempts: u32,
        running: Vec<Uuid>,
        lowest: Priority,
        process: &str,
    ) -> StoreFuture<'_, Option<Claim>>;

    /// Extends the lease and flushes progress.
    fn renew(&self, id: Uuid, token: u64, lease: Duration, percent: f64, step: &str) -> StoreFuture<'_, Outcome>;

    /// Stores the result of an attempt and ends the computation.
    fn complete(&self, id: Uuid, token: u64, completion: Completion) -> StoreFuture<'_, Outcome>;

    /// Stores the error of an attempt: ends the computation, or with `retry_after` lets it wait.
    fn fail(&self, id: Uuid, token: u64, error: &str, retry_after: Option<Duration>) -> StoreFuture<'_, Outcome>;

    /// Hands an attempt back, not counted, to be claimed after a while.
    fn release(&self, id: Uuid, token: u64, after: Duration) -> StoreFuture<'_, Outcome>;

    /// What the computations that were completed last took, newest first: [`Completion::result`].
    fn recent_results(&self, limit: u32) -> StoreFuture<'_, Vec<String>>;

    /// Lets everything active wait again, whatever its lease, and ends all pauses between attempts (a clock that was
    /// set back would make them long): for a process that knows it is alone ([`super::Store::is_shared`]). How many were active.
    fn release_all(&self) -> StoreFuture<'_, u64>;

    /// Detaches a job; answers it as it then is, and cancels a computation nobody waits for. `change` is logged where the
    /// job was attached; `None` where nobody asked for it and a request just went away.
    fn detach(&self, tenant: &str, job_id: Uuid, change: Option<Change>) -> StoreFuture<'_, Option<JobRow>>;

    /// A tenant's job.
    fn job(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>>;

    /// A computation.
    fn computation(&self, id: Uuid) -> StoreFuture<'_, Option<ComputationRow>>;

    /// Forgets computations that ended longer ago than this, and their jobs. How many.
    fn prune(&self, age: Duration) -> StoreFuture<'_, u64>;
}
