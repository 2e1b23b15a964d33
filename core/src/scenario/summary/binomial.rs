//! Order statistics that hold a quantile with 95 %, from exact binomial tails.

/// Probability outside the interval, on either side.
const TAIL: f64 = 0.025;

/// Terms below this share of the largest add nothing to the tails that are compared with [`TAIL`].
const NEGLIGIBLE: f64 = 1e-25;

/// Positions (from 0) `low < high` of a sorted sample of `rows` such that the quantile lies between their values with
/// a probability of at least 95 %, and outside on either side with at most 2.5 %; `None` where the sample is too small.
///
/// With N ~ Binomial(rows, percent/100) the number of values below the quantile: the value at position l is above it
/// with P(N ≤ l), the one at position u below it with P(N > u).
pub(super) fn order_statistic_interval(rows: u32, percent: u32) -> Option<(u32, u32)> {
    let (successes, failures) = (f64::from(percent), f64::from(100 - percent));
    let count = f64::from(rows);
    // P(N = k + 1) / P(N = k); products of integers below 2⁵³ are exact, and no logarithm is needed.
    let ratio = |k: u32| ((count - f64::from(k)) * successes) / ((f64::from(k) + 1.0) * failures);

    let mode = ((u64::from(rows) + 1) * u64::from(percent) / 100).min(u64::from(rows)) as u32;
    let (mut below, mut above) = (Vec::new(), Vec::new());
    let mut weight = 1.0;
    for k in (0..mode).rev() {
        weight /= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        below.push(weight); // weights of mode − 1, mode − 2, …
    }
    weight = 1.0;
    for k in mode..rows {
        weight *= ratio(k);
        if weight < NEGLIGIBLE {
            break;
        }
        above.push(weight); // weights of mode + 1, mode + 2, …
    }
    let first = mode - below.len() as u32;
    let weights: Vec<f64> = below.iter().rev().copied().chain([1.0]).chain(above).collect();
    // Small terms first, from either end.
    let total = below.iter().rev().sum::<f64>() + 1.0 + weights[below.len() + 1..].iter().rev().sum::<f64>();

    // The largest l with P(N ≤ l) ≤ 2.5 %, and the smallest u with P(N > u) = P(N ≥ u + 1) ≤ 2.5 %.
    let bound = TAIL * total;
    let mut tail = 0.0;
    let mut low = None;
    for (k, weight) in (first..).zip(&weights) {
        tail += weight;
        if tail > bound {
            break;
        }
        low = Some(k);
    }
    let low = low?;
    tail = 0.0;
    let mut high = None;
    for (k, weight) in weights.iter().enumerate().rev() {
        tail += weight;
        if tail > bound {
            high = Some(first + k as u32);
            break;
        }
    }
    high.filter(|&high| high < rows).map(|high| (low, high))
}
