//! Counts of rows by multiple: eight bins to the octave, and the reported thresholds.

use super::{Histogram, Probabilities};
use crate::kernel::{Passes, Target};

/// 2^(j/8) for j = 0 … 7, correctly rounded. All other edges are these times a power of two, which is exact.
const OCTAVE_EDGES: [f64; 8] = [
    1.0,
    f64::from_bits(0x3FF1_72B8_3C7D_517B),
    f64::from_bits(0x3FF3_06FE_0A31_B715),
    f64::from_bits(0x3FF4_BFDA_D536_2A27),
    f64::from_bits(0x3FF6_A09E_667F_3BCD),
    f64::from_bits(0x3FF8_ACE5_422A_A0DB),
    f64::from_bits(0x3FFA_E89F_995A_D3AD),
    f64::from_bits(0x3FFD_5818_DCFB_A487),
];

/// Edges, and bins: the last bin is open above.
pub(super) const BINS: usize = 130;

const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
/// Biased exponents of the smallest and the largest positive edge, 2⁻⁶ and 2¹⁰.
const LOWEST_OCTAVE: u64 = 1023 - 6;
const HIGHEST_OCTAVE: u64 = 1023 + 10;

/// For the top four mantissa bits: the eighth the cell begins in, and the mantissa at which the next begins. Eighths
/// are wider than cells (0.0905 against 0.0625), so a cell holds at most one edge.
const CELLS: [(u8, u64); 16] = {
    let mut cells = [(0, u64::MAX); 16];
    let mut cell = 0;
    while cell < 16 {
        let start = (cell as u64) << (MANTISSA_BITS - 4);
        let end = start + (1 << (MANTISSA_BITS - 4));
        let mut eighth = 1;
        while eighth < 8 {
            let edge = OCTAVE_EDGES[eighth].to_bits() & MANTISSA;
            if edge <= start {
                cells[cell].0 = eighth as u8;
            } else if edge < end {
                cells[cell].1 = edge;
            }
            eighth += 1;
        }
        cell += 1;
    }
    cells
};

/// The bin of a multiple ≥ 0, exact at the edges, without a branch that depends on the value's distribution.
#[inline]
pub(super) fn bin(multiple: f64) -> usize {
    let bits = multiple.to_bits();
    let octave = bits >> MANTISSA_BITS;
    let mantissa = bits & MANTISSA;
    let (eighth, next) = CELLS[(mantissa >> (MANTISSA_BITS - 4)) as usize & 15];
    let octaves = octave.saturating_sub(LOWEST_OCTAVE);
    let within = 1 + octaves * 8 + u64::from(eighth) + u64::from(mantissa >= next);
    let floored = if octave < LOWEST_OCTAVE { 0 } else { within };
    (if octave >= HIGHEST_OCTAVE { BINS as u64 - 1 } else { floored }) as usize
}

/// The edges: 0, then 2^(k/8) for k = −48 … 80.
pub(super) fn edges() -> Vec<f64> {
    let mut edges = Vec::with_capacity(BINS);
    edges.push(0.0);
    for index in 0..BINS as u64 - 1 {
        let scale = f64::from_bits((LOWEST_OCTAVE + index / 8) << MANTISSA_BITS);
        edges.push(OCTAVE_EDGES[(index % 8) as usize] * scale);
    }
    edges
}

/// Exact counts of one column: they add up in any order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    pub(super) bins: [u32; BINS],
    /// Rows below 1, and at least 2, 3, 5 and 10.
    pub(super) thresholds: [u32; 5],
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { bins: [0; BINS], thresholds: [0; 5], min: f64::INFINITY, max: 0.0 }
    }

    /// Counts multiples.
    pub(super) fn count(&mut self, multiples: &[f64]) {
        // Neighbours are often in the same bin: in turn into two counts, neither waits for the other.
        let mut others = [0; BINS];
        let (pairs, last) = multiples.as_chunks::<2>();
        for [one, other] in pairs {
            self.bins[bin(*one)] += 1;
            others[bin(*other)] += 1;
        }
        last.iter().for_each(|multiple| self.bins[bin(*multiple)] += 1);
        self.bins.iter_mut().zip(others).for_each(|(count, more)| *count += more);

        let ([ge1, at_least @ ..], [min, max]) =
            Passes::of(Target::detect()).reach(multiples, &[1.0, 2.0, 3.0, 5.0, 10.0]);
        let [lt1, thresholds @ ..] = &mut self.thresholds;
        *lt1 += (multiples.len() as u64 - ge1) as u32;
        thresholds.iter_mut().zip(at_least).for_each(|(count, more)| *count += more as u32);
        self.min = if min < self.min { min } else { self.min };
        self.max = if max > self.max { max } else { self.max };
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.bins.iter_mut().zip(&other.bins) {
            *count += more;
        }
        for (count, more) in self.thresholds.iter_mut().zip(&other.thresholds) {
            *count += more;
        }
        self.min = if other.min < self.min { other.min } else { self.min };
        self.max = if other.max > self.max { other.max } else { self.max };
    }

    pub(super) fn histogram(&self) -> Histogram {
        Histogram { edges: edges(), counts: self.bins.to_vec() }
    }

    /// The thresholds' counts, each turned into a figure.
    pub(super) fn probabilities<T>(&self, figure: impl Fn(u32) -> T) -> Probabilities<T> {
        let [lt1, ge2, ge3, ge5, ge10] = self.thresholds.map(figure);
        Probabilities { lt1, ge2, ge3, ge5, ge10 }
    }
}
