//! Figures that take a while to get.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use crate::clock::Clock;

/// A figure holds for this many times what getting it took, so that a process spends no more than that part of its time on
/// it; but no longer than this.
const HOLDS_FOR: u32 = 20;
const HOLDS_AT_MOST: Duration = Duration::from_secs(60);
/// That it cannot be got holds no longer than this.
const FAILURE_HOLDS_AT_MOST: Duration = Duration::from_secs(5);

/// A figure that takes a while to get: got seldom, and once for everybody who asks meanwhile.
pub(super) struct Measured<T> {
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    latest: Option<Latest<T>>,
    failure: Option<Latest<String>>,
    under_way: Option<UnderWay<T>>,
}

type UnderWay<T> = Shared<BoxFuture<'static, Result<T, String>>>;

struct Latest<T> {
    figure: T,
    holds_until: Instant,
}

impl<T> Default for Measured<T> {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State { latest: None, failure: None, under_way: None })) }
    }
}

impl<T: Clone + Send + Sync + 'static> Measured<T> {
    /// The figure as it is, or was a little while ago; where getting it takes longer than `patience`, the one before.
    ///
    /// # Errors
    /// In words, why it cannot be got, or that it takes long and there is none before.
    pub async fn get<F>(
        &self,
        clock: &Arc<dyn Clock>,
        patience: Duration,
        measure: impl FnOnce() -> F,
    ) -> Result<T, String>
    where
        F: Future<Output = Result<T, String>> + Send + 'static,
    {
        let under_way = {
            let mut state = locked(&self.state);
            let now = clock.instant();
            if let Some(failure) = state.failure.as_ref().filter(|failure| now < failure.holds_until) {
                return Err(failure.figure.clone());
            }
            if let Some(latest) = state.latest.as_ref().filter(|latest| now < latest.holds_until) {
                return Ok(latest.figure.clone());
            }
            state.under_way.get_or_insert_with(|| self.begin(clock, measure())).clone()
        };
        match tokio::time::timeout(patience, under_way).await {
            Ok(figure) => figure,
            Err(_) => {
                let state = locked(&self.state);
                let before = state.latest.as_ref().map(|latest| latest.figure.clone());
                before.ok_or_else(|| "it is still being counted; ask again".to_owned())
            }
        }
    }

    /// A task, so that it comes to its end whoever still waits for it.
    fn begin<F>(&self, clock: &Arc<dyn Clock>, measure: F) -> UnderWay<T>
    where
        F: Future<Output = Result<T, String>> + Send + 'static,
    {
        let (state, clock, begun) = (Arc::clone(&self.state), Arc::clone(clock), clock.instant());
        let measuring = tokio::spawn(measure);
        let end = tokio::spawn(async move {
            let figure = measuring.await.unwrap_or_else(|error| Err(error.to_string()));
            let mut state = locked(&state);
            state.under_way = None;
            let now = clock.instant();
            let holds = now.saturating_duration_since(begun).saturating_mul(HOLDS_FOR);
            match &figure {
                Ok(figure) => {
                    let holds_until = now + holds.min(HOLDS_AT_MOST);
                    state.latest = Some(Latest { figure: figure.clone(), holds_until });
                    state.failure = None;
                }
                Err(reason) => {
                    let holds_until = now + holds.min(FAILURE_HOLDS_AT_MOST);
                    state.failure = Some(Latest { figure: reason.clone(), holds_until });
                }
            }
            figure
        });
        async move { end.await.unwrap_or_else(|error| Err(error.to_string())) }.boxed().shared()
    }
}

fn locked<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::clock::ManualClock;

    const LONG: Duration = Duration::from_secs(120);

    fn clock() -> (Arc<ManualClock>, Arc<dyn Clock>) {
        let clock = Arc::new(ManualClock::at(0));
        (Arc::clone(&clock), clock)
    }

    /// Takes a second of the clock.
    fn second_of(hand: &Arc<ManualClock>, figure: u32) -> impl Future<Output = Result<u32, String>> + Send + 'static {
        let hand = Arc::clone(hand);
        async move {
            hand.advance(Duration::from_secs(1));
            Ok(figure)
        }
    }

    #[tokio::test]
    async fn a_figure_holds_for_twenty_times_what_it_took() {
        let (hand, clock) = clock();
        let measured = Measured::default();
        assert_eq!(measured.get(&clock, LONG, || second_of(&hand, 1)).await, Ok(1));
        hand.advance(Duration::from_millis(19_999));
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(2))).await, Ok(1));
        hand.advance(Duration::from_millis(1));
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(2))).await, Ok(2));
        // One that took no time does not hold.
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(3))).await, Ok(3));
    }

    #[tokio::test]
    async fn whoever_waits_in_vain_is_told_the_figure_before() {
        let (_, clock) = clock();
        let measured = Measured::default();
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(1))).await, Ok(1));
        assert_eq!(measured.get(&clock, Duration::from_millis(1), pending).await, Ok(1));
        // And nobody begins it again meanwhile.
        assert_eq!(measured.get(&clock, Duration::from_millis(1), || ready(Ok(2))).await, Ok(1));
        let never: Measured<u32> = Measured::default();
        assert!(never.get(&clock, Duration::from_millis(1), pending).await.is_err());
    }

    #[tokio::test]
    async fn no_figure_holds_longer_than_a_minute_and_no_failure_longer_than_five_seconds() {
        let (hand, clock) = clock();
        let measured: Measured<u32> = Measured::default();
        let failing = {
            let hand = Arc::clone(&hand);
            async move {
                hand.advance(Duration::from_secs(10));
                Err("away".to_owned())
            }
        };
        assert_eq!(measured.get(&clock, LONG, || failing).await, Err("away".to_owned()));
        hand.advance(Duration::from_millis(4_999));
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(1))).await, Err("away".to_owned()));
        hand.advance(Duration::from_millis(1));
        let slow = {
            let hand = Arc::clone(&hand);
            async move {
                hand.advance(Duration::from_secs(10));
                Ok(7)
            }
        };
        assert_eq!(measured.get(&clock, LONG, || slow).await, Ok(7));
        hand.advance(Duration::from_millis(59_999));
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(8))).await, Ok(7));
        hand.advance(Duration::from_millis(1));
        let broken = async { panic!("a mistake, made on purpose") };
        assert!(measured.get(&clock, LONG, || broken).await.is_err());
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(1))).await, Ok(1));
    }
}
