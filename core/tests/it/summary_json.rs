//! The summary as JSON: whatever the configuration, every figure is a finite number, or null with a reason.

use foliocast_core::scenario::{Config, Limits, Run, RunOutcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::arbitrary;

fn run(value: &Value) -> RunOutcome {
    Run::new(&Config::from_json(&value.to_string(), &Limits::default()).unwrap()).finish()
}

/// `serde_json` writes NaN and infinities as null: every null must be told by a reason, so that none of them got
/// in that way.
fn unexplained(value: &Value, path: &str, reasons: &serde_json::Map<String, Value>, found: &mut Vec<String>) {
    match value {
        Value::Null => {
            // A null of a list is told by the list's name, one of a matrix also by its row or its column.
            let row = path.rsplit_once('[').map_or(path, |(row, _)| row);
            let list = row.split('[').next().unwrap_or(row);
            let column = format!("{list}{}", &path[row.len()..]);
            if ![path, row, list, &column].iter().any(|name| reasons.contains_key(*name)) {
                found.push(path.to_owned());
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                unexplained(element, &format!("{path}[{index}]"), reasons, found);
            }
        }
        Value::Object(members) => {
            // An object with figures of its own has reasons of its own.
            let own = members.get("reasons").and_then(Value::as_object);
            let is_root = own.is_some() || members.contains_key("histogram") || members.contains_key("gross");
            let (reasons, path) = if is_root {
                static NONE: std::sync::LazyLock<serde_json::Map<String, Value>> =
                    std::sync::LazyLock::new(serde_json::Map::new);
                (own.unwrap_or(&NONE), "")
            } else {
                (reasons, path)
            };
            for (name, member) in members.iter().filter(|(name, _)| *name != "reasons") {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                unexplained(member, &path, reasons, found);
            }
        }
        _ => {}
    }
}

fn assert_explained(outcome: &RunOutcome) {
    let mut found = Vec::new();
    let summary = serde_json::to_value(&outcome.summary).unwrap();
    unexplained(&summary, "", &serde_json::Map::new(), &mut found);
    assert_eq!(found, Vec::<String>::new(), "null without a reason");
    let read: foliocast_core::scenario::Summary = serde_json::from_value(summary).unwrap();
    assert_eq!(read, outcome.summary, "the JSON says all of it");
    assert_eq!(read.digest(), outcome.summary_digest);
    for (name, figure) in outcome.warnings.iter().flat_map(|warning| &warning.figures) {
        assert!(figure.is_finite(), "{name} is {figure}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_figure_is_finite_or_null_with_a_reason(value in arbitrary::configurations(100_000)) {
        assert_explained(&run(&value));
    }

    #[test]
    fn few_rows_have_fewer_figures_and_say_why(value in arbitrary::configurations(100_000), rows in 1_u32..=5) {
        let mut value = value;
        value["numScenarios"] = rows.into();
        assert_explained(&run(&value));
    }
}

#[test]
fn constants_losses_and_many_buckets_have_finite_figures() {
    let constant = json!({"moicCalibration": {"median": 2, "p90": 2}});
    // A first band so narrow, and losses so likely, that few rows are above 0.
    let lost = json!({"outcomeTable": {"bands": [{"to": 1, "share": 0.999_999}], "tailExponent": 3},
                      "lossProbability": 0.999_999});
    let wild = json!({"moicCalibration": {"median": 0.000_001, "p90": 999_999}, "maxMoic": 1_000_000});
    let recycling = json!({"enabled": true, "reinvestmentRate": 1, "avgHoldingPeriod": 0.25, "fundLifetime": 50,
                           "maxRecycledShare": null});
    for marginals in [&[&constant][..], &[&lost], &[&constant, &lost], &[&constant, &lost, &wild]] {
        for (rows, buckets) in [(1, 1), (1, 50), (2, 1), (2, 50), (1_025, 1), (1_025, 50)] {
            let buckets: Vec<Value> = (0..buckets)
                .map(|index| {
                    let mut bucket = marginals[index % marginals.len()].clone();
                    bucket["name"] = json!(format!("bucket {index}"));
                    bucket["capitalAllocation"] = json!(100.0 / buckets as f64);
                    bucket
                })
                .collect();
            let mut value = json!({"fundId": "edges", "numScenarios": rows, "buckets": buckets});
            assert_explained(&run(&value));
            value["recycling"] = recycling.clone();
            assert_explained(&run(&value));
        }
    }
}
