//! How the server is: for probes, without a caller.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::AppState;
use super::openapi::Alive;
use crate::service::Health;

/// Whether the process answers.
#[utoipa::path(
    get, path = "/healthz", operation_id = "getHealth", tag = "Service",
    responses((status = 200, description = "It does.", body = Alive))
)]
pub async fn healthz() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// Whether new runs can be taken on, and how each part is.
#[utoipa::path(
    get, path = "/readyz", operation_id = "getReadiness", tag = "Service",
    responses(
        (status = 200, description = "Ready.", body = Health),
        (status = 503, description = "Not ready; each part says why.", body = Health),
    )
)]
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let mut health = state.services.health().await;
    health.ready &= !state.shutdown.is_cancelled();
    (if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(health))
}
