//! `foliocast simulate`: a run on this machine, without a server.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Args;
use foliocast_app::api::{self, CacheInfo, ConfigurationSource, Generation, RunLinks, Tier};
use foliocast_core::codec::Header;
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, KERNEL_VERSION, Limits, MAX_KEPT_SCENARIOS, MODEL_VERSION, Matrix, Run, RunOutcome, num_blocks,
};

use super::Failure;
use super::input::read_config;
use super::output::Output;
use super::progress::Progress;
use super::table;
use crate::clock::rfc3339;
use crate::data::{RowFormat, RowWriter};

/// Arguments of `simulate`.
#[derive(Args, Debug)]
pub struct Simulate {
    /// The configuration; `-` is standard input.
    #[arg(value_name = "CONFIG.json")]
    config: PathBuf,
    /// Writes the rows to a file; its name says the format: `.fcm`, `.csv` or `.parquet`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Prints the run as the API does, instead of a table.
    #[arg(long)]
    json: bool,
    /// Threads to compute with; all processors by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Most deal draws (scenarios × deals).
    #[arg(long, env = "FOLIOCAST_MAX_DEAL_DRAWS", default_value_t = Limits::default().max_deal_draws, value_name = "DRAWS")]
    max_deal_draws: u64,
}

impl Simulate {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let began = Instant::now();
        let limits = Limits { max_deal_draws: self.max_deal_draws, ..Limits::default() };
        let format = self.output.as_deref().map(format_of).transpose()?;
        let config = read_config(&self.config, &limits)?;
        if format.is_some() && !config.keeps_rows() {
            return Err(Failure::BadInput(format!(
                "ROWS_NOT_KEPT: above {MAX_KEPT_SCENARIOS} scenarios no rows are kept, and {} are asked for; leave --output out, or ask for fewer",
                config.num_scenarios()
            )));
        }
        let threads = self.threads.map_or_else(available_threads, usize::from);
        let (outcome, duration_ms) = compute(&config, threads)?;
        if let (Some(path), Some(format), Some(matrix)) = (&self.output, format, &outcome.matrix) {
            let header = Header::new(&config, outcome.digest, 0..config.num_scenarios()).context("the rows' header")?;
            write_rows(path, format, &header, matrix).with_context(|| format!("{}", path.display()))?;
        }
        let run = describe(&config, outcome, duration_ms, threads, began);
        let text =
            if self.json { serde_json::to_string(&run).context("the run as JSON")? } else { table::of_run(&run) };
        Ok(output.line(&text)?)
    }
}

/// The format that a file's name asks for.
fn format_of(path: &Path) -> Result<RowFormat, Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    extension.parse().map_err(|_| {
        Failure::BadInput(format!(
            "{}: the name must end in .fcm, .csv or .parquet, which says the format",
            path.display()
        ))
    })
}

fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn compute(config: &Config, threads: usize) -> Result<(RunOutcome, f64), Failure> {
    let progress = Progress::begin("simulating", num_blocks(config.num_scenarios()));
    let began = Instant::now();
    let outcome = Run::new(config).complete(threads, &|now| {
        progress.at(now.blocks_done);
        ControlFlow::Continue(())
    });
    let duration_ms = began.elapsed().as_secs_f64() * 1e3;
    progress.end();
    let outcome = outcome.map_err(|_| anyhow::anyhow!("the run was stopped"))?;
    Ok((outcome, duration_ms))
}

/// Writes beside the target and renames, so that a file of that name is always whole.
fn write_rows(path: &Path, format: RowFormat, header: &Header, matrix: &Matrix) -> std::io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let write = || {
        let mut file = BufWriter::new(File::create(&unfinished)?);
        let mut writer = RowWriter::new(format, header);
        for block in matrix.rows.chunks(BLOCK_ROWS * matrix.columns) {
            file.write_all(&writer.rows(block))?;
        }
        file.write_all(&writer.finish())?;
        file.into_inner()?.sync_all()?;
        std::fs::rename(&unfinished, path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&unfinished);
    })
}

/// The run as the API describes it.
fn describe(config: &Config, outcome: RunOutcome, duration_ms: f64, threads: usize, began: Instant) -> api::Run {
    let (run_key, matrix_key) = (config.run_key(), config.matrix_key());
    let deal_draws = config.deal_draws();
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    api::Run {
        run_key,
        matrix_key,
        digest: outcome.digest,
        summary_digest: outcome.summary_digest,
        model_version: MODEL_VERSION,
        kernel: KERNEL_VERSION,
        configuration: serde_json::from_str(&config.to_canonical_json()).unwrap_or_default(),
        configuration_source: ConfigurationSource::Request,
        num_scenarios: config.num_scenarios(),
        bucket_names: config.buckets().iter().map(|bucket| bucket.name.clone()).collect(),
        cache: CacheInfo {
            hit: false,
            tier: Tier::Computed,
            latency_ms: began.elapsed().as_secs_f64() * 1e3,
            age_seconds: 0,
            unconfirmed: None,
        },
        generation: Generation {
            duration_ms,
            deal_draws,
            draws_per_second: deal_draws as f64 / (duration_ms / 1e3).max(1e-9),
            threads: threads as u32,
        },
        summary: outcome.summary,
        warnings: outcome.warnings,
        created_at: rfc3339(now_ms),
        links: RunLinks {
            self_: format!("/api/runs/{run_key}"),
            matrix: format!("/api/matrices/{matrix_key}"),
            data: format!("/api/matrices/{matrix_key}/data"),
            blocks: format!("/api/matrices/{matrix_key}/blocks"),
            page: format!("/runs/{run_key}"),
        },
    }
}
