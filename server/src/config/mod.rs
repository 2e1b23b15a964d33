//! Settings of `serve` and `worker`: a file per concern. Each is an environment variable and a flag; the flag wins.

mod access;
mod bind;
mod compute;
mod database;
mod logging;
mod redis;
mod storage;
mod traces;
mod unknown;
mod warm;
mod watch;

use clap::Args;

pub use self::redis::{ParseRedisUrlError, RedisConfig, RedisUrl};
pub use access::{AccessConfig, ParseProxyRuleError, ProxyRule, SecretText};
pub use bind::{BindConfig, HostRule, ParseHostRuleError};
pub use compute::ComputeConfig;
pub use database::{DatabaseConfig, DatabaseUrl, ParseDatabaseUrlError};
pub use logging::{LogConfig, LogFormat};
pub use storage::StorageConfig;
pub use traces::{OtlpEndpoint, ParseOtlpEndpointError, TraceConfig};
pub use unknown::without_effect;
pub use warm::WarmConfig;
pub use watch::WatchConfig;

/// All settings of `serve`.
#[derive(Args, Clone, Debug)]
pub struct ServerConfig {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub bind: BindConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub access: AccessConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub process: ProcessConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub warm: WarmConfig,
    /// Take jobs on, but compute none: they wait until another server or a worker on the same data computes.
    #[arg(long)]
    pub no_workers: bool,
}

impl ServerConfig {
    /// The effective settings, by environment variable, secrets masked.
    pub fn effective(&self) -> Vec<(&'static str, String)> {
        let mut settings = self.bind.effective();
        settings.extend(self.access.effective());
        settings.push(("--no-workers", self.no_workers.to_string()));
        settings.extend(self.process.effective());
        settings.extend(self.warm.effective());
        settings
    }
}

/// What a server and a worker are both told: where results are, and how they are made.
#[derive(Args, Clone, Debug)]
pub struct ProcessConfig {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub storage: StorageConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub database: DatabaseConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub redis: RedisConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub compute: ComputeConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub logging: LogConfig,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub traces: TraceConfig,
}

impl ProcessConfig {
    /// The effective settings, by environment variable, secrets masked.
    pub fn effective(&self) -> Vec<(&'static str, String)> {
        let mut settings = self.storage.effective();
        settings.extend(self.database.effective());
        settings.extend(self.redis.effective());
        settings.extend(self.compute.effective());
        settings.extend(self.logging.effective());
        settings.extend(self.traces.effective());
        settings
    }
}
