//! Which multiple a share of scenarios reaches: the histogram's question the other way round.

use foliocast_core::scenario::{Distribution, Interval};

use super::Exceedance;

/// The multiple that scenarios reach with a chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reached {
    /// A quantile that the summary reports, with its 95 % interval where there is one.
    Exact(f64, Option<Interval>),
    /// Scenarios are counted in bins, and the multiple lies within this one; `None` is a bin without an upper edge.
    Within(f64, Option<f64>),
}

impl Reached {
    /// The largest multiple that at least a share `chance` of the scenarios reaches; `None` where that is no share
    /// between 0 and 1, or nothing was counted.
    pub fn with(distribution: &Distribution, chance: f64) -> Option<Self> {
        if !(chance > 0.0 && chance < 1.0) {
            return None;
        }
        if let Some((multiple, interval)) = reported(distribution, chance) {
            return Some(Self::Exact(multiple, interval));
        }
        let edges = &distribution.histogram.edges;
        // Shares fall from edge to edge.
        let reached = |edge: &&f64| Exceedance::at(distribution, **edge).is_some_and(|answer| answer.share >= chance);
        let low = edges.iter().take_while(reached).count().checked_sub(1)?;
        Some(Self::Within(edges[low], edges.get(low + 1).copied()))
    }

    /// Where it lies, from and to; an exact answer is both.
    pub fn ends(self) -> (f64, Option<f64>) {
        match self {
            Self::Exact(multiple, _) => (multiple, Some(multiple)),
            Self::Within(low, high) => (low, high),
        }
    }
}

/// The quantile that a summary reports for a chance of 99, 95, 90, 75, 50, 25, 10, 5 or 1 %.
fn reported(distribution: &Distribution, chance: f64) -> Option<(f64, Option<Interval>)> {
    let (q, e) = (&distribution.quantiles, &distribution.errors.quantiles);
    let tenths = chance * 1_000.0;
    let rounded = tenths.round();
    if (tenths - rounded).abs() > 1e-9 {
        return None;
    }
    Some(match rounded as u32 {
        990 => (q.p1, e.p1),
        950 => (q.p5, e.p5),
        900 => (q.p10, e.p10),
        750 => (q.p25, e.p25),
        500 => (q.p50, e.p50),
        250 => (q.p75, e.p75),
        100 => (q.p90, e.p90),
        50 => (q.p95, e.p95),
        10 => (q.p99, e.p99),
        _ => return None,
    })
}
