//! From rows, or from partials alone where rows are not kept, to a [`Summary`].

use super::{
    BucketSummary, Deployed, QuantileMethod, Summary, SummaryPlan,
    distribution::{distribution, exact_if_constant},
    fund::fund_summary,
    order::OrderStatistics,
    partial::{ColumnMajor, FundValues, Partial, RowMajor, Tile},
    sorting, spearman,
};
use crate::scenario::{BLOCK_ROWS, Digest, Warning, num_blocks, recycling::cap_binds_warning, workers::Workers};

/// Blocks of one task: enough to be worth a thread's while.
const TASK_BLOCKS: usize = 32;
const TASK_ROWS: usize = TASK_BLOCKS * BLOCK_ROWS;

/// A matrix in memory, one way or the other.
#[derive(Clone, Debug)]
pub(crate) enum Source<'a> {
    /// Row after row.
    Rows(&'a [f32]),
    /// Column after column, all of the same length or longer than the plan's rows.
    Columns(Vec<&'a [f32]>),
}

/// The bits of a multiple, which rise with it.
fn key(multiple: &f32) -> u32 {
    multiple.to_bits() & !sorting::RANKED
}

/// A summary, and what only the rows could tell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summarised {
    pub(crate) summary: Summary,
    pub(crate) warning: Option<Warning>,
}

impl Source<'_> {
    /// Adds the blocks that hold rows `from..to`, and writes the fund's multiples of these rows.
    fn push(&self, plan: &SummaryPlan, from: usize, to: usize, fund: FundValues<'_>) -> Partial {
        let mut partial = Partial::empty(plan, (from / BLOCK_ROWS) as u32);
        let mut tile = Tile::default();
        let (mut gross, mut recycled) = (fund.gross, fund.recycled);
        let mut start = from;
        while start < to {
            let rows = (to - start).min(BLOCK_ROWS);
            let (gross_block, gross_rest) = gross.split_at_mut(rows.min(gross.len()));
            let (recycled_block, recycled_rest) = recycled.split_at_mut(rows.min(recycled.len()));
            let fund = Some(FundValues { gross: gross_block, recycled: recycled_block });
            match self {
                Source::Rows(values) => {
                    let buckets = plan.shape.buckets;
                    let block = RowMajor { values: &values[start * buckets..(start + rows) * buckets], buckets };
                    partial.push(plan, &block, &mut tile, fund);
                }
                Source::Columns(columns) => {
                    let block = ColumnMajor { columns, from: start, to: start + rows };
                    partial.push(plan, &block, &mut tile, fund);
                }
            }
            (gross, recycled) = (gross_rest, recycled_rest);
            start += rows;
        }
        partial
    }

    /// The bits of one column.
    fn keys(&self, plan: &SummaryPlan, column: usize, slots: &mut [u32]) {
        match self {
            Source::Rows(values) => {
                for (slot, row) in slots.iter_mut().zip(values.chunks_exact(plan.shape.buckets)) {
                    *slot = key(&row[column]);
                }
            }
            Source::Columns(columns) => {
                for (slot, value) in slots.iter_mut().zip(columns[column]) {
                    *slot = key(value);
                }
            }
        }
    }
}

/// A column in order: what is left to do when a column next to it changes.
#[derive(Debug)]
pub(crate) struct RankedColumn {
    order: OrderStatistics,
    ranks: Vec<u32>,
}

impl RankedColumn {
    /// Sorts a column of the plan's rows.
    pub(crate) fn new(plan: &SummaryPlan, values: &[f32]) -> Self {
        let mut ranks: Vec<u32> = values.iter().map(key).collect();
        Self { order: sorting::rank_in_place(&plan.order, &mut ranks), ranks }
    }

    /// How many rows are in order.
    pub(crate) fn rows(&self) -> usize {
        self.ranks.len()
    }
}

/// Summarises columns whose order is known, all of the plan's rows; to the bit what [`summarise`] says.
pub(crate) fn summarise_ranked(plan: &SummaryPlan, columns: Vec<&[f32]>, ranked: Vec<&RankedColumn>) -> Summarised {
    let (partial, fund) = add_up(plan, &Source::Columns(columns), &Workers::Here);
    let (fund_orders, gross_ranks) = rank_fund(plan, fund, &Workers::Here);
    let ranks: Vec<&[u32]> = ranked.iter().map(|column| &column.ranks[..]).chain([&gross_ranks[..]]).collect();
    let correlations = spearman::correlations(&ranks, &Workers::Here);
    let orders = ranked.iter().map(|column| column.order.clone()).chain(fund_orders).collect();
    assemble(plan, &partial, orders, Some(correlations))
}

/// Everything that the rows add up to, with the fund's multiples of each row: none where they are counted and not
/// sorted, and none recycled where recycling is off.
pub(super) fn add_up(plan: &SummaryPlan, source: &Source<'_>, workers: &Workers) -> (Partial, [Vec<f64>; 2]) {
    let rows = if plan.method == QuantileMethod::Counted { 0 } else { plan.num_scenarios as usize };
    let mut gross = vec![0.0; rows];
    let mut recycled = vec![0.0; if plan.shape.recycling { rows } else { 0 }];
    let partial = partial_of(plan, source, &mut gross, &mut recycled, workers);
    (partial, [gross, recycled])
}

/// The order of the fund's columns (gross and, where recycling is on, recycled), and the ranks of gross.
fn rank_fund(
    plan: &SummaryPlan,
    [gross, recycled]: [Vec<f64>; 2],
    workers: &Workers,
) -> (Vec<OrderStatistics>, Vec<u32>) {
    let mut ranks = vec![0; gross.len()];
    let recycled = plan.shape.recycling.then_some((recycled, None));
    let columns = [Some((gross, Some(&mut ranks[..]))), recycled];
    let orders = workers.map_items(columns.into_iter().flatten().collect(), |_, (values, ranks)| match ranks {
        Some(ranks) => sorting::rank_values(&plan.order, &values, ranks),
        None => sorting::order_values(&plan.order, &values),
    });
    (orders, ranks)
}

/// Summarises a matrix whose rows are at hand; the source has the plan's rows and buckets.
pub(crate) fn summarise(plan: &SummaryPlan, source: &Source<'_>, workers: &Workers) -> Summarised {
    let (partial, fund) = add_up(plan, source, workers);
    if plan.method == QuantileMethod::Counted {
        return summarise_partial(plan, &partial);
    }
    // The fund's columns first, and their f64 values gone before the buckets' ranks need the room.
    let (fund_orders, gross_ranks) = rank_fund(plan, fund, workers);
    let rows = plan.num_scenarios as usize;
    let mut ranks = vec![0; rows * plan.shape.buckets];
    let slots: Vec<&mut [u32]> = ranks.chunks_exact_mut(rows).collect();
    let mut orders = workers.map_items(slots, |column, slots| {
        source.keys(plan, column, slots);
        sorting::rank_in_place(&plan.order, slots)
    });
    orders.extend(fund_orders);
    let columns: Vec<&[u32]> = ranks.chunks_exact(rows).chain([&gross_ranks[..]]).collect();
    let correlations = spearman::correlations(&columns, workers);
    assemble(plan, &partial, orders, Some(correlations))
}

fn partial_of(
    plan: &SummaryPlan,
    source: &Source<'_>,
    gross: &mut [f64],
    recycled: &mut [f64],
    workers: &Workers,
) -> Partial {
    let rows = plan.num_scenarios as usize;
    let (mut gross, mut recycled) = (gross.chunks_mut(TASK_ROWS), recycled.chunks_mut(TASK_ROWS));
    let tasks: Vec<FundValues<'_>> = (0..rows.div_ceil(TASK_ROWS))
        .map(|_| FundValues { gross: gross.next().unwrap_or_default(), recycled: recycled.next().unwrap_or_default() })
        .collect();
    let parts = workers.map_items(tasks, |task, fund| {
        let from = task * TASK_ROWS;
        source.push(plan, from, (from + TASK_ROWS).min(rows), fund)
    });
    join(plan, parts)
}

/// Joins neighbouring ranges in order.
pub(crate) fn join(plan: &SummaryPlan, parts: impl IntoIterator<Item = Partial>) -> Partial {
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Partial::empty(plan, 0) };
    parts.try_fold(first, Partial::merge).unwrap_or_else(|_| Partial::empty(plan, 0))
}

/// Summarises a run whose rows are not kept, from its counts.
pub(crate) fn summarise_partial(plan: &SummaryPlan, partial: &Partial) -> Summarised {
    let counted = |column: usize| {
        let tally = partial.tally(column);
        partial.counts(column).map(|counts| counts.order_statistics(&plan.order, tally.min, tally.max))
    };
    assemble(plan, partial, (0..plan.shape.columns()).filter_map(counted).collect(), None)
}

fn assemble(
    plan: &SummaryPlan,
    partial: &Partial,
    orders: Vec<OrderStatistics>,
    spearman: Option<Vec<Vec<Option<f64>>>>,
) -> Summarised {
    let moments = partial.moments();
    let blocks = num_blocks(plan.num_scenarios);
    let column_moments = |column: usize| exact_if_constant(moments.column(column), partial.tally(column));
    let of_column = |column: usize| {
        distribution(plan, column, blocks, column_moments(column), partial.tally(column), &orders[column])
    };

    let buckets = (0..plan.shape.buckets)
        .map(|bucket| {
            let mut distribution = of_column(bucket);
            let deployed = plan.rule.map(|rule| Deployed {
                mean: moments.deployed_mean(bucket),
                // D never falls as the multiple rises: its order statistics are those of the multiple.
                quantiles: plan.order.quantiles(&orders[bucket].picked, |moic| rule.outcome(moic).deployed),
            });
            if deployed.is_none() {
                distribution.reasons.insert("deployed".to_owned(), "recycling is off".to_owned());
            }
            BucketSummary { name: plan.names[bucket].clone(), distribution, deployed }
        })
        .collect();
    let gross = of_column(plan.shape.gross());
    let recycled = if plan.shape.recycling { of_column(plan.shape.recycled()) } else { gross.clone() };
    let fund = fund_summary(plan, partial, &moments, gross, recycled, spearman);
    let summary = Summary { num_scenarios: plan.num_scenarios, quantile_method: plan.method, buckets, fund };
    Summarised { summary, warning: cap_binds_warning(partial.cap_bound_rows(), plan.num_scenarios) }
}

impl Summary {
    /// BLAKE3 of the summary's canonical JSON (RFC 8785).
    pub fn digest(&self) -> Digest {
        // Every figure is finite or null, so that writing cannot fail; an empty text would still hash.
        let json = serde_json_canonicalizer::to_vec(self).unwrap_or_default();
        blake3::hash(&json).into()
    }
}
