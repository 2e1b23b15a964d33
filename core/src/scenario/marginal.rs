//! A bucket's marginal as the constants of one deal, with `core`'s own logarithm and power.
//!
//! With f = −ln p, every part of a power law is 2^(slope·f + offset). The constants are chosen against the arithmetic
//! that will run, not only against the formula: edges are inverted through the kernel's own [`exp2`], and a piece's
//! slope and offset are moved by units in the last place until the piece starts and ends within its edges as computed.
//! So bands are clamped to their edges without a comparison in the loop (to 3e-15, and exactly as f32), and MOIC
//! rises with the score, to the last place of an f32.
//!
//! The tail's table is off by at most 8.1e-11 in f, so MOIC by 8.1e-11 · (1/exponent) in relative terms: below 1e-9
//! for exponents above 0.09, a P90 of 10⁸ medians. Steeper bands (much multiple, little share) are off by more inside,
//! never at their edges; a first band of width w (in probability, losses apart) by 8.1e-11/w of its edge.

use super::{Band, Bucket, Marginal};
use crate::kernel::{Bands, Deal, PowerLaw};
use crate::math::{LOG2_E, exp2, ln, log2};

/// Units in the last place to try before giving a piece up for flat; one or two are usual.
const MOST_MOVES: usize = 100;

/// The constants of one of `bucket`'s deals.
pub(super) fn deal_of(bucket: &Bucket) -> Deal {
    let cap = bucket.max_moic.unwrap_or(f64::MAX);
    let not_lost = 1.0 - bucket.loss_probability;
    // p > 1 − q as f < −ln(1 − q). No f is negative, so without losses none is lost.
    let loss_below = if bucket.loss_probability > 0.0 { -ln(not_lost) } else { -1.0 };
    match &bucket.marginal {
        Marginal::PowerLaw { median, p90 } => Deal::PowerLaw(power_law(*median, *p90, loss_below, cap)),
        Marginal::Table { bands, tail_exponent } => {
            Deal::Bands(outcome_table(bands, *tail_exponent, not_lost, loss_below, cap))
        }
    }
}

/// x_min·((1 − q)/p)^(1/α) with x_min = median·(0.5/(1 − q))^(1/α) is median·(0.5/p)^(1/α): the loss probability
/// decides who is lost, not what the others return.
fn power_law(median: f64, p90: f64, loss_below: f64, cap: f64) -> PowerLaw {
    let at_median = exp2_inverse(median);
    if median == p90 {
        return PowerLaw { slope: 0.0, offset: at_median, loss_below, cap: if median < cap { median } else { cap } };
    }
    let inverse_exponent = ln(p90 / median) / ln(5.0);
    PowerLaw { slope: LOG2_E * inverse_exponent, offset: at_median - inverse_exponent, loss_below, cap }
}

fn outcome_table(bands: &[Band], tail_exponent: f64, not_lost: f64, loss_below: f64, cap: f64) -> Bands {
    // (f, log₂ of the multiple) at each edge, and the share above the first.
    let mut share_below = 0.0;
    let mut edges = Vec::with_capacity(bands.len());
    let mut above_first = 1.0;
    for band in bands {
        share_below += band.share;
        if edges.is_empty() {
            above_first = 1.0 - share_below;
        }
        edges.push((-ln(1.0 - share_below), exp2_inverse(band.to)));
    }

    // The first piece is p itself.
    let mut pieces = vec![[-LOG2_E, 0.0, 0.0, 0.0]];
    for (index, &low) in edges.iter().enumerate() {
        let [slope, offset] = match edges.get(index + 1) {
            Some(&high) => piece(low, (high.1 - low.1) / (high.0 - low.0), Some(high)),
            None => piece(low, LOG2_E / tail_exponent, None),
        };
        pieces.push([slope, offset, 0.0, 0.0]);
    }

    let first_edge = bands.first().map_or(0.0, |band| band.to);
    let first_width = not_lost - above_first;
    let (first_offset, first_scale) = if first_width > 0.0 {
        (first_edge * not_lost / first_width, first_edge / first_width)
    } else {
        (first_edge, 0.0)
    };
    let knots = edges.iter().map(|edge| edge.0).collect();
    Bands { loss_below, cap, first_edge, first_offset, first_scale, knots, pieces }
}

/// Slope and offset of the piece from `low` (to `high`, exclusive): not below `low`'s multiple nor above `high`'s, as
/// computed. `slope·f + offset` rises with f in floating point too, so that its ends are all there is to check.
fn piece(low: (f64, f64), mut slope: f64, high: Option<(f64, f64)>) -> [f64; 2] {
    let mut offset = low.1 - slope * low.0;
    for _ in 0..MOST_MOVES {
        let below = low.1 - (slope * low.0 + offset);
        if below > 0.0 {
            offset = (offset + below).next_up();
            continue;
        }
        match high {
            Some(high) if slope * high.0.next_down() + offset > high.1 => {
                let above = slope * high.0.next_down() + offset - high.1;
                slope = (slope - above / high.0).next_down();
            }
            _ => return [slope, offset],
        }
    }
    [0.0, low.1]
}

/// The least y found with `exp2(y) ≥ multiple`, within a few units in the last place of log₂ multiple.
fn exp2_inverse(multiple: f64) -> f64 {
    let first = log2(multiple);
    let mut y = first + (multiple / exp2(first) - 1.0) * LOG2_E;
    for _ in 0..MOST_MOVES {
        if exp2(y) >= multiple {
            break;
        }
        y = y.next_up();
    }
    y
}
