//! What a configuration alone warns of.

use foliocast_core::scenario::{Config, Limits, Warning, WarningCode, default_fund};
use serde_json::{Value, json};

fn warnings(value: &Value) -> Vec<Warning> {
    Config::from_json(&value.to_string(), &Limits::default()).unwrap().warnings()
}

/// Code, path and figures, one line each.
fn listed(value: &Value) -> Vec<String> {
    warnings(value)
        .iter()
        .map(|warning| format!("{} {} {}", json!(warning.code), warning.path, json!(warning.figures)))
        .collect()
}

fn has(value: &Value, code: WarningCode, path: &str) -> bool {
    warnings(value).iter().any(|warning| warning.code == code && warning.path == path)
}

/// Two buckets of many deals, finite variances, moderate weights: nothing to warn of.
fn quiet() -> Value {
    json!({
        "fundId": "fund-1",
        "buckets": [
            {"name": "A", "capitalAllocation": 60, "moicCalibration": {"median": 1, "p90": 2}, "deals": 10},
            {"name": "B", "capitalAllocation": 40, "moicCalibration": {"median": 1.5, "p90": 3}, "deals": 10, "lossProbability": 0.2},
        ],
        "recycling": {"enabled": true, "reinvestmentRate": 0.1, "avgHoldingPeriod": 5, "fundLifetime": 10},
    })
}

fn constant(name: &str, allocation: f64) -> Value {
    json!({"name": name, "capitalAllocation": allocation, "moicCalibration": {"median": 2, "p90": 2}})
}

const LEVER: WarningCode = WarningCode::LeverWithoutEffect;

#[test]
fn an_ordinary_configuration_warns_of_nothing() {
    assert_eq!(listed(&quiet()), Vec::<String>::new());
}

#[test]
fn weights_are_unusual_above_a_half_with_five_deals() {
    let with = |macro_: f64, systematic: f64, idiosyncratic: f64, deals: u32| {
        let mut value = quiet();
        value["correlationWeights"] =
            json!({"macro": macro_, "systematic": systematic, "idiosyncratic": idiosyncratic});
        value["buckets"][0]["deals"] = json!(deals);
        value["buckets"][1]["deals"] = json!(2);
        has(&value, WarningCode::WeightsUnusual, "correlationWeights")
    };
    assert!(with(0.45, 0.050001, 0.499999, 5));
    assert!(!with(0.45, 0.05, 0.5, 5));
    assert!(!with(0.9, 0.05, 0.05, 4));
}

#[test]
fn few_scenarios_are_fewer_than_a_thousand() {
    let with = |scenarios: u32| {
        let mut value = quiet();
        value["numScenarios"] = json!(scenarios);
        has(&value, WarningCode::FewScenarios, "numScenarios")
    };
    assert!(with(999));
    assert!(!with(1_000));
}

#[test]
fn constant_buckets_make_seed_weights_deals_and_caps_idle() {
    let mut value = quiet();
    value["numScenarios"] = json!(3);
    value["buckets"] = json!([constant("A", 60.0), constant("B", 40.0)]);
    value["buckets"][1]["deals"] = json!(7);
    value["buckets"][1]["maxMoic"] = json!(3);
    value["recycling"] = json!({"enabled": false});
    insta::assert_debug_snapshot!(listed(&value));
    // A chance of loss is something to draw.
    value["buckets"][1]["lossProbability"] = json!(0.1);
    assert!(!has(&value, LEVER, "seed"));
    assert!(!has(&value, LEVER, "buckets[1].deals"));
}

#[test]
fn a_split_of_weights_that_no_distribution_shows_is_named() {
    let mut value = quiet();
    value["buckets"][0]["deals"] = json!(1);
    assert!(!has(&value, LEVER, "correlationWeights.systematic"));
    value["buckets"][1]["deals"] = json!(1);
    assert!(has(&value, LEVER, "correlationWeights.systematic"));
    value["correlationWeights"] = json!({"macro": 0.2, "systematic": 0, "idiosyncratic": 0.8});
    assert!(!has(&value, LEVER, "correlationWeights.systematic"));

    let mut alone = quiet();
    alone["buckets"][1] = constant("B", 40.0);
    assert!(has(&alone, LEVER, "correlationWeights.macro"));
    alone["correlationWeights"] = json!({"macro": 0, "systematic": 0.2, "idiosyncratic": 0.8});
    assert!(!has(&alone, LEVER, "correlationWeights.macro"));
    alone["buckets"][0]["deals"] = json!(1);
    assert!(has(&alone, LEVER, "correlationWeights"));
}

#[test]
fn deals_are_idle_without_an_idiosyncratic_weight() {
    let mut value = quiet();
    value["correlationWeights"] = json!({"macro": 0.5, "systematic": 0.5, "idiosyncratic": 0});
    value["buckets"][0]["deals"] = json!(1);
    assert!(has(&value, LEVER, "buckets[1].deals"));
    assert!(!has(&value, LEVER, "buckets[0].deals"));
}

#[test]
fn a_bucket_without_capital_is_named_in_canonical_order() {
    let mut value = quiet();
    value["buckets"][0] =
        json!({"name": "Z", "capitalAllocation": 0, "moicCalibration": {"median": 1, "p90": 2}, "deals": 10});
    value["buckets"][1]["capitalAllocation"] = json!(100);
    assert!(has(&value, LEVER, "buckets[1].capitalAllocation"));
    assert!(!has(&value, LEVER, "buckets[0].capitalAllocation"));
}

#[test]
fn recycling_that_changes_nothing_is_named_by_its_cause() {
    let with = |member: &str, to: Value| {
        let mut value = quiet();
        value["recycling"][member] = to;
        has(&value, LEVER, &format!("recycling.{member}"))
    };
    assert!(with("reinvestmentRate", json!(0)));
    assert!(!with("reinvestmentRate", json!(0.000001)));
    assert!(with("fundLifetime", json!(5)));
    assert!(!with("fundLifetime", json!(5.000001)));
    assert!(with("maxRecycledShare", json!(0)));
    assert!(!with("maxRecycledShare", Value::Null));
}

#[test]
fn a_recycling_limit_above_all_that_can_be_recycled_is_idle() {
    // One whole round of 0.1 · 4 = 0.4, then half a round of 0.1 · 4 · 0.4 = 0.08.
    let with = |share: f64| {
        let mut value = quiet();
        value["buckets"][0]["maxMoic"] = json!(4);
        value["buckets"][1]["maxMoic"] = json!(3.5);
        value["recycling"]["avgHoldingPeriod"] = json!(4);
        value["recycling"]["maxRecycledShare"] = json!(share);
        has(&value, LEVER, "recycling.maxRecycledShare")
    };
    assert!(!with(0.48));
    assert!(with(0.480001));
    assert!(!has(&quiet(), LEVER, "recycling.maxRecycledShare"), "without caps nothing bounds what is recycled");
}

#[test]
fn the_default_fund_is_announced_by_the_name_it_stands_in_for() {
    let warning = Warning::default_fund("fund \"7\"");
    assert_eq!(warning.code, WarningCode::DefaultFund);
    assert!(warning.message.contains(r#"fund "fund \"7\"""#), "{}", warning.message);
}

#[test]
fn every_message_of_the_default_fund_reads_well() {
    let mut value: Value = serde_json::from_str(&default_fund("default").to_canonical_json()).unwrap();
    value["numScenarios"] = json!(250);
    value["correlationWeights"] = json!({"macro": 0.5, "systematic": 0.25, "idiosyncratic": 0.25});
    let messages: Vec<String> = warnings(&value).into_iter().map(|warning| warning.message).collect();
    insta::assert_debug_snapshot!(messages);
}
