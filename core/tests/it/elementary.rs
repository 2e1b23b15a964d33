//! Elementary functions against mpmath at 50 digits (`scripts/make_reference.py` made the fixtures), and their shape.

use foliocast_core::math::{exp2, ln, log2, neg_ln_upper_tail, standard_normals};
use proptest::prelude::*;

/// Inputs (bits) and expected outputs of each line.
fn points<const IN: usize, const OUT: usize>(text: &str) -> Vec<([u64; IN], [f64; OUT])> {
    text.lines()
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            assert_eq!(words.len(), IN + OUT);
            let input = core::array::from_fn(|k| u64::from_str_radix(words[k], 16).unwrap());
            (input, core::array::from_fn(|k| words[IN + k].parse().unwrap()))
        })
        .collect()
}

fn relative(made: f64, expected: f64) -> f64 {
    if expected == 0.0 { made.abs() } else { (made / expected - 1.0).abs() }
}

#[test]
fn logarithms_are_within_two_units_in_the_last_place() {
    for ([x], [expected]) in points::<1, 1>(include_str!("fixtures/ln.txt")) {
        let x = f64::from_bits(x);
        assert!(relative(ln(x), expected) < 5e-16, "ln({x:e}) is {expected:e}, not {:e}", ln(x));
        assert!(relative(log2(x) * core::f64::consts::LN_2, expected) < 1e-15, "log2({x:e})");
    }
}

#[test]
fn powers_of_two_have_a_relative_error_below_1e_12() {
    for ([y], [expected]) in points::<1, 1>(include_str!("fixtures/exp2.txt")) {
        let y = f64::from_bits(y);
        assert!(relative(exp2(y), expected) < 1e-12, "2^{y:e} is {expected:e}, not {:e}", exp2(y));
    }
    for integer in -1_000..=1_000_i32 {
        let expected = f64::from_bits(((integer + 1_023) as u64) << 52);
        assert_eq!(exp2(f64::from(integer)), expected, "2^{integer} is exact");
    }
}

#[test]
fn the_upper_tail_has_an_absolute_error_below_1e_10() {
    for ([z], [expected]) in points::<1, 1>(include_str!("fixtures/neg_ln_upper_tail.txt")) {
        let z = f64::from_bits(z);
        let made = neg_ln_upper_tail(z);
        assert!((made - expected).abs() < 1e-10, "-ln of the upper tail at {z} is {expected:e}, not {made:e}");
        assert!(made > 0.0, "no score has a tail of 1 or more");
    }
}

#[test]
fn normals_have_a_relative_error_below_1e_12() {
    for ([a, b], expected) in points::<2, 2>(include_str!("fixtures/standard_normals.txt")) {
        let made = standard_normals(a, b);
        for (made, expected) in [made.0, made.1].into_iter().zip(expected) {
            assert!(relative(made, expected) < 1e-12, "{a:016x} {b:016x}: {expected:e}, not {made:e}");
        }
    }
}

#[test]
fn neighbouring_pieces_join_without_a_step_down() {
    // Both sides of every border of the pieces, and steps of 1e-9 around them.
    let border = |k: i32, width: f64| (f64::from(k) + 0.5) * width;
    for k in -240..272 {
        let z = border(k, 1.0 / 32.0);
        for (low, high) in [(z.next_down(), z.next_up()), (z - 1e-9, z + 1e-9)] {
            assert!(neg_ln_upper_tail(low) <= neg_ln_upper_tail(high) * (1.0 + 4e-16), "the tail steps down at {z}");
        }
    }
    for k in -60..1_000 {
        let y = border(k, 1.0);
        assert!(relative(exp2(y.next_down()), exp2(y.next_up())) < 1e-12, "2^y steps at {y}");
        assert!(exp2(y - 1e-12 * y.abs().max(1.0)) <= exp2(y + 1e-12 * y.abs().max(1.0)), "2^y steps down at {y}");
    }
}

#[test]
fn scores_are_clamped_and_nothing_is_out_of_bounds() {
    let (lowest, highest) = (neg_ln_upper_tail(-7.4), neg_ln_upper_tail(8.4));
    for z in [-7.5, -15.0, f64::MIN, f64::NEG_INFINITY] {
        assert_eq!(neg_ln_upper_tail(z), lowest);
    }
    for z in [8.5, 15.0, f64::MAX, f64::INFINITY, f64::NAN] {
        assert_eq!(neg_ln_upper_tail(z), highest);
    }
}

proptest! {
    #[test]
    fn the_tail_rises_with_the_score(z in -8.0..9.0_f64, step in 0.0..0.1_f64) {
        prop_assert!(neg_ln_upper_tail(z) <= neg_ln_upper_tail(z + step) * (1.0 + 4e-16));
    }

    #[test]
    fn any_words_make_finite_normals(a: u64, b: u64) {
        let (x, y) = standard_normals(a, b);
        prop_assert!(x.abs() < 8.5 && y.abs() < 8.5);
    }

    #[test]
    fn no_input_panics(bits: u64) {
        let x = f64::from_bits(bits);
        let _ = (ln(x), log2(x), exp2(x), neg_ln_upper_tail(x));
    }
}
