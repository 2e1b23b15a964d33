//! On whose behalf a request runs. The only place that makes a [`Caller`].

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, FORWARDED};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use foliocast_app::service::{Caller, Role};

use super::AppState;
use super::client::Client;
use super::error::ApiError;
use super::request::RequestId;
use super::security::{Authority, is_loopback_name, require_own_origin};
use super::session::{SessionCookie, session_cookie};
use crate::auth::Secret;
use crate::service::{Credentials, DEFAULT_TENANT};
use crate::store::{THIS_MACHINE, THIS_NETWORK};
use crate::telemetry::note;

/// Who counts as an operator while no key exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Requests that certainly come from this machine: the server listens on loopback, the `Host` is loopback, and no
    /// proxy speaks for somebody else.
    ThisMachine,
    /// Everyone who reaches the server (`--insecure`).
    Everyone,
}

impl Access {
    /// The rule for a server that listens on `address`; whether it may start there without a key is
    /// [`crate::config::BindConfig::needs_key`]'s to say.
    pub fn for_address(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() { Self::ThisMachine } else { Self::Everyone }
    }
}

/// The caller of a request, as an extractor: 401 for nobody.
#[derive(Clone, Debug)]
pub struct Asker(pub Caller);

impl FromRequestParts<AppState> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        visitor.caller.map(Self).ok_or_else(|| {
            ApiError::unauthorized(
                "This needs an access key: send it as `Authorization: Bearer …`, or sign in at /login.",
            )
        })
    }
}

/// Whoever makes a request that anybody may make, as an extractor: a caller, or nobody we know. A key that is none is
/// refused here too.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who it is.
    pub caller: Option<Caller>,
    /// What was shown.
    pub credentials: Option<Credentials>,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let client = Client::of(parts, &state.proxies);
        let request_id = RequestId::of(&parts.extensions).to_string();
        if !state.services.has_keys().await? {
            // A cookie here is another server's of the same machine: cookies know no ports.
            let caller = without_keys(parts, state, client.address, request_id).await?;
            note_caller(&caller);
            return Ok(Self { caller: Some(caller), credentials: None });
        }
        let cookie = session_cookie(&parts.headers, client.is_encrypted);
        let credentials = match (bearer(&parts.headers)?, &cookie) {
            // Whoever sends a key means it: it does not fall back to a cookie.
            (Some(key), _) => Some(Credentials::Key(key)),
            (None, Some(SessionCookie { token, .. })) => Some(Credentials::Session(token.clone())),
            (None, None) => None,
        };
        let Some(credentials) = credentials else { return Ok(Self { caller: None, credentials: None }) };
        let caller = state.services.authenticate(&credentials, client.address, &request_id).await?;
        if let (Credentials::Session(_), Some(_), Some(cookie)) = (&credentials, &caller, &cookie)
            && !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS)
        {
            require_own_origin(&parts.uri, &parts.headers, cookie.is_encrypted)?;
        }
        if let Some(caller) = &caller {
            note_caller(caller);
        }
        Ok(Self { caller, credentials: Some(credentials) })
    }
}

/// For the request's line in the log.
fn note_caller(caller: &Caller) {
    note(|trail| {
        trail.tenant = Some(caller.tenant.clone());
        trail.key_name = Some(caller.key_name.clone());
    });
}

/// The key that a request shows; `None` where it shows none.
fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ApiError::malformed("A request must have at most one `Authorization` header."));
    }
    let (scheme, text) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let key = Some(text.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    // Never what was sent: it may be a key of somewhere else.
    let refused = || ApiError::unauthorized("`Authorization` is not `Bearer` followed by one access key.");
    key.and_then(|key| Secret::given(key).ok()).map(Some).ok_or_else(refused)
}

/// The caller while no key exists.
async fn without_keys(
    parts: &Parts,
    state: &AppState,
    address: Option<IpAddr>,
    request_id: String,
) -> Result<Caller, ApiError> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return Err(ApiError::unauthorized(
            "This installation has no access keys, so the one in `Authorization` is not one of them; leave the header out.",
        ));
    }
    let key_name = match state.access {
        Access::ThisMachine => {
            only_this_machine(parts)?;
            THIS_MACHINE
        }
        Access::Everyone => THIS_NETWORK,
    };
    let caller = Caller {
        tenant: DEFAULT_TENANT.to_owned(),
        role: Role::Operator,
        key_name: key_name.to_owned(),
        address,
        request_id,
    };
    state.services.admit(&caller).await?;
    Ok(caller)
}

fn only_this_machine(parts: &Parts) -> Result<(), ApiError> {
    let authority = Authority::of(&parts.uri, &parts.headers)?;
    if !is_loopback_name(authority.host()) {
        return Err(ApiError::unauthorized(format!(
            "Without access keys only requests from this machine are answered, and `{authority}` is not a name of this machine; use http://127.0.0.1 or http://localhost.",
        )));
    }
    if let Some(header) = proxy_header(&parts.headers) {
        return Err(ApiError::unauthorized(format!(
            "Without access keys only requests from this machine are answered, and `{header}` says that a proxy speaks for somebody else.",
        )));
    }
    Ok(())
}

/// The header by which a proxy names the client it speaks for.
fn proxy_header(headers: &HeaderMap) -> Option<&str> {
    let is_proxys = |name: &&axum::http::HeaderName| **name == FORWARDED || name.as_str().starts_with("x-forwarded-");
    headers.keys().find(is_proxys).map(|name| name.as_str())
}
