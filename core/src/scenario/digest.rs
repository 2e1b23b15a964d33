//! Blocks of rows and their digests.

use super::Digest;

#[cfg(target_endian = "big")]
compile_error!("rows are hashed and stored as they lie in memory: little-endian targets only");

/// Rows of a block; the last block of a matrix may have fewer.
pub const BLOCK_ROWS: usize = 1_024;

/// Blocks of a matrix with `num_scenarios` rows.
pub const fn num_blocks(num_scenarios: u32) -> u32 {
    num_scenarios.div_ceil(BLOCK_ROWS as u32)
}

/// Rows of block `block` of a matrix with `num_scenarios` rows.
pub fn block_rows(num_scenarios: u32, block: u32) -> usize {
    (num_scenarios as usize).saturating_sub(block as usize * BLOCK_ROWS).min(BLOCK_ROWS)
}

/// BLAKE3 of a block's rows: row-major f32, little-endian.
///
/// ```
/// use foliocast_core::scenario::block_digest;
/// assert_eq!(block_digest(&[1.0]), blake3::hash(&[0, 0, 128, 63]).into());
/// ```
pub fn block_digest(rows: &[f32]) -> Digest {
    // SAFETY: an f32 has no padding, any bytes are valid u8, u8 needs no alignment, and the size is the rows'.
    let bytes = unsafe { core::slice::from_raw_parts(rows.as_ptr().cast::<u8>(), size_of_val(rows)) };
    blake3::hash(bytes).into()
}

/// The matrix's digest: BLAKE3 of the concatenated block digests.
pub fn matrix_digest(block_digests: &[Digest]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for digest in block_digests {
        hasher.update(digest.as_bytes());
    }
    hasher.finalize().into()
}
