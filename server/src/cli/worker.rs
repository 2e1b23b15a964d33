//! `foliocast worker`: computes what servers take on, and answers nothing.

use std::sync::Arc;

use clap::Args;

use super::Failure;
use super::output::Output;
use super::process;
use crate::clock::SystemClock;
use crate::config::ProcessConfig;
use crate::service::{ServiceSettings, Services};

/// Arguments of `worker`.
#[derive(Args, Debug)]
pub struct Worker {
    #[command(flatten)]
    config: ProcessConfig,
    /// Prints the effective settings, secrets masked, and exits.
    #[arg(long)]
    print_config: bool,
}

impl Worker {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        if self.print_config {
            for (name, value) in self.config.effective() {
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
        process::begin(&self.config, "worker")?;
        process::run(work(settings, output))
    }
}

async fn work(settings: ServiceSettings, output: &mut Output) -> Result<(), Failure> {
    let stop_signal = process::stop_signals()?;
    let services = Services::open(&settings, Arc::new(SystemClock)).await.map_err(anyhow::Error::from)?;
    output.line(&format!("Foliocast computes, {} runs at a time", settings.worker_concurrency))?;
    tracing::info!(concurrency = settings.worker_concurrency, "ready");
    let signal = stop_signal.await;
    tracing::info!(signal, "stopping: computations under way are handed back");
    process::shut_down(&services).await;
    tracing::info!("stopped");
    Ok(())
}
