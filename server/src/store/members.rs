//! The processes that share a store: each keeps copies of what is in it, and has to hear what is dropped.

use std::time::Duration;

use uuid::Uuid;

use super::{Dropping, StoreFuture};

/// A process that shares the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id, new with every start.
    pub id: Uuid,
    /// Its name for people: program, machine, process.
    pub name: String,
}

/// That a process has forgotten what was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The drop.
    pub number: u64,
    /// Artifacts it had in memory.
    pub in_memory: u64,
}

/// Who has not acknowledged a drop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgements {
    /// Artifacts that those who have acknowledged had in memory.
    pub in_memory: u64,
    /// Names of those whose lease holds: they may still use what was dropped.
    pub awaited: Vec<String>,
    /// Names of those whose lease ran out meanwhile: they use nothing without saying that it is unconfirmed.
    pub lost: Vec<String>,
}

/// Keeps the processes that share this store. A store for one process alone has none to keep.
pub trait MemberStore: Send + Sync {
    /// Acknowledges, joins or renews the lease, and answers the drops after number `seen`, oldest first: with 0, all that
    /// are remembered.
    fn attend(
        &self,
        member: &Member,
        lease: Duration,
        seen: u64,
        acknowledged: Vec<Acknowledged>,
    ) -> StoreFuture<'_, Vec<Dropping>>;

    /// Leaves: nobody waits for this process any more.
    fn leave(&self, member: Uuid) -> StoreFuture<'_, ()>;

    /// Who has acknowledged a drop, of those who were there when it happened.
    fn acknowledgements(&self, number: u64) -> StoreFuture<'_, Acknowledgements>;

    /// Forgets drops, and processes that left without a word, from before this age.
    fn forget_drops(&self, age: Duration) -> StoreFuture<'_, ()>;
}
