//! Elementary functions of `core`'s own: only `+ − × ÷ √`, tables and bit operations, in one fixed order.
//!
//! The standard library's `exp`, `ln`, `pow` and `sin` differ between targets in the last place on 3–10 % of inputs,
//! and a fused multiply-add changes any polynomial. So every function here is written once, over a small vector of
//! lanes, with nothing but operations that IEEE 754 fixes; the passes of [`crate`] run that text with wide
//! vectors, and the functions of this page run it with one lane. Clippy's `disallowed-methods` keeps the others out.
//!
//! | function | method | error, measured against mpmath |
//! | --- | --- | --- |
//! | [`ln`], [`log2`] | artanh series, set-up only | relative 2.2e-16 |
//! | [`standard_normals`] | Box–Muller; polynomials of degree 14 and 6 | relative 3.2e-13 |
//! | [`exp2`] | nearest integer and degree 8 | relative 9.7e-13 |
//! | [`neg_ln_upper_tail`] | cubic table, 513 cells of 1/32 | absolute 8.1e-11 |
//!
//! The polynomials interpolate at Chebyshev's nodes, stretched so that the outermost are the ends of the interval:
//! neighbouring pieces then meet, and what should rise does not step back. `scripts/make_coefficients.py` makes
//! `coefficients.rs` and `tail_table.rs` with mpmath; they are part of the model's bits and never change within a
//! kernel version. A WebAssembly module makes the table's bits itself (`tail_series.rs`).

mod coefficients;
mod exponential;
mod logarithm;
mod normal;
#[cfg(any(test, target_family = "wasm"))]
mod tail_series;
mod tail_table;
mod upper_tail;
mod vector;

pub(crate) use exponential::exp2_of;
pub use logarithm::{LOG2_E, ln, log2};
pub(crate) use normal::{around, radius};
pub(crate) use upper_tail::{tail_table, upper_tail};
pub(crate) use vector::{Scalar, Vector};

/// 2^y for |y| < 1022; anything else gives an unspecified number.
///
/// ```
/// assert_eq!(foliocast_kernel::math::exp2(0.0), 1.0);
/// assert!((foliocast_kernel::math::exp2(0.5) / 2f64.sqrt() - 1.0).abs() < 1e-12);
/// ```
pub fn exp2(y: f64) -> f64 {
    exp2_of([Scalar(y)])[0].0
}

/// −ln Φ(−z), where Φ is the standard normal distribution function; z is clamped to [−7.4, 8.4].
///
/// ```
/// assert!((foliocast_kernel::math::neg_ln_upper_tail(0.0) - core::f64::consts::LN_2).abs() < 1e-10);
/// ```
pub fn neg_ln_upper_tail(z: f64) -> f64 {
    upper_tail(tail_table(), [Scalar(z)])[0].0
}

/// The two independent standard normals of a pair of uniform words: r·cos θ and r·sin θ with
/// r = √(−2·ln(1 − unit(a))), θ = 2π·unit(b), where unit takes the high 52 bits.
///
/// ```
/// let (x, y) = foliocast_kernel::math::standard_normals(1 << 63, 0);
/// assert!((x - (2.0 * core::f64::consts::LN_2).sqrt()).abs() < 1e-12 && y == 0.0);
/// ```
pub fn standard_normals(a: u64, b: u64) -> (f64, f64) {
    let (cos, sin) = around::<Scalar, 1>([b], radius([a]));
    (cos[0].0, sin[0].0)
}

/// The polynomial with these coefficients, constant first, at x.
#[inline(always)]
fn horner<V: Vector, const U: usize, const N: usize>(coefficients: &[f64; N], x: [V; U]) -> [V; U] {
    let mut sum = [V::splat(coefficients[N - 1]); U];
    for &coefficient in coefficients.iter().rev().skip(1) {
        for u in 0..U {
            sum[u] = sum[u].mul(x[u]).add(V::splat(coefficient));
        }
    }
    sum
}
