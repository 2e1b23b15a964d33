//! What a reader of the numbers should know, each with its figures.

use std::collections::BTreeMap;

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
    /// The setting it is about, in canonical order: `buckets[0].maxMoic`; empty for the whole run.
    pub path: String,
    /// For people.
    pub message: String,
    /// The figures behind it, by name (`exponent`, `shareOfMean`, `shareOfRows` …).
    pub figures: BTreeMap<String, f64>,
}
