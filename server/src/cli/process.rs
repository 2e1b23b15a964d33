//! What `serve` and `worker` have in common: what they are told, and how they end.

use std::time::Duration;

use anyhow::Context as _;
use clap::CommandFactory as _;
use tokio::signal::unix::{SignalKind, signal};

use super::{Cli, Failure};
use crate::config::{ProcessConfig, without_effect};
use crate::queue::QueueSettings;
use crate::redis::RedisSettings;
use crate::service::{ServiceSettings, Services};
use crate::store::postgres::DatabaseSettings;
use crate::telemetry::Export;

/// After the signal to stop: how long handing back work may take.
const HAND_BACK_TIME: Duration = Duration::from_secs(20);

/// The settings of a process, as its flags and variables say.
///
/// # Errors
/// What is wrong with them, without their secrets.
pub fn settings(config: &ProcessConfig) -> Result<ServiceSettings, Failure> {
    let database = config.database.database_url().map_err(Failure::BadInput)?;
    let redis = config.redis.redis_url().map_err(Failure::BadInput)?;
    let queue = config.redis.queue_redis_url().map_err(Failure::BadInput)?;
    let ttl = Duration::from_secs(config.redis.redis_ttl_seconds.into());
    Ok(ServiceSettings {
        database: database
            .map(|url| DatabaseSettings { url, connections: config.database.database_connections.into() }),
        redis: redis.map(|url| RedisSettings { ttl, ..RedisSettings::at(url) }),
        queue: queue.map(QueueSettings::at),
        memory_cache_bytes: config.storage.memory_cache_bytes,
        durable_limits: config.storage.durable_limits(),
        worker_concurrency: config.compute.worker_concurrency.into(),
        max_deal_draws: config.compute.max_deal_draws,
        worker_timeout: Duration::from_millis(config.compute.worker_timeout_ms),
        ..ServiceSettings::in_dir(&config.storage.data_dir)
    })
}

/// Starts the log, which then has what of the environment has no effect, and the export of spans where one is set.
///
/// # Errors
/// Settings of either that are none.
pub fn begin(config: &ProcessConfig) -> Result<Option<Export>, Failure> {
    let endpoint = config.traces.otlp_endpoint().map_err(Failure::BadInput)?;
    config.logging.install().map_err(|error| Failure::BadInput(format!("RUST_LOG: {error}")))?;
    for warning in settings_without_effect() {
        tracing::warn!("{warning}");
    }
    let export = endpoint.as_ref().map(Export::start).transpose();
    export.map_err(|error| Failure::BadInput(format!("spans cannot be exported as the variables OTEL_… say: {error}")))
}

/// Runs a process to its end, on threads of its own, and then ends the export of its spans.
///
/// # Errors
/// Its own, and that there are no threads.
pub fn run(export: Option<Export>, process: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let result = runtime.block_on(process);
    // Whatever still runs after the bounds that a stop has does not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Some(export) = export {
        export.finish();
    }
    result
}

/// Stops the services, within a bound.
pub async fn shut_down(services: &Services) {
    if tokio::time::timeout(HAND_BACK_TIME, services.shutdown()).await.is_err() {
        tracing::warn!(
            "work under way was not handed back in {} s; another process, or the next start, takes it up",
            HAND_BACK_TIME.as_secs()
        );
    }
}

/// Ends with the name of the first signal that asks to stop.
pub fn stop_signals() -> anyhow::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// What the environment sets and nothing here reads.
fn settings_without_effect() -> Vec<String> {
    let command = Cli::command();
    // Workers and servers side by side have one environment: what only the others read is known to each.
    let asked = ["serve", "worker"].into_iter().filter_map(|name| command.find_subcommand(name));
    let known = asked.flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_env);
    let known: Vec<&str> = known.filter_map(std::ffi::OsStr::to_str).collect();
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    without_effect(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())), &known)
}
