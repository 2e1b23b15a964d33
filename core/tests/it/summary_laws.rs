//! Laws of the summary: splitting changes no bit, counting stays within a cell, intervals hold what they promise.

use foliocast_core::scenario::{
    Config, Distribution, Limits, Matrix, Partial, QuantileMethod, Run, SummaryPlan, default_fund, summarise_matrix,
};
use proptest::prelude::*;

const BLOCK_ROWS: usize = 1_024;

fn config(num_scenarios: usize, allocations: &[f64], recycling: bool) -> Config {
    let buckets: Vec<String> = allocations
        .iter()
        .enumerate()
        .map(|(index, allocation)| {
            format!(
                r#"{{"name": "B{index:02}", "capitalAllocation": {allocation},
                     "moicCalibration": {{"median": 1, "p90": 2}}}}"#
            )
        })
        .collect();
    let recycling = if recycling {
        r#"{"enabled": true, "reinvestmentRate": 0.3, "avgHoldingPeriod": 4, "fundLifetime": 10}"#
    } else {
        r#"{"enabled": false}"#
    };
    let text = format!(
        r#"{{"fundId": "laws", "numScenarios": {num_scenarios}, "buckets": [{}], "recycling": {recycling}}}"#,
        buckets.join(",")
    );
    Config::from_json(&text, &Limits::default()).unwrap()
}

/// A matrix with ties, zeros, ordinary and very large multiples.
fn matrices(columns: usize, rows: impl Strategy<Value = usize>) -> impl Strategy<Value = Matrix> {
    let value = prop_oneof![
        2 => Just(0.0_f32),
        4 => (0_u8..12).prop_map(|quarters| f32::from(quarters) / 4.0),
        6 => 0.0_f32..8.0,
        1 => 1e3_f32..1e6,
    ];
    rows.prop_flat_map(move |rows| prop::collection::vec(value.clone(), rows * columns))
        .prop_map(move |rows| Matrix { rows, columns })
}

fn blocks<'a>(plan: &'a SummaryPlan, matrix: &'a Matrix) -> impl Iterator<Item = Partial> + 'a {
    (0..).zip(matrix.rows.chunks(BLOCK_ROWS * matrix.columns)).map(|(block, rows)| Partial::of_block(plan, block, rows))
}

fn left_to_right(parts: impl IntoIterator<Item = Partial>) -> Partial {
    parts.into_iter().reduce(|left, right| left.merge(right).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_and_any_order_of_joining_equals_the_whole(
        // Short blocks stand for whole ones: the tree is over the block index.
        matrix in matrices(2, 40_usize..400),
        rows_per_block in 1_usize..20,
        joins in prop::collection::vec(any::<prop::sample::Index>(), 400),
        counted in any::<bool>(),
    ) {
        let method = if counted { QuantileMethod::Counted } else { QuantileMethod::Exact };
        let plan = SummaryPlan::new(&config(matrix.rows.len() / 2, &[30.0, 70.0], true)).with_method(method);
        let of_blocks = || {
            (0..).zip(matrix.rows.chunks(rows_per_block * 2)).map(|(block, rows)| Partial::of_block(&plan, block, rows))
        };
        let whole = left_to_right(of_blocks());

        // Join any two neighbours until one range is left.
        let mut parts: Vec<Partial> = of_blocks().collect();
        for join in joins.iter().cycle() {
            if parts.len() == 1 {
                break;
            }
            let at = join.index(parts.len() - 1);
            let right = parts.remove(at + 1);
            let left = parts[at].clone();
            parts[at] = left.merge(right).unwrap();
        }
        prop_assert_eq!(&parts[0], &whole);
        prop_assert_eq!(parts[0].blocks(), 0..(matrix.rows.len() / 2).div_ceil(rows_per_block) as u32);
    }

    #[test]
    fn rearranging_the_rows_leaves_order_statistics_and_ranks_as_they_are(
        matrix in matrices(3, 1_usize..1_500),
        offset in any::<prop::sample::Index>(),
    ) {
        let rows = matrix.rows.len() / 3;
        let config = config(rows, &[20.0, 30.0, 50.0], true);
        let mut turned = matrix.clone();
        turned.rows.rotate_left(offset.index(rows) * 3);
        let (one, ..) = summarise_matrix(&config, &matrix).unwrap();
        let (other, ..) = summarise_matrix(&config, &turned).unwrap();
        for (one, other) in one.buckets.iter().zip(&other.buckets) {
            prop_assert_eq!(one.distribution.quantiles, other.distribution.quantiles);
            prop_assert_eq!(one.distribution.worst5_mean, other.distribution.worst5_mean);
            prop_assert_eq!(&one.distribution.histogram, &other.distribution.histogram);
        }
        prop_assert_eq!(one.fund.gross.quantiles, other.fund.gross.quantiles);
        prop_assert_eq!(one.fund.recycled.quantiles, other.fund.recycled.quantiles);
        prop_assert_eq!(one.fund.correlation.spearman, other.fund.correlation.spearman);
    }

    #[test]
    fn figures_stay_within_the_sample(matrix in matrices(2, 1_usize..2_500), recycling in any::<bool>()) {
        let rows = matrix.rows.len() / 2;
        let (summary, ..) = summarise_matrix(&config(rows, &[50.0, 50.0], recycling), &matrix).unwrap();
        let fund = [&summary.fund.gross, &summary.fund.recycled];
        for distribution in summary.buckets.iter().map(|bucket| &bucket.distribution).chain(fund) {
            let quantiles: Vec<f64> = distribution.quantiles.named().into_iter().map(|(_, value)| *value).collect();
            prop_assert!(quantiles.is_sorted());
            prop_assert!(distribution.min <= quantiles[0] && quantiles[8] <= distribution.max);
            prop_assert!(distribution.worst5_mean <= distribution.quantiles.p5 * (1.0 + 1e-12));
            prop_assert_eq!(distribution.histogram.counts.iter().sum::<u32>() as usize, rows);
            if let Some(share) = distribution.top1_share {
                prop_assert!((0.0..=1.0).contains(&share));
            }
            let shares = distribution.probabilities;
            let intervals = distribution.errors.probabilities;
            for (share, interval) in [(shares.lt1, intervals.lt1), (shares.ge2, intervals.ge2), (shares.ge10, intervals.ge10)] {
                prop_assert!(0.0 <= interval.low && interval.low <= share && share <= interval.high && interval.high <= 1.0);
            }
        }
        if !recycling {
            prop_assert_eq!(&summary.fund.gross, &summary.fund.recycled);
        }
        let contributions: Option<Vec<f64>> = summary.fund.contribution_to_variance.iter().copied().collect();
        if let Some(contributions) = contributions {
            prop_assert!((contributions.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn ranges_that_do_not_meet_are_refused() {
    let matrix = Matrix { rows: vec![1.0; 3 * BLOCK_ROWS], columns: 1 };
    let plan = SummaryPlan::new(&config(3 * BLOCK_ROWS, &[100.0], false));
    let parts: Vec<Partial> = blocks(&plan, &matrix).collect();
    assert!(parts[0].clone().merge(parts[2].clone()).is_err());
    assert!(parts[1].clone().merge(parts[0].clone()).is_err());
    let counted = Partial::of_block(&plan.with_method(QuantileMethod::Counted), 1, &matrix.rows[..BLOCK_ROWS]);
    assert!(parts[0].clone().merge(counted).is_err());
}

#[test]
fn counting_is_within_a_cell_of_the_rows() {
    let config = default_fund("laws").with_num_scenarios(30_000, &Limits::default()).unwrap();
    let outcome = Run::new(&config).finish();
    let matrix = outcome.matrix.unwrap();
    let plan = SummaryPlan::new(&config).with_method(QuantileMethod::Counted);
    let counted = left_to_right(blocks(&plan, &matrix)).summary(&plan).unwrap();
    assert_eq!(counted.quantile_method, QuantileMethod::Counted);

    let close = |path: &str, counted: f64, exact: f64| {
        assert!((counted - exact).abs() <= 1e-3 * exact.abs(), "{path}: {counted} for {exact}");
    };
    let compare = |name: &str, counted: &Distribution, exact: &Distribution| {
        for ((path, counted), (_, exact)) in counted.quantiles.named().into_iter().zip(exact.quantiles.named()) {
            close(&format!("{name}.{path}"), *counted, *exact);
        }
        for ((path, counted), (_, exact)) in
            counted.errors.quantiles.named().into_iter().zip(exact.errors.quantiles.named())
        {
            let (counted, exact) = (counted.unwrap(), exact.unwrap());
            close(&format!("{name}.errors.{path}"), counted.low, exact.low);
            close(&format!("{name}.errors.{path}"), counted.high, exact.high);
        }
        close(&format!("{name}.worst5Mean"), counted.worst5_mean, exact.worst5_mean);
        close(&format!("{name}.top1Share"), counted.top1_share.unwrap(), exact.top1_share.unwrap());
        let (counted_error, exact_error) = (counted.errors.worst5_mean.unwrap(), exact.errors.worst5_mean.unwrap());
        // Errors are differences of near values: a percent is enough.
        assert!((counted_error / exact_error - 1.0).abs() < 1e-2, "{name}: {counted_error} for {exact_error}");
        let (counted_error, exact_error) = (counted.errors.top1_share.unwrap(), exact.errors.top1_share.unwrap());
        assert!((counted_error / exact_error - 1.0).abs() < 1e-2, "{name}: {counted_error} for {exact_error}");
        // What does not need the order is the same to the bit.
        assert_eq!(
            (counted.mean, counted.std_dev, counted.min, counted.max),
            (exact.mean, exact.std_dev, exact.min, exact.max)
        );
        assert_eq!(counted.histogram, exact.histogram);
        assert_eq!(counted.probabilities, exact.probabilities);
    };
    for (counted, exact) in counted.buckets.iter().zip(&outcome.summary.buckets) {
        compare(&counted.name, &counted.distribution, &exact.distribution);
        let (counted, exact) = (counted.deployed.as_ref().unwrap(), exact.deployed.as_ref().unwrap());
        assert_eq!(counted.mean, exact.mean);
        close("deployed.p50", counted.quantiles.p50, exact.quantiles.p50);
    }
    compare("gross", &counted.fund.gross, &outcome.summary.fund.gross);
    compare("recycled", &counted.fund.recycled, &outcome.summary.fund.recycled);
    assert_eq!(counted.fund.contribution_to_variance, outcome.summary.fund.contribution_to_variance);
}

#[test]
fn counting_constant_columns_and_zeros_is_exact() {
    for value in [0.0, 0.1, 1.0, 3.3] {
        let matrix = Matrix { rows: vec![value; 5_000], columns: 1 };
        let config = config(5_000, &[100.0], false);
        let plan = SummaryPlan::new(&config).with_method(QuantileMethod::Counted);
        let counted = left_to_right(blocks(&plan, &matrix)).summary(&plan).unwrap().buckets.remove(0).distribution;
        let value = f64::from(value);
        assert!(counted.quantiles.named().iter().all(|(_, quantile)| **quantile == value));
        assert!((counted.worst5_mean - value).abs() <= 1e-15 * value);
        assert_eq!(counted.errors.worst5_mean, Some(0.0));
    }
}

#[test]
fn quantile_intervals_hold_the_true_quantile_as_often_as_they_promise() {
    // 400 runs of 200 uniform draws whose quantiles are known. An interval misses with at most 5 %; of 400 intervals
    // more than 40 miss with probability 2·10⁻⁵ at most (binomial), and all nine quantiles with 2·10⁻⁴.
    let (runs, rows) = (400, 200);
    let mut misses = [0; 9];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..runs {
        let draws = (0..rows).map(|_| {
            // splitmix64 (Steele, Lea and Flood, 2014).
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
        });
        let matrix = Matrix { rows: draws.collect(), columns: 1 };
        let (summary, ..) = summarise_matrix(&config(rows, &[100.0], false), &matrix).unwrap();
        let intervals = summary.buckets[0].distribution.errors.quantiles;
        for ((misses, (_, interval)), truth) in
            misses.iter_mut().zip(intervals.named()).zip([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
        {
            *misses += i32::from(interval.is_some_and(|interval| truth < interval.low || truth > interval.high));
        }
    }
    assert!(misses.iter().all(|misses| *misses <= 40), "{misses:?}");
    assert!(misses.iter().sum::<i32>() > 20, "intervals that never miss promise too little: {misses:?}");
}

#[test]
fn histogram_edges_are_eighths_of_octaves() {
    let matrix = Matrix { rows: vec![1.0], columns: 1 };
    let (summary, ..) = summarise_matrix(&config(1, &[100.0], false), &matrix).unwrap();
    let histogram = &summary.buckets[0].distribution.histogram;
    assert_eq!((histogram.edges.len(), histogram.counts.len()), (130, 130));
    assert_eq!(histogram.edges[0], 0.0);
    assert_eq!((histogram.edges[1], histogram.edges[49], histogram.edges[129]), (1.0 / 64.0, 1.0, 1024.0));
    assert_eq!(histogram.counts[49], 1);
    for pair in histogram.edges[1..].windows(9) {
        assert_eq!(pair[8], 2.0 * pair[0]);
        let octave = (0..8).fold(1.0, |power, _| power * (pair[1] / pair[0]));
        assert!((octave - 2.0).abs() < 1e-14);
    }
}

proptest! {
    #[test]
    fn multiples_of_the_fund_that_differ_in_their_last_bits_alone_are_told_apart(
        // Steps of an f32 above 1: the f64 of the fund agree in half of their bits, and some of them in all.
        steps in prop::collection::vec((0_u32..6, 0_u32..6), 101),
    ) {
        let step = |steps: u32| f32::from_bits(1.0_f32.to_bits() + steps);
        let rows: Vec<f32> = steps.iter().flat_map(|&(a, b)| [step(a), step(b)]).collect();
        let matrix = Matrix { rows, columns: 2 };
        let (summary, ..) = summarise_matrix(&config(101, &[30.0, 70.0], false), &matrix).unwrap();

        let gross: Vec<f64> = matrix
            .rows
            .chunks_exact(2)
            .map(|row| (30.0 * f64::from(row[0]) + 70.0 * f64::from(row[1])) / 100.0)
            .collect();
        let mut sorted = gross.clone();
        sorted.sort_by(f64::total_cmp);
        // With 101 rows the percentiles of type 7 are rows.
        let expected = [1, 5, 10, 25, 50, 75, 90, 95, 99].map(|percent| sorted[percent]);
        prop_assert_eq!(summary.fund.gross.quantiles.named().map(|(_, value)| *value), expected);

        let first: Vec<f64> = matrix.rows.iter().step_by(2).map(|&value| value.into()).collect();
        let expected = pearson(&average_ranks(&first), &average_ranks(&gross));
        let made = summary.fund.correlation.spearman[0][2];
        prop_assert!((made.unwrap() - expected).abs() < 1e-12, "{made:?}, not {expected}");
    }
}

fn average_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let (below, equal) = values.iter().fold((0, 0), |(below, equal), other| {
            (below + usize::from(other < value), equal + usize::from(other == value))
        });
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - mean_a, b - mean_b)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}
