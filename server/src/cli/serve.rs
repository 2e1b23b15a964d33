//! `foliocast serve`: the server, from its settings to its last answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use foliocast_app::default_run::DefaultRun;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::output::Output;
use super::{Cli, Failure};
use crate::auth::Secret;
use crate::clock::SystemClock;
use crate::config::{RedisUrl, ServerConfig, Unsupported, check_unsupported};
use crate::http::{self, ConnectionLimits};
use crate::redis::RedisSettings;
use crate::service::{Bootstrapped, LimitSettings, ServiceSettings, Services};
use crate::store::sqlite::DATABASE;

/// After the signal to stop: how long answers under way may take, and how long handing back work may take.
const DRAIN_TIME: Duration = Duration::from_secs(10);
const HAND_BACK_TIME: Duration = Duration::from_secs(20);

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    config: ServerConfig,
    /// Prints the effective settings, secrets masked, and exits.
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        if self.print_config {
            for (name, value) in self.config.effective() {
                output.line(&format!("{name}={value}"))?;
            }
            return Ok(());
        }
        let unsupported = unsupported_settings();
        if !unsupported.refusals.is_empty() {
            return Err(Failure::BadInput(unsupported.refusals.join("\n")));
        }
        let (bind, data_dir) = (&self.config.bind, &self.config.storage.data_dir);
        let bootstrap_key = self.config.access.bootstrap_key().map_err(Failure::BadInput)?;
        let redis = self.config.redis.redis_url().map_err(Failure::BadInput)?;
        let may_have_key = bootstrap_key.is_some() || data_dir.join(DATABASE).exists();
        if bind.needs_key() && !may_have_key {
            return Err(Failure::BadInput(bind.refusal(data_dir)));
        }
        self.config.logging.install().map_err(|error| Failure::BadInput(format!("RUST_LOG: {error}")))?;
        for warning in &unsupported.warnings {
            tracing::warn!("{warning}");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
        let result = runtime.block_on(serve(&self.config, bootstrap_key.as_ref(), redis, output));
        // Whatever still runs after the bounds above does not keep the process.
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    }
}

async fn serve(
    config: &ServerConfig,
    bootstrap_key: Option<&Secret>,
    redis: Option<RedisUrl>,
    output: &mut Output,
) -> Result<(), Failure> {
    // Signals count from here on, so that a stop during the start is a clean one too.
    let shutdown = CancellationToken::new();
    let stop_signal = stop_signals()?;
    let listen = config.bind.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; is another server running there? FOLIOCAST_LISTEN chooses another port")
    })?;
    let address = listener.local_addr()?;
    // Computed here, so that no request computes it or waits for it on the threads that answer.
    DefaultRun::of_this_process();
    let services =
        Services::open(&settings(config, redis), Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    if let Some(refusal) = let_in(config, bootstrap_key, &services).await? {
        drop(listener);
        services.shutdown().await;
        return Err(Failure::BadInput(refusal));
    }
    let proxies = config.access.proxy_rules();
    let router = http::router(services.clone(), &config.bind, proxies, address, shutdown.clone());
    if !http::has_interface() {
        tracing::warn!("this program was built without its interface: pages have no styles and no scripts");
    }
    if config.compute.no_workers {
        tracing::warn!("--no-workers: jobs are taken on but not computed until a server without it starts here");
    }
    output.line(&format!("Foliocast is ready at {}", url(address)))?;
    tracing::info!(%address, data_dir = %config.storage.data_dir.display(), "ready");

    let mut serving = tokio::spawn(http::serve(listener, router, ConnectionLimits::default(), shutdown.clone()));
    let served = tokio::select! {
        served = &mut serving => Some(served),
        signal = stop_signal => {
            tracing::info!(signal, "stopping: no new requests, answers under way are finished");
            None
        }
    };
    shutdown.cancel();
    if served.is_none() && tokio::time::timeout(DRAIN_TIME, &mut serving).await.is_err() {
        tracing::warn!("some answers were not finished in {} s and are cut off", DRAIN_TIME.as_secs());
        serving.abort();
    }
    if tokio::time::timeout(HAND_BACK_TIME, services.shutdown()).await.is_err() {
        tracing::warn!(
            "work under way was not handed back in {} s; the next start takes it up",
            HAND_BACK_TIME.as_secs()
        );
    }
    if let Some(served) = served {
        served.context("the server's task")?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Makes the settings' key where it is the first, and says who is let in; why the server must not start, if it must not.
async fn let_in(
    config: &ServerConfig,
    bootstrap_key: Option<&Secret>,
    services: &Services,
) -> anyhow::Result<Option<String>> {
    if let Some(secret) = bootstrap_key {
        match services.bootstrap(secret).await? {
            Bootstrapped::Made => tracing::info!("made the operator's key `bootstrap` from FOLIOCAST_BOOTSTRAP_KEY"),
            Bootstrapped::Known => {}
            Bootstrapped::WithoutEffect => tracing::warn!(
                "FOLIOCAST_BOOTSTRAP_KEY has no effect: there have been keys before, and it is none that works; unset it"
            ),
        }
    }
    if config.bind.needs_key() && !services.has_usable_key().await? {
        return Ok(Some(config.bind.refusal(&config.storage.data_dir)));
    }
    let listen = config.bind.listen;
    match services.has_keys().await? {
        true if config.bind.insecure => {
            tracing::warn!("--insecure has no effect: there are access keys, and requests need one")
        }
        true => {}
        false if config.bind.insecure && !listen.ip().to_canonical().is_loopback() => {
            tracing::warn!("no access keys and --insecure: everyone who reaches {listen} is an operator");
        }
        false => {
            tracing::info!("no access keys: whoever sits at this machine is an operator, and nobody else is answered")
        }
    }
    Ok(None)
}

/// What the environment asks for and this build cannot do.
fn unsupported_settings() -> Unsupported {
    let command = Cli::command();
    let serve = command.find_subcommand("serve");
    let known = serve.into_iter().flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_env);
    let known: Vec<&str> = known.filter_map(std::ffi::OsStr::to_str).collect();
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    check_unsupported(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())), &known)
}

fn settings(config: &ServerConfig, redis: Option<RedisUrl>) -> ServiceSettings {
    let ttl = Duration::from_secs(config.redis.redis_ttl_seconds.into());
    ServiceSettings {
        memory_cache_bytes: config.storage.memory_cache_bytes,
        run_workers: !config.compute.no_workers,
        worker_concurrency: config.compute.worker_concurrency.into(),
        max_deal_draws: config.compute.max_deal_draws,
        worker_timeout: Duration::from_millis(config.compute.worker_timeout_ms),
        limits: LimitSettings {
            requests_per_minute: limit(config.access.max_requests_per_minute),
            deal_draws_per_minute: limit(config.access.max_deal_draws_per_minute),
        },
        redis: redis.map(|url| RedisSettings { ttl, ..RedisSettings::at(url) }),
        ..ServiceSettings::in_dir(&config.storage.data_dir)
    }
}

/// A limit of the settings, where 0 is none.
fn limit(number: u64) -> Option<u64> {
    Some(number).filter(|number| *number > 0)
}

/// Ends with the name of the first signal that asks to stop.
fn stop_signals() -> anyhow::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// An address people can open: a server on all addresses is reached on this machine's own.
fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
