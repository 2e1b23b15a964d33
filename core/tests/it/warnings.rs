//! What a configuration alone warns of.

use foliocast_core::scenario::{
    Config, Generator, Limits, MeanErrorMethod, Run, Scratch, Warning, WarningCode, default_fund,
};
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
fn a_lever_named_without_effect_changes_no_row() {
    let rows = |value: &Value| {
        let config = Config::from_json(&value.to_string(), &Limits::default()).unwrap();
        let generator = Generator::new(&config);
        let mut scratch = Scratch::default();
        let mut rows = vec![0.0; 1_024 * generator.num_columns()];
        generator.block(0, &mut scratch, &mut rows);
        rows
    };
    let mut together = quiet();
    together["correlationWeights"] = json!({"macro": 0.4, "systematic": 0.6, "idiosyncratic": 0});
    let mut constants = quiet();
    constants["buckets"] = json!([constant("A", 60.0), constant("B", 40.0)]);
    let mut capped = quiet();
    capped["buckets"][0]["maxMoic"] = json!(1_000_000);
    let levers = [
        (&together, "buckets[0].deals", "/buckets/0/deals", json!(1)),
        (&constants, "seed", "/seed", json!("another")),
        (
            &constants,
            "correlationWeights",
            "/correlationWeights",
            json!({"macro": 1, "systematic": 0, "idiosyncratic": 0}),
        ),
        (&capped, "buckets[0].maxMoic", "/buckets/0/maxMoic", Value::Null),
    ];
    for (value, path, pointer, to) in levers {
        assert!(has(value, LEVER, path), "{path}");
        let mut changed = value.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[name] = to;
        assert_eq!(rows(value), rows(&changed), "{path}");
    }
    let mut other_seed = quiet();
    other_seed["seed"] = json!("another");
    assert_ne!(rows(&quiet()), rows(&other_seed));
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
fn variances_are_infinite_from_a_ratio_of_root_five_and_from_a_tail_exponent_of_two_down() {
    let power_law = |median: f64, p90: f64, cap: Value| {
        let mut value = quiet();
        value["buckets"][0]["moicCalibration"] = json!({"median": median, "p90": p90});
        value["buckets"][0]["maxMoic"] = cap;
        has(&value, WarningCode::InfiniteVariance, "buckets[0].moicCalibration")
    };
    // √5 = 2.236067977…
    assert!(!power_law(1.0, 2.236067, Value::Null));
    assert!(power_law(1.0, 2.236068, Value::Null));
    assert!(!power_law(100.0, 223.606797, Value::Null));
    assert!(power_law(100.0, 223.606798, Value::Null));
    assert!(!power_law(1.0, 3.0, json!(100)));
    // Squares on either side of 5 by less than f64 resolves.
    assert!(!power_law(94.868979, 212.133486, Value::Null));
    assert!(power_law(275.379472, 615.767219, Value::Null));

    let table = |tail_exponent: f64, cap: Value| {
        let mut value = quiet();
        let table = json!({"bands": [{"to": 1, "share": 0.6}], "tailExponent": tail_exponent});
        value["buckets"][0] =
            json!({"name": "A", "capitalAllocation": 60, "outcomeTable": table, "deals": 10, "maxMoic": cap});
        has(&value, WarningCode::InfiniteVariance, "buckets[0].outcomeTable.tailExponent")
    };
    assert!(table(2.0, Value::Null));
    assert!(!table(2.000001, Value::Null));
    assert!(!table(1.5, json!(100)));
}

#[test]
fn errors_come_from_batch_means_exactly_where_an_infinite_variance_is_warned_of() {
    for (median, p90) in [(94.868979, 212.133486), (275.379472, 615.767219), (1.0, 2.236067), (1.0, 2.236068)] {
        let mut value = quiet();
        value["buckets"][0]["moicCalibration"] = json!({"median": median, "p90": p90});
        let run = Run::new(&Config::from_json(&value.to_string(), &Limits::default()).unwrap()).finish();
        let batch_means = run.summary.buckets[0].distribution.errors.mean_method == MeanErrorMethod::BatchMeans;
        let warned = has(&value, WarningCode::InfiniteVariance, "buckets[0].moicCalibration");
        assert_eq!(batch_means, warned, "{median}, {p90}");
    }
}

#[test]
fn the_exponent_of_an_infinite_variance_is_the_power_laws() {
    let mut value = quiet();
    value["buckets"][0]["moicCalibration"] = json!({"median": 1, "p90": 3});
    let warnings = warnings(&value);
    // ln 5 / ln 3
    assert!((warnings[0].figures["exponent"] - 1.464_973_520_717_927).abs() < 1e-12, "{warnings:?}");
}

#[test]
fn recycling_without_a_cap_loses_the_variance_where_the_summary_leaves_its_errors_out() {
    // A tail exponent of ln 5 / ln 1.2 = 8.83; four and five holding periods raise multiples to the powers 4 and 5.
    let outcome = |lifetime: u32, cap: Value, max_moic: Value| {
        let mut value = quiet();
        for bucket in 0..2 {
            value["buckets"][bucket]["moicCalibration"] = json!({"median": 1, "p90": 1.2});
            value["buckets"][bucket]["maxMoic"] = max_moic.clone();
        }
        value["recycling"] = json!({"enabled": true, "reinvestmentRate": 0.5, "avgHoldingPeriod": 5,
                                    "fundLifetime": lifetime, "maxRecycledShare": cap});
        let run = Run::new(&Config::from_json(&value.to_string(), &Limits::default()).unwrap()).finish();
        let batch_means = run.summary.fund.recycled.errors.mean_method == MeanErrorMethod::BatchMeans;
        let warned = run.warnings.iter().any(|warning| {
            warning.code == WarningCode::InfiniteVariance && warning.path == "recycling.maxRecycledShare"
        });
        (batch_means, warned)
    };
    assert_eq!(outcome(20, Value::Null, Value::Null), (false, false), "the power 4 leaves an exponent of 2.2");
    assert_eq!(outcome(25, Value::Null, Value::Null), (true, true), "the power 5 leaves an exponent of 1.8");
    assert_eq!(outcome(25, json!(10), Value::Null), (false, false));
    assert_eq!(outcome(25, Value::Null, json!(50)), (false, false));
}

/// `fixtures/deals.json` comes from `scripts/make_deals.py`: quantile functions integrated with mpmath.
#[test]
fn caps_bind_where_quadrature_finds_more_than_a_tenth_of_the_mean_at_them() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/deals.json")).unwrap();
    for case in fixture["deals"].as_array().unwrap().iter().filter(|case| !case["shareOfMean"].is_null()) {
        let mut value = quiet();
        let mut bucket = case["bucket"].clone();
        bucket["name"] = json!("A");
        bucket["capitalAllocation"] = json!(60);
        value["buckets"][0] = bucket;
        let warnings = warnings(&value);
        let warning = warnings.iter().find(|warning| warning.code == WarningCode::CapBinds);
        let expected = |name: &str| case[name].as_f64().unwrap();
        assert_eq!(warning.is_some(), expected("shareOfMean") > 0.1, "{case}");
        if let Some(warning) = warning {
            assert_eq!(warning.path, "buckets[0].maxMoic");
            for name in ["shareOfMean", "shareOfDeals"] {
                let error = warning.figures[name] / expected(name) - 1.0;
                assert!(error.abs() < 1e-8, "{name} is off by {error:e}: {case}");
            }
        }
    }
}

#[test]
fn a_cap_that_no_deal_can_be_expected_to_reach_is_idle() {
    let with = |deals: u32| {
        let mut value = quiet();
        value["numScenarios"] = json!(100_000);
        value["buckets"][0]["deals"] = json!(deals);
        value["buckets"][0]["maxMoic"] = json!(10_000);
        has(&value, LEVER, "buckets[0].maxMoic")
    };
    // P(MOIC > 10,000) = 0.5 · 10,000^(−ln 5 / ln 2) = 2.578e-10.
    assert!(with(38));
    assert!(!with(39));
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
