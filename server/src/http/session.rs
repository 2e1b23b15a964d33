//! Signing in and out: a session's cookie for a key's text.

use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use foliocast_app::access::SignIn;

use super::AppState;
use super::caller::Visitor;
use super::client::Client;
use super::error::ApiError;
use super::pages::{page_of_form, render_page};
use super::request::RequestId;
use super::security::require_own_origin;
use crate::auth::Secret;
use crate::service::{Credentials, SESSION_TIME, ServiceError};

/// Name of the cookie. The second one is of encrypted connections alone: a browser takes it from no other, so that
/// nobody on the way can plant one.
const COOKIE_NAME: &str = "foliocast_session";
const ENCRYPTED_COOKIE_NAME: &str = "__Host-foliocast_session";

/// Longest address to go on to after signing in.
const MOST_OF_NEXT: usize = 2_048;

/// A session's cookie.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    /// Its token.
    pub token: Secret,
    /// Whether it is one of encrypted connections.
    pub is_encrypted: bool,
}

/// The session that a request's cookies show. Two of one name are none: one of them may be planted.
pub fn session_cookie(headers: &HeaderMap, is_encrypted: Option<bool>) -> Option<SessionCookie> {
    let named = |name: &str| {
        let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
        values.next().map(|value| if values.next().is_none() { value } else { String::new() })
    };
    let (text, is_encrypted) = match named(ENCRYPTED_COOKIE_NAME) {
        Some(text) => (text, true),
        None if is_encrypted == Some(true) => return None,
        None => (named(COOKIE_NAME)?, false),
    };
    Secret::given(&text).ok().map(|token| SessionCookie { token, is_encrypted })
}

fn set_cookie(token: &str, is_encrypted: bool, max_age_seconds: u64) -> Result<HeaderValue, ApiError> {
    let (name, secure) = if is_encrypted { (ENCRYPTED_COOKIE_NAME, "; Secure") } else { (COOKIE_NAME, "") };
    let text = format!("{name}={token}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).map_err(|_| ApiError::internal("A cookie of ours is no header value."))
}

/// Where somebody who is nobody we know gets a key's session, and comes back from.
pub fn sign_in_address(uri: &Uri) -> String {
    let from = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut address = "/login?next=".to_owned();
    for byte in next_page(from).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => address.push(byte.into()),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// The page to go on to: `text` where it can only be one of this server, else the first page.
pub fn next_page(text: &str) -> &str {
    let begins_well = text.starts_with('/') && !text.starts_with("//");
    let is_plain = text.len() <= MOST_OF_NEXT && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = text.split(['?', '#']).next().unwrap_or("");
    if begins_well && is_plain && !matches!(path, "/login" | "/logout") { text } else { "/" }
}

/// The page on which a key is given.
pub async fn sign_in_page(
    State(state): State<AppState>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, ApiError> {
    let next = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok();
    let next = next.and_then(|pairs| pairs.0.into_iter().find(|(name, _)| name == "next"));
    let sign_in = SignIn {
        next: next_page(&next.map(|(_, next)| next).unwrap_or_default()).to_owned(),
        failure: None,
        has_keys: state.services.has_keys().await?,
        signed_in_as: visitor.caller.as_ref().map(|caller| caller.key_name.clone()),
    };
    Ok(render_page(&state, visitor.caller, request, move || leptos::prelude::provide_context(sign_in.clone())).await)
}

/// Gives a session for a key, and goes on.
pub async fn sign_in(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts, &state.proxies);
    let origin = parts.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let is_encrypted = client.is_encrypted.unwrap_or_else(|| origin.starts_with("https://"));
    require_own_origin(&parts.uri, &parts.headers, is_encrypted)?;
    let request_id = RequestId::of(&parts.extensions).to_string();
    let (uri, headers) = (parts.uri.clone(), parts.headers.clone());
    let form = read_form(Request::from_parts(parts, body)).await?;
    let field = |name: &str| form.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim());
    let next = next_page(field("next")).to_owned();
    let opened = match Secret::given(field("key")) {
        Err(error) => Err(ServiceError::Unauthorized(format!("this is no access key: {error}"))),
        Ok(secret) => {
            let credentials = Credentials::Key(secret);
            match state.services.authenticate(&credentials, client.address, &request_id).await {
                Ok(Some(caller)) => state.services.open_session(&caller).await,
                Ok(None) => Err(ServiceError::Unauthorized("the access key works no longer".to_owned())),
                Err(error) => Err(error),
            }
        }
    };
    match opened {
        Ok(token) => {
            let cookie = set_cookie(token.expose(), is_encrypted, SESSION_TIME.as_secs())?;
            let location =
                HeaderValue::try_from(next).map_err(|_| ApiError::internal("A page of ours has no address."))?;
            Ok((StatusCode::SEE_OTHER, [(LOCATION, location), (SET_COOKIE, cookie)]).into_response())
        }
        Err(error) if error.status() >= 500 => Err(error.into()),
        Err(error) => {
            let failure = sentence(&error);
            let has_keys = state.services.has_keys().await?;
            let sign_in = SignIn { next, failure: Some(failure), has_keys, signed_in_as: None };
            let page = page_of_form(uri, headers);
            let render = render_page(&state, None, page, move || leptos::prelude::provide_context(sign_in.clone()));
            let mut response = render.await;
            *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED);
            if let Some(wait) = error.retry_after() {
                response.headers_mut().insert("retry-after", HeaderValue::from(wait.as_secs().max(1)));
            }
            Ok(response)
        }
    }
}

/// Ends the session.
pub async fn sign_out(State(state): State<AppState>, visitor: Visitor) -> Result<Response, ApiError> {
    if let (Some(caller), Some(credentials)) = (&visitor.caller, &visitor.credentials) {
        state.services.close_session(caller, credentials).await?;
    }
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/login"))]).into_response();
    for is_encrypted in [false, true] {
        response.headers_mut().append(SET_COOKIE, set_cookie("", is_encrypted, 0)?);
    }
    Ok(response)
}

/// Why something was refused, as a page says it.
pub fn sentence(error: &ServiceError) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The fields of a form.
pub async fn read_form(request: Request) -> Result<Vec<(String, String)>, ApiError> {
    match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(fields)) => Ok(fields),
        Err(rejection) => Err(match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::unsupported_media_type(
                "`Content-Type` is not `application/x-www-form-urlencoded`, which a form's is.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::body_too_large("The form is larger than any here."),
            _ => ApiError::malformed("The form cannot be read."),
        }),
    }
}
