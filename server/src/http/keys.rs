//! Access keys, the caller's account, and the log of changes.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use foliocast_app::access::Notice;
use foliocast_app::api::{AccessKey, Account, AuditLine, ErrorBody, NewAccessKey, Page};
use foliocast_app::service::Role;

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{JsonText, NoParameters, PathText, QueryParameters};
use super::openapi::KeyBody;
use super::pages::{page_of_form, render_page};
use super::session::{read_form, sentence};
use crate::service::KeyRequest;

/// Who you are here, and how much you may ask.
#[utoipa::path(
    get, path = "/api/account", operation_id = "getAccount", tag = "Access",
    responses(
        (status = 200, description = "Your key, its use and its limits.", body = Account),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
    )
)]
pub async fn account(
    State(state): State<AppState>,
    Asker(caller): Asker,
    _: NoParameters,
) -> Result<Json<Account>, ApiError> {
    Ok(Json(state.services.account(&caller).await?))
}

/// All access keys, by name; for operators.
#[utoipa::path(
    get, path = "/api/keys", operation_id = "listKeys", tag = "Access",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Lines; 50 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of keys, without their texts.", body = Page<AccessKey>),
        (status = 400, description = "All faults of the query.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
    )
)]
pub async fn list(
    State(state): State<AppState>,
    Asker(caller): Asker,
    mut query: QueryParameters,
) -> Result<Json<Page<AccessKey>>, ApiError> {
    let (limit, cursor) = query.take_page();
    query.finish()?;
    Ok(Json(state.services.keys(&caller, limit, cursor.as_deref()).await?))
}

/// Make an access key; for operators with a key.
///
/// Its text is in the answer and nowhere else. The first key is made on the server's machine, with
/// `foliocast keys create`.
#[utoipa::path(
    post, path = "/api/keys", operation_id = "createKey", tag = "Access",
    request_body(content = KeyBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The key, with its text.", body = NewAccessKey),
        (status = 400, description = "All faults of the input, with their paths.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "The name is taken, now or before; or there is no key yet.", body = ErrorBody),
        (status = 413, description = "The body is over 2 MiB.", body = ErrorBody),
        (status = 415, description = "The body is not declared as `application/json`.", body = ErrorBody),
    )
)]
pub async fn create(
    State(state): State<AppState>,
    Asker(caller): Asker,
    _: NoParameters,
    JsonText(body): JsonText,
) -> Result<(StatusCode, Json<NewAccessKey>), ApiError> {
    Ok((StatusCode::CREATED, Json(state.services.create_key(&caller, &body).await?)))
}

/// Revoke an access key; for operators.
///
/// It works no longer and its sessions end, at once here and within a second in other processes.
#[utoipa::path(
    delete, path = "/api/keys/{name}", operation_id = "revokeKey", tag = "Access",
    params(("name" = String, Path, description = "The key.")),
    responses(
        (status = 204, description = "It works no longer."),
        (status = 400, description = "Parameters, of which this address knows none.", body = ErrorBody),
        (status = 403, description = "You are no operator.", body = ErrorBody),
        (status = 404, description = "There is no such key.", body = ErrorBody),
        (status = 409, description = "It is the last operator's key that works.", body = ErrorBody),
    )
)]
pub async fn revoke(
    State(state): State<AppState>,
    Asker(caller): Asker,
    name: PathText,
    _: NoParameters,
) -> Result<StatusCode, ApiError> {
    state.services.revoke_key(&caller, name.as_str()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who changed what, newest first; for operators.
#[utoipa::path(
    get, path = "/api/audit", operation_id = "listChanges", tag = "Access",
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
    Ok(Json(state.services.audit_log(&caller, limit, cursor.as_deref()).await?))
}

/// What the account page's forms ask, and the page with what came of it.
pub async fn account_form(
    State(state): State<AppState>,
    Asker(caller): Asker,
    request: Request,
) -> Result<Response, ApiError> {
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let form = read_form(request).await?;
    let field = |name: &str| form.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim());
    let done = match field("do") {
        "create" => {
            let days = field("expiresInDays");
            let role = Role::from_name(field("role"));
            let request = KeyRequest {
                name: field("name").to_owned(),
                tenant: field("tenant").to_owned(),
                role: role.ok_or_else(|| ApiError::malformed("The form names no role that there is."))?,
                // What is no number is out of range.
                expires_in_days: (!days.is_empty()).then(|| days.parse().unwrap_or(0)),
            };
            state.services.make_key(&caller, request).await.map(|new| Notice::Created(Box::new(new)))
        }
        "revoke" => {
            let name = field("name").to_owned();
            state.services.revoke_key(&caller, &name).await.map(|()| Notice::Revoked(name))
        }
        _ => return Err(ApiError::malformed("The form says nothing to do.")),
    };
    let (notice, status) = match done {
        Ok(notice) => (notice, StatusCode::OK),
        Err(error) if error.status() >= 500 => return Err(error.into()),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (Notice::Refused(sentence(&error)), status)
        }
    };
    // Whoever revoked the key in use is nobody any more.
    if matches!(&notice, Notice::Revoked(name) if *name == caller.key_name) {
        return Ok((StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/login"))]).into_response());
    }
    let page = page_of_form(uri, headers);
    let provide = move || leptos::prelude::provide_context(notice.clone());
    let mut response = render_page(&state, Some(caller), page, provide).await;
    *response.status_mut() = status;
    Ok(response)
}
