//! What is kept for good: artifacts, computations with their jobs, who asked for what, and who may ask. The traits here are what a
//! database must do; they know bytes, keys and kinds, and nothing of scenarios or funds' meaning.

pub mod artifact;
pub mod audit;
pub mod computation;
pub mod keys;
pub mod sqlite;
pub mod tenancy;

use std::pin::Pin;

pub use artifact::{ArtifactId, ArtifactStore, Dropped, Kind, Lookup, Record};
pub use audit::{Action, Actor, AuditPosition, AuditRow, COMMAND_LINE, Change, THIS_MACHINE, THIS_NETWORK};
pub use computation::{
    Claim, Completion, ComputationRow, ComputationState, ComputationStore, JobRow, NewJob, Outcome, Priority, Submitted,
};
pub use keys::{Created, FoundSecret, KeyRow, KeyStore, NewKey, Revoked, SecretHash, Usage, Used};
pub use tenancy::{Access, FundMustBe, FundRow, ListedRun, RunFacts, RunPosition, Source, TenantStore};

/// The answer of a store.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// 32 bytes that name content.
pub type Key = [u8; 32];

/// Why a store did not do its work. Whatever it was, nothing was acknowledged.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be written: full, read-only, or its directory is gone.
    #[error("the durable store cannot be written: {0}")]
    NotWritable(String),
    /// It does not answer, or answers nonsense.
    #[error("the durable store does not answer: {0}")]
    Failed(String),
}

/// Everything a database does for this installation.
pub trait Store: ArtifactStore + ComputationStore + TenantStore + KeyStore {
    /// Writes and reads something of its own, to tell whether it works.
    fn check(&self) -> StoreFuture<'_, ()>;

    /// The secret of this installation: the first that was proposed, for ever.
    fn installation_secret(&self, proposed: [u8; 32]) -> StoreFuture<'_, [u8; 32]>;

    /// Finishes what is being written and closes.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
