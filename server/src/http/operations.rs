//! What the forms on operators' pages ask, and the pages with what came of them.

use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{Invalidation, Warming};
use foliocast_app::operations::{Drop, Notice, Warm};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::pages::{page_of_form, render_page};
use super::session::{read_form, sentence};
use crate::service::ServiceError;

/// What somebody typed into a form.
struct Form(Vec<(String, String)>);

impl Form {
    fn field(&self, name: &str) -> String {
        self.0.iter().find(|(found, _)| found == name).map_or_else(String::new, |(_, value)| value.trim().to_owned())
    }
}

/// What was typed into a form that was refused.
enum Typed {
    Drop(Drop),
    Warm(Warm),
}

/// The page about the cache, after one of its forms.
pub async fn cache_form(
    State(state): State<AppState>,
    Asker(caller): Asker,
    request: Request,
) -> Result<Response, ApiError> {
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let form = Form(read_form(request).await?);
    let services = &state.services;
    // What came of it, or why nothing did and what was typed.
    let done: Result<Notice, (ServiceError, Typed)> = match form.field("do").as_str() {
        action @ ("foresee-drop" | "drop") => {
            let drop = Drop { scope: form.field("scope"), of: form.field("of"), reason: form.field("reason") };
            match services.invalidate(&caller, &drop_body(&drop, action == "foresee-drop")).await {
                Ok(Invalidation::Done(invalidated)) => Ok(Notice::Dropped(invalidated)),
                Ok(Invalidation::Foreseen(foreseen)) => Ok(Notice::WouldDrop(drop, foreseen.would_invalidate)),
                Err(error) => Err((error, Typed::Drop(drop))),
            }
        }
        action @ ("foresee-warm" | "warm") => {
            let warm = Warm {
                fund_ids: form.field("fundIds"),
                configs: form.field("configs"),
                priority: form.field("priority"),
                reason: form.field("reason"),
            };
            match services.warm(&caller, &warm_body(&warm, action == "foresee-warm")).await {
                Ok(Warming::Done(warmed)) => Ok(Notice::Warmed(warmed)),
                Ok(Warming::Foreseen(foreseen)) => Ok(Notice::WouldWarm(warm, foreseen)),
                Err(error) => Err((error, Typed::Warm(warm))),
            }
        }
        _ => return Err(ApiError::malformed("The form says nothing to do.")),
    };
    let (notice, status) = match done {
        Ok(notice) => (notice, StatusCode::OK),
        Err((error, _)) if error.status() >= 500 || error.status() == 403 => return Err(error.into()),
        Err((error, Typed::Drop(drop))) => {
            (Notice::DropRefused(drop, sentence(&error), error.details()), status_of(&error))
        }
        Err((error, Typed::Warm(warm))) => {
            (Notice::WarmRefused(warm, sentence(&error), error.details()), status_of(&error))
        }
    };
    let page = page_of_form(uri, headers);
    let provide = move || leptos::prelude::provide_context(notice.clone());
    Ok(with_status(render_page(&state, Some(caller), page, provide).await, status))
}

/// A page with the status of what came of its form, unless it could not be written.
fn with_status(mut page: Response, status: StatusCode) -> Response {
    if page.status() == StatusCode::OK {
        *page.status_mut() = status;
    }
    page
}

/// The page of a job, after its form: where that did something, asked for anew.
pub async fn job_form(
    State(state): State<AppState>,
    Asker(caller): Asker,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let form = Form(read_form(request).await?);
    let done = match form.field("do").as_str() {
        "cancel" => state.services.cancel_computation(&caller, &id).await,
        "retry" => state.services.retry_computation(&caller, &id).await,
        _ => return Err(ApiError::malformed("The form says nothing to do.")),
    };
    let error = match done {
        Ok(job) => {
            let address = HeaderValue::try_from(format!("/jobs/{}", job.computation_id))
                .map_err(|_| ApiError::internal("An id is no header value."))?;
            return Ok((StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response());
        }
        // That there is something against it is said on its page.
        Err(error) if ![409, 503].contains(&error.status()) => return Err(error.into()),
        Err(error) => error,
    };
    let (notice, status) = (Notice::Refused(sentence(&error)), status_of(&error));
    let provide = move || leptos::prelude::provide_context(notice.clone());
    Ok(with_status(render_page(&state, Some(caller), page_of_form(uri, headers), provide).await, status))
}

fn status_of(error: &ServiceError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// The form as the API has it, which judges it.
fn drop_body(drop: &Drop, dry_run: bool) -> String {
    let mut body = json!({ "scope": drop.scope, "dryRun": dry_run });
    let member = match drop.scope.as_str() {
        "fund" => Some("fundId"),
        "matrix" => Some("matrixKey"),
        "kind" => Some("kind"),
        _ => None,
    };
    // What was typed for another scope has no effect, as in every form that has a field for several choices.
    if let Some(member) = member.filter(|_| !drop.of.is_empty()) {
        body[member] = Value::from(drop.of.as_str());
    }
    if !drop.reason.is_empty() {
        body["reason"] = Value::from(drop.reason.as_str());
    }
    body.to_string()
}

fn warm_body(warm: &Warm, dry_run: bool) -> String {
    let fund_ids: Vec<&str> = warm.fund_ids.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut body = json!({ "priority": warm.priority, "dryRun": dry_run });
    if !fund_ids.is_empty() {
        body["fundIds"] = Value::from(fund_ids);
    }
    if !warm.reason.is_empty() {
        body["reason"] = Value::from(warm.reason.as_str());
    }
    let body = body.to_string();
    if warm.configs.is_empty() {
        return body;
    }
    // As it was typed: numbers and members are for the one parser to judge. What is no JSON is a text, and refused as that.
    let configs = match serde_json::from_str::<&RawValue>(&warm.configs) {
        Ok(one) if one.get().starts_with('{') => format!("[{one}]"),
        Ok(several) => several.to_string(),
        Err(_) => Value::from(warm.configs.as_str()).to_string(),
    };
    format!("{},\"configs\":{configs}}}", body.strip_suffix('}').unwrap_or(&body))
}
