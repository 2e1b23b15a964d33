//! `foliocast serve`: the server, from its settings to its last answer.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use foliocast_app::default_run::DefaultRun;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::output::Output;
use super::{Failure, process};
use crate::auth::Secret;
use crate::clock::SystemClock;
use crate::config::{ServerConfig, WarmConfig};
use crate::http::{self, ConnectionLimits};
use crate::service::{Bootstrapped, LimitSettings, ServiceSettings, Services, WarmStart};
use crate::store::sqlite::DATABASE;

/// After the signal to stop: how long answers under way may take.
const DRAIN_TIME: Duration = Duration::from_secs(10);

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
        let (bind, process) = (&self.config.bind, &self.config.process);
        let bootstrap_key = self.config.access.bootstrap_key().map_err(Failure::BadInput)?;
        let settings = ServiceSettings {
            run_workers: !self.config.no_workers,
            limits: LimitSettings {
                requests_per_minute: limit(self.config.access.max_requests_per_minute),
                deal_draws_per_minute: limit(self.config.access.max_deal_draws_per_minute),
            },
            ..process::settings(process)?
        };
        // Whether there is one in a database that is shared shows when it is open.
        let may_have_key =
            bootstrap_key.is_some() || settings.database.is_some() || process.storage.data_dir.join(DATABASE).exists();
        if bind.needs_key() && !may_have_key {
            return Err(Failure::BadInput(bind.refusal(Some(&process.storage.data_dir))));
        }
        let warm_start = warm_start(&self.config.warm)?;
        let export = process::begin(process)?;
        process::run(export, serve(&self.config, &settings, bootstrap_key.as_ref(), warm_start, output))
    }
}

async fn serve(
    config: &ServerConfig,
    settings: &ServiceSettings,
    bootstrap_key: Option<&Secret>,
    warm_start: Option<WarmStart>,
    output: &mut Output,
) -> Result<(), Failure> {
    // Signals count from here on, so that a stop during the start is a clean one too.
    let shutdown = CancellationToken::new();
    let stop_signal = process::stop_signals()?;
    let listen = config.bind.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; is another server running there? FOLIOCAST_LISTEN chooses another port")
    })?;
    let address = listener.local_addr()?;
    // Computed here, so that no request computes it or waits for it on the threads that answer.
    DefaultRun::of_this_process();
    let services = Services::open(settings, Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    if let Some(refusal) = let_in(config, settings, bootstrap_key, &services).await? {
        drop(listener);
        services.shutdown().await;
        return Err(Failure::BadInput(refusal));
    }
    let proxies = config.access.proxy_rules();
    let router = http::router(services.clone(), &config.bind, proxies, address, shutdown.clone());
    if !http::has_interface() {
        tracing::warn!("this program was built without its interface: pages have no styles and no scripts");
    }
    if config.no_workers && !services.is_shared() {
        tracing::warn!("--no-workers: jobs are taken on but not computed until a server without it starts here");
    }
    output.line(&format!("Foliocast is ready at {}", url(address)))?;
    tracing::info!(%address, "ready");
    if let Some(start) = warm_start {
        let services = services.clone();
        tokio::spawn(async move { services.warm_on_start(start).await });
    }

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
    process::shut_down(&services).await;
    if let Some(served) = served {
        served.context("the server's task")?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// What the server is to make ready, if anything.
fn warm_start(config: &WarmConfig) -> Result<Option<WarmStart>, Failure> {
    let refused = |file: &Path, error: &dyn std::fmt::Display| {
        Failure::BadInput(format!("FOLIOCAST_WARM_ON_START: {}: {error}", file.display()))
    };
    let text = match config.file() {
        Some(file) => Some(std::fs::read_to_string(file).map_err(|error| refused(file, &error))?),
        None => None,
    };
    if text.is_none() && config.warm_most_asked == 0 {
        return Ok(None);
    }
    let start = WarmStart::new(text.as_deref(), config.warm_most_asked);
    start.map(Some).map_err(|errors| refused(config.file().unwrap_or(Path::new("")), &errors))
}

/// Makes the settings' key where it is the first, and says who is let in; why the server must not start, if it must not.
async fn let_in(
    config: &ServerConfig,
    settings: &ServiceSettings,
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
        let data_dir = settings.database.is_none().then_some(settings.data_dir.as_path());
        return Ok(Some(config.bind.refusal(data_dir)));
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

/// A limit of the settings, where 0 is none.
fn limit(number: u64) -> Option<u64> {
    Some(number).filter(|number| *number > 0)
}

/// An address people can open: a server on all addresses is reached on this machine's own.
fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
