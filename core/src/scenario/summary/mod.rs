//! What a run reports (`docs/MODEL.md` section 6).

mod binomial;
mod comparison;
mod counted;
mod distribution;
mod fund;
mod histogram;
mod moments;
mod order;
mod outcomes;
mod partial;
mod plan;
mod sorting;
mod spearman;
mod summarise;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use comparison::{Comparison, Difference, Differences, DifferentRows};
pub use outcomes::FundOutcomes;
pub(crate) use partial::{FundValues, Tile};
pub use partial::{NotAdjacent, Partial};
pub use plan::SummaryPlan;
pub(crate) use plan::exponent_exceeds;
#[cfg(feature = "rayon")]
pub(crate) use summarise::join;
pub(crate) use summarise::{
    ColumnOrdering, ColumnValues, Correlating, RankedColumn, Source, Summarised, summarise, summarise_partial,
    summarise_ranked,
};

/// Statistics of a run, all as multiples of invested capital before fees and carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// Rows.
    pub num_scenarios: u32,
    /// How order statistics were found.
    pub quantile_method: QuantileMethod,
    /// Per bucket, in canonical order.
    pub buckets: Vec<BucketSummary>,
    /// The fund.
    pub fund: FundSummary,
}

impl Summary {
    /// Whether proceeds are reinvested, so that the fund's two distributions differ.
    pub fn recycles(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.deployed.is_some())
    }
}

/// How order statistics were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum QuantileMethod {
    /// From all rows, Hyndman–Fan type 7.
    Exact,
    /// From integer counts by the top bits of the f32 (cells at most 0.1 % wide).
    Counted,
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BucketSummary {
    /// Its name.
    pub name: String,
    /// Its multiple, before recycling.
    #[serde(flatten)]
    pub distribution: Distribution,
    /// Capital deployed per unit of initial capital, with recycling; null (absent figures) where recycling is off.
    pub deployed: Option<Deployed>,
}

/// Mean and quantiles of the deployed multiple D.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// Mean.
    pub mean: f64,
    /// Quantiles.
    pub quantiles: Quantiles<f64>,
}

/// The fund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FundSummary {
    /// Before recycling: buckets weighted by capital allocation over its sum.
    pub gross: Distribution,
    /// With recycling; equal to `gross` where recycling is off.
    pub recycled: Distribution,
    /// Each bucket's share of the mean of `gross`, in canonical order; null where the mean is 0.
    pub contribution_to_mean: Vec<Option<f64>>,
    /// Each bucket's covariance share of the variance of `gross`; null where it is 0 or undefined.
    pub contribution_to_variance: Vec<Option<f64>>,
    /// Correlations over buckets and `fund.gross` (last).
    pub correlation: Correlation,
    /// Why a figure above is null, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
}

/// The fund's distributions alone: what a reader looks at first, without the figures of the buckets behind it, which
/// cost most of a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FundFigures {
    /// Rows.
    pub num_scenarios: u32,
    /// Before recycling: buckets weighted by capital allocation over its sum.
    pub gross: Distribution,
    /// With recycling; null where it is off.
    pub recycled: Option<Distribution>,
}

impl From<&Summary> for FundFigures {
    fn from(summary: &Summary) -> Self {
        Self {
            num_scenarios: summary.num_scenarios,
            gross: summary.fund.gross.clone(),
            recycled: summary.recycles().then(|| summary.fund.recycled.clone()),
        }
    }
}

/// Square matrices over the buckets in canonical order and, last, `fund.gross`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Correlation {
    /// Of values.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Of average ranks.
    pub spearman: Vec<Vec<Option<f64>>>,
}

/// One distribution of multiples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// Sample mean.
    pub mean: f64,
    /// Sample standard deviation (n − 1); null for a single row.
    pub std_dev: Option<f64>,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Quantiles.
    pub quantiles: Quantiles<f64>,
    /// Shares of rows.
    pub probabilities: Probabilities<f64>,
    /// Mean of the worst 5 % (tail mass S/20 exactly).
    pub worst5_mean: f64,
    /// Share of the sum from the top ⌈S/100⌉ rows; null where the sum is 0.
    pub top1_share: Option<f64>,
    /// Counts.
    pub histogram: Histogram,
    /// How sure each figure is.
    pub errors: DistributionErrors,
    /// Why a figure is null, by its path (`stdDev`, `errors.mean` …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
}

/// One figure per reported quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs)]
pub struct Quantiles<T> {
    pub p1: T,
    pub p5: T,
    pub p10: T,
    pub p25: T,
    pub p50: T,
    pub p75: T,
    pub p90: T,
    pub p95: T,
    pub p99: T,
}

/// One figure per reported probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Probabilities<T> {
    /// Multiple below 1.
    pub lt1: T,
    /// At least 2.
    pub ge2: T,
    /// At least 3.
    pub ge3: T,
    /// At least 5.
    pub ge5: T,
    /// At least 10.
    pub ge10: T,
}

/// Counts of rows; bin i is `[edges[i], edges[i + 1])`, the last one is open above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Histogram {
    /// 0, then 2^(k/8) for k = −48 … 80: 130 edges.
    pub edges: Vec<f64>,
    /// 130 counts.
    pub counts: Vec<u32>,
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How the standard error of the mean was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum MeanErrorMethod {
    /// Standard deviation over √S.
    StandardDeviation,
    /// Batch means over blocks, because the variance is infinite.
    BatchMeans,
}

/// How sure each figure is. Standard errors are one standard deviation; intervals are 95 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DistributionErrors {
    /// Standard error of the mean.
    pub mean: Option<f64>,
    /// How it was found.
    pub mean_method: MeanErrorMethod,
    /// Standard error of the standard deviation (delta method); null where the fourth moment is infinite.
    pub std_dev: Option<f64>,
    /// Null: a sample's extremes have no standard error.
    pub min: Option<f64>,
    /// Null: a sample's extremes have no standard error.
    pub max: Option<f64>,
    /// Binomial order-statistic intervals; null where the sample is too small to hold one.
    pub quantiles: Quantiles<Option<Interval>>,
    /// Wilson intervals.
    pub probabilities: Probabilities<Interval>,
    /// Standard error of the worst-5 % mean (influence function).
    pub worst5_mean: Option<f64>,
    /// Standard error of the top-1 % share (influence function); null where the variance is infinite.
    pub top1_share: Option<f64>,
}
