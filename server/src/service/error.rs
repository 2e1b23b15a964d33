//! Why a service method refused or failed, in words the API answers with.

use std::time::Duration;

use foliocast_app::api::Problem;
use foliocast_core::{Error, ErrorCode, Errors};

/// Faults of an input that are listed; of the rest only the number is told.
const MAX_LISTED: usize = 100;

/// The first faults, and how many more there are: an answer is not many times as long as what was sent.
pub(crate) fn listed(mut faults: Vec<Error>) -> Vec<Error> {
    if let Some(code) = faults.get(MAX_LISTED).map(|first_left_out| first_left_out.code) {
        let more = faults.len() - MAX_LISTED;
        faults.truncate(MAX_LISTED);
        faults.push(Error { path: String::new(), code, message: format!("and {more} more") });
    }
    faults
}

/// Why a service method refused or failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// 400: the input is malformed or invalid; all its faults.
    #[error("{0}")]
    Invalid(Errors),
    /// 422: well-formed, but more than this installation allows.
    #[error("{0}")]
    Impossible(Errors),
    /// 401: nobody we know.
    #[error("{0}")]
    Unauthorized(String),
    /// 403: the caller's role does not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// 404: not there, or not this caller's.
    #[error("{0}")]
    NotFound(String),
    /// 409: no rows are kept for a matrix of this size.
    #[error("{0}")]
    RowsNotKept(String),
    /// 409: what is there stands against it.
    #[error("{0}")]
    Conflict(String),
    /// 412: what would be overwritten is not what the caller says it is.
    #[error("{0}")]
    Changed(String),
    /// 416: rows outside the matrix.
    #[error("{message}")]
    RangeNotSatisfiable {
        /// For people.
        message: String,
        /// Rows the matrix has.
        num_rows: u32,
    },
    /// 429: this caller has too much under way.
    #[error("{message}")]
    TooMany {
        /// For people.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// 503: for the moment impossible (the durable store does not answer, the compute budget is taken, shutting down).
    #[error("{message}")]
    Unavailable {
        /// For people.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// 500: a bug, or a computation that failed for good.
    #[error("{0}")]
    Internal(String),
}

/// The HTTP status of a problem with this code; 500 for one that is not known.
pub fn status_of(code: &str) -> u16 {
    match code {
        "BAD_REQUEST" | "VALIDATION_ERROR" => 400,
        "UNAUTHORIZED" => 401,
        "FORBIDDEN" => 403,
        "NOT_FOUND" => 404,
        "CONFLICT" | "ROWS_NOT_KEPT" => 409,
        "PRECONDITION_FAILED" => 412,
        "RANGE_NOT_SATISFIABLE" => 416,
        "TOO_LARGE" => 422,
        "TOO_MANY_REQUESTS" => 429,
        "UNAVAILABLE" => 503,
        _ => 500,
    }
}

impl ServiceError {
    /// Errors of an input: 422 where everything wrong is its size, else 400.
    pub fn from_errors(errors: Errors) -> Self {
        if errors.iter().all(|error| error.code == ErrorCode::TooLarge) {
            Self::Impossible(errors)
        } else {
            Self::Invalid(errors)
        }
    }

    /// A 503 to try again after `seconds`.
    pub(crate) fn unavailable(message: impl Into<String>, seconds: u64) -> Self {
        Self::Unavailable { message: message.into(), retry_after: Duration::from_secs(seconds) }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        status_of(self.code())
    }

    /// The code, stable for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Unauthorized(_) => "UNAUTHORIZED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::RowsNotKept(_) => "ROWS_NOT_KEPT",
            Self::Conflict(_) => "CONFLICT",
            Self::Changed(_) => "PRECONDITION_FAILED",
            Self::RangeNotSatisfiable { .. } => "RANGE_NOT_SATISFIABLE",
            Self::Impossible(_) => "TOO_LARGE",
            Self::TooMany { .. } => "TOO_MANY_REQUESTS",
            Self::Internal(_) => "INTERNAL_ERROR",
            Self::Unavailable { .. } => "UNAVAILABLE",
        }
    }

    /// All faults of the input, with their paths; empty for other kinds.
    pub fn details(&self) -> Vec<Error> {
        match self {
            Self::Invalid(errors) | Self::Impossible(errors) => errors.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// When to try again, for 429 and 503.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after, .. } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// As the API answers it.
    pub fn to_problem(&self, request_id: &str) -> Problem {
        Problem {
            code: self.code().to_owned(),
            message: self.to_string(),
            details: self.details(),
            request_id: request_id.to_owned(),
        }
    }
}
