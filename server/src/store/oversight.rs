//! What operators see of computations, and do to them.

use uuid::Uuid;

use super::{Change, ComputationRow, ComputationState, Key, Priority, Scope, StoreFuture};

/// A computation with what there is to tell of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedComputation {
    /// How far it is, or how it ended.
    pub computation: ComputationRow,
    /// Key of what is made.
    pub key: Key,
    /// Key of the matrix it reads.
    pub matrix_key: Key,
    /// The fund it is made for.
    pub fund_id: String,
    /// Who goes first.
    pub priority: Priority,
    /// When it was taken on, Unix milliseconds.
    pub created_at_ms: i64,
    /// Jobs that were ever attached to it.
    pub num_jobs: u64,
    /// Whose jobs these are, in byte order.
    pub tenants: Vec<String>,
    /// What happened to it, oldest first: when, Unix milliseconds, and what.
    pub log: Vec<(i64, String)>,
}

/// What became of a wish to have a computation begin anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It waits.
    Waiting,
    /// It is in another state than failed or cancelled.
    NotEnded(ComputationState),
    /// Another computation makes the same.
    UnderWay(Uuid),
    /// Another computation has made the same.
    Made,
    /// As many computations wait as may.
    QueueFull,
    /// There is no such computation.
    Unknown,
}

/// What is, or would be, of a run that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// It is there.
    Made,
    /// It is being made, or waits to be.
    UnderWay,
    /// It would be made.
    New,
}

/// What is kept within a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Runs.
    pub runs: u64,
    /// Matrices.
    pub matrices: u64,
    /// Bytes of their records and rows.
    pub bytes: u64,
    /// Computations that are being made, whose results would not be kept.
    pub under_way: u64,
}

/// What operators see and do. Times are the database's.
pub trait OversightStore: Send + Sync {
    /// Computations, newest first: those of `state`, where one is given, that came before `after`.
    fn computations(
        &self,
        state: Option<ComputationState>,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreFuture<'_, Vec<ListedComputation>>;

    /// One of them.
    fn listed_computation(&self, id: Uuid) -> StoreFuture<'_, Option<ListedComputation>>;

    /// Ends a computation that waits or is active, for all who wait for it, and says by whom as its error; answers it as it
    /// then is. `change` is logged where it was live.
    fn cancel(&self, id: Uuid, change: Change) -> StoreFuture<'_, Option<ListedComputation>>;

    /// Lets a computation that failed or was cancelled wait anew, with all its attempts, for those who waited when it
    /// ended; where all had let it go, for the last of them. `change` is logged with it.
    fn retry(&self, id: Uuid, max_waiting: u32, change: Change) -> StoreFuture<'_, Retried>;

    /// What a submission of this run would find now.
    fn foresee(&self, run_key: Key, format: u32) -> StoreFuture<'_, Foreseen>;

    /// What dropping a scope would remove now.
    fn contents(&self, scope: Scope) -> StoreFuture<'_, Contents>;
}
