//! The `foliocast` program.

use std::process::ExitCode;

use clap::Parser;
use foliocast::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
