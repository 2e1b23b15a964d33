//! What keeps pages of other sites from driving this server, and ours from being abused.

use std::fmt;
use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::error::ApiError;
use crate::config::HostRule;

/// Policy of answers that are no pages: data that must never run as one.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Policy of scripts, styles, fonts and modules. A worker obeys the policy of its own script.
pub const ASSET_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'";

/// Policy of the page at `/api/docs`: its scripts and styles are our files, its icons are data addresses, and the hash is
/// of the one style element its script inserts (a browser names it when it changes). Nothing else is relaxed, and no
/// other page has it.
pub const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Policy of our own pages, with the nonce of this one answer.
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         worker-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// The name and port a request was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(uri::Authority);

impl Authority {
    /// From the request line where it is absolute (HTTP/2 always), else from the one `Host` header.
    ///
    /// # Errors
    /// 400 where it is missing, repeated or no host name.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Result<Self, ApiError> {
        if let Some(authority) = uri.authority() {
            return Ok(Self(authority.clone()));
        }
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(ApiError::malformed("A request must have exactly one `Host` header."));
        };
        let authority = host.to_str().ok().and_then(|text| text.parse::<uri::Authority>().ok());
        match authority {
            Some(authority) if !authority.as_str().contains('@') && !authority.host().is_empty() => Ok(Self(authority)),
            _ => Err(ApiError::malformed("The `Host` header is not a host name with an optional port.")),
        }
    }

    /// The name, in brackets for IPv6.
    pub fn host(&self) -> &str {
        self.0.host()
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a host name can only mean this machine.
pub fn is_loopback_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || literal_address(&host).is_some_and(|ip| ip.is_loopback())
}

/// The address a host name says in figures. An IPv4 address written as IPv6 (`[::ffff:127.0.0.1]`) is that address.
fn literal_address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// The names this server answers to: loopback, the address it listens on (any address in figures, where it listens on
/// all: a hostile page can make its own *name* point here, but not an address), and what the settings add.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    listen: IpAddr,
    rules: Vec<HostRule>,
}

impl AllowedHosts {
    /// For a server listening on `listen`, with the settings' `rules`.
    pub fn new(listen: IpAddr, rules: Vec<HostRule>) -> Self {
        Self { listen: listen.to_canonical(), rules }
    }

    fn allows(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        let by_address = literal_address(&host).is_some_and(|ip| self.listen.is_unspecified() || ip == self.listen);
        by_address
            || is_loopback_name(&host)
            || self.rules.iter().any(|rule| rule.allows(&host, authority.0.port_u16()))
    }
}

/// Middleware: refuses foreign `Host`s, and requests that change something on behalf of another site's page.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match check(&state, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(state: &AppState, request: &Request) -> Result<(), ApiError> {
    let authority = Authority::of(request.uri(), request.headers())?;
    if !state.hosts.allows(&authority) {
        return Err(ApiError::host_not_allowed(format!(
            "This server does not answer to `{authority}`; add the name to FOLIOCAST_ALLOWED_HOSTS if it should."
        )));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    if let Some(site) = request.headers().get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return Err(ApiError::foreign_origin(format!(
            "A page of another site may not change anything here (`Sec-Fetch-Site: {}`).",
            site.to_str().unwrap_or("?")
        )));
    }
    match request.headers().get(ORIGIN) {
        Some(origin) if !is_own_origin(origin, &authority) => Err(ApiError::foreign_origin(format!(
            "A page of `{}` may not change anything on `{authority}`.",
            origin.to_str().unwrap_or("?")
        ))),
        _ => Ok(()),
    }
}

/// Refuses a request that stands on a cookie, which a browser sends whoever asked it to, unless the browser says that our
/// own page asked. `is_encrypted` is whether that page was.
///
/// # Errors
/// 403.
pub fn require_own_origin(uri: &Uri, headers: &HeaderMap, is_encrypted: bool) -> Result<(), ApiError> {
    let authority = Authority::of(uri, headers)?;
    let is_own = match headers.get(ORIGIN) {
        Some(origin) => {
            let is_plain = origin.as_bytes().starts_with(b"http://");
            is_own_origin(origin, &authority) && !(is_encrypted && is_plain)
        }
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin" || site == "none"),
    };
    if is_own {
        return Ok(());
    }
    Err(ApiError::foreign_origin(
        "With a session, only pages of this server may change anything: `Origin` or `Sec-Fetch-Site` must say so. Programs \
         send a key instead.",
    ))
}

fn is_own_origin(origin: &HeaderValue, authority: &Authority) -> bool {
    let text = origin.to_str().unwrap_or("");
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(authority.0.as_str()))
}

/// Middleware: the headers every answer carries; the strictest content security policy unless the answer has its own.
pub async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(DATA_POLICY));
    // What is of one caller is nobody's to keep, unless the answer says otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
