//! This process among those that share the store: it hears what the others drop, and knows until when it has heard all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use uuid::Uuid;

use super::Inner;
use crate::store::{Acknowledged, Member};

/// How long a process counts as one that may use what it has in memory, without a word from it.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// From one word to the next, where nothing happens.
const BEAT: Duration = Duration::from_secs(1);
/// What was dropped is kept this long for those who have not heard of it; whoever was away longer forgets everything.
pub(super) const DROPS_KEPT: Duration = Duration::from_secs(3_600);
const FORGET_AFTER: Duration = Duration::from_secs(1_800);

/// A process's place among the others.
pub(super) struct Membership {
    member: Member,
    /// Number of the last drop it has heard of.
    seen: Mutex<u64>,
    /// Until when it has heard of everything; `None` until it has joined.
    confirmed_until: Mutex<Option<Instant>>,
    news: Notify,
}

impl Membership {
    pub(super) fn new() -> Self {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let name = format!("{machine}, process {}", std::process::id());
        Self {
            member: Member { id: Uuid::now_v7(), name },
            seen: Mutex::new(0),
            confirmed_until: Mutex::new(None),
            news: Notify::new(),
        }
    }

    /// Something was dropped.
    pub(super) fn tell(&self) {
        self.news.notify_one();
    }

    fn confirm(&self, until: Instant) {
        *self.confirmed_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn is_confirmed(&self, now: Instant) -> bool {
        let until = *self.confirmed_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| now < until)
    }

    fn seen(&self) -> u64 {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see(&self, number: u64) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = number;
    }
}

impl Inner {
    /// Whether what this process has in memory was not dropped by another, as far as the lease goes: always, where it is
    /// alone.
    pub(super) fn is_confirmed(&self) -> bool {
        self.membership.as_ref().is_none_or(|membership| membership.is_confirmed(self.clock.instant()))
    }
}

/// Joins and attends until the services shut down.
pub(super) async fn attend(inner: Arc<Inner>, membership: Arc<Membership>) {
    let mut heard_at: Option<Instant> = None;
    let mut acknowledged = Vec::new();
    while !inner.stopping.is_cancelled() {
        // From before the word was sent: the lease that it renews begins no earlier.
        let sent_at = inner.clock.instant();
        let is_behind = heard_at.is_none_or(|at| sent_at.saturating_duration_since(at) > FORGET_AFTER);
        let heard = if is_behind {
            let joined = inner.store.join(&membership.member, LEASE).await;
            if joined.is_ok() {
                // Nothing is left of before, so nothing that was dropped meanwhile.
                inner.tiers.forget_all_here().await;
            }
            joined.map(|seen| (seen, Vec::new()))
        } else {
            let seen = membership.seen();
            let news = inner.store.attend(&membership.member, LEASE, seen, acknowledged.clone()).await;
            news.map(|news| (news.last().map_or(seen, |last| last.number), news))
        };
        let pause = match heard {
            Ok((seen, news)) => {
                acknowledged.clear();
                for dropping in &news {
                    let in_memory = inner.tiers.hear(&dropping.dropped).await;
                    acknowledged.push(Acknowledged { number: dropping.number, in_memory });
                }
                membership.see(seen);
                membership.confirm(sent_at + LEASE);
                heard_at = Some(sent_at);
                // What was heard is acknowledged at once.
                if acknowledged.is_empty() { BEAT } else { Duration::ZERO }
            }
            Err(error) => {
                if membership.is_confirmed(sent_at) {
                    tracing::warn!(%error, "could not tell the others that this process is there");
                }
                BEAT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = membership.news.notified() => {}
            () = inner.stopping.cancelled() => {}
        }
    }
    if let Err(error) = inner.store.leave(membership.member.id).await {
        tracing::warn!(%error, "could not tell the others that this process leaves; they wait for its lease to run out");
    }
}
