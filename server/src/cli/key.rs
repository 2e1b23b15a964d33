//! `foliocast key`: the names of what a configuration would make.

use std::path::PathBuf;

use clap::Args;
use foliocast_core::scenario::Limits;

use super::Failure;
use super::input::read_config;
use super::output::Output;

/// Arguments of `key`.
#[derive(Args, Debug)]
pub struct Key {
    /// The configuration; `-` is standard input.
    #[arg(value_name = "CONFIG.json")]
    config: PathBuf,
}

impl Key {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        // A key names what could be computed anywhere, so only the model's own limits count.
        let limits = Limits { max_deal_draws: u64::MAX, ..Limits::default() };
        let config = read_config(&self.config, &limits)?;
        let keys = serde_json::json!({ "matrixKey": config.matrix_key(), "runKey": config.run_key() });
        Ok(output.line(&keys.to_string())?)
    }
}
