//! What is kept: artifacts, computations with their jobs, who asked for what, and who may ask. The traits here are what a
//! database must do; they know bytes, keys and kinds, and nothing of scenarios or funds' meaning.

pub mod artifact;
pub mod audit;
pub mod computation;
mod computation_log;
mod error;
mod eviction;
mod found;
mod found_measures;
pub mod keys;
pub mod measures;
pub mod members;
pub mod moving;
mod oversight;
pub mod postgres;
mod seal;
pub mod sqlite;
pub mod tenancy;

use std::pin::Pin;

use futures::stream::BoxStream;
use uuid::Uuid;

pub use artifact::{ArtifactId, ArtifactStore, Dropped, Dropping, Kind, Lookup, Record, Scope};
pub use audit::{Action, Actor, AuditPosition, AuditRow, COMMAND_LINE, Change, THE_QUEUE, THIS_MACHINE, THIS_NETWORK};
pub use computation::{
    Before, BegunBy, Claim, Completion, ComputationRow, ComputationState, ComputationStore, JobRow, NewJob, Outcome,
    Priority, Submitted,
};
pub use error::StoreError;
pub use eviction::{Evicted, Eviction, EvictionStore, HELD_FOR_MS, NEW_FOR_MS, NOTED_EVERY_MS, OLDEST};
pub use keys::{Created, FoundSecret, KeyRow, KeyStore, NewKey, Revoked, SecretHash, Usage, Used};
pub use measures::{
    Activity, BusyFund, DurableUse, Ending, FundActivity, JobCount, MeasureStore, MeasuresKept, MemoryUse, Moment,
    Origin, Period, Report, Reporter, RunAsks, Series, SlowRequest, Sum,
};
pub use members::{Acknowledged, Acknowledgements, Member, MemberStore};
pub use oversight::{Contents, Foreseen, ListedComputation, OversightStore, Retried};
pub use seal::Seal;
pub use tenancy::{Access, FundMustBe, FundRow, ListedRun, RunFacts, RunPosition, Source, TenantStore};

/// The answer of a store.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// 32 bytes that name content.
pub type Key = [u8; 32];

/// Something that happened in the store, for those who would otherwise find it by looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreEvent {
    /// There may be something to claim.
    Submitted,
    /// A computation ended, or changed hands.
    Changed(Uuid),
    /// Something was dropped.
    Dropped,
    /// All are asked for what they have counted, with this question.
    ReportAsked(i64),
    /// Events may have been missed: everything may have happened.
    Missed,
}

/// Everything a database does for this installation.
pub trait Store:
    ArtifactStore + ComputationStore + EvictionStore + TenantStore + KeyStore + MemberStore + MeasureStore + OversightStore
{
    /// Whether other processes may use it at the same time.
    fn is_shared(&self) -> bool;

    /// What other processes did that this one may wait for. Ends with the store.
    fn events(&self) -> BoxStream<'static, StoreEvent>;

    /// Writes and reads something of its own, to tell whether it works.
    fn check(&self) -> StoreFuture<'_, ()>;

    /// The secret of this installation, made when it was first opened.
    fn installation_secret(&self) -> [u8; 32];

    /// Finishes what is being written and closes.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
