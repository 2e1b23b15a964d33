//! Scripts, styles, fonts and modules: made by the build, embedded in the binary, named by their content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use foliocast_app::Assets;
use rust_embed::{Embed, EmbeddedFile};

use super::error::ApiError;
use super::security::ASSET_POLICY;

/// The built interface. A debug build reads it from the disk, so that it need not exist when the server is compiled.
#[derive(Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// Logical names and addresses of this build's files; empty where the interface was not built.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let manifest = Site::get("manifest.json").map(|file| file.data).unwrap_or(Cow::Borrowed(b"{}"));
    let paths: BTreeMap<String, String> = serde_json::from_slice(&manifest).unwrap_or_else(|error| {
        tracing::error!("target/site/manifest.json cannot be read, pages have no assets: {error}");
        BTreeMap::new()
    });
    let absolute = |path: String| if path.starts_with('/') { path } else { format!("/{path}") };
    Assets::new(paths.into_iter().map(|(name, path)| (name, absolute(path))))
});

/// The style sheet of a report that stands by itself; empty where the interface was not built.
pub fn report_style_sheet() -> Cow<'static, str> {
    let address = ASSETS.url("report.css");
    match Site::get(address.trim_start_matches('/')).map(|file| file.data) {
        Some(Cow::Borrowed(bytes)) => String::from_utf8_lossy(bytes),
        Some(Cow::Owned(bytes)) => String::from_utf8_lossy(&bytes).into_owned().into(),
        None => Cow::Borrowed(""),
    }
}

/// Whether the interface was built into this program.
pub fn is_built() -> bool {
    Site::get("manifest.json").is_some()
}

/// A file of the build, in the smallest encoding the client takes. Its name changes with its content, so it may be
/// kept for ever.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    // Only files of this folder have hashed names; a debug build would follow the disk out of it.
    let leaves_folder = path.split('/').any(|part| part == "..");
    let path = format!("assets/{path}");
    let file = if leaves_folder { None } else { negotiate(&path, &headers) };
    let (file, encoding) = file.ok_or_else(|| {
        ApiError::not_found(if is_built() {
            format!("There is no file /{path}.")
        } else {
            "This program was built without its interface; `./dev build` makes a whole one.".to_owned()
        })
    })?;
    let mut response = match file.data {
        Cow::Borrowed(bytes) => bytes.into_response(),
        Cow::Owned(bytes) => bytes.into_response(),
    };
    let headers = response.headers_mut();
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(&path)));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(ASSET_POLICY));
    Ok(response)
}

fn negotiate(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
        if accepts(headers, encoding)
            && let Some(file) = Site::get(&format!("{path}.{extension}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    Site::get(path).map(|file| (file, None))
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let refused = |quality: &str| quality.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        parts.next() == Some(encoding) && !parts.any(refused)
    })
}

/// The media types of what the build makes. WebAssembly and scripts only run with theirs.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
