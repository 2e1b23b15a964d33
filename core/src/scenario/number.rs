//! Numbers in messages. The standard library writes floating point in four more ways, each with tables of its own, which
//! every page would load.

/// A number as the canonical JSON writes it; `inf` and `NaN` where it writes none.
pub(crate) fn number(value: f64) -> String {
    let text = match value {
        f64::INFINITY => "inf",
        f64::NEG_INFINITY => "-inf",
        _ => return ryu_js::Buffer::new().format(value).to_owned(),
    };
    text.to_owned()
}

/// A number from 0 to 10¹² with so many decimals, at most 6: what `{:.decimals$}` writes, halves to even in the exact
/// binary fraction.
pub(super) fn fixed(value: f64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let bits = value.to_bits();
    let exponent = (bits >> 52) as u32;
    // A number below 2⁻⁷⁵ is none in any of the decimals.
    let shift = 1_075_u32.saturating_sub(exponent).min(127);
    let scaled = u128::from(bits & ((1 << 52) - 1) | 1 << 52) * u128::from(scale);
    let (whole, rest) = ((scaled >> shift) as u64, scaled & ((1 << shift) - 1));
    let half = 1 << (shift - 1);
    let rounded = whole + u64::from(rest > half || (rest == half && whole % 2 == 1));
    format!("{}.{:0width$}", rounded / scale, rounded % scale, width = decimals as usize)
}

/// A number from 0 to 1 as `{:.1e}` writes it: `3.2e-7`.
pub(super) fn scientific(value: f64) -> String {
    let (mut mantissa, mut exponent) = (value, 0);
    // One that would round to 10 begins one decade higher.
    while mantissa > 0.0 && mantissa < 0.995 {
        mantissa *= 10.0;
        exponent -= 1;
    }
    format!("{}e{exponent}", fixed(mantissa, 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{fixed, number, scientific};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn decimals_are_the_standard_library_s(value in 0.0..1e12, short in 0_u32..1_000_000, decimals in 1_u32..=6) {
            for value in [value, value * 1e-9, value * 1e-30, f64::from(short) / 1e4, f64::from(short) / 256.0] {
                prop_assert_eq!(fixed(value, decimals), format!("{value:.*}", decimals as usize));
            }
        }

        #[test]
        fn one_digit_and_an_exponent_are_the_standard_library_s(mantissa in 0.0..1.0, exponent in 0_i32..300) {
            let value: f64 = format!("{mantissa}e-{exponent}").parse().unwrap();
            prop_assert_eq!(scientific(value), format!("{value:.1e}"));
        }
    }

    #[test]
    fn ends_of_the_ranges() {
        for value in [0.0, 0.05, 0.15, 0.25, 0.95, 0.995, 0.999_5, 1.0, 9.95, 1e12, f64::MIN_POSITIVE, 5e-324] {
            assert_eq!(fixed(value, 1), format!("{value:.1}"));
            assert_eq!(fixed(value, 3), format!("{value:.3}"));
        }
        for value in [0.0, 1e-3, 9.94e-4, 9.95e-4, 9.96e-4, 9.99e-4, 1e-300, 5e-324] {
            assert_eq!(scientific(value), format!("{value:.1e}"));
        }
        assert_eq!(
            [f64::NAN, f64::INFINITY, -f64::INFINITY, -0.5, 1e21].map(number),
            ["NaN", "inf", "-inf", "-0.5", "1e+21"]
        );
    }
}
