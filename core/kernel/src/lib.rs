//! Column passes over vectors of 1,024 rows: one text, one small vector trait, several targets, the same bits.
//!
//! A column is made by passes over its vectors: step the 8 lanes of xoshiro256++, turn words into normals, add deal
//! after deal. 16 KB of work at a time stay in the first-level cache, and the vectors of a pass are interleaved,
//! because the code is bound by latency before it is bound by anything else. What differs between targets is measured,
//! never the bits:
//!
//! | target | lanes | words and normals | band of an outcome table |
//! | --- | --- | --- | --- |
//! | AVX-512 | 8 | one loop: the words stay in registers | a select for each knot |
//! | AVX2 | 4 | two loops: 16 registers do not hold both | knots counted, a row loaded |
//! | simd128 | 2 | two loops | knots counted, a row loaded |
//! | scalar | 1 | two loops | knots counted, a row loaded |
//!
//! Table rows are loaded and transposed on all of them: gathers are slower.
//!
//! What rows add up to (`sums.rs`) goes over tiles of a block, row by row, since the order of a sum is part of its bits:
//! registers hold neighbouring columns, whose sums do not wait for each other.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod deal;
pub mod math;
mod passes;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod sums;
mod target;

pub use deal::{Bands, Deal, PowerLaw};
pub use target::{Passes, Target};

/// Rows of a vector: those of a block.
pub const VECTOR_ROWS: usize = 1_024;

/// Rows are worked on in groups of this many, on every target.
pub const GROUP_ROWS: usize = 64;

/// Columns of a tile are filled up to a multiple of this: what the widest registers hold.
pub const TILE_COLUMNS: usize = 8;

/// One f64 for each row of a block, aligned so that no register of any width straddles a cache line.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Vector1024(pub [f64; VECTOR_ROWS]);

/// The words of one vector of normals, in the order of the steps.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Words(pub [u64; VECTOR_ROWS]);

/// 8 lanes of xoshiro256++: word k of lane l is `words[k][l]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Lanes {
    /// A generator's state is a column.
    pub words: [[u64; 8]; 4],
}
