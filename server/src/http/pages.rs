//! The interface: pages rendered by Leptos, and the server functions they call.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use foliocast_app::api::Problem;
use foliocast_app::service::{Caller, ServiceContext};
use foliocast_app::{page_routes, shell};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use leptos_axum::ResponseOptions;
use tower_http::limit::RequestBodyLimitLayer;

use super::AppState;
use super::assets::ASSETS;
use super::caller::Visitor;
use super::error::ApiError;
use super::extract::BODY_LIMIT_BYTES;
use super::keys;
use super::number_style::number_style;
use super::operations;
use super::request::RequestId;
use super::security::page_policy;
use super::session::{self, sign_in_address};
use crate::service::{PageServices, status_of};

/// Most bytes of a form.
const FORM_LIMIT_BYTES: usize = 16 << 10;

/// Bounds the reading of an answer that is a handful of sentences.
const MOST_BYTES_OF_A_PROBLEM: usize = 4 << 20;

/// A route per page of the interface, and its 404 page for everything that no route answers.
pub fn router() -> Router<AppState> {
    let pages = page_routes().iter().map(|listing| listing.path());
    let routes = pages.fold(Router::new(), |router, path| {
        router.route(
            path,
            match path {
                "/login" => get(session::sign_in_page)
                    .post(session::sign_in)
                    .layer(RequestBodyLimitLayer::new(FORM_LIMIT_BYTES)),
                "/account" => get(page).post(keys::account_form).layer(RequestBodyLimitLayer::new(FORM_LIMIT_BYTES)),
                "/cache" => get(page).post(operations::cache_form).layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES)),
                "/jobs/{id}" => {
                    get(page).post(operations::job_form).layer(RequestBodyLimitLayer::new(FORM_LIMIT_BYTES))
                }
                path if is_for_anybody(path) => get(open_page),
                _ => get(page),
            },
        )
    });
    routes.route("/logout", post(session::sign_out)).route("/_fn/{*name}", server_function_route()).fallback(missing)
}

/// Pages that show nothing of any tenant: the workbench, which computes in the browser, how figures are computed, and the
/// npm package, which computes in the browser too.
fn is_for_anybody(path: &str) -> bool {
    path == "/" || path == "/embed" || path == "/figures" || path.starts_with("/figures/")
}

async fn open_page(State(state): State<AppState>, visitor: Visitor, request: Request) -> Response {
    render_page(&state, visitor.caller, request, || ()).await
}

/// A page of a tenant's: nobody we know is led to the page on which a key is given.
async fn page(State(state): State<AppState>, visitor: Visitor, request: Request) -> Result<Response, ApiError> {
    let Some(caller) = visitor.caller else {
        let address = HeaderValue::try_from(sign_in_address(request.uri()))
            .map_err(|_| ApiError::internal("The address to sign in at is no header value."))?;
        return Ok((StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response());
    };
    Ok(render_page(&state, Some(caller), request, || ()).await)
}

/// Nothing here: a page that says so, and under `/api` a refusal.
async fn missing(
    State(state): State<AppState>,
    visitor: Result<Visitor, ApiError>,
    request: Request,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::not_found(format!("There is nothing at {path}; /api/docs lists what there is.")));
    }
    let mut response = render_page(&state, visitor?.caller, request, || ()).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

/// The page that a form was sent from, to be written with what came of it.
pub fn page_of_form(uri: Uri, headers: HeaderMap) -> Request {
    let mut page = Request::new(Body::empty());
    (*page.uri_mut(), *page.headers_mut()) = (uri, headers);
    page
}

/// A page for a caller, or for nobody we know; `provide` puts more into its context.
pub async fn render_page(
    state: &AppState,
    caller: Option<Caller>,
    request: Request,
    provide: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let context = context(state, caller);
    let numbers = number_style(request.headers().get(ACCEPT_LANGUAGE));
    let with_policy = move || {
        context();
        provide_context(numbers);
        provide();
        let nonce = use_nonce().map(|nonce| page_policy(&nonce)).and_then(|policy| HeaderValue::try_from(policy).ok());
        if let (Some(policy), Some(response)) = (nonce, use_context::<ResponseOptions>()) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
            response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.insert_header(VARY, HeaderValue::from_name(ACCEPT_LANGUAGE));
        }
    };
    leptos_axum::render_app_async_with_context(with_policy, shell)(request).await
}

/// The route of the server functions. Each refuses who may not ask it; they change nothing that a foreign page could want
/// changed, but the guard before them holds all the same.
fn server_function_route() -> MethodRouter<AppState> {
    get(server_function).post(server_function).layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
}

async fn server_function(
    State(state): State<AppState>,
    visitor: Visitor,
    request: axum::http::Request<Body>,
) -> Result<Response, ApiError> {
    let (path, method) = (request.uri().path(), request.method());
    if !server_fn_paths().any(|(known, answers)| known == path && answers == *method) {
        return Err(ApiError::not_found(format!("There is no server function {method} {path}.")));
    }
    let request_id = RequestId::of(request.extensions()).to_string();
    // What is written whole has the numbers of the page that it is for.
    let numbers = number_style(request.headers().get(ACCEPT_LANGUAGE));
    let context = context(&state, visitor.caller);
    let with_numbers = move || {
        context();
        provide_context(numbers);
    };
    let answer = leptos_axum::handle_server_fns_with_context(with_numbers, request).await.into_response();
    Ok(with_status_of_problem(answer, &request_id).await)
}

/// Gives a server function's refusal the status its problem has under `/api`; Leptos answers 500 whatever it is.
async fn with_status_of_problem(answer: Response, request_id: &str) -> Response {
    // A form posted without scripts is sent back to its page, which says what was wrong.
    if !answer.headers().contains_key(SERVER_FN_ERROR_HEADER) || answer.headers().contains_key(LOCATION) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, MOST_BYTES_OF_A_PROBLEM).await.unwrap_or_default();
    let mut problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem {
        code: "INTERNAL_ERROR".to_owned(),
        message: "The server function failed without saying why.".to_owned(),
        details: Vec::new(),
        request_id: String::new(),
    });
    if problem.request_id.is_empty() {
        request_id.clone_into(&mut problem.request_id);
    }
    parts.status = StatusCode::from_u16(status_of(&problem.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if parts.status.is_server_error() {
        tracing::warn!(status = parts.status.as_u16(), code = problem.code, "{}", problem.message);
    }
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, serde_json::to_vec(&problem).unwrap_or_default().into())
}

/// What pages and server functions find in their context.
fn context(state: &AppState, caller: Option<Caller>) -> impl Fn() + Clone + Send + Sync + 'static {
    let services = ServiceContext { service: Arc::new(PageServices::of_this_request(state.services.clone())), caller };
    move || {
        provide_context(services.clone());
        provide_context(ASSETS.clone());
    }
}
