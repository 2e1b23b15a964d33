//! A configuration with every kind of marginal, for the tests of other modules.

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
        r#"{"name": "capped", "moicCalibration": {"median": 1, "p90": 1000000}, "maxMoic": null, "deals": 2}"#
            .replace("\"maxMoic\": null", "\"maxMoic\": 1000000")
            .replace("\"p90\": 1000000", "\"p90\": 999999"),
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
