//! Makes blocks of the matrix, any block by itself, on any target with the same bits.

use super::Config;
use crate::kernel::Target;

/// Everything that making blocks of one matrix needs, prepared once. Cheap to share between threads.
#[derive(Debug)]
pub struct Generator {}

/// Working memory of one thread.
#[derive(Debug, Default)]
pub struct Scratch {}

impl Generator {
    /// Prepares `config`'s matrix for the fastest target of this machine.
    pub fn new(config: &Config) -> Self {
        Self::with_target(config, Target::detect())
    }

    /// Prepares `config`'s matrix for `target`, which the machine must have ([`Target::is_available`]).
    pub fn with_target(_config: &Config, _target: Target) -> Self {
        todo!()
    }

    /// Columns of the matrix.
    pub fn num_columns(&self) -> usize {
        todo!()
    }

    /// Makes block `block`: `rows` is row-major, `block_rows × num_columns` (a prefix of the block if shorter; whole rows).
    pub fn block(&self, _block: u32, _scratch: &mut Scratch, _rows: &mut [f32]) {
        todo!()
    }

    /// Makes one column of block `block` into `column` (at most 1,024 rows), the same bits as [`Self::block`].
    pub fn column(&self, _bucket: usize, _block: u32, _scratch: &mut Scratch, _column: &mut [f32]) {
        todo!()
    }
}
