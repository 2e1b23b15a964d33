//! This process among those that share the store: it hears what the others drop, and knows until when it has heard all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Inner;
use crate::store::{Acknowledged, Member, StoreError};

/// How long a process counts as one that may use what it has in memory, without a word from it.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// From one word to the next, where nothing happens.
const BEAT: Duration = Duration::from_secs(1);
/// How long its word may take, so that another one is sent before the lease is over.
const ANSWER_TIME: Duration = Duration::from_millis(1_600);
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
    pub(super) fn of(member: Member) -> Self {
        Self { member, seen: Mutex::new(0), confirmed_until: Mutex::new(None), news: Notify::new() }
    }

    /// Something was dropped.
    pub(super) fn tell(&self) {
        self.news.notify_one();
    }

    fn confirm(&self, until: Instant) {
        *self.confirmed_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    fn leave(&self) {
        *self.confirmed_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
        // Whoever begins, or was away too long to know what it missed, hears of all that is remembered: others may keep
        // what was dropped, too, and have to be told.
        let seen = if is_behind { 0 } else { membership.seen() };
        let attended = inner.store.attend(&membership.member, LEASE, seen, acknowledged.clone());
        let heard = match tokio::time::timeout(ANSWER_TIME, attended).await {
            Ok(heard) => heard,
            Err(_) => Err(StoreError::Failed(format!("no answer within {} ms", ANSWER_TIME.as_millis()))),
        };
        let pause = match heard {
            Ok(news) => {
                acknowledged.clear();
                if is_behind {
                    // Known first, so that a slow reader does not fill in what was dropped before.
                    if let Err(error) = inner.tiers.learn_epochs().await {
                        tracing::warn!(%error, "could not learn what was dropped");
                        tokio::time::sleep(BEAT).await;
                        continue;
                    }
                    inner.tiers.forget_all_here().await;
                }
                for dropping in &news {
                    let in_memory = inner.tiers.hear(&dropping.dropped).await;
                    acknowledged.push(Acknowledged { number: dropping.number, in_memory });
                }
                membership.see(news.last().map_or(seen, |last| last.number));
                // Whose lease had run out was waited for by nobody: what was dropped while this was on its way is heard
                // next time.
                let held = heard_at.is_some_and(|at| inner.clock.instant() < at + LEASE);
                if held {
                    membership.confirm(sent_at + LEASE);
                }
                heard_at = Some(sent_at);
                // What was heard is acknowledged at once.
                if held && acknowledged.is_empty() { BEAT } else { Duration::ZERO }
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
    // From here on it hears nothing any more.
    membership.leave();
    // While the others still wait for its answers; what comes after that is told when everything has ended.
    inner.report_or_warn().await;
    if let Err(error) = inner.store.leave(membership.member.id).await {
        tracing::warn!(%error, "could not tell the others that this process leaves; they wait for its lease to run out");
    }
}
