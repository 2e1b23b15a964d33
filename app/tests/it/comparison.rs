//! Variants side by side: what is written into the table is what the engine says of the pair.

use foliocast_app::components::{Basis, Beside, SideBySide};
use foliocast_app::pages::workbench::{Draft, changes};
use foliocast_core::scenario::{Comparison, Config, FundOutcomes, Limits, Preview, default_fund};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::configurations::configuration;

fn with(change: impl FnOnce(&mut Value)) -> Config {
    let mut request: Value = serde_json::from_str(&default_fund("fund").to_canonical_json()).unwrap();
    change(&mut request);
    Config::from_json(&request.to_string(), &Limits::default()).unwrap()
}

fn outcomes(config: &Config) -> FundOutcomes {
    let mut preview = Preview::new(config);
    while !preview.step(1) {}
    preview.outcomes(preview.rows_available()).unwrap()
}

fn side_by_side(base: &Config, others: &[&Config]) -> SideBySide {
    let first = outcomes(base);
    let beside = |(place, config): (usize, &&Config)| {
        let other = outcomes(config);
        Beside {
            name: format!("other {place}"),
            fund: other.figures(),
            comparison: Some(Comparison::new(&first, &other).unwrap()),
        }
    };
    SideBySide { name: "first".into(), fund: first.figures(), others: others.iter().enumerate().map(beside).collect() }
}

#[test]
fn the_table_holds_each_variant_s_figure_and_its_difference_in_full() {
    let fewer_losses = with(|request| request["buckets"][0]["lossProbability"] = json!(0.2));
    let shown = side_by_side(&default_fund("fund"), &[&fewer_losses]);
    for basis in [Basis::Recycled, Basis::Gross] {
        let csv = shown.table(basis).to_csv();
        let mut lines = csv.lines();
        assert_eq!(
            lines.next().unwrap(),
            "Figure,Unit,first,other 0,other 0: difference,other 0: standard error,other 0: error of separate runs"
        );
        let mut figures = 0;
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let numbers: Vec<f64> = cells[2..].iter().map(|cell| cell.parse().unwrap()).collect();
            let [first, other, difference, error, separate] = numbers[..] else { panic!("{line}") };
            // Probabilities differ by counts over rows: the same number by another way of rounding.
            assert!((other - first - difference).abs() < 1e-12, "{line}");
            assert!(error < separate, "the same draws know more: {line}");
            figures += 1;
        }
        assert_eq!(figures, 18);
    }
}

#[test]
fn a_difference_is_written_with_its_error_in_the_same_decimals() {
    let fewer_losses = with(|request| request["buckets"][0]["lossProbability"] = json!(0.2));
    let shown = side_by_side(&default_fund("fund"), &[&fewer_losses]);
    let rows = shown.rows(Basis::Recycled);
    let (name, own, cells) = &rows[2];
    assert_eq!(*name, "Loses money");
    assert!(own.ends_with("\u{a0}%"), "{own}");
    let cell = &cells[0];
    assert!(cell.is_clear, "half of Seed's total losses less is no chance");
    let (difference, rest) = cell.difference.split_once(" ± ").unwrap();
    let (error, unit) = rest.split_once('\u{a0}').unwrap();
    assert_eq!(unit, "points");
    assert!(difference.starts_with('−'), "fewer funds lose money: {difference}");
    let decimals = |digits: &str| digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    assert_eq!(decimals(difference), decimals(error));
    assert!(shown.sentence(Basis::Recycled).unwrap().contains(difference));
}

#[test]
fn what_does_not_differ_is_said_to_be_no_change() {
    let fund = default_fund("fund");
    let shown = side_by_side(&fund, &[&fund]);
    let rows = shown.rows(Basis::Recycled);
    let (_, _, cells) = &rows[1];
    assert_eq!(cells[0].difference, "no change");
    assert!(!cells[0].is_clear);
}

#[test]
fn figures_stand_side_by_side_before_their_rows_were_compared() {
    let fund = outcomes(&default_fund("fund")).figures();
    let beside = Beside { name: "b".into(), fund: fund.clone(), comparison: None };
    let shown = SideBySide { name: "a".into(), fund, others: vec![beside] };
    let rows = shown.rows(Basis::Recycled);
    let (_, own, cells) = &rows[0];
    assert_eq!(*own, cells[0].value);
    assert_eq!(cells[0].difference, "");
    assert_eq!(shown.sentence(Basis::Recycled), None);
}

#[test]
fn each_changed_input_is_named_with_both_of_its_values() {
    let base = default_fund("fund");
    let other = with(|request| {
        request["buckets"][0]["capitalAllocation"] = json!(50);
        request["buckets"][1]["capitalAllocation"] = json!(30);
        request["buckets"][2]["name"] = json!("Growth");
        request["correlationWeights"] = json!({"macro": 0.2, "systematic": 0.05, "idiosyncratic": 0.75});
        request["recycling"] = json!({"enabled": false});
        request["seed"] = json!("7");
    });
    let told: Vec<String> = changes(&base, &other)
        .into_iter()
        .map(|change| format!("{} {} {}", change.what, change.from, change.to))
        .collect();
    assert_eq!(
        told,
        [
            "Capital, \u{2068}Seed\u{2069} 45 % 50 %",
            "Capital, \u{2068}Series A\u{2069} 35 % 30 %",
            "\u{2068}Series B\u{2069} a bucket none",
            "\u{2068}Growth\u{2069} none a bucket",
            "Macro 10 % 20 %",
            "Deal itself 85 % 75 %",
            "Recycling on off",
            "Seed 0 7",
        ]
    );
}

proptest! {
    #[test]
    fn inputs_are_told_apart_exactly_where_the_run_differs(first in configuration(), second in configuration()) {
        let read = |request: &Value| Draft::from_json(&request.to_string()).unwrap().check().config.unwrap();
        let (first, second) = (read(&first), read(&second));
        prop_assert!(changes(&first, &first).is_empty());
        let rows = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        let as_many = second.with_num_scenarios(first.num_scenarios(), &rows).unwrap();
        let is_same = first.run_key() == as_many.run_key();
        if first.taxonomy_version() == second.taxonomy_version() {
            prop_assert_eq!(changes(&first, &second).is_empty(), is_same);
        }
    }
}
