//! Jobs: look at one, follow it, let it go.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{ErrorBody, Job, JobState};
use futures::{StreamExt as _, future, stream};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{NoParameters, PathText};
use crate::service::JobEvent;

/// Something must pass a proxy this often, or it takes the connection for dead.
const COMMENT_INTERVAL: Duration = Duration::from_secs(15);

/// A job of yours.
#[utoipa::path(
    get, path = "/api/jobs/{id}", operation_id = "getJob", tag = "Jobs",
    params(("id" = String, Path, description = "The job.")),
    responses(
        (status = 200, description = "The job as it is.", body = Job),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 404, description = "No such job of yours.", body = ErrorBody),
    )
)]
pub async fn get(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(state.services.job(&caller, id.as_str()).await?))
}

/// Let a job go.
///
/// The computation stops when nobody waits for it any more. Answers the job as it then is.
#[utoipa::path(
    delete, path = "/api/jobs/{id}", operation_id = "detachJob", tag = "Jobs",
    params(("id" = String, Path, description = "The job.")),
    responses(
        (status = 200, description = "The job as it then is.", body = Job),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 404, description = "No such job of yours.", body = ErrorBody),
    )
)]
pub async fn detach(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(state.services.detach(&caller, id.as_str()).await?))
}

/// Follow a job.
///
/// Server-sent events: `progress` with `{percent, step}`, the present state first, then one of `complete`, `failed`,
/// `cancelled` with the job; then the stream ends. `Last-Event-ID` resumes; 204 when there is nothing more to come,
/// which also keeps a browser from asking again. While the server shuts down the stream just ends: ask again.
#[utoipa::path(
    get, path = "/api/jobs/{id}/events", operation_id = "streamJobEvents", tag = "Jobs",
    params(
        ("id" = String, Path, description = "The job."),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last event seen."),
    ),
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The job has ended, and you have seen it end."),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 404, description = "No such job of yours.", body = ErrorBody),
        (status = 429, description = "Too many streams of yours are open; see `Retry-After`.", body = ErrorBody),
    )
)]
pub async fn events(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let seen: Option<u64> =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let mut events = state.services.job_events(&caller, id.as_str()).await?;
    let Some(present) = events.next().await else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let is_news = move |event: &JobEvent| seen.is_none_or(|seen| event.revision > seen);
    if has_ended(&present.job) && !is_news(&present) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let stream = stream::iter([present])
        .chain(events)
        .filter(move |event| future::ready(is_news(event)))
        .map(|event| Ok::<_, Infallible>(to_event(&event)))
        .take_until(state.shutdown.clone().cancelled_owned());
    let comments = KeepAlive::new().interval(COMMENT_INTERVAL).text("still here");
    Ok(([("x-accel-buffering", "no")], Sse::new(stream).keep_alive(comments)).into_response())
}

fn has_ended(job: &Job) -> bool {
    matches!(job.state, JobState::Complete | JobState::Failed | JobState::Cancelled)
}

fn to_event(event: &JobEvent) -> Event {
    let job = &event.job;
    let name = match job.state {
        JobState::Waiting | JobState::Active => "progress",
        JobState::Complete => "complete",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    };
    let data = if has_ended(job) {
        serde_json::to_string(job).unwrap_or_default()
    } else {
        serde_json::json!({ "percent": job.percent, "step": job.step }).to_string()
    };
    Event::default().id(event.revision.to_string()).event(name).data(data)
}
