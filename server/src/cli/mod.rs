//! The command line: a file per command.
//!
//! Exit codes: 0 done, 1 something failed or differs, 2 bad usage or input.

mod input;
mod key;
mod keys;
mod migrate;
mod output;
mod process;
mod progress;
mod serve;
mod simulate;
mod table;
mod verify;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::output::Output;

/// What a portfolio could return, and the proof.
#[derive(Parser, Debug)]
#[command(name = "foliocast", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the interface and the API, and compute.
    Serve(serve::Serve),
    /// Compute what servers on the same PostgreSQL take on.
    Worker(worker::Worker),
    /// Run a configuration here, without a server.
    Simulate(simulate::Simulate),
    /// Print the keys of a configuration.
    Key(key::Key),
    /// Make, list and revoke access keys.
    Keys(keys::Keys),
    /// Move everything from a data directory to a PostgreSQL that many processes can share.
    Migrate(migrate::Migrate),
    /// Recompute a run, a matrix or a file of rows, and compare.
    Verify(verify::Verify),
}

/// How a command ended, short of success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit 1: it failed, or found a difference.
    Failed(anyhow::Error),
    /// Exit 2: the input is not usable.
    BadInput(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        let mut output = Output::standard();
        let result = match self.command {
            Command::Serve(command) => command.run(&mut output),
            Command::Worker(command) => command.run(&mut output),
            Command::Simulate(command) => command.run(&mut output),
            Command::Key(command) => command.run(&mut output),
            Command::Keys(command) => command.run(&mut output),
            Command::Migrate(command) => command.run(&mut output),
            Command::Verify(command) => command.run(&mut output),
        };
        let (message, code) = match result {
            Ok(()) => return ExitCode::SUCCESS,
            // Whoever reads our output has seen enough.
            Err(Failure::Failed(error)) if is_broken_pipe(&error) => return ExitCode::SUCCESS,
            Err(Failure::Failed(error)) => (format!("{error:#}"), 1),
            Err(Failure::BadInput(message)) => (message, 2),
        };
        // Standard error may be gone too; the exit code still says it.
        let _ = output.note(&format!("error: {message}"));
        ExitCode::from(code)
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
