//! The f64 nearest to a decimal number, exactly, ties to even.
//!
//! By a guess and whole numbers that say whether it is the nearest: the tables that would make any number fast are larger
//! than all that reads a configuration, whose numbers have few digits.

use core::cmp::Ordering;

/// No f64, and nothing halfway between two, has more digits than this; what follows only says that there is more.
const MOST_DIGITS: usize = 800;
/// Powers of ten up to this one are exact as f64, as are numbers of 15 digits.
const EXACT_POWER: u32 = 22;
const EXACT_DIGITS: usize = 15;
/// What a guess is made of.
const LEADING_DIGITS: usize = 17;

/// `digits` (ASCII) · 10^`exponent`; infinity where that is nearer than any number.
pub(super) fn nearest(digits: &[u8], exponent: i64) -> f64 {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = &digits[zeros..];
    let magnitude = digits.len() as i64 + exponent;
    if digits.is_empty() || magnitude < -400 {
        return 0.0;
    }
    if magnitude > 400 {
        return f64::INFINITY;
    }
    let (kept, cut) = digits.split_at(digits.len().min(MOST_DIGITS));
    let exponent = (exponent + cut.len() as i64) as i32;
    let (leading, others) = kept.split_at(kept.len().min(LEADING_DIGITS));
    let guess = leading.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit - b'0'));
    if digits.len() <= EXACT_DIGITS && exponent.unsigned_abs() <= EXACT_POWER {
        let power = (0..exponent.unsigned_abs()).fold(1.0, |power, _| power * 10.0);
        return if exponent < 0 { guess / power } else { guess * power };
    }
    let number = Decimal { digits: Whole::of_digits(kept), exponent, has_more: cut.iter().any(|&digit| digit != b'0') };
    let mut nearest = scaled(guess, exponent + others.len() as i32).min(f64::MAX);
    while nearest.is_finite() {
        if number.rounds_above(nearest) {
            nearest = nearest.next_up();
        } else if nearest > 0.0 && !number.rounds_above(nearest.next_down()) {
            nearest = nearest.next_down();
        } else {
            break;
        }
    }
    nearest
}

/// `value` · 10^`exponent`, within a few units in the last place.
fn scaled(mut value: f64, exponent: i32) -> f64 {
    for (bit, power) in [1e1, 1e2, 1e4, 1e8, 1e16, 1e32, 1e64, 1e128, 1e256].into_iter().enumerate() {
        if exponent.unsigned_abs() >> bit & 1 == 1 {
            value = if exponent < 0 { value / power } else { value * power };
        }
    }
    value
}

/// `digits` · 10^`exponent`, and less than one of the last digit more.
struct Decimal {
    digits: Whole,
    exponent: i32,
    has_more: bool,
}

impl Decimal {
    /// Whether this is nearer to the number behind `value` than to `value`, which is finite and not negative.
    fn rounds_above(&self, value: f64) -> bool {
        let bits = value.to_bits();
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
        // value = significand · 2^power.
        let (significand, power) =
            if exponent == 0 { (fraction, -1_074) } else { (fraction | 1 << 52, exponent - 1_075) };
        let (mut decimal, mut half) = (self.digits.clone(), Whole::of(2 * significand + 1));
        if self.exponent < 0 { &mut half } else { &mut decimal }.multiply_by_power(10, self.exponent.unsigned_abs());
        if power <= 0 { &mut decimal } else { &mut half }.multiply_by_power(2, (power - 1).unsigned_abs());
        match decimal.compare(&half) {
            Ordering::Equal => self.has_more || significand % 2 == 1,
            order => order == Ordering::Greater,
        }
    }
}

/// A whole number of any size, in base 2³², low digits first and the last one not 0.
#[derive(Clone)]
struct Whole(Vec<u32>);

impl Whole {
    fn of(value: u64) -> Self {
        let mut whole = Self(Vec::new());
        whole.multiply_and_add(1, value >> 32);
        whole.multiply_and_add(1 << 32, value & u64::from(u32::MAX));
        whole
    }

    fn of_digits(digits: &[u8]) -> Self {
        let mut whole = Self(Vec::new());
        for digit in digits {
            whole.multiply_and_add(10, u64::from(digit - b'0'));
        }
        whole
    }

    /// Neither is beyond 2³².
    fn multiply_and_add(&mut self, factor: u64, term: u64) {
        let mut carry = term;
        for digit in &mut self.0 {
            let product = u64::from(*digit) * factor + carry;
            *digit = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// By `base`, at most 10, nine times at once: 10⁹ is below 2³².
    fn multiply_by_power(&mut self, base: u64, mut exponent: u32) {
        while exponent > 0 {
            let step = exponent.min(9);
            self.multiply_and_add(base.pow(step), 0);
            exponent -= step;
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::nearest;

    fn check(digits: &str, exponent: i64) {
        let expected: f64 = format!("{digits}e{exponent}").parse().unwrap();
        assert_eq!(nearest(digits.as_bytes(), exponent).to_bits(), expected.to_bits(), "{digits}e{exponent}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn the_nearest_is_the_standard_library_s(digits in "[0-9]{1,40}", exponent in -400_i64..400) {
            check(&digits, exponent);
        }

        /// Numbers halfway between two f64, and a little beside.
        #[test]
        fn halves_go_to_even(bits in 0..f64::MAX.to_bits(), last in "[0-9]{0,3}") {
            let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
            // Exact: no f64 has a digit behind the 1,074th decimal, and a half has one more.
            for value in [low, high] {
                let text = format!("{value:.1074}");
                check(&format!("{}{last}", text.replace('.', "")), -1_074 - last.len() as i64);
            }
            if high < 1e300 && low > 1e-300 {
                let (low, high) = (format!("{low:.1074}").replace('.', ""), format!("{high:.1074}").replace('.', ""));
                check(&format!("{}{last}", half_of_sum(&low, &high)), -1_075 - last.len() as i64);
            }
        }
    }

    /// (a + b)/2 with one more digit.
    fn half_of_sum(a: &str, b: &str) -> String {
        let width = a.len().max(b.len());
        let mut carry = 0;
        let mut sum: Vec<u8> = format!("{a:0>width$}")
            .bytes()
            .zip(format!("{b:0>width$}").bytes())
            .rev()
            .map(|(a, b)| {
                let digits = a - b'0' + b - b'0' + carry;
                carry = digits / 10;
                digits % 10
            })
            .collect();
        sum.push(carry);
        let mut rest = 0;
        let mut half: String = sum
            .into_iter()
            .rev()
            .map(|digit| {
                let digits = rest * 10 + digit;
                rest = digits % 2;
                char::from(b'0' + digits / 2)
            })
            .collect();
        half.push(if rest == 1 { '5' } else { '0' });
        half
    }

    #[test]
    fn ends_of_the_range() {
        for (digits, exponent) in [
            ("0", 0),
            ("0", 9_999),
            ("1", 308),
            ("1", 309),
            ("1", i64::from(i32::MAX)),
            ("1", -324),
            ("3", -324),
            ("1", -9_999),
            ("17976931348623157", 292),
            ("17976931348623158", 292),
            ("17976931348623159", 292),
            ("22250738585072014", -324),
            ("22250738585072011", -324),
            ("24703282292062327", -340),
            ("24703282292062328", -340),
            ("9007199254740993", 0),
        ] {
            check(digits, exponent);
        }
        check(&format!("1{}1", "0".repeat(2_000)), -2_001);
        check(&format!("{}1{}", "0".repeat(2_000), "0".repeat(2_000)), -2_000);
        check(&format!("9007199254740993{}1", "0".repeat(1_000)), -1_001);
    }
}
