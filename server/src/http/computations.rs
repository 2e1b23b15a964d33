//! Computations of the whole installation, for operators.

use axum::Json;
use axum::extract::State;
use foliocast_app::api::{Computation, ErrorBody, JobState, Page};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{NoParameters, PathText, QueryParameters};

/// Computations of all tenants, newest first; for operators.
#[utoipa::path(
    get, path = "/api/computations", operation_id = "listComputations", tag = "Jobs",
    params(
        ("state" = Option<JobState>, Query, description = "Only those in this state."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Computations; 50 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of computations.", body = Page<Computation>),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<Page<Computation>>, ApiError> {
    let wanted = query.take_with("state", |text| {
        let names = JobState::ALL.map(JobState::name).join(", ");
        JobState::from_name(text).ok_or_else(|| format!("this is no state; allowed are {names}"))
    });
    let (limit, cursor) = query.take_page();
    query.finish()?;
    Ok(Json(state.services.computations(&caller, wanted, limit, cursor.as_deref()).await?))
}

/// A computation, and what happened to it; for operators.
#[utoipa::path(
    get, path = "/api/computations/{id}", operation_id = "getComputation", tag = "Jobs",
    params(("id" = String, Path, description = "The computation.")),
    responses(
        (status = 200, description = "The computation as it is.", body = Computation),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 404, description = "No such computation.", body = ErrorBody),
    )
)]
pub async fn get(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Json<Computation>, ApiError> {
    Ok(Json(state.services.computation(&caller, id.as_str()).await?))
}

/// End a computation for all who wait for it; for operators.
///
/// Answers the computation as it then is; one that has ended stays as it is.
#[utoipa::path(
    delete, path = "/api/computations/{id}", operation_id = "cancelComputation", tag = "Jobs",
    params(("id" = String, Path, description = "The computation.")),
    responses(
        (status = 200, description = "The computation as it then is.", body = Computation),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 404, description = "No such computation.", body = ErrorBody),
    )
)]
pub async fn cancel(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Json<Computation>, ApiError> {
    Ok(Json(state.services.cancel_computation(&caller, id.as_str()).await?))
}

/// Try a computation again that failed or was cancelled; for operators.
///
/// With all its attempts, for those who waited when it ended; where all had let it go, for the last of them.
#[utoipa::path(
    post, path = "/api/computations/{id}/retry", operation_id = "retryComputation", tag = "Jobs",
    params(("id" = String, Path, description = "The computation.")),
    responses(
        (status = 200, description = "The computation as it then is.", body = Computation),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 404, description = "No such computation.", body = ErrorBody),
        (status = 409, description = "It did not fail and was not cancelled, or another one makes or has made the same.", body = ErrorBody),
        (status = 503, description = "As many wait as may; see `Retry-After`.", body = ErrorBody),
    )
)]
pub async fn retry(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Json<Computation>, ApiError> {
    Ok(Json(state.services.retry_computation(&caller, id.as_str()).await?))
}
