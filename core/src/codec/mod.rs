//! Encoded rows (`.fcm`): a header, then chunks of whole 1,024-row blocks, each with its own digest.
//!
//! `docs/FCM.md` is the contract. A chunk alone ([`encode_chunk`], [`decode_chunk`], [`chunk_digest`]) is also what
//! stores keep; a file is the [`Header`]'s bytes, then per chunk its [`frame`] and its encoded bytes.
//!
//! ```
//! use foliocast_core::codec::{Decoder, Header, Part, encode_chunk, frame};
//! use foliocast_core::scenario::{Digest, default_fund};
//!
//! let config = default_fund("default");
//! let header = Header::new(&config, Digest::from_bytes([0; 32]), 0..2_000)?;
//! let mut file = header.encode();
//! for rows in header.chunks() {
//!     let values = vec![1.5_f32; rows.len() * header.columns() as usize];
//!     let encoded = encode_chunk(&values);
//!     file.extend(frame(rows.start, values.len(), &encoded));
//!     file.extend(encoded);
//! }
//!
//! let mut decoder = Decoder::default();
//! decoder.push(&file);
//! let mut rows_read = 0;
//! while let Some(part) = decoder.next_part()? {
//!     if let Part::Chunk(chunk) = part {
//!         rows_read += chunk.values.len() / header.columns() as usize;
//!     }
//! }
//! decoder.finish()?;
//! assert_eq!(rows_read, 2_000);
//! # Ok::<(), foliocast_core::Error>(())
//! ```

mod chunk;
mod decoder;
mod header;

pub use chunk::{chunk_digest, decode_chunk, encode_chunk};
pub use decoder::{Chunk, Decoder, FRAME_BYTES, Part, frame};
pub use header::{FORMAT_VERSION, Header};

use core::ops::Range;

use crate::{Error, ErrorCode, scenario::BLOCK_ROWS};

/// Most bytes of raw rows in a chunk.
pub const MAX_CHUNK_BYTES: usize = 1 << 20;

/// Whole blocks of a chunk in a matrix of `columns` columns: as many as fit into [`MAX_CHUNK_BYTES`], at least one.
pub const fn chunk_blocks(columns: u32) -> u32 {
    let block_bytes = BLOCK_ROWS as u64 * 4 * columns as u64;
    let blocks = MAX_CHUNK_BYTES as u64 / if block_bytes == 0 { 1 } else { block_bytes };
    if blocks == 0 { 1 } else { blocks as u32 }
}

/// The rows of each chunk that `rows` of a matrix of `columns` columns are cut into. Chunks begin at multiples of
/// [`chunk_blocks`] blocks of the matrix, so that those wholly inside a range are the same chunks in every range.
pub fn chunk_ranges(columns: u32, rows: Range<u32>) -> impl Iterator<Item = Range<u32>> + Clone {
    let chunk_rows = u64::from(chunk_blocks(columns)) * BLOCK_ROWS as u64;
    let mut start = rows.start;
    core::iter::from_fn(move || {
        let next_chunk = (u64::from(start) / chunk_rows + 1) * chunk_rows;
        let end = next_chunk.min(u64::from(rows.end)) as u32;
        (start < end).then(|| core::mem::replace(&mut start, end)..end)
    })
}

fn corrupt(message: impl Into<String>) -> Error {
    Error { path: String::new(), code: ErrorCode::Corrupt, message: message.into() }
}
