//! The vector that every pass and every elementary function is written over, and its one-lane reference.

/// Lanes of f64 with exactly the operations whose results IEEE 754 fixes, so that every implementation gives the
/// same bits in every lane.
///
/// The other implementations live beside the targets in [`crate`]; they are made only inside passes that
/// run after the target was found on the machine.
pub(crate) trait Vector: Copy {
    /// The same lanes as u64.
    type Bits: Copy;

    /// Number of lanes, a divisor of 8.
    const LANES: usize;

    /// Whether an outcome table's piece is found by counting the knots passed and loading a row, or by a select for
    /// each knot. The same bits; what is faster differs.
    const COUNTS_KNOTS: bool;

    fn splat(value: f64) -> Self;
    /// The first lanes of `from`, which has at least that many.
    fn load(from: &[f64]) -> Self;
    /// Into the first lanes of `to`, which has at least that many.
    fn store(self, to: &mut [f64]);
    /// Rounded to f32 (to nearest, ties to even) into the first lanes of `to`.
    fn store_f32(self, to: &mut [f32]);

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    /// `self < other ? self : other`: `other` where either is NaN.
    fn min(self, other: Self) -> Self;
    /// `self > other ? self : other`: `other` where either is NaN.
    fn max(self, other: Self) -> Self;
    /// `self >= threshold ? yes : no`.
    fn select_ge(self, threshold: Self, yes: Self, no: Self) -> Self;
    /// `count + 1` where `self >= threshold`, else `count`.
    fn count_ge(self, threshold: Self, count: Self::Bits) -> Self::Bits;

    fn to_bits(self) -> Self::Bits;
    fn from_bits(bits: Self::Bits) -> Self;
    fn splat_bits(value: u64) -> Self::Bits;
    fn load_bits(from: &[u64]) -> Self::Bits;
    fn store_bits(bits: Self::Bits, to: &mut [u64]);
    /// Wrapping sum.
    fn add_bits(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn and(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn or(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn xor(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn shift_left<const BY: u32>(a: Self::Bits) -> Self::Bits;
    fn shift_right<const BY: u32>(a: Self::Bits) -> Self::Bits;
    /// `BACK` is 64 − `BY`.
    fn rotate_left<const BY: u32, const BACK: u32>(a: Self::Bits) -> Self::Bits {
        Self::or(Self::shift_left::<BY>(a), Self::shift_right::<BACK>(a))
    }

    /// The four columns of row `index` of `table`, lane by lane.
    ///
    /// # Safety
    /// Every lane of `index` is less than `table.len()`.
    unsafe fn gather_rows(table: &[[f64; 4]], index: Self::Bits) -> [Self; 4];
}

/// One lane of plain f64: the reference, and the fallback.
#[derive(Clone, Copy)]
pub(crate) struct Scalar(pub(crate) f64);

impl Vector for Scalar {
    type Bits = u64;
    const LANES: usize = 1;
    const COUNTS_KNOTS: bool = true;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(value)
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        Self(from[0])
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[0] = self.0;
    }
    #[inline(always)]
    fn store_f32(self, to: &mut [f32]) {
        to[0] = self.0 as f32;
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self.0 < other.0 { self } else { other }
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self.0 > other.0 { self } else { other }
    }
    #[inline(always)]
    fn select_ge(self, threshold: Self, yes: Self, no: Self) -> Self {
        if self.0 >= threshold.0 { yes } else { no }
    }
    #[inline(always)]
    fn count_ge(self, threshold: Self, count: u64) -> u64 {
        count + u64::from(self.0 >= threshold.0)
    }
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self.0.to_bits()
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
    #[inline(always)]
    fn splat_bits(value: u64) -> u64 {
        value
    }
    #[inline(always)]
    fn load_bits(from: &[u64]) -> u64 {
        from[0]
    }
    #[inline(always)]
    fn store_bits(bits: u64, to: &mut [u64]) {
        to[0] = bits;
    }
    #[inline(always)]
    fn add_bits(a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }
    #[inline(always)]
    fn and(a: u64, b: u64) -> u64 {
        a & b
    }
    #[inline(always)]
    fn or(a: u64, b: u64) -> u64 {
        a | b
    }
    #[inline(always)]
    fn xor(a: u64, b: u64) -> u64 {
        a ^ b
    }
    #[inline(always)]
    fn shift_left<const BY: u32>(a: u64) -> u64 {
        a << BY
    }
    #[inline(always)]
    fn shift_right<const BY: u32>(a: u64) -> u64 {
        a >> BY
    }
    #[inline(always)]
    unsafe fn gather_rows(table: &[[f64; 4]], index: u64) -> [Self; 4] {
        table[index as usize].map(Self)
    }
}
