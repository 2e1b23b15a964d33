//! From rows, or from partials alone where rows are not kept, to a [`Summary`].

use super::{
    BucketSummary, Deployed, QuantileMethod, Summary, SummaryPlan,
    distribution::{distribution, exact_if_constant},
    fund::fund_summary,
    order::OrderStatistics,
    partial::{ColumnMajor, FundValues, Partial, RowMajor, Tile},
    sorting::{self, Ordering},
    spearman::{self, RankProducts},
};
use crate::canonical;
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
    pub(crate) fn keys(&self, plan: &SummaryPlan, column: usize) -> Vec<u32> {
        let rows = plan.num_scenarios as usize;
        match self {
            Source::Rows(values) => {
                values.chunks_exact(plan.shape.buckets).take(rows).map(|row| key(&row[column])).collect()
            }
            Source::Columns(columns) => columns[column].iter().take(rows).map(key).collect(),
        }
    }
}

/// A column in order: what is left to do when a column next to it changes.
#[derive(Debug)]
pub(crate) struct RankedColumn {
    order: OrderStatistics,
    /// Doubled average ranks of its rows; none of the fund's recycled multiples, which are correlated with nothing.
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

    /// As numbers, for another instance of this engine.
    pub(crate) fn into_parts(self) -> (Vec<f64>, Vec<u32>) {
        (self.order.to_numbers(), self.ranks)
    }

    /// What [`Self::into_parts`] gave for column `column` of the plan; `None` if it cannot be that.
    pub(crate) fn from_parts(plan: &SummaryPlan, column: usize, order: &[f64], ranks: Vec<u32>) -> Option<Self> {
        let rows = if plan.ranks_column(column) { plan.num_scenarios } else { 0 };
        let is_rank = |rank: &u32| (2..=2 * rows).contains(&(rank & !sorting::RANKED));
        let order = OrderStatistics::from_numbers(&plan.order, order)?;
        (ranks.len() == rows as usize && ranks.iter().all(is_rank)).then_some(Self { order, ranks })
    }
}

/// The values of a column, as it is put in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColumnValues {
    /// A bucket's multiples, as the bits of f32.
    Multiples(Vec<u32>),
    /// The fund's multiples.
    Values(Vec<f64>),
}

/// A column that is put in order step by step.
#[derive(Debug)]
pub(crate) struct ColumnOrdering(Ordering);

impl ColumnOrdering {
    /// Begins with column `column` of the plan; `None` where its rows are not the plan's, or its values no multiples.
    pub(crate) fn new(plan: &SummaryPlan, column: usize, values: ColumnValues) -> Option<Self> {
        let rows = plan.num_scenarios as usize;
        let ordering = match values {
            ColumnValues::Multiples(bits) if column < plan.shape.buckets && bits.len() == rows => {
                bits.iter().all(|bits| *bits <= f32::MAX.to_bits()).then(|| Ordering::of_multiples(&plan.order, bits))
            }
            ColumnValues::Values(values) if column >= plan.shape.buckets && values.len() == rows => values
                .iter()
                .all(|value| value.to_bits() <= f64::MAX.to_bits())
                .then(|| Ordering::of_values(&plan.order, values, plan.ranks_column(column))),
            ColumnValues::Multiples(_) | ColumnValues::Values(_) => None,
        };
        ordering.filter(|_| column < plan.shape.columns()).map(Self)
    }

    /// Some milliseconds of work for a million rows; `true` when the column is in order.
    pub(crate) fn step(&mut self) -> bool {
        self.0.step()
    }

    /// The column in order; what is left to do is done first.
    pub(crate) fn finish(self) -> RankedColumn {
        let (order, ranks) = self.0.finish();
        RankedColumn { order, ranks }
    }
}

/// Correlations of columns, made step by step as one column after the other is in order.
#[derive(Debug)]
pub(crate) struct Correlating {
    products: RankProducts,
    /// Columns that were begun with, in the order they came: each is multiplied with those before it.
    begun: Vec<usize>,
    /// Rows of the last of them that are done.
    rows_done: usize,
}

impl Correlating {
    /// Nothing yet.
    pub(crate) fn new(plan: &SummaryPlan) -> Self {
        let columns = plan.shape.buckets + 1;
        Self { products: RankProducts::new(columns), begun: Vec::with_capacity(columns), rows_done: 0 }
    }

    /// Some milliseconds of work; `true` where there is none before another column is in order. `ranked` tells those of the
    /// plan's columns that are.
    pub(crate) fn step<'a>(&mut self, plan: &SummaryPlan, ranked: impl Fn(usize) -> Option<&'a RankedColumn>) -> bool {
        const PRODUCTS: usize = 1 << 22;
        let rows = plan.num_scenarios as usize;
        if self.begun.is_empty() || self.rows_done == rows {
            let next =
                (0..=plan.shape.gross()).find(|column| !self.begun.contains(column) && ranked(*column).is_some());
            let Some(next) = next else { return true };
            self.begun.push(next);
            self.rows_done = 0;
        }
        let columns: Vec<(usize, &[u32])> =
            self.begun.iter().filter_map(|column| Some((*column, &ranked(*column)?.ranks[..]))).collect();
        let Some((last, others)) = columns.split_last() else { return true };
        let chunks = (PRODUCTS / (columns.len() * spearman::CHUNK_ROWS)).max(1);
        let to = (self.rows_done + chunks * spearman::CHUNK_ROWS).min(rows);
        self.products.add_rows_of(*last, others, self.rows_done..to);
        self.rows_done = to;
        false
    }

    /// Summarises, with all columns in order; what was not multiplied yet is first.
    pub(crate) fn finish(mut self, plan: &SummaryPlan, partial: &Partial, ranked: &[RankedColumn]) -> Summarised {
        while !self.step(plan, |column| ranked.get(column)) {}
        let correlations = self.products.correlations(plan.num_scenarios as usize);
        assemble(plan, partial, ranked.iter().map(|column| column.order.clone()).collect(), Some(correlations))
    }
}

/// The ranks that are correlated: the buckets' and gross.
fn ranks_of<'a>(plan: &SummaryPlan, ranked: impl Iterator<Item = &'a RankedColumn>) -> Vec<&'a [u32]> {
    ranked.take(plan.shape.buckets + 1).map(|column| &column.ranks[..]).collect()
}

/// Summarises columns whose order is known, all of the plan's rows; to the bit what [`summarise`] says.
pub(crate) fn summarise_ranked(plan: &SummaryPlan, columns: Vec<&[f32]>, ranked: Vec<&RankedColumn>) -> Summarised {
    let (partial, fund) = add_up(plan, &Source::Columns(columns), &Workers::Here);
    let fund = rank_fund(plan, fund, &Workers::Here);
    summarise_in_order(plan, &partial, &ranked.into_iter().chain(&fund).collect::<Vec<_>>(), &Workers::Here)
}

/// Summarises what was added up, with all of the plan's columns in order.
fn summarise_in_order(
    plan: &SummaryPlan,
    partial: &Partial,
    ranked: &[&RankedColumn],
    workers: &Workers,
) -> Summarised {
    let correlations = spearman::correlations(&ranks_of(plan, ranked.iter().copied()), workers);
    assemble(plan, partial, ranked.iter().map(|column| column.order.clone()).collect(), Some(correlations))
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

/// The fund's columns in order: gross and, where recycling is on, recycled.
fn rank_fund(plan: &SummaryPlan, [gross, recycled]: [Vec<f64>; 2], workers: &Workers) -> Vec<RankedColumn> {
    let recycled = plan.shape.recycling.then_some(recycled);
    workers.map_items([Some(gross), recycled].into_iter().flatten().collect(), |column, values| {
        let mut ranks = vec![0; if column == 0 { values.len() } else { 0 }];
        let order = match column {
            0 => sorting::rank_values(&plan.order, &values, &mut ranks),
            _ => sorting::order_values(&plan.order, &values),
        };
        RankedColumn { order, ranks }
    })
}

/// Summarises a matrix whose rows are at hand; the source has the plan's rows and buckets.
pub(crate) fn summarise(plan: &SummaryPlan, source: &Source<'_>, workers: &Workers) -> Summarised {
    let (partial, fund) = add_up(plan, source, workers);
    if plan.method == QuantileMethod::Counted {
        return summarise_partial(plan, &partial);
    }
    // The fund's columns first, and their f64 values gone before the buckets' ranks need the room.
    let fund = rank_fund(plan, fund, workers);
    let buckets = workers.map(plan.shape.buckets, |column| {
        let mut ranks = source.keys(plan, column);
        RankedColumn { order: sorting::rank_in_place(&plan.order, &mut ranks), ranks }
    });
    summarise_in_order(plan, &partial, &buckets.iter().chain(&fund).collect::<Vec<_>>(), workers)
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
        blake3::hash(canonical::to_string(self).as_bytes()).into()
    }
}
