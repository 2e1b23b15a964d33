//! What this process has counted, told to all.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Inner;
use crate::cache::TierName;
use crate::store::{MemoryUse, Report, StoreError};

/// From one report to the next: what a process that is killed has not told.
const REPORT: Duration = Duration::from_secs(10);

/// Reports now and then, and whenever somebody asks for it, until the services shut down.
pub(super) async fn keep_reporting(inner: Arc<Inner>) {
    let mut ticks = tokio::time::interval(REPORT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let has_news = tokio::select! {
            _ = ticks.tick() => !inner.measures.unreported().is_empty(),
            () = inner.report_asked.notified() => true,
            () = inner.stopping.cancelled() => return,
        };
        if has_news {
            inner.report_or_warn().await;
        }
    }
}

impl Inner {
    /// Somebody asks all processes to report.
    pub(super) fn ask_for_report(&self, question: i64) {
        // This process's own question, or one that it answered with another, is no news.
        if self.report_question.fetch_max(question, Ordering::AcqRel) < question {
            self.report_asked.notify_one();
        }
    }

    pub(super) async fn report_or_warn(&self) {
        if let Err(error) = self.report().await {
            tracing::warn!(%error, "could not report what was asked of the cache; will try again");
        }
    }

    /// Tells what was counted since the last report.
    pub(super) async fn report(&self) -> Result<(), StoreError> {
        // One after the other: a count must not be overwritten by an older one.
        let _turn = self.reporting.lock().await;
        // Before anything is gathered: what was counted before the question is then in the answer.
        let question = self.report_question.load(Ordering::Acquire);
        let unreported = self.measures.unreported();
        let report = Report {
            process: self.process.clone(),
            question: (question > 0).then_some(question),
            memory: self.memory_use().await,
            worker_slots: self.worker_slots(),
            activity: unreported.activity.clone(),
            funds: unreported.funds.clone(),
            slow: unreported.slow.clone(),
        };
        self.store.report(report).await?;
        self.measures.reported(&unreported);
        let asks = self.measures.take_asks();
        if !asks.is_empty()
            && let Err(error) = self.store.count_asks(asks, self.clock.now_ms()).await
        {
            // What is asked for most is asked for again.
            tracing::warn!(%error, "could not note which runs were asked for");
        }
        Ok(())
    }

    /// Computations that it makes at a time.
    pub(super) fn worker_slots(&self) -> u32 {
        if !self.settings.run_workers {
            return 0;
        }
        u32::try_from(self.settings.worker_concurrency).unwrap_or(u32::MAX)
    }

    /// What this process's memory holds.
    pub(super) async fn memory_use(&self) -> MemoryUse {
        let holding = self.tiers.holding(TierName::Memory).await.unwrap_or_default();
        let limit_bytes = holding.limit_bytes.unwrap_or(0);
        MemoryUse { entries: holding.entries, bytes: holding.bytes, limit_bytes }
    }
}
