//! What summarising a run needs to know of its configuration, prepared once.

use super::{QuantileMethod, moments::Shape, order::OrderPlan};
use crate::scenario::{Bucket, Config, MAX_KEPT_SCENARIOS, Marginal, config::Micros, recycling::RecyclingRule};

/// Powers of multiples that are compared as whole numbers.
const EXACT_POWERS: u32 = 3;

/// What summarising a run needs to know of its configuration. Cheap to share between threads.
#[derive(Clone, Debug)]
pub struct SummaryPlan {
    pub(super) num_scenarios: u32,
    pub(super) names: Vec<String>,
    pub(super) allocations: Vec<f64>,
    pub(super) allocation_sum: f64,
    pub(super) rule: Option<RecyclingRule>,
    pub(super) shape: Shape,
    pub(super) method: QuantileMethod,
    pub(super) order: OrderPlan,
    /// Per column.
    pub(super) finite_moments: Vec<FiniteMoments>,
}

/// Which moments of a column's distribution are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FiniteMoments {
    pub(super) mean: bool,
    pub(super) variance: bool,
    pub(super) fourth: bool,
}

impl FiniteMoments {
    const ALL: Self = Self { mean: true, variance: true, fourth: true };

    /// Of one bucket's multiple whose tail is raised to `power`.
    fn of(bucket: &Bucket, power: u32) -> Self {
        if bucket.max_moic.is_some() {
            return Self::ALL;
        }
        let finite = |moment: u32| exponent_exceeds(&bucket.marginal, moment * power);
        Self { mean: finite(1), variance: finite(2), fourth: finite(4) }
    }

    fn and(self, other: Self) -> Self {
        Self {
            mean: self.mean && other.mean,
            variance: self.variance && other.variance,
            fourth: self.fourth && other.fourth,
        }
    }
}

/// Whether the tail's exponent is above `bound`: for the power law α = ln 5 / ln(p90/median), so that α > n exactly
/// where (p90/median)ⁿ < 5. Means and variances are judged in whole millionths, as the contract says.
pub(crate) fn exponent_exceeds(marginal: &Marginal, bound: u32) -> bool {
    match *marginal {
        Marginal::PowerLaw { median, p90 } if bound <= EXACT_POWERS => {
            // Millionths are at most 10¹²: their cubes, five times, are below 2¹²⁷.
            let [median, p90] = [median, p90].map(|multiple| i128::from(Micros::round(multiple).0).pow(bound));
            p90 < 5 * median
        }
        Marginal::PowerLaw { median, p90 } => {
            let ratio = p90 / median;
            let mut power = 1.0;
            for _ in 0..bound {
                power *= ratio;
                if power >= 5.0 {
                    return false;
                }
            }
            true
        }
        Marginal::Table { tail_exponent, .. } => tail_exponent > f64::from(bound),
    }
}

impl SummaryPlan {
    /// The plan of a run.
    pub fn new(config: &Config) -> Self {
        let num_scenarios = config.num_scenarios();
        let method = if num_scenarios <= MAX_KEPT_SCENARIOS { QuantileMethod::Exact } else { QuantileMethod::Counted };
        let buckets = config.buckets();
        let allocations: Vec<f64> = buckets.iter().map(|bucket| bucket.capital_allocation).collect();
        let rule = RecyclingRule::new(config.recycling());
        let fund = |power: u32| {
            buckets
                .iter()
                .filter(|bucket| bucket.capital_allocation > 0.0)
                .map(|bucket| FiniteMoments::of(bucket, power))
                .fold(FiniteMoments::ALL, FiniteMoments::and)
        };
        let finite_moments = buckets
            .iter()
            .map(|bucket| FiniteMoments::of(bucket, 1))
            .chain([fund(1)])
            .chain(rule.map(|rule| fund(rule.tail_power())))
            .collect();
        Self {
            num_scenarios,
            names: buckets.iter().map(|bucket| bucket.name.clone()).collect(),
            allocation_sum: allocations.iter().sum(),
            allocations,
            shape: Shape { buckets: buckets.len(), recycling: rule.is_some() },
            rule,
            method,
            order: OrderPlan::new(num_scenarios),
            finite_moments,
        }
    }

    /// The columns that are put in order: the buckets', gross and, where recycling is on, recycled; none where they are
    /// counted.
    pub(crate) fn ordered_columns(&self) -> usize {
        if self.method == QuantileMethod::Counted { 0 } else { self.shape.columns() }
    }

    /// Whether rows are ranked by a column: recycled multiples are correlated with nothing.
    pub(super) fn ranks_column(&self, column: usize) -> bool {
        column <= self.shape.gross()
    }

    /// The plan of the fund's columns alone, of the same rows.
    pub(super) fn of_fund(&self) -> Self {
        let mut plan = self.clone();
        plan.finite_moments.drain(..self.shape.buckets);
        plan.shape.buckets = 0;
        plan
    }

    /// The same plan with order statistics found the other way: what a run beyond the kept rows would report.
    #[must_use]
    pub fn with_method(mut self, method: QuantileMethod) -> Self {
        self.method = method;
        self
    }
}
