//! Where the server listens, and for which names it answers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::str::FromStr;

use clap::Args;

/// Where the server listens, and for which names it answers.
#[derive(Args, Clone, Debug)]
pub struct BindConfig {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "FOLIOCAST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Further host names this server answers to, separated by commas: `name` (any port) or `name:port`.
    #[arg(long, env = "FOLIOCAST_ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOSTS", value_parser = parse_host_rules)]
    pub allowed_hosts: Vec<HostRules>,
    /// Serve without access keys on an address that others can reach: everyone who reaches it is an operator.
    #[arg(long)]
    pub insecure: bool,
}

/// The rules of one element of the list: none for an empty text, so that an empty variable means an empty list.
pub type HostRules = Option<HostRule>;

pub(super) fn parse_host_rules(text: &str) -> Result<HostRules, ParseHostRuleError> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// A host name to answer to, with or without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    host: String,
    port: Option<u16>,
}

impl HostRule {
    /// Whether a request for `host` (lower case) and `port` falls under the rule.
    pub fn allows(&self, host: &str, port: Option<u16>) -> bool {
        self.host == host && (self.port.is_none() || self.port == port)
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A text that is no host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseHostRuleError(String);

impl fmt::Display for ParseHostRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a host; expected `name`, `name:port`, `192.0.2.1` or `[2001:db8::1]`, without scheme, path or wildcard",
            self.0
        )
    }
}

impl std::error::Error for ParseHostRuleError {}

impl FromStr for HostRule {
    type Err = ParseHostRuleError;

    fn from_str(text: &str) -> Result<Self, ParseHostRuleError> {
        let error = || ParseHostRuleError(text.to_owned());
        let authority: axum::http::uri::Authority = text.parse().map_err(|_| error())?;
        if text.contains(['@', '*']) || authority.host().is_empty() {
            return Err(error());
        }
        let port = match text.strip_prefix(authority.host()) {
            Some("") => None,
            _ => Some(authority.port_u16().ok_or_else(error)?),
        };
        Ok(Self { host: authority.host().to_ascii_lowercase(), port })
    }
}

impl BindConfig {
    /// The host rules of the list.
    pub fn host_rules(&self) -> impl Iterator<Item = &HostRule> {
        self.allowed_hosts.iter().flatten()
    }

    /// Whether the server may start only where a key works: others can reach it, and nobody said that they may.
    pub fn needs_key(&self) -> bool {
        !self.listen.ip().to_canonical().is_loopback() && !self.insecure
    }

    /// Why a server that [needs a key](Self::needs_key) must not start without, and how to mend it.
    pub fn refusal(&self, data_dir: Option<&Path>) -> String {
        // Where a database is shared, the command reads its address from where this process did.
        let place = data_dir.map(|dir| format!(" --data-dir {}", dir.display())).unwrap_or_default();
        format!(
            "refusing to listen on {}: {} can be reached from other machines, and there is no access key that works. Make \
             one and start again:\n\n    foliocast keys create --name admin --role operator{place}\n\nor listen \
             on this machine alone (FOLIOCAST_LISTEN=127.0.0.1:{}), or pass --insecure if only people you trust can reach \
             this address",
            self.listen,
            describe(self.listen.ip()),
            self.listen.port(),
        )
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let hosts: Vec<String> = self.host_rules().map(ToString::to_string).collect();
        vec![
            ("FOLIOCAST_LISTEN", self.listen.to_string()),
            ("FOLIOCAST_ALLOWED_HOSTS", hosts.join(",")),
            ("--insecure", self.insecure.to_string()),
        ]
    }
}

fn describe(address: IpAddr) -> String {
    if address.is_unspecified() { "every address of this machine".to_owned() } else { address.to_string() }
}
