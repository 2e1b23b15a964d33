//! Which order statistics a sample of a given size is asked for, and what the two ways of finding them return.

use super::{Quantiles, binomial};

/// The reported quantiles, in percent.
const PERCENTS: [u64; 9] = [1, 5, 10, 25, 50, 75, 90, 95, 99];

/// Percent of rows in the lower tail (`worst5Mean`) and in the upper one (`top1Share`).
const LOWER_TAIL_DIVISOR: u32 = 20;
const UPPER_TAIL_DIVISOR: u32 = 100;

/// What to look for in a sorted sample of `rows`; positions count from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OrderPlan {
    pub(super) rows: u32,
    /// Type 7: between this position and the next, so far.
    interpolated: [(u32, f64); 9],
    /// Order statistics that hold the quantile with 95 %, where the sample is large enough.
    intervals: [Option<(u32, u32)>; 9],
    /// All positions above, rising.
    positions: Vec<u32>,
}

impl OrderPlan {
    pub(super) fn new(rows: u32) -> Self {
        let last = u64::from(rows.saturating_sub(1));
        let interpolated = PERCENTS.map(|percent| {
            let scaled = last * percent;
            ((scaled / 100) as u32, (scaled % 100) as f64 / 100.0)
        });
        let intervals = PERCENTS.map(|percent| binomial::order_statistic_interval(rows, percent as u32));
        let asked = interpolated
            .iter()
            .flat_map(|&(position, _)| [position, (position + 1).min(last as u32)])
            .chain(intervals.iter().flatten().flat_map(|&(low, high)| [low, high]));
        let mut positions = Vec::new();
        for position in asked {
            if let Err(place) = positions.binary_search(&position) {
                positions.insert(place, position);
            }
        }
        Self { rows, interpolated, intervals, positions }
    }

    /// The positions to pick, rising.
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// Rows of the lower tail, the last one in part: ⌈S/20⌉.
    pub(super) fn lower_rows(&self) -> u32 {
        self.rows.div_ceil(LOWER_TAIL_DIVISOR)
    }

    /// Rows of the lower tail that count whole: ⌊S/20⌋.
    pub(super) fn lower_whole_rows(&self) -> u32 {
        self.rows / LOWER_TAIL_DIVISOR
    }

    /// How much of the next row counts.
    pub(super) fn lower_fraction(&self) -> f64 {
        f64::from(self.rows % LOWER_TAIL_DIVISOR) / f64::from(LOWER_TAIL_DIVISOR)
    }

    /// The lower tail's mass in rows: S/20.
    pub(super) fn lower_mass(&self) -> f64 {
        f64::from(self.rows) / f64::from(LOWER_TAIL_DIVISOR)
    }

    /// Rows of the upper tail: ⌈S/100⌉.
    pub(super) fn upper_rows(&self) -> u32 {
        self.rows.div_ceil(UPPER_TAIL_DIVISOR)
    }

    /// Quantiles of type 7 from picked values, each first passed through `value`, which must never fall.
    pub(super) fn quantiles(&self, picked: &[f64], value: impl Fn(f64) -> f64) -> Quantiles<f64> {
        let at = |position: u32| value(self.find(picked, position));
        let last = self.rows.saturating_sub(1);
        Quantiles::from_array(self.interpolated.map(|(position, fraction)| {
            let low = at(position);
            low + fraction * (at((position + 1).min(last)) - low)
        }))
    }

    /// The intervals' ends from picked values.
    pub(super) fn intervals(&self, picked: &[f64]) -> Quantiles<Option<super::Interval>> {
        Quantiles::from_array(self.intervals.map(|interval| {
            interval.map(|(low, high)| super::Interval { low: self.find(picked, low), high: self.find(picked, high) })
        }))
    }

    fn find(&self, picked: &[f64], position: u32) -> f64 {
        let index = self.positions.partition_point(|&p| p < position);
        picked.get(index).copied().unwrap_or(0.0)
    }
}

impl<T> Quantiles<T> {
    pub(super) fn from_array([p1, p5, p10, p25, p50, p75, p90, p95, p99]: [T; 9]) -> Self {
        Self { p1, p5, p10, p25, p50, p75, p90, p95, p99 }
    }

    /// The figures with the member names they have in JSON.
    pub fn named(&self) -> [(&'static str, &T); 9] {
        [
            ("p1", &self.p1),
            ("p5", &self.p5),
            ("p10", &self.p10),
            ("p25", &self.p25),
            ("p50", &self.p50),
            ("p75", &self.p75),
            ("p90", &self.p90),
            ("p95", &self.p95),
            ("p99", &self.p99),
        ]
    }
}

/// What one column's order says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OrderStatistics {
    /// Values at the plan's positions.
    pub(super) picked: Vec<f64>,
    pub(super) tails: Tails,
}

impl OrderStatistics {
    /// As numbers, for another instance of this engine: those of the plan's positions, then the tails'.
    pub(super) fn to_numbers(&self) -> Vec<f64> {
        [&self.picked[..], &self.tails.to_array()].concat()
    }

    /// What [`Self::to_numbers`] said; `None` unless there are as many numbers as the plan has, and all are finite.
    pub(super) fn from_numbers(plan: &OrderPlan, numbers: &[f64]) -> Option<Self> {
        let (picked, tails) = numbers.split_at_checked(plan.positions().len())?;
        let tails = Tails::from_array(tails.try_into().ok()?);
        numbers.iter().all(|number| number.is_finite()).then(|| Self { picked: picked.to_vec(), tails })
    }
}

/// Sums over the tails.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tails {
    /// Smallest value: what the lower tail's mean is where the tail is less than a row.
    pub(super) smallest: f64,
    /// Sum of the lower tail, with the fraction of its last row.
    pub(super) lower_sum: f64,
    /// Largest value of the lower tail.
    pub(super) lower_cut: f64,
    /// Σ (q − x) and Σ (q − x)² over the lower tail, q being its largest value.
    pub(super) lower_shortfall: f64,
    pub(super) lower_shortfall_squared: f64,
    /// Sum of the upper tail.
    pub(super) upper_sum: f64,
    /// Smallest value of the upper tail.
    pub(super) upper_cut: f64,
    /// Σ (x − q) and Σ (x − q)² over the upper tail, q being its smallest value.
    pub(super) upper_excess: f64,
    pub(super) upper_excess_squared: f64,
}

impl Tails {
    fn to_array(self) -> [f64; 9] {
        let Self { smallest, lower_sum, lower_cut, lower_shortfall, lower_shortfall_squared, .. } = self;
        let Self { upper_sum, upper_cut, upper_excess, upper_excess_squared, .. } = self;
        [
            smallest,
            lower_sum,
            lower_cut,
            lower_shortfall,
            lower_shortfall_squared,
            upper_sum,
            upper_cut,
            upper_excess,
            upper_excess_squared,
        ]
    }

    fn from_array(numbers: [f64; 9]) -> Self {
        let [smallest, lower_sum, lower_cut, lower_shortfall, lower_shortfall_squared, upper @ ..] = numbers;
        let [upper_sum, upper_cut, upper_excess, upper_excess_squared] = upper;
        Self {
            smallest,
            lower_sum,
            lower_cut,
            lower_shortfall,
            lower_shortfall_squared,
            upper_sum,
            upper_cut,
            upper_excess,
            upper_excess_squared,
        }
    }

    /// From the rising values of both tails.
    pub(super) fn of(plan: &OrderPlan, lower: &[f64], upper: &[f64]) -> Self {
        let mut tails = Self::default();
        let (Some(&smallest), Some(&lower_cut), Some(&upper_cut)) = (lower.first(), lower.last(), upper.first()) else {
            return tails;
        };
        tails.smallest = smallest;
        tails.lower_cut = lower_cut;
        let whole = (plan.lower_whole_rows() as usize).min(lower.len());
        for value in &lower[..whole] {
            tails.lower_sum += value;
        }
        if whole < lower.len() {
            tails.lower_sum += plan.lower_fraction() * lower[whole];
        }
        for value in lower {
            let shortfall = lower_cut - value;
            tails.lower_shortfall += shortfall;
            tails.lower_shortfall_squared += shortfall * shortfall;
        }
        tails.upper_cut = upper_cut;
        for value in upper {
            let excess = value - upper_cut;
            tails.upper_sum += value;
            tails.upper_excess += excess;
            tails.upper_excess_squared += excess * excess;
        }
        tails
    }
}
