//! Runs put together from pieces that other engines made.

use foliocast_core::scenario::{
    BLOCK_ROWS, Column, ColumnOrder, Config, GatheredRun, Generator, Limits, Run, RunOutcome, Scratch, block_digest,
    block_rows, default_fund, num_blocks,
};
use proptest::prelude::*;

use crate::arbitrary;

/// Rows and digests of neighbouring blocks, as another engine makes them.
fn made(config: &Config, first: u32, count: u32) -> (Vec<f32>, Vec<foliocast_core::scenario::Digest>) {
    let generator = Generator::new(config);
    let (mut rows, mut digests) = (Vec::new(), Vec::new());
    for block in first..first + count {
        let mut block_values = vec![0.0; block_rows(config.num_scenarios(), block) * config.buckets().len()];
        generator.block(block, &mut Scratch::default(), &mut block_values);
        digests.push(block_digest(&block_values));
        rows.extend_from_slice(&block_values);
    }
    (rows, digests)
}

/// A column on its way.
fn handed_out(run: &mut GatheredRun) -> Option<(usize, Column<'static>)> {
    run.hand_out().map(|(column, values)| {
        let values = match values {
            Column::Bucket(bits) => Column::Bucket(bits.into_owned().into()),
            Column::Fund(values) => Column::Fund(values.into_owned().into()),
        };
        (column, values)
    })
}

/// What is done next, by numbers below 256 that a test draws.
fn gather(config: &Config, choices: &[u8]) -> RunOutcome {
    let mut run = GatheredRun::new(config);
    let blocks = num_blocks(config.num_scenarios());
    let mut choices = choices.iter().copied().cycle();
    let mut missing: Vec<u32> = (0..blocks).collect();
    while !missing.is_empty() {
        let choice = choices.next().unwrap_or_default();
        let block = missing.remove(usize::from(choice) % missing.len());
        match choice % 3 {
            0 => run.make(block..block + 1),
            _ => {
                let (rows, digests) = made(config, block, 1);
                run.take(block, &rows, &digests).expect("the run has this block, and had it not");
            }
        }
    }
    let mut out = Vec::new();
    for _ in 0..run.ordered_columns() {
        match choices.next().unwrap_or_default() % 2 {
            0 => out.extend(handed_out(&mut run)),
            _ => _ = run.finish_step(),
        }
    }
    // They come back in another order, between steps of the run's own; the last never comes back.
    let lost = out.pop();
    for (column, values) in out.into_iter().rev() {
        run.finish_step();
        let mut order = ColumnOrder::new(config, column, values).expect("it is a column of this run");
        while !order.step() {}
        run.take_column(column, order.finish()).expect("it was handed out");
    }
    assert!(lost.is_none() || !run.is_in_order());
    run.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pieces_from_anywhere_in_any_order_make_the_run(
        request in arbitrary::configurations(200_000),
        choices in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let config = Config::from_json(&request.to_string(), &Limits::default()).expect("it is a configuration");
        prop_assert_eq!(gather(&config, &choices), Run::new(&config).finish());
    }
}

#[test]
fn a_long_run_is_put_in_order_group_by_group() {
    // Several groups of every column, and ties among them.
    let unlimited = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
    let config =
        default_fund("fund-1").with_num_scenarios(300_001, &unlimited).expect("it is within the model's range");
    assert_eq!(gather(&config, &[2, 7, 0, 254, 91]), Run::new(&config).finish());
}

#[test]
fn runs_whose_rows_are_not_kept_are_gathered_too() {
    let text = r#"{"fundId": "f", "numScenarios": 10000001, "buckets": [
        {"name": "a", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 3}}]}"#;
    let config = Config::from_json(text, &Limits::default()).expect("it is a configuration");
    let mut run = GatheredRun::new(&config);
    assert_eq!(run.ordered_columns(), 0);
    let (rows, digests) = made(&config, 5, 3);
    run.take(5, &rows, &digests).expect("the run has these blocks");
    assert!(run.summary_of_first(1).is_none(), "there are no rows to summarise");
    assert_eq!(run.finish(), Run::new(&config).finish());
}

#[test]
fn the_first_rows_say_what_a_run_of_so_many_says() {
    let config = default_fund("fund-1");
    let mut run = GatheredRun::new(&config);
    run.make(1..3);
    assert!(run.summary_of_first(1).is_none(), "block 0 is missing");
    run.step(1);
    for rows in [1, 1_000, 3 * BLOCK_ROWS as u32] {
        let short = Run::new(&config.with_num_scenarios(rows, &Limits::default()).expect("it is shorter")).finish();
        assert_eq!(run.summary_of_first(rows), Some((short.summary, short.warnings)));
    }
    assert!(run.summary_of_first(3 * BLOCK_ROWS as u32 + 1).is_none());
    assert!(run.summary_of_first(0).is_none());
}

#[test]
fn what_is_no_piece_of_the_run_is_refused_and_changes_nothing() {
    let config = default_fund("fund-1");
    let mut run = GatheredRun::new(&config);
    let (rows, digests) = made(&config, 2, 2);
    assert!(run.hand_out().is_none(), "blocks are missing");
    let refusals = [
        run.take(2, &rows[1..], &digests).unwrap_err(),
        run.take(9, &rows, &digests).unwrap_err(),
        run.take(u32::MAX, &rows, &digests).unwrap_err(),
        run.take(0, &[], &[]).unwrap_err(),
        run.take(2, &[&rows[1..], &[f32::NAN]].concat(), &digests).unwrap_err(),
        run.take(2, &[&rows[1..], &[-1.0]].concat(), &digests).unwrap_err(),
    ];
    insta::assert_snapshot!(refusals.map(|errors| errors.to_string()).join("\n"));
    run.take(2, &rows, &digests).expect("nothing of it was there");
    let again = run.take(2, &rows, &digests).unwrap_err();
    insta::assert_snapshot!(again.to_string(), @"block 2 is there already");

    while !run.step(1) {}
    let out: Vec<_> = core::iter::from_fn(|| handed_out(&mut run)).collect();
    assert_eq!(out.iter().map(|(column, _)| *column).collect::<Vec<_>>(), [4, 3, 2, 1, 0], "buckets, gross, recycled");
    let values = out[4].1.clone();
    assert!(ColumnOrder::new(&config, 3, values.clone()).is_err(), "the fund's columns are f64");
    assert!(ColumnOrder::new(&config, 5, out[0].1.clone()).is_err(), "there are five columns");
    let mut order = ColumnOrder::new(&config, 0, values).expect("it is column 0");
    while !order.step() {}
    let ordered = order.finish();
    assert!(run.take_column(4, ordered.clone()).is_err(), "recycled multiples have no ranks");
    assert!(run.take_column(5, ordered.clone()).is_err(), "there is no column 5");
    let mut short = ordered.clone();
    short.ranks.pop();
    assert!(run.take_column(0, short).is_err());
    let mut wild = ordered.clone();
    wild.ranks[0] = 0;
    assert!(run.take_column(0, wild).is_err(), "ranks begin at 1");
    let mut fewer = ordered.clone();
    fewer.statistics.pop();
    assert!(run.take_column(0, fewer).is_err());
    run.take_column(0, ordered.clone()).expect("it is column 0 in order");
    assert!(run.take_column(0, ordered).is_err(), "it is there already");
    assert_eq!(run.finish(), Run::new(&config).finish());
}
