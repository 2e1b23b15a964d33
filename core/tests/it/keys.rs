//! Keys and canonical texts against the worked examples of `docs/MODEL.md` section 8, and against another program.

use foliocast_core::scenario::{Config, Limits, default_fund};

const WORKED_EXAMPLE: &str = r#"{"fundId": "fund-1", "numScenarios": 3, "seed": "2026", "buckets": [{"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2}, {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25}], "recycling": {"enabled": true, "mode": "same-bucket", "reinvestmentRate": 0.1, "avgHoldingPeriod": 4, "fundLifetime": 10}}"#;

#[test]
fn the_worked_example_has_the_published_texts_and_keys() {
    let config = Config::from_json(WORKED_EXAMPLE, &Limits::default()).unwrap();
    assert_eq!(
        config.matrix_json(),
        r#"{"buckets":[{"deals":1,"lossProbability":0.25,"maxMoic":null,"moicCalibration":{"median":1,"p90":3},"name":"Seed"},{"deals":2,"lossProbability":0,"maxMoic":null,"moicCalibration":{"median":1.5,"p90":3.5},"name":"Series A"}],"correlationWeights":{"idiosyncratic":0.85,"macro":0.1,"systematic":0.05},"numScenarios":3,"schema":"foliocast.matrix/1","seed":"2026","taxonomyVersion":"v1.2"}"#
    );
    assert_eq!(config.matrix_key().to_string(), "83f8d16857e850a5763dd1755c934c11cc62b737dc5c253f600756985ce99abf");
    assert_eq!(
        config.run_json(),
        r#"{"allocations":{"Seed":40,"Series A":60},"fundId":"fund-1","matrixKey":"83f8d16857e850a5763dd1755c934c11cc62b737dc5c253f600756985ce99abf","recycling":{"avgHoldingPeriod":4,"enabled":true,"fundLifetime":10,"maxRecycledShare":0.25,"mode":"same-bucket","reinvestmentRate":0.1},"schema":"foliocast.run/1"}"#
    );
    assert_eq!(config.run_key().to_string(), "f75ca16aa0daf701a91d94c0868d4e4ef8b6e76dc57e1c30d1ea702702d48096");
}

#[test]
fn the_default_fund_has_the_published_matrix_key() {
    let config = default_fund("default");
    assert_eq!(config.fund_id(), "default");
    assert_eq!(config.matrix_key().to_string(), "07491a5b5e39e72a8cea168dffb77cbf6f28799a22acc2ef7e1764509ebc9423");
}

/// `fixtures/keys.json` comes from `scripts/make_keys.py`, which was written from `docs/MODEL.md` alone.
#[test]
fn another_program_finds_the_same_texts_and_keys() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(include_str!("fixtures/keys.json")).unwrap();
    assert!(cases.len() >= 20);
    for case in cases {
        let request = case["request"].as_str().unwrap();
        let config =
            Config::from_json(request, &Limits::default()).unwrap_or_else(|errors| panic!("{request}\n{errors}"));
        assert_eq!(config.matrix_json(), case["matrixJson"], "{request}");
        assert_eq!(config.matrix_key().to_string(), case["matrixKey"], "{request}");
        assert_eq!(config.run_json(), case["runJson"], "{request}");
        assert_eq!(config.run_key().to_string(), case["runKey"], "{request}");
    }
}
