//! A run as a resumable iterator of blocks, and its outcome.

#[cfg(feature = "rayon")]
use core::ops::ControlFlow;

#[cfg(feature = "rayon")]
use super::summary::join;
use super::{
    BLOCK_ROWS, Config, Digest, FundOutcomes, Generator, Partial, Scratch, Summary, SummaryPlan, Warning, block_digest,
    block_rows, matrix_digest, num_blocks,
    number::number,
    summary::{Source, Summarised, summarise, summarise_partial},
    workers::Workers,
};
use crate::{Error, ErrorCode, Errors, kernel::Target};

/// Deal draws between two reports of progress: some milliseconds of work.
#[cfg(feature = "rayon")]
const DRAWS_PER_REPORT: u64 = 1 << 20;

/// Blocks that a thread makes as one task.
#[cfg(feature = "rayon")]
const TASK_BLOCKS: u32 = 32;

/// A run under way: blocks are made in any order, by any number of threads, and the outcome has the same bits.
///
/// Making blocks gives rows and their digests (and, where rows are not kept, everything the summary needs of them).
/// Finishing summarises. A caller who wants to know how long either takes calls them one after the other.
///
/// ```
/// use foliocast_core::scenario::{Run, default_fund};
///
/// let mut run = Run::new(&default_fund("fund-1"));
/// while !run.step(4) {
///     // A good moment to redraw, or to stop.
/// }
/// assert_eq!(run.finish().summary.num_scenarios, 10_000);
/// ```
#[derive(Debug)]
pub struct Run {
    config: Config,
    plan: SummaryPlan,
    generator: Generator,
    scratch: Scratch,
    blocks: u32,
    /// All blocks before this one are made.
    next_block: u32,
    block_digests: Vec<Digest>,
    /// Rows where they are kept; room for one block where not.
    rows: Vec<f32>,
    /// What the blocks made so far add to the summary, where rows are not kept.
    partial: Partial,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunProgress {
    /// Blocks made.
    pub blocks_done: u32,
    /// Blocks in all.
    pub blocks: u32,
}

/// The caller stopped the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// A matrix in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Row-major, `num_scenarios × columns`.
    pub rows: Vec<f32>,
    /// Buckets.
    pub columns: usize,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcome {
    /// Digest of the matrix.
    pub digest: Digest,
    /// Digests of its blocks, in order.
    pub block_digests: Vec<Digest>,
    /// What the run reports.
    pub summary: Summary,
    /// BLAKE3 of the summary's canonical JSON.
    pub summary_digest: Digest,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
    /// The rows, where they are kept.
    pub matrix: Option<Matrix>,
}

impl Run {
    /// A run on the fastest target of this machine.
    pub fn new(config: &Config) -> Self {
        Self::with_target(config, Target::detect())
    }

    /// A run on a given target.
    pub fn with_target(config: &Config, target: Target) -> Self {
        let plan = SummaryPlan::new(config);
        let blocks = num_blocks(config.num_scenarios());
        let kept_rows = if config.keeps_rows() { config.num_scenarios() as usize } else { BLOCK_ROWS };
        Self {
            generator: Generator::with_target(config, target),
            scratch: Scratch::default(),
            blocks,
            next_block: 0,
            block_digests: vec![Digest::from_bytes([0; 32]); blocks as usize],
            rows: vec![0.0; kept_rows * config.buckets().len()],
            partial: Partial::empty(&plan, 0),
            plan,
            config: config.clone(),
        }
    }

    /// Makes at most `max_blocks` further blocks; `true` when all are made.
    pub fn step(&mut self, max_blocks: u32) -> bool {
        let columns = self.config.buckets().len();
        let end = self.blocks.min(self.next_block.saturating_add(max_blocks));
        for block in self.next_block..end {
            let start = if self.config.keeps_rows() { block as usize * BLOCK_ROWS * columns } else { 0 };
            let rows = &mut self.rows[start..][..block_rows(self.config.num_scenarios(), block) * columns];
            // Hashed at once, while the rows are in the cache.
            self.generator.block(block, &mut self.scratch, rows);
            self.block_digests[block as usize] = block_digest(rows);
            if !self.config.keeps_rows() {
                self.partial.push_rows(&self.plan, rows);
            }
        }
        self.next_block = end;
        end == self.blocks
    }

    /// How far the run is.
    pub fn progress(&self) -> RunProgress {
        RunProgress { blocks_done: self.next_block, blocks: self.blocks }
    }

    /// Summarises the run, on this thread; blocks not made yet are made first.
    pub fn finish(self) -> RunOutcome {
        self.finish_with(&Workers::Here)
    }

    fn finish_with(mut self, workers: &Workers) -> RunOutcome {
        self.step(u32::MAX);
        let summarised = if self.config.keeps_rows() {
            summarise(&self.plan, &Source::Rows(&self.rows), workers)
        } else {
            summarise_partial(&self.plan, &self.partial)
        };
        let (summary, summary_digest, warnings) = report(&self.config, summarised);
        let matrix =
            self.config.keeps_rows().then_some(Matrix { rows: self.rows, columns: self.config.buckets().len() });
        RunOutcome {
            digest: matrix_digest(&self.block_digests),
            block_digests: self.block_digests,
            summary,
            summary_digest,
            warnings,
            matrix,
        }
    }
}

#[cfg(feature = "rayon")]
impl Run {
    /// Makes all blocks and summarises on exactly `threads` threads: [`Self::generate`], then [`Self::finish_on`].
    ///
    /// # Errors
    /// [`Cancelled`] when `observe` breaks.
    pub fn complete(
        mut self,
        threads: usize,
        observe: &(dyn Fn(RunProgress) -> ControlFlow<()> + Sync),
    ) -> Result<RunOutcome, Cancelled> {
        let workers = Workers::new(threads);
        self.generate_with(&workers, observe)?;
        Ok(self.finish_with(&workers))
    }

    /// Makes all blocks that are not made yet, and their digests, on exactly `threads` threads. `observe` hears of
    /// progress every few milliseconds of work, from one thread at a time, in rising order.
    ///
    /// # Errors
    /// [`Cancelled`] when `observe` breaks. The run can be taken up again: some blocks are then made twice.
    pub fn generate(
        &mut self,
        threads: usize,
        observe: &(dyn Fn(RunProgress) -> ControlFlow<()> + Sync),
    ) -> Result<(), Cancelled> {
        self.generate_with(&Workers::new(threads), observe)
    }

    /// Like [`Self::finish`], on exactly `threads` threads.
    pub fn finish_on(self, threads: usize) -> RunOutcome {
        self.finish_with(&Workers::new(threads))
    }

    fn generate_with(
        &mut self,
        workers: &Workers,
        observe: &(dyn Fn(RunProgress) -> ControlFlow<()> + Sync),
    ) -> Result<(), Cancelled> {
        let blocks_per_report = DRAWS_PER_REPORT / (BLOCK_ROWS as u64 * self.config.num_deals().max(1));
        let observer =
            Observer::new(self.progress(), blocks_per_report.clamp(1, u64::from(TASK_BLOCKS)) as u32, observe);
        // In waves, so that a stopped run knows which blocks it has.
        let wave_blocks = TASK_BLOCKS * 8 * workers.threads() as u32;
        while self.next_block < self.blocks {
            let end = self.blocks.min(self.next_block + wave_blocks);
            if self.config.keeps_rows() {
                self.make_kept(end, workers, &observer)?;
            } else {
                self.make_counted(end, workers, &observer)?;
            }
            self.next_block = end;
        }
        Ok(())
    }

    fn make_kept(&mut self, end: u32, workers: &Workers, observer: &Observer<'_>) -> Result<(), Cancelled> {
        let columns = self.config.buckets().len();
        let block_values = BLOCK_ROWS * columns;
        let first = self.next_block as usize;
        let last_value = (end as usize * block_values).min(self.rows.len());
        let rows = self.rows[first * block_values..last_value].chunks_mut(TASK_BLOCKS as usize * block_values);
        let digests = self.block_digests[first..end as usize].chunks_mut(TASK_BLOCKS as usize);
        let generator = &self.generator;
        let tasks: Vec<_> = (self.next_block..).step_by(TASK_BLOCKS as usize).zip(rows.zip(digests)).collect();
        let made = workers.map_items(tasks, |_, (first, (rows, digests))| {
            let mut scratch = Scratch::default();
            let mut reports = observer.reports();
            for ((block, digest), rows) in (first..).zip(digests).zip(rows.chunks_mut(block_values)) {
                generator.block(block, &mut scratch, rows);
                *digest = block_digest(rows);
                reports.made_block()?;
            }
            reports.finish()
        });
        made.into_iter().collect()
    }

    fn make_counted(&mut self, end: u32, workers: &Workers, observer: &Observer<'_>) -> Result<(), Cancelled> {
        let columns = self.config.buckets().len();
        let first = self.next_block as usize;
        let (generator, plan) = (&self.generator, &self.plan);
        let num_scenarios = self.config.num_scenarios();
        let digests = self.block_digests[first..end as usize].chunks_mut(TASK_BLOCKS as usize);
        let tasks: Vec<_> = (self.next_block..).step_by(TASK_BLOCKS as usize).zip(digests).collect();
        let made = workers.map_items(tasks, |_, (first, digests)| {
            let mut scratch = Scratch::default();
            let mut rows = vec![0.0; BLOCK_ROWS * columns];
            let mut partial = Partial::empty(plan, first);
            let mut reports = observer.reports();
            for (block, digest) in (first..).zip(digests) {
                let rows = &mut rows[..block_rows(num_scenarios, block) * columns];
                generator.block(block, &mut scratch, rows);
                *digest = block_digest(rows);
                partial.push_rows(plan, rows);
                reports.made_block()?;
            }
            reports.finish()?;
            Ok(partial)
        });
        let parts = made.into_iter().collect::<Result<Vec<_>, _>>()?;
        let before = core::mem::replace(&mut self.partial, Partial::empty(&self.plan, 0));
        self.partial = join(&self.plan, core::iter::once(before).chain(parts));
        Ok(())
    }
}

/// Summarises rows that are already there (kept, or received): the same figures, to the bit, as the run that made
/// them, with the summary's digest and the warnings.
///
/// # Errors
/// A matrix that is not `config`'s shape, or holds a value that is no multiple (negative, infinite, not a number).
pub fn summarise_matrix(config: &Config, matrix: &Matrix) -> Result<(Summary, Digest, Vec<Warning>), Errors> {
    summarise_with(config, matrix, &Workers::Here)
}

/// Like [`summarise_matrix`], on exactly `threads` threads.
///
/// # Errors
/// As [`summarise_matrix`].
#[cfg(feature = "rayon")]
pub fn summarise_matrix_on(
    config: &Config,
    matrix: &Matrix,
    threads: usize,
) -> Result<(Summary, Digest, Vec<Warning>), Errors> {
    summarise_with(config, matrix, &Workers::new(threads))
}

fn summarise_with(
    config: &Config,
    matrix: &Matrix,
    workers: &Workers,
) -> Result<(Summary, Digest, Vec<Warning>), Errors> {
    check_matrix(config, matrix)?;
    let plan = SummaryPlan::new(config);
    Ok(report(config, summarise(&plan, &Source::Rows(&matrix.rows), workers)))
}

/// The fund's multiple in each of a matrix's rows, for comparisons.
///
/// # Errors
/// As [`summarise_matrix`].
pub fn fund_outcomes(config: &Config, matrix: &Matrix) -> Result<FundOutcomes, Errors> {
    check_matrix(config, matrix)?;
    let columns: Vec<Vec<f32>> = (0..matrix.columns)
        .map(|column| matrix.rows.chunks_exact(matrix.columns).map(|row| row[column]).collect())
        .collect();
    Ok(FundOutcomes::new(&SummaryPlan::new(config), columns.iter().map(Vec::as_slice).collect()))
}

fn check_matrix(config: &Config, matrix: &Matrix) -> Result<(), Errors> {
    let columns = config.buckets().len();
    let values = config.num_scenarios() as usize * columns;
    if matrix.columns != columns || matrix.rows.len() != values {
        return Err(corrupt(format!(
            "{} values in {} columns are not the {} rows of {} buckets that the configuration asks for",
            matrix.rows.len(),
            matrix.columns,
            config.num_scenarios(),
            columns
        )));
    }
    if let Some(index) = not_a_multiple(&matrix.rows) {
        return Err(corrupt(format!(
            "row {}, column {} is {}: a multiple is a finite number, 0 or more",
            index / columns,
            index % columns,
            if matrix.rows[index] == 0.0 { "-0".to_owned() } else { number(matrix.rows[index].into()) }
        )));
    }
    Ok(())
}

/// The first value that is no multiple: finite and not negative means at most the largest finite bits, the sign bit clear.
pub(crate) fn not_a_multiple(rows: &[f32]) -> Option<usize> {
    rows.iter().position(|value| value.to_bits() > f32::MAX.to_bits())
}

pub(crate) fn corrupt(message: String) -> Errors {
    Error { path: String::new(), code: ErrorCode::Corrupt, message }.into()
}

pub(crate) fn report(config: &Config, summarised: Summarised) -> (Summary, Digest, Vec<Warning>) {
    let warnings = run_warnings(config, summarised.warning);
    let summary_digest = summarised.summary.digest();
    (summarised.summary, summary_digest, warnings)
}

/// The configuration's warnings and what only the rows could tell, in the order of the codes.
pub(crate) fn run_warnings(config: &Config, from_rows: Option<Warning>) -> Vec<Warning> {
    let mut warnings = config.warnings();
    if let Some(warning) = from_rows {
        let place = warnings.partition_point(|other| other.code <= warning.code);
        warnings.insert(place, warning);
    }
    warnings
}

#[cfg(feature = "rayon")]
use observer::Observer;

#[cfg(feature = "rayon")]
mod observer {
    use core::{
        ops::ControlFlow,
        sync::atomic::{AtomicBool, Ordering},
    };
    use std::sync::Mutex;

    use super::{Cancelled, RunProgress};

    type Observe<'a> = &'a (dyn Fn(RunProgress) -> ControlFlow<()> + Sync);

    /// Tells the caller of progress, one thread at a time, and all threads of the caller's wish to stop.
    pub(super) struct Observer<'a> {
        progress: Mutex<RunProgress>,
        cancelled: AtomicBool,
        blocks_per_report: u32,
        observe: Observe<'a>,
    }

    /// The blocks of one task that were not reported yet.
    pub(super) struct Reports<'a> {
        observer: &'a Observer<'a>,
        unreported: u32,
    }

    impl<'a> Observer<'a> {
        pub(super) fn new(progress: RunProgress, blocks_per_report: u32, observe: Observe<'a>) -> Self {
            Self { progress: Mutex::new(progress), cancelled: AtomicBool::new(false), blocks_per_report, observe }
        }

        pub(super) fn reports(&self) -> Reports<'_> {
            Reports { observer: self, unreported: 0 }
        }
    }

    impl Reports<'_> {
        pub(super) fn made_block(&mut self) -> Result<(), Cancelled> {
            self.unreported += 1;
            if self.unreported < self.observer.blocks_per_report {
                return self.check();
            }
            self.finish()
        }

        pub(super) fn finish(&mut self) -> Result<(), Cancelled> {
            if self.unreported > 0 {
                let mut progress = self.observer.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                progress.blocks_done += core::mem::take(&mut self.unreported);
                if (self.observer.observe)(*progress).is_break() {
                    self.observer.cancelled.store(true, Ordering::Relaxed);
                }
            }
            self.check()
        }

        fn check(&self) -> Result<(), Cancelled> {
            if self.observer.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
        }
    }
}
