//! Budgets never give more than they have, and say truly when they have enough.

use std::sync::Arc;
use std::time::Duration;

use foliocast::auth::Budget;
use foliocast::clock::ManualClock;
use proptest::prelude::*;

fn budget(per_minute: u64, size: u64) -> (Budget<u8>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(0));
    (Budget::new(per_minute, size, clock.clone()), clock)
}

proptest! {
    /// Whoever asks whatever whenever gets no more than the budget's size and what came in since, and those who are told
    /// to wait get it after that time.
    #[test]
    fn nobody_gets_more_than_there_is(
        per_minute in 1_u64..100_000,
        size in 1_u64..100_000,
        asked in prop::collection::vec((0_u64..200_000, 0_u64..120_000), 1..60),
    ) {
        let (budget, clock) = budget(per_minute, size);
        let (mut taken, mut elapsed_ms) = (0.0, 0);
        for (cost, pause_ms) in asked {
            clock.advance(Duration::from_millis(pause_ms));
            elapsed_ms += pause_ms;
            match budget.take(&1, cost) {
                Ok(()) => taken += (cost.min(size)) as f64,
                Err(wait) => {
                    prop_assert!(budget.take(&2, cost).is_ok() || cost > 0, "others have a budget of their own");
                    let soon = wait + Duration::from_micros(1);
                    clock.advance(soon);
                    elapsed_ms += u64::try_from(soon.as_millis()).unwrap() + 1;
                    prop_assert!(budget.take(&1, cost).is_ok(), "it is there when it was said to be");
                    taken += (cost.min(size)) as f64;
                }
            }
            let there_was = size as f64 + elapsed_ms as f64 / 60_000.0 * per_minute as f64;
            prop_assert!(taken <= there_was * (1.0 + 1e-9) + 1e-6, "{taken} of {there_was}");
        }
    }
}

#[test]
fn what_is_given_back_can_be_taken_again_and_no_more() {
    let (budget, _) = budget(60, 100);
    budget.take(&1, 80).unwrap();
    assert_eq!(budget.take(&1, 40).unwrap_err(), Duration::from_secs(20));
    budget.give_back(&1, 80);
    budget.take(&1, 100).unwrap();
    budget.give_back(&1, 1_000);
    budget.take(&1, 100).unwrap();
    assert!(budget.take(&1, 1).is_err());
    assert!(budget.has_left(&1).is_err());
    assert!(budget.has_left(&2).is_ok());
}

#[test]
fn a_cost_above_the_size_takes_all_there_is() {
    let (budget, clock) = budget(60, 100);
    budget.take(&1, 1_000_000).unwrap();
    assert!(budget.take(&1, 1_000_000).is_err());
    clock.advance(Duration::from_secs(100));
    budget.take(&1, 1_000_000).unwrap();
}

#[test]
fn a_crowd_of_strangers_shares_one_budget_and_leaves_those_who_are_known_theirs() {
    let clock = Arc::new(ManualClock::at(0));
    let budget: Budget<u32> = Budget::new(60, 10, clock.clone());
    budget.take(&0, 5).unwrap();
    for stranger in 1..200_000 {
        let _ = budget.take(&stranger, 10);
    }
    assert!(budget.take(&300_000, 10).is_err(), "the strangers' is empty");
    assert!(budget.take(&300_001, 10).is_err());
    budget.take(&0, 5).unwrap();
    clock.advance(Duration::from_secs(60));
    budget.take(&300_000, 10).unwrap();
    budget.take(&300_001, 10).unwrap();
}
