//! Figures against an independent computation: core/tests/fixtures/summary.json is written by
//! core/scripts/check_summary.py with NumPy and SciPy.

use foliocast_core::scenario::{Config, Limits, Matrix, QuantileMethod, Summary, summarise_matrix};
use serde_json::{Value, json};

use crate::figures::assert_close;

/// Sums in another order and in another precision agree to this, relative to the figure.
const TOLERANCE: f64 = 1e-12;

struct Fixture {
    name: String,
    config: Config,
    matrix: Matrix,
    expected: Value,
}

fn fixtures() -> Vec<Fixture> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../fixtures/summary.json")).unwrap();
    cases
        .into_iter()
        .map(|case| {
            let config = Config::from_json(&case["config"].to_string(), &Limits::default()).unwrap();
            let rows: Vec<Vec<f32>> = serde_json::from_value(case["rows"].clone()).unwrap();
            let columns = config.buckets().len();
            Fixture {
                name: case["name"].as_str().unwrap().to_owned(),
                config,
                matrix: Matrix { rows: rows.concat(), columns },
                expected: case["expected"].clone(),
            }
        })
        .collect()
}

/// The summary in the fixture's shape: histograms as the counts that are not 0.
fn in_fixture_shape(summary: &Summary) -> Value {
    let mut value = serde_json::to_value(summary).unwrap();
    let sparse = |distribution: &mut Value| {
        let counts = distribution["histogram"]["counts"].as_array().unwrap();
        let kept = counts.iter().enumerate().filter(|(_, count)| **count != json!(0));
        distribution["histogram"] = kept.map(|(bin, count)| (bin.to_string(), count.clone())).collect();
    };
    value["buckets"].as_array_mut().unwrap().iter_mut().for_each(sparse);
    sparse(&mut value["fund"]["gross"]);
    sparse(&mut value["fund"]["recycled"]);
    value
}

#[test]
fn every_figure_equals_an_independent_computation() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 20);
    for Fixture { name, config, matrix, expected } in fixtures {
        let (summary, _, warnings) = summarise_matrix(&config, &matrix).unwrap();
        assert_eq!(summary.quantile_method, QuantileMethod::Exact);
        let mut expected = expected;
        let bound_rows = expected.as_object_mut().unwrap().remove("capBoundRows").unwrap();
        assert_close(&name, &in_fixture_shape(&summary), &expected, TOLERANCE);

        let share = warnings
            .iter()
            .find(|warning| warning.path == "recycling.maxRecycledShare")
            .and_then(|warning| warning.figures.get("shareOfRows"))
            .copied()
            .unwrap_or(0.0);
        assert_eq!(share, bound_rows.as_f64().unwrap() / f64::from(config.num_scenarios()), "{name}");
    }
}

#[test]
fn every_figure_that_is_null_says_why() {
    for Fixture { name, config, matrix, .. } in fixtures() {
        let (summary, ..) = summarise_matrix(&config, &matrix).unwrap();
        let value = serde_json::to_value(&summary).unwrap();
        for bucket in value["buckets"].as_array().unwrap() {
            assert_nulls_have_reasons(&name, "", bucket, &bucket["reasons"]);
        }
        let fund = &value["fund"];
        for distribution in [&fund["gross"], &fund["recycled"]] {
            assert_nulls_have_reasons(&name, "", distribution, &distribution["reasons"]);
        }
        for member in ["contributionToMean", "contributionToVariance", "correlation"] {
            assert_nulls_have_reasons(&name, member, &fund[member], &fund["reasons"]);
        }
    }
}

/// A reason stands at the path of the null, or of something that holds it; in a correlation matrix at either column.
fn assert_nulls_have_reasons(name: &str, path: &str, value: &Value, reasons: &Value) {
    let join = |member: &str| if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") };
    match value {
        Value::Null => {
            let holders = path.char_indices().filter(|(_, c)| ".[".contains(*c)).map(|(index, _)| &path[..index]);
            let column = path
                .rsplit_once('[')
                .and_then(|(row, column)| row.rsplit_once('[').map(|(matrix, _)| format!("{matrix}[{column}")));
            let explained = holders.chain([path]).chain(column.as_deref()).any(|holder| reasons[holder].is_string());
            assert!(explained, "{name}: {path} is null without a reason: {reasons}");
        }
        Value::Object(members) => {
            for (member, value) in members.iter().filter(|(member, _)| *member != "reasons") {
                assert_nulls_have_reasons(name, &join(member), value, reasons);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                assert_nulls_have_reasons(name, &format!("{path}[{index}]"), value, reasons);
            }
        }
        _ => {}
    }
}

#[test]
fn a_summary_survives_json_to_the_bit() {
    for Fixture { name, config, matrix, .. } in fixtures() {
        let (summary, digest, _) = summarise_matrix(&config, &matrix).unwrap();
        let text = serde_json_canonicalizer::to_string(&summary).unwrap();
        let read: Summary = serde_json::from_str(&text).unwrap();
        assert_eq!(read, summary, "{name}");
        assert_eq!(read.digest(), digest, "{name}");
        assert_eq!(digest.to_string(), blake3::hash(text.as_bytes()).to_hex().as_str(), "{name}");
    }
}

#[test]
fn a_matrix_of_another_shape_or_with_impossible_values_is_refused() {
    let config = r#"{"fundId": "f", "numScenarios": 2, "buckets": [
        {"name": "A", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 2}}]}"#;
    let config = Config::from_json(config, &Limits::default()).unwrap();
    let refused =
        |rows: Vec<f32>, columns| summarise_matrix(&config, &Matrix { rows, columns }).unwrap_err().to_string();
    assert!(refused(vec![1.0], 1).contains("1 values in 1 columns"));
    assert!(refused(vec![1.0, 2.0], 2).contains("2 columns"));
    for value in [f32::NAN, f32::INFINITY, -1.0, -0.0] {
        assert!(refused(vec![1.0, value], 1).contains("row 1, column 0"), "{value}");
    }
}

#[test]
fn the_largest_multiples_there_are_leave_every_figure_finite() {
    let config = r#"{"fundId": "f", "numScenarios": 3, "buckets": [
        {"name": "A", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 2}}],
        "recycling": {"enabled": true, "reinvestmentRate": 1, "avgHoldingPeriod": 0.25, "fundLifetime": 50,
                      "maxRecycledShare": null}}"#;
    let config = Config::from_json(config, &Limits::default()).unwrap();
    for rows in [vec![f32::MAX; 3], vec![0.0, f32::MAX, 1e-45], vec![0.0; 3], vec![1e-9, 1e-20, 2.0]] {
        let (summary, digest, _) = summarise_matrix(&config, &Matrix { rows, columns: 1 }).unwrap();
        let read: Summary = serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
        assert_eq!(read.digest(), digest);
        assert!(summary.fund.recycled.min >= 0.0);
    }
}
