//! Means and centred sums of a block of rows, merged pairwise.
//!
//! Centred sums keep their precision where sums of powers would lose it to a heavy tail (Pébay, *Formulas for robust,
//! one-pass parallel computation of covariances and arbitrary-order statistical moments*, 2008).

use crate::kernel::{Passes, TILE_COLUMNS, Target};

/// Which figures a block has. Columns are the buckets (or none, where only the fund is asked for), `fund.gross` and,
/// where recycling is on, `fund.recycled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Buckets.
    pub(super) buckets: usize,
    /// Whether there are a recycled column and deployed multiples.
    pub(super) recycling: bool,
}

impl Shape {
    /// Columns that are distributions.
    pub(super) fn columns(self) -> usize {
        self.buckets + 1 + usize::from(self.recycling)
    }

    /// The column of `fund.gross`; co-moments are of the columns up to and including it.
    pub(super) fn gross(self) -> usize {
        self.buckets
    }

    /// The column of `fund.recycled`, which is gross where recycling is off.
    pub(super) fn recycled(self) -> usize {
        self.buckets + usize::from(self.recycling)
    }

    fn pairs(self) -> usize {
        (self.buckets + 1) * self.buckets / 2
    }

    /// Columns of deployed multiples.
    pub(super) fn deployed(self) -> usize {
        if self.recycling { self.buckets } else { 0 }
    }
}

/// Means, centred sums of powers 2–4, the part of the second that lies between blocks, co-moments of pairs
/// (i < j ≤ gross, row by row of the upper triangle), and means of deployed multiples: all in one allocation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moments {
    shape: Shape,
    rows: u64,
    figures: Box<[f64]>,
}

/// Working memory: sums as wide as a filled row.
#[derive(Debug, Default)]
pub(super) struct Room {
    sums: Vec<f64>,
    powers: Vec<f64>,
    products: Vec<f64>,
}

struct Sections<T> {
    mean: T,
    second: T,
    third: T,
    fourth: T,
    between: T,
    pairs: T,
    deployed: T,
}

impl Moments {
    /// Moments of no rows.
    pub(super) fn empty(shape: Shape) -> Self {
        let figures = vec![0.0; 5 * shape.columns() + shape.pairs() + shape.deployed()].into_boxed_slice();
        Self { shape, rows: 0, figures }
    }

    /// Moments of one block. `tile` is row-major, rows × the shape's columns, each row filled up to [`filled`] columns; on
    /// return it holds the centred values. `deployed` is rows × buckets, filled up in the same way, or empty.
    pub(super) fn of_tile(shape: Shape, rows: usize, tile: &mut [f64], deployed: &[f64], room: &mut Room) -> Self {
        let passes = Passes::of(Target::detect());
        let mut moments = Self::empty(shape);
        moments.rows = rows as u64;
        let columns = filled(shape.columns());
        let paired = shape.gross() + 1;
        let count = rows.max(1) as f64;
        let means = |tile: &[f64], sums: &mut Vec<f64>, columns: usize| {
            sums.clear();
            sums.resize(columns, 0.0);
            passes.sum_columns(tile, sums);
            sums.iter_mut().for_each(|sum| *sum /= count);
        };

        let Sections { mean, second, third, fourth, pairs, deployed: deployed_mean, .. } = moments.sections_mut();
        if shape.deployed() > 0 {
            means(deployed, &mut room.sums, filled(shape.deployed()));
            deployed_mean.copy_from_slice(&room.sums[..shape.deployed()]);
        }
        means(tile, &mut room.sums, columns);
        mean.copy_from_slice(&room.sums[..shape.columns()]);

        room.powers.clear();
        room.powers.resize(3 * columns, 0.0);
        let (squares, rest) = room.powers.split_at_mut(columns);
        let (cubes, fourths) = rest.split_at_mut(columns);
        passes.centre(tile, &room.sums, [squares, cubes, fourths]);
        for (sums, made) in [(second, squares), (third, cubes), (fourth, fourths)] {
            sums.copy_from_slice(&made[..shape.columns()]);
        }

        room.products.clear();
        room.products.resize(paired.next_multiple_of(2) * columns, 0.0);
        passes.add_products(tile, columns, paired, &mut room.products);
        let mut pairs = pairs;
        for (i, products) in room.products.chunks_exact(columns).take(paired).enumerate() {
            let (row, rest) = pairs.split_at_mut(paired - i - 1);
            row.copy_from_slice(&products[i + 1..paired]);
            pairs = rest;
        }
        moments
    }

    /// Moments of these rows and those of `right`, which follow them.
    pub(super) fn merge(mut self, right: &Self) -> Self {
        if right.rows == 0 || self.rows == 0 {
            return if right.rows == 0 { self } else { right.clone() };
        }
        let shape = self.shape;
        let (left_rows, right_rows) = (self.rows as f64, right.rows as f64);
        let rows = left_rows + right_rows;
        self.rows += right.rows;
        let l = self.sections_mut();
        let r = right.sections();
        let both = left_rows * right_rows / rows;

        // Co-moments first: they need the means of either side.
        let mut pair = 0;
        for i in 0..=shape.gross() {
            let step = r.mean[i] - l.mean[i];
            for j in i + 1..=shape.gross() {
                l.pairs[pair] += r.pairs[pair] + step * (r.mean[j] - l.mean[j]) * both;
                pair += 1;
            }
        }
        for c in 0..shape.columns() {
            let step = r.mean[c] - l.mean[c];
            let square = step * step;
            let (left_second, right_second) = (l.second[c], r.second[c]);
            let (left_third, right_third) = (l.third[c], r.third[c]);
            let skew = (left_rows - right_rows) / rows;
            let cross = (left_rows * right_second - right_rows * left_second) / rows;
            l.mean[c] += step * (right_rows / rows);
            l.second[c] = left_second + right_second + square * both;
            l.third[c] = left_third + right_third + square * step * both * skew + 3.0 * step * cross;
            let (left_share, right_share) = (left_rows / rows, right_rows / rows);
            let spread = left_share * left_share - left_share * right_share + right_share * right_share;
            let seconds = left_share * left_share * right_second + right_share * right_share * left_second;
            let thirds = left_share * right_third - right_share * left_third;
            l.fourth[c] = l.fourth[c]
                + r.fourth[c]
                + square * square * both * spread
                + 6.0 * square * seconds
                + 4.0 * step * thirds;
            l.between[c] += r.between[c] + square * both;
        }
        for (mean, right_mean) in l.deployed.iter_mut().zip(r.deployed) {
            *mean += (right_mean - *mean) * (right_rows / rows);
        }
        self
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn column(&self, column: usize) -> ColumnMoments {
        let s = self.sections();
        ColumnMoments {
            mean: s.mean[column],
            second: s.second[column],
            fourth: s.fourth[column],
            between: s.between[column],
        }
    }

    /// Sum of products of centred values of two columns up to gross.
    pub(super) fn pair(&self, a: usize, b: usize) -> f64 {
        let (i, j) = if a < b { (a, b) } else { (b, a) };
        if i == j {
            return self.sections().second[i];
        }
        let paired = self.shape.gross() + 1;
        let before = i * (2 * paired - i - 1) / 2;
        self.sections().pairs[before + j - i - 1]
    }

    /// Mean of a bucket's deployed multiple; 1 where recycling is off.
    pub(super) fn deployed_mean(&self, bucket: usize) -> f64 {
        self.sections().deployed.get(bucket).copied().unwrap_or(1.0)
    }

    fn sections(&self) -> Sections<&[f64]> {
        let columns = self.shape.columns();
        let (mean, rest) = self.figures.split_at(columns);
        let (second, rest) = rest.split_at(columns);
        let (third, rest) = rest.split_at(columns);
        let (fourth, rest) = rest.split_at(columns);
        let (between, rest) = rest.split_at(columns);
        let (pairs, deployed) = rest.split_at(self.shape.pairs());
        Sections { mean, second, third, fourth, between, pairs, deployed }
    }

    fn sections_mut(&mut self) -> Sections<&mut [f64]> {
        let columns = self.shape.columns();
        let (mean, rest) = self.figures.split_at_mut(columns);
        let (second, rest) = rest.split_at_mut(columns);
        let (third, rest) = rest.split_at_mut(columns);
        let (fourth, rest) = rest.split_at_mut(columns);
        let (between, rest) = rest.split_at_mut(columns);
        let (pairs, deployed) = rest.split_at_mut(self.shape.pairs());
        Sections { mean, second, third, fourth, between, pairs, deployed }
    }
}

/// What errors need of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ColumnMoments {
    pub(super) mean: f64,
    /// Σ (x − mean)².
    pub(super) second: f64,
    /// Σ (x − mean)⁴.
    pub(super) fourth: f64,
    /// Σ over blocks of rows·(block mean − mean)².
    pub(super) between: f64,
}

/// Columns of a tile's row, filled up for the passes.
pub(super) fn filled(columns: usize) -> usize {
    columns.next_multiple_of(TILE_COLUMNS)
}
