//! A run whose pieces are made by several engines that share no memory, as in the workers of a web page.

use core::ops::Range;
use std::borrow::Cow;

use super::{
    BLOCK_ROWS, Config, Digest, Generator, Limits, Matrix, Partial, RunOutcome, RunProgress, Scratch, Summary,
    SummaryPlan, Warning, block_digest, block_rows, matrix_digest, num_blocks,
    number::number,
    run::{corrupt, not_a_multiple, report},
    summary::{ColumnOrdering, ColumnValues, Correlating, FundValues, RankedColumn, Source, Tile, summarise_partial},
};
use crate::Errors;

/// A run that is put together from pieces, in steps of some milliseconds: blocks are made here or taken from elsewhere,
/// in any order, and then the columns are put in order here or elsewhere. The outcome is that of [`Run`](super::Run), to
/// the bit.
///
/// ```
/// use foliocast_core::scenario::{BLOCK_ROWS, GatheredRun, Generator, Scratch, block_digest, default_fund};
///
/// let config = default_fund("fund-1");
/// let mut run = GatheredRun::new(&config);
/// // Somebody else makes a block …
/// let mut rows = vec![0.0; BLOCK_ROWS * config.buckets().len()];
/// Generator::new(&config).block(3, &mut Scratch::default(), &mut rows);
/// run.take(3, &rows, &[block_digest(&rows)])?;
/// // … and the rest is made here.
/// while !run.step(4) {}
/// while !run.finish_step() {}
/// assert_eq!(run.finish().summary.num_scenarios, 10_000);
/// # Ok::<(), foliocast_core::Errors>(())
/// ```
#[derive(Debug)]
pub struct GatheredRun {
    config: Config,
    plan: SummaryPlan,
    generator: Generator,
    scratch: Scratch,
    blocks: u32,
    /// Whether a block is there, and how many are not.
    is_there: Vec<bool>,
    missing: u32,
    /// All blocks before this one are there.
    next_block: u32,
    block_digests: Vec<Digest>,
    /// Rows where they are kept; room for one block where not.
    rows: Vec<f32>,
    /// The fund's multiples of each row, gross and recycled, where columns are put in order and until that is begun here.
    fund: [Vec<f64>; 2],
    /// What ranges of blocks that do not meet add to the summary, in order.
    partials: Vec<Partial>,
    tile: Tile,
    columns: Vec<ColumnState>,
    correlating: Correlating,
}

/// How far a column is.
#[derive(Debug)]
enum ColumnState {
    /// Nobody has begun.
    Open,
    /// Somebody else puts it in order.
    HandedOut,
    /// It is being put in order here.
    Ordering(Box<ColumnOrdering>),
    /// It is in order.
    Ranked(RankedColumn),
}

/// A column that is put in order for a [`GatheredRun`], by an engine that has nothing else of it.
#[derive(Debug)]
pub struct ColumnOrder {
    ordering: ColumnOrdering,
}

/// A column of a run, as it travels to be put in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Column<'a> {
    /// A bucket's multiples, row by row, as the bits of f32.
    Bucket(Cow<'a, [u32]>),
    /// The fund's multiples, row by row.
    Fund(Cow<'a, [f64]>),
}

/// A column in order, as it travels back.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderedColumn {
    /// Order statistics and sums over the tails.
    pub statistics: Vec<f64>,
    /// Doubled average ranks, row by row; none of recycled multiples.
    pub ranks: Vec<u32>,
}

impl ColumnOrder {
    /// Begins with column `column` of `config`'s run.
    ///
    /// # Errors
    /// A column that the run has not, or whose rows are not its.
    pub fn new(config: &Config, column: usize, values: Column<'_>) -> Result<Self, Errors> {
        let values = match values {
            Column::Bucket(bits) => ColumnValues::Multiples(bits.into_owned()),
            Column::Fund(values) => ColumnValues::Values(values.into_owned()),
        };
        ColumnOrdering::new(&SummaryPlan::new(config), column, values)
            .map(|ordering| Self { ordering })
            .ok_or_else(|| corrupt(format!("the values are not those of column {column} of this run")))
    }

    /// Some milliseconds of work; `true` when the column is in order.
    pub fn step(&mut self) -> bool {
        self.ordering.step()
    }

    /// The column in order; what is left to do is done first.
    pub fn finish(self) -> OrderedColumn {
        let (statistics, ranks) = self.ordering.finish().into_parts();
        OrderedColumn { statistics, ranks }
    }
}

impl GatheredRun {
    /// A run of which nothing is there yet.
    pub fn new(config: &Config) -> Self {
        let plan = SummaryPlan::new(config);
        let blocks = num_blocks(config.num_scenarios());
        let rows = config.num_scenarios() as usize;
        let kept_rows = if config.keeps_rows() { rows } else { BLOCK_ROWS };
        let ordered_rows = if plan.ordered_columns() > 0 { rows } else { 0 };
        let recycled_rows = if plan.ordered_columns() > config.buckets().len() + 1 { rows } else { 0 };
        Self {
            generator: Generator::new(config),
            scratch: Scratch::default(),
            blocks,
            is_there: vec![false; blocks as usize],
            missing: blocks,
            next_block: 0,
            block_digests: vec![Digest::from_bytes([0; 32]); blocks as usize],
            rows: vec![0.0; kept_rows * config.buckets().len()],
            fund: [vec![0.0; ordered_rows], vec![0.0; recycled_rows]],
            partials: Vec::new(),
            tile: Tile::default(),
            columns: (0..plan.ordered_columns()).map(|_| ColumnState::Open).collect(),
            correlating: Correlating::new(&plan),
            plan,
            config: config.clone(),
        }
    }

    /// A run whose rows are all there (row-major), kept where they are made.
    ///
    /// # Errors
    /// As [`Self::take`], and where rows are not kept.
    pub fn of_rows(config: &Config, rows: &[f32]) -> Result<Self, Errors> {
        if !config.keeps_rows() {
            return Err(corrupt("rows of so many scenarios are not kept".to_owned()));
        }
        let digests: Vec<Digest> = rows.chunks(BLOCK_ROWS * config.buckets().len()).map(block_digest).collect();
        let mut run = Self::new(config);
        run.take(0, rows, &digests)?;
        Ok(run)
    }

    /// Makes at most `max_blocks` of the missing blocks, the first ones; `true` when all are there.
    pub fn step(&mut self, max_blocks: u32) -> bool {
        for _ in 0..max_blocks.min(self.missing) {
            self.make_block(self.next_block);
        }
        self.missing == 0
    }

    /// Makes those of some blocks that are missing; blocks that the run has not are passed over.
    pub fn make(&mut self, blocks: Range<u32>) {
        for block in blocks.start..blocks.end.min(self.blocks) {
            if !self.is_there[block as usize] {
                self.make_block(block);
            }
        }
    }

    /// Takes neighbouring blocks that were made elsewhere, from `first_block` on: their rows (row-major) and the digest of
    /// each.
    ///
    /// # Errors
    /// Blocks that the run has not or that are there already, another number of values than they have, and values that are
    /// no multiples. Nothing is taken then.
    pub fn take(&mut self, first_block: u32, rows: &[f32], digests: &[Digest]) -> Result<(), Errors> {
        let count = u32::try_from(digests.len()).unwrap_or(u32::MAX);
        let end = first_block.checked_add(count).filter(|end| *end <= self.blocks && count > 0);
        let Some(end) = end else {
            return Err(corrupt(format!(
                "{count} blocks from block {first_block} on are not among the run's {}",
                self.blocks
            )));
        };
        if let Some(block) = (first_block..end).find(|block| self.is_there[*block as usize]) {
            return Err(corrupt(format!("block {block} is there already")));
        }
        let columns = self.config.buckets().len();
        let values: usize = (first_block..end).map(|block| self.block_values(block)).sum();
        if rows.len() != values {
            return Err(corrupt(format!(
                "blocks {first_block} to {} have {values} values, not {}",
                end - 1,
                rows.len()
            )));
        }
        if let Some(index) = not_a_multiple(rows) {
            let value = number(rows[index].into());
            return Err(corrupt(format!("{value} is no multiple: a finite number, 0 or more")));
        }
        let blocks = rows.chunks(BLOCK_ROWS * columns).zip(digests);
        for (block, (rows, digest)) in (first_block..end).zip(blocks) {
            let place = self.place(block);
            self.rows[place].copy_from_slice(rows);
            self.add(block, *digest);
        }
        Ok(())
    }

    /// How far the blocks are.
    pub fn progress(&self) -> RunProgress {
        RunProgress { blocks_done: self.blocks - self.missing, blocks: self.blocks }
    }

    /// What the run of the first `rows` rows reports; `None` for no rows, for more than are there without a gap, and where
    /// rows are not kept.
    pub fn summary_of_first(&self, rows: u32) -> Option<(Summary, Vec<Warning>)> {
        let available = u64::from(self.next_block) * BLOCK_ROWS as u64;
        if !self.config.keeps_rows() || u64::from(rows) > available.min(u64::from(self.config.num_scenarios())) {
            return None;
        }
        // Fewer rows than the configuration's, which is within its limits.
        let unlimited = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        let config = self.config.with_num_scenarios(rows, &unlimited).ok()?;
        let outcome = Self::of_rows(&config, &self.rows[..rows as usize * config.buckets().len()]).ok()?.finish();
        Some((outcome.summary, outcome.warnings))
    }

    /// Digests of the blocks, in order; zeros for those that are not there.
    pub fn block_digests(&self) -> &[Digest] {
        &self.block_digests
    }

    /// Columns that are put in order once all blocks are there: the buckets', the fund's gross and, where recycling is on,
    /// its recycled multiples; none where rows are not kept.
    pub fn ordered_columns(&self) -> usize {
        self.plan.ordered_columns()
    }

    /// Hands out a column that nobody has begun with, to be put in order elsewhere: the last one, since here they are begun
    /// with from the first on, and the fund's take longest. `None` where there is none, and before all blocks are there.
    pub fn hand_out(&mut self) -> Option<(usize, Column<'_>)> {
        let column = self.columns.iter().rposition(|state| matches!(state, ColumnState::Open))?;
        if self.missing > 0 {
            return None;
        }
        self.columns[column] = ColumnState::HandedOut;
        let values = match self.fund_column(column) {
            None => Column::Bucket(self.bucket_keys(column).into()),
            // They stay: what does not come back is put in order here.
            Some(of_fund) => Column::Fund(self.fund[of_fund].as_slice().into()),
        };
        Some((column, values))
    }

    /// Takes a column back that was handed out.
    ///
    /// # Errors
    /// What cannot be that column in order.
    pub fn take_column(&mut self, column: usize, ordered: OrderedColumn) -> Result<(), Errors> {
        let is_out = matches!(self.columns.get(column), Some(ColumnState::HandedOut));
        let ranked = RankedColumn::from_parts(&self.plan, column, &ordered.statistics, ordered.ranks);
        let Some(ranked) = ranked.filter(|_| is_out) else {
            return Err(corrupt(format!("this is not column {column} of the run in order")));
        };
        self.set_ranked(column, ranked);
        Ok(())
    }

    /// Does some milliseconds of what is left between here and the outcome: makes missing blocks, puts the columns in order
    /// that nobody has begun with, then correlates those that are in order. `true` when nothing is left that can be done
    /// here: the outcome may still wait for columns that were handed out.
    pub fn finish_step(&mut self) -> bool {
        if !self.step(1) {
            return false;
        }
        // One column at a time: the first that was begun with here, or that nobody has begun with.
        let next = self.columns.iter().position(|state| matches!(state, ColumnState::Ordering(_)));
        let next = next.or_else(|| self.columns.iter().position(|state| matches!(state, ColumnState::Open)));
        if let Some(column) = next {
            self.order_step(column);
            return false;
        }
        let columns = &self.columns;
        self.correlating.step(&self.plan, |column| columns.get(column).and_then(ColumnState::ranked))
    }

    /// Whether all columns are in order, wherever that was done.
    pub fn is_in_order(&self) -> bool {
        self.missing == 0 && self.columns.iter().all(|state| matches!(state, ColumnState::Ranked(_)))
    }

    /// The outcome. What is left to do is done first; columns that were handed out and did not come back included.
    pub fn finish(mut self) -> RunOutcome {
        for state in &mut self.columns {
            if matches!(state, ColumnState::HandedOut) {
                *state = ColumnState::Open;
            }
        }
        while !self.finish_step() {}
        let partial = self.partials.pop().unwrap_or_else(|| Partial::empty(&self.plan, 0));
        let ranked: Vec<RankedColumn> = self.columns.into_iter().filter_map(ColumnState::into_ranked).collect();
        let summarised = match ranked.is_empty() {
            false => self.correlating.finish(&self.plan, &partial, &ranked),
            true => summarise_partial(&self.plan, &partial),
        };
        let (summary, summary_digest, warnings) = report(&self.config, summarised);
        let columns = self.config.buckets().len();
        RunOutcome {
            digest: matrix_digest(&self.block_digests),
            block_digests: self.block_digests,
            summary,
            summary_digest,
            warnings,
            matrix: self.config.keeps_rows().then_some(Matrix { rows: self.rows, columns }),
        }
    }

    fn block_values(&self, block: u32) -> usize {
        block_rows(self.config.num_scenarios(), block) * self.config.buckets().len()
    }

    /// Where a block's rows belong.
    fn place(&self, block: u32) -> Range<usize> {
        let start =
            if self.config.keeps_rows() { block as usize * BLOCK_ROWS * self.config.buckets().len() } else { 0 };
        start..start + self.block_values(block)
    }

    fn make_block(&mut self, block: u32) {
        let place = self.place(block);
        let rows = &mut self.rows[place];
        self.generator.block(block, &mut self.scratch, rows);
        let digest = block_digest(rows);
        self.add(block, digest);
    }

    /// Adds a block whose rows are in their place.
    fn add(&mut self, block: u32, digest: Digest) {
        self.is_there[block as usize] = true;
        self.missing -= 1;
        while self.is_there.get(self.next_block as usize).is_some_and(|is_there| *is_there) {
            self.next_block += 1;
        }
        self.block_digests[block as usize] = digest;

        // Pushed onto the range that ends here, if there is one.
        let after = self.partials.partition_point(|other| other.blocks().start < block);
        let index = match after.checked_sub(1).filter(|left| self.partials[*left].blocks().end == block) {
            Some(left) => left,
            None => {
                self.partials.insert(after, Partial::empty(&self.plan, block));
                after
            }
        };
        let place = self.place(block);
        let first_row = block as usize * BLOCK_ROWS;
        let of_block = first_row..first_row + block_rows(self.config.num_scenarios(), block);
        let [gross, recycled] = &mut self.fund;
        let fund = FundValues {
            gross: gross.get_mut(of_block.clone()).unwrap_or_default(),
            recycled: recycled.get_mut(of_block).unwrap_or_default(),
        };
        self.partials[index].push_rows_with(&self.plan, &self.rows[place], &mut self.tile, fund);
        if self.partials.get(index + 1).is_some_and(|right| right.blocks().start == block + 1) {
            let right = self.partials.remove(index + 1);
            let left = core::mem::replace(&mut self.partials[index], Partial::empty(&self.plan, 0));
            self.partials[index] = left.merge(right).expect("they meet, and are of one plan");
        }
    }

    /// Which of the fund's columns a column is; `None` for a bucket's.
    fn fund_column(&self, column: usize) -> Option<usize> {
        column.checked_sub(self.config.buckets().len())
    }

    /// A bucket's multiples, as bits.
    fn bucket_keys(&self, column: usize) -> Vec<u32> {
        Source::Rows(&self.rows).keys(&self.plan, column)
    }

    fn order_step(&mut self, column: usize) {
        let state = core::mem::replace(&mut self.columns[column], ColumnState::Open);
        let begun = match state {
            ColumnState::Ordering(ordering) => Some(ordering),
            _ => {
                let values = match self.fund_column(column) {
                    None => ColumnValues::Multiples(self.bucket_keys(column)),
                    Some(of_fund) => ColumnValues::Values(core::mem::take(&mut self.fund[of_fund])),
                };
                ColumnOrdering::new(&self.plan, column, values).map(Box::new)
            }
        };
        let mut ordering = begun.expect("the values are those of this run's column");
        match ordering.step() {
            true => self.set_ranked(column, ordering.finish()),
            false => self.columns[column] = ColumnState::Ordering(ordering),
        }
    }

    fn set_ranked(&mut self, column: usize, ranked: RankedColumn) {
        self.columns[column] = ColumnState::Ranked(ranked);
        if let Some(of_fund) = self.fund_column(column) {
            self.fund[of_fund] = Vec::new();
        }
    }
}

impl ColumnState {
    fn ranked(&self) -> Option<&RankedColumn> {
        match self {
            Self::Ranked(ranked) => Some(ranked),
            Self::Open | Self::HandedOut | Self::Ordering(_) => None,
        }
    }

    fn into_ranked(self) -> Option<RankedColumn> {
        match self {
            Self::Ranked(ranked) => Some(ranked),
            Self::Open | Self::HandedOut | Self::Ordering(_) => None,
        }
    }
}
