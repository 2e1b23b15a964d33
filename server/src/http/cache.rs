//! Operating the cache.

use axum::Json;
use axum::extract::State;
use foliocast_app::api::{AuditLine, CacheHistory, CacheStats, ErrorBody, Invalidation, Page, Warming};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{JsonText, NoParameters, QueryParameters};
use super::openapi::{InvalidationBody, WarmBody};
use crate::service::{DEFAULT_WINDOW_HOURS, MOST_WINDOW_HOURS};

/// What is asked of the cache and what it holds, in all processes; for operators.
///
/// Every process reports what it counted before the answer is made; one that does not within a second is named in `missing`.
#[utoipa::path(
    get, path = "/api/cache/stats", operation_id = "getCacheStats", tag = "Cache",
    params(("hours" = Option<u32>, Query, minimum = 1, maximum = 168, description = "How far back counts go; 24 by default.")),
    responses(
        (status = 200, description = "The statistics.", body = CacheStats),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 503, description = "The durable store does not answer.", body = ErrorBody),
    )
)]
pub async fn stats(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<CacheStats>, ApiError> {
    let hours = query.take_integer("hours", 1, MOST_WINDOW_HOURS).unwrap_or(DEFAULT_WINDOW_HOURS);
    query.finish()?;
    Ok(Json(state.services.cache_stats(&caller, hours).await?))
}

/// What was asked of the cache over time, in all processes; for operators.
///
/// By periods of a minute for an hour, of 15 minutes for up to 12 hours, of an hour for up to 48, else of six hours.
#[utoipa::path(
    get, path = "/api/cache/history", operation_id = "getCacheHistory", tag = "Cache",
    params(("hours" = Option<u32>, Query, minimum = 1, maximum = 168, description = "How far back; 24 by default.")),
    responses(
        (status = 200, description = "All periods, oldest first.", body = CacheHistory),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 503, description = "The durable store does not answer.", body = ErrorBody),
    )
)]
pub async fn history(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<CacheHistory>, ApiError> {
    let hours = query.take_integer("hours", 1, MOST_WINDOW_HOURS).unwrap_or(DEFAULT_WINDOW_HOURS);
    query.finish()?;
    Ok(Json(state.services.cache_history(&caller, hours).await?))
}

/// Who invalidated or warmed what, newest first; for operators.
#[utoipa::path(
    get, path = "/api/cache/audit", operation_id = "listCacheChanges", tag = "Cache",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Lines; 50 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of the log of changes.", body = Page<AuditLine>),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
    )
)]
pub async fn audit(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<Page<AuditLine>>, ApiError> {
    let (limit, cursor) = query.take_page();
    query.finish()?;
    Ok(Json(state.services.cache_log(&caller, limit, cursor.as_deref()).await?))
}

/// Drop results; for operators.
///
/// From the moment it is answered, no process that reaches the durable store answers with them; whoever asks again has them
/// made again. A matrix takes the runs made from it along; a fund's matrices go only where no other fund uses them.
#[utoipa::path(
    post, path = "/api/cache/invalidate", operation_id = "invalidateCache", tag = "Cache",
    request_body(content = InvalidationBody, content_type = "application/json"),
    responses(
        (status = 200, description = "What was removed; with `dryRun` what would be.", body = Invalidation),
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
) -> Result<Json<Invalidation>, ApiError> {
    Ok(Json(state.services.invalidate(&caller, &body).await?))
}

/// Have results made before anybody asks for them; for operators.
///
/// Each configuration is judged by itself, by the validator of every run: what cannot be made is in `rejected`, and the others
/// are made. What is there, or being made, is not made again.
#[utoipa::path(
    post, path = "/api/cache/warm", operation_id = "warmCache", tag = "Cache",
    request_body(content = WarmBody, content_type = "application/json"),
    responses(
        (status = 200, description = "What is made now, and what was there; with `dryRun` what would be made.", body = Warming),
        (status = 400, description = "All faults of the input, with their paths; or no configuration is any good.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is over 2 MiB.", body = ErrorBody),
        (status = 415, description = "The body is not declared as `application/json`.", body = ErrorBody),
    )
)]
pub async fn warm(
    State(state): State<AppState>,
    Asker(caller): Asker,
    _: NoParameters,
    JsonText(body): JsonText,
) -> Result<Json<Warming>, ApiError> {
    Ok(Json(state.services.warm(&caller, &body).await?))
}
