//! `foliocast verify`: recompute what a server or a file claims, and compare.

mod file;
mod remote;
mod report_file;

use std::path::Path;

use clap::Args;
use foliocast_core::scenario::num_blocks;
use uuid::Uuid;

use super::Failure;
use super::output::Output;

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The address of a run or a matrix (`http://…/api/runs/…`, `http://…/runs/…`, `http://…/api/matrices/…`), an
    /// `.fcm` file, or a report (`.html`). A server that needs an access key is asked with the one in FOLIOCAST_KEY.
    #[arg(value_name = "RUN_OR_MATRIX_URL_OR_FILE")]
    target: String,
    /// Recomputes this many random blocks instead of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    blocks: Option<u32>,
}

/// What was compared, and what differs.
struct Report {
    /// What agrees, in words.
    agreed: Vec<String>,
    /// What differs, with both sides.
    differences: Vec<String>,
    /// What nothing here could be compared with.
    unchecked: Vec<String>,
}

impl Report {
    fn new() -> Self {
        Self { agreed: Vec::new(), differences: Vec::new(), unchecked: Vec::new() }
    }

    /// Compares one thing.
    fn compare(&mut self, what: &str, claimed: &dyn std::fmt::Display, recomputed: &dyn std::fmt::Display) {
        let (claimed, recomputed) = (claimed.to_string(), recomputed.to_string());
        if claimed == recomputed {
            self.agreed.push(what.to_owned());
        } else {
            self.differences.push(format!("{what}: claimed {claimed}, recomputed {recomputed}"));
        }
    }
}

impl Verify {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let is_url = self.target.starts_with("http://") || self.target.starts_with("https://");
        let report = if is_url {
            remote::verify(&self.target, self.blocks)?
        } else if report_file::is_one(Path::new(&self.target)) {
            report_file::verify(Path::new(&self.target), self.blocks)?
        } else {
            file::verify(Path::new(&self.target), self.blocks)?
        };
        for line in &report.agreed {
            output.line(&format!("same: {line}"))?;
        }
        for line in &report.unchecked {
            output.line(&format!("not compared: {line}"))?;
        }
        for line in &report.differences {
            output.line(&format!("DIFFERENT: {line}"))?;
        }
        match report.differences.len() {
            0 => Ok(output.line("verified: every bit that was recomputed is the same")?),
            count => Err(anyhow::anyhow!("{count} {} from what was recomputed", plural(count)).into()),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "thing differs" } else { "things differ" }
}

/// Which of a matrix's blocks to recompute: all, or `wanted` random ones, in order. Random, so that nobody can prepare
/// for it.
fn choose_blocks(num_scenarios: u32, wanted: Option<u32>) -> Vec<u32> {
    let blocks = num_blocks(num_scenarios);
    let Some(wanted) = wanted.filter(|&wanted| wanted < blocks) else { return (0..blocks).collect() };
    // Blocks in the order of a keyed hash are in random order; the key is the random part of a fresh id.
    let key = blake3::hash(Uuid::now_v7().as_bytes());
    let rank = |block: &u32| *blake3::keyed_hash(key.as_bytes(), &block.to_le_bytes()).as_bytes();
    let mut all: Vec<u32> = (0..blocks).collect();
    all.select_nth_unstable_by_key(wanted as usize, rank);
    all.truncate(wanted as usize);
    all.sort_unstable();
    all
}
