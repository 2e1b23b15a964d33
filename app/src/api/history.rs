//! What was asked of the cache over time.

use serde::{Deserialize, Serialize};

/// What was asked of the cache over time, in all processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CacheHistory {
    /// When it was read, RFC 3339 UTC.
    pub as_of: String,
    /// When the first period begins, RFC 3339 UTC.
    pub since: String,
    /// Seconds of a period.
    pub period_seconds: u64,
    /// Upper bounds of the classes that answers are counted in by how long they took, milliseconds; the last class, of which
    /// there is no bound here, is what took longer.
    pub latency_bounds_ms: Vec<f64>,
    /// All periods, oldest first; the first one begins with the window, and the last one is not over.
    pub periods: Vec<CachePeriod>,
}

/// What was asked of the cache in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CachePeriod {
    /// When it begins, RFC 3339 UTC.
    pub starts_at: String,
    /// Requests.
    pub requests: u64,
    /// Those that found what they asked for.
    pub hits: u64,
    /// Answered from the memory of the process that was asked.
    pub memory: TierPeriod,
    /// Answered from Redis.
    pub redis: TierPeriod,
    /// Answered from the durable store.
    pub durable: TierPeriod,
    /// Made for whoever asked, or not there.
    pub computed: TierPeriod,
}

/// Requests in a period that were answered from one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TierPeriod {
    /// Requests.
    pub requests: u64,
    /// Half of the answers took at most this long, milliseconds, to within one part in a hundred; null of none.
    pub p50_latency_ms: Option<f64>,
    /// 95 of 100.
    pub p95_latency_ms: Option<f64>,
    /// Answers by how long they took, a number for each class, each bound to within one part in a hundred; empty where
    /// there were none.
    pub latencies: Vec<u64>,
}
