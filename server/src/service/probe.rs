//! Whether the durable store does its work: checked seldom and by one at a time, and waited for only briefly.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use crate::clock::Clock;

/// What a check found holds this long: it writes to the disk, and anyone may ask as often as he likes.
const FRESH_TIME: Duration = Duration::from_secs(2);

/// Whoever asks wants to hear something by then, if only that there is no answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Remembers what was found last, or who is finding it out.
pub struct Probe {
    latest: Mutex<Option<Shared<BoxFuture<'static, Finding>>>>,
    patience: Duration,
}

#[derive(Clone)]
struct Finding {
    /// Why the store does not do its work, if it does not.
    trouble: Option<String>,
    at: Instant,
}

impl Default for Probe {
    fn default() -> Self {
        Self::with_patience(PATIENCE)
    }
}

impl Probe {
    fn with_patience(patience: Duration) -> Self {
        Self { latest: Mutex::default(), patience }
    }

    /// What is wrong, as `check` says it, now or a moment ago; that it says nothing is wrong too.
    pub async fn trouble<F>(&self, clock: &Arc<dyn Clock>, check: impl FnOnce() -> F) -> Option<String>
    where
        F: Future<Output = Option<String>> + Send + 'static,
    {
        let finding = self.latest(clock, check);
        match tokio::time::timeout(self.patience, finding).await {
            Ok(finding) => finding.trouble,
            Err(_) => Some(format!("has not answered within {} ms", self.patience.as_millis())),
        }
    }

    fn latest<F>(&self, clock: &Arc<dyn Clock>, check: impl FnOnce() -> F) -> Shared<BoxFuture<'static, Finding>>
    where
        F: Future<Output = Option<String>> + Send + 'static,
    {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |finding: Finding| clock.instant().saturating_duration_since(finding.at) < FRESH_TIME;
        if let Some(finding) = latest.as_ref()
            && finding.clone().now_or_never().is_none_or(holds)
        {
            return finding.clone();
        }
        // A task, so that it comes to its end whoever still waits for it.
        let (check, its_clock, clock) = (check(), Arc::clone(clock), Arc::clone(clock));
        let checking = tokio::spawn(async move { Finding { trouble: check.await, at: its_clock.instant() } });
        let finding = async move {
            match checking.await {
                Ok(finding) => finding,
                Err(error) => Finding { trouble: Some(format!("could not be checked: {error}")), at: clock.instant() },
            }
        };
        latest.insert(finding.boxed().shared()).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;
    use crate::clock::ManualClock;

    fn clock() -> (Arc<ManualClock>, Arc<dyn Clock>) {
        let clock = Arc::new(ManualClock::at(0));
        (Arc::clone(&clock), clock)
    }

    async fn not_again() -> Option<String> {
        panic!("a mistake: another check is under way, or its finding holds")
    }

    #[tokio::test]
    async fn a_finding_holds_for_two_seconds() {
        let (hand, clock) = clock();
        let probe = Probe::default();
        let full = || std::future::ready(Some("full".to_owned()));
        assert_eq!(probe.trouble(&clock, full).await.as_deref(), Some("full"));
        hand.advance(Duration::from_millis(1_999));
        assert_eq!(probe.trouble(&clock, not_again).await.as_deref(), Some("full"));
        hand.advance(Duration::from_millis(1));
        assert_eq!(probe.trouble(&clock, || std::future::ready(None)).await, None);
        assert_eq!(probe.trouble(&clock, not_again).await, None);
    }

    #[tokio::test]
    async fn everyone_who_asks_meanwhile_waits_for_the_one_check() {
        let (_, clock) = clock();
        let probe = Probe::with_patience(Duration::from_secs(120));
        let (checks, may_end) = (AtomicU32::new(0), Arc::new(Notify::new()));
        let ask = || {
            probe.trouble(&clock, || {
                checks.fetch_add(1, Ordering::Relaxed);
                let may_end = Arc::clone(&may_end);
                async move {
                    may_end.notified().await;
                    Some("slow".to_owned())
                }
            })
        };
        let asking = futures::future::join_all((0..50).map(|_| ask()));
        let (answers, ()) = tokio::join!(asking, async { may_end.notify_one() });
        assert!(answers.iter().all(|answer| answer.as_deref() == Some("slow")), "{answers:?}");
        assert_eq!(checks.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_said_and_not_begun_again_until_it_ends() {
        let (hand, clock) = clock();
        let probe = Probe::with_patience(Duration::from_millis(1));
        let (may_end, has_ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told_to_end, tells_its_end) = (Arc::clone(&may_end), Arc::clone(&has_ended));
        let hangs = async move {
            told_to_end.notified().await;
            tells_its_end.notify_one();
            None
        };
        let silent = Some("has not answered within 1 ms".to_owned());
        assert_eq!(probe.trouble(&clock, || hangs).await, silent);
        hand.advance(Duration::from_secs(60));
        assert_eq!(probe.trouble(&clock, not_again).await, silent);
        may_end.notify_one();
        has_ended.notified().await;
        // What came too late for those who asked is news to the next.
        let patient = Probe { latest: probe.latest, patience: Duration::from_secs(120) };
        assert_eq!(patient.trouble(&clock, not_again).await, None);
    }

    #[tokio::test]
    async fn a_check_that_panics_is_trouble_and_the_next_one_is_begun_in_time() {
        let (hand, clock) = clock();
        let probe = Probe::default();
        let broken = probe.trouble(&clock, not_again).await.expect("trouble");
        assert!(broken.contains("could not be checked"), "{broken}");
        hand.advance(FRESH_TIME);
        assert_eq!(probe.trouble(&clock, || std::future::ready(None)).await, None);
    }
}
