//! Computations of the whole installation, for operators.

use foliocast_core::scenario::{MatrixKey, RunKey};
use serde::{Deserialize, Serialize};

use super::{JobResult, JobState};

/// A computation: what the jobs of all who asked for the same run are attached to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Computation {
    /// UUIDv7.
    pub computation_id: String,
    /// The run it makes.
    pub run_key: RunKey,
    /// Key of the matrix.
    pub matrix_key: MatrixKey,
    /// The fund.
    pub fund_id: String,
    /// Whose jobs are attached to it, or were.
    pub tenants: Vec<String>,
    /// How many jobs are attached to it, or were.
    pub num_jobs: u64,
    /// Its state.
    pub state: JobState,
    /// Who goes first: `interactive`, `high`, `low`.
    pub priority: String,
    /// 0–100.
    pub percent: f64,
    /// What is being done, in words.
    pub step: String,
    /// Attempts begun.
    pub attempts: u32,
    /// Why it failed, or its last attempt did; by whom it was cancelled, where an operator did it.
    pub error: Option<String>,
    /// What making it took; null where it is not complete.
    pub result: Option<JobResult>,
    /// When it was taken on, RFC 3339 UTC.
    pub created_at: String,
    /// When it ended, RFC 3339 UTC; null where it has not.
    pub ended_at: Option<String>,
    /// What happened to it, oldest first; of a long log its end.
    pub log: Vec<ComputationEvent>,
}

/// Something that happened to a computation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ComputationEvent {
    /// When, RFC 3339 UTC.
    pub timestamp: String,
    /// What.
    pub message: String,
}
