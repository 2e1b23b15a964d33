//! Where spans of requests and jobs go.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;
use clap::Args;

use super::access::SecretText;

/// Where spans of requests and jobs go.
#[derive(Args, Clone, Debug)]
pub struct TraceConfig {
    /// Collector that takes spans of requests and jobs, by OTLP over HTTP: `http://host:4318` or `https://…`, to which
    /// `/v1/traces` is added. None where empty.
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        value_name = "URL",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    otlp_endpoint: SecretText,
}

impl TraceConfig {
    /// The collector, where one is set.
    ///
    /// # Errors
    /// What is wrong with it, without its text, which may hold a password.
    pub fn otlp_endpoint(&self) -> Result<Option<OtlpEndpoint>, String> {
        match self.otlp_endpoint.expose().trim() {
            "" => Ok(None),
            url => url.parse().map(Some).map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")),
        }
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let shown = match self.otlp_endpoint() {
            Ok(endpoint) => endpoint.map(|endpoint| endpoint.to_string()).unwrap_or_default(),
            Err(_) => "***".to_owned(),
        };
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", shown)]
    }
}

/// The address of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpEndpoint {
    /// Without a `/` at its end.
    base: String,
}

impl OtlpEndpoint {
    /// Where it takes spans.
    pub fn traces(&self) -> String {
        format!("{}/v1/traces", self.base)
    }
}

impl fmt::Display for OtlpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// A text that names no collector. Says nothing of what may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{fault} in an address of {length} characters that are not shown here; expected `http://host:4318` or `https://host`, \
     with or without a path. What lets this program in there belongs into OTEL_EXPORTER_OTLP_HEADERS"
)]
pub struct ParseOtlpEndpointError {
    fault: &'static str,
    length: usize,
}

impl FromStr for OtlpEndpoint {
    type Err = ParseOtlpEndpointError;

    fn from_str(text: &str) -> Result<Self, ParseOtlpEndpointError> {
        let fault = |fault| ParseOtlpEndpointError { fault, length: text.chars().count() };
        let url: Uri = text.parse().map_err(|_| fault("something that no address has"))?;
        if !matches!(url.scheme_str(), Some("http" | "https")) {
            return Err(fault("neither `http://` nor `https://` at the beginning"));
        }
        let authority = url.authority().ok_or_else(|| fault("no host"))?;
        if authority.as_str().contains('@') {
            return Err(fault("a user or a password"));
        }
        if authority.host().is_empty() {
            return Err(fault("no host"));
        }
        if url.query().is_some() || text.contains('#') {
            return Err(fault("a `?` or `#`"));
        }
        Ok(Self { base: text.trim_end_matches('/').to_owned() })
    }
}
