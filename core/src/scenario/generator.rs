//! Makes blocks of the matrix, any block by itself, on any target with the same bits.

use core::fmt;

use super::marginal::deal_of;
use super::shocks::{Drawing, FreshShocks, KeptShocks, Shocks};
use super::streams::{MACRO_LABEL, StreamKey, bucket_label};
use super::{BLOCK_ROWS, Bucket, Config};
use crate::kernel::{Deal, GROUP_ROWS, Passes, Target, VECTOR_ROWS, Vector1024, Words};

const _: () = assert!(BLOCK_ROWS == VECTOR_ROWS);

/// Rows that are turned from columns at a time.
const TILE_ROWS: usize = 16;

/// Everything that making blocks of one matrix needs, prepared once. Cheap to share between threads.
///
/// ```
/// use foliocast_core::scenario::{Generator, Scratch, block_digest, default_fund};
///
/// let generator = Generator::new(&default_fund("fund-1"));
/// let mut rows = vec![0.0; 1_024 * generator.num_columns()];
/// generator.block(0, &mut Scratch::default(), &mut rows);
/// println!("block 0 is {}", block_digest(&rows));
/// ```
pub struct Generator {
    passes: Passes,
    streams: StreamKey,
    /// √w_macro and √w_systematic.
    shared_weights: [f64; 2],
    /// √w_idiosyncratic.
    own_weight: f64,
    columns: Vec<ColumnPlan>,
}

/// What one bucket's column is made of.
struct ColumnPlan {
    label: String,
    deals: u32,
    deal: Deal,
}

/// Working memory of one thread: 40 KB, and 4 KB for each column.
pub struct Scratch {
    draws: Box<Draws>,
    work: Box<Work>,
    columns: Vec<[f32; BLOCK_ROWS]>,
}

struct Draws {
    words: Words,
    normals: Vector1024,
}

struct Work {
    macro_: Vector1024,
    shared: Vector1024,
    sum: Vector1024,
}

/// What [`Generator::observe`] shows of a column, in order: the macro shock, the systematic shock, for each deal its
/// idiosyncratic shock and the sum of MOICs so far.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Macro,
    Systematic,
    Idiosyncratic,
    Sum,
}

impl Generator {
    /// Prepares `config`'s matrix for the fastest target of this machine.
    pub fn new(config: &Config) -> Self {
        Self::with_target(config, Target::detect())
    }

    /// Prepares `config`'s matrix for `target`; the scalar one runs where the machine lacks it
    /// ([`Target::is_available`]), with the same bits.
    pub fn with_target(config: &Config, target: Target) -> Self {
        let weights = config.correlation_weights();
        let plan = |bucket: &Bucket| ColumnPlan {
            label: bucket_label(&bucket.name),
            deals: bucket.deals,
            deal: deal_of(bucket),
        };
        Self {
            passes: Passes::of(target),
            streams: StreamKey::new(config.seed()),
            shared_weights: [weights.macro_.sqrt(), weights.systematic.sqrt()],
            own_weight: weights.idiosyncratic.sqrt(),
            columns: config.buckets().iter().map(plan).collect(),
        }
    }

    /// Columns of the matrix.
    pub fn num_columns(&self) -> usize {
        self.columns.len()
    }

    /// The target that runs.
    pub fn target(&self) -> Target {
        self.passes.target()
    }

    /// Makes block `block`: `rows` is row-major, `block_rows × num_columns` (a prefix of the block if shorter; whole
    /// rows). What lies beyond a block or whole rows is left as it is.
    pub fn block(&self, block: u32, scratch: &mut Scratch, rows: &mut [f32]) {
        let num_columns = self.columns.len();
        let num_rows = rows.len().checked_div(num_columns).unwrap_or(0).min(BLOCK_ROWS);
        if num_rows == 0 {
            return;
        }
        let Scratch { draws, work, columns } = scratch;
        columns.resize(num_columns, [0.0; BLOCK_ROWS]);
        let made = num_rows.next_multiple_of(GROUP_ROWS);
        self.make_macro(block, draws, &mut work.macro_.0[..made], &mut |_, _| {});
        for (plan, column) in self.columns.iter().zip(columns.iter_mut()) {
            let mut shocks = self.fresh_shocks(plan, block, draws, made);
            self.make_column(plan, &mut shocks, work, &mut column[..made], &mut |_, _| {});
        }
        transpose(columns, &mut rows[..num_rows * num_columns]);
    }

    /// Makes one column of block `block` into `column` (at most 1,024 rows), the same bits as [`Self::block`]. A bucket
    /// that does not exist leaves `column` as it is.
    pub fn column(&self, bucket: usize, block: u32, scratch: &mut Scratch, column: &mut [f32]) {
        let num_rows = column.len().min(BLOCK_ROWS);
        let mut whole = [0.0; BLOCK_ROWS];
        let whole = &mut whole[..num_rows.next_multiple_of(GROUP_ROWS)];
        if self.make_one(bucket, block, scratch, whole, &mut |_, _| {}) {
            column[..num_rows].copy_from_slice(&whole[..num_rows]);
        }
    }

    /// The shock of block `block` that all buckets share, to be kept for [`Self::column_with_shocks`]: 1,024 values.
    pub(super) fn macro_shock(&self, block: u32, scratch: &mut Scratch) -> [f64; BLOCK_ROWS] {
        let Scratch { draws, work, .. } = scratch;
        self.make_macro(block, draws, &mut work.macro_.0, &mut |_, _| {});
        work.macro_.0
    }

    /// Like [`Self::column`] for a whole block, with the macro shock at hand and the bucket's own in `kept`, as far as
    /// it goes; what is drawn beyond that is added to it. Without `kept` all are drawn and none is kept.
    pub(super) fn column_with_shocks(
        &self,
        bucket: usize,
        block: u32,
        (macro_shock, kept): (&[f64; BLOCK_ROWS], Option<&mut KeptShocks>),
        scratch: &mut Scratch,
        column: &mut [f32; BLOCK_ROWS],
    ) {
        let Some(plan) = self.columns.get(bucket) else { return };
        let Scratch { draws, work, .. } = scratch;
        work.macro_.0 = *macro_shock;
        match kept {
            Some(kept) => {
                let mut shocks = kept.follow(self.drawing(plan, block, &mut draws.words));
                self.make_column(plan, &mut shocks, work, column, &mut |_, _| {});
            }
            None => {
                let mut shocks = self.fresh_shocks(plan, block, draws, BLOCK_ROWS);
                self.make_column(plan, &mut shocks, work, column, &mut |_, _| {});
            }
        }
    }

    /// One deal's MOIC in bucket `bucket` for the normal score z; `None` where there is no such bucket.
    ///
    /// ```
    /// use foliocast_core::scenario::{Generator, default_fund};
    ///
    /// let generator = Generator::new(&default_fund("fund-1"));
    /// assert_eq!(generator.moic_of_score(0, -1.0), Some(0.0));
    /// assert_eq!(generator.moic_of_score(0, 8.0), Some(200.0));
    /// ```
    pub fn moic_of_score(&self, bucket: usize, z: f64) -> Option<f64> {
        self.columns.get(bucket).map(|plan| plan.deal.moic_of_score(z))
    }

    /// Shows every f64 vector that one column of a block is made of: tests compare their bits between targets.
    #[doc(hidden)]
    pub fn observe(&self, bucket: usize, block: u32, scratch: &mut Scratch, show: &mut dyn FnMut(Observed, &[f64])) {
        self.make_one(bucket, block, scratch, &mut [0.0; BLOCK_ROWS], show);
    }

    fn make_one(
        &self,
        bucket: usize,
        block: u32,
        scratch: &mut Scratch,
        column: &mut [f32],
        show: &mut dyn FnMut(Observed, &[f64]),
    ) -> bool {
        let Some(plan) = self.columns.get(bucket) else { return false };
        let Scratch { draws, work, .. } = scratch;
        self.make_macro(block, draws, &mut work.macro_.0[..column.len()], show);
        let mut shocks = self.fresh_shocks(plan, block, draws, column.len());
        self.make_column(plan, &mut shocks, work, column, show);
        true
    }

    /// Fills `macro_` (whole groups) with the first rows of the macro shock.
    fn make_macro(&self, block: u32, draws: &mut Draws, macro_: &mut [f64], show: &mut dyn FnMut(Observed, &[f64])) {
        self.passes.normals(&mut self.streams.stream(MACRO_LABEL, block), &mut draws.words, macro_);
        show(Observed::Macro, macro_);
    }

    /// A bucket's stream in a block, at its beginning.
    fn drawing<'a>(&self, plan: &ColumnPlan, block: u32, words: &'a mut Words) -> Drawing<'a> {
        Drawing { passes: self.passes, lanes: self.streams.stream(&plan.label, block), words }
    }

    /// The first `rows` (whole groups) of a bucket's shocks in a block.
    fn fresh_shocks<'a>(&self, plan: &ColumnPlan, block: u32, draws: &'a mut Draws, rows: usize) -> FreshShocks<'a> {
        let Draws { words, normals } = draws;
        FreshShocks { drawing: self.drawing(plan, block, words), normals: &mut normals.0[..rows] }
    }

    /// Fills `column` (whole groups) from its shocks, the macro shock being there.
    fn make_column(
        &self,
        plan: &ColumnPlan,
        shocks: &mut impl Shocks,
        work: &mut Work,
        column: &mut [f32],
        show: &mut dyn FnMut(Observed, &[f64]),
    ) {
        let rows = column.len();
        let Work { macro_, shared, sum } = work;
        let (shared, sum) = (&mut shared.0[..rows], &mut sum.0[..rows]);

        let systematic = shocks.next();
        show(Observed::Systematic, systematic);
        self.passes.share(self.shared_weights, &macro_.0[..rows], systematic, shared, sum);
        for _ in 0..plan.deals {
            let idiosyncratic = shocks.next();
            show(Observed::Idiosyncratic, idiosyncratic);
            self.passes.add_deal(&plan.deal, self.own_weight, shared, idiosyncratic, sum);
            show(Observed::Sum, sum);
        }
        self.passes.average(plan.deals, sum, column);
    }
}

/// Columns to rows, a tile at a time so that both sides stay in the first-level cache.
fn transpose(columns: &[[f32; BLOCK_ROWS]], rows: &mut [f32]) {
    for (tile, rows) in rows.chunks_mut(TILE_ROWS * columns.len()).enumerate() {
        for (index, column) in columns.iter().enumerate() {
            let values = &column[tile * TILE_ROWS..][..TILE_ROWS];
            for (cell, value) in rows[index..].iter_mut().step_by(columns.len()).zip(values) {
                *cell = *value;
            }
        }
    }
}

impl fmt::Debug for Generator {
    /// Not the key: whoever has it can make the streams of a seed that was meant to be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<&str> = self.columns.iter().map(|plan| plan.label.as_str()).collect();
        f.debug_struct("Generator").field("target", &self.target()).field("columns", &labels).finish_non_exhaustive()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        let zero = Vector1024([0.0; VECTOR_ROWS]);
        let draws = Draws { words: Words([0; VECTOR_ROWS]), normals: zero.clone() };
        let work = Work { macro_: zero.clone(), shared: zero.clone(), sum: zero };
        Self { draws: Box::new(draws), work: Box::new(work), columns: Vec::new() }
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}
