//! Where a worker tells how it is.

use std::net::SocketAddr;

use clap::Args;

use super::BindConfig;
use super::bind::{HostRules, parse_host_rules};

/// Where a worker tells how it is.
#[derive(Args, Clone, Debug)]
pub struct WatchConfig {
    /// Address and port on which the worker answers /healthz, /readyz and /metrics; port 0 takes a free one. Without, it
    /// answers nothing.
    #[arg(long, env = "FOLIOCAST_WORKER_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Further host names it answers to, separated by commas: `name` (any port) or `name:port`.
    #[arg(long, env = "FOLIOCAST_ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOSTS", value_parser = parse_host_rules)]
    pub allowed_hosts: Vec<HostRules>,
}

impl WatchConfig {
    /// The same as a server has it; `None` where nothing is answered.
    pub fn bind(&self) -> Option<BindConfig> {
        let listen = self.listen?;
        Some(BindConfig { listen, allowed_hosts: self.allowed_hosts.clone(), insecure: false })
    }

    /// The effective settings, by environment variable.
    pub fn effective(&self) -> Vec<(&'static str, String)> {
        let hosts: Vec<String> = self.allowed_hosts.iter().flatten().map(ToString::to_string).collect();
        vec![
            ("FOLIOCAST_WORKER_LISTEN", self.listen.map(|listen| listen.to_string()).unwrap_or_default()),
            ("FOLIOCAST_ALLOWED_HOSTS", hosts.join(",")),
        ]
    }
}
