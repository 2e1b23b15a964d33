//! Recycled proceeds: the worked example of docs/MODEL.md section 8, and the laws of cash.

use foliocast_core::scenario::{Recycling, RecyclingRule};
use proptest::prelude::*;

fn rule(rate: f64, period: f64, lifetime: f64, cap: Option<f64>) -> RecyclingRule {
    RecyclingRule::new(Recycling::SameBucket {
        reinvestment_rate: rate,
        avg_holding_period_years: period,
        fund_lifetime_years: lifetime,
        max_recycled_share: cap,
    })
    .unwrap()
}

#[test]
fn the_worked_example_of_the_model_comes_out() {
    let rule = rule(0.1, 4.0, 10.0, Some(0.25));
    let rows: [(f64, f64, f64); 6] = [
        (3.29124951, 1.25, 3.86406189),
        (1.79581225, 1.19570593, 1.95155743),
        (0.905674696, 1.0946687, 0.896745042),
        (1.41652942, 1.15168572, 1.47971098),
        (1.01410687, 1.10655275, 1.01561),
        (1.65360653, 1.17903273, 1.77062349),
    ];
    for (moic, deployed, returned) in rows {
        let outcome = rule.outcome(f64::from(moic as f32));
        // Published with nine digits.
        assert!((outcome.deployed - deployed).abs() < 5e-9, "{outcome:?}");
        assert!((outcome.returned - returned).abs() < 5e-9, "{outcome:?}");
        assert_eq!(outcome.cap_binds, moic > 3.0, "{outcome:?}");
    }
}

#[test]
fn recycling_that_is_off_has_no_rule() {
    assert_eq!(RecyclingRule::new(Recycling::Disabled), None);
}

#[test]
fn a_fund_that_ends_with_its_first_deals_recycles_nothing() {
    for lifetime in [4.0, 3.0] {
        let outcome = rule(1.0, 4.0, lifetime, None).outcome(2.5);
        assert_eq!((outcome.deployed, outcome.returned, outcome.cap_binds), (1.0, 2.5, false));
    }
}

#[test]
fn a_lifetime_of_whole_holding_periods_has_no_further_round() {
    // 8.4/2.8 − 1 and the others are a little above a whole number in f64.
    for (period, lifetime, rounds) in [(2.8, 8.4, 2), (3.3, 9.9, 2), (1.9, 5.7, 2), (0.7, 4.9, 6), (4.0, 10.0, 2)] {
        let mut expected = 1.0;
        let mut capital = 1.0;
        for round in 0..rounds {
            let share = if lifetime == 10.0 && round == 1 { 0.5 } else { 1.0 };
            capital *= share * 0.5 * 3.0;
            expected += capital;
        }
        let deployed = rule(0.5, period, lifetime, None).outcome(3.0).deployed;
        assert!((deployed - expected).abs() < 1e-12 * expected, "{lifetime}/{period}: {deployed}, not {expected}");
    }
    // To the bit: a phantom round of 4e-16 of a period would show where multiples are large.
    let (exact, other) = (rule(1.0, 2.0, 6.0, None), rule(1.0, 2.8, 8.4, None));
    for moic in [0.3, 7.0, 1e6, 1e12] {
        assert_eq!(exact.outcome(moic), other.outcome(moic));
    }
}

#[test]
fn a_cap_met_exactly_binds_only_where_more_would_have_been_recycled() {
    assert!(!rule(0.25, 5.0, 10.0, Some(0.5)).outcome(2.0).cap_binds);
    assert!(rule(0.25, 5.0, 15.0, Some(0.5)).outcome(2.0).cap_binds);
}

fn rules() -> impl Strategy<Value = RecyclingRule> {
    let cap = prop_oneof![Just(None), Just(Some(0.0)), Just(Some(0.25)), (0.0..10.0).prop_map(Some)];
    (0.0..=1.0, 0.25..50.0, 0.25..50.0, cap).prop_map(|(rate, period, lifetime, cap)| rule(rate, period, lifetime, cap))
}

fn moics() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..1e-6, 0.0..5.0, 5.0..1e6, Just(f64::from(f32::MAX))]
}

proptest! {
    #[test]
    fn deployed_capital_never_falls_as_the_multiple_rises(rule in rules(), a in moics(), b in moics(), ulps in 0_u64..4) {
        let near = f64::from_bits(a.to_bits() + ulps);
        for b in [b, near] {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(rule.outcome(low).deployed <= rule.outcome(high).deployed);
        }
    }

    #[test]
    fn nothing_is_negative_infinite_or_undefined(rule in rules(), moic in moics()) {
        let outcome = rule.outcome(moic);
        prop_assert!(outcome.deployed >= 1.0 && outcome.deployed.is_finite());
        prop_assert!(outcome.returned >= 0.0 && outcome.returned.is_finite());
    }

    #[test]
    fn cash_is_conserved(rate in 0.0..=1.0, period in 1.0..10.0, lifetime in 1.0..30.0, cap in 0.0..2.0, moic in 0.0..20.0) {
        let outcome = rule(rate, period, lifetime, Some(cap)).outcome(moic);
        let recycled = outcome.deployed - 1.0;
        prop_assert!(recycled <= cap + 1e-12);
        // All that deployed capital brings, less what was put back in.
        let returned = outcome.deployed * moic - recycled;
        prop_assert!((outcome.returned - returned).abs() <= 1e-12 * (1.0 + outcome.deployed * moic));
    }
}
