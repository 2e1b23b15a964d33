//! What a range of blocks adds to a summary, so that ranges can be made anywhere and joined in any order.

use core::{fmt, ops::Range};

use super::{
    QuantileMethod, Summary, SummaryPlan,
    counted::Counts,
    histogram::Tally,
    moments::{Moments, Shape},
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

/// Working memory for blocks.
#[derive(Debug, Default)]
pub(super) struct Tile {
    values: Vec<f64>,
    deployed: Vec<f64>,
}

/// Where the fund's multiples go, where rows are kept to sort them.
pub(super) struct FundValues<'a> {
    pub(super) gross: &'a mut [f64],
    /// Empty where recycling is off, and both where nothing is sorted.
    pub(super) recycled: &'a mut [f64],
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
        self.push(plan, rows.chunks_exact(plan.shape.buckets), &mut Tile::default(), None);
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

    /// Adds the next block, given row by row; at most [`BLOCK_ROWS`] rows.
    pub(super) fn push<R: IntoIterator<Item: Widen>>(
        &mut self,
        plan: &SummaryPlan,
        rows: impl Iterator<Item = R>,
        tile: &mut Tile,
        mut fund: Option<FundValues<'_>>,
    ) {
        let columns = plan.shape.columns();
        let keeps_buckets = plan.shape.buckets > 0;
        tile.values.clear();
        tile.deployed.clear();
        for row in rows.take(BLOCK_ROWS) {
            let start = tile.values.len();
            tile.values.extend(row.into_iter().map(Widen::widen));
            let moics = &tile.values[start..];
            let mut gross = 0.0;
            for (allocation, moic) in plan.allocations.iter().zip(moics) {
                gross += allocation * moic;
            }
            let mut recycled = 0.0;
            if let Some(rule) = plan.rule {
                let mut cap_binds = false;
                for (allocation, &moic) in plan.allocations.iter().zip(moics) {
                    let outcome = rule.outcome(moic);
                    recycled += allocation * outcome.returned;
                    cap_binds |= outcome.cap_binds & (*allocation > 0.0);
                    if keeps_buckets {
                        tile.deployed.push(outcome.deployed);
                    }
                }
                self.cap_bound_rows += u64::from(cap_binds);
            }
            if !keeps_buckets {
                tile.values.truncate(start);
            }
            tile.values.push(gross / plan.allocation_sum);
            if plan.shape.recycling {
                tile.values.push(recycled / plan.allocation_sum);
            }
        }
        for row in tile.values.chunks_exact(columns) {
            for (tally, value) in self.tallies.iter_mut().zip(row) {
                tally.count(*value);
            }
            for (counts, value) in self.counts.iter_mut().zip(row) {
                counts.count(*value);
            }
        }
        if let Some(fund) = &mut fund {
            let rows = tile.values.chunks_exact(columns);
            for (out, row) in fund.gross.iter_mut().zip(rows.clone()) {
                *out = row[plan.shape.gross()];
            }
            for (out, row) in fund.recycled.iter_mut().zip(rows) {
                *out = row[plan.shape.recycled()];
            }
        }
        let moments = Moments::of_tile(plan.shape, &mut tile.values, &tile.deployed);
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

/// A multiple as it is stored.
pub(super) trait Widen {
    fn widen(self) -> f64;
}

impl Widen for f32 {
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Widen for &f32 {
    fn widen(self) -> f64 {
        f64::from(*self)
    }
}
