//! Powers of two.

use super::coefficients::EXP2;
use super::horner;
use super::vector::Vector;

/// 1.5·2⁵²: adding it rounds to integers, whose number is then in the low bits.
const INTEGERS: f64 = 6_755_399_441_055_744.0;

/// 2^y for |y| < 1022.
///
/// The nearest integer goes to the exponent, the rest, at most ½, through a polynomial of degree 8: relative error
/// 9.7e-13. It meets 2^y at −½, 0 and ½, so that neighbouring pieces join without a step and 2⁰ is 1.
#[inline(always)]
pub(crate) fn exp2_of<V: Vector, const U: usize>(y: [V; U]) -> [V; U] {
    let mut integer = y;
    let mut rest = y;
    for u in 0..U {
        integer[u] = y[u].add(V::splat(INTEGERS));
        rest[u] = y[u].sub(integer[u].sub(V::splat(INTEGERS)));
    }
    let mut power = horner(&EXP2, rest);
    for u in 0..U {
        power[u] = V::from_bits(V::add_bits(power[u].to_bits(), V::shift_left::<52>(integer[u].to_bits())));
    }
    power
}
