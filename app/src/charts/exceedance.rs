//! How likely a multiple is reached: only answers that are exact counts of scenarios.

use foliocast_core::scenario::{Distribution, Histogram, Interval};

use super::LogScale;

/// The normal quantile of a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// Multiples whose shares a summary reports by name.
const REPORTED: [f64; 5] = [1.0, 2.0, 3.0, 5.0, 10.0];

/// The share of scenarios at or above a multiple.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceedance {
    /// The multiple.
    pub multiple: f64,
    /// The share of scenarios.
    pub share: f64,
    /// Its 95 % Wilson interval.
    pub interval: Interval,
}

impl Exceedance {
    /// The answer for a reported multiple (1, 2, 3, 5, 10) or a bin edge; `None` for any other multiple, since a
    /// histogram cannot know.
    pub fn at(distribution: &Distribution, multiple: f64) -> Option<Self> {
        let reported = reported(distribution, multiple);
        let (share, interval) = match reported {
            Some(found) => found,
            None => counted(&distribution.histogram, multiple)?,
        };
        Some(Self { multiple, share, interval })
    }

    /// Between which shares the answer for any multiple lies: those of the nearest multiples that have exact answers,
    /// one and the same where this is one of them. `None` where nothing was counted.
    pub fn bounds(distribution: &Distribution, multiple: f64) -> Option<Interval> {
        let points = || distribution.histogram.edges.iter().chain(&REPORTED).copied();
        let share = |point| Self::at(distribution, point).map(|answer| answer.share);
        let below = points().filter(|&point| point <= multiple).max_by(f64::total_cmp)?;
        let above = points().filter(|&point| point >= multiple).min_by(f64::total_cmp);
        Some(Interval { low: above.map_or(Some(0.0), share)?, high: share(below)? })
    }
}

fn reported(distribution: &Distribution, multiple: f64) -> Option<(f64, Interval)> {
    let shares = &distribution.probabilities;
    let intervals = &distribution.errors.probabilities;
    Some(match multiple {
        1.0 => {
            let below = intervals.lt1;
            (1.0 - shares.lt1, Interval { low: 1.0 - below.high, high: 1.0 - below.low })
        }
        2.0 => (shares.ge2, intervals.ge2),
        3.0 => (shares.ge3, intervals.ge3),
        5.0 => (shares.ge5, intervals.ge5),
        10.0 => (shares.ge10, intervals.ge10),
        _ => return None,
    })
}

fn counted(histogram: &Histogram, multiple: f64) -> Option<(f64, Interval)> {
    let first = histogram.edges.iter().position(|&edge| edge == multiple)?;
    let above: u64 = histogram.counts.iter().skip(first).map(|&count| u64::from(count)).sum();
    let total: u64 = histogram.counts.iter().map(|&count| u64::from(count)).sum();
    (total > 0).then(|| (above as f64 / total as f64, wilson_interval(above, total)))
}

/// The 95 % Wilson interval of a share (Wilson, JASA 22, 1927).
pub fn wilson_interval(successes: u64, total: u64) -> Interval {
    if total == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, z2) = (total as f64, Z_95 * Z_95);
    let share = successes as f64 / n;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// The multiples that can be asked on an axis, rising: bin edges and reported ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds(Vec<f64>);

impl Thresholds {
    /// Those within `scale`.
    pub fn within(histogram: &Histogram, scale: &LogScale) -> Self {
        let mut points: Vec<f64> = histogram
            .edges
            .iter()
            .chain(&REPORTED)
            .copied()
            .filter(|point| (scale.low() * 0.999..=scale.high() * 1.001).contains(point))
            .collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        Self(points)
    }

    /// The one nearest to a place on the axis.
    pub fn nearest(&self, scale: &LogScale, fraction: f64) -> Option<f64> {
        let distance = |point: &f64| (scale.fraction(*point) - fraction).abs();
        self.0.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// The one `steps` further up (or down), stopping at the ends.
    pub fn step(&self, from: f64, steps: isize) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let at = self.0.partition_point(|&point| point < from).min(last);
        self.0.get(at.saturating_add_signed(steps).min(last)).copied()
    }

    /// The lowest.
    pub fn first(&self) -> Option<f64> {
        self.0.first().copied()
    }

    /// The highest.
    pub fn last(&self) -> Option<f64> {
        self.0.last().copied()
    }
}
