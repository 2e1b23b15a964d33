//! The fund's multiple in every row, with what these rows say of it.

use super::{
    Distribution, FundFigures, SummaryPlan,
    distribution::distribution,
    order::Tails,
    plan::FiniteMoments,
    sorting,
    summarise::{Source, add_up},
};
use crate::scenario::{num_blocks, workers::Workers};

/// The fund's multiple in every row of a run: what two runs are compared by, row by row.
///
/// Up to 10,000,000 rows; above, no rows are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct FundOutcomes {
    pub(super) num_scenarios: u32,
    pub(super) gross: Outcomes,
    /// With recycling, where it is on.
    pub(super) recycled: Option<Outcomes>,
}

/// One of the fund's columns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcomes {
    /// Row by row.
    pub(super) values: Vec<f64>,
    pub(super) distribution: Distribution,
    pub(super) tails: Tails,
    pub(super) finite: FiniteMoments,
}

impl FundOutcomes {
    /// From columns of the plan's rows or more.
    pub(crate) fn new(plan: &SummaryPlan, columns: Vec<&[f32]>) -> Self {
        let plan = plan.of_fund();
        let (partial, [gross, recycled]) = add_up(&plan, &Source::Columns(columns), &Workers::Here);
        let moments = partial.moments();
        let blocks = num_blocks(plan.num_scenarios);
        let of_column = |column: usize, values: Vec<f64>| {
            let order = sorting::order_values(&plan.order, &values);
            let distribution =
                distribution(&plan, column, blocks, moments.column(column), partial.tally(column), &order);
            Outcomes { values, distribution, tails: order.tails, finite: plan.finite_moments[column] }
        };
        Self {
            num_scenarios: plan.num_scenarios,
            gross: of_column(plan.shape.gross(), gross),
            recycled: plan.shape.recycling.then(|| of_column(plan.shape.recycled(), recycled)),
        }
    }

    /// What a summary says of the fund, to the bit.
    pub fn figures(&self) -> FundFigures {
        FundFigures {
            num_scenarios: self.num_scenarios,
            gross: self.gross.distribution.clone(),
            recycled: self.recycled.as_ref().map(|recycled| recycled.distribution.clone()),
        }
    }
}
