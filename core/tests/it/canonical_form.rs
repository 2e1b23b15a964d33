//! Laws of the canonical form: one meaning, one text, one key.

use std::collections::BTreeSet;

use foliocast_core::scenario::{Config, Limits};
use proptest::prelude::*;
use serde_json::{Value, json};
use unicode_normalization::is_nfc;

use super::arbitrary;

const DRAWS: u64 = 5_000_000_000;

fn read(value: &Value) -> Config {
    Config::from_json(&value.to_string(), &Limits::default()).unwrap()
}

fn example() -> Value {
    json!({
        "fundId": "fund-1",
        "numScenarios": 2000,
        "seed": "2026",
        "buckets": [
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "deals": 3, "lossProbability": 0.25, "maxMoic": 50},
            {"name": "A", "capitalAllocation": 60, "outcomeTable": {"bands": [{"to": 1, "share": 0.6}, {"to": 5, "share": 0.3}], "tailExponent": 1.5}},
        ],
        "correlationWeights": {"macro": 0.2, "systematic": 0.3, "idiosyncratic": 0.5},
        "recycling": {"enabled": true, "reinvestmentRate": 0.5, "avgHoldingPeriod": 4, "fundLifetime": 10, "maxRecycledShare": 0.2},
    })
}

fn set(value: &Value, pointer: &str, to: Value) -> Value {
    let mut changed = value.clone();
    *changed.pointer_mut(pointer).unwrap() = to;
    changed
}

proptest! {
    #[test]
    fn every_generated_configuration_is_valid(value in arbitrary::configurations(DRAWS)) {
        let read = Config::from_json(&value.to_string(), &Limits::default());
        prop_assert!(read.is_ok(), "{}\n{value}", read.unwrap_err());
    }

    #[test]
    fn spelling_white_space_and_the_order_of_members_and_buckets_change_nothing(
        value in arbitrary::configurations(DRAWS),
        seed: u64,
    ) {
        let config = read(&value);
        let text = arbitrary::respelled(&value, true, seed);
        let respelled = Config::from_json(&text, &Limits::default());
        prop_assert!(respelled.is_ok(), "{}\n{text}", respelled.unwrap_err());
        let respelled = respelled.unwrap();
        prop_assert_eq!(respelled.matrix_json(), config.matrix_json());
        prop_assert_eq!(respelled.run_json(), config.run_json());
        prop_assert_eq!(respelled, config);
    }

    #[test]
    fn the_canonical_text_reads_as_the_same_configuration(value in arbitrary::configurations(DRAWS)) {
        let config = read(&value);
        let text = config.to_canonical_json();
        let again = Config::from_json(&text, &Limits::default()).unwrap();
        prop_assert_eq!(again.to_canonical_json(), text);
        prop_assert_eq!(again.matrix_key(), config.matrix_key());
        prop_assert_eq!(again.run_key(), config.run_key());
        prop_assert_eq!(again, config);
    }

    #[test]
    fn the_matrix_text_reads_as_the_same_matrix(value in arbitrary::configurations(DRAWS)) {
        let config = read(&value);
        let matrix = Config::from_matrix_json(&config.matrix_json(), &Limits::default()).unwrap();
        prop_assert_eq!(matrix.matrix_json(), config.matrix_json());
        let allocated: f64 = matrix.buckets().iter().map(|bucket| bucket.capital_allocation).sum();
        prop_assert!((allocated - 100.0).abs() < 1e-9, "{allocated}");
    }

    #[test]
    fn canonical_buckets_are_sorted_trimmed_and_normalised(value in arbitrary::configurations(DRAWS)) {
        let config = read(&value);
        let names: Vec<&str> = config.buckets().iter().map(|bucket| bucket.name.as_str()).collect();
        prop_assert!(names.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
        prop_assert!(names.iter().all(|name| is_nfc(name) && name.trim() == *name));
    }

    #[test]
    fn a_real_number_is_rounded_as_exact_arithmetic_rounds_it(bits: u64) {
        // Anything from 2⁻¹⁹ to 2¹⁹.
        let x = f64::from_bits(bits >> 12 | (1_023 - 19 + bits % 38) << 52);
        let value = set(&example(), "/buckets/1/outcomeTable/bands", json!([{"to": x, "share": 0.9}]));
        let value = set(&value, "/buckets/1", json!({
            "name": "A", "capitalAllocation": 60, "outcomeTable": value["buckets"][1]["outcomeTable"],
        }));
        let config = read(&value);
        let foliocast_core::scenario::Marginal::Table { bands, .. } = &config.buckets()[0].marginal else { unreachable!() };
        prop_assert_eq!(bands[0].to, nearest_millionths(x));
    }
}

/// `x` to the nearest millionth by decimal digits, half away from zero: an f64 has a finite decimal expansion.
fn nearest_millionths(x: f64) -> f64 {
    let exact = format!("{x:.1100}");
    let (whole, fraction) = exact.split_once('.').unwrap();
    let kept: u64 = format!("{whole}{}", &fraction[..6]).parse().unwrap();
    let rounded = kept + u64::from(fraction.as_bytes()[6] >= b'5');
    format!("{}.{:06}", rounded / 1_000_000, rounded % 1_000_000).parse().unwrap()
}

#[test]
fn rounding_is_of_the_binary_number_and_half_away_from_zero() {
    let median_of = |text: &str| {
        let text = example().to_string().replace("\"median\":1,", &format!("\"median\":{text},"));
        let config = Config::from_json(&text, &Limits::default()).unwrap();
        match config.buckets()[1].marginal {
            foliocast_core::scenario::Marginal::PowerLaw { median, .. } => median,
            foliocast_core::scenario::Marginal::Table { .. } => unreachable!(),
        }
    };
    // 2⁻⁷ = 0.0078125 is a half exactly.
    assert_eq!(median_of("1.0078125"), 1.007813);
    // The f64 nearest to 1.0000005 lies below or above it; that decides, not the decimal text.
    assert_eq!(median_of("1.0000005"), nearest_millionths(1.0000005));
    assert_eq!(median_of("1.0000015"), nearest_millionths(1.0000015));
    assert_eq!(median_of("0.9999995"), nearest_millionths(0.9999995));
}

#[test]
fn every_setting_of_the_matrix_changes_its_key_and_every_other_only_the_runs() {
    let base = example();
    let config = read(&base);
    let of_the_matrix = [
        ("/numScenarios", json!(2001)),
        ("/seed", json!("2027")),
        ("/buckets/0/name", json!("seed")),
        ("/buckets/0/moicCalibration/median", json!(1.000001)),
        ("/buckets/0/moicCalibration/p90", json!(3.000001)),
        ("/buckets/0/deals", json!(4)),
        ("/buckets/0/lossProbability", json!(0.250001)),
        ("/buckets/0/maxMoic", json!(50.000001)),
        ("/buckets/0/maxMoic", Value::Null),
        ("/buckets/1/outcomeTable/bands/0/to", json!(1.000001)),
        ("/buckets/1/outcomeTable/bands/1/share", json!(0.299999)),
        ("/buckets/1/outcomeTable/tailExponent", json!(1.500001)),
        ("/correlationWeights", json!({"macro": 0.199999, "systematic": 0.300001, "idiosyncratic": 0.5})),
    ];
    let of_the_run = [
        ("/fundId", json!("fund-2")),
        ("/recycling/reinvestmentRate", json!(0.500001)),
        ("/recycling/avgHoldingPeriod", json!(4.000001)),
        ("/recycling/fundLifetime", json!(10.000001)),
        ("/recycling/maxRecycledShare", json!(0.200001)),
        ("/recycling/maxRecycledShare", Value::Null),
        ("/recycling/enabled", json!(false)),
        ("/buckets/0/capitalAllocation", json!(40.000001)),
    ];
    let mut matrix_keys = BTreeSet::from([config.matrix_key()]);
    let mut run_keys = BTreeSet::from([config.run_key()]);
    for (pointer, to) in of_the_matrix {
        let changed = read(&set(&base, pointer, to));
        assert!(matrix_keys.insert(changed.matrix_key()), "{pointer} does not change the matrix key");
        assert!(run_keys.insert(changed.run_key()), "{pointer} does not change the run key");
    }
    let mut with_taxonomy = base.clone();
    with_taxonomy["taxonomyVersion"] = json!("v1.3");
    assert!(matrix_keys.insert(read(&with_taxonomy).matrix_key()));
    for (pointer, to) in of_the_run {
        let changed = read(&set(&base, pointer, to));
        assert_eq!(changed.matrix_key(), config.matrix_key(), "{pointer} changes the matrix key");
        assert!(run_keys.insert(changed.run_key()), "{pointer} does not change the run key");
    }
}

#[test]
fn defaults_are_written_out_and_disabled_recycling_is_bare() {
    let config = read(&json!({
        "fundId": 7,
        "seed": -0.0,
        "buckets": [{"name": " Cafe\u{301}\u{2003}", "capitalAllocation": 100, "moicCalibration": {"median": 2, "p90": 2}}],
        "recycling": {"enabled": false, "mode": 3, "fundLifetime": null},
    }));
    insta::assert_snapshot!(config.to_canonical_json());
}

#[test]
fn a_configuration_changes_only_where_it_is_asked_to() {
    let limits = Limits::default();
    let config = read(&example());
    assert_eq!(config.with_num_scenarios(7, &limits).unwrap(), read(&set(&example(), "/numScenarios", json!(7))));
    assert_eq!(config.with_seed(" s ").unwrap(), read(&set(&example(), "/seed", json!("s"))));
    assert_eq!(config.with_fund_id("f").unwrap(), read(&set(&example(), "/fundId", json!("f"))));
    assert_eq!(config.with_fund_lifetime(12.0).unwrap(), read(&set(&example(), "/recycling/fundLifetime", json!(12))));
    let disabled = read(&set(&example(), "/recycling", json!({"enabled": false})));
    let refusals = [
        config.with_num_scenarios(0, &limits),
        config.with_num_scenarios(100_000_001, &limits),
        config.with_num_scenarios(100, &Limits { max_deal_draws: 100, ..limits }),
        config.with_num_scenarios(100, &Limits { max_row_bytes: 100, ..limits }),
        config.with_seed(" "),
        config.with_fund_id(&"x".repeat(129)),
        config.with_fund_lifetime(f64::NAN),
        config.with_fund_lifetime(50.1),
        disabled.with_fund_lifetime(10.0),
    ];
    let refusals: Vec<String> = refusals.into_iter().map(|refusal| refusal.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(refusals.join("\n"));
}
