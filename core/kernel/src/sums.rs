//! What rows add up to: sums of columns, of powers and of products, and counts of what reaches a threshold.
//!
//! A tile is row-major; its rows are filled up to a multiple of [`TILE_COLUMNS`], so that registers of any width hold
//! neighbouring columns. Every sum takes its rows in order, as a plain loop over them would: lanes are different sums, and
//! the bits are the same on every target. Eight columns at a time stay in registers from the first row to the last.

use super::TILE_COLUMNS;
use crate::math::{Scalar, Vector};

#[inline(always)]
fn load<V: Vector, const REGISTERS: usize>(from: &[f64]) -> [V; REGISTERS] {
    const { assert!(REGISTERS * V::LANES == TILE_COLUMNS) };
    let from = &from[..TILE_COLUMNS];
    let mut registers = [V::splat(0.0); REGISTERS];
    for (n, register) in registers.iter_mut().enumerate() {
        *register = V::load(&from[n * V::LANES..]);
    }
    registers
}

#[inline(always)]
fn store<V: Vector, const REGISTERS: usize>(registers: [V; REGISTERS], to: &mut [f64]) {
    let to = &mut to[..TILE_COLUMNS];
    for (n, register) in registers.into_iter().enumerate() {
        register.store(&mut to[n * V::LANES..]);
    }
}

/// Adds each column of a tile to its sum.
#[inline(always)]
pub(super) fn sum_columns<V: Vector, const REGISTERS: usize>(tile: &[f64], sums: &mut [f64]) {
    let columns = sums.len();
    for first in (0..columns).step_by(TILE_COLUMNS) {
        let mut sum = load::<V, REGISTERS>(&sums[first..]);
        for row in tile.chunks_exact(columns) {
            let values = load::<V, REGISTERS>(&row[first..]);
            for n in 0..REGISTERS {
                sum[n] = sum[n].add(values[n]);
            }
        }
        store(sum, &mut sums[first..]);
    }
}

/// Takes each column's mean from its values, and adds their squares, cubes and fourth powers to three sums.
#[inline(always)]
pub(super) fn centre<V: Vector, const REGISTERS: usize>(tile: &mut [f64], means: &[f64], powers: [&mut [f64]; 3]) {
    let columns = means.len();
    let [second, third, fourth] = powers;
    for first in (0..columns).step_by(TILE_COLUMNS) {
        let mean = load::<V, REGISTERS>(&means[first..]);
        let mut sums = [&*second, &*third, &*fourth].map(|powers| load::<V, REGISTERS>(&powers[first..]));
        for row in tile.chunks_exact_mut(columns) {
            let row = &mut row[first..];
            let mut values = load::<V, REGISTERS>(row);
            for n in 0..REGISTERS {
                values[n] = values[n].sub(mean[n]);
                let square = values[n].mul(values[n]);
                sums[0][n] = sums[0][n].add(square);
                sums[1][n] = sums[1][n].add(square.mul(values[n]));
                sums[2][n] = sums[2][n].add(square.mul(square));
            }
            store(values, row);
        }
        let [squares, cubes, fourths] = sums;
        store(squares, &mut second[first..]);
        store(cubes, &mut third[first..]);
        store(fourths, &mut fourth[first..]);
    }
}

/// Adds the products of column i with each later one, for each i < `paired`, to row i of `sums`, which is as wide as the
/// tile and has an even number of rows. What is left of the later columns there means nothing.
#[inline(always)]
pub(super) fn add_products<V: Vector, const REGISTERS: usize>(
    tile: &[f64],
    columns: usize,
    paired: usize,
    sums: &mut [f64],
) {
    for (i, sums) in (0..paired).step_by(2).zip(sums.chunks_exact_mut(2 * columns)) {
        let (sums, next_sums) = sums.split_at_mut(columns);
        let after = (i + 1) / TILE_COLUMNS * TILE_COLUMNS;
        for first in (after..columns).step_by(TILE_COLUMNS) {
            let mut sum = load::<V, REGISTERS>(&sums[first..]);
            let mut next_sum = load::<V, REGISTERS>(&next_sums[first..]);
            for row in tile.chunks_exact(columns) {
                let (value, next_value) = (V::splat(row[i]), V::splat(row[i + 1]));
                let others = load::<V, REGISTERS>(&row[first..]);
                for n in 0..REGISTERS {
                    sum[n] = sum[n].add(value.mul(others[n]));
                    next_sum[n] = next_sum[n].add(next_value.mul(others[n]));
                }
            }
            store(sum, &mut sums[first..]);
            store(next_sum, &mut next_sums[first..]);
        }
    }
}

/// How many values are at least each threshold, and the smallest and the largest value: infinity and 0 for none. No value is
/// negative or NaN.
#[inline(always)]
pub(super) fn reach<V: Vector>(values: &[f64], thresholds: &[f64; 5]) -> ([u64; 5], [f64; 2]) {
    let whole = values.len() - values.len() % V::LANES;
    let (values, rest) = values.split_at(whole);
    let (mut counts, mut ends) = reach_of::<V>(values, thresholds);
    let (rest_counts, rest_ends) = reach_of::<Scalar>(rest, thresholds);
    counts.iter_mut().zip(rest_counts).for_each(|(count, more)| *count += more);
    ends = [ends[0].min(rest_ends[0]), ends[1].max(rest_ends[1])];
    (counts, ends)
}

#[inline(always)]
fn reach_of<V: Vector>(values: &[f64], thresholds: &[f64; 5]) -> ([u64; 5], [f64; 2]) {
    let at = thresholds.map(V::splat);
    let mut counts = [V::splat_bits(0); 5];
    let (mut least, mut most) = (V::splat(f64::INFINITY), V::splat(0.0));
    for values in values.chunks_exact(V::LANES) {
        let values = V::load(values);
        for (count, threshold) in counts.iter_mut().zip(at) {
            *count = values.count_ge(threshold, *count);
        }
        least = values.min(least);
        most = values.max(most);
    }
    let mut lanes = [0_u64; 8];
    let counts = counts.map(|count| {
        V::store_bits(count, &mut lanes);
        lanes[..V::LANES].iter().sum()
    });
    let mut ends = [[0.0; 8]; 2];
    least.store(&mut ends[0]);
    most.store(&mut ends[1]);
    let least = ends[0][..V::LANES].iter().copied().fold(f64::INFINITY, f64::min);
    let most = ends[1][..V::LANES].iter().copied().fold(0.0, f64::max);
    (counts, [least, most])
}

/// The sum of the products of two columns, of the bits in `mask` alone. It fits 64 bits, or the caller gives fewer rows.
#[inline(always)]
pub(super) fn dot(a: &[u32], b: &[u32], mask: u32) -> u64 {
    a.iter().zip(b).map(|(a, b)| u64::from(a & mask) * u64::from(b & mask)).sum()
}
