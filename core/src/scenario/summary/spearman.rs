//! Rank correlation: Pearson's of average ranks, from exact integer sums.

use super::sorting::RANKED;
use crate::scenario::workers::Workers;

/// Rows whose products are summed in 64 bits before they join the 128-bit sum: doubled ranks are at most 2·10⁷, so
/// 1,024 products stay below 2⁵⁹.
const CHUNK_ROWS: usize = 1_024;
/// Rows of one task.
const TASK_ROWS: usize = 64 * CHUNK_ROWS;

/// Spearman's correlations of columns of doubled average ranks, all of the same length; `None` where a column is
/// constant.
pub(super) fn correlations(ranks: &[&[u32]], workers: &Workers) -> Vec<Vec<Option<f64>>> {
    let columns = ranks.len();
    let rows = ranks.first().map_or(0, |column| column.len());
    let tasks = rows.div_ceil(TASK_ROWS);
    let parts = workers.map(tasks, |task| {
        let from = task * TASK_ROWS;
        products(ranks, from..(from + TASK_ROWS).min(rows))
    });
    let mut sums = vec![0_u128; columns * columns];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, more)| *sum += more);
    }

    // Doubled ranks average rows + 1, ties or not; centred sums of products are exact integers.
    let centre = rows as u128 * (rows as u128 + 1) * (rows as u128 + 1);
    let centred = |i: usize, j: usize| {
        let (low, high) = (i.min(j), i.max(j));
        sums[low * columns + high] as i128 - centre as i128
    };
    (0..columns)
        .map(|i| {
            (0..columns)
                .map(|j| {
                    let (own, other) = (centred(i, i), centred(j, j));
                    if own == 0 || other == 0 {
                        return None;
                    }
                    if i == j {
                        return Some(1.0);
                    }
                    Some((centred(i, j) as f64 / (own as f64 * other as f64).sqrt()).clamp(-1.0, 1.0))
                })
                .collect()
        })
        .collect()
}

/// Sums of products of ranks over some rows, for pairs i ≤ j.
fn products(ranks: &[&[u32]], rows: core::ops::Range<usize>) -> Vec<u128> {
    let columns = ranks.len();
    let mut sums = vec![0_u128; columns * columns];
    let mut from = rows.start;
    while from < rows.end {
        let to = (from + CHUNK_ROWS).min(rows.end);
        for i in 0..columns {
            let a = &ranks[i][from..to];
            for j in i..columns {
                let b = &ranks[j][from..to];
                let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a & !RANKED) * u64::from(b & !RANKED)).sum();
                sums[i * columns + j] += u128::from(sum);
            }
        }
        from = to;
    }
    sums
}
