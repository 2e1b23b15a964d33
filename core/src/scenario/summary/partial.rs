//! What a range of blocks adds to a summary, so that ranges can be made anywhere and joined in any order.

use core::{fmt, ops::Range};

use super::{
    QuantileMethod, Summary, SummaryPlan,
    counted::Counts,
    histogram::Tally,
    moments::{self, Moments, Shape, filled},
    summarise_partial,
};
use crate::scenario::{BLOCK_ROWS, num_blocks};

/// What a range of neighbouring blocks adds to a summary.
///
/// Each block is summed in row order, and blocks combine in a binary tree over the block index, aligned at powers of
/// two. A range holds its largest aligned subtrees; joining two ranges completes subtrees that straddle them. However
/// a run is split and in whatever order neighbours are joined, the whole has the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    shape: Shape,
    blocks: Range<u32>,
    /// Largest aligned subtrees, in order.
    forest: Vec<Subtree>,
    tallies: Vec<Tally>,
    counts: Vec<Counts>,
    cap_bound_rows: u64,
}

/// Blocks `first` … `first + 2^level − 1`.
#[derive(Clone, Debug, PartialEq)]
struct Subtree {
    first: u32,
    level: u32,
    moments: Moments,
}

impl Subtree {
    fn precedes_sibling(&self, right: &Self) -> bool {
        self.level == right.level && (self.first ^ right.first) == 1 << self.level && self.first < right.first
    }
}

/// Two ranges of blocks that do not meet, or are of different plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAdjacent;

impl fmt::Display for NotAdjacent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only neighbouring ranges of blocks of one run can be joined, the earlier one first")
    }
}

impl core::error::Error for NotAdjacent {}

/// The multiples of one block, at most [`BLOCK_ROWS`] rows, a bucket at a time.
pub(super) trait Block {
    fn rows(&self) -> usize;
    /// Writes a bucket's multiples, as many as there are rows.
    fn read(&self, bucket: usize, moics: &mut [f64]);
}

/// Row after row.
pub(super) struct RowMajor<'a> {
    pub(super) values: &'a [f32],
    pub(super) buckets: usize,
}

impl Block for RowMajor<'_> {
    fn rows(&self) -> usize {
        self.values.len() / self.buckets
    }

    #[inline]
    fn read(&self, bucket: usize, moics: &mut [f64]) {
        for (moic, row) in moics.iter_mut().zip(self.values.chunks_exact(self.buckets)) {
            *moic = f64::from(row[bucket]);
        }
    }
}

/// Rows `from..to` of columns.
pub(super) struct ColumnMajor<'a> {
    pub(super) columns: &'a [&'a [f32]],
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Block for ColumnMajor<'_> {
    fn rows(&self) -> usize {
        self.to - self.from
    }

    #[inline]
    fn read(&self, bucket: usize, moics: &mut [f64]) {
        for (moic, value) in moics.iter_mut().zip(&self.columns[bucket][self.from..self.to]) {
            *moic = f64::from(*value);
        }
    }
}

/// Working memory for blocks.
#[derive(Debug, Default)]
pub(crate) struct Tile {
    /// Row-major, rows × the shape's columns, filled up as passes want it.
    values: Vec<f64>,
    /// Row-major, rows × buckets, filled up in the same way; empty where recycling is off or only the fund is asked for.
    deployed: Vec<f64>,
    /// The multiples of the bucket at hand, and what they make the fund deploy.
    moics: Vec<f64>,
    bucket_deployed: Vec<f64>,
    /// The fund's multiples.
    gross: Vec<f64>,
    recycled: Vec<f64>,
    /// 1 where the cap on recycled capital binds.
    cap_binds: Vec<u64>,
    sums: moments::Room,
}

impl Tile {
    /// Makes room for a block. Sums begin at 0; what else is there is written over, all of it.
    fn make_room(&mut self, shape: Shape, rows: usize) {
        self.values.resize(rows * filled(shape.columns()), 0.0);
        self.deployed.resize(rows * filled(shape.deployed()), 0.0);
        self.moics.resize(rows, 0.0);
        self.bucket_deployed.resize(rows, 0.0);
        for column in [&mut self.gross, &mut self.recycled] {
            column.clear();
            column.resize(rows, 0.0);
        }
        self.cap_binds.clear();
        self.cap_binds.resize(rows, 0);
    }
}

/// Writes a column of a row-major tile.
#[inline]
fn place(tile: &mut [f64], columns: usize, column: usize, values: &[f64]) {
    for (row, value) in tile.chunks_exact_mut(columns).zip(values) {
        row[column] = *value;
    }
}

/// Where the fund's multiples go, where rows are kept to sort them.
pub(crate) struct FundValues<'a> {
    pub(crate) gross: &'a mut [f64],
    /// Empty where recycling is off, and both where nothing is sorted.
    pub(crate) recycled: &'a mut [f64],
}

impl Partial {
    /// Nothing yet; blocks are pushed from `first_block` on.
    pub(crate) fn empty(plan: &SummaryPlan, first_block: u32) -> Self {
        let columns = plan.shape.columns();
        let counted = if plan.method == QuantileMethod::Counted { columns } else { 0 };
        Self {
            shape: plan.shape,
            blocks: first_block..first_block,
            forest: Vec::new(),
            tallies: vec![Tally::new(); columns],
            counts: vec![Counts::new(); counted],
            cap_bound_rows: 0,
        }
    }

    /// What one block adds. `rows` is row-major, its columns the plan's buckets.
    pub fn of_block(plan: &SummaryPlan, block: u32, rows: &[f32]) -> Self {
        let mut partial = Self::empty(plan, block);
        partial.push_rows(plan, rows);
        partial
    }

    /// Adds the next block; `rows` is row-major, its columns the plan's buckets.
    pub(crate) fn push_rows(&mut self, plan: &SummaryPlan, rows: &[f32]) {
        let block = RowMajor { values: rows, buckets: plan.shape.buckets };
        self.push(plan, &block, &mut Tile::default(), None);
    }

    /// As [`Self::push_rows`], with the fund's multiples of these rows written too.
    pub(crate) fn push_rows_with(&mut self, plan: &SummaryPlan, rows: &[f32], tile: &mut Tile, fund: FundValues<'_>) {
        self.push(plan, &RowMajor { values: rows, buckets: plan.shape.buckets }, tile, Some(fund));
    }

    /// What the plan's run reports, from counts ([`QuantileMethod::Counted`]); `None` unless this is the whole run,
    /// made with a plan of that method.
    pub fn summary(&self, plan: &SummaryPlan) -> Option<Summary> {
        let whole = self.blocks == (0..num_blocks(plan.num_scenarios))
            && self.shape == plan.shape
            && self.counts.len() == plan.shape.columns()
            && self.moments().rows() == u64::from(plan.num_scenarios);
        (whole && plan.method == QuantileMethod::Counted).then(|| summarise_partial(plan, self).summary)
    }

    /// The blocks covered.
    pub fn blocks(&self) -> Range<u32> {
        self.blocks.clone()
    }

    /// Adds the next block; at most [`BLOCK_ROWS`] rows. Each figure of a row is summed over the buckets in their order,
    /// a bucket's whole block at a time.
    pub(super) fn push(
        &mut self,
        plan: &SummaryPlan,
        block: &impl Block,
        tile: &mut Tile,
        fund: Option<FundValues<'_>>,
    ) {
        let shape = plan.shape;
        let rows = block.rows().min(BLOCK_ROWS);
        tile.make_room(shape, rows);
        let (columns, deployed_columns) = (filled(shape.columns()), filled(shape.deployed()));
        for (bucket, &allocation) in plan.allocations.iter().enumerate() {
            block.read(bucket, &mut tile.moics);
            for (gross, moic) in tile.gross.iter_mut().zip(&tile.moics) {
                *gross += allocation * moic;
            }
            if let Some(rule) = plan.rule {
                let recycled = &mut tile.recycled[..rows];
                let deployed = &mut tile.bucket_deployed[..rows];
                let cap_binds = &mut tile.cap_binds[..rows];
                rule.outcomes(&tile.moics[..rows], |row, outcome| {
                    recycled[row] += allocation * outcome.returned;
                    deployed[row] = outcome.deployed;
                    cap_binds[row] |= u64::from(outcome.cap_binds & (allocation > 0.0));
                });
            }
            if bucket < shape.buckets {
                self.count(bucket, &tile.moics);
                place(&mut tile.values, columns, bucket, &tile.moics);
                if deployed_columns > 0 {
                    place(&mut tile.deployed, deployed_columns, bucket, &tile.bucket_deployed);
                }
            }
        }
        self.cap_bound_rows += tile.cap_binds.iter().sum::<u64>();
        tile.gross.iter_mut().for_each(|gross| *gross /= plan.allocation_sum);
        self.count(shape.gross(), &tile.gross);
        place(&mut tile.values, columns, shape.gross(), &tile.gross);
        if shape.recycling {
            tile.recycled.iter_mut().for_each(|recycled| *recycled /= plan.allocation_sum);
            self.count(shape.recycled(), &tile.recycled);
            place(&mut tile.values, columns, shape.recycled(), &tile.recycled);
        }
        if let Some(FundValues { gross, recycled }) = fund {
            gross.iter_mut().zip(&tile.gross).for_each(|(out, value)| *out = *value);
            recycled.iter_mut().zip(&tile.recycled).for_each(|(out, value)| *out = *value);
        }
        let moments = Moments::of_tile(shape, rows, &mut tile.values, &tile.deployed, &mut tile.sums);
        self.plant(Subtree { first: self.blocks.end, level: 0, moments });
        self.blocks.end = self.blocks.end.saturating_add(1);
    }

    /// Joins the range that follows this one.
    ///
    /// # Errors
    /// [`NotAdjacent`] when `right` does not begin where this range ends, or is of another plan.
    pub fn merge(mut self, right: Self) -> Result<Self, NotAdjacent> {
        if self.blocks.end != right.blocks.start || self.shape != right.shape || self.counts.len() != right.counts.len()
        {
            return Err(NotAdjacent);
        }
        for subtree in right.forest {
            self.plant(subtree);
        }
        self.tallies.iter_mut().zip(&right.tallies).for_each(|(tally, more)| tally.add(more));
        self.counts.iter_mut().zip(&right.counts).for_each(|(counts, more)| counts.add(more));
        self.cap_bound_rows += right.cap_bound_rows;
        self.blocks.end = right.blocks.end;
        Ok(self)
    }

    fn count(&mut self, column: usize, values: &[f64]) {
        self.tallies[column].count(values);
        if let Some(counts) = self.counts.get_mut(column) {
            values.iter().for_each(|value| counts.count(*value));
        }
    }

    fn plant(&mut self, mut subtree: Subtree) {
        while let Some(left) = self.forest.pop_if(|left| left.precedes_sibling(&subtree)) {
            subtree =
                Subtree { first: left.first, level: left.level + 1, moments: left.moments.merge(&subtree.moments) };
        }
        self.forest.push(subtree);
    }

    /// The moments of the whole range: the rightmost subtrees first, as in a tree whose missing right-hand branches
    /// are left out.
    pub(super) fn moments(&self) -> Moments {
        let none = Moments::empty(self.shape);
        self.forest.iter().rev().fold(none, |right, left| left.moments.clone().merge(&right))
    }

    pub(super) fn tally(&self, column: usize) -> &Tally {
        &self.tallies[column]
    }

    pub(super) fn counts(&self, column: usize) -> Option<&Counts> {
        self.counts.get(column)
    }

    /// Rows in which the cap on recycled capital binds in a bucket with an allocation.
    pub(super) fn cap_bound_rows(&self) -> u64 {
        self.cap_bound_rows
    }
}
