//! What operating the cache answers.

use std::collections::BTreeMap;

use foliocast_core::Error;
use foliocast_core::scenario::{MatrixKey, RunKey};
use serde::{Deserialize, Serialize};

use super::{ConfigurationSource, Tier};

/// What an invalidation removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invalidated {
    /// How many results were really removed, by tier.
    pub invalidated: InvalidatedCounts,
    /// Milliseconds from the request until every process had forgotten them, or its lease had run out.
    pub duration: f64,
    /// Processes that have not acknowledged it: what they answer from memory they mark as unconfirmed, and they are not
    /// ready, until they have.
    pub unacknowledged: Vec<String>,
    /// Its line in the log of changes.
    pub audit_log: LoggedLine,
}

/// How many results were removed, by tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvalidatedCounts {
    /// In the memory of all processes that have acknowledged.
    pub memory: u64,
    /// In Redis; null where there is none, or it does not answer and will be told later.
    pub redis: Option<u64>,
    /// In the durable store.
    pub durable: u64,
    /// The same as `durable`.
    pub postgres: u64,
}

/// A line in the log of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoggedLine {
    /// Its id.
    pub id: String,
    /// When, RFC 3339 UTC.
    pub timestamp: String,
    /// Name of the key; `this machine` or `this network` where there was none.
    pub user: String,
    /// Why, where a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is asked of the cache and what it holds, in all processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// When it was read, RFC 3339 UTC.
    pub as_of: String,
    /// How many hours back the counts go that say nothing else.
    pub window_hours: u32,
    /// When they begin, RFC 3339 UTC: a whole minute, or for more than 24 hours a whole hour.
    pub since: String,
    /// Processes that are there and did not report in time: what they counted since their last report, which is ten seconds
    /// old where nothing is wrong with them, is missing.
    pub missing: Vec<String>,
    /// Of all requests in the window.
    pub overview: CacheOverview,
    /// What each tier holds now.
    pub storage: CacheStorage,
    /// How long answers took in the window.
    pub performance: CachePerformance,
    /// What was asked lately, whatever the window.
    pub recent_activity: RecentActivity,
    /// Requests in the window, by what was asked for: `run`, `matrix`.
    pub by_kind: BTreeMap<String, RequestCounts>,
    /// The 100 funds asked for most, in whole hours that touch the window.
    pub by_fund: Vec<FundRequests>,
    /// Computations now; failed ones of the last 24 hours.
    pub jobs: JobCounts,
}

/// Requests, and how they were answered. A request is for a run or a matrix, by whatever page or call; one that was
/// refused, or failed for want of a store, is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheOverview {
    /// All of them.
    pub total_requests: u64,
    /// Found in a tier.
    pub cache_hits: u64,
    /// The others: computed, waited for with others, or gone.
    pub cache_misses: u64,
    /// Share of hits, 0–1; null where nothing was asked.
    pub hit_rate: Option<f64>,
    /// Of requests for runs that had been made before, or were just being made, the share that was answered without
    /// computing them again, 0–1; null where there were none. Operators expect more than 0.8. A run that was asked for by
    /// its key and is gone counts as neither.
    pub repeat_hit_rate: Option<f64>,
    /// Requests for what had been made before and was made again.
    pub made_again: MadeAgain,
    /// Mean time to an answer, milliseconds, by where it came from.
    pub avg_latency_ms: AverageLatencies,
}

/// Requests for what had been made before and was made again, by why it was not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MadeAgain {
    /// There was no room for it, or another version of the program had made it.
    pub evicted: u64,
    /// It was dropped on purpose.
    pub invalidated: u64,
    /// It was damaged, or somebody else's.
    pub damaged: u64,
    /// Rows that are cheaper to make than to keep.
    pub rows_not_kept: u64,
}

/// Mean times, milliseconds; null where nothing was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AverageLatencies {
    /// An answer from the memory of the process that was asked.
    pub memory: Option<f64>,
    /// From Redis.
    pub redis: Option<f64>,
    /// From the durable store.
    pub durable: Option<f64>,
    /// The same as `durable`.
    pub postgres: Option<f64>,
    /// Generating the rows of a matrix.
    pub generation: Option<f64>,
}

/// What each tier holds, counted within the last minute; null where that cannot be told, with a reason in `unavailable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheStorage {
    /// The memory of all processes, added up as each last reported it.
    pub memory: Option<TierStorage>,
    /// Redis.
    pub redis: Option<TierStorage>,
    /// The durable store.
    pub durable: Option<TierStorage>,
    /// The same as `durable`.
    pub postgres: Option<TierStorage>,
    /// Why a tier has no figures.
    pub unavailable: Vec<UnavailableTier>,
    /// What went from the durable store within the window, to make room or because nobody used it for long. What that
    /// cost is in `overview.madeAgain`.
    pub evicted: EvictionCounts,
}

/// How often something was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EvictionCounts {
    /// Runs and matrices, with what was kept of their rows.
    pub entries: u64,
    /// Rows of matrices that stayed.
    pub rows: u64,
}

/// A tier without figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnavailableTier {
    /// Which.
    pub tier: Tier,
    /// Why.
    pub reason: String,
}

/// What a tier holds. An entry is a run or a matrix, with what is kept of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TierStorage {
    /// Entries.
    pub entries_count: u64,
    /// Their bytes, as they are kept.
    pub total_size_bytes: u64,
    /// Bytes of one, rounded down; null of none.
    pub avg_entry_size_bytes: Option<u64>,
    /// Bytes there may be at most; null where nothing bounds them, or the tier does not say.
    pub limit_bytes: Option<u64>,
}

/// How long answers took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CachePerformance {
    /// Half of the answers took at most this long, milliseconds, to within one part in a hundred; null of none.
    pub p50_latency_ms: Option<f64>,
    /// 95 of 100.
    pub p95_latency_ms: Option<f64>,
    /// 99 of 100.
    pub p99_latency_ms: Option<f64>,
    /// The ten slowest answers; of each hour the ten slowest of each process are remembered.
    pub slowest_queries: Vec<SlowQuery>,
}

/// An answer that took long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SlowQuery {
    /// What was asked for: `run` or `matrix`.
    pub kind: String,
    /// Key of what was asked for.
    pub key: String,
    /// Key of the matrix it was about; null where that is not known.
    pub matrix_key: Option<MatrixKey>,
    /// From the request to the answer, milliseconds.
    pub latency_ms: f64,
    /// Where the answer came from.
    pub tier: Tier,
    /// When it was answered, RFC 3339 UTC.
    pub timestamp: String,
}

/// What was asked lately.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecentActivity {
    /// In the last 24 hours, to the minute.
    pub last24_hours: RequestCounts,
    /// In the last 7 days, to the hour.
    pub last7_days: RequestCounts,
}

/// Requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RequestCounts {
    /// All of them.
    pub requests: u64,
    /// Found in a tier.
    pub hits: u64,
    /// The others.
    pub misses: u64,
}

/// Requests for what belongs to a fund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FundRequests {
    /// Whose fund.
    pub tenant: String,
    /// The fund.
    pub fund_id: String,
    /// How it was asked for.
    #[serde(flatten)]
    pub counts: RequestCounts,
}

/// Computations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct JobCounts {
    /// Not begun, or to be tried again.
    pub waiting: u64,
    /// Being made.
    pub active: u64,
    /// Given up within the last 24 hours.
    pub failed: u64,
}

/// What becomes of runs that are to be there before anybody asks for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Warmed {
    /// How many are made now.
    pub scheduled: u64,
    /// How many are there.
    pub already_cached: u64,
    /// How many are being made already.
    pub already_under_way: u64,
    /// What that takes.
    pub estimated: WarmEstimate,
    /// The jobs of those that are being made.
    pub jobs: Vec<WarmJob>,
    /// Those that cannot be made, and why; the others are made all the same.
    pub rejected: Vec<RejectedConfiguration>,
    /// Its line in the log of changes.
    pub audit_log: LoggedLine,
}

/// What making runs takes, by what the latest ones took; null where there were none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WarmEstimate {
    /// Of the scheduled runs together, one after the other, milliseconds.
    pub total_duration_ms: Option<f64>,
    /// When the last of them will be there, behind what goes first, RFC 3339 UTC; null where nothing is scheduled or
    /// nobody computes.
    pub completion_time: Option<String>,
}

/// A run that is made before anybody asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WarmJob {
    /// Its job.
    pub job_id: String,
    /// Key of its matrix.
    pub config_hash: MatrixKey,
    /// Key of the run.
    pub run_key: RunKey,
    /// The fund.
    pub fund_id: String,
    /// Whose configuration it is; `default` for a fund that has none of its own.
    pub configuration_source: ConfigurationSource,
    /// Whether it is new.
    pub status: WarmJobStatus,
}

/// Whether a job's computation is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WarmJobStatus {
    /// It is.
    Scheduled,
    /// It was under way.
    Joined,
}

/// A configuration that cannot be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RejectedConfiguration {
    /// Its place among `configs`, from 0; null for a fund's own.
    pub config: Option<u32>,
    /// The fund it was wanted for; null where the configuration could not be read.
    pub fund_id: Option<String>,
    /// What is wrong with it, or why it is not made now.
    pub details: Vec<Error>,
    /// When to ask again, where nothing is wrong with it but there is no room for it now.
    pub retry_after_seconds: Option<u64>,
}
