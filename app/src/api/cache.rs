//! What operating the cache answers.

use serde::{Deserialize, Serialize};

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
    pub audit_log: InvalidationLine,
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

/// The line of an invalidation in the log of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvalidationLine {
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
