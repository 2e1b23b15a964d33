//! The fastest tier: this process's memory, bounded by bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use moka::future::Cache;

use super::{Holding, Tier, TierFuture, TierName};
use crate::store::{ArtifactId, Dropped, Key, Kind, Record};

/// An artifact larger than this part of the limit would push out too much else.
const LARGEST_SHARE: u64 = 8;

/// Bytes an entry takes beside its content.
const ENTRY_BYTES: usize = 160;

/// A part of an artifact: its record, or a chunk. A process writes each kind in one format.
type Part = (Kind, Key, Option<u32>);

#[derive(Clone)]
enum Content {
    Record(Arc<Record>),
    Chunk(Bytes),
}

/// Records and chunks in memory, the least useful pushed out first.
pub struct MemoryTier {
    parts: Cache<Part, Content>,
    num_records: Arc<AtomicU64>,
    limit_bytes: u64,
}

impl MemoryTier {
    /// A tier of at most `limit_bytes`.
    pub fn new(limit_bytes: u64) -> Self {
        let weigh = |_: &Part, content: &Content| {
            let bytes = match content {
                Content::Record(record) => record.body.len() + record.block_digests.len(),
                Content::Chunk(encoded) => encoded.len(),
            };
            u32::try_from(bytes + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        let num_records = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&num_records);
        let parts = Cache::builder().max_capacity(limit_bytes).weigher(weigh);
        // Told of everything that goes, be it replaced, pushed out or forgotten.
        let parts = parts.eviction_listener(move |part, _, _| {
            if part.2.is_none() {
                counted.fetch_sub(1, Ordering::Relaxed);
            }
        });
        Self { parts: parts.build(), num_records, limit_bytes }
    }
}

impl Tier for MemoryTier {
    fn name(&self) -> TierName {
        TierName::Memory
    }

    fn record(&self, id: ArtifactId) -> TierFuture<'_, Option<Arc<Record>>> {
        Box::pin(async move {
            match self.parts.get(&(id.kind, id.key, None)).await {
                Some(Content::Record(record)) if record.id == id => Some(record),
                _ => None,
            }
        })
    }

    fn chunk(&self, id: ArtifactId, chunk: u32) -> TierFuture<'_, Option<Bytes>> {
        Box::pin(async move {
            match self.parts.get(&(id.kind, id.key, Some(chunk))).await {
                Some(Content::Chunk(encoded)) => Some(encoded),
                _ => None,
            }
        })
    }

    fn keep_record(&self, record: Arc<Record>) -> TierFuture<'_, ()> {
        Box::pin(async move {
            if record.size_bytes() <= self.limit_bytes / LARGEST_SHARE {
                self.num_records.fetch_add(1, Ordering::Relaxed);
                self.parts.insert((record.id.kind, record.id.key, None), Content::Record(record)).await;
            }
        })
    }

    fn keep_chunk<'a>(&'a self, record: &'a Record, chunk: u32, encoded: Bytes) -> TierFuture<'a, ()> {
        Box::pin(async move {
            if record.size_with_chunks() <= self.limit_bytes / LARGEST_SHARE {
                self.parts.insert((record.id.kind, record.id.key, Some(chunk)), Content::Chunk(encoded)).await;
            }
        })
    }

    fn forget(&self, dropped: Dropped) -> TierFuture<'_, Option<u64>> {
        Box::pin(async move {
            let part = |chunk| (dropped.kind, dropped.key, chunk);
            let had = self.parts.remove(&part(None)).await.is_some();
            for chunk in 0..dropped.num_chunks {
                self.parts.invalidate(&part(Some(chunk))).await;
            }
            Some(u64::from(had))
        })
    }

    fn forget_all(&self) -> TierFuture<'_, ()> {
        Box::pin(async move { self.parts.invalidate_all() })
    }

    fn holding(&self) -> TierFuture<'_, Result<Holding, String>> {
        Box::pin(async move {
            // What was pushed out or forgotten may not have gone yet.
            self.parts.run_pending_tasks().await;
            Ok(Holding {
                entries: self.num_records.load(Ordering::Relaxed),
                bytes: self.parts.weighted_size(),
                limit_bytes: Some(self.limit_bytes),
            })
        })
    }
}
