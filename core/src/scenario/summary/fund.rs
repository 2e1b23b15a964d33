//! What buckets contribute to the fund, and how they move together.

use super::{
    Correlation, Distribution, FundSummary, QuantileMethod, SummaryPlan,
    distribution::{Reasons, exact_if_constant, is_constant},
    moments::Moments,
    partial::Partial,
};

const SINGLE_ROW: &str = "a single scenario has no spread";
const NO_MEAN: &str = "the mean of fund.gross is 0";
const NO_VARIANCE: &str = "fund.gross has the same value in all scenarios";
const CONSTANT: &str = "this column has the same value in all scenarios: it correlates with nothing";
const COUNTED: &str = "ranks need the rows, which are not kept above 10,000,000 scenarios";

/// The fund's figures; `spearman` is `None` where ranks are not known.
pub(super) fn fund_summary(
    plan: &SummaryPlan,
    partial: &Partial,
    moments: &Moments,
    gross: Distribution,
    recycled: Distribution,
    spearman: Option<Vec<Vec<Option<f64>>>>,
) -> FundSummary {
    let buckets = plan.shape.buckets;
    let gross_column = plan.shape.gross();
    let mut reasons = Reasons::default();
    let constant: Vec<bool> = (0..=gross_column).map(|column| is_constant(partial.tally(column))).collect();
    let mean = |column: usize| exact_if_constant(moments.column(column), partial.tally(column)).mean;
    let weight = |bucket: usize| plan.allocations[bucket] / plan.allocation_sum;

    let gross_mean = mean(gross_column);
    let contribution_to_mean =
        (0..buckets).map(|bucket| (gross_mean != 0.0).then(|| weight(bucket) * mean(bucket) / gross_mean)).collect();
    if gross_mean == 0.0 {
        reasons.note("contributionToMean", NO_MEAN);
    }

    let gross_variation = moments.pair(gross_column, gross_column);
    let has_variance = !constant[gross_column] && gross_variation > 0.0;
    let contribution_to_variance = (0..buckets)
        .map(|bucket| {
            let covariation = if constant[bucket] { 0.0 } else { moments.pair(bucket, gross_column) };
            has_variance.then(|| weight(bucket) * covariation / gross_variation)
        })
        .collect();
    if !has_variance {
        reasons.note("contributionToVariance", if plan.num_scenarios < 2 { SINGLE_ROW } else { NO_VARIANCE });
    }

    let pearson = (0..=gross_column)
        .map(|i| {
            (0..=gross_column)
                .map(|j| {
                    let (own, other) = (moments.pair(i, i), moments.pair(j, j));
                    let scale = (own * other).sqrt();
                    if constant[i] || constant[j] || scale == 0.0 {
                        None
                    } else if i == j {
                        Some(1.0)
                    } else {
                        Some((moments.pair(i, j) / scale).clamp(-1.0, 1.0))
                    }
                })
                .collect()
        })
        .collect();
    if spearman.is_none() && plan.method == QuantileMethod::Counted {
        reasons.note("correlation.spearman", COUNTED);
    }
    for (column, _) in constant.iter().enumerate().filter(|(_, constant)| **constant) {
        let reason = if plan.num_scenarios < 2 { SINGLE_ROW } else { CONSTANT };
        reasons.note(&format!("correlation.pearson[{column}]"), reason);
        if plan.method == QuantileMethod::Exact {
            reasons.note(&format!("correlation.spearman[{column}]"), reason);
        }
    }
    let spearman = spearman.unwrap_or_else(|| vec![vec![None; buckets + 1]; buckets + 1]);

    FundSummary {
        gross,
        recycled,
        contribution_to_mean,
        contribution_to_variance,
        correlation: Correlation { pearson, spearman },
        reasons: reasons.0,
    }
}
