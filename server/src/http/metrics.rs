//! Metrics of this process, for whoever collects them.

use std::time::Duration;

use axum::extract::{MatchedPath, State};
use axum::http::Method;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::ErrorBody;

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::NoParameters;
use crate::measure::HttpRequest;
use crate::service::Services;

/// What Prometheus and its kin read.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of this process, since its start.
///
/// In the text format of OpenMetrics, which Prometheus reads. Needs a key like everything else, once there is one.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "Service",
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "No key, or none that works.", body = ErrorBody),
    )
)]
pub async fn metrics(
    State(state): State<AppState>,
    Asker(caller): Asker,
    _: NoParameters,
) -> Result<Response, ApiError> {
    let text = state.services.metrics(&caller).await?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], text).into_response())
}

/// Counts an answer, by the route that gave it: paths, and methods that there are not, are what others choose.
pub fn count(services: &Services, route: Option<&MatchedPath>, method: &Method, status: u16, took: Duration) {
    let route = route.map_or("none", MatchedPath::as_str);
    let method = known(method).unwrap_or("other");
    let request = HttpRequest { route: route.to_owned(), method: method.to_owned(), status };
    services.answered_over_http(&request, took);
}

/// The name of a method that something here answers.
pub fn known(method: &Method) -> Option<&'static str> {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"].into_iter().find(|known| method.as_str() == *known)
}
