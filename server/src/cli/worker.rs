//! `foliocast worker`: computes what servers take on; asked, it tells how it is.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Failure;
use super::output::Output;
use super::process;
use crate::clock::SystemClock;
use crate::config::{BindConfig, ProcessConfig, WatchConfig};
use crate::http::{self, ConnectionLimits};
use crate::service::{ServiceSettings, Services};

/// Arguments of `worker`.
#[derive(Args, Debug)]
pub struct Worker {
    #[command(flatten)]
    watch: WatchConfig,
    #[command(flatten)]
    config: ProcessConfig,
    /// Prints the effective settings, secrets masked, and exits.
    #[arg(long)]
    print_config: bool,
}

impl Worker {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        if self.print_config {
            for (name, value) in self.watch.effective().into_iter().chain(self.config.effective()) {
                output.line(&format!("{name}={value}"))?;
            }
            return Ok(());
        }
        let settings = process::settings(&self.config)?;
        if settings.database.is_none() {
            return Err(Failure::BadInput(
                "a worker beside servers needs a database that they share: set DATABASE_URL=postgres://… for all of them. \
                 With SQLite there is one process, and `foliocast serve` computes itself"
                    .to_owned(),
            ));
        }
        let export = process::begin(&self.config)?;
        process::run(export, work(settings, self.watch.bind(), output))
    }
}

async fn work(settings: ServiceSettings, watch: Option<BindConfig>, output: &mut Output) -> Result<(), Failure> {
    let stop_signal = process::stop_signals()?;
    let listener = match &watch {
        Some(bind) => Some(TcpListener::bind(bind.listen).await.with_context(|| {
            format!("cannot listen on {}; FOLIOCAST_WORKER_LISTEN chooses another port", bind.listen)
        })?),
        None => None,
    };
    let services = Services::open(&settings, Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    let stopping = CancellationToken::new();
    let mut ready = format!("Foliocast computes, {} runs at a time", settings.worker_concurrency);
    if let Some((bind, listener)) = watch.as_ref().zip(listener) {
        if bind.needs_key() && !services.has_usable_key().await.map_err(anyhow::Error::from)? {
            services.shutdown().await;
            return Err(Failure::BadInput(refusal(bind)));
        }
        let address = listener.local_addr().context("the address that it listens on")?;
        let router = http::watch_router(services.clone(), bind, address, stopping.clone());
        tokio::spawn(http::serve(listener, router, ConnectionLimits::default(), stopping.clone()));
        ready = format!("{ready}, and tells how it is at http://{address}");
    }
    output.line(&ready)?;
    tracing::info!(concurrency = settings.worker_concurrency, "ready");
    let signal = stop_signal.await;
    tracing::info!(signal, "stopping: computations under way are handed back");
    stopping.cancel();
    process::shut_down(&services).await;
    tracing::info!("stopped");
    Ok(())
}

/// Why a worker does not tell strangers how it is.
fn refusal(bind: &BindConfig) -> String {
    format!(
        "refusing to listen on {}, which can be reached from other machines, while there is no access key that works. Make \
         one and start again:\n\n    foliocast keys create --name admin --role operator\n\nor tell how it is on this machine \
         alone (FOLIOCAST_WORKER_LISTEN=127.0.0.1:{})",
        bind.listen,
        bind.listen.port(),
    )
}
