//! Figures that take a while to get.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use crate::clock::Clock;

/// A figure holds for this many times what getting it took, so that getting it is never more than that part of all work.
const HOLDS_FOR: u32 = 20;

/// A figure that takes a while to get: got seldom, and once for everybody who asks meanwhile.
pub(super) struct Measured<T> {
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    latest: Option<Latest<T>>,
    under_way: Option<UnderWay<T>>,
}

type UnderWay<T> = Shared<BoxFuture<'static, Result<T, String>>>;

struct Latest<T> {
    figure: T,
    at: Instant,
    took: Duration,
}

impl<T> Default for Measured<T> {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State { latest: None, under_way: None })) }
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
            if let Some(latest) = &state.latest
                && clock.instant().saturating_duration_since(latest.at) < latest.took * HOLDS_FOR
            {
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
            if let Ok(figure) = &figure {
                let at = clock.instant();
                state.latest = Some(Latest { figure: figure.clone(), at, took: at.saturating_duration_since(begun) });
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
    async fn what_fails_does_not_hold_and_neither_does_what_panics() {
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
        let broken = async { panic!("a mistake, made on purpose") };
        assert!(measured.get(&clock, LONG, || broken).await.is_err());
        assert_eq!(measured.get(&clock, LONG, || ready(Ok(1))).await, Ok(1));
    }
}
