//! The tiers an artifact is looked up in, fastest first. Tiers know bytes and kinds; what they hold was checked when it
//! entered the process and does not change.

mod cost;
mod memory;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

pub use cost::ReadCost;
pub use memory::MemoryTier;

use crate::store::{ArtifactId, Dropped, Key, Kind, Lookup, Record, Store, StoreError};

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

    /// Forgets an artifact of which it may hold this many chunks.
    fn forget(&self, id: ArtifactId, num_chunks: u32) -> TierFuture<'_, ()>;
}

/// Where an artifact was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierName {
    /// This process's memory.
    Memory,
    /// The durable store.
    Durable,
}

/// All tiers, and the walk through them.
pub struct Tiers {
    faster: Vec<Arc<dyn Tier>>,
    durable: Arc<dyn Store>,
    /// The epochs of keys that were dropped while this process runs: what carries a lower one is not kept again.
    epochs: Mutex<HashMap<(Kind, Key), u64>>,
    /// What reading chunks back takes here.
    pub read_cost: ReadCost,
}

impl Tiers {
    /// Tiers above `durable`, fastest first.
    pub fn new(faster: Vec<Arc<dyn Tier>>, durable: Arc<dyn Store>) -> Self {
        Self { faster, durable, epochs: Mutex::default(), read_cost: ReadCost::default() }
    }

    /// The record and where it was found; faster tiers then have it too.
    ///
    /// # Errors
    /// The durable store's, where no faster tier has it.
    pub async fn record(&self, id: ArtifactId) -> Result<Lookup<(Arc<Record>, TierName)>, StoreError> {
        for (index, tier) in self.faster.iter().enumerate() {
            if let Some(record) = tier.record(id).await {
                self.fill(&self.faster[..index], &record).await;
                return Ok(Lookup::Found((record, tier.name())));
            }
        }
        let record = match self.durable.record(id).await? {
            Lookup::Found(record) => Arc::new(record),
            Lookup::Absent => return Ok(Lookup::Absent),
            Lookup::Damaged => return Ok(Lookup::Damaged),
        };
        self.fill(&self.faster, &record).await;
        Ok(Lookup::Found((record, TierName::Durable)))
    }

    /// The encoded bytes of a chunk of `record`'s artifact, if some tier has them undamaged.
    ///
    /// # Errors
    /// The durable store's, where no faster tier has it.
    pub async fn chunk(&self, record: &Record, chunk: u32) -> Result<Option<Bytes>, StoreError> {
        for (index, tier) in self.faster.iter().enumerate() {
            if let Some(encoded) = tier.chunk(record.id, chunk).await {
                self.fill_chunk(&self.faster[..index], record, chunk, &encoded).await;
                return Ok(Some(encoded));
            }
        }
        let Some(encoded) = self.durable.chunk(record.id, chunk).await? else { return Ok(None) };
        self.fill_chunk(&self.faster, record, chunk, &encoded).await;
        Ok(Some(encoded))
    }

    /// Lets the faster tiers have what the durable store has acknowledged.
    pub async fn stored(&self, record: Record) -> Arc<Record> {
        let record = Arc::new(record);
        self.fill(&self.faster, &record).await;
        record
    }

    /// Puts a chunk that was lost or damaged back.
    ///
    /// # Errors
    /// The durable store's.
    pub async fn restore_chunk(&self, record: &Record, chunk: u32, encoded: Bytes) -> Result<(), StoreError> {
        self.durable.put_chunk(record.id, chunk, encoded.clone()).await?;
        self.fill_chunk(&self.faster, record, chunk, &encoded).await;
        Ok(())
    }

    /// Removes an artifact, and with a matrix the runs made from it, from every tier, durable mark first, so that what
    /// was begun before cannot bring them back.
    ///
    /// # Errors
    /// The durable store's; then nothing was removed.
    pub async fn drop_artifact(&self, record: &Record) -> Result<(), StoreError> {
        let dropped = self.durable.drop_artifact(record.id).await?;
        let epochs = dropped.iter().map(|Dropped { id, epoch }| ((id.kind, id.key), *epoch));
        self.epochs.lock().unwrap_or_else(PoisonError::into_inner).extend(epochs);
        for Dropped { id, .. } in dropped {
            // Runs have no chunks.
            let num_chunks = if id == record.id { record.num_chunks } else { 0 };
            for tier in &self.faster {
                tier.forget(id, num_chunks).await;
            }
        }
        Ok(())
    }

    async fn fill(&self, tiers: &[Arc<dyn Tier>], record: &Arc<Record>) {
        for tier in tiers {
            tier.keep_record(Arc::clone(record)).await;
        }
        self.forget_if_dropped(tiers, record).await;
    }

    async fn fill_chunk(&self, tiers: &[Arc<dyn Tier>], record: &Record, chunk: u32, encoded: &Bytes) {
        for tier in tiers {
            tier.keep_chunk(record, chunk, encoded.clone()).await;
        }
        self.forget_if_dropped(tiers, record).await;
    }

    /// A slow reader may have kept what was dropped meanwhile. Looking after keeping, where a drop marks before it
    /// forgets, leaves no gap between the two.
    async fn forget_if_dropped(&self, tiers: &[Arc<dyn Tier>], record: &Record) {
        let dropped_to = {
            let epochs = self.epochs.lock().unwrap_or_else(PoisonError::into_inner);
            epochs.get(&(record.id.kind, record.id.key)).copied()
        };
        if dropped_to.is_some_and(|epoch| record.epoch < epoch) {
            for tier in tiers {
                tier.forget(record.id, record.num_chunks).await;
            }
        }
    }
}
