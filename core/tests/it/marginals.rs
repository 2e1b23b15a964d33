//! Configurations with every kind of marginal, for the tests of other modules.

use foliocast_core::scenario::{Config, Limits};
use proptest::prelude::*;

/// Power laws with and without loss and cap, a constant, and tables of 1, 6 and 20 bands, at extremes too.
pub fn every_kind() -> String {
    let bands = |count: u32| {
        let bands = (1..=count).map(|k| format!(r#"{{"to": {}, "share": 0.045}}"#, f64::from(k * k) * 0.25));
        bands.collect::<Vec<_>>().join(",")
    };
    let (one, twenty) = (r#"{"to": 2, "share": 0.6}"#, bands(20));
    let six = r#"{"to": 1, "share": 0.5}, {"to": 2, "share": 0.2}, {"to": 5, "share": 0.15}, {"to": 10, "share": 0.08},
        {"to": 20, "share": 0.04}, {"to": 50, "share": 0.02}"#;
    let buckets = [
        r#"{"name": "plain", "moicCalibration": {"median": 1.3, "p90": 3}, "deals": 3}"#.to_owned(),
        r#"{"name": "lossy", "moicCalibration": {"median": 1.3, "p90": 3}, "lossProbability": 0.3, "deals": 2}"#.to_owned(),
        r#"{"name": "capped", "moicCalibration": {"median": 1, "p90": 999999}, "maxMoic": 1000000, "deals": 2}"#.to_owned(),
        r#"{"name": "constant", "moicCalibration": {"median": 1.7, "p90": 1.7}, "lossProbability": 0.1, "deals": 7}"#.to_owned(),
        format!(r#"{{"name": "one band", "outcomeTable": {{"bands": [{one}], "tailExponent": 3}}}}"#),
        format!(
            r#"{{"name": "six bands", "outcomeTable": {{"bands": [{six}], "tailExponent": 1.4}}, "lossProbability": 0.2,
                "deals": 5, "maxMoic": 300}}"#
        ),
        format!(
            r#"{{"name": "twenty bands", "outcomeTable": {{"bands": [{twenty}], "tailExponent": 0.1}},
                "lossProbability": 0.045, "deals": 2, "maxMoic": 900000}}"#
        ),
        r#"{"name": "steep", "outcomeTable": {"bands": [{"to": 0.000001, "share": 0.499999}, {"to": 1000000, "share": 0.000001}],
            "tailExponent": 100}}"#
            .to_owned(),
    ];
    let share = 100.0 / buckets.len() as f64;
    let buckets: Vec<_> =
        buckets.iter().map(|bucket| bucket.replacen('{', &format!(r#"{{"capitalAllocation": {share}, "#), 1)).collect();
    format!(
        r#"{{"fundId": "every kind", "numScenarios": 102400, "seed": "kernel", "buckets": [{}],
            "correlationWeights": {{"macro": 0.3, "systematic": 0.2, "idiosyncratic": 0.5}}}}"#,
        buckets.join(",")
    )
}

/// Any valid bucket, without name and allocation: the members of its JSON object, in thousandths where they are real.
pub fn any_bucket() -> impl Strategy<Value = String> {
    prop_oneof![any_power_law(), any_table()]
}

fn any_power_law() -> impl Strategy<Value = String> {
    (1..5_000_u32, 1_000..20_000_u32, 1..4_u32, 0..500_u32, any::<bool>()).prop_map(|(median, ratio, deals, q, capped)| {
        let median = f64::from(median) / 1_000.0;
        let p90 = median * f64::from(ratio) / 1_000.0;
        // Exponents of 1 and less need a cap.
        let cap = if capped || ratio >= 4_999 { p90 * 2.0 + 1.0 } else { 0.0 };
        let cap = if cap > 0.0 { cap.to_string() } else { "null".to_owned() };
        let q = f64::from(q) / 1_000.0;
        format!(
            r#""moicCalibration": {{"median": {median}, "p90": {p90}}}, "deals": {deals}, "lossProbability": {q}, "maxMoic": {cap}"#
        )
    })
}

/// Any valid bucket with an outcome table.
pub fn any_table() -> impl Strategy<Value = String> {
    let bands = prop::collection::vec((1..3_000_u32, 1..39_u32), 1..20);
    (bands, 100..5_000_u32, 1..4_u32, 0..500_u32).prop_map(|(bands, tail, deals, q)| {
        let mut to = 0.0;
        let mut members = Vec::new();
        for (index, (step, share)) in bands.into_iter().enumerate() {
            to += f64::from(step) / 1_000.0;
            // The first band takes half, and 19 others at most 0.019 each: sums are allowed, and losses fit.
            let share = if index == 0 { 0.5 } else { f64::from(share) / 2_000.0 };
            members.push(format!(r#"{{"to": {to}, "share": {share}}}"#));
        }
        let (tail, q) = (f64::from(tail) / 1_000.0, f64::from(q) / 1_000.0);
        format!(
            r#""outcomeTable": {{"bands": [{}], "tailExponent": {tail}}}, "deals": {deals}, "lossProbability": {q}, "maxMoic": {}"#,
            members.join(", "),
            to + 1_000.0
        )
    })
}

/// A run of these buckets, named by their place, with a seed.
pub fn config_of(seed: u64, buckets: &[(String, String)]) -> Config {
    let share = 100.0 / buckets.len() as f64;
    let buckets: Vec<_> = buckets
        .iter()
        .map(|(name, members)| format!(r#"{{"name": "{name}", "capitalAllocation": {share}, {members}}}"#))
        .collect();
    let text = format!(
        r#"{{"fundId": "any", "numScenarios": 1000000, "seed": "{seed}", "buckets": [{}],
            "correlationWeights": {{"macro": 0.3, "systematic": 0.2, "idiosyncratic": 0.5}}}}"#,
        buckets.join(",")
    );
    Config::from_json(&text, &Limits::default()).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}
