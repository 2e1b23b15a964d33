//! What is logged, and how it looks.

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged, and how it looks. Logs go to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogConfig {
    /// What is logged: `info`, `debug`, `foliocast=debug,info` …
    #[arg(long, env = "RUST_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
    /// How a line looks.
    #[arg(long, env = "FOLIOCAST_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl LogConfig {
    /// Starts logging for the rest of the process.
    ///
    /// # Errors
    /// A filter that cannot be read.
    pub fn install(&self) -> Result<(), tracing_subscriber::filter::ParseError> {
        // What is worth telling of the job queue is told by this program: the library's own lines hold what others wrote.
        let filter = EnvFilter::builder().parse(format!("bullmq_rs=off,{}", self.log))?;
        let colours = std::io::stderr().is_terminal();
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
        match self.log_format {
            LogFormat::Text => builder.init(),
            LogFormat::Json => builder.json().flatten_event(true).init(),
        }
        Ok(())
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        vec![("RUST_LOG", self.log.clone()), ("FOLIOCAST_LOG_FORMAT", format.to_owned())]
    }
}
