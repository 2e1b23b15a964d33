//! A run's configuration in canonical form, valid by construction.

mod buckets;
mod canonical_json;
mod contract;
mod decimal;
mod default_fund;
mod json;
mod members;
mod micros;
mod normalisation;
mod text;

use serde::Serialize;

use super::{MAX_KEPT_SCENARIOS, MatrixKey, RunKey};
use crate::{ErrorCode, Errors, canonical};
pub use default_fund::default_fund;
pub(super) use micros::Micros;

/// A canonical, valid configuration. The only ways in are [`Config::from_json`], [`Config::from_matrix_json`] and
/// [`default_fund()`].
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

/// What an installation allows beyond the model's own ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most deal draws (scenarios × deals) of one run.
    pub max_deal_draws: u64,
    /// Most bytes of rows of one run whose rows are kept.
    pub max_row_bytes: u64,
}

impl Limits {
    /// Where rows are made and held in the memory of the WebAssembly module, which ends at 4 GiB: the matrix, and as
    /// much again to rank it.
    pub const WASM_MODULE: Self = Self { max_deal_draws: 5_000_000_000, max_row_bytes: 1 << 30 };
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
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self, Errors> {
        contract::read(text, limits)
    }

    /// Reads what a matrix was made from: the text that its key hashes ([`Self::matrix_json`]), in any JSON spelling.
    ///
    /// The text names no fund, allocation or recycling; stand-ins take their places (fund `matrix`, equal shares, no
    /// recycling). They change neither the matrix nor its key, but no run may be shown with them.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path in the words of the input.
    pub fn from_matrix_json(text: &str, limits: &Limits) -> Result<Self, Errors> {
        contract::read_matrix(text, limits)
    }

    /// The same run with another number of scenarios.
    ///
    /// # Errors
    /// A number outside 1–100,000,000, or a run over `limits`.
    pub fn with_num_scenarios(&self, num_scenarios: u32, limits: &Limits) -> Result<Self, Errors> {
        let num_scenarios = contract::num_scenarios(num_scenarios)?;
        contract::size(num_scenarios, self.num_deals(), self.buckets.len(), limits)
            .map_err(|message| Errors::one("numScenarios", ErrorCode::TooLarge, message))?;
        Ok(Self { num_scenarios, ..self.clone() })
    }

    /// The same run with another seed.
    ///
    /// # Errors
    /// A seed that is empty, too long, or holds control characters.
    pub fn with_seed(&self, seed: &str) -> Result<Self, Errors> {
        Ok(Self { seed: contract::seed(seed)?, ..self.clone() })
    }

    /// The same run for another fund.
    ///
    /// # Errors
    /// An id that is empty, too long, or holds control characters.
    pub fn with_fund_id(&self, fund_id: &str) -> Result<Self, Errors> {
        Ok(Self { fund_id: contract::fund_id(fund_id)?, ..self.clone() })
    }

    /// The same run with another fund lifetime, which only recycling knows.
    ///
    /// # Errors
    /// Recycling is off (a lifetime would change nothing), or a lifetime outside 0.25–50 years.
    pub fn with_fund_lifetime(&self, fund_lifetime_years: f64) -> Result<Self, Errors> {
        let fund_lifetime_years = contract::fund_lifetime(fund_lifetime_years)?;
        let mut config = self.clone();
        match &mut config.recycling {
            Recycling::SameBucket { fund_lifetime_years: years, .. } => *years = fund_lifetime_years,
            Recycling::Disabled => {
                let message =
                    "recycling is off, so the fund's lifetime changes nothing; turn recycling on or leave it out";
                return Err(Errors::one("recycling.fundLifetime", ErrorCode::Conflict, message));
            }
        }
        Ok(config)
    }

    /// The canonical JSON text (RFC 8785).
    pub fn to_canonical_json(&self) -> String {
        canonical::to_string(self)
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
    /// Deals of all buckets.
    pub fn num_deals(&self) -> u64 {
        self.buckets.iter().map(|bucket| u64::from(bucket.deals)).sum()
    }
    /// Deal draws of the run: scenarios × sum of deals.
    pub fn deal_draws(&self) -> u64 {
        u64::from(self.num_scenarios) * self.num_deals()
    }
    /// Bytes of the run's rows.
    pub fn row_bytes(&self) -> u64 {
        u64::from(self.num_scenarios) * self.buckets.len() as u64 * 4
    }
    /// Whether rows are kept (at most 10,000,000 scenarios).
    pub fn keeps_rows(&self) -> bool {
        self.num_scenarios <= MAX_KEPT_SCENARIOS
    }
    /// Key of the matrix this run reads.
    pub fn matrix_key(&self) -> MatrixKey {
        blake3::hash(self.matrix_json().as_bytes()).into()
    }
    /// Key of the run.
    pub fn run_key(&self) -> RunKey {
        blake3::hash(self.run_json().as_bytes()).into()
    }
    /// Canonical JSON of what `matrix_key` hashes.
    pub fn matrix_json(&self) -> String {
        canonical_json::matrix_json(self)
    }
    /// Canonical JSON of what `run_key` hashes.
    pub fn run_json(&self) -> String {
        canonical_json::run_json(self, self.matrix_key())
    }
}
