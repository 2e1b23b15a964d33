//! Runs: the same bits however they are made, and everything they report together.

use std::{
    ops::ControlFlow,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use foliocast_core::{
    kernel::Target,
    scenario::{
        Config, Limits, QuantileMethod, Run, RunProgress, block_digest, default_fund, matrix_digest, summarise_matrix,
    },
};
use proptest::prelude::*;

use crate::arbitrary;

fn read(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap()
}

fn quiet(_: RunProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn the_worked_example_of_the_model_comes_out() {
    let config = read(
        r#"{"fundId": "fund-1", "numScenarios": 3, "seed": "2026", "buckets": [
            {"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2},
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3},
             "lossProbability": 0.25}],
            "recycling": {"enabled": true, "mode": "same-bucket", "reinvestmentRate": 0.1, "avgHoldingPeriod": 4,
                          "fundLifetime": 10}}"#,
    );
    let outcome = Run::new(&config).finish();
    let rows = outcome.matrix.unwrap().rows;
    let published: [f64; 6] = [3.29124951, 1.79581225, 0.905674696, 1.41652942, 1.01410687, 1.65360653];
    for (seen, published) in rows.iter().zip(published) {
        assert!((seen / published as f32 - 1.0).abs() <= f32::EPSILON, "{rows:?}");
    }
    // Means over the three rows of the published D and N.
    let [seed, series_a] = [[1.25, 1.0946687, 1.10655275], [1.19570593, 1.15168572, 1.17903273]];
    for (bucket, deployed) in outcome.summary.buckets.iter().zip([seed, series_a]) {
        let seen = bucket.deployed.as_ref().unwrap();
        assert!((seen.mean - deployed.iter().sum::<f64>() / 3.0).abs() < 1e-8);
    }
    let returned = [(3.86406189, 1.95155743), (0.896745042, 1.47971098), (1.01561, 1.77062349)];
    let fund = returned.iter().map(|(seed, series_a)| 0.4 * seed + 0.6 * series_a).sum::<f64>() / 3.0;
    assert!((outcome.summary.fund.recycled.mean - fund).abs() < 1e-8);
    assert!((outcome.warnings.iter().find_map(|w| w.figures.get("shareOfRows")).unwrap() - 1.0 / 3.0).abs() < 1e-15);
}

#[test]
fn the_default_fund_has_the_published_distribution() {
    let outcome = Run::new(&default_fund("default")).finish();
    let fund = &outcome.summary.fund;
    let quantiles = |distribution: &foliocast_core::scenario::Distribution| {
        let q = distribution.quantiles;
        [q.p5, q.p25, q.p50, q.p75, q.p95, distribution.mean]
    };
    // Published with three decimals.
    let published = [
        (quantiles(&fund.gross), [0.599, 1.224, 2.001, 3.308, 6.691, 2.609]),
        (quantiles(&fund.recycled), [0.591, 1.284, 2.244, 3.884, 8.105, 3.019]),
    ];
    for (seen, published) in published {
        for (seen, published) in seen.iter().zip(published) {
            assert!((seen - published).abs() <= 0.000_51, "{seen} is not {published}");
        }
    }
}

#[test]
fn threads_and_targets_do_not_change_a_bit() {
    let config = default_fund("fund-1").with_num_scenarios(100_003, &Limits::default()).unwrap();
    let alone = Run::with_target(&config, Target::Scalar).finish();
    for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
        for threads in [1, 2, 7] {
            let run = Run::with_target(&config, target);
            assert_eq!(run.complete(threads, &quiet).unwrap(), alone, "{target:?} on {threads} threads");
        }
    }
}

#[test]
fn a_run_without_kept_rows_counts_the_same_on_any_number_of_threads() {
    let config = read(
        r#"{"fundId": "f", "numScenarios": 10000001, "buckets": [
            {"name": "A", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 1.9}}],
            "recycling": {"enabled": true, "reinvestmentRate": 0.2, "avgHoldingPeriod": 5, "fundLifetime": 10}}"#,
    );
    let counted = Run::new(&config).complete(2, &quiet).unwrap();
    assert_eq!(Run::new(&config).complete(3, &quiet).unwrap(), counted);
    assert_eq!(counted.matrix, None);
    assert_eq!(counted.block_digests.len(), 9_766);
    assert_eq!(counted.summary.quantile_method, QuantileMethod::Counted);
    assert!(counted.summary.fund.correlation.spearman.iter().flatten().all(Option::is_none));
    assert!(counted.summary.fund.reasons["correlation.spearman"].contains("10,000,000"));

    // One row fewer keeps its rows: figures from all rows differ by less than a cell (0.1 %).
    let kept = config.with_num_scenarios(10_000_000, &Limits::default()).unwrap();
    let exact = Run::new(&kept).complete(2, &quiet).unwrap().summary;
    assert_eq!(exact.quantile_method, QuantileMethod::Exact);
    let (counted, exact) = (&counted.summary.fund.recycled, &exact.fund.recycled);
    for ((name, counted), (_, exact)) in counted.quantiles.named().into_iter().zip(exact.quantiles.named()) {
        assert!((counted / exact - 1.0).abs() < 1e-3, "{name}: {counted} for {exact}");
    }
    assert!((counted.worst5_mean / exact.worst5_mean - 1.0).abs() < 1e-3);
    assert!((counted.top1_share.unwrap() / exact.top1_share.unwrap() - 1.0).abs() < 1e-3);
}

#[test]
fn a_stopped_run_goes_on_where_it_was() {
    let config = default_fund("fund-1").with_num_scenarios(300_000, &Limits::default()).unwrap();
    let whole = Run::new(&config).finish();
    for (threads, reports) in [(1, 1), (2, 3), (3, 10)] {
        let mut run = Run::new(&config);
        run.step(2);
        let heard = AtomicU32::new(0);
        let stop = |_: RunProgress| {
            if heard.fetch_add(1, Ordering::Relaxed) + 1 >= reports {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        assert!(run.generate(threads, &stop).is_err());
        assert!(run.progress().blocks_done < run.progress().blocks);
        run.generate(threads, &quiet).unwrap();
        assert_eq!(run.finish_on(threads), whole);
    }
}

#[test]
fn progress_rises_to_the_whole() {
    let config = default_fund("fund-1").with_num_scenarios(50_000, &Limits::default()).unwrap();
    let heard = Mutex::new(Vec::new());
    let observe = |progress: RunProgress| {
        heard.lock().unwrap().push(progress);
        ControlFlow::Continue(())
    };
    Run::new(&config).complete(2, &observe).unwrap();
    let heard = heard.into_inner().unwrap();
    assert!(heard.is_sorted_by(|a, b| a.blocks_done < b.blocks_done));
    assert_eq!(heard.last(), Some(&RunProgress { blocks_done: 49, blocks: 49 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_run_says_what_its_rows_say(value in arbitrary::configurations(400_000), slice in 1_u32..4) {
        let config = read(&value.to_string());
        let mut run = Run::new(&config);
        while !run.step(slice) {}
        let outcome = run.finish();
        let matrix = outcome.matrix.as_ref().unwrap();
        let (summary, digest, warnings) = summarise_matrix(&config, matrix).unwrap();
        prop_assert_eq!(&summary, &outcome.summary);
        prop_assert_eq!(digest, outcome.summary_digest);
        prop_assert_eq!(&warnings, &outcome.warnings);
        let digests: Vec<_> = matrix.rows.chunks(1_024 * matrix.columns).map(block_digest).collect();
        prop_assert_eq!(&digests, &outcome.block_digests);
        prop_assert_eq!(matrix_digest(&digests), outcome.digest);
        // docs/MODEL.md section 5: BLAKE3 of the concatenated block digests.
        let concatenated: Vec<u8> = digests.iter().flat_map(|digest| *digest.as_bytes()).collect();
        let expected = blake3::hash(&concatenated).to_string();
        prop_assert_eq!(outcome.digest.to_string(), expected);
    }

    #[test]
    fn the_first_rows_of_a_long_run_are_the_short_run(value in arbitrary::configurations(400_000), rows in 1_u32..2_500) {
        let long = read(&value.to_string());
        let short = long.with_num_scenarios(rows.min(long.num_scenarios()), &Limits::default()).unwrap();
        let (long, short) = (Run::new(&long).finish().matrix.unwrap(), Run::new(&short).finish().matrix.unwrap());
        prop_assert_eq!(&long.rows[..short.rows.len()], &short.rows[..]);
    }
}
