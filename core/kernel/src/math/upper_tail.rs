//! The logarithm of the normal distribution's upper tail.

#[cfg(not(target_family = "wasm"))]
use super::tail_table::TAIL;
use super::tail_table::{ROW_OF_ZERO, Rows};
use super::vector::Vector;

/// Scores are clamped to these: 4e-17 of draws lie outside.
const LOWEST: f64 = -7.4;
const HIGHEST: f64 = 8.4;
/// 1.5·2⁵²/32: adding it rounds to 32nds, whose number is then in the low bits.
const CELLS: f64 = 211_106_232_532_992.0;

/// The table that [`upper_tail`] is given: a pass takes it once.
#[cfg(not(target_family = "wasm"))]
#[inline(always)]
pub(crate) fn tail_table() -> &'static Rows {
    &TAIL
}

/// The table that [`upper_tail`] is given: a pass takes it once. A module makes it in a few milliseconds: to fetch it
/// would take longer, since it does not compress.
#[cfg(target_family = "wasm")]
#[inline]
pub(crate) fn tail_table() -> &'static Rows {
    static TAIL: std::sync::OnceLock<Rows> = std::sync::OnceLock::new();
    TAIL.get_or_init(super::tail_series::rows)
}

/// −ln Φ(−z), z clamped to [−7.4, 8.4]: absolute error 8.1e-11.
///
/// A cubic for each cell of 1/32: what a rational of the same error costs in divisions, and a quarter to two fifths
/// faster without AVX-512. Each cubic meets the function at its cell's ends, so that neighbours join without a step,
/// and at ±(√2 − 1) of the half width. (Chebyshev's own nodes would be a little closer, but step back by 1e-12.)
#[inline(always)]
pub(crate) fn upper_tail<V: Vector, const U: usize>(table: &Rows, z: [V; U]) -> [V; U] {
    let mut tail = z;
    for u in 0..U {
        let clamped = z[u].min(V::splat(HIGHEST)).max(V::splat(LOWEST));
        let cell = clamped.add(V::splat(CELLS));
        let from_centre = clamped.sub(cell.sub(V::splat(CELLS)));
        let row = V::add_bits(cell.to_bits(), V::splat_bits((ROW_OF_ZERO as u64).wrapping_sub(CELLS.to_bits())));
        // SAFETY: `clamped` is within [−7.4, 8.4] whatever z is (min and max return their second operand for NaN), so
        // its nearest 32nd is within [−237, 269] and the row within [3, 509] of 513.
        let [c0, c1, c2, c3] = unsafe { V::gather_rows(&table.0, row) };
        tail[u] = c3.mul(from_centre).add(c2).mul(from_centre).add(c1).mul(from_centre).add(c0);
    }
    tail
}
