//! What operating the cache would do.

use serde::{Deserialize, Serialize};

use super::{Invalidated, RejectedConfiguration, WarmEstimate, Warmed};

/// What dropping results did, or with `dryRun` would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Invalidation {
    /// They were dropped.
    Done(Invalidated),
    /// Nothing was.
    Foreseen(ForeseenInvalidation),
}

/// What dropping results would remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ForeseenInvalidation {
    /// True.
    pub dry_run: bool,
    /// What would go from the durable store, and from faster tiers whatever they have of it.
    pub would_invalidate: Contents,
}

/// What there is of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Runs.
    pub runs: u64,
    /// Matrices.
    pub matrices: u64,
    /// Bytes of their records and rows.
    pub bytes: u64,
    /// Computations that are under way, and would begin anew.
    pub under_way: u64,
}

/// What warming did, or with `dryRun` would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Warming {
    /// Runs are made.
    Done(Warmed),
    /// None is.
    Foreseen(ForeseenWarming),
}

/// What warming would make. Limits and the room in the queue are not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ForeseenWarming {
    /// True.
    pub dry_run: bool,
    /// How many would be made.
    pub would_schedule: u64,
    /// How many are there.
    pub already_cached: u64,
    /// How many are being made already.
    pub already_under_way: u64,
    /// What that would take.
    pub estimated: WarmEstimate,
    /// Those that cannot be made, and why.
    pub rejected: Vec<RejectedConfiguration>,
}
