//! One column's figures and how sure they are.

use std::collections::BTreeMap;

use super::{
    Distribution, DistributionErrors, Interval, MeanErrorMethod, SummaryPlan,
    histogram::Tally,
    moments::ColumnMoments,
    order::{OrderStatistics, Tails},
};

/// The normal distribution's 97.5 % quantile.
pub(super) const Z_975: f64 = 1.959_963_984_540_054;

/// Rows a tail needs before its spread says anything.
const MIN_TAIL_ROWS: u32 = 2;
/// Rows the standard deviation's error needs: with fewer, the fourth moment is a function of the second.
const MIN_ROWS_FOR_STD_DEV_ERROR: u32 = 4;

const SINGLE_ROW: &str = "a single scenario has no spread";
const INFINITE_MEAN: &str =
    "the mean itself is infinite: without maxRecycledShare, recycling raises large multiples to a power";
pub(super) const ONE_BLOCK: &str =
    "the variance is infinite, and batch means need at least two blocks of 1,024 scenarios";
const EXTREME: &str = "a sample's extremes have no standard error";
const INFINITE_FOURTH: &str = "the fourth moment is infinite: set maxMoic, or a thinner tail";
const INFINITE_VARIANCE: &str = "the variance is infinite: set maxMoic, or a thinner tail";
const ZERO_VARIANCE: &str = "all scenarios have the same value";
const FEW_ROWS: &str = "fewer than four scenarios";
const NO_INTERVAL: &str = "too few scenarios for a 95 % interval of this quantile";
const FEW_TAIL_ROWS: &str = "fewer than two scenarios in the tail";
const ZERO_SUM: &str = "all scenarios are 0";

/// A column's moments, and its range, which tells constant columns apart from almost constant ones exactly.
pub(super) fn exact_if_constant(moments: ColumnMoments, tally: &Tally) -> ColumnMoments {
    if is_constant(tally) { ColumnMoments { mean: tally.min, second: 0.0, fourth: 0.0, between: 0.0 } } else { moments }
}

/// Whether all values are equal.
pub(super) fn is_constant(tally: &Tally) -> bool {
    tally.min == tally.max
}

/// The figures of column `column`.
pub(super) fn distribution(
    plan: &SummaryPlan,
    column: usize,
    blocks: u32,
    moments: ColumnMoments,
    tally: &Tally,
    order: &OrderStatistics,
) -> Distribution {
    let mut reasons = Reasons::default();
    let rows = f64::from(plan.num_scenarios);
    let finite = plan.finite_moments[column];
    let moments = exact_if_constant(moments, tally);
    let tails = order.tails;

    let single = plan.num_scenarios < 2;
    let std_dev = reasons.unless("stdDev", single.then_some(SINGLE_ROW), || (moments.second / (rows - 1.0)).sqrt());
    let worst5_mean =
        if plan.order.lower_whole_rows() == 0 { tails.smallest } else { tails.lower_sum / plan.order.lower_mass() };
    let sum = moments.mean * rows;
    let no_sum = sum == 0.0;
    let top1_share = reasons.unless("top1Share", no_sum.then_some(ZERO_SUM), || at_most_one(tails.upper_sum / sum));

    let mean_method = if finite.variance { MeanErrorMethod::StandardDeviation } else { MeanErrorMethod::BatchMeans };
    let mean_refusal = if single {
        Some(SINGLE_ROW)
    } else if !finite.mean {
        Some(INFINITE_MEAN)
    } else if !finite.variance && blocks < 2 {
        Some(ONE_BLOCK)
    } else {
        None
    };
    let mean_error = reasons.unless("errors.mean", mean_refusal, || match mean_method {
        MeanErrorMethod::StandardDeviation => (moments.second / (rows - 1.0) / rows).sqrt(),
        MeanErrorMethod::BatchMeans => batch_means_error(moments, blocks, rows),
    });

    let std_dev_refusal = if single {
        Some(SINGLE_ROW)
    } else if plan.num_scenarios < MIN_ROWS_FOR_STD_DEV_ERROR {
        Some(FEW_ROWS)
    } else if !finite.fourth {
        Some(INFINITE_FOURTH)
    } else if moments.second == 0.0 {
        Some(ZERO_VARIANCE)
    } else {
        None
    };
    let std_dev_error = reasons.unless("errors.stdDev", std_dev_refusal, || std_dev_error(moments, rows));

    reasons.note("errors.min", EXTREME);
    reasons.note("errors.max", EXTREME);

    let quantiles = plan.order.intervals(&order.picked);
    for (name, interval) in quantiles.named() {
        if interval.is_none() {
            reasons.note(&format!("errors.quantiles.{name}"), NO_INTERVAL);
        }
    }

    let worst5_refusal = (plan.order.lower_rows() < MIN_TAIL_ROWS).then_some(FEW_TAIL_ROWS);
    let worst5_error = reasons.unless("errors.worst5Mean", worst5_refusal, || worst5_mean_error(plan, tails, rows));
    let top1_refusal = if no_sum {
        Some(ZERO_SUM)
    } else if !finite.variance {
        Some(INFINITE_VARIANCE)
    } else if plan.order.upper_rows() < MIN_TAIL_ROWS {
        Some(FEW_TAIL_ROWS)
    } else {
        None
    };
    let top1_error = reasons
        .unless("errors.top1Share", top1_refusal, || top1_share_error(tails, moments, top1_share.unwrap_or(0.0), rows));

    Distribution {
        mean: moments.mean,
        std_dev,
        min: tally.min,
        max: tally.max,
        quantiles: plan.order.quantiles(&order.picked, |value| value),
        probabilities: tally.probabilities(|count| f64::from(count) / rows),
        worst5_mean,
        top1_share,
        histogram: tally.histogram(),
        errors: DistributionErrors {
            mean: mean_error,
            mean_method,
            std_dev: std_dev_error,
            min: None,
            max: None,
            quantiles,
            probabilities: tally.probabilities(|count| wilson_interval(count, plan.num_scenarios)),
            worst5_mean: worst5_error,
            top1_share: top1_error,
        },
        reasons: reasons.0,
    }
}

/// Why figures are null, by path.
#[derive(Debug, Default)]
pub(super) struct Reasons(pub(super) BTreeMap<String, String>);

impl Reasons {
    pub(super) fn note(&mut self, path: &str, reason: &str) {
        self.0.insert(path.to_owned(), reason.to_owned());
    }

    /// The figure, unless there is a reason against it.
    fn unless(&mut self, path: &str, reason: Option<&str>, figure: impl FnOnce() -> f64) -> Option<f64> {
        if let Some(reason) = reason {
            self.note(path, reason);
            return None;
        }
        Some(figure())
    }
}

/// Batch means: a block's mean varies by the rows' variance over its rows, so Σ rows·(block mean − mean)² over
/// blocks − 1 estimates the rows' variance. A last block with fewer rows weighs by its rows.
fn batch_means_error(moments: ColumnMoments, blocks: u32, rows: f64) -> f64 {
    (moments.between / (f64::from(blocks) - 1.0) / rows).sqrt()
}

/// Delta method: Var(s) ≈ (μ₄ − σ⁴)/(4σ²·n), with the sample's moments.
fn std_dev_error(moments: ColumnMoments, rows: f64) -> f64 {
    let (second, fourth) = (moments.second / rows, moments.fourth / rows);
    let excess = not_negative(fourth - second * second);
    (excess / (4.0 * second) / rows).sqrt()
}

/// Influence function of the tail mean (Rockafellar and Uryasev): q − (q − x)⁺/0.05.
fn worst5_mean_error(plan: &SummaryPlan, tails: Tails, rows: f64) -> f64 {
    let shortfall = tails.lower_shortfall;
    let centred = not_negative(tails.lower_shortfall_squared - shortfall * shortfall / rows);
    (centred / (rows - 1.0) / rows).sqrt() * (rows / plan.order.lower_mass())
}

/// Influence function of the top share T: ((x − q)⁺ − T·x)/mean, centred.
fn top1_share_error(tails: Tails, moments: ColumnMoments, share: f64, rows: f64) -> f64 {
    let excess = tails.upper_excess;
    let own = not_negative(tails.upper_excess_squared - excess * excess / rows);
    // Σ (x − q)·(x − mean) over the tail, by x = q + (x − q).
    let cross = tails.upper_excess_squared + (tails.upper_cut - moments.mean) * excess;
    let centred = not_negative(own + share * (share * moments.second - 2.0 * cross));
    (centred / (rows - 1.0) / rows).sqrt() / moments.mean
}

/// Wilson's 95 % interval of a share.
fn wilson_interval(count: u32, num_scenarios: u32) -> Interval {
    let rows = f64::from(num_scenarios);
    let share = f64::from(count) / rows;
    let spread = Z_975 * Z_975 / rows;
    let centre = share + spread / 2.0;
    let half = Z_975 * (share * (1.0 - share) / rows + spread / (4.0 * rows)).sqrt();
    let low = if count == 0 { 0.0 } else { not_negative((centre - half) / (1.0 + spread)) };
    let high = if count == num_scenarios { 1.0 } else { at_most_one((centre + half) / (1.0 + spread)) };
    Interval { low, high }
}

/// Rounding can take a sum of squares below 0.
fn not_negative(value: f64) -> f64 {
    if value > 0.0 { value } else { 0.0 }
}

fn at_most_one(value: f64) -> f64 {
    if value < 1.0 { value } else { 1.0 }
}
