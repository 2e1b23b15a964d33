//! What a reader of the numbers should know, each with its figures.

mod levers;
mod tail;

use std::collections::BTreeMap;

use super::{Bucket, Config, Marginal, config::Micros, number::number};
use serde::{Deserialize, Serialize};

/// What kind of warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum WarningCode {
    /// A marginal's variance is infinite (uncapped exponent ≤ 2).
    InfiniteVariance,
    /// More than 10 % of a bucket's mean comes from deals at the cap.
    CapBinds,
    /// Macro and systematic weights above 0.5 with five deals or more in a bucket.
    WeightsUnusual,
    /// The recycling cap binds in some rows.
    RecyclingCapBinds,
    /// A setting that changes no number here.
    LeverWithoutEffect,
    /// The default fund stands in for a fund with no stored configuration.
    DefaultFund,
    /// Too few scenarios for the tail figures to mean much.
    FewScenarios,
}

/// One warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What kind.
    pub code: WarningCode,
    /// The setting it is about, with buckets in canonical order: `buckets[0].maxMoic`; empty for the whole run.
    pub path: String,
    /// For people.
    pub message: String,
    /// The figures behind it, by name (`exponent`, `shareOfMean`, `shareOfRows` …).
    pub figures: BTreeMap<String, f64>,
}

/// Fewer scenarios than this leave fewer than ten rows beyond the 1 % and the 99 % quantile, and fewer than fifty in
/// the worst 5 %: below ten, the usual interval of a share is a poor guess, and the next run may differ by a third.
const FEW_SCENARIOS: u32 = 1_000;

/// From this many deals on, deals that move together are said to be unusual.
const MANY_DEALS: u32 = 5;

impl Warning {
    /// The default fund stands in for `fund_id`, which has no stored configuration.
    pub fn default_fund(fund_id: &str) -> Self {
        let message = format!(
            "fund {fund_id:?} has no stored configuration: these are the figures of the default fund, an illustration"
        );
        Self::new(WarningCode::DefaultFund, "fundId", message, &[])
    }

    pub(super) fn new(
        code: WarningCode,
        path: impl Into<String>,
        message: impl Into<String>,
        figures: &[(&str, f64)],
    ) -> Self {
        Self::of_texts(code, path.into(), message.into(), figures)
    }

    #[inline(never)]
    fn of_texts(code: WarningCode, path: String, message: String, figures: &[(&str, f64)]) -> Self {
        let mut named = BTreeMap::new();
        named.extend(figures.iter().map(|&(name, figure)| (name.to_owned(), figure)));
        Self { code, path, message, figures: named }
    }
}

impl Config {
    /// What a reader of this run's numbers should know, as far as it follows from the configuration alone; in the order
    /// of the codes, then of the buckets.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        tail::infinite_variance(self, &mut warnings);
        tail::infinite_recycled_variance(self, &mut warnings);
        tail::cap_binds(self, &mut warnings);
        warnings.extend(weights_unusual(self));
        tail::cap_never_reached(self, &mut warnings);
        levers::without_effect(self, &mut warnings);
        warnings.extend(few_scenarios(self));
        warnings
    }
}

impl Bucket {
    /// Whether every deal returns the same multiple.
    fn is_constant(&self) -> bool {
        matches!(self.marginal, Marginal::PowerLaw { median, p90 } if median == p90) && self.loss_probability == 0.0
    }
}

fn weights_unusual(config: &Config) -> Option<Warning> {
    let weights = config.correlation_weights();
    let common = Micros(Micros::round(weights.macro_).0 + Micros::round(weights.systematic).0);
    let (deals, name) = config.buckets().iter().map(|bucket| (bucket.deals, &bucket.name)).max_by_key(|most| most.0)?;
    (common.0 > 500_000 && deals >= MANY_DEALS).then(|| {
        let message = format!(
            "macro and systematic weights sum to {}, so that the {deals} deals of {name:?} move nearly as one; \
             with {MANY_DEALS} deals or more, sums up to 0.5 are usual",
            number(common.to_f64())
        );
        let figures = [("macroAndSystematic", common.to_f64()), ("deals", deals.into())];
        Warning::new(WarningCode::WeightsUnusual, "correlationWeights", message, &figures)
    })
}

fn few_scenarios(config: &Config) -> Option<Warning> {
    let num_scenarios = config.num_scenarios();
    (num_scenarios < FEW_SCENARIOS && !config.buckets().iter().all(Bucket::is_constant)).then(|| {
        let rows = f64::from(num_scenarios);
        let message = format!(
            "with {num_scenarios} scenarios about {} rows lie beyond the 99 % quantile and {} in the worst 5 %: \
             tail figures mean little below {FEW_SCENARIOS} scenarios",
            number(rows / 100.0),
            number(rows / 20.0),
        );
        let figures = [("numScenarios", rows), ("rowsBeyondP99", rows / 100.0), ("rowsInWorst5", rows / 20.0)];
        Warning::new(WarningCode::FewScenarios, "numScenarios", message, &figures)
    })
}
