//! 2 lanes: WebAssembly's fixed-width SIMD (nothing of relaxed SIMD, whose results differ between machines).

use core::arch::wasm32::*;

use super::passes;
use super::target::entry_points;
use crate::math::Vector;

// Seven registers, not eight: with eight, browsers' compilers of machine code run out of the 16 there are and keep more of
// a deal's values in memory. A vector is no whole number of such groups; what is left goes one by one.
entry_points!(Pair, 7, 4, passes::step_then_normals::<Pair, 1>);

/// A module with simd128 does not load where it is missing, so that nothing needs to be found at run time.
#[derive(Clone, Copy)]
struct Pair(v128);

/// A load or a store.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: it is given a slice of exactly the lanes' size.
        unsafe { $call }
    };
}

impl Vector for Pair {
    type Bits = v128;
    const LANES: usize = 2;
    const COUNTS_KNOTS: bool = true;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(f64x2_splat(value))
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        let from = &from[..Self::LANES];
        Self(intrinsic!(v128_load(from.as_ptr().cast())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(v128_store(to.as_mut_ptr().cast(), self.0))
    }
    #[inline(always)]
    fn store_f32(self, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(v128_store64_lane::<0>(f32x4_demote_f64x2_zero(self.0), to.as_mut_ptr().cast()))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f64x2_add(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f64x2_sub(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f64x2_mul(self.0, other.0))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f64x2_div(self.0, other.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(f64x2_pmin(other.0, self.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(f64x2_pmax(other.0, self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f64x2_sqrt(self.0))
    }
    #[inline(always)]
    fn select_ge(self, threshold: Self, yes: Self, no: Self) -> Self {
        Self(v128_bitselect(yes.0, no.0, f64x2_ge(self.0, threshold.0)))
    }
    #[inline(always)]
    fn count_ge(self, threshold: Self, count: v128) -> v128 {
        i64x2_sub(count, f64x2_ge(self.0, threshold.0))
    }
    #[inline(always)]
    fn to_bits(self) -> v128 {
        self.0
    }
    #[inline(always)]
    fn from_bits(bits: v128) -> Self {
        Self(bits)
    }
    #[inline(always)]
    fn splat_bits(value: u64) -> v128 {
        u64x2_splat(value)
    }
    #[inline(always)]
    fn load_bits(from: &[u64]) -> v128 {
        let from = &from[..Self::LANES];
        intrinsic!(v128_load(from.as_ptr().cast()))
    }
    #[inline(always)]
    fn store_bits(bits: v128, to: &mut [u64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(v128_store(to.as_mut_ptr().cast(), bits))
    }
    #[inline(always)]
    fn add_bits(a: v128, b: v128) -> v128 {
        i64x2_add(a, b)
    }
    #[inline(always)]
    fn and(a: v128, b: v128) -> v128 {
        v128_and(a, b)
    }
    #[inline(always)]
    fn or(a: v128, b: v128) -> v128 {
        v128_or(a, b)
    }
    #[inline(always)]
    fn xor(a: v128, b: v128) -> v128 {
        v128_xor(a, b)
    }
    #[inline(always)]
    fn shift_left<const BY: u32>(a: v128) -> v128 {
        i64x2_shl(a, BY)
    }
    #[inline(always)]
    fn shift_right<const BY: u32>(a: v128) -> v128 {
        u64x2_shr(a, BY)
    }
    #[inline(always)]
    unsafe fn gather_rows(table: &[[f64; 4]], index: v128) -> [Self; 4] {
        // The table is far shorter than 2³² rows: the low halves of the indices are enough.
        let at = [i32x4_extract_lane::<0>(index) as usize, i32x4_extract_lane::<2>(index) as usize];
        // SAFETY: the caller's promise: every index is a row of the table, four f64 wide.
        let half = |lane: usize, half: usize| unsafe {
            v128_load(table.get_unchecked(at[lane]).as_ptr().add(2 * half).cast())
        };
        let (a, b, c, d) = (half(0, 0), half(0, 1), half(1, 0), half(1, 1));
        [
            Self(i64x2_shuffle::<0, 2>(a, c)),
            Self(i64x2_shuffle::<1, 3>(a, c)),
            Self(i64x2_shuffle::<0, 2>(b, d)),
            Self(i64x2_shuffle::<1, 3>(b, d)),
        ]
    }
}
