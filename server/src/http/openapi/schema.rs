//! Shapes of what clients send. Requests are read by `core`'s own parser, which knows more than a schema can say; these
//! types exist for the document, and a test holds them against the parser.

use foliocast_app::api::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// The process answers.
#[derive(Serialize, ToSchema)]
pub struct Alive {
    /// `ok`.
    pub status: &'static str,
}

/// A key to be made.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct KeyBody {
    /// Its name; never used again.
    #[schema(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$", example = "ann-laptop")]
    name: String,
    /// For whom it speaks.
    #[schema(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$", default = "default")]
    tenant: Option<String>,
    /// What it may do.
    #[schema(default = "analyst")]
    role: Option<Role>,
    /// How long it works, days; left out for a key without end.
    #[schema(minimum = 1, maximum = 3_650)]
    expires_in_days: Option<u32>,
}

/// Results to be dropped.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct InvalidationBody {
    /// Which: `all` of them, a `fund`'s, a `matrix` with its runs, or all of a `kind`.
    scope: InvalidationScope,
    /// With scope `fund`: the fund.
    #[schema(max_length = 200, example = "fund-1")]
    fund_id: Option<String>,
    /// With scope `matrix`: the matrix.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    matrix_key: Option<String>,
    /// With scope `kind`: `matrix` (which takes all runs along) or `run`.
    kind: Option<ArtifactKind>,
    /// Why; kept in the log.
    #[schema(max_length = 200)]
    reason: Option<String>,
    /// True: nothing is dropped, and the answer is what would be.
    #[schema(default = false)]
    dry_run: Option<bool>,
}

/// How much is dropped.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "lowercase")]
pub enum InvalidationScope {
    /// Everything.
    All,
    /// A fund's runs, and its matrices that no other fund uses.
    Fund,
    /// A matrix and the runs made from it.
    Matrix,
    /// Everything of a kind.
    Kind,
}

/// Kinds of results.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "lowercase")]
pub enum ArtifactKind {
    /// Rows of scenarios.
    Matrix,
    /// What a run reports.
    Run,
}

/// Runs to be there before anybody asks for them.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct WarmBody {
    /// Funds: each configuration that names none is made for all of them; without configurations their own are made.
    #[schema(value_type = Option<Vec<TextOrInteger>>, max_items = 100)]
    fund_ids: Option<Vec<TextOrInteger>>,
    /// `taxonomyVersion` of configurations that have none.
    #[schema(example = "v1.2")]
    taxonomy_version: Option<String>,
    /// `low` waits until nothing else does and keeps within limits; `high` goes before every low one and before limits, but
    /// never before somebody who waits.
    #[schema(default = "low")]
    priority: Option<WarmPriority>,
    /// Scenario configurations, whose `fundId` may be left out.
    #[schema(value_type = Option<Vec<Object>>, max_items = 1_000)]
    configs: Option<Vec<ScenarioConfiguration>>,
    /// Why; kept in the log.
    #[schema(max_length = 200)]
    reason: Option<String>,
    /// True: nothing is made, and the answer is what would be.
    #[schema(default = false)]
    dry_run: Option<bool>,
}

/// Who goes first.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "lowercase")]
pub enum WarmPriority {
    /// Soon.
    High,
    /// When nothing else waits.
    Low,
}

/// A scenario configuration, or the short form.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[serde(untagged)]
pub enum SimulateBody {
    /// Everything said.
    Configuration(ScenarioConfiguration),
    /// The fund's stored configuration, else the default fund's.
    Stored(StoredForm),
}

/// The short form: `buckets` absent.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct StoredForm {
    /// Whose configuration: text, or an integer.
    #[schema(value_type = TextOrInteger)]
    fund_id: TextOrInteger,
    /// Sets `numScenarios`.
    #[schema(minimum = 1, maximum = 100_000_000, nullable = false)]
    runs: Option<u32>,
    /// Sets `recycling.fundLifetime`; refused where recycling is off.
    #[schema(minimum = 1, maximum = 30, nullable = false)]
    time_horizon_years: Option<f64>,
    /// Sets `seed`.
    #[schema(nullable = false)]
    seed: Option<TextOrInteger>,
}

/// A configuration of the scenario model.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase", examples(default_fund))]
pub struct ScenarioConfiguration {
    /// Whose run this is: 1–128 characters, or an integer.
    fund_id: TextOrInteger,
    #[serde(flatten)]
    model: ModelConfiguration,
}

/// A configuration of the scenario model as a fund keeps it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase", examples(default_fund))]
pub struct FundConfiguration {
    /// The fund: may be left out, since the address names it, and must else be the same.
    #[schema(nullable = false)]
    fund_id: Option<TextOrInteger>,
    #[serde(flatten)]
    model: ModelConfiguration,
}

/// What is simulated.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct ModelConfiguration {
    /// Name space of the bucket vocabulary.
    #[schema(pattern = "^v(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$", default = "v1.2", nullable = false)]
    taxonomy_version: Option<String>,
    /// Rows.
    #[schema(minimum = 1, maximum = 100_000_000, default = 10_000, nullable = false)]
    num_scenarios: Option<u32>,
    /// Selects the random streams: 1–256 characters, or an integer.
    #[schema(nullable = false)]
    seed: Option<TextOrInteger>,
    /// Allocation buckets; names unique, allocations sum to 100 ± 0.01.
    #[schema(min_items = 1, max_items = 50)]
    buckets: Vec<BucketConfiguration>,
    /// How deals move together.
    #[schema(nullable = false)]
    correlation_weights: Option<CorrelationWeightsConfiguration>,
    /// Reinvested proceeds.
    #[schema(nullable = false)]
    recycling: Option<RecyclingConfiguration>,
}

/// One allocation bucket; exactly one of `moicCalibration` and `outcomeTable`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct BucketConfiguration {
    /// Its name.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// Share of the fund's capital, percent.
    #[schema(minimum = 0, maximum = 100)]
    capital_allocation: f64,
    /// One deal's multiple as a power law.
    #[schema(nullable = false)]
    moic_calibration: Option<MoicCalibration>,
    /// One deal's multiple as a published outcome table.
    #[schema(nullable = false)]
    outcome_table: Option<OutcomeTable>,
    /// Deals the capital is spread over, equally.
    #[schema(minimum = 1, maximum = 1_000, default = 1, nullable = false)]
    deals: Option<u32>,
    /// Probability that a deal returns nothing.
    #[schema(minimum = 0, default = 0.0, nullable = false)]
    loss_probability: Option<f64>,
    /// Cap on one deal's multiple; null is none.
    #[schema(maximum = 1_000_000)]
    max_moic: Option<f64>,
}

/// A power law through two quantiles, `median` ≤ `p90`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
pub struct MoicCalibration {
    /// Median multiple.
    #[schema(minimum = 0.000_001, maximum = 1_000_000)]
    median: f64,
    /// 90 % quantile of the multiple.
    #[schema(minimum = 0.000_001, maximum = 1_000_000)]
    p90: f64,
}

/// Shares of deals up to rising multiples, then a power-law tail for the rest.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct OutcomeTable {
    /// Bands, `to` rising; shares sum to 0.5–0.999999.
    #[schema(min_items = 1, max_items = 20)]
    bands: Vec<OutcomeBand>,
    /// Exponent of the tail above the last band.
    #[schema(minimum = 0.1, maximum = 100)]
    tail_exponent: f64,
}

/// One band of an outcome table.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
pub struct OutcomeBand {
    /// Upper edge, a multiple.
    #[schema(minimum = 0.000_001, maximum = 1_000_000)]
    to: f64,
    /// Share of deals in the band.
    #[schema(minimum = 0.000_001, maximum = 0.999_999)]
    share: f64,
}

/// Shares of the variance of a deal's normal score; they sum to 1.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
pub struct CorrelationWeightsConfiguration {
    /// Common to all deals.
    #[schema(rename = "macro", minimum = 0, maximum = 1)]
    macro_: f64,
    /// Common to the deals of a bucket.
    #[schema(minimum = 0, maximum = 1)]
    systematic: f64,
    /// The deal's own.
    #[schema(minimum = 0, maximum = 1)]
    idiosyncratic: f64,
}

/// Reinvested proceeds. Enabled, it needs rate, period and lifetime; disabled, they are dropped.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct RecyclingConfiguration {
    /// Whether proceeds are reinvested.
    enabled: bool,
    /// Where they go.
    #[schema(pattern = "^same-bucket$", default = "same-bucket", nullable = false)]
    mode: Option<String>,
    /// Share of proceeds reinvested.
    #[schema(minimum = 0, maximum = 1, nullable = false)]
    reinvestment_rate: Option<f64>,
    /// Years a deal is held.
    #[schema(minimum = 0.25, maximum = 50, nullable = false)]
    avg_holding_period: Option<f64>,
    /// Years the fund lives.
    #[schema(minimum = 0.25, maximum = 50, nullable = false)]
    fund_lifetime: Option<f64>,
    /// Cap on what is reinvested, as a share of initial capital; null is none.
    #[schema(minimum = 0, maximum = 10, default = 0.25)]
    max_recycled_share: Option<f64>,
}

/// Text, or an integer that stands for its decimal text.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[serde(untagged)]
pub enum TextOrInteger {
    /// Text.
    Text(String),
    /// An integer within ±(2⁵³ − 1).
    Integer(i64),
}

/// A fund to store.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the document alone")]
#[schema(rename_all = "camelCase")]
pub struct FundBody {
    /// Its configuration.
    configuration: FundConfiguration,
    /// Its size, if multiples are to be shown as money.
    fund_size: Option<foliocast_app::api::FundSize>,
}

fn default_fund() -> serde_json::Value {
    let text = foliocast_core::scenario::default_fund("default").to_canonical_json();
    serde_json::from_str(&text).unwrap_or_default()
}
