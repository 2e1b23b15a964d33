//! The shapes of the HTTP API, shared by the server that answers and the pages that read.

mod access;
mod cache;
mod computations;
mod foreseen;
mod history;

use foliocast_core::Error;
use foliocast_core::scenario::{Digest, MatrixKey, RunKey, Summary, Warning};
use serde::{Deserialize, Serialize};

pub use access::{AccessKey, Account, AuditLine, CallerLimits, DayOfUse, NewAccessKey, Role};
pub use cache::{
    AverageLatencies, CacheOverview, CachePerformance, CacheStats, CacheStorage, EvictionCounts, FundRequests,
    Invalidated, InvalidatedCounts, JobCounts, LoggedLine, MadeAgain, RecentActivity, RejectedConfiguration,
    RequestCounts, SlowQuery, TierStorage, UnavailableTier, WarmEstimate, WarmJob, WarmJobStatus, Warmed,
};
pub use computations::{Computation, ComputationEvent};
pub use foreseen::{Contents, ForeseenInvalidation, ForeseenWarming, Invalidation, Warming};
pub use history::{CacheHistory, CachePeriod, TierPeriod};

/// Where an answer came from. Of this answer only; everything else in a [`Run`] is the same for everyone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheInfo {
    /// Whether the result existed before it was asked for.
    pub hit: bool,
    /// The tier that held it.
    pub tier: Tier,
    /// From the request's arrival to the answer, milliseconds.
    pub latency_ms: f64,
    /// Age of the result, seconds.
    pub age_seconds: u64,
    /// Present and true when this process cannot confirm that the result was not invalidated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<bool>,
}

/// Where a result is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// This process's memory.
    Memory,
    /// Redis.
    Redis,
    /// SQLite or PostgreSQL.
    Durable,
    /// Made for this request.
    Computed,
    /// Made by somebody else before.
    Shared,
}

impl Tier {
    /// Its name, as JSON and the log have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Durable => "durable",
            Self::Computed => "computed",
            Self::Shared => "shared",
        }
    }
}

/// What making the rows took: rows and digests only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Wall time, milliseconds.
    pub duration_ms: f64,
    /// Deal draws: scenarios × deals.
    pub deal_draws: u64,
    /// Deal draws per second.
    pub draws_per_second: f64,
    /// Threads used.
    pub threads: u32,
}

/// Whose configuration a run used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConfigurationSource {
    /// Given in the request.
    Request,
    /// The fund's stored one.
    Stored,
    /// The default fund's.
    Default,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Key of the run.
    pub run_key: RunKey,
    /// Key of its matrix.
    pub matrix_key: MatrixKey,
    /// Content digest of the matrix.
    pub digest: Digest,
    /// Digest of the summary's canonical JSON.
    pub summary_digest: Digest,
    /// Version of the scenario model.
    pub model_version: u32,
    /// Version of the kernel.
    pub kernel: u32,
    /// The canonical configuration, complete (a JSON object).
    pub configuration: serde_json::Value,
    /// Whose configuration it was.
    pub configuration_source: ConfigurationSource,
    /// Rows.
    pub num_scenarios: u32,
    /// Columns, in canonical order.
    pub bucket_names: Vec<String>,
    /// Where this answer came from.
    pub cache: CacheInfo,
    /// What making it took.
    pub generation: Generation,
    /// What it says.
    pub summary: Summary,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
    /// When it was made, RFC 3339 UTC.
    pub created_at: String,
    /// Where related things are.
    pub links: RunLinks,
}

/// Where a run's related things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunLinks {
    /// This run.
    #[serde(rename = "self")]
    pub self_: String,
    /// Its matrix.
    pub matrix: String,
    /// Its rows.
    pub data: String,
    /// Its block digests.
    pub blocks: String,
    /// Its page.
    pub page: String,
}

/// One line of a list of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunListing {
    /// Key of the run.
    pub run_key: RunKey,
    /// Key of its matrix.
    pub matrix_key: MatrixKey,
    /// Whose run.
    pub fund_id: String,
    /// Rows.
    pub num_scenarios: u32,
    /// Buckets, in canonical order.
    pub bucket_names: Vec<String>,
    /// Fund median with recycling.
    pub median: f64,
    /// Fund mean with recycling.
    pub mean: f64,
    /// Share of scenarios below 1.
    pub loss_probability: f64,
    /// When this caller last asked for it, RFC 3339 UTC.
    pub asked_at: String,
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The lines.
    pub items: Vec<T>,
    /// Opaque; ask for the next page with it. Absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Not begun.
    Waiting,
    /// Being computed.
    Active,
    /// The result is stored.
    Complete,
    /// The error is stored.
    Failed,
    /// The caller detached.
    Cancelled,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Active, Self::Complete, Self::Failed, Self::Cancelled];

    /// Its name, as JSON and addresses have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A job: one request of one tenant, attached to the computation of its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// UUIDv7.
    pub job_id: String,
    /// What it computes.
    pub run_key: RunKey,
    /// Key of the matrix.
    pub matrix_key: MatrixKey,
    /// Its state.
    pub state: JobState,
    /// 0–100.
    pub percent: f64,
    /// What is being done, in words.
    pub step: String,
    /// Attempts begun.
    pub attempts: u32,
    /// Present when it ended in a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheInfo>,
    /// Present when it ended in a result, what making that took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Present when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// Where related things are.
    pub links: JobLinks,
}

/// What making a run took, as the log of whoever made it has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct JobResult {
    /// Whether the rows of its matrix were there.
    pub outcome: JobOutcome,
    /// Where they were found; `computed` where they were made.
    pub tier: Tier,
    /// Bytes of the rows, as numbers of four bytes.
    pub row_bytes: u64,
    /// Deal draws behind the rows, read or made; left out by earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_draws: Option<u64>,
    /// Reading the rows, or making them, milliseconds.
    pub matrix_ms: f64,
    /// From the claim until there was a result to store, milliseconds.
    pub total_ms: f64,
}

/// Whether the rows a run is made from were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum JobOutcome {
    /// They were read.
    Hit,
    /// They were made.
    Miss,
}

impl JobOutcome {
    /// Its name, as JSON and the log have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "HIT",
            Self::Miss => "MISS",
        }
    }
}

/// Where a job's related things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct JobLinks {
    /// This job.
    #[serde(rename = "self")]
    pub self_: String,
    /// Its events.
    pub events: String,
    /// The run; answers 404 until the job is complete.
    pub run: String,
}

/// What `simulate` answers when the run is not there in time: 202 and a job to follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// UUIDv7.
    pub job_id: String,
    /// What it computes.
    pub run_key: RunKey,
    /// Key of the matrix.
    pub matrix_key: MatrixKey,
    /// State of the job.
    pub status: JobState,
    /// Where related things are.
    pub links: JobLinks,
}

/// What a matrix is, without its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// Key of the matrix.
    pub matrix_key: MatrixKey,
    /// Content digest.
    pub digest: Digest,
    /// Version of the scenario model.
    pub model_version: u32,
    /// Version of the kernel.
    pub kernel: u32,
    /// The keyed part of the configuration (a JSON object).
    pub configuration: serde_json::Value,
    /// Rows.
    pub num_scenarios: u32,
    /// Columns, in canonical order.
    pub bucket_names: Vec<String>,
    /// Rows of a block; the last block may have fewer.
    pub block_rows: u32,
    /// Blocks.
    pub num_blocks: u32,
    /// Bytes of the rows as f32.
    pub size_bytes: u64,
    /// Whether rows can be asked for (at most 10,000,000 scenarios).
    pub rows_kept: bool,
    /// What making it took.
    pub generation: Generation,
    /// When it was made, RFC 3339 UTC.
    pub created_at: String,
    /// When this caller last asked for a run of it, RFC 3339 UTC.
    pub asked_at: String,
    /// Where related things are.
    pub links: MatrixLinks,
}

/// Where a matrix's related things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatrixLinks {
    /// This matrix.
    #[serde(rename = "self")]
    pub self_: String,
    /// Its rows; absent where no rows are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its block digests.
    pub blocks: String,
}

/// The digest of one block of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BlockDigest {
    /// Index of the block, from 0.
    pub block: u32,
    /// First row, from 0.
    pub first_row: u32,
    /// Rows in it.
    pub rows: u32,
    /// BLAKE3 of its rows, row-major little-endian f32.
    pub digest: Digest,
}

/// Money that turns a fund's multiples into amounts; it changes no multiple and no key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FundSize {
    /// Invested capital in whole units of the currency, above 0 and at most 10¹⁵.
    pub amount: f64,
    /// ISO 4217 code, three capital letters.
    pub currency: String,
}

/// A fund's stored configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fund {
    /// The fund.
    pub fund_id: String,
    /// Its canonical configuration, complete (a JSON object).
    pub configuration: serde_json::Value,
    /// Its size; null when not given.
    pub fund_size: Option<FundSize>,
    /// Key of the run this configuration asks for.
    pub run_key: RunKey,
    /// Key of its matrix.
    pub matrix_key: MatrixKey,
    /// When it was first stored, RFC 3339 UTC.
    pub created_at: String,
    /// When it was last stored, RFC 3339 UTC.
    pub updated_at: String,
}

/// `{"error": …}`: what every failed call answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong.
    pub error: Problem,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable for programs: `VALIDATION_ERROR`, `NOT_FOUND` …
    pub code: String,
    /// For people.
    pub message: String,
    /// All faults of the input, with their paths.
    #[serde(default)]
    pub details: Vec<Error>,
    /// The request this answers.
    pub request_id: String,
}
