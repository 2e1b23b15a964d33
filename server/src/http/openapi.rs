//! The OpenAPI document, generated from the routes and the types they answer with, and the page to try it.

mod access;
mod schema;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa::openapi::{Info, License, OpenApi, OpenApiBuilder, Tag};

use super::AppState;
use super::error::ApiError;
use super::security::DOCS_POLICY;

pub use schema::{Alive, FundBody, InvalidationBody, KeyBody, SimulateBody, WarmBody};

const DOCUMENT_PATH: &str = "/api/openapi.json";

/// The document without its routes.
pub fn head() -> OpenApi {
    let mut info = Info::new("Foliocast", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "What a portfolio could return: scenario runs by their keys, their rows and digests, and the jobs that make \
         them. JSON in camelCase; unknown members and parameters are refused; times are RFC 3339 UTC; every answer \
         carries `x-request-id`, and every refusal the body `{\"error\": {code, message, details, requestId}}`."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    let tags = [
        ("Runs", "Make, get and list scenario runs."),
        ("Matrices", "Rows, and the digests that prove them."),
        ("Jobs", "Computations under way."),
        ("Funds", "Stored configurations."),
        ("Cache", "What is kept, and how much it is asked for; for operators."),
        ("Access", "Keys, accounts, and the log of changes."),
        ("Service", "How the server is."),
    ];
    let tags = tags.map(|(name, description)| {
        let mut tag = Tag::new(name);
        tag.description = Some(description.to_owned());
        tag
    });
    OpenApiBuilder::new().info(info).tags(Some(tags)).build()
}

/// Serves the document and its page.
pub fn router(document: OpenApi) -> Router<AppState> {
    let document = access::described(document);
    let json = Bytes::from(document.to_json().expect("the document holds nothing that JSON cannot say"));
    let config = Arc::new(utoipa_swagger_ui::Config::from(DOCUMENT_PATH));
    let index = config.clone();
    Router::new()
        .route(DOCUMENT_PATH, get(async move || ([(CONTENT_TYPE, "application/json")], json.clone())))
        // Its files are addressed relative to the directory.
        .route("/api/docs", get(async || Redirect::permanent("/api/docs/")))
        .route("/api/docs/", get(async move || file("index.html", index.clone())))
        .route("/api/docs/{*path}", get(async move |Path(path): Path<String>| file(&path, config.clone())))
}

fn file(path: &str, config: Arc<utoipa_swagger_ui::Config<'static>>) -> Result<Response, ApiError> {
    let file = utoipa_swagger_ui::serve(path, config)
        .map_err(|error| ApiError::internal(format!("The page of the API cannot be made: {error}.")))?
        .ok_or_else(|| ApiError::not_found(format!("There is no file /api/docs/{path}.")))?;
    let mut response = file.bytes.into_owned().into_response();
    let headers = response.headers_mut();
    if let Ok(media_type) = HeaderValue::try_from(file.content_type) {
        headers.insert(CONTENT_TYPE, media_type);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
