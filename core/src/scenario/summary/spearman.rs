//! Rank correlation: Pearson's of average ranks, from exact integer sums.

use core::ops::Range;

use super::sorting::RANKED;
use crate::{
    kernel::{Passes, Target},
    scenario::workers::Workers,
};

/// Rows whose products are summed in 64 bits before they join the 128-bit sum: doubled ranks are at most 2·10⁷, so
/// 1,024 products stay below 2⁵⁹.
pub(super) const CHUNK_ROWS: usize = 1_024;
/// Rows of one task.
const TASK_ROWS: usize = 64 * CHUNK_ROWS;

/// Spearman's correlations of columns of doubled average ranks, all of the same length; `None` where a column is
/// constant.
pub(super) fn correlations(ranks: &[&[u32]], workers: &Workers) -> Vec<Vec<Option<f64>>> {
    let rows = ranks.first().map_or(0, |column| column.len());
    let parts = workers.map(rows.div_ceil(TASK_ROWS), |task| {
        let from = task * TASK_ROWS;
        let mut products = RankProducts::new(ranks.len());
        products.add_rows(ranks, from..(from + TASK_ROWS).min(rows));
        products
    });
    let mut products = RankProducts::new(ranks.len());
    for part in parts {
        products.sums.iter_mut().zip(part.sums).for_each(|(sum, more)| *sum += more);
    }
    products.correlations(rows)
}

/// Sums of products of doubled ranks for pairs i ≤ j of columns, exact in any order.
#[derive(Clone, Debug)]
pub(super) struct RankProducts {
    columns: usize,
    sums: Vec<u128>,
}

impl RankProducts {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, sums: vec![0; columns * columns] }
    }

    /// Adds some rows of all pairs.
    pub(super) fn add_rows(&mut self, ranks: &[&[u32]], rows: Range<usize>) {
        let mut from = rows.start;
        while from < rows.end {
            let to = (from + CHUNK_ROWS).min(rows.end);
            for (i, a) in ranks.iter().enumerate() {
                for (j, b) in ranks.iter().enumerate().skip(i) {
                    self.add_chunk((i, &a[from..to]), (j, &b[from..to]));
                }
            }
            from = to;
        }
    }

    /// Adds some rows of one column with itself and with each of the others, in whatever order.
    pub(super) fn add_rows_of(&mut self, column: (usize, &[u32]), others: &[(usize, &[u32])], rows: Range<usize>) {
        let mut from = rows.start;
        while from < rows.end {
            let to = (from + CHUNK_ROWS).min(rows.end);
            let (i, ranks) = (column.0, &column.1[from..to]);
            self.add_chunk((i, ranks), (i, ranks));
            for &(j, other) in others {
                self.add_chunk((i, ranks), (j, &other[from..to]));
            }
            from = to;
        }
    }

    /// Adds at most [`CHUNK_ROWS`] rows of a pair.
    fn add_chunk(&mut self, (i, a): (usize, &[u32]), (j, b): (usize, &[u32])) {
        let sum = Passes::of(Target::detect()).dot(a, b, !RANKED);
        self.sums[i.min(j) * self.columns + i.max(j)] += u128::from(sum);
    }

    /// The correlations, once all of the columns' `rows` are added.
    pub(super) fn correlations(&self, rows: usize) -> Vec<Vec<Option<f64>>> {
        // Doubled ranks average rows + 1, ties or not; centred sums of products are exact integers.
        let centre = rows as u128 * (rows as u128 + 1) * (rows as u128 + 1);
        let centred = |i: usize, j: usize| {
            let (low, high) = (i.min(j), i.max(j));
            self.sums[low * self.columns + high] as i128 - centre as i128
        };
        let correlation = |i: usize, j: usize| {
            let (own, other) = (centred(i, i), centred(j, j));
            if own == 0 || other == 0 {
                return None;
            }
            if i == j {
                return Some(1.0);
            }
            Some((centred(i, j) as f64 / (own as f64 * other as f64).sqrt()).clamp(-1.0, 1.0))
        };
        (0..self.columns).map(|i| (0..self.columns).map(|j| correlation(i, j)).collect()).collect()
    }
}
