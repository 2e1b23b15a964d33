//! Who is let in, and how much each may ask.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use clap::Args;

use crate::auth::Secret;

/// Who is let in, and how much each may ask.
#[derive(Args, Clone, Debug)]
pub struct AccessConfig {
    /// Text of an operator's key, made at the start if there has never been a key: 32 to 256 visible ASCII characters,
    /// best those of `foliocast keys create`.
    #[arg(
        long,
        env = "FOLIOCAST_BOOTSTRAP_KEY",
        value_name = "KEY",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    bootstrap_key: SecretText,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count, separated by commas: `10.0.0.1` or `10.0.0.0/8`.
    #[arg(long, env = "FOLIOCAST_TRUSTED_PROXIES", value_delimiter = ',', value_name = "ADDRESSES", value_parser = parse_proxies)]
    pub trusted_proxies: Vec<OptionalProxy>,
    /// Requests a minute of each key; 0 for any number.
    #[arg(long, env = "FOLIOCAST_MAX_REQUESTS_PER_MINUTE", default_value_t = 6_000, value_name = "REQUESTS")]
    pub max_requests_per_minute: u64,
    /// Deal draws (scenarios × deals) a minute of each key, of what must be computed; 0 for any number.
    #[arg(long, env = "FOLIOCAST_MAX_DEAL_DRAWS_PER_MINUTE", default_value_t = 20_000_000_000, value_name = "DRAWS")]
    pub max_deal_draws_per_minute: u64,
}

/// A text that is a secret, or is meant to be one: whatever is wrong with it, it is not shown. An empty one is none.
#[derive(Clone, Default)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A rule of the list; none for an empty text.
pub type OptionalProxy = Option<ProxyRule>;

fn parse_proxies(text: &str) -> Result<OptionalProxy, ParseProxyRuleError> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// Addresses of proxies: those whose first `bits` are these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyRule {
    network: IpAddr,
    bits: u8,
}

impl ProxyRule {
    /// Whether an address is one of these.
    pub fn covers(&self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            let rest = width - u32::from(self.bits);
            rest == width || a >> rest == b >> rest
        };
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

impl fmt::Display for ProxyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.bits)
    }
}

/// A text that names no proxies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address or network; expected `192.0.2.1`, `10.0.0.0/8` or `2001:db8::/32`")]
pub struct ParseProxyRuleError(String);

impl FromStr for ProxyRule {
    type Err = ParseProxyRuleError;

    fn from_str(text: &str) -> Result<Self, ParseProxyRuleError> {
        let error = || ParseProxyRuleError(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let network: IpAddr = address.parse().map_err(|_| error())?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| error()))?;
        if bits > width {
            return Err(error());
        }
        Ok(Self { network, bits })
    }
}

impl AccessConfig {
    /// The key to begin with, where one is set.
    ///
    /// # Errors
    /// What is wrong with it, without its text.
    pub fn bootstrap_key(&self) -> Result<Option<Secret>, String> {
        let text = self.bootstrap_key.0.as_str();
        if text.is_empty() {
            return Ok(None);
        }
        let refused = |error| {
            format!(
                "FOLIOCAST_BOOTSTRAP_KEY has {} characters that are not shown here: {error}; `foliocast keys create` prints \
                 one that will do",
                text.chars().count()
            )
        };
        Secret::given(text).map(Some).map_err(refused)
    }

    /// The rules of the list of proxies.
    pub fn proxy_rules(&self) -> Vec<ProxyRule> {
        self.trusted_proxies.iter().flatten().copied().collect()
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let proxies: Vec<String> = self.proxy_rules().iter().map(ToString::to_string).collect();
        vec![
            ("FOLIOCAST_BOOTSTRAP_KEY", if self.bootstrap_key.0.is_empty() { String::new() } else { "***".to_owned() }),
            ("FOLIOCAST_TRUSTED_PROXIES", proxies.join(",")),
            ("FOLIOCAST_MAX_REQUESTS_PER_MINUTE", self.max_requests_per_minute.to_string()),
            ("FOLIOCAST_MAX_DEAL_DRAWS_PER_MINUTE", self.max_deal_draws_per_minute.to_string()),
        ]
    }
}
