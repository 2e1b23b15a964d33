//! Paired differences against an independent computation (core/tests/fixtures/comparison.json is written by
//! core/scripts/check_comparison.py with NumPy), and the laws they must keep.

use foliocast_core::scenario::{
    Comparison, Config, Difference, FundOutcomes, Limits, Matrix, Preview, default_fund, fund_outcomes,
};
use serde_json::{Value, json};

use crate::figures::assert_close;

/// Sums in another order and in another precision agree to this, relative to the figure. A variance that cancels keeps
/// half its digits.
const TOLERANCE: f64 = 1e-9;

struct Fixture {
    name: String,
    base: FundOutcomes,
    other: FundOutcomes,
    expected: Value,
}

fn outcomes(run: &Value) -> FundOutcomes {
    let config = Config::from_json(&run["config"].to_string(), &Limits::default()).unwrap();
    let rows: Vec<Vec<f32>> = serde_json::from_value(run["rows"].clone()).unwrap();
    fund_outcomes(&config, &Matrix { rows: rows.concat(), columns: config.buckets().len() }).unwrap()
}

fn fixtures() -> Vec<Fixture> {
    let pairs: Vec<Value> = serde_json::from_str(include_str!("../fixtures/comparison.json")).unwrap();
    pairs
        .into_iter()
        .map(|pair| Fixture {
            name: pair["name"].as_str().unwrap().to_owned(),
            base: outcomes(&pair["base"]),
            other: outcomes(&pair["other"]),
            expected: pair["expected"].clone(),
        })
        .collect()
}

fn compared(base: &FundOutcomes, other: &FundOutcomes) -> Value {
    serde_json::to_value(Comparison::new(base, other).unwrap()).unwrap()
}

#[test]
fn every_difference_equals_an_independent_computation() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 20);
    for Fixture { name, base, other, expected } in fixtures {
        assert_close(&name, &compared(&base, &other), &expected, TOLERANCE);
    }
}

/// Visits every difference of a comparison with its path in either distribution.
fn each_difference(differences: &Value, visit: &mut impl FnMut(&str, &Value)) {
    for (name, member) in differences.as_object().unwrap() {
        match name.as_str() {
            "reasons" => {}
            "quantiles" | "probabilities" => {
                for (inner, difference) in member.as_object().unwrap() {
                    visit(&format!("{name}.{inner}"), difference);
                }
            }
            _ => visit(name, member),
        }
    }
}

#[test]
fn a_null_says_why() {
    for Fixture { name, base, other, .. } in fixtures() {
        let comparison = compared(&base, &other);
        for part in ["gross", "recycled"].map(|part| &comparison[part]).into_iter().filter(|part| !part.is_null()) {
            each_difference(part, &mut |path, difference| {
                for member in ["difference", "error", "separateError"] {
                    if difference[member].is_null() {
                        let reasons = [path.to_owned(), format!("{path}.error")];
                        let said = reasons.iter().any(|reason| part["reasons"][reason].is_string());
                        assert!(said, "{name}: {path}.{member} is null without a reason");
                    }
                }
            });
        }
    }
}

#[test]
fn a_run_does_not_differ_from_itself() {
    for Fixture { name, base, .. } in fixtures() {
        each_difference(&compared(&base, &base)["gross"], &mut |path, difference| {
            if !difference["difference"].is_null() {
                assert_eq!(difference["difference"], json!(0.0), "{name}: {path}");
            }
            // A probability's error never is 0: what no row of these did, another might.
            if let Some(error) = difference["error"].as_f64().filter(|_| !path.starts_with("probabilities")) {
                assert!(error <= 1e-7 * difference["separateError"].as_f64().unwrap(), "{name}: {path}: {error:e}");
            }
        });
    }
}

#[test]
fn the_other_way_round_differences_change_their_sign_and_nothing_else() {
    for Fixture { name, base, other, .. } in fixtures() {
        let (there, back) = (compared(&base, &other), compared(&other, &base));
        each_difference(&there["gross"], &mut |path, there| {
            let back = path.split('.').fold(&back["gross"], |value, member| &value[member]);
            if let Some(difference) = there["difference"].as_f64() {
                assert_eq!(back["difference"].as_f64(), Some(-difference + 0.0), "{name}: {path}");
            }
            for member in ["error", "separateError"] {
                assert_close(&format!("{name}: {path}.{member}"), &back[member], &there[member], TOLERANCE);
            }
        });
    }
}

#[test]
fn runs_of_different_length_are_not_compared() {
    let fixtures = fixtures();
    let refused = Comparison::new(&fixtures[1].base, &fixtures[2].base).unwrap_err();
    assert_eq!(refused.to_string(), "2 rows cannot be compared with 3: make as many of either run");
}

/// Over many seeds the differences scatter as their errors say: the mean square of difference less the overall mean,
/// over error, is near 1. With 300 independent seeds, k·χ²/k lies within 0.75 … 1.28 but for one time in 1,000 where
/// differences are normal; heavy tails and estimated errors widen that a little.
#[test]
fn errors_are_those_of_the_differences_over_seeds() {
    const SEEDS: u32 = 300;
    let made = |seed: u32, allocations: [u32; 3]| {
        let [first, second, third] = allocations;
        let text = json!({
            "fundId": "seeds", "numScenarios": 2_000, "seed": seed.to_string(), "buckets": [
                {"name": "A", "capitalAllocation": first, "deals": 8, "lossProbability": 0.3,
                    "moicCalibration": {"median": 1.2, "p90": 2.4}, "maxMoic": 20},
                {"name": "B", "capitalAllocation": second, "deals": 5, "moicCalibration": {"median": 1.5, "p90": 2.5}, "maxMoic": 20},
                {"name": "C", "capitalAllocation": third, "deals": 3, "moicCalibration": {"median": 1.4, "p90": 2}, "maxMoic": 20},
            ],
        });
        let mut preview = Preview::new(&Config::from_json(&text.to_string(), &Limits::default()).unwrap());
        while !preview.step(1) {}
        preview.outcomes(2_000).unwrap()
    };
    let comparisons: Vec<Comparison> =
        (0..SEEDS).map(|seed| Comparison::new(&made(seed, [40, 35, 25]), &made(seed, [50, 30, 20])).unwrap()).collect();
    type Figure = fn(&Comparison) -> Difference;
    let figures: [(&str, Figure); 7] = [
        ("mean", |comparison| comparison.gross.mean),
        ("stdDev", |comparison| comparison.gross.std_dev),
        ("p50", |comparison| comparison.gross.quantiles.p50),
        ("p5", |comparison| comparison.gross.quantiles.p5),
        ("P(< 1)", |comparison| comparison.gross.probabilities.lt1),
        ("worst 5 %", |comparison| comparison.gross.worst5_mean),
        ("top 1 %", |comparison| comparison.gross.top1_share),
    ];
    for (name, figure) in figures {
        let seen: Vec<Difference> = comparisons.iter().map(figure).collect();
        let mean = seen.iter().map(|seen| seen.difference.unwrap()).sum::<f64>() / f64::from(SEEDS);
        let squares = |error: fn(&Difference) -> f64| {
            let ratios = seen.iter().map(|seen| (seen.difference.unwrap() - mean) / error(seen));
            ratios.map(|ratio| ratio * ratio).sum::<f64>() / f64::from(SEEDS - 1)
        };
        let ratio = squares(|seen| seen.error.unwrap());
        assert!((0.7..1.4).contains(&ratio), "{name}: the errors of pairs are off, ratio {ratio}");
        let apart = squares(|seen| seen.separate_error.unwrap());
        assert!(apart < ratio, "{name}: runs with common draws should differ less than others, ratio {apart}");
    }
}

#[test]
fn the_preview_and_the_matrix_have_the_same_outcomes() {
    let config = default_fund("fund-1");
    let mut run = foliocast_core::scenario::Run::new(&config);
    while !run.step(1) {}
    let matrix = run.finish().matrix.unwrap();
    let mut preview = Preview::new(&config);
    while !preview.step(1) {}
    assert_eq!(preview.outcomes(10_000), Some(fund_outcomes(&config, &matrix).unwrap()));
    assert_eq!(preview.outcomes(10_001), None);
}
