//! One of the six figures a reader looks for first, wherever it is asked for by name.

use foliocast_core::scenario::{Difference, Differences, Distribution, Interval};

use super::key_figures::LABELS;
use crate::format;

/// The normal quantile of a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// One of the six figures of [`super::KeyFigures`], in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFigure {
    /// The median multiple.
    Median,
    /// The mean multiple.
    Mean,
    /// P(multiple < 1).
    LosesMoney,
    /// P(multiple ≥ 3).
    Triples,
    /// Mean of the worst 5 %.
    Worst5,
    /// Share of the mean that comes from the top 1 %.
    Top1,
}

impl KeyFigure {
    /// All six.
    pub const ALL: [Self; 6] = [Self::Median, Self::Mean, Self::LosesMoney, Self::Triples, Self::Worst5, Self::Top1];

    /// Its name on the page.
    pub fn label(self) -> &'static str {
        LABELS[self as usize]
    }

    /// Its name inside a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Median => "the median",
            Self::Mean => "the mean",
            Self::LosesMoney => "the chance to lose money",
            Self::Triples => "the chance to triple",
            Self::Worst5 => "the mean of the worst 5 %",
            Self::Top1 => "what the top 1 % give",
        }
    }

    /// Whether it is a share of one; else it is a multiple.
    pub fn is_share(self) -> bool {
        matches!(self, Self::LosesMoney | Self::Triples | Self::Top1)
    }

    /// Its value, a multiple or a share; `None` where it is undefined.
    pub fn of(self, distribution: &Distribution) -> Option<f64> {
        match self {
            Self::Median => Some(distribution.quantiles.p50),
            Self::Mean => Some(distribution.mean),
            Self::LosesMoney => Some(distribution.probabilities.lt1),
            Self::Triples => Some(distribution.probabilities.ge3),
            Self::Worst5 => Some(distribution.worst5_mean),
            Self::Top1 => distribution.top1_share,
        }
    }

    /// Its 95 % interval; `None` where it has no error. Standard errors reach 1.96 times as far to each side.
    pub fn interval(self, distribution: &Distribution) -> Option<Interval> {
        let errors = &distribution.errors;
        let around = |error: Option<f64>| {
            let (value, reach) = (self.of(distribution)?, Z_95 * error?);
            Some(Interval { low: value - reach, high: value + reach })
        };
        match self {
            Self::Median => errors.quantiles.p50,
            Self::Mean => around(errors.mean),
            Self::LosesMoney => Some(errors.probabilities.lt1),
            Self::Triples => Some(errors.probabilities.ge3),
            Self::Worst5 => around(errors.worst5_mean),
            Self::Top1 => around(errors.top1_share),
        }
    }

    /// Half the length of its 95 % interval.
    pub fn reach(self, distribution: &Distribution) -> Option<f64> {
        self.interval(distribution).map(|interval| (interval.high - interval.low) / 2.0)
    }

    /// How it changes.
    pub fn change(self, differences: &Differences) -> Difference {
        match self {
            Self::Median => differences.quantiles.p50,
            Self::Mean => differences.mean,
            Self::LosesMoney => differences.probabilities.lt1,
            Self::Triples => differences.probabilities.ge3,
            Self::Worst5 => differences.worst5_mean,
            Self::Top1 => differences.top1_share,
        }
    }

    /// A value with its unit: `2.24 ×`, `16.0 %`.
    pub fn words(self, value: f64) -> String {
        if self.is_share() { format::percent(value) } else { format::multiple(value) }
    }

    /// The unit of its changes.
    pub fn change_unit(self) -> &'static str {
        if self.is_share() { "points" } else { "×" }
    }

    /// A change, or its error, in [`Self::change_unit`].
    pub fn in_change_unit(self, change: f64) -> f64 {
        if self.is_share() { change * 100.0 } else { change }
    }

    /// A change with its standard error and unit: `+1.91 ± 0.12 points`.
    pub fn change_words(self, change: f64, error: Option<f64>) -> String {
        let error = error.map(|error| self.in_change_unit(error));
        let change = format::change(self.in_change_unit(change), error);
        let error = error.map_or(format::ABSENT.to_owned(), format::standard_error);
        format!("{change} ± {error}{}{}", format::NO_BREAK_SPACE, self.change_unit())
    }
}
