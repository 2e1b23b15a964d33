//! What one deal of a bucket does, in closed form: its mean, its quantiles, and the share of deals above a multiple.

use super::{Bucket, Marginal, summary::exponent_exceeds};
use crate::math::{exp2, ln, log2};

/// What one deal of a [`Bucket`] does, losses and cap included (`docs/MODEL.md` section 10).
///
/// ```
/// use foliocast_core::scenario::{DealOutlook, default_fund};
/// let seed = DealOutlook::of(&default_fund("fund-1").buckets()[0]);
/// assert!((seed.survival(1.0) - 0.34).abs() < 1e-12);
/// assert_eq!(seed.quantile(0.4), 0.0);
/// let at_cap = seed.at_cap().unwrap();
/// // 0.8 % of deals are above 50 ×, and (50/200)^1.44 of these reach the cap of 200 ×.
/// assert!((at_cap.share_of_deals - 0.008 * 0.25_f64.powf(1.44)).abs() < 1e-9);
/// assert!((at_cap.share_of_mean * seed.mean() - 200.0 * at_cap.share_of_deals).abs() < 1e-9);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DealOutlook {
    loss_probability: f64,
    uniform: Option<Uniform>,
    /// Power laws, rising; never empty.
    pieces: Vec<Piece>,
    cap: Option<f64>,
    exponent: Option<f64>,
    has_finite_mean: bool,
    has_finite_variance: bool,
}

/// What a cap does to one deal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtCap {
    /// The cap, a multiple.
    pub multiple: f64,
    /// Probability that a deal is at the cap.
    pub share_of_deals: f64,
    /// Share of the mean that comes from deals at the cap.
    pub share_of_mean: f64,
}

/// The deals of a table's first band that return something: evenly between 0 and its edge.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Uniform {
    to: f64,
    share: f64,
}

/// One power law: from·(top/p)^s for upper-tail probabilities p from `top` down to top·e^(−span).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: f64,
    top: f64,
    /// s, the inverse of the exponent.
    s: f64,
    /// Infinite for the tail.
    span: f64,
}

impl DealOutlook {
    /// The outlook of one of `bucket`'s deals.
    pub fn of(bucket: &Bucket) -> Self {
        let not_lost = 1.0 - bucket.loss_probability;
        let (uniform, pieces) = match &bucket.marginal {
            &Marginal::PowerLaw { median, p90 } => {
                let s = ln(p90 / median) / ln(5.0);
                let from = median * exp2(s * log2(0.5 / not_lost));
                (None, vec![Piece { from, top: not_lost, s, span: f64::INFINITY }])
            }
            Marginal::Table { bands, tail_exponent } => {
                let first = bands.first().map_or((0.0, 0.0), |band| (band.to, band.share));
                let (mut edge, mut beyond) = (first.0, 1.0 - first.1);
                let uniform = Uniform { to: edge, share: not_lost - beyond };
                let mut pieces = Vec::with_capacity(bands.len());
                for band in bands.iter().skip(1) {
                    let next = beyond - band.share;
                    let span = ln(beyond / next);
                    pieces.push(Piece { from: edge, top: beyond, s: ln(band.to / edge) / span, span });
                    (edge, beyond) = (band.to, next);
                }
                pieces.push(Piece { from: edge, top: beyond, s: 1.0 / tail_exponent, span: f64::INFINITY });
                (Some(uniform), pieces)
            }
        };
        let is_constant = matches!(bucket.marginal, Marginal::PowerLaw { median, p90 } if median == p90);
        Self {
            loss_probability: bucket.loss_probability,
            uniform,
            exponent: match bucket.marginal {
                _ if is_constant => None,
                Marginal::PowerLaw { .. } => pieces.last().map(|piece| 1.0 / piece.s),
                Marginal::Table { tail_exponent, .. } => Some(tail_exponent),
            },
            pieces,
            cap: bucket.max_moic,
            has_finite_mean: exponent_exceeds(&bucket.marginal, 1),
            has_finite_variance: exponent_exceeds(&bucket.marginal, 2),
        }
    }

    /// Exponent of the tail; `None` where every deal that returns something returns the same.
    pub fn tail_exponent(&self) -> Option<f64> {
        self.exponent
    }

    /// Whether the variance would be finite without the cap (exponent above 2).
    pub fn has_finite_variance(&self) -> bool {
        self.has_finite_variance
    }

    /// Probability that a deal returns nothing.
    pub fn loss_probability(&self) -> f64 {
        self.loss_probability
    }

    /// Mean multiple, with losses and cap.
    pub fn mean(&self) -> f64 {
        match self.cap {
            Some(_) => self.mean_below_cap() + self.mean_at_cap(),
            None => self.mean_of_pieces(f64::INFINITY),
        }
    }

    /// What the mean would be without the cap; `None` where it would be infinite (an exponent of 1 or less).
    pub fn uncapped_mean(&self) -> Option<f64> {
        self.has_finite_mean.then(|| self.mean_of_pieces(f64::INFINITY))
    }

    /// What the cap does; `None` without one, and where every deal that returns something returns the same.
    pub fn at_cap(&self) -> Option<AtCap> {
        let multiple = self.cap.filter(|_| self.exponent.is_some())?;
        let at_cap = self.mean_at_cap();
        let share_of_mean = at_cap / (self.mean_below_cap() + at_cap);
        Some(AtCap { multiple, share_of_deals: self.share_from(multiple), share_of_mean })
    }

    /// Share of deals that return `multiple` or more; 0 above the cap.
    pub fn survival(&self, multiple: f64) -> f64 {
        if self.cap.is_some_and(|cap| multiple > cap) { 0.0 } else { self.share_from(multiple) }
    }

    /// The multiple that a share `p` of deals stays below, for `p` from 0 to less than 1; 0 where so many return
    /// nothing.
    pub fn quantile(&self, p: f64) -> f64 {
        let beyond = 1.0 - p;
        if beyond > 1.0 - self.loss_probability {
            return 0.0;
        }
        let piece = self.pieces.iter().take_while(|piece| beyond <= piece.top).last();
        let multiple = match (piece, self.uniform) {
            (Some(piece), _) => piece.from * exp(piece.s * ln(piece.top / beyond)),
            (None, Some(uniform)) => {
                // A width of nothing, where all of the first band is lost, gives no number: then it is the edge.
                (uniform.to * ((p - self.loss_probability) / uniform.share)).max(0.0).min(uniform.to)
            }
            (None, None) => self.pieces.first().map_or(0.0, |piece| piece.from),
        };
        self.cap.map_or(multiple, |cap| if multiple < cap { multiple } else { cap })
    }

    /// Where the shape changes: each multiple with the share of deals that return it or more, rising. Between two of
    /// them, and beyond the last, ln share is linear in ln multiple; below the first the share is linear in the
    /// multiple where there is a table, and constant where there is none.
    pub fn edges(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.pieces.iter().map(|piece| (piece.from, piece.top))
    }

    /// As [`Self::survival`], without the cap.
    fn share_from(&self, multiple: f64) -> f64 {
        if multiple <= 0.0 {
            return 1.0;
        }
        let not_lost = 1.0 - self.loss_probability;
        match (self.pieces.iter().take_while(|piece| piece.from <= multiple).last(), self.uniform) {
            // All of a constant lies at its one multiple.
            (Some(piece), _) if piece.s == 0.0 => {
                if multiple > piece.from {
                    0.0
                } else {
                    piece.top
                }
            }
            (Some(piece), _) => piece.top * exp(-ln(multiple / piece.from) / piece.s),
            (None, Some(uniform)) => not_lost - multiple / uniform.to * uniform.share,
            (None, None) => not_lost,
        }
    }

    fn mean_at_cap(&self) -> f64 {
        self.cap.map_or(0.0, |cap| cap * self.share_from(cap))
    }

    fn mean_below_cap(&self) -> f64 {
        let tail = self.pieces.last().copied().filter(|tail| tail.s > 0.0);
        match (self.cap, tail) {
            (Some(cap), Some(tail)) => self.mean_of_pieces(ln(cap / tail.from) / tail.s),
            _ => self.mean_of_pieces(f64::INFINITY),
        }
    }

    /// The mean of all deals whose ln(top/p) in the tail is at most `tail_span`.
    fn mean_of_pieces(&self, tail_span: f64) -> f64 {
        let mut mean = self.uniform.map_or(0.0, |uniform| uniform.to * uniform.share / 2.0);
        for piece in &self.pieces {
            mean += piece.mean(if piece.span == f64::INFINITY { tail_span } else { piece.span });
        }
        mean
    }
}

impl Piece {
    /// ∫ from·(top/p)^s dp over p from top·e^(−span) to top: what the piece adds to the mean.
    ///
    /// With v = ln(top/p) it is from·top·∫₀^span e^(−(1 − s)·v) dv, and w = (1 − s)·span may be near 0.
    fn mean(self, span: f64) -> f64 {
        if span == f64::INFINITY {
            return self.from * self.top / (1.0 - self.s);
        }
        let w = (1.0 - self.s) * span;
        // (1 − e^(−w))/w by its series where the difference would cancel; the next term is below 10⁻¹².
        let mean_decay = if w.abs() < 1e-2 {
            1.0 - w / 2.0 * (1.0 - w / 3.0 * (1.0 - w / 4.0 * (1.0 - w / 5.0)))
        } else {
            (1.0 - exp(-w)) / w
        };
        self.from * self.top * span * mean_decay
    }
}

/// eˣ, 0 where it is too small to matter. x ≤ 28: spans and ranges of multiples bound it.
fn exp(x: f64) -> f64 {
    if x < -700.0 { 0.0 } else { exp2(x * core::f64::consts::LOG2_E) }
}
