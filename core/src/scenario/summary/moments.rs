//! Means and centred sums of a block of rows, merged pairwise.
//!
//! Centred sums keep their precision where sums of powers would lose it to a heavy tail (Pébay, *Formulas for robust,
//! one-pass parallel computation of covariances and arbitrary-order statistical moments*, 2008).

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

    /// Moments of one block. `tile` is row-major, rows × columns; on return it holds the centred values.
    /// `deployed` is row-major, rows × buckets, or empty.
    pub(super) fn of_tile(shape: Shape, tile: &mut [f64], deployed: &[f64]) -> Self {
        let columns = shape.columns();
        let rows = tile.len() / columns;
        let mut moments = Self::empty(shape);
        moments.rows = rows as u64;
        let Sections { mean, second, third, fourth, pairs, deployed: deployed_mean, .. } = moments.sections_mut();
        let count = rows.max(1) as f64;

        for row in tile.chunks_exact(columns) {
            add(mean, row);
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        if shape.deployed() > 0 {
            for row in deployed.chunks_exact(shape.deployed()) {
                add(deployed_mean, row);
            }
            deployed_mean.iter_mut().for_each(|sum| *sum /= count);
        }

        for row in tile.chunks_exact_mut(columns) {
            for (((value, mean), second), (third, fourth)) in
                row.iter_mut().zip(&*mean).zip(&mut *second).zip(third.iter_mut().zip(&mut *fourth))
            {
                *value -= mean;
                let square = *value * *value;
                *second += square;
                *third += square * *value;
                *fourth += square * square;
            }
            let paired = &row[..=shape.gross()];
            let mut sums = &mut *pairs;
            for (index, &value) in paired.iter().enumerate() {
                let others = &paired[index + 1..];
                let (row_sums, rest) = sums.split_at_mut(others.len());
                for (sum, other) in row_sums.iter_mut().zip(others) {
                    *sum += value * other;
                }
                sums = rest;
            }
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

fn add(sums: &mut [f64], row: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
}
