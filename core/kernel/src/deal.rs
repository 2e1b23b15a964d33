//! One deal's MOIC as a function of f = −ln p, where p is its score's upper-tail probability.

use crate::math::{Scalar, Vector, exp2_of, tail_table, upper_tail};

/// The constants of one deal's marginal, made from a bucket's marginal by whoever knows buckets.
#[derive(Clone, Debug, PartialEq)]
pub enum Deal {
    /// A multiple with one power law.
    PowerLaw(PowerLaw),
    /// An outcome table.
    Bands(Bands),
}

/// MOIC = 2^(slope·f + offset), nothing below `loss_below`, at most `cap`.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerLaw {
    /// Of f.
    pub slope: f64,
    /// Added to `slope·f`.
    pub offset: f64,
    /// A deal with less f returns nothing; negative where no deal does.
    pub loss_below: f64,
    /// `f64::MAX` where there is no cap.
    pub cap: f64,
}

/// Uniform below the first knot, 2^(slope·f + offset) with each piece's constants above.
#[derive(Clone, Debug, PartialEq)]
pub struct Bands {
    /// As in [`PowerLaw`].
    pub loss_below: f64,
    /// As in [`PowerLaw`].
    pub cap: f64,
    /// The first edge: the most that the uniform part gives.
    pub first_edge: f64,
    /// The uniform part is `first_offset − first_scale·p`, between 0 and `first_edge`.
    pub first_offset: f64,
    /// See `first_offset`.
    pub first_scale: f64,
    /// f at the edges, rising; at least one.
    pub knots: Vec<f64>,
    /// Slope and offset from each knot on, the first piece before all knots (2^(slope·f + offset) = p there). A row of
    /// four because that is what `Vector::gather_rows` loads.
    pub pieces: Vec<[f64; 4]>,
}

impl Deal {
    /// The MOIC of a deal with normal score z.
    pub fn moic_of_score(&self, z: f64) -> f64 {
        let f = upper_tail(tail_table(), [Scalar(z)]);
        let [moic] = match self {
            Self::PowerLaw(law) => law.moic(f),
            Self::Bands(bands) => bands.moic(f),
        };
        moic.0
    }
}

impl PowerLaw {
    /// No deal is lost and none is capped: two operations less.
    pub(super) fn is_never_cut(&self) -> bool {
        self.loss_below < 0.0 && self.cap == f64::MAX
    }
}

/// A marginal that passes can run.
pub(super) trait DealMoic {
    fn moic<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U];
}

/// A power law without loss and cap.
pub(super) struct Uncut<'a>(pub &'a PowerLaw);

impl DealMoic for Uncut<'_> {
    #[inline(always)]
    fn moic<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U] {
        let mut y = f;
        for u in 0..U {
            y[u] = f[u].mul(V::splat(self.0.slope)).add(V::splat(self.0.offset));
        }
        exp2_of(y)
    }
}

impl DealMoic for PowerLaw {
    #[inline(always)]
    fn moic<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U] {
        let mut moic = Uncut(self).moic(f);
        for u in 0..U {
            moic[u] = f[u].select_ge(V::splat(self.loss_below), moic[u].min(V::splat(self.cap)), V::splat(0.0));
        }
        moic
    }
}

impl DealMoic for Bands {
    #[inline(always)]
    fn moic<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U] {
        let mut moic = exp2_of(if V::COUNTS_KNOTS { self.counting(f) } else { self.selecting(f) });
        let first_knot = V::splat(self.knots.first().copied().unwrap_or(0.0));
        for u in 0..U {
            let uniform = V::splat(self.first_offset).sub(V::splat(self.first_scale).mul(moic[u]));
            let uniform = uniform.min(V::splat(self.first_edge)).max(V::splat(0.0));
            let uncapped = f[u].select_ge(first_knot, moic[u], uniform);
            moic[u] = f[u].select_ge(V::splat(self.loss_below), uncapped.min(V::splat(self.cap)), V::splat(0.0));
        }
        moic
    }
}

impl Bands {
    /// slope·f + offset of each lane's piece, by a select for each knot: faster where selects are wide. Four registers
    /// at a time, so that 16 hold them, their slopes and their offsets.
    #[inline(always)]
    fn selecting<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U] {
        let mut y = f;
        self.select::<V, U, 0, 4>(&mut y);
        self.select::<V, U, 4, 8>(&mut y);
        y
    }

    /// [`Self::selecting`] for registers `FROM` to `TO`, as far as there are.
    #[inline(always)]
    fn select<V: Vector, const U: usize, const FROM: usize, const TO: usize>(&self, y: &mut [V; U]) {
        let [first_slope, first_offset, ..] = self.pieces.first().copied().unwrap_or_default();
        let f = *y;
        let mut slope = [V::splat(first_slope); U];
        let mut offset = [V::splat(first_offset); U];
        let to = if TO < U { TO } else { U };
        for (&knot, &[knot_slope, knot_offset, ..]) in self.knots.iter().zip(self.pieces.iter().skip(1)) {
            for u in FROM..to {
                slope[u] = f[u].select_ge(V::splat(knot), V::splat(knot_slope), slope[u]);
                offset[u] = f[u].select_ge(V::splat(knot), V::splat(knot_offset), offset[u]);
            }
        }
        for u in FROM..to {
            y[u] = f[u].mul(slope[u]).add(offset[u]);
        }
    }

    /// The same by counting the knots passed and loading the piece: faster with two lanes.
    #[inline(always)]
    fn counting<V: Vector, const U: usize>(&self, f: [V; U]) -> [V; U] {
        let mut piece = [V::splat_bits(0); U];
        let pieces = &self.pieces[..];
        for &knot in self.knots.iter().take(pieces.len().saturating_sub(1)) {
            for u in 0..U {
                piece[u] = f[u].count_ge(V::splat(knot), piece[u]);
            }
        }
        let mut y = f;
        if pieces.is_empty() {
            return y;
        }
        for u in 0..U {
            // SAFETY: at most one less than the number of pieces was counted.
            let [slope, offset, ..] = unsafe { V::gather_rows(pieces, piece[u]) };
            y[u] = f[u].mul(slope).add(offset);
        }
        y
    }
}
