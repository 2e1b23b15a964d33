//! Artifacts: a record and, where they are kept, chunks.

use bytes::Bytes;

use super::{AuditPosition, Change, Key, StoreFuture};

/// What kind of thing an artifact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Rows of scenarios.
    Matrix,
    /// What a run reports.
    Run,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Matrix, Self::Run];

    /// Its name in tables, metrics and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matrix => "matrix",
            Self::Run => "run",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What identifies an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArtifactId {
    /// What it is.
    pub kind: Kind,
    /// What it was made from.
    pub key: Key,
    /// How it is written down; another number is another artifact.
    pub format: u32,
}

/// An artifact without its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is the record of.
    pub id: ArtifactId,
    /// Digest of the content itself.
    pub content_digest: Key,
    /// What its kind says about it; JSON.
    pub body: Bytes,
    /// Digests of its blocks, 32 bytes each.
    pub block_digests: Bytes,
    /// Chunks kept; 0 where making them again is cheaper than reading them.
    pub num_chunks: u32,
    /// Bytes of the kept chunks, encoded; where they were evicted, of those that had been kept.
    pub chunk_bytes: u64,
    /// What making it took, microseconds.
    pub cost_us: u64,
    /// The key's epoch when making it began.
    pub epoch: u64,
    /// When it was made, Unix milliseconds.
    pub made_at_ms: i64,
}

impl Record {
    /// Bytes it takes in memory, without chunks.
    pub fn size_bytes(&self) -> u64 {
        (size_of::<Self>() + self.body.len() + self.block_digests.len()) as u64
    }

    /// Bytes it takes in memory with the chunks that are kept.
    pub fn size_with_chunks(&self) -> u64 {
        self.size_bytes() + if self.num_chunks > 0 { self.chunk_bytes } else { 0 }
    }

    /// Whether its rows were kept once, and evicted since.
    pub const fn lost_its_rows(&self) -> bool {
        self.num_chunks == 0 && self.chunk_bytes > 0
    }
}

/// What a lookup of a record found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is here.
    Found(T),
    /// It was never made, or dropped or evicted since.
    Absent,
    /// It is here, but damaged: it must be made again.
    Damaged,
}

impl<T> Lookup<T> {
    /// With what was found made into something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(change(found)),
            Self::Absent => Lookup::Absent,
            Self::Damaged => Lookup::Damaged,
        }
    }
}

/// What is to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A matrix, and the runs made from it.
    Matrix(Key),
    /// A run.
    Run(Key),
    /// The runs of a fund, and those of their matrices that no other fund has a run of.
    Fund(String),
    /// Everything of a kind: with matrices all runs, which were made from them.
    Kind(Kind),
    /// Everything.
    All,
}

/// A key of which nothing that was begun before is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// What it is of.
    pub kind: Kind,
    /// The key.
    pub key: Key,
    /// Its epoch from then on.
    pub epoch: u64,
    /// Whether an artifact was there and was removed; else one may be being made.
    pub was_there: bool,
    /// Chunks it had.
    pub num_chunks: u32,
}

/// What was dropped at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropping {
    /// Rises with every drop in a store that processes share; they acknowledge it by this. 0 where nobody has to.
    pub number: u64,
    /// What was dropped.
    pub dropped: Vec<Dropped>,
    /// Its line in the log, where it has one.
    pub logged: Option<AuditPosition>,
}

/// Keeps artifacts.
pub trait ArtifactStore: Send + Sync {
    /// The record. A damaged one is counted once, and stays damaged until it is made again.
    fn record(&self, id: ArtifactId) -> StoreFuture<'_, Lookup<Record>>;

    /// The encoded bytes of a chunk, if they are there and undamaged. Damaged ones are dropped and counted.
    fn chunk(&self, id: ArtifactId, chunk: u32) -> StoreFuture<'_, Option<Bytes>>;

    /// Keeps a chunk. Chunks are written before the record that counts them.
    fn put_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, ()>;

    /// Puts back a chunk that was lost or damaged, unless no record counts it any more: whether it did.
    fn restore_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, bool>;

    /// The present epoch of a key: read before making an artifact begins.
    fn epoch(&self, kind: Kind, key: Key) -> StoreFuture<'_, u64>;

    /// The epochs of all keys that were ever dropped.
    fn epochs(&self) -> StoreFuture<'_, Vec<(Kind, Key, u64)>>;

    /// Forgets the chunks of an artifact, of which no record counts any.
    fn drop_chunks(&self, id: ArtifactId) -> StoreFuture<'_, ()>;

    /// Forgets chunks that no record counts and nobody is just writing, left by attempts that came to nothing. Of how many
    /// artifacts.
    fn collect_chunks(&self) -> StoreFuture<'_, u64>;

    /// Marks everything made until now of what is in `scope` as not to be used, and removes it with its chunks, in one
    /// step: whether it is there, was evicted, or is just being made. `change` is logged with it; `None` where the installation drops what
    /// turned out to be wrong.
    fn drop_artifacts(&self, scope: Scope, change: Option<Change>) -> StoreFuture<'_, Dropping>;

    /// Damaged records and chunks found since the start.
    fn num_damaged(&self) -> u64;
}
