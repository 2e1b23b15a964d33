//! Runs: make one, get one, list them.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LOCATION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{Accepted, ErrorBody, Page, Run, RunListing};
use foliocast_app::report::Report;
use foliocast_core::scenario::RunKey;

use super::AppState;
use super::assets::report_style_sheet;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{JsonText, NoParameters, PathText, QueryParameters};
use super::openapi::SimulateBody;
use super::pieces;
use super::security::Authority;
use crate::service::{RunAnswer, SimulateRequest, Simulated};

/// How long `simulate` waits for the run unless told otherwise, and at most, milliseconds.
const DEFAULT_WAIT_MS: u32 = 10_000;
const MAX_WAIT_MS: u32 = 60_000;

/// Make a run, or find it.
///
/// The body is a whole scenario configuration (it has `buckets`), or the short form that takes the fund's stored
/// configuration, else the default fund. Equal configurations are computed once, whoever asks.
#[utoipa::path(
    post, path = "/api/monte-carlo/simulate", operation_id = "simulate", tag = "Runs",
    params(("wait" = Option<u32>, Query, minimum = 0, maximum = 60_000, description = "Milliseconds to wait for the run; 10000 by default.")),
    request_body(content = SimulateBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The run.", body = Run),
        (status = 202, description = "Not there in time: follow the job.", body = Accepted, headers(("location" = String, description = "The job."))),
        (status = 400, description = "All faults of the input, with their paths.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "An operator ended it while it was waited for.", body = ErrorBody),
        (status = 413, description = "The body is over 2 MiB.", body = ErrorBody),
        (status = 415, description = "The body is not declared as `application/json`.", body = ErrorBody),
        (status = 422, description = "Well-formed, but more than this installation computes.", body = ErrorBody),
        (status = 429, description = "Too much under way for this caller.", body = ErrorBody),
        (status = 503, description = "Not for the moment; see `Retry-After`.", body = ErrorBody),
    )
)]
pub async fn simulate(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
    JsonText(body): JsonText,
) -> Result<Response, ApiError> {
    let wait_ms = query.take_integer("wait", 0, MAX_WAIT_MS).unwrap_or(DEFAULT_WAIT_MS);
    query.finish()?;
    let wait = Duration::from_millis(wait_ms.into());
    let request = SimulateRequest { body };
    let simulated = tokio::select! {
        simulated = state.services.simulate(&caller, request.clone(), wait) => simulated?,
        // Whoever waits while the server stops gets the job to follow: it is kept, and the next start takes it up.
        () = state.shutdown.cancelled() => state.services.simulate(&caller, request, Duration::ZERO).await?,
    };
    match simulated {
        Simulated::Ready(answer) => {
            let location = header(format!("/api/runs/{}", answer.run_key))?;
            Ok(([(CONTENT_LOCATION, location)], run_json(&answer)).into_response())
        }
        Simulated::Accepted(accepted) => {
            let location = header(accepted.links.self_.clone())?;
            Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(accepted)).into_response())
        }
    }
}

/// A run you have asked for before.
///
/// 404 if it was never made, or was invalidated since: `simulate` makes it again.
#[utoipa::path(
    get, path = "/api/runs/{runKey}", operation_id = "getRun", tag = "Runs",
    params(("runKey" = RunKey, Path, description = "Key of the run.")),
    responses(
        (status = 200, description = "The run.", body = Run),
        (status = 400, description = "Not a key: 64 lower-case hexadecimal digits.", body = ErrorBody),
        (status = 404, description = "Not made, or not asked for by you.", body = ErrorBody),
    )
)]
pub async fn get(
    State(state): State<AppState>,
    Asker(caller): Asker,
    key: PathText,
    _: NoParameters,
) -> Result<Response, ApiError> {
    let answer = state.services.run(&caller, key.parse("runKey")?).await?;
    Ok(run_json(&answer))
}

/// A run's report as one HTML file.
///
/// It stands by itself: styles are inside, nothing is asked from anywhere, no script runs. It embeds the configuration,
/// keys, digests and the summary, so that `foliocast verify FILE` can make the run again and compare all it says.
#[utoipa::path(
    get, path = "/api/runs/{runKey}/report", operation_id = "getRunReport", tag = "Runs",
    params(("runKey" = RunKey, Path, description = "Key of the run.")),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/html"),
        (status = 400, description = "Not a key: 64 lower-case hexadecimal digits.", body = ErrorBody),
        (status = 404, description = "Not made, or not asked for by you.", body = ErrorBody),
    )
)]
pub async fn report(
    State(state): State<AppState>,
    Asker(caller): Asker,
    key: PathText,
    _: NoParameters,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let host = Authority::of(&uri, &headers)?.to_string();
    let run = state.services.run(&caller, key.parse("runKey")?).await?.to_run()?;
    let report = Report::new(run, &host);
    let disposition = header(format!("attachment; filename=\"{}\"", report.file_name()))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, report.to_document(&report_style_sheet())).into_response())
}

/// Your runs, newest first.
#[utoipa::path(
    get, path = "/api/runs", operation_id = "listRuns", tag = "Runs",
    params(
        ("fundId" = Option<String>, Query, description = "Only this fund's."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Lines; 50 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of runs.", body = Page<RunListing>),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<Page<RunListing>>, ApiError> {
    let fund_id = query.take("fundId");
    let (limit, cursor) = query.take_page();
    query.finish()?;
    Ok(Json(state.services.runs(&caller, fund_id.as_deref(), limit, cursor.as_deref()).await?))
}

fn run_json(answer: &RunAnswer) -> Response {
    // `cache` is of this answer, so the answer itself is nobody's to keep.
    const HEADERS: [(HeaderName, &str); 2] = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (HEADERS, pieces::body(answer.to_json_pieces())).into_response()
}

fn header(value: String) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(value).map_err(|_| ApiError::internal("A link of ours is no header value."))
}
