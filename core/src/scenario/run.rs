//! A run as a resumable iterator of blocks, and its outcome.

use super::{Config, Digest, Summary, Warning};
use crate::kernel::Target;

/// A run under way: blocks are made in any order, by any number of threads, and the outcome has the same bits.
#[derive(Debug)]
pub struct Run {}

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
    pub fn with_target(_config: &Config, _target: Target) -> Self {
        todo!()
    }

    /// Makes at most `max_blocks` further blocks; `true` when all are made.
    pub fn step(&mut self, _max_blocks: u32) -> bool {
        todo!()
    }

    /// How far the run is.
    pub fn progress(&self) -> RunProgress {
        todo!()
    }

    /// Summarises a run whose blocks are all made.
    ///
    /// # Panics
    /// If blocks are missing.
    pub fn finish(self) -> RunOutcome {
        todo!()
    }

    /// Runs to the end on `threads` threads, telling `observe` of progress after every few blocks.
    ///
    /// # Errors
    /// [`Cancelled`] when `observe` breaks.
    #[cfg(feature = "rayon")]
    pub fn complete(
        self,
        _threads: usize,
        _observe: &(dyn Fn(RunProgress) -> core::ops::ControlFlow<()> + Sync),
    ) -> Result<RunOutcome, Cancelled> {
        todo!()
    }
}
