//! Room in the durable store: how much it may have, and that it has no more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::measure::Measures;
use crate::store::{DurableUse, Evicted, Eviction, Store, StoreError};

/// Room is made once this share of the limit is taken, until no more than the other one is: percent.
const FULL_PERCENT: u64 = 90;
const ROOMY_PERCENT: u64 = 80;

/// The rows of one matrix are kept where they take no more than one part in so many of the limit.
const LARGEST_SHARE: u64 = 8;

/// How often it is looked what the store holds; and, before something is let in, how old that may be: others fill the
/// store, too.
const LOOK: Duration = Duration::from_secs(1);
const FRESH: Duration = Duration::from_millis(100);

/// What was not used for longer than it may stay is looked for this often.
const LOOK_FOR_OLD: Duration = Duration::from_secs(3_600);

/// Artifacts that go in one transaction: others may write in between.
const AT_ONCE: u32 = 256;

/// From one try to make room to the next where nothing could go, or another process does it.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// How often it is said how far making room is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How often it is said that there is nothing that could go.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// How much the durable store may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DurableLimits {
    /// Bytes of records and rows.
    pub max_bytes: Option<u64>,
    /// How long something stays that nobody uses.
    pub max_unused: Option<Duration>,
}

/// Makes room in the durable store, and lets nothing in for which there is none. What goes first is the store's to know.
pub struct Room {
    store: Arc<dyn Store>,
    limits: DurableLimits,
    clock: Arc<dyn Clock>,
    measures: Arc<Measures>,
    taken: Mutex<Taken>,
    /// Bytes let in that may be on their way.
    on_the_way: AtomicU64,
    /// One look after the other.
    looking: tokio::sync::Mutex<()>,
    /// Somebody wants room.
    wanted: Notify,
    /// There is another figure of what is taken.
    changed: Notify,
}

/// How much of the store is taken, as far as this process knows.
#[derive(Debug, Default)]
struct Taken {
    /// What it held when it was last looked.
    found: u64,
    /// What this process has stored since.
    stored: u64,
    /// When the last look began.
    looked_at: Option<Instant>,
}

/// Room that was found, until what it is for is stored.
pub struct LetIn {
    room: Arc<Room>,
    bytes: u64,
}

impl Drop for LetIn {
    fn drop(&mut self) {
        // Stored or not: until the next look it counts as there.
        let mut taken = self.room.taken();
        taken.stored += self.bytes;
        self.room.on_the_way.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What was let go in one go at it, for the log.
#[derive(Default)]
struct Gone {
    rows: usize,
    records: usize,
    bytes: u64,
}

impl Gone {
    fn add(&mut self, evicted: &Evicted) {
        self.rows += evicted.rows.len();
        self.records += evicted.records.len();
        self.bytes += evicted.bytes;
    }
}

impl Room {
    /// Room in `store`, which [`Self::keep`] sees to.
    pub fn new(store: Arc<dyn Store>, limits: DurableLimits, clock: Arc<dyn Clock>, measures: Arc<Measures>) -> Self {
        Self {
            store,
            limits,
            clock,
            measures,
            taken: Mutex::default(),
            on_the_way: AtomicU64::new(0),
            looking: tokio::sync::Mutex::default(),
            wanted: Notify::new(),
            changed: Notify::new(),
        }
    }

    /// Whether rows of so many bytes are not too much of it.
    pub fn may_hold(&self, row_bytes: u64) -> bool {
        self.limits.max_bytes.is_none_or(|max_bytes| row_bytes <= max_bytes / LARGEST_SHARE)
    }

    /// Waits for room for so many bytes. `None` where there is none in time.
    pub async fn for_bytes(self: &Arc<Self>, bytes: u64, patience: Duration) -> Option<LetIn> {
        let Some(max_bytes) = self.limits.max_bytes else { return Some(self.needed(bytes)) };
        let deadline = tokio::time::Instant::now() + patience;
        if self.is_older_than(FRESH) {
            match tokio::time::timeout_at(deadline, self.look()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "could not look how much the durable store holds"),
                Err(_) => return None,
            }
        }
        loop {
            // Before looking, so that nothing is missed in between.
            let changed = self.changed.notified();
            if let Some(let_in) = self.let_in(bytes, max_bytes) {
                return Some(let_in);
            }
            self.wanted.notify_one();
            // Where the limit was lowered it takes a while until it holds, and waiting would change nothing.
            if self.taken().found / 2 > max_bytes {
                return None;
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return None;
            }
        }
    }

    /// Lets something in for which there may be no room: it is needed.
    pub fn needed(self: &Arc<Self>, bytes: u64) -> LetIn {
        self.on_the_way.fetch_add(bytes, Ordering::Relaxed);
        LetIn { room: Arc::clone(self), bytes }
    }

    fn let_in(self: &Arc<Self>, bytes: u64, max_bytes: u64) -> Option<LetIn> {
        let taken = self.taken();
        let with_it = self.estimate(&taken) + bytes;
        if with_it > max_bytes {
            return None;
        }
        let let_in = self.needed(bytes);
        drop(taken);
        if with_it > percent(max_bytes, FULL_PERCENT) {
            self.wanted.notify_one();
        }
        Some(let_in)
    }

    fn estimate(&self, taken: &Taken) -> u64 {
        taken.found + taken.stored + self.on_the_way.load(Ordering::Relaxed)
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_older_than(&self, age: Duration) -> bool {
        self.taken().looked_at.is_none_or(|at| at.elapsed() >= age)
    }

    /// Makes room whenever there is little, and lets go what nobody used for long, until `stopping`.
    pub async fn keep(&self, stopping: &CancellationToken) {
        if self.limits == DurableLimits::default() {
            return;
        }
        let (mut no_more_old, mut warned, mut old) = (None::<Instant>, None::<Instant>, Gone::default());
        while !stopping.is_cancelled() {
            let mut pause = LOOK;
            if let Some(max_bytes) = self.limits.max_bytes {
                match self.make_room(max_bytes, stopping).await {
                    Ok(true) => {}
                    Ok(false) => {
                        pause = TRY_AGAIN;
                        if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
                            warned = Some(Instant::now());
                            tracing::warn!(
                                max_bytes,
                                "the durable store is full of what is new or in use: FOLIOCAST_DURABLE_MAX_BYTES is little"
                            );
                        }
                    }
                    Err(error) => tracing::warn!(%error, "could not make room in the durable store"),
                }
            }
            if let Some(max_unused) = self.limits.max_unused
                && no_more_old.is_none_or(|at| at.elapsed() >= LOOK_FOR_OLD)
            {
                match self.let_old_go(max_unused, &mut old).await {
                    Ok(true) => {
                        no_more_old = Some(Instant::now());
                        let Gone { records, bytes, .. } = std::mem::take(&mut old);
                        if records > 0 {
                            tracing::info!(
                                records,
                                bytes,
                                "let go what nobody used for longer than FOLIOCAST_DURABLE_MAX_AGE_DAYS"
                            );
                        }
                    }
                    // Others use the store as well.
                    Ok(false) => pause = TRY_AGAIN,
                    Err(error) => tracing::warn!(%error, "could not let go what nobody used for long"),
                }
            }
            tokio::select! {
                // Whoever wants what is not there yet is no reason to look all the time.
                () = async { tokio::time::sleep(FRESH).await; self.wanted.notified().await } => {}
                () = tokio::time::sleep(pause) => {}
                () = stopping.cancelled() => {}
            }
        }
    }

    /// Looks how much there is.
    async fn look(&self) -> Result<(), StoreError> {
        let wanted = Instant::now();
        let _turn = self.looking.lock().await;
        let (begun, stored) = (Instant::now(), self.taken().stored);
        if self.taken().looked_at.is_some_and(|at| at >= wanted) {
            return Ok(());
        }
        let found = self.store.durable_use().await?.iter().map(|DurableUse { bytes, .. }| bytes).sum();
        let mut taken = self.taken();
        taken.found = found;
        // What was stored meanwhile may have been seen or not: it counts until the next look.
        taken.stored = taken.stored.saturating_sub(stored);
        taken.looked_at = Some(begun);
        drop(taken);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Makes room where there is little: whether there was enough that could go.
    async fn make_room(&self, max_bytes: u64, stopping: &CancellationToken) -> Result<bool, StoreError> {
        let (full, enough) = (percent(max_bytes, FULL_PERCENT), percent(max_bytes, ROOMY_PERCENT));
        self.look().await?;
        if self.estimate(&self.taken()) < full {
            return Ok(true);
        }
        let (mut told, mut gone) = (Instant::now(), Gone::default());
        let is_enough = loop {
            let estimate = self.estimate(&self.taken());
            if estimate <= enough || stopping.is_cancelled() {
                break true;
            }
            let begun = Instant::now();
            match self.store.evict(Eviction::Bytes(estimate - enough), AT_ONCE).await? {
                Some(evicted) if evicted.is_empty() => break estimate < full,
                Some(evicted) => {
                    self.measures.evicted(&evicted, self.clock.now_ms());
                    gone.add(&evicted);
                }
                None => tokio::time::sleep(TRY_AGAIN).await,
            }
            // Others make room, too, and fill it.
            self.look().await?;
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                let bytes_to_go = self.estimate(&self.taken()).saturating_sub(enough);
                let Gone { rows, records, bytes } = gone;
                tracing::info!(rows, records, bytes, bytes_to_go, "making room in the durable store");
            }
            // Others use the store as well; where there is no room at all they wait for this.
            if estimate < max_bytes {
                tokio::time::sleep(begun.elapsed()).await;
            }
        };
        let Gone { rows, records, bytes } = gone;
        if bytes > 0 {
            tracing::info!(rows, records, bytes, "made room in the durable store");
        }
        Ok(is_enough)
    }

    /// Lets some go of what was not used for so long: whether there is no more of it.
    async fn let_old_go(&self, max_unused: Duration, gone: &mut Gone) -> Result<bool, StoreError> {
        let unused_for_ms = i64::try_from(max_unused.as_millis()).unwrap_or(i64::MAX);
        let Some(evicted) = self.store.evict(Eviction::UnusedForMs(unused_for_ms), AT_ONCE).await? else {
            return Ok(false);
        };
        if evicted.is_empty() {
            return Ok(true);
        }
        self.measures.evicted(&evicted, self.clock.now_ms());
        gone.add(&evicted);
        Ok(false)
    }
}

fn percent(of: u64, percent: u64) -> u64 {
    (u128::from(of) * u128::from(percent) / 100) as u64
}
