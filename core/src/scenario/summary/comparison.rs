//! What changes from one run to another, row by row (`docs/MODEL.md`, section 9).
//!
//! Rows of runs with one seed share their draws, so that the difference of two figures is known far better than either
//! of them. Its standard error is that of the mean of the rows' differences of influence: what a row adds to one figure,
//! less what it adds to the other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    FundOutcomes, Interval, Probabilities, Quantiles,
    distribution::{self as reason, Reasons, Z_975},
    order::OrderPlan,
    outcomes::Outcomes,
};
use crate::scenario::{BLOCK_ROWS, num_blocks};

/// What changes from one run to another with as many rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comparison {
    /// Rows that are compared.
    pub num_scenarios: u32,
    /// Before recycling.
    pub gross: Differences,
    /// With recycling (a run without it returns what it returns before); null where it is off in both.
    pub recycled: Option<Differences>,
}

/// How each figure of one distribution changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Differences {
    /// Of the mean.
    pub mean: Difference,
    /// Of the standard deviation.
    pub std_dev: Difference,
    /// Of the quantiles.
    pub quantiles: Quantiles<Difference>,
    /// Of the probabilities.
    pub probabilities: Probabilities<Difference>,
    /// Of the mean of the worst 5 %.
    pub worst5_mean: Difference,
    /// Of the share of the top 1 % of rows.
    pub top1_share: Difference,
    /// Why a figure is null, by its path (`mean.error`, `top1Share` …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
}

/// How one figure changes, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Difference {
    /// The other run's figure less the base's; null where either is.
    pub difference: Option<f64>,
    /// Its standard error, from the rows' differences.
    pub error: Option<f64>,
    /// What it would be if the runs shared no draws.
    pub separate_error: Option<f64>,
}

/// Two runs with different numbers of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DifferentRows {
    /// Rows of the base.
    pub base: u32,
    /// Rows of the other run.
    pub other: u32,
}

impl core::fmt::Display for DifferentRows {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { base, other } = self;
        write!(f, "{base} rows cannot be compared with {other}: make as many of either run")
    }
}

impl core::error::Error for DifferentRows {}

impl Comparison {
    /// Compares `other` with `base`.
    ///
    /// ```
    /// use foliocast_core::scenario::{Comparison, Preview, default_fund};
    ///
    /// let outcomes = |config| {
    ///     let mut preview = Preview::new(&config);
    ///     while !preview.step(1) {}
    ///     preview.outcomes(preview.rows_available()).expect("all rows are made")
    /// };
    /// let base = outcomes(default_fund("fund-1"));
    /// let comparison = Comparison::new(&base, &base).expect("as many rows");
    /// assert_eq!(comparison.gross.mean.difference, Some(0.0));
    /// assert_eq!(comparison.gross.mean.error, Some(0.0));
    /// ```
    ///
    /// # Errors
    /// Runs with different numbers of rows.
    pub fn new(base: &FundOutcomes, other: &FundOutcomes) -> Result<Self, DifferentRows> {
        if base.num_scenarios != other.num_scenarios {
            return Err(DifferentRows { base: base.num_scenarios, other: other.num_scenarios });
        }
        let plan = OrderPlan::new(base.num_scenarios);
        let recycles = base.recycled.is_some() || other.recycled.is_some();
        let recycled = |run: &FundOutcomes| run.recycled.clone().unwrap_or_else(|| run.gross.clone());
        Ok(Self {
            num_scenarios: base.num_scenarios,
            gross: Pair { plan: &plan, base: &base.gross, other: &other.gross }.differences(),
            recycled: recycles
                .then(|| Pair { plan: &plan, base: &recycled(base), other: &recycled(other) }.differences()),
        })
    }
}

/// Two columns of equal length.
///
/// What is called for many figures exists once: inlined for each of them, a page's module was 7 kB larger.
struct Pair<'a> {
    plan: &'a OrderPlan,
    base: &'a Outcomes,
    other: &'a Outcomes,
}

impl Pair<'_> {
    fn differences(&self) -> Differences {
        let mut reasons = Reasons::default();
        Differences {
            mean: self.mean(&mut reasons),
            std_dev: self.std_dev(&mut reasons),
            quantiles: self.quantiles(&mut reasons),
            probabilities: self.probabilities(),
            worst5_mean: self.worst5_mean(&mut reasons),
            top1_share: self.top1_share(&mut reasons),
            reasons: reasons.0,
        }
    }

    fn rows(&self) -> f64 {
        f64::from(self.plan.rows)
    }

    /// Where both runs know how sure their figure is, the pair does too; else it has the reason of the one that does not.
    fn difference(
        &self,
        reasons: &mut Reasons,
        path: &str,
        figure: &dyn Fn(&Outcomes) -> Option<f64>,
        error: &dyn Fn(&Outcomes) -> Option<f64>,
        paired: &dyn Fn() -> Option<f64>,
    ) -> Difference {
        let runs = [self.base, self.other];
        let difference = match runs.map(figure) {
            [Some(base), Some(other)] => Some(other - base),
            _ => None,
        };
        let separate_error = match runs.map(error) {
            [Some(base), Some(other)] if difference.is_some() => Some((base * base + other * other).sqrt()),
            _ => None,
        };
        let error = separate_error.and_then(|_| paired());
        let reason_at = |path: &str| runs.iter().find_map(|run| run.distribution.reasons.get(path));
        if let (None, Some(reason)) = (difference, reason_at(path)) {
            reasons.note(path, reason);
        } else if let (None, Some(reason)) = (separate_error, reason_at(&format!("errors.{path}"))) {
            reasons.note(&format!("{path}.error"), reason);
        } else if error.is_none() {
            reasons.note(&format!("{path}.error"), reason::ONE_BLOCK);
        }
        Difference { difference, error, separate_error }
    }

    fn mean(&self, reasons: &mut Reasons) -> Difference {
        self.difference(
            reasons,
            "mean",
            &|run| Some(run.distribution.mean),
            &|run| run.distribution.errors.mean,
            &|| {
                let steps = self.steps(|row| self.other.values[row] - self.base.values[row]);
                if self.base.finite.variance && self.other.finite.variance {
                    Some(self.spread(&steps, self.rows() - 1.0))
                } else {
                    self.batch_means(&steps)
                }
            },
        )
    }

    /// Influence on σ: ((x − mean)² − σ²)/(2σ), with the sample's moments.
    fn std_dev(&self, reasons: &mut Reasons) -> Difference {
        let influence = |run: &Outcomes| {
            let mean = run.distribution.mean;
            let second = sum(&run.values, |value| (value - mean) * (value - mean)) / self.rows();
            (mean, 2.0 * second.sqrt())
        };
        self.difference(
            reasons,
            "stdDev",
            &|run| run.distribution.std_dev,
            &|run| run.distribution.errors.std_dev,
            &|| {
                let ((base_mean, base_scale), (other_mean, other_scale)) =
                    (influence(self.base), influence(self.other));
                let step = |row: usize| {
                    let (base, other) = (self.base.values[row] - base_mean, self.other.values[row] - other_mean);
                    other * other / other_scale - base * base / base_scale
                };
                Some(self.spread(&self.steps(step), self.rows()))
            },
        )
    }

    /// Influence on a quantile: its share less 1 where x lies at or below it, over the density there. The density is
    /// what makes the reported interval as wide as it is (Woodruff 1952), and the indicators' correlation is counted.
    fn quantiles(&self, reasons: &mut Reasons) -> Quantiles<Difference> {
        let [base, other] = [self.base, self.other].map(|run| &run.distribution);
        let differences = base.quantiles.named().map(|(name, _)| {
            self.difference(
                reasons,
                &format!("quantiles.{name}"),
                &|run| Some(of(&run.distribution.quantiles, name)),
                &|run| of(&run.distribution.errors.quantiles, name).map(half_width),
                &|| {
                    let cuts = [of(&base.quantiles, name), of(&other.quantiles, name)];
                    let [base_error, other_error] =
                        [base, other].map(|run| of(&run.errors.quantiles, name).map_or(0.0, half_width));
                    // a² + b² − 2φab, so that nothing is left where nothing differs.
                    let apart = base_error - other_error;
                    Some((apart * apart + 2.0 * base_error * other_error * (1.0 - self.phi(cuts))).sqrt())
                },
            )
        });
        Quantiles::from_array(differences)
    }

    /// How the two events "at or below its cut" correlate: the φ coefficient of their two by two table; 0 where one of
    /// them is certain.
    #[inline(never)]
    fn phi(&self, [base_cut, other_cut]: [f64; 2]) -> f64 {
        let (mut both, mut base_alone, mut other_alone) = (0_u32, 0_u32, 0_u32);
        for (base, other) in self.base.values.iter().zip(&self.other.values) {
            let (base, other) = (*base <= base_cut, *other <= other_cut);
            both += u32::from(base && other);
            base_alone += u32::from(base && !other);
            other_alone += u32::from(other && !base);
        }
        let neither = self.rows() - f64::from(both) - f64::from(base_alone) - f64::from(other_alone);
        let [both, base_alone, other_alone] = [both, base_alone, other_alone].map(f64::from);
        let base = (both + base_alone) * (other_alone + neither);
        let other = (both + other_alone) * (base_alone + neither);
        let scale = (base * other).sqrt();
        if scale > 0.0 { (both * neither - base_alone * other_alone) / scale } else { 0.0 }
    }

    /// Counts of rows that change sides, with half a row added to each of the four cells (Agresti and Min 2005), and for
    /// separate runs a row to each of theirs (Agresti and Caffo 2000): a difference that was never seen is not certain.
    fn probabilities(&self) -> Probabilities<Difference> {
        let at_least = |threshold: f64| self.probability(move |value| value >= threshold);
        Probabilities {
            lt1: self.probability(|value| value < 1.0),
            ge2: at_least(2.0),
            ge3: at_least(3.0),
            ge5: at_least(5.0),
            ge10: at_least(10.0),
        }
    }

    #[inline(never)]
    fn probability(&self, is_hit: impl Fn(f64) -> bool) -> Difference {
        let (mut lost, mut won, mut base_hits, mut other_hits) = (0_u32, 0_u32, 0_u32, 0_u32);
        for (base, other) in self.base.values.iter().zip(&self.other.values) {
            let (base, other) = (is_hit(*base), is_hit(*other));
            lost += u32::from(base && !other);
            won += u32::from(other && !base);
            base_hits += u32::from(base);
            other_hits += u32::from(other);
        }
        let (lost, won) = (f64::from(lost), f64::from(won));
        let more = self.rows() + 2.0;
        let change = won - lost;
        let error = ((won + lost + 1.0 - change * change / more) / (more * more)).sqrt();
        let variance = |hits: u32| {
            let share = (f64::from(hits) + 1.0) / more;
            share * (1.0 - share) / more
        };
        Difference {
            difference: Some(change / self.rows()),
            error: Some(error),
            separate_error: Some((variance(base_hits) + variance(other_hits)).sqrt()),
        }
    }

    /// Influence on the tail mean: −(q − x)⁺ over the tail's share (Rockafellar and Uryasev).
    fn worst5_mean(&self, reasons: &mut Reasons) -> Difference {
        let [base_cut, other_cut] = [self.base.tails.lower_cut, self.other.tails.lower_cut];
        let step = |row: usize| {
            not_negative(base_cut - self.base.values[row]) - not_negative(other_cut - self.other.values[row])
        };
        self.difference(
            reasons,
            "worst5Mean",
            &|run| Some(run.distribution.worst5_mean),
            &|run| run.distribution.errors.worst5_mean,
            &|| Some(self.spread(&self.steps(step), self.rows() - 1.0) * (self.rows() / self.plan.lower_mass())),
        )
    }

    /// Influence on the top share T: ((x − q)⁺ − T·x)/mean.
    fn top1_share(&self, reasons: &mut Reasons) -> Difference {
        let influence = |run: &Outcomes, row: usize| {
            let value = run.values[row];
            let share = run.distribution.top1_share.unwrap_or(0.0);
            (not_negative(value - run.tails.upper_cut) - share * value) / run.distribution.mean
        };
        self.difference(
            reasons,
            "top1Share",
            &|run| run.distribution.top1_share,
            &|run| run.distribution.errors.top1_share,
            &|| {
                let steps = self.steps(|row| influence(self.other, row) - influence(self.base, row));
                Some(self.spread(&steps, self.rows() - 1.0))
            },
        )
    }

    /// Every row's step.
    fn steps(&self, step: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.base.values.len().min(self.other.values.len())).map(step).collect()
    }

    /// Standard error of the mean of the rows' `steps`; squares are divided by `degrees`.
    #[inline(never)]
    fn spread(&self, steps: &[f64], degrees: f64) -> f64 {
        let mean = sum(steps, |step| step) / self.rows();
        let second = sum(steps, |step| (step - mean) * (step - mean));
        (second / degrees / self.rows()).sqrt()
    }

    /// The same from the means of blocks, where rows have no finite variance; `None` for a single block.
    fn batch_means(&self, steps: &[f64]) -> Option<f64> {
        let blocks = num_blocks(self.plan.rows);
        if blocks < 2 {
            return None;
        }
        let mean = sum(steps, |step| step) / self.rows();
        let between: f64 = steps
            .chunks(BLOCK_ROWS)
            .map(|block| {
                let count = block.len() as f64;
                let off = block.iter().sum::<f64>() / count - mean;
                count * off * off
            })
            .sum();
        Some((between / (f64::from(blocks) - 1.0) / self.rows()).sqrt())
    }
}

/// Sums blocks in the order of their rows, and then the blocks.
fn sum(rows: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    rows.chunks(BLOCK_ROWS).map(|block| block.iter().map(|&row| value(row)).sum::<f64>()).sum()
}

/// The figure called `name`, one of the nine.
fn of<T: Copy>(quantiles: &Quantiles<T>, name: &str) -> T {
    quantiles.named().into_iter().find(|(other, _)| *other == name).map_or(quantiles.p50, |(_, figure)| *figure)
}

/// The standard error that makes a 95 % interval as wide as this one.
fn half_width(interval: Interval) -> f64 {
    (interval.high - interval.low) / (2.0 * Z_975)
}

/// Rounding can take a variance below 0.
fn not_negative(value: f64) -> f64 {
    if value > 0.0 { value } else { 0.0 }
}
