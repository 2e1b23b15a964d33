//! Funds: stored configurations, with an optional size.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{ErrorBody, Fund, Page};
use foliocast_core::ErrorCode;

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{JsonText, NoParameters, PathText, QueryParameters};
use super::openapi::FundBody;
use crate::clock::from_rfc3339;
use crate::store::FundMustBe;

/// Your funds, by id.
#[utoipa::path(
    get, path = "/api/funds", operation_id = "listFunds", tag = "Funds",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Lines; 50 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of funds.", body = Page<Fund>),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<Page<Fund>>, ApiError> {
    let (limit, cursor) = query.take_page();
    query.finish()?;
    Ok(Json(state.services.funds(&caller, limit, cursor.as_deref()).await?))
}

/// A fund's stored configuration.
#[utoipa::path(
    get, path = "/api/funds/{id}", operation_id = "getFund", tag = "Funds",
    params(("id" = String, Path, description = "The fund.")),
    responses(
        (status = 200, description = "The fund.", body = Fund),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 404, description = "No such fund of yours.", body = ErrorBody),
    )
)]
pub async fn get(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<Response, ApiError> {
    Ok(answer(StatusCode::OK, state.services.fund(&caller, id.as_str()).await?))
}

/// Store a fund's configuration.
///
/// `configuration.fundId` may be left out and must else equal the id in the path. The size only turns multiples into
/// money. `If-Match` and `If-None-Match` keep a caller from overwriting what it has not seen.
#[utoipa::path(
    put, path = "/api/funds/{id}", operation_id = "putFund", tag = "Funds",
    params(
        ("id" = String, Path, description = "The fund."),
        ("If-Match" = Option<String>, Header, description = "Entity tag of the fund that may be replaced, as `ETag` has it: its `updatedAt` in quotes."),
        ("If-None-Match" = Option<String>, Header, description = "`*` to store a new fund only."),
    ),
    request_body(content = FundBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The fund, replaced.", body = Fund),
        (status = 201, description = "The fund, new.", body = Fund),
        (status = 400, description = "All faults of the input, with their paths.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 412, description = "The fund is not what `If-Match` or `If-None-Match` says.", body = ErrorBody),
        (status = 413, description = "The body is over 2 MiB.", body = ErrorBody),
        (status = 415, description = "The body is not declared as `application/json`.", body = ErrorBody),
        (status = 422, description = "Well-formed, but more than this installation computes.", body = ErrorBody),
    )
)]
pub async fn put(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
    headers: HeaderMap,
    JsonText(body): JsonText,
) -> Result<Response, ApiError> {
    let must_be = must_be(&headers)?;
    let (fund, is_new) = state.services.put_fund(&caller, id.as_str(), &body, must_be).await?;
    Ok(answer(if is_new { StatusCode::CREATED } else { StatusCode::OK }, fund))
}

/// Forget a fund's configuration; its runs stay.
#[utoipa::path(
    delete, path = "/api/funds/{id}", operation_id = "deleteFund", tag = "Funds",
    params(("id" = String, Path, description = "The fund.")),
    responses(
        (status = 204, description = "Forgotten."),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 404, description = "No such fund of yours.", body = ErrorBody),
    )
)]
pub async fn delete(
    State(state): State<AppState>,
    Asker(caller): Asker,
    id: PathText,
    _: NoParameters,
) -> Result<StatusCode, ApiError> {
    state.services.delete_fund(&caller, id.as_str()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A fund with its entity tag.
fn answer(status: StatusCode, fund: Fund) -> Response {
    (status, [(ETAG, format!("\"{}\"", fund.updated_at))], Json(fund)).into_response()
}

/// What the headers say the stored fund must be.
fn must_be(headers: &HeaderMap) -> Result<FundMustBe, ApiError> {
    let value = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let refused = |name: &str, seen: &str, allowed: &str| {
        Err(ApiError::invalid_one(name, ErrorCode::Range, format!("`{seen}` was given; allowed is {allowed}")))
    };
    match (value(&IF_MATCH), value(&IF_NONE_MATCH)) {
        (None, None) => Ok(FundMustBe::Any),
        (None, Some("*")) => Ok(FundMustBe::New),
        (None, Some(seen)) => refused("If-None-Match", seen, "`*`, for a fund that must be new"),
        (Some(seen), None) => {
            let quoted = seen.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            match quoted.and_then(from_rfc3339) {
                Some(at) => Ok(FundMustBe::StoredAt(at)),
                None => {
                    refused("If-Match", seen, "one entity tag as the fund's `ETag` has it, its `updatedAt` in quotes")
                }
            }
        }
        (Some(_), Some(seen)) => refused("If-None-Match", seen, "one of `If-Match` and `If-None-Match`, not both"),
    }
}
