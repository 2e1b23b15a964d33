//! Order statistics without rows: exact integer counts by the top bits of the f32.
//!
//! A cell is all f32 with the same sign, exponent and top 10 bits of the mantissa: at most 0.1 % wide. Inside a cell
//! the c values counted there are taken to be equally spaced: the j-th (from 0) lies at (j + ½)/c of the part of the
//! cell between the sample's smallest and largest value, which are known exactly. The first cell holds zeros.

use super::order::{OrderPlan, OrderStatistics, Tails};

/// Mantissa bits that do not tell cells apart.
const DROPPED_BITS: u32 = 13;
/// Cells of one exponent: one page.
const PAGE: usize = 1 << (23 - DROPPED_BITS);
/// Exponents.
const PAGES: usize = 256;

/// Counts of one column. Pages are made when first needed: a distribution meets few of the 256 exponents. They do
/// not grow with the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    pages: Vec<Option<Box<[u32; PAGE]>>>,
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { pages: vec![None; PAGES] }
    }

    #[inline]
    pub(super) fn count(&mut self, multiple: f64) {
        let cell = ((multiple as f32).to_bits() >> DROPPED_BITS) as usize;
        let page = self.pages[cell / PAGE % PAGES].get_or_insert_with(|| Box::new([0; PAGE]));
        page[cell % PAGE] += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (page, more) in self.pages.iter_mut().zip(&other.pages) {
            match (page, more) {
                (_, None) => {}
                (page @ None, Some(more)) => *page = Some(more.clone()),
                (Some(page), Some(more)) => page.iter_mut().zip(more.iter()).for_each(|(count, more)| *count += more),
            }
        }
    }

    /// Cells that are not empty, rising, within the sample's range.
    fn cells(&self, min: f64, max: f64) -> impl DoubleEndedIterator<Item = Cell> {
        self.pages
            .iter()
            .enumerate()
            .filter_map(|(page, counts)| counts.as_ref().map(|counts| (page, counts)))
            .flat_map(move |(page, counts)| {
                counts
                    .iter()
                    .enumerate()
                    .filter(|(_, count)| **count > 0)
                    .map(move |(index, &count)| Cell::new(page * PAGE + index, count, min, max))
            })
    }

    pub(super) fn order_statistics(&self, plan: &OrderPlan, min: f64, max: f64) -> OrderStatistics {
        let mut picked = Vec::with_capacity(plan.positions().len());
        let mut before = 0;
        for cell in self.cells(min, max) {
            while let Some(&position) = plan.positions().get(picked.len()).filter(|&&p| p - before < cell.count) {
                picked.push(cell.value(position - before));
            }
            before += cell.count;
        }
        OrderStatistics { picked, tails: self.tails(plan, min, max) }
    }

    fn tails(&self, plan: &OrderPlan, min: f64, max: f64) -> Tails {
        let mut tails = Tails { smallest: min, ..Tails::default() };

        // The cut is the tail's last value; sums are closed forms over each cell's equally spaced values.
        let lower_rows = plan.lower_rows();
        tails.lower_cut = Self::value_at(self.cells(min, max), lower_rows.saturating_sub(1));
        let (mut left, mut left_whole) = (lower_rows, plan.lower_whole_rows());
        for cell in self.cells(min, max) {
            if left == 0 {
                break;
            }
            let taken = cell.count.min(left);
            let whole = cell.count.min(left_whole);
            tails.lower_sum += cell.sum(0, whole);
            if taken > whole {
                tails.lower_sum += plan.lower_fraction() * cell.value(whole);
            }
            let (first, second) = cell.distances(0, taken, tails.lower_cut);
            tails.lower_shortfall -= first;
            tails.lower_shortfall_squared += second;
            left -= taken;
            left_whole -= whole;
        }

        let upper_rows = plan.upper_rows();
        tails.upper_cut = Self::value_at(self.cells(min, max), plan.rows.saturating_sub(upper_rows));
        left = upper_rows;
        for cell in self.cells(min, max).rev() {
            if left == 0 {
                break;
            }
            let taken = cell.count.min(left);
            let from = cell.count - taken;
            tails.upper_sum += cell.sum(from, cell.count);
            let (first, second) = cell.distances(from, cell.count, tails.upper_cut);
            tails.upper_excess += first;
            tails.upper_excess_squared += second;
            left -= taken;
        }
        tails
    }

    fn value_at(cells: impl Iterator<Item = Cell>, position: u32) -> f64 {
        let mut before = 0;
        for cell in cells {
            if position - before < cell.count {
                return cell.value(position - before);
            }
            before += cell.count;
        }
        0.0
    }
}

/// `count` values equally spaced in [low, low + width].
#[derive(Clone, Copy, Debug)]
struct Cell {
    low: f64,
    width: f64,
    count: u32,
}

impl Cell {
    fn new(index: usize, count: u32, min: f64, max: f64) -> Self {
        let edge = |index: usize| {
            let value = f64::from(f32::from_bits((index as u32) << DROPPED_BITS));
            if value < min {
                min
            } else if value > max {
                max
            } else {
                value
            }
        };
        let low = edge(index);
        let high = if index == 0 { low } else { edge(index + 1) };
        Self { low, width: high - low, count }
    }

    fn value(&self, index: u32) -> f64 {
        self.low + self.width * ((f64::from(index) + 0.5) / f64::from(self.count))
    }

    /// Sum of the values from..to.
    fn sum(&self, from: u32, to: u32) -> f64 {
        let (from, to, count) = (f64::from(from), f64::from(to), f64::from(self.count));
        (to - from) * self.low + self.width * ((to * to - from * from) / (2.0 * count))
    }

    /// Σ (x − cut) and Σ (x − cut)² over the values from..to.
    fn distances(&self, from: u32, to: u32, cut: f64) -> (f64, f64) {
        let rows = f64::from(to) - f64::from(from);
        if rows == 0.0 {
            return (0.0, 0.0);
        }
        // Around the middle of the values, so that nothing cancels.
        let count = f64::from(self.count);
        let middle = self.low + self.width * ((f64::from(from) + f64::from(to)) / (2.0 * count)) - cut;
        let spacing = self.width / count;
        (rows * middle, rows * middle * middle + spacing * spacing * (rows * (rows * rows - 1.0) / 12.0))
    }
}
