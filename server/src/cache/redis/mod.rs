//! The tier that processes share: Redis. What is found there is believed only where this installation's seal is on it,
//! and never where the mark of its key says that it was dropped since.

mod envelope;
mod record;
mod usage;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redis::Script;
use tokio_util::sync::CancellationToken;

pub use envelope::{Envelopes, OVERHEAD_BYTES, Opened};
pub use record::{decode_record, encode_record};

use super::{Holding, Tier, TierFuture, TierName};
use crate::redis::{RedisLink, Unanswered};
use crate::store::{ArtifactId, Dropped, Key, Kind, Record};

/// Artifacts (a record and its chunks) beyond this many bytes are not for Redis.
pub const MOST_ARTIFACT_BYTES: u64 = 8 << 20;
/// A value beyond this many bytes is none of ours.
const MOST_VALUE_BYTES: u64 = MOST_ARTIFACT_BYTES + OVERHEAD_BYTES as u64;
/// How often Redis is told of a drop at once; then later.
const TELLINGS: u32 = 3;
/// From one try to tell Redis of what it has not heard of to the next.
const TELL_AGAIN: Duration = Duration::from_secs(1);
/// Drops that Redis has not heard of, at most; a result stays there no longer than its time to live anyway.
const MOST_UNTOLD: usize = 10_000;

/// Of so many values that are found one is let stay as long as if it had just been kept: what is asked of Redis often does
/// not expire, and what is not asked for does. A prime, so that no regular order of requests leaves the same ones out.
const REFRESHED_OF: u64 = 17;

/// Keeps `ARGV[2]` under `KEYS[1]` for `ARGV[3]` seconds, unless the mark `KEYS[2]` is above the epoch `ARGV[1]`.
static KEEP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local mark = redis.call('GET', KEYS[2])
        if mark and (tonumber(mark) or math.huge) > tonumber(ARGV[1]) then
            return 0
        end
        redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
        return 1
        ",
    )
});

/// Raises the mark `KEYS[1]` to the epoch `ARGV[1]` for `ARGV[2]` seconds, and deletes the other keys. Where it is there
/// already, what is under them was kept since.
static FORGET: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local mark = tonumber(redis.call('GET', KEYS[1]) or '') or 0
        if mark >= tonumber(ARGV[1]) then
            return 0
        end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        local had = redis.call('UNLINK', KEYS[2])
        for key = 3, #KEYS do
            redis.call('UNLINK', KEYS[key])
        end
        return had
        ",
    )
});

/// Records and chunks in Redis.
pub struct RedisTier {
    inner: Arc<Inner>,
}

struct Inner {
    link: RedisLink,
    envelopes: Envelopes,
    ttl_seconds: u64,
    damaged: AtomicU64,
    found: AtomicU64,
    /// What was dropped while Redis was away. It is told when it is back.
    untold: Mutex<HashMap<(Kind, Key), Dropped>>,
}

impl RedisTier {
    /// A tier over a connection, whose values are sealed with the installation's secret and stay for `ttl`. What it does
    /// behind requests ends with `stopping`.
    pub fn new(link: RedisLink, secret: &[u8; 32], ttl: Duration, stopping: CancellationToken) -> Self {
        let inner = Arc::new(Inner {
            link,
            envelopes: Envelopes::of(secret),
            ttl_seconds: ttl.as_secs().max(1),
            damaged: AtomicU64::new(0),
            found: AtomicU64::new(0),
            untold: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&inner).tell_when_back(stopping));
        Self { inner }
    }
}

/// The key of an artifact's record; of its chunks and its mark with something behind it.
fn record_key(kind: Kind, key: Key) -> String {
    let kind = match kind {
        Kind::Matrix => "scenario-matrix",
        Kind::Run => "scenario-run",
    };
    format!("{kind}:{}", blake3::Hash::from_bytes(key))
}

fn chunk_key(kind: Kind, key: Key, chunk: u32) -> String {
    format!("{}:{chunk}", record_key(kind, key))
}

fn mark_key(kind: Kind, key: Key) -> String {
    format!("{}:epoch", record_key(kind, key))
}

impl Inner {
    /// Lets a value that was just found stay longer, behind whoever asked for it. The mark of its key outlives it.
    fn refresh_some(self: &Arc<Self>, key: String, id: ArtifactId) {
        if !self.found.fetch_add(1, Ordering::Relaxed).is_multiple_of(REFRESHED_OF) {
            return;
        }
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            let ttl_ms = inner.ttl_seconds.saturating_mul(1_000);
            let mut pipeline = redis::pipe();
            pipeline.cmd("PEXPIRE").arg(mark_key(id.kind, id.key)).arg(ttl_ms.saturating_mul(2)).ignore();
            pipeline.cmd("PEXPIRE").arg(key).arg(ttl_ms).ignore();
            // Where it is not done, it expires, and is found elsewhere.
            let _ = inner.link.pipeline::<()>(&pipeline).await;
        });
    }

    async fn record(self: &Arc<Self>, id: ArtifactId) -> Option<Arc<Record>> {
        if self.untold().contains_key(&(id.kind, id.key)) {
            return None;
        }
        let (key, mark) = (record_key(id.kind, id.key), mark_key(id.kind, id.key));
        let mut pipeline = redis::pipe();
        // One byte more than there may be tells what is too long, without reading all of it.
        pipeline.cmd("GETRANGE").arg(&key).arg(0).arg(MOST_VALUE_BYTES);
        pipeline.cmd("GET").arg(&mark);
        let (value, dropped_to) = match self.link.pipeline::<(Vec<u8>, Option<String>)>(&pipeline).await {
            Ok(found) => found,
            Err(Unanswered::Away) => return None,
            Err(Unanswered::WrongType) => {
                self.discard(id, None, &[key, mark]).await;
                return None;
            }
        };
        let dropped_to: u64 = match dropped_to.map(|mark| mark.parse()) {
            None => 0,
            Some(Ok(epoch)) => epoch,
            Some(Err(_)) => {
                self.discard(id, None, &[key, mark]).await;
                return None;
            }
        };
        if value.is_empty() {
            return None;
        }
        let record = match self.open(&key, id, value) {
            Opened::Payload(payload) => decode_record(payload).filter(|record| record.id == id),
            Opened::OfAnotherFormat => return None,
            Opened::Damaged => None,
        };
        let Some(record) = record else {
            self.discard(id, None, &[key]).await;
            return None;
        };
        if record.epoch < dropped_to {
            return None;
        }
        self.refresh_some(key, id);
        Some(Arc::new(record))
    }

    async fn chunk(self: &Arc<Self>, id: ArtifactId, chunk: u32) -> Option<Bytes> {
        if self.untold().contains_key(&(id.kind, id.key)) {
            return None;
        }
        let key = chunk_key(id.kind, id.key, chunk);
        let mut pipeline = redis::pipe();
        pipeline.cmd("GETRANGE").arg(&key).arg(0).arg(MOST_VALUE_BYTES);
        let value = match self.link.pipeline::<(Vec<u8>,)>(&pipeline).await {
            Ok((value,)) => value,
            Err(Unanswered::Away) => return None,
            Err(Unanswered::WrongType) => {
                self.discard(id, Some(chunk), &[key]).await;
                return None;
            }
        };
        if value.is_empty() {
            return None;
        }
        match self.open(&key, id, value) {
            Opened::Payload(encoded) => {
                self.refresh_some(key, id);
                Some(encoded)
            }
            Opened::OfAnotherFormat => None,
            Opened::Damaged => {
                self.discard(id, Some(chunk), &[key]).await;
                None
            }
        }
    }

    fn open(&self, key: &str, id: ArtifactId, value: Vec<u8>) -> Opened {
        if value.len() as u64 > MOST_VALUE_BYTES {
            return Opened::Damaged;
        }
        self.envelopes.open(key, id.format, value.into())
    }

    /// Keeps a value of an artifact, unless that was dropped since making it began.
    async fn keep(&self, record: &Record, key: String, payload: &[u8]) {
        let ArtifactId { kind, key: artifact_key, .. } = record.id;
        if record.size_with_chunks() > MOST_ARTIFACT_BYTES || self.untold().contains_key(&(kind, artifact_key)) {
            return;
        }
        let value = self.envelopes.seal(&key, record.id.format, payload);
        let mark = mark_key(kind, artifact_key);
        let mut invocation = KEEP.prepare_invoke();
        invocation.key(&key).key(&mark).arg(record.epoch).arg(value).arg(self.ttl_seconds);
        // What it does not take is made or read elsewhere.
        if let Err(Unanswered::WrongType) = self.link.script::<i64>(&invocation).await {
            self.discard(record.id, None, &[mark]).await;
        }
    }

    async fn forget(&self, dropped: Dropped) -> Option<u64> {
        // Whoever drops can wait longer than whoever reads.
        for _ in 0..TELLINGS {
            if let Ok(had) = self.tell(dropped).await {
                return Some(had);
            }
        }
        let mut untold = self.untold();
        let key = (dropped.kind, dropped.key);
        if untold.len() < MOST_UNTOLD || untold.contains_key(&key) {
            let told_later = untold.entry(key).or_insert(dropped);
            told_later.num_chunks = told_later.num_chunks.max(dropped.num_chunks);
            told_later.epoch = told_later.epoch.max(dropped.epoch);
        } else {
            tracing::warn!("too much was dropped while Redis is away: some of it may be found there until it expires");
        }
        None
    }

    /// Marks a key in Redis as dropped, and deletes what is there: how many records that were.
    async fn tell(&self, Dropped { kind, key, epoch, num_chunks, .. }: Dropped) -> Result<u64, Unanswered> {
        let mut invocation = FORGET.prepare_invoke();
        invocation.key(mark_key(kind, key)).key(record_key(kind, key));
        for chunk in 0..num_chunks {
            invocation.key(chunk_key(kind, key, chunk));
        }
        // The mark outlives whatever was kept before it.
        invocation.arg(epoch).arg(self.ttl_seconds.saturating_mul(2));
        match self.link.script::<u64>(&invocation).await {
            Err(Unanswered::WrongType) => {
                let id = ArtifactId { kind, key, format: 0 };
                self.discard(id, None, &[mark_key(kind, key)]).await;
                self.link.script::<u64>(&invocation).await
            }
            told => told,
        }
    }

    /// Tells Redis what it has not heard of, whenever it comes back and now and then.
    async fn tell_when_back(self: Arc<Self>, stopping: CancellationToken) {
        let mut returns = self.link.returns();
        loop {
            tokio::select! {
                returned = returns.changed() => if returned.is_err() { return },
                () = tokio::time::sleep(TELL_AGAIN) => {}
                () = stopping.cancelled() => return,
            }
            let untold: Vec<Dropped> = self.untold().values().copied().collect();
            for dropped in untold {
                if self.tell(dropped).await.is_err() {
                    break;
                }
                let mut untold = self.untold();
                let key = (dropped.kind, dropped.key);
                if untold.get(&key) == Some(&dropped) {
                    untold.remove(&key);
                }
            }
        }
    }

    /// Deletes what nobody here can have written, and counts it.
    async fn discard(&self, id: ArtifactId, chunk: Option<u32>, keys: &[String]) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(kind = id.kind.name(), key = %blake3::Hash::from_bytes(id.key), chunk, "dropped a damaged value in Redis");
        self.link.renew();
        let _ = self.link.unlink(keys).await;
    }

    fn untold(&self) -> MutexGuard<'_, HashMap<(Kind, Key), Dropped>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tier for RedisTier {
    fn name(&self) -> TierName {
        TierName::Redis
    }

    fn record(&self, id: ArtifactId) -> TierFuture<'_, Option<Arc<Record>>> {
        Box::pin(self.inner.record(id))
    }

    fn chunk(&self, id: ArtifactId, chunk: u32) -> TierFuture<'_, Option<Bytes>> {
        Box::pin(self.inner.chunk(id, chunk))
    }

    fn keep_record(&self, record: Arc<Record>) -> TierFuture<'_, ()> {
        Box::pin(async move {
            let key = record_key(record.id.kind, record.id.key);
            self.inner.keep(&record, key, &encode_record(&record)).await;
        })
    }

    fn keep_chunk<'a>(&'a self, record: &'a Record, chunk: u32, encoded: Bytes) -> TierFuture<'a, ()> {
        Box::pin(async move {
            let key = chunk_key(record.id.kind, record.id.key, chunk);
            self.inner.keep(record, key, &encoded).await;
        })
    }

    fn forget(&self, dropped: Dropped) -> TierFuture<'_, Option<u64>> {
        Box::pin(self.inner.forget(dropped))
    }

    fn forget_all(&self) -> TierFuture<'_, ()> {
        // It is not this process's alone: each key is dropped by name.
        Box::pin(async {})
    }

    fn holding(&self) -> TierFuture<'_, Result<Holding, String>> {
        Box::pin(self.inner.usage())
    }

    fn is_far(&self) -> bool {
        true
    }

    fn num_damaged(&self) -> u64 {
        self.inner.damaged.load(Ordering::Relaxed)
    }
}
