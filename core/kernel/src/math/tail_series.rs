//! The table of −ln Φ(−z) made anew, bit for bit, from two points: what a page need not fetch.
//!
//! f = −ln Φ(−z) has the hazard h as its slope, and h′ = h·(h − z). So the Taylor series of both about a cell's centre
//! follow from their values there, and the values at the next centre from the series. Walked with twice f64's digits,
//! from either end towards 0 (the other way, errors grow), they give each coefficient to more digits than rounding it
//! needs; that each is rounded to the table's is for the test to say. Distances are in cells, in the walk's direction.

use super::tail_table::{ROW_OF_ZERO, ROWS, Rows};

/// The cells' width.
const CELL: f64 = 1.0 / 32.0;
/// Coefficients of h's series.
const TERMS: usize = 16;
/// As many have all digits; the others weigh so little that f64's are enough.
const EXACT_TERMS: usize = 5;
/// The sum and the product of the squares of the two distances at which a cubic meets f, ½ and ½·(√2 − 1).
const SQUARES_SUM: Double = Double(0.2928932188134525, -7.174684663993261e-18);
const SQUARES_PRODUCT: Double = Double(0.010723304703363119, -5.894769002150836e-20);
/// The centre of the first cell, in cells, with f and h there.
const FIRST: (f64, [Double; 2]) = (
    -240.0,
    [Double(3.190891672910947e-14, 3.0069415763655485e-30), Double(2.4343205330290874e-13, 1.4844908478259076e-29)],
);
/// The same of the last cell.
const LAST: (f64, [Double; 2]) =
    (272.0, [Double(39.19739642821767, -3.0487606119327173e-15), Double(8.614595320165172, 7.198824607654792e-16)]);

/// A number as an f64 and what that leaves.
#[derive(Clone, Copy)]
struct Double(f64, f64);

impl Double {
    /// `high + low` where `high` is the larger one.
    fn of_parts(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self(sum, low - (sum - high))
    }

    #[inline(never)]
    fn add(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        let added = sum - self.0;
        let lost = (self.0 - (sum - added)) + (other.0 - added);
        Self::of_parts(sum, lost + (self.1 + other.1))
    }

    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let ([a, b], [c, d]) = (halves(self.0), halves(other.0));
        let lost = ((a * c - product) + a * d + b * c) + b * d;
        Self::of_parts(product, lost + (self.0 * other.1 + self.1 * other.0))
    }

    /// Times a power of two.
    fn scaled(self, by: f64) -> Self {
        Self(self.0 * by, self.1 * by)
    }

    fn over(self, divisor: f64) -> Self {
        let quotient = self.0 / divisor;
        let rest = self.add(Self(quotient, 0.0).mul(Self(-divisor, 0.0)));
        Self::of_parts(quotient, rest.0 / divisor)
    }
}

/// Two numbers of half the digits, whose products are exact.
fn halves(value: f64) -> [f64; 2] {
    let scaled = value * 134_217_729.0;
    let high = scaled - (scaled - value);
    [high, value - high]
}

/// Every row of the table.
#[cold]
pub(super) fn rows() -> Rows {
    let mut rows = Rows([[0.0; 4]; ROWS]);
    let (below, rest) = rows.0.split_at_mut(ROW_OF_ZERO);
    walk(&mut below.iter_mut(), FIRST, 1.0);
    walk(&mut rest.iter_mut().rev(), LAST, -1.0);
    rows
}

fn walk(rows: &mut dyn Iterator<Item = &mut [f64; 4]>, start: (f64, [Double; 2]), direction: f64) {
    let step = direction * CELL;
    let (mut cell, [mut f, h]) = start;
    let mut slope = h.scaled(step);
    for row in rows {
        let slopes = slope_series(slope, cell * direction * (CELL * CELL));
        let mut tail = [f; TERMS + 1];
        for k in 1..=TERMS {
            let (slope, power) = (slopes[k - 1], k as f64);
            tail[k] = if k <= EXACT_TERMS { slope.over(power) } else { Double(slope.0 / power, 0.0) };
        }
        f = sum(&tail);
        slope = sum(&slopes);
        cell += direction;
        // What division by the polynomial that is zero where they meet leaves of the series is the cubic.
        for k in (4..=TERMS).rev() {
            let term = tail[k];
            let [sum, product] = [SQUARES_SUM, SQUARES_PRODUCT]
                .map(|of| if k < EXACT_TERMS { term.mul(of) } else { Double(term.0 * of.0, 0.0) });
            tail[k - 2] = tail[k - 2].add(sum);
            tail[k - 4] = tail[k - 4].add(product.scaled(-1.0));
        }
        let mut scale = 1.0;
        for (made, coefficient) in row.iter_mut().zip(tail) {
            *made = coefficient.0 * scale;
            scale /= step;
        }
    }
}

/// The series of f's slope about a centre, from its value there: the slope of s is s² − (centre + distance·cell²)·s.
fn slope_series(value: Double, centre: f64) -> [Double; TERMS] {
    let mut series = [value; TERMS];
    for k in 1..TERMS {
        let power = k as f64;
        let earlier = if k > 1 { series[k - 2].scaled(-CELL * CELL) } else { Double(0.0, 0.0) };
        let last = series[k - 1];
        series[k] = if k < EXACT_TERMS {
            let start = last.mul(Double(-centre, 0.0)).add(earlier);
            (0..k).fold(start, |sum, i| sum.add(series[i].mul(series[k - 1 - i]))).over(power)
        } else {
            let start = earlier.0 - last.0 * centre;
            Double((0..k).fold(start, |sum, i| sum + series[i].0 * series[k - 1 - i].0) / power, 0.0)
        };
    }
    series
}

/// A series' value at the next centre.
fn sum(series: &[Double]) -> Double {
    let (exact, others) = series.split_at(EXACT_TERMS + 1);
    let rest = others.iter().rev().fold(0.0, |sum, term| sum + term.0);
    exact.iter().rev().fold(Double(rest, 0.0), |sum, &term| sum.add(term))
}

#[cfg(test)]
mod tests {
    use super::super::tail_table::{Rows, TAIL};

    #[test]
    fn the_series_make_the_tables_bits() {
        let bits = |rows: &Rows| rows.0.as_flattened().iter().map(|c| c.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&super::rows()), bits(&TAIL));
    }
}
