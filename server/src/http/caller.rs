//! On whose behalf a request runs. The only place that makes a [`Caller`].

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, FORWARDED};
use axum::http::request::Parts;
use foliocast_app::service::{Caller, Role};

use super::AppState;
use super::error::ApiError;
use super::request::RequestId;
use super::security::{Authority, is_loopback_name};

/// The tenant of an installation without keys.
const DEFAULT_TENANT: &str = "default";

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
    /// The rule for a server that listens on `address`; whether it may start at all is
    /// [`crate::config::BindConfig::refusal`]'s to say.
    pub fn for_address(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() { Self::ThisMachine } else { Self::Everyone }
    }
}

/// The caller of a request, as an extractor.
#[derive(Clone, Debug)]
pub struct Asker(pub Caller);

impl FromRequestParts<AppState> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Err(ApiError::unauthorized(
                "This installation has no access keys, so the one in `Authorization` is not one of them; leave the header out.",
            ));
        }
        if state.access == Access::ThisMachine {
            only_this_machine(parts)?;
        }
        Ok(Self(Caller {
            tenant: DEFAULT_TENANT.to_owned(),
            role: Role::Operator,
            request_id: RequestId::of(&parts.extensions).to_string(),
        }))
    }
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
