//! Two uniform words to two standard normals (Box–Muller).

use super::coefficients::{NEG_TWO_LN, SIN_TWO_PI};
use super::horner;
use super::logarithm::{MANTISSA_MASK, ONE_BITS, SQRT_HALF_BITS};
use super::vector::Vector;

/// 2⁵²: a small integer in the low bits of its mantissa is that integer, as an f64, above 2⁵².
const TWO_52: f64 = 4_503_599_627_370_496.0;
const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
/// −2·ln 2, rounded.
const NEG_TWO_LN_2: f64 = f64::from_bits(0xBFF6_2E42_FEFA_39EF);
/// 1.5·2⁵¹: adding it rounds to halves, whose number is then in the low bits.
const HALVES: f64 = 3_377_699_720_527_872.0;
const ABS_MASK: u64 = 0x7FFF_FFFF_FFFF_FFFF;

/// √(−2·ln(1 − unit(a))).
///
/// With b the f64 of bits `(a >> 12) | 1.0`, 1 − unit is 2 − b exactly, in (0, 1]. ln by the exponent around √½ and a
/// polynomial of degree 14 in the mantissa less 1 (13 gives 3.3e-12): no division, no select.
#[inline(always)]
pub(crate) fn radius<V: Vector, const U: usize>(a: [V::Bits; U]) -> [V; U] {
    let mut exponent = [V::splat(0.0); U];
    let mut s = [V::splat(0.0); U];
    for u in 0..U {
        let b = V::from_bits(V::or(V::shift_right::<12>(a[u]), V::splat_bits(ONE_BITS)));
        let remaining = V::splat(2.0).sub(b);
        let shifted = V::add_bits(remaining.to_bits(), V::splat_bits(ONE_BITS - SQRT_HALF_BITS));
        exponent[u] = V::from_bits(V::or(V::shift_right::<52>(shifted), V::splat_bits(TWO_52_BITS)))
            .sub(V::splat(TWO_52 + 1023.0));
        let mantissa = V::add_bits(V::and(shifted, V::splat_bits(MANTISSA_MASK)), V::splat_bits(SQRT_HALF_BITS));
        s[u] = V::from_bits(mantissa).sub(V::splat(1.0));
    }
    let q = horner(&NEG_TWO_LN, s);
    let mut radius = s;
    for u in 0..U {
        radius[u] = exponent[u].mul(V::splat(NEG_TWO_LN_2)).add(s[u].mul(q[u])).sqrt();
    }
    radius
}

/// (r·cos θ, r·sin θ) for θ = 2π·unit(b).
///
/// x = the turn less its nearest half, exactly; sin 2πx = x·P(x²), and the cosine is the sine of ¼ − |x| with the
/// same P, of degree 6. An odd number of halves flips both signs, through the radius.
#[inline(always)]
pub(crate) fn around<V: Vector, const U: usize>(b: [V::Bits; U], radius: [V; U]) -> ([V; U], [V; U]) {
    let zero = [V::splat(0.0); U];
    let (mut x, mut w, mut x2, mut w2, mut signed) = (zero, zero, zero, zero, zero);
    for u in 0..U {
        let turn = V::from_bits(V::or(V::shift_right::<12>(b[u]), V::splat_bits(ONE_BITS)));
        let halves = turn.add(V::splat(HALVES));
        x[u] = turn.sub(halves.sub(V::splat(HALVES)));
        signed[u] = V::from_bits(V::xor(radius[u].to_bits(), V::shift_left::<63>(halves.to_bits())));
        w[u] = V::splat(0.25).sub(V::from_bits(V::and(x[u].to_bits(), V::splat_bits(ABS_MASK))));
        x2[u] = x[u].mul(x[u]);
        w2[u] = w[u].mul(w[u]);
    }
    let mut sin = [V::splat(SIN_TWO_PI[SIN_TWO_PI.len() - 1]); U];
    let mut cos = sin;
    for &coefficient in SIN_TWO_PI.iter().rev().skip(1) {
        for u in 0..U {
            sin[u] = sin[u].mul(x2[u]).add(V::splat(coefficient));
            cos[u] = cos[u].mul(w2[u]).add(V::splat(coefficient));
        }
    }
    for u in 0..U {
        sin[u] = signed[u].mul(x[u].mul(sin[u]));
        cos[u] = signed[u].mul(w[u].mul(cos[u]));
    }
    (cos, sin)
}
