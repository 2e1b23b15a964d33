//! A run's configuration in canonical form, valid by construction.

use serde::Serialize;

use crate::Errors;

/// A canonical, valid configuration. The only ways in are [`Config::from_json`] and [`default_fund`].
///
/// Serialises to the canonical JSON of `docs/MODEL.md` section 1: all defaults present, buckets in byte order of
/// their names, real numbers rounded to 10⁻⁶.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    fund_id: String,
    taxonomy_version: String,
    num_scenarios: u32,
    seed: String,
    buckets: Vec<Bucket>,
    correlation_weights: CorrelationWeights,
    recycling: Recycling,
}

/// One allocation bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Name, 1–64 scalar values, NFC, unique.
    pub name: String,
    /// Share of the fund's capital in percent, 0–100.
    pub capital_allocation: f64,
    /// How one deal's MOIC is distributed.
    pub marginal: Marginal,
    /// Deals the bucket's capital is spread over, equally, 1–1,000.
    pub deals: u32,
    /// Probability that a deal returns nothing.
    pub loss_probability: f64,
    /// Cap on one deal's MOIC.
    pub max_moic: Option<f64>,
}

impl Serialize for Bucket {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        todo!("flat object with moicCalibration or outcomeTable; maxMoic null when none")
    }
}

/// One deal's MOIC.
#[derive(Clone, Debug, PartialEq)]
pub enum Marginal {
    /// A power law through two quantiles (`moicCalibration`).
    PowerLaw {
        /// Median MOIC.
        median: f64,
        /// 90 % quantile of MOIC.
        p90: f64,
    },
    /// A published outcome table with a power-law tail (`outcomeTable`).
    Table {
        /// Share of deals up to each multiple, rising.
        bands: Vec<Band>,
        /// Exponent of the tail above the last band.
        tail_exponent: f64,
    },
}

/// One band of an outcome table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Upper edge, a multiple.
    pub to: f64,
    /// Share of deals in the band.
    pub share: f64,
}

/// Shares of the variance of a deal's normal score; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CorrelationWeights {
    /// Common to all deals.
    #[serde(rename = "macro")]
    pub macro_: f64,
    /// Common to the deals of a bucket.
    pub systematic: f64,
    /// The deal's own.
    pub idiosyncratic: f64,
}

/// Reinvested proceeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recycling {
    /// Nothing is reinvested.
    Disabled,
    /// Proceeds are reinvested in the bucket they come from.
    SameBucket {
        /// Share of proceeds reinvested, 0–1.
        reinvestment_rate: f64,
        /// Years a deal is held.
        avg_holding_period_years: f64,
        /// Years the fund lives.
        fund_lifetime_years: f64,
        /// Cap on what is reinvested, as a share of initial capital; `None` is no cap.
        max_recycled_share: Option<f64>,
    },
}

impl Serialize for Recycling {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        todo!()
    }
}

/// What an installation allows beyond the model's own ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most deal draws (scenarios × deals) of one run.
    pub max_deal_draws: u64,
    /// Most bytes of rows of one run whose rows are kept.
    pub max_row_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_deal_draws: 5_000_000_000, max_row_bytes: 2 << 30 }
    }
}

impl Config {
    /// Reads a configuration from JSON text: defaults, canonical form, validation, in that order.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path in the words of the input.
    pub fn from_json(_text: &str, _limits: &Limits) -> Result<Self, Errors> {
        todo!()
    }

    /// The canonical JSON text (RFC 8785).
    pub fn to_canonical_json(&self) -> String {
        todo!()
    }

    /// Whose run this is.
    pub fn fund_id(&self) -> &str {
        &self.fund_id
    }
    /// Name space of the bucket vocabulary.
    pub fn taxonomy_version(&self) -> &str {
        &self.taxonomy_version
    }
    /// Rows.
    pub fn num_scenarios(&self) -> u32 {
        self.num_scenarios
    }
    /// Selects the random streams.
    pub fn seed(&self) -> &str {
        &self.seed
    }
    /// Buckets in byte order of their names.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }
    /// How deals move together.
    pub fn correlation_weights(&self) -> CorrelationWeights {
        self.correlation_weights
    }
    /// Reinvested proceeds.
    pub fn recycling(&self) -> Recycling {
        self.recycling
    }
    /// Deal draws of the run: scenarios × sum of deals.
    pub fn deal_draws(&self) -> u64 {
        todo!()
    }
    /// Bytes of the run's rows.
    pub fn row_bytes(&self) -> u64 {
        todo!()
    }
    /// Whether rows are kept (at most 10,000,000 scenarios).
    pub fn keeps_rows(&self) -> bool {
        todo!()
    }
    /// Key of the matrix this run reads.
    pub fn matrix_key(&self) -> super::MatrixKey {
        todo!()
    }
    /// Key of the run.
    pub fn run_key(&self) -> super::RunKey {
        todo!()
    }
    /// Canonical JSON of what `matrix_key` hashes.
    pub fn matrix_json(&self) -> String {
        todo!()
    }
    /// Canonical JSON of what `run_key` hashes.
    pub fn run_json(&self) -> String {
        todo!()
    }
}

/// The default fund of `docs/MODEL.md` section 8, for the given fund id.
pub fn default_fund(_fund_id: &str) -> Config {
    todo!()
}
