//! Real numbers of a configuration as whole numbers of 10⁻⁶: what sums and comparisons are made in.

/// A real number, rounded to a whole number of millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::scenario) struct Micros(pub i64);

impl Micros {
    /// One.
    pub const ONE: Self = Self(1_000_000);

    /// Numbers from this size on (10¹², far outside every range) all count as this.
    const SATURATED: i64 = 1_000_000_000_000_000_000;

    /// The f64 `x`, taken as the exact binary fraction it is, times 10⁶, rounded half away from zero.
    ///
    /// In integers: a product in f64 would round before the rounding.
    pub fn round(x: f64) -> Self {
        if x.is_nan() {
            return Self(0);
        }
        if !(-1e12..=1e12).contains(&x) {
            return Self(if x > 0.0 { Self::SATURATED } else { -Self::SATURATED });
        }
        let bits = x.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as u32;
        let fraction = bits & ((1 << 52) - 1);
        // |x| = significand · 2^−shift. With |x| ≤ 10¹² the shift is at least 52 − 39.
        let (significand, shift) =
            if exponent == 0 { (fraction, 1_074) } else { (fraction | 1 << 52, 1_075 - exponent) };
        let scaled = u128::from(significand) * 1_000_000;
        // Below 2⁷³: from a shift of 75 on it is less than a half.
        let rounded = if shift > 74 { 0 } else { (scaled + (1 << (shift - 1))) >> shift } as i64;
        Self(if x < 0.0 { -rounded } else { rounded })
    }

    /// The nearest f64; [`Self::round`] leads back.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}
