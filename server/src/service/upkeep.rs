//! What has to be done now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Inner;
use super::membership::DROPS_KEPT;
use crate::store::{MeasuresKept, Store};

/// How often it is written down when runs were asked for.
const FLUSH: Duration = Duration::from_secs(2);

/// How often it is written down what is used: what goes first is decided by it.
const FLUSH_USED: Duration = Duration::from_secs(1);

/// How many flushes pass between two looks for computations to forget: an hour.
const FLUSHES_PER_PRUNE: u32 = 1_800;

/// Computations that ended, and their jobs, are forgotten after this long.
const JOBS_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Artifacts that are noted as used in one statement.
const MOST_USED_AT_ONCE: usize = 1_000;

/// What keys were used for is forgotten after this many days.
const USAGE_KEPT_DAYS: i64 = 400;

/// For how long statistics are kept: minutes for windows of a day, hours for a month, funds and slow requests for the
/// longest window that anybody can ask for.
const MEASURES_KEPT: MeasuresKept = MeasuresKept {
    minutes: Duration::from_secs(25 * 3_600),
    hours: Duration::from_secs(35 * 24 * 3_600),
    details: Duration::from_secs(8 * 24 * 3_600),
};

/// Forgets chunks that no record counts.
pub async fn collect_chunks(store: &dyn Store) {
    match store.collect_chunks().await {
        Ok(0) => {}
        Ok(artifacts) => tracing::info!(artifacts, "forgot chunks that no record counts"),
        Err(error) => tracing::warn!(%error, "could not look for chunks that no record counts"),
    }
}

/// Forgets old statistics, some at a time.
async fn forget_measures(inner: &Inner) {
    while !inner.stopping.is_cancelled() {
        match inner.store.forget_measures(MEASURES_KEPT).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "could not forget old statistics");
                return;
            }
        }
    }
}

/// Runs until the services shut down.
pub async fn keep_up(inner: Arc<Inner>) {
    let mut ticks = tokio::time::interval(FLUSH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in (0..FLUSHES_PER_PRUNE).cycle() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = inner.stopping.cancelled() => break,
        }
        inner.flush_asked().await;
        inner.flush_usage().await;
        if tick == 0 {
            if let Err(error) = inner.store.forget_drops(DROPS_KEPT).await {
                tracing::warn!(%error, "could not forget what was dropped long ago");
            }
            if inner.store.is_shared() {
                collect_chunks(inner.store.as_ref()).await;
            }
            let (ended_before_ms, before_day) = (inner.clock.now_ms(), inner.today() - USAGE_KEPT_DAYS);
            if let Err(error) = inner.store.forget_old(ended_before_ms, before_day).await {
                tracing::warn!(%error, "could not forget old sessions and usage");
            }
            forget_measures(&inner).await;
            if let Err(error) = inner.store.fold_sums().await {
                tracing::warn!(%error, "could not fold the sums of what is kept");
            }
            match inner.store.prune(JOBS_KEPT).await {
                Ok(0) => {}
                Ok(forgotten) => tracing::info!(forgotten, "forgot old jobs"),
                Err(error) => tracing::warn!(%error, "could not forget old jobs"),
            }
        }
    }
    inner.flush_asked().await;
    inner.flush_usage().await;
}

/// Writes down what is used, until the services shut down: by itself, since what is held goes if it is not said for long.
pub async fn keep_used(inner: Arc<Inner>) {
    let mut ticks = tokio::time::interval(FLUSH_USED);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = inner.stopping.cancelled() => break,
        }
        inner.flush_used().await;
    }
    inner.flush_used().await;
}

impl Inner {
    /// What cannot be written is noted when it is used next.
    async fn flush_used(&self) {
        let (found, held) = self.tiers.take_used();
        for (artifacts, are_held) in [(held, true), (found, false)] {
            for some in artifacts.chunks(MOST_USED_AT_ONCE) {
                if let Err(error) = self.store.used(some.to_vec(), are_held).await {
                    tracing::warn!(%error, "could not note what is used");
                    return;
                }
            }
        }
    }
}
