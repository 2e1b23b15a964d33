//! Making room: what was used when, and what goes first.

use super::{ArtifactId, StoreFuture};

/// What was just made stays this long, whatever there is room for: whoever waits for it is about to read it.
pub const NEW_FOR_MS: i64 = 3_000;

/// What somebody is reading stays this long after he was last seen reading.
pub const HELD_FOR_MS: i64 = 15_000;

/// Of what was used longest ago so many are looked at, but no more than half of all there are: of these the cheapest go.
pub const OLDEST: u32 = 512;

/// A use is written down where the last one is this old: more often it would change nothing.
pub const NOTED_EVERY_MS: i64 = 2_000;

/// What is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// About so many bytes: of one artifact the rows before the record, and of what was used longest ago ([`OLDEST`]) first
    /// what costs least to make again for its size, where 64 KiB are the least size that counts.
    Bytes(u64),
    /// What was not used for so long, milliseconds, longest first: records with their rows.
    UnusedForMs(i64),
}

/// What went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Artifacts whose rows went, and their record stayed.
    pub rows: Vec<ArtifactId>,
    /// Artifacts that went as a whole.
    pub records: Vec<ArtifactId>,
    /// Bytes of all of it.
    pub bytes: u64,
}

impl Evicted {
    /// Whether nothing went.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.records.is_empty()
    }
}

/// Keeps what was used when, and makes room by it.
pub trait EvictionStore: Send + Sync {
    /// Notes that artifacts are used now; where they are held, that they do not go for [`HELD_FOR_MS`].
    fn used(&self, artifacts: Vec<ArtifactId>, are_held: bool) -> StoreFuture<'_, ()>;

    /// Removes what is to go, at most so many artifacts at once, but nothing that is new, that is held, or that a
    /// computation reads. `None` where another process is just doing the same.
    fn evict(&self, eviction: Eviction, at_most: u32) -> StoreFuture<'_, Option<Evicted>>;

    /// Whether an artifact was there and was evicted: its link may make it again, which a drop would have forbidden.
    fn is_evicted(&self, id: ArtifactId) -> StoreFuture<'_, bool>;

    /// Keeps sums quick to read; to be called now and then.
    fn fold_sums(&self) -> StoreFuture<'_, ()>;
}
