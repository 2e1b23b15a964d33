//! The tiers an artifact is looked up in, fastest first. Tiers know bytes and kinds; what they hold was checked when it
//! entered the process and does not change.

mod cost;
mod memory;
pub mod redis;
mod room;

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

pub use self::redis::RedisTier;
pub use cost::ReadCost;
pub use memory::MemoryTier;
pub use room::{DurableLimits, LetIn, Room};

use crate::store::{
    ArtifactId, Change, Dropped, Dropping, DurableUse, Key, Kind, Lookup, Origin, Record, Scope, Store, StoreError,
};
use crate::telemetry::lookup;

/// The answer of a tier that cannot fail, only not have something.
pub type TierFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A tier above the durable store. What it does not have, or does not take, is no error.
pub trait Tier: Send + Sync {
    /// Which tier it is.
    fn name(&self) -> TierName;

    /// A record.
    fn record(&self, id: ArtifactId) -> TierFuture<'_, Option<Arc<Record>>>;

    /// The encoded bytes of a chunk.
    fn chunk(&self, id: ArtifactId, chunk: u32) -> TierFuture<'_, Option<Bytes>>;

    /// Takes a record.
    fn keep_record(&self, record: Arc<Record>) -> TierFuture<'_, ()>;

    /// Takes a chunk of an artifact.
    fn keep_chunk<'a>(&'a self, record: &'a Record, chunk: u32, encoded: Bytes) -> TierFuture<'a, ()>;

    /// Forgets what was dropped, and whatever else was begun before that epoch of its key. How many artifacts it had;
    /// `None` where it does not answer, and will be told later.
    fn forget(&self, dropped: Dropped) -> TierFuture<'_, Option<u64>>;

    /// Forgets everything.
    fn forget_all(&self) -> TierFuture<'_, ()>;

    /// What it holds; in words why it cannot tell.
    fn holding(&self) -> TierFuture<'_, Result<Holding, String>>;

    /// Whether it is so far away that no answer waits until it has taken what was found behind it.
    fn is_far(&self) -> bool {
        false
    }

    /// Damaged records and chunks found in it since the start.
    fn num_damaged(&self) -> u64 {
        0
    }
}

/// Where an artifact was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierName {
    /// This process's memory.
    Memory,
    /// The Redis that processes share.
    Redis,
    /// The durable store.
    Durable,
}

impl From<TierName> for foliocast_app::api::Tier {
    fn from(name: TierName) -> Self {
        match name {
            TierName::Memory => Self::Memory,
            TierName::Redis => Self::Redis,
            TierName::Durable => Self::Durable,
        }
    }
}

impl From<TierName> for Origin {
    fn from(name: TierName) -> Self {
        match name {
            TierName::Memory => Self::Memory,
            TierName::Redis => Self::Redis,
            TierName::Durable => Self::Durable,
        }
    }
}

/// What a tier holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Runs and matrices.
    pub entries: u64,
    /// Bytes of their records and chunks, as they are kept.
    pub bytes: u64,
    /// Bytes it may have at most, if anything bounds it.
    pub limit_bytes: Option<u64>,
}

/// What is being brought to tiers that are far away, at most; beyond, it is left to the next who asks for it. Each is a
/// record or a chunk of no more than some megabytes.
const MOST_ON_THE_WAY: usize = 16;

/// How long tiers that are shared are left to whoever dropped something, who counts what they had of it, before everybody
/// who heard of it tells them once more.
const TOLD_BY_WHOEVER_DROPS: Duration = Duration::from_secs(5);

/// How many artifacts tiers had of what was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// This process's memory.
    pub memory: u64,
    /// Redis; `None` where there is none, or it does not answer.
    pub redis: Option<u64>,
}

/// All tiers, and the walk through them.
pub struct Tiers {
    faster: Vec<Arc<dyn Tier>>,
    durable: Arc<dyn Store>,
    /// The epochs of keys that were dropped: what carries a lower one is not used or kept again.
    epochs: Arc<Epochs>,
    on_the_way: Arc<Semaphore>,
    used: Arc<Mutex<Used>>,
    /// Bytes that the durable store may have, if anything bounds it.
    durable_limit_bytes: Option<u64>,
    /// What reading chunks back takes here.
    pub read_cost: ReadCost,
}

#[derive(Default)]
struct Epochs(Mutex<HashMap<(Kind, Key), u64>>);

impl Epochs {
    fn know(&self, known: Vec<(Kind, Key, u64)>) {
        let mut epochs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, key, epoch) in known {
            let known = epochs.entry((kind, key)).or_default();
            *known = epoch.max(*known);
        }
    }

    fn raise(&self, dropped: &[Dropped]) {
        let mut epochs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Dropped { kind, key, epoch, .. } in dropped {
            // What another process dropped may be heard of after what was dropped since.
            let known = epochs.entry((*kind, *key)).or_default();
            *known = (*epoch).max(*known);
        }
    }

    /// The epoch that a record's key was dropped to since.
    fn dropped_to(&self, record: &Record) -> Option<u64> {
        let epochs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        epochs.get(&(record.id.kind, record.id.key)).copied().filter(|epoch| record.epoch < *epoch)
    }
}

/// What is used, to be written down now and then.
#[derive(Default)]
struct Used {
    found: HashSet<ArtifactId>,
    /// By how many.
    held: HashMap<ArtifactId, u32>,
}

fn lock(used: &Mutex<Used>) -> MutexGuard<'_, Used> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An artifact in use.
pub struct Held {
    id: ArtifactId,
    used: Arc<Mutex<Used>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut used = lock(&self.used);
        if let Some(count) = used.held.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                used.held.remove(&self.id);
                // Until a moment ago.
                used.found.insert(self.id);
            }
        }
    }
}

/// A part of an artifact that tiers are to have.
#[derive(Clone)]
enum Part {
    Record,
    Chunk(u32, Bytes),
}

impl Tiers {
    /// Tiers above `durable`, fastest first.
    pub fn new(faster: Vec<Arc<dyn Tier>>, durable: Arc<dyn Store>) -> Self {
        Self {
            faster,
            durable,
            epochs: Arc::default(),
            on_the_way: Arc::new(Semaphore::new(MOST_ON_THE_WAY)),
            used: Arc::default(),
            durable_limit_bytes: None,
            read_cost: ReadCost::default(),
        }
    }

    /// With a durable store that is let have so many bytes.
    pub fn with_durable_limit(self, durable_limit_bytes: Option<u64>) -> Self {
        Self { durable_limit_bytes, ..self }
    }

    /// What was found in any tier since this was last asked, and what is held.
    pub fn take_used(&self) -> (Vec<ArtifactId>, Vec<ArtifactId>) {
        let mut used = lock(&self.used);
        let found = std::mem::take(&mut used.found);
        (found.into_iter().collect(), used.held.keys().copied().collect())
    }

    /// Lets nothing of an artifact go for as long as this is held, however seldom it is looked for.
    pub fn hold(&self, id: ArtifactId) -> Held {
        *lock(&self.used).held.entry(id).or_default() += 1;
        Held { id, used: Arc::clone(&self.used) }
    }

    /// Learns what was dropped before this process began: tiers that are shared may have old things.
    ///
    /// # Errors
    /// The durable store's.
    pub async fn learn_epochs(&self) -> Result<(), StoreError> {
        self.epochs.know(self.durable.epochs().await?);
        Ok(())
    }

    /// The record and where it was found; faster tiers then have it too, those far away a little later.
    ///
    /// # Errors
    /// The durable store's, where no faster tier has it.
    pub async fn record(&self, id: ArtifactId) -> Result<Lookup<(Arc<Record>, TierName)>, StoreError> {
        for (index, tier) in self.faster.iter().enumerate() {
            if let Some(record) = lookup(tier.name().into(), id.kind, tier.record(id), Option::is_some).await
                && self.epochs.dropped_to(&record).is_none()
            {
                lock(&self.used).found.insert(id);
                self.fill_behind(&self.faster[..index], &record, &Part::Record).await;
                return Ok(Lookup::Found((record, tier.name())));
            }
        }
        let record = match self.durable_record(id).await? {
            Lookup::Found(record) => Arc::new(record),
            Lookup::Absent => return Ok(Lookup::Absent),
            Lookup::Damaged => return Ok(Lookup::Damaged),
        };
        lock(&self.used).found.insert(id);
        self.fill_behind(&self.faster, &record, &Part::Record).await;
        Ok(Lookup::Found((record, TierName::Durable)))
    }

    /// As [`Self::record`], but only a record of this epoch of its key: what another process dropped may still be known here.
    ///
    /// # Errors
    /// The durable store's, where no faster tier has it.
    pub async fn record_of_epoch(
        &self,
        id: ArtifactId,
        epoch: u64,
    ) -> Result<Option<(Arc<Record>, TierName)>, StoreError> {
        if let Lookup::Found((record, tier)) = self.record(id).await? {
            if record.epoch == epoch {
                return Ok(Some((record, tier)));
            }
            if tier == TierName::Durable {
                return Ok(None);
            }
        }
        match self.durable_record(id).await? {
            Lookup::Found(record) if record.epoch == epoch => Ok(Some((Arc::new(record), TierName::Durable))),
            _ => Ok(None),
        }
    }

    async fn durable_record(&self, id: ArtifactId) -> Result<Lookup<Record>, StoreError> {
        let was_found = |looked: &Result<_, _>| matches!(looked, Ok(Lookup::Found(_)));
        lookup(Origin::Durable, id.kind, self.durable.record(id), was_found).await
    }

    /// The encoded bytes of a chunk of `record`'s artifact, if some tier has them undamaged.
    ///
    /// # Errors
    /// The durable store's, where no faster tier has it.
    pub async fn chunk(&self, record: &Arc<Record>, chunk: u32) -> Result<Option<Bytes>, StoreError> {
        for (index, tier) in self.faster.iter().enumerate() {
            if let Some(encoded) = tier.chunk(record.id, chunk).await {
                self.fill_behind(&self.faster[..index], record, &Part::Chunk(chunk, encoded.clone())).await;
                return Ok(Some(encoded));
            }
        }
        let Some(encoded) = self.durable.chunk(record.id, chunk).await? else { return Ok(None) };
        self.fill_behind(&self.faster, record, &Part::Chunk(chunk, encoded.clone())).await;
        Ok(Some(encoded))
    }

    /// Lets the faster tiers have what the durable store has acknowledged.
    pub async fn stored(&self, record: Record) -> Arc<Record> {
        let record = Arc::new(record);
        fill(&self.faster, &record, &Part::Record, &self.epochs).await;
        record
    }

    /// Puts a chunk that was lost or damaged back. Where rows were evicted since `record` was read they stay away, and
    /// the faster tiers learn that they are.
    ///
    /// # Errors
    /// The durable store's.
    pub async fn restore_chunk(&self, record: &Arc<Record>, chunk: u32, encoded: Bytes) -> Result<(), StoreError> {
        if self.durable.restore_chunk(record.id, chunk, encoded.clone()).await? {
            self.fill_behind(&self.faster, record, &Part::Chunk(chunk, encoded)).await;
            return Ok(());
        }
        let without_rows = match self.durable.record(record.id).await? {
            Lookup::Found(now) => now,
            Lookup::Absent | Lookup::Damaged => Record { num_chunks: 0, ..Record::clone(record) },
        };
        self.fill_behind(&self.faster, &Arc::new(without_rows), &Part::Record).await;
        Ok(())
    }

    /// Removes what is in `scope` from every tier of this process and from those that processes share, durable mark first,
    /// so that what was begun before cannot bring it back.
    ///
    /// # Errors
    /// The durable store's; then nothing was removed.
    pub async fn drop_in(&self, scope: Scope, change: Option<Change>) -> Result<(Dropping, Forgotten), StoreError> {
        let dropping = self.durable.drop_artifacts(scope, change).await?;
        self.epochs.raise(&dropping.dropped);
        let mut forgotten = Forgotten::default();
        for tier in &self.faster {
            let mut had = Some(0);
            for dropped in &dropping.dropped {
                had = had.zip(tier.forget(*dropped).await).map(|(before, now)| before + now);
            }
            match tier.name() {
                TierName::Memory => forgotten.memory = had.unwrap_or(0),
                TierName::Redis => forgotten.redis = had,
                TierName::Durable => {}
            }
        }
        Ok((dropping, forgotten))
    }

    /// Forgets here what another process dropped: how many artifacts were here. Tiers that are shared are told behind it,
    /// once more: the other process may have ended before it did.
    pub async fn hear(&self, dropped: &[Dropped]) -> u64 {
        self.epochs.raise(dropped);
        let mut had = 0;
        let (far, near): (Vec<_>, Vec<_>) = self.faster.iter().cloned().partition(|tier| tier.is_far());
        for tier in near {
            for dropped in dropped {
                had += tier.forget(*dropped).await.unwrap_or(0);
            }
        }
        if !far.is_empty() {
            let dropped = dropped.to_vec();
            tokio::spawn(async move {
                tokio::time::sleep(TOLD_BY_WHOEVER_DROPS).await;
                for tier in far {
                    for dropped in &dropped {
                        tier.forget(*dropped).await;
                    }
                }
            });
        }
        had
    }

    /// Forgets everything that only this process has: it may have missed what was dropped.
    pub async fn forget_all_here(&self) {
        for tier in self.faster.iter().filter(|tier| !tier.is_far()) {
            tier.forget_all().await;
        }
    }

    /// What a tier holds; in words why that cannot be told.
    ///
    /// # Errors
    /// Where there is no such tier, or it does not answer.
    pub async fn holding(&self, name: TierName) -> Result<Holding, String> {
        if name == TierName::Durable {
            let used = self.durable.durable_use().await.map_err(|error| error.to_string())?;
            let sum = |of: fn(&DurableUse) -> u64| used.iter().map(of).sum();
            return Ok(Holding {
                entries: sum(|used| used.entries),
                bytes: sum(|used| used.bytes),
                limit_bytes: self.durable_limit_bytes,
            });
        }
        match self.faster.iter().find(|tier| tier.name() == name) {
            Some(tier) => tier.holding().await,
            None => Err("there is none".to_owned()),
        }
    }

    /// Damaged records and chunks found since the start, wherever they were.
    pub fn num_damaged(&self) -> u64 {
        self.durable.num_damaged() + self.faster.iter().map(|tier| tier.num_damaged()).sum::<u64>()
    }

    /// Fills those of `tiers` that are near, and has those that are far filled behind whoever waits for an answer.
    async fn fill_behind(&self, tiers: &[Arc<dyn Tier>], record: &Arc<Record>, part: &Part) {
        let (far, near): (Vec<_>, Vec<_>) = tiers.iter().cloned().partition(|tier| tier.is_far());
        fill(&near, record, part, &self.epochs).await;
        if far.is_empty() {
            return;
        }
        let Ok(room) = Arc::clone(&self.on_the_way).try_acquire_owned() else { return };
        let (record, part, epochs) = (Arc::clone(record), part.clone(), Arc::clone(&self.epochs));
        tokio::spawn(async move {
            fill(&far, &record, &part, &epochs).await;
            drop(room);
        });
    }
}

async fn fill(tiers: &[Arc<dyn Tier>], record: &Arc<Record>, part: &Part, epochs: &Epochs) {
    for tier in tiers {
        match part {
            Part::Record => tier.keep_record(Arc::clone(record)).await,
            Part::Chunk(chunk, encoded) => tier.keep_chunk(record, *chunk, encoded.clone()).await,
        }
    }
    // A slow reader may have kept what was dropped meanwhile. Looking after keeping, where a drop marks before it
    // forgets, leaves no gap between the two.
    if let Some(epoch) = epochs.dropped_to(record) {
        let ArtifactId { kind, key, .. } = record.id;
        for tier in tiers {
            tier.forget(Dropped { kind, key, epoch, was_there: true, num_chunks: record.num_chunks }).await;
        }
    }
}
