//! Operating the cache.

use axum::Json;
use axum::extract::State;
use foliocast_app::api::{ErrorBody, Invalidated};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{JsonText, NoParameters};
use super::openapi::InvalidationBody;

/// Drop results; for operators.
///
/// From the moment it is answered, no process that reaches the durable store answers with them; whoever asks again has them
/// made again. A matrix takes the runs made from it along; a fund's matrices go only where no other fund uses them.
#[utoipa::path(
    post, path = "/api/cache/invalidate", tag = "Cache",
    request_body(content = InvalidationBody, content_type = "application/json"),
    responses(
        (status = 200, description = "What was removed.", body = Invalidated),
        (status = 400, description = "All faults of the input, with their paths.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 2 MiB.", body = ErrorBody),
        (status = 415, description = "The body is not declared as `application/json`.", body = ErrorBody),
    )
)]
pub async fn invalidate(
    State(state): State<AppState>,
    Asker(caller): Asker,
    _: NoParameters,
    JsonText(body): JsonText,
) -> Result<Json<Invalidated>, ApiError> {
    Ok(Json(state.services.invalidate(&caller, &body).await?))
}
