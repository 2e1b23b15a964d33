//! Rows of a stored matrix: read where they are kept, else made again, and checked against the block digests either way.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use foliocast_core::codec::{chunk_blocks, decode_chunk, encode_chunk};
use foliocast_core::scenario::{BLOCK_ROWS, Config, Digest, Generator, Scratch, block_digest, block_rows, num_blocks};

use crate::cache::{Held, Tiers};
use crate::store::{Record, Scope, StoreError};

/// Reads the rows of one matrix.
pub struct RowReader {
    tiers: Arc<Tiers>,
    record: Arc<Record>,
    /// Nothing of it is evicted while it is read.
    _held: Held,
    generator: Generator,
    num_scenarios: u32,
    columns: usize,
    scratch: Scratch,
}

/// Why rows could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RowsFailure {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A block that was made again is not the block that was made before.
    #[error(
        "block {0} came out differently than when the matrix was made; the matrix was dropped, ask for the run again"
    )]
    Different(u32),
}

impl RowReader {
    /// Reads the matrix of `config`, whose record is `record`.
    pub fn new(tiers: Arc<Tiers>, record: Arc<Record>, config: &Config) -> Self {
        Self {
            _held: tiers.hold(record.id),
            tiers,
            record,
            generator: Generator::new(config),
            num_scenarios: config.num_scenarios(),
            columns: config.buckets().len(),
            scratch: Scratch::default(),
        }
    }

    /// Blocks that are read at once: those of a chunk where rows are kept, else one.
    pub fn blocks_at_once(&self, block: u32) -> Range<u32> {
        if self.record.num_chunks == 0 {
            return block..block + 1;
        }
        let length = chunk_blocks(self.columns as u32);
        let first = block / length * length;
        first..(first + length).min(num_blocks(self.num_scenarios))
    }

    /// Rows of `blocks`, one answer of [`Self::blocks_at_once`], row-major. Takes milliseconds of this thread.
    pub async fn read(&mut self, blocks: Range<u32>) -> Result<Vec<f32>, RowsFailure> {
        if self.record.num_chunks == 0 {
            return self.make(blocks).await;
        }
        let begun = Instant::now();
        let chunk = blocks.start / chunk_blocks(self.columns as u32);
        let num_values = self.values(blocks.clone()).len();
        // A chunk that cannot be read is a chunk that is not there.
        let kept = self.tiers.chunk(&self.record, chunk).await.unwrap_or_else(|error| {
            tracing::warn!(%error, chunk, "a chunk could not be read");
            None
        });
        if let Some(encoded) = kept {
            // The digest of the bytes was checked when they entered the process; what they decode to is checked here.
            if let Ok(values) = decode_chunk(&encoded, num_values)
                && self.differing_block(&blocks, &values).is_none()
            {
                self.tiers.read_cost.measured(num_values as u64 * 4, begun.elapsed());
                return Ok(values);
            }
        }
        let values = self.make(blocks).await?;
        if let Err(error) = self.tiers.restore_chunk(&self.record, chunk, encode_chunk(&values).into()).await {
            tracing::warn!(%error, chunk, "a chunk that was made again could not be kept");
        }
        Ok(values)
    }

    async fn make(&mut self, blocks: Range<u32>) -> Result<Vec<f32>, RowsFailure> {
        let values = self.generate(blocks.clone());
        if self.differing_block(&blocks, &values).is_none() {
            return Ok(values);
        }
        // Once more, since a passing fault of this machine is no reason to drop what others go by.
        let values = self.generate(blocks.clone());
        let Some(block) = self.differing_block(&blocks, &values) else { return Ok(values) };
        self.tiers.drop_in(Scope::Matrix(self.record.id.key), None).await?;
        Err(RowsFailure::Different(block))
    }

    fn generate(&mut self, blocks: Range<u32>) -> Vec<f32> {
        let mut values = vec![0.0; self.values(blocks.clone()).len()];
        for (block, rows) in blocks.zip(values.chunks_mut(BLOCK_ROWS * self.columns)) {
            self.generator.block(block, &mut self.scratch, rows);
        }
        values
    }

    /// Where the values of `blocks` are in the matrix.
    fn values(&self, blocks: Range<u32>) -> Range<usize> {
        let last = blocks.end - 1;
        let end_row = last as usize * BLOCK_ROWS + block_rows(self.num_scenarios, last);
        blocks.start as usize * BLOCK_ROWS * self.columns..end_row * self.columns
    }

    fn differing_block(&self, blocks: &Range<u32>, values: &[f32]) -> Option<u32> {
        let rows = values.chunks(BLOCK_ROWS * self.columns);
        let differs = |(block, rows): &(u32, &[f32])| block_digest_of(&self.record, *block) != Some(block_digest(rows));
        blocks.clone().zip(rows).find(differs).map(|(block, _)| block)
    }
}

/// The digest of a block, from its matrix's record.
pub fn block_digest_of(record: &Record, block: u32) -> Option<Digest> {
    let bytes = record.block_digests.get(block as usize * 32..)?.first_chunk()?;
    Some(Digest::from_bytes(*bytes))
}
