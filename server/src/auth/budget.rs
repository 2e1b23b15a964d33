//! Budgets: so much per minute for everyone who is counted, no more than so much at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// Those who are counted one by one; beyond them all new ones share one budget, so that memory stays bounded whoever asks.
const MOST_COUNTED: usize = 100_000;
/// From one look for budgets that are full again, and need not be remembered, to the next.
const PRUNE: Duration = Duration::from_secs(1);

/// A token bucket for each subject: full at first, filled again evenly, never above its size.
pub struct Budget<K> {
    per_minute: f64,
    size: f64,
    clock: Arc<dyn Clock>,
    buckets: Mutex<Buckets<K>>,
}

struct Buckets<K> {
    by_subject: HashMap<Option<K>, Bucket>,
    pruned_at: Instant,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Hash + Eq + Clone> Budget<K> {
    /// `per_minute` for each subject, at most `size` at once.
    pub fn new(per_minute: u64, size: u64, clock: Arc<dyn Clock>) -> Self {
        let per_minute = per_minute.max(1) as f64;
        let buckets = Buckets { by_subject: HashMap::new(), pruned_at: clock.instant() };
        Self { per_minute, size: (size as f64).max(1.0), clock, buckets: Mutex::new(buckets) }
    }

    /// Takes `cost` of a subject's budget; one that is above the budget's size takes all of it.
    ///
    /// # Errors
    /// How long until there is enough, where there is not; nothing is taken then.
    pub fn take(&self, subject: &K, cost: u64) -> Result<(), Duration> {
        let cost = (cost as f64).min(self.size);
        self.change(subject, |bucket| {
            let missing = cost - bucket.left;
            if missing > 0.0 {
                return Err(Duration::from_secs_f64(missing / self.per_minute * 60.0));
            }
            bucket.left -= cost;
            Ok(())
        })
    }

    /// Whether there is anything left of a subject's budget; takes nothing.
    pub fn has_left(&self, subject: &K) -> Result<(), Duration> {
        self.change(subject, |bucket| match 1.0 - bucket.left {
            missing if missing > 0.0 => Err(Duration::from_secs_f64(missing / self.per_minute * 60.0)),
            _ => Ok(()),
        })
    }

    /// Gives back what was taken and not used.
    pub fn give_back(&self, subject: &K, cost: u64) {
        self.change(subject, |bucket| bucket.left = (bucket.left + cost as f64).min(self.size));
    }

    fn change<T>(&self, subject: &K, change: impl FnOnce(&mut Bucket) -> T) -> T {
        let now = self.clock.instant();
        let full = Bucket { left: self.size, at: now };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { by_subject, pruned_at } = &mut *buckets;
        let mut subject = Some(subject.clone());
        if by_subject.len() >= MOST_COUNTED && !by_subject.contains_key(&subject) {
            if now.saturating_duration_since(*pruned_at) >= PRUNE {
                by_subject.retain(|_, bucket| self.filled(*bucket, now).left < self.size);
                *pruned_at = now;
            }
            if by_subject.len() >= MOST_COUNTED {
                subject = None;
            }
        }
        let bucket = by_subject.entry(subject).or_insert(full);
        *bucket = self.filled(*bucket, now);
        change(bucket)
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> Bucket {
        let minutes = now.saturating_duration_since(bucket.at).as_secs_f64() / 60.0;
        Bucket { left: (bucket.left + minutes * self.per_minute).min(self.size), at: now }
    }
}
