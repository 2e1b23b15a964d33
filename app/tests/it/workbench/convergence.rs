//! How sure figures are, by number of rows.

use foliocast_app::charts::{ConvergencePlot, ConvergencePoint};
use foliocast_app::components::KeyFigure;
use foliocast_app::pages::workbench::convergence::{Advice, advise, tail_sentences, trail_rows};
use foliocast_core::scenario::{Config, FundFigures, Interval, Limits, Preview, default_fund};
use proptest::prelude::*;
use serde_json::{Value, json};

fn config(rows: u32, change: impl FnOnce(&mut Value)) -> Config {
    let mut request: Value = serde_json::from_str(&default_fund("fund").to_canonical_json()).unwrap();
    request["numScenarios"] = rows.into();
    change(&mut request);
    Config::from_json(&request.to_string(), &Limits::default()).unwrap()
}

fn fund(config: &Config) -> FundFigures {
    let mut preview = Preview::new(config);
    while !preview.step(1) {}
    preview.fund(preview.rows_available()).unwrap()
}

#[test]
fn as_many_rows_as_are_advised_know_the_figure_as_well_as_was_asked() {
    let few = fund(&config(10_000, |_| {}));
    for figure in KeyFigure::ALL {
        let present = figure.reach(&few.gross).unwrap();
        let wanted = present / 2.0;
        let Advice::Needs { rows } = advise(figure, &few.gross, 10_000, wanted) else { panic!("{figure:?}") };
        assert!((40_000..=41_000).contains(&rows), "{figure:?}: four times the rows halve an error, {rows}");
        let many = fund(&config(rows, |_| {}));
        let reached = figure.reach(&many.gross).unwrap();
        // The interval is an estimate itself, and the top 1 % are few.
        assert!((0.8..1.25).contains(&(reached / wanted)), "{figure:?}: {reached} of {wanted}");
    }
}

#[test]
fn rows_that_are_enough_are_said_to_be() {
    let fund = fund(&config(10_000, |_| {}));
    let present = KeyFigure::Median.reach(&fund.gross).unwrap();
    assert_eq!(advise(KeyFigure::Median, &fund.gross, 10_000, present * 2.0), Advice::Enough { rows: 2_500 });
    assert_eq!(advise(KeyFigure::Median, &fund.gross, 10_000, present * 1e-3), Advice::TooMany);
    assert_eq!(advise(KeyFigure::Median, &fund.gross, 10_000, 0.0), Advice::Unknown);
}

#[test]
fn an_infinite_variance_promises_nothing_for_the_mean_and_holds_for_the_median() {
    let uncapped = config(10_000, |request| {
        for bucket in request["buckets"].as_array_mut().unwrap() {
            bucket["maxMoic"] = Value::Null;
        }
        request["recycling"] = json!({"enabled": false});
    });
    let fund = fund(&uncapped);
    assert_eq!(advise(KeyFigure::Mean, &fund.gross, 10_000, 0.01), Advice::NoPromise);
    assert!(matches!(advise(KeyFigure::Median, &fund.gross, 10_000, 0.01), Advice::Needs { .. }));
    let told = tail_sentences(&fund.gross, &uncapped).join(" ");
    assert!(told.contains("The variance is infinite"), "{told}");
    assert!(!told.contains("Deals at their cap"), "{told}");
}

#[test]
fn what_capped_deals_give_the_fund_is_what_they_give_its_buckets_by_their_means() {
    let capped = config(10_000, |_| {});
    let told = tail_sentences(&fund(&capped).gross, &capped);
    assert!(told[0].starts_with("The top 1 % of scenarios give "), "{told:?}");
    // One bucket alone: the fund's share is the bucket's own.
    let alone = config(10_000, |request| {
        let mut seed = request["buckets"][0].clone();
        seed["capitalAllocation"] = json!(100);
        request["buckets"] = json!([seed]);
    });
    let told = tail_sentences(&fund(&alone).gross, &alone).pop().unwrap();
    let shares: Vec<&str> = told.split(' ').filter(|word| word.contains("\u{a0}%")).collect();
    let number = |text: &str| text.trim_end_matches([')', '.']).to_owned();
    assert_eq!(number(shares[0]), number(shares[1]), "{told}");
}

proptest! {
    #[test]
    fn rows_on_the_way_rise_and_end_at_the_most(most in 1_u32..=1_000_000_000) {
        let rows = trail_rows(most);
        prop_assert!(rows.is_sorted_by(|a, b| a < b));
        prop_assert_eq!(rows.last(), Some(&most));
        prop_assert!(rows.len() < 22);
    }

    #[test]
    fn every_point_lies_within_its_plot_and_inside_its_band(
        points in prop::collection::vec((0.0..50.0_f64, 0.0..5.0_f64, 0.0..5.0_f64, any::<bool>()), 1..12)
    ) {
        let points: Vec<_> = points
            .into_iter()
            .enumerate()
            .map(|(index, (value, below, above, has_interval))| ConvergencePoint {
                rows: 500 << index,
                value,
                interval: has_interval.then_some(Interval { low: value - below, high: value + above }),
            })
            .collect();
        let plot = ConvergencePlot::new(&points);
        let inside = |fraction: f64| (-1e-9..=1.0 + 1e-9).contains(&fraction);
        prop_assert!(plot.points.iter().all(|&(x, y)| inside(x) && inside(y)));
        prop_assert!(plot.levels.iter().all(|&(at, _)| inside(at)));
        prop_assert!(plot.levels.len() >= 2 && plot.levels.len() <= 7, "{:?}", plot.levels);
        prop_assert_eq!(plot.columns.first().map(|column| column.1), points.last().map(|point| point.rows));
        prop_assert_eq!(plot.band.is_empty(), points.iter().all(|point| point.interval.is_none()));
    }
}
