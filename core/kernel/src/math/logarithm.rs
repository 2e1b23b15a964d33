//! Logarithms of single numbers, for set-up constants.

/// ln 2, its high 33 bits: `k · LN_2_HIGH` is exact for every exponent k.
const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
/// ln 2 − [`LN_2_HIGH`], rounded.
const LN_2_LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);
/// 1 / ln 2, rounded.
pub const LOG2_E: f64 = f64::from_bits(0x3FF7_1547_652B_82FE);

/// √½, rounded down: mantissas are taken from here to twice here.
pub(super) const SQRT_HALF_BITS: u64 = 0x3FE6_A09E_667F_3BCD;
pub(super) const ONE_BITS: u64 = 0x3FF0_0000_0000_0000;
pub(super) const MANTISSA_MASK: u64 = 0x000F_FFFF_FFFF_FFFF;

/// Natural logarithm of a positive normal number, within two units in the last place; anything else gives an
/// unspecified number.
///
/// x = 2^k·m with m between √½ and √2, ln m = 2·artanh((m − 1)/(m + 1)) by its Taylor series: s² < 0.0295, so 12
/// terms leave 1e-20. A fitted polynomial would be shorter, but this runs a few times for each run and needs no table.
///
/// ```
/// let error = foliocast_kernel::math::ln(10.0) - core::f64::consts::LN_10;
/// assert!(error.abs() < 1e-15);
/// assert_eq!(foliocast_kernel::math::ln(1.0), 0.0);
/// ```
pub fn ln(x: f64) -> f64 {
    let shifted = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let exponent = (shifted >> 52) as f64 - 1023.0;
    let mantissa = f64::from_bits((shifted & MANTISSA_MASK) + SQRT_HALF_BITS);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut series = 0.0;
    let mut k = 25.0;
    while k > 1.0 {
        series = (series + 1.0 / k) * square;
        k -= 2.0;
    }
    exponent * LN_2_HIGH + (exponent * LN_2_LOW + (2.0 * s * series + 2.0 * s))
}

/// Logarithm to base 2, as [`ln`].
///
/// ```
/// assert_eq!(foliocast_kernel::math::log2(1.0), 0.0);
/// assert!((foliocast_kernel::math::log2(8.0) - 3.0).abs() < 1e-15);
/// ```
pub fn log2(x: f64) -> f64 {
    ln(x) * LOG2_E
}
