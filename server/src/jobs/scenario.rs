//! What a computation of a run does: find or make the matrix, summarise it, and write both down.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliocast_app::api::{Generation, JobOutcome, JobResult, RunLinks, RunListing, Tier};
use foliocast_core::codec::{chunk_ranges, encode_chunk};
use foliocast_core::scenario::{
    Config, Digest, KERNEL_VERSION, Limits, MODEL_VERSION, Matrix, MatrixKey, Run, RunKey, RunOutcome, Summary,
    Warning, num_blocks, summarise_matrix_on,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::runtime::Handle;

use super::attempt::Stop;
use super::rows::{RowReader, RowsFailure};
use super::step::Step;
use crate::cache::{LetIn, Room, TierName, Tiers};
use crate::clock::{Clock, rfc3339};
use crate::measure::Measures;
use crate::store::{ArtifactId, Claim, Completion, Kind, Record, RunFacts, Scope, Store, StoreError};

/// How runs are written down: the kernel that made them, and the version of `RunBody`.
pub const RUN_FORMAT: u32 = KERNEL_VERSION << 8 | 1;

/// How matrices are written down: the kernel that made them, and the version of [`MatrixBody`] and of chunks.
pub const MATRIX_FORMAT: u32 = KERNEL_VERSION << 8 | 1;

/// The artifact of a run.
pub fn run_id(key: RunKey) -> ArtifactId {
    ArtifactId { kind: Kind::Run, key: *key.as_bytes(), format: RUN_FORMAT }
}

/// The artifact of a matrix.
pub fn matrix_id(key: MatrixKey) -> ArtifactId {
    ArtifactId { kind: Kind::Matrix, key: *key.as_bytes(), format: MATRIX_FORMAT }
}

/// Body of a run's record: its answer, but for what differs from answer to answer. `warnings` is last, so that an
/// answer can add its own without parsing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunBody<'a> {
    run_key: RunKey,
    matrix_key: MatrixKey,
    digest: Digest,
    summary_digest: Digest,
    model_version: u32,
    kernel: u32,
    configuration: Box<RawValue>,
    num_scenarios: u32,
    bucket_names: Vec<&'a str>,
    generation: Generation,
    summary: &'a Summary,
    created_at: String,
    links: RunLinks,
    warnings: &'a [Warning],
}

/// Body of a matrix's record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixBody {
    /// The keyed part of the configuration, as text.
    pub configuration: String,
    /// What making it took.
    pub generation: Generation,
}

/// Why an attempt gave no result.
#[derive(Debug)]
pub enum Failure {
    /// It was told to stop.
    Stopped,
    /// It can never give one.
    Final(String),
    /// Another attempt may.
    Passing(String),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RowsFailure> for Failure {
    fn from(failure: RowsFailure) -> Self {
        match failure {
            RowsFailure::Store(error) => Self::Store(error),
            different @ RowsFailure::Different(_) => Self::Passing(different.to_string()),
        }
    }
}

/// Told of every step; a break stops the attempt, with the reason.
pub type Report<'a> = &'a (dyn Fn(f64, Step) -> ControlFlow<Stop> + Sync);

/// Makes runs, on the calling thread and `threads` others.
pub struct ScenarioComputer {
    /// Where artifacts are found.
    pub tiers: Arc<Tiers>,
    /// Where chunks are kept.
    pub store: Arc<dyn Store>,
    /// Whether there is room for them.
    pub room: Arc<Room>,
    /// Where it is counted.
    pub measures: Arc<Measures>,
    /// When it is.
    pub clock: Arc<dyn Clock>,
    /// What runs the store.
    pub runtime: Handle,
    /// Threads of one computation.
    pub threads: usize,
    /// What this installation allows.
    pub limits: Limits,
    /// Rows are kept where making them took this many times what reading them back takes.
    pub keep_rows_factor: f64,
    /// Rows beyond this many bytes are not kept.
    pub keep_rows_max_bytes: u64,
}

/// How long a result waits for room in the durable store, and rows, without which it can be.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(10);
const WAIT_FOR_ROOM_OF_ROWS: Duration = Duration::from_secs(1);

/// Rows that were written down.
#[derive(Default)]
struct KeptRows {
    num_chunks: u32,
    chunk_bytes: u64,
    let_in: Vec<LetIn>,
}

/// Why not all rows were written down.
enum Unfinished {
    /// The attempt is to stop.
    Stopped,
    /// There is no room for them.
    NoRoom,
}

/// What a computation takes in memory beside rows and ranks.
const WORKING_BYTES: u64 = 64 << 20;

/// What an attempt made.
pub struct Made {
    /// What is to be stored.
    pub completion: Completion,
    /// What making it took.
    pub result: JobResult,
    /// The room for it, until it is stored.
    pub let_in: Vec<LetIn>,
}

/// A matrix that is there, and what a run says of it.
struct Summarised {
    record: Record,
    /// The room for its rows.
    let_in: Vec<LetIn>,
    /// Whether `record` is new.
    made: bool,
    /// Where its rows were found; none where they were made.
    found_in: Option<Tier>,
    /// What reading or making them took.
    matrix_time: Duration,
    summary: Summary,
    summary_digest: Digest,
    warnings: Vec<Warning>,
}

impl ScenarioComputer {
    /// What computing this takes in memory, about: the rows and their ranks, and what every computation has.
    pub(super) fn memory_bytes(&self, claim: &Claim) -> u64 {
        let rows_bytes = match Config::from_json(&claim.input, &self.limits) {
            Ok(config) if config.keeps_rows() => config.row_bytes(),
            // Not kept, or never made.
            _ => 0,
        };
        rows_bytes * 2 + WORKING_BYTES
    }

    /// Makes what was claimed; not to be called on a thread of the runtime.
    pub fn make(&self, claim: &Claim, report: Report<'_>) -> Result<Made, Failure> {
        let config =
            Config::from_json(&claim.input, &self.limits).map_err(|errors| Failure::Final(errors.to_string()))?;
        let begun = self.clock.instant();
        let run_epoch = self.wait(self.store.epoch(Kind::Run, claim.key))?;
        let summarised = self.summarise(&config, report)?;
        storing(report)?;
        let mut record = self.run_record(&config, &summarised)?;
        record.epoch = run_epoch;
        record.cost_us = microseconds(self.clock.instant().duration_since(begun));
        let run = run_facts(&config, &summarised.summary)?;
        let result = JobResult {
            outcome: if summarised.found_in.is_some() { JobOutcome::Hit } else { JobOutcome::Miss },
            tier: summarised.found_in.unwrap_or(Tier::Computed),
            row_bytes: config.row_bytes(),
            deal_draws: Some(config.deal_draws()),
            matrix_ms: summarised.matrix_time.as_secs_f64() * 1e3,
            total_ms: self.clock.instant().duration_since(begun).as_secs_f64() * 1e3,
        };
        let records: Vec<Record> = summarised.made.then_some(summarised.record).into_iter().chain([record]).collect();
        let told = serde_json::to_string(&result).map_err(|error| Failure::Final(error.to_string()))?;
        let record_bytes = records.iter().map(|record| (record.body.len() + record.block_digests.len()) as u64).sum();
        let mut let_in = summarised.let_in;
        // A result is stored even where nothing can go to make room for it.
        let room = self.wait(self.room.for_bytes(record_bytes, WAIT_FOR_ROOM));
        let_in.push(room.unwrap_or_else(|| self.room.needed(record_bytes)));
        Ok(Made { completion: Completion { records, run, result: told }, result, let_in })
    }

    fn summarise(&self, config: &Config, report: Report<'_>) -> Result<Summarised, Failure> {
        step(report, 10.0, Step::Looking)?;
        let id = matrix_id(config.matrix_key());
        let epoch = self.wait(self.store.epoch(id.kind, id.key))?;
        // A run is stored under the epoch of now, so the rows it is made of must be of now, too.
        let known = self.wait(self.tiers.record_of_epoch(id, epoch))?;
        step(report, 20.0, Step::Looked)?;
        // What only a faster tier has is stored again: others must find it, too.
        let is_lost = match &known {
            Some((_, tier)) if *tier != TierName::Durable => self.wait(self.store.is_evicted(id))?,
            _ => false,
        };
        if let Some((record, tier)) = known.as_ref().filter(|(record, _)| record.num_chunks > 0) {
            let begun = self.clock.instant();
            let matrix = self.read(config, record, report)?;
            let matrix_time = self.clock.instant().duration_since(begun);
            let (summary, summary_digest, warnings) = summarise_matrix_on(config, &matrix, self.threads)
                .map_err(|errors| Failure::Passing(errors.to_string()))?;
            let num_chunks = if is_lost { 0 } else { record.num_chunks };
            return Ok(Summarised {
                record: Record { num_chunks, ..Record::clone(record) },
                let_in: Vec::new(),
                made: is_lost,
                found_in: Some((*tier).into()),
                matrix_time,
                summary,
                summary_digest,
                warnings,
            });
        }
        let (mut outcome, duration) = self.generate(config, report)?;
        if let Some((known, _)) = known {
            // Rows were not kept; what was made again must be what was made before.
            if known.content_digest != *outcome.digest.as_bytes() {
                // Once more, since a passing fault of this machine is no reason to drop what others go by.
                tracing::error!(matrix_key = %config.matrix_key(), "a matrix came out differently than before");
                // Before its successor takes as much memory.
                drop(outcome);
                outcome = self.generate(config, report)?.0;
            }
            if known.content_digest != *outcome.digest.as_bytes() {
                self.wait(self.tiers.drop_in(Scope::Matrix(known.id.key), None))?;
                let message = "the matrix came out differently than before; it was dropped, and the runs made from it";
                return Err(Failure::Passing(message.to_owned()));
            }
            let mut record = Record::clone(&known);
            let mut let_in = Vec::new();
            // Somebody wants what was evicted.
            let is_kept_again = record.lost_its_rows();
            if let Some(matrix) = outcome.matrix.as_ref().filter(|_| is_kept_again && self.keeps(config, duration)) {
                let kept = self.keep(id, config, matrix, report);
                if kept.num_chunks > 0 {
                    (record.num_chunks, record.chunk_bytes, let_in) = (kept.num_chunks, kept.chunk_bytes, kept.let_in);
                }
            }
            return Ok(Summarised {
                made: record.num_chunks > 0 || is_lost,
                record,
                let_in,
                found_in: None,
                matrix_time: duration,
                summary: outcome.summary,
                summary_digest: outcome.summary_digest,
                warnings: outcome.warnings,
            });
        }
        let KeptRows { num_chunks, chunk_bytes, let_in } = match &outcome.matrix {
            Some(matrix) if self.keeps(config, duration) => self.keep(id, config, matrix, report),
            _ => KeptRows::default(),
        };
        let body =
            MatrixBody { configuration: config.matrix_json(), generation: generation(config, duration, self.threads) };
        let record = Record {
            id,
            content_digest: *outcome.digest.as_bytes(),
            body: json(&body)?.into(),
            block_digests: outcome.block_digests.iter().flat_map(|digest| *digest.as_bytes()).collect(),
            num_chunks,
            chunk_bytes,
            cost_us: microseconds(duration),
            epoch,
            made_at_ms: self.clock.now_ms(),
        };
        Ok(Summarised {
            record,
            let_in,
            made: true,
            found_in: None,
            matrix_time: duration,
            summary: outcome.summary,
            summary_digest: outcome.summary_digest,
            warnings: outcome.warnings,
        })
    }

    /// Makes all rows and summarises them; what making them took.
    fn generate(&self, config: &Config, report: Report<'_>) -> Result<(RunOutcome, Duration), Failure> {
        let begun = self.clock.instant();
        let mut run = Run::new(config);
        let observed = run.generate(self.threads, &|progress| {
            let share = f64::from(progress.blocks_done) / f64::from(progress.blocks.max(1));
            report(30.0 + 60.0 * share, Step::Making).map_break(|_| ())
        });
        observed.map_err(|_| Failure::Stopped)?;
        let duration = self.clock.instant().duration_since(begun);
        self.measures.generated(duration, self.clock.now_ms());
        let outcome = run.finish_on(self.threads);
        storing(report)?;
        Ok((outcome, duration))
    }

    /// Whether reading the rows back is cheaper than making them again.
    fn keeps(&self, config: &Config, making: Duration) -> bool {
        let reading = self.tiers.read_cost.expected(config.row_bytes());
        config.row_bytes() <= self.keep_rows_max_bytes
            && self.room.may_hold(config.row_bytes())
            && making.as_secs_f64() >= reading.as_secs_f64() * self.keep_rows_factor
    }

    /// Writes the rows down, chunk by chunk. None where they cannot all be written, where there is no room, or where the
    /// attempt is to stop: the result does not depend on them.
    fn keep(&self, id: ArtifactId, config: &Config, matrix: &Matrix, report: Report<'_>) -> KeptRows {
        match self.put_chunks(id, config, matrix, report) {
            Ok(ControlFlow::Continue(kept)) => return kept,
            Ok(ControlFlow::Break(Unfinished::Stopped)) => {}
            Ok(ControlFlow::Break(Unfinished::NoRoom)) => {
                tracing::debug!(matrix_key = %config.matrix_key(), "no room for rows, which will be made again");
            }
            Err(error) => {
                tracing::warn!(%error, matrix_key = %config.matrix_key(), "rows could not be kept and will be made again");
            }
        }
        if let Err(error) = self.wait(self.store.drop_chunks(id)) {
            tracing::warn!(%error, matrix_key = %config.matrix_key(), "chunks without a record stay until the next start");
        }
        KeptRows::default()
    }

    fn put_chunks(
        &self,
        id: ArtifactId,
        config: &Config,
        matrix: &Matrix,
        report: Report<'_>,
    ) -> Result<ControlFlow<Unfinished, KeptRows>, StoreError> {
        let mut kept = KeptRows::default();
        let mut patience = WAIT_FOR_ROOM_OF_ROWS;
        for rows in chunk_ranges(matrix.columns as u32, 0..config.num_scenarios()) {
            let values = &matrix.rows[rows.start as usize * matrix.columns..rows.end as usize * matrix.columns];
            let encoded = encode_chunk(values);
            kept.chunk_bytes += encoded.len() as u64;
            let asked_at = Instant::now();
            let room = self.wait(self.room.for_bytes(encoded.len() as u64, patience));
            patience = patience.saturating_sub(asked_at.elapsed());
            match room {
                Some(room) => kept.let_in.push(room),
                None => return Ok(ControlFlow::Break(Unfinished::NoRoom)),
            }
            self.wait(self.store.put_chunk(id, kept.num_chunks, encoded.into()))?;
            kept.num_chunks += 1;
            if report(90.0, Step::Storing).is_break() {
                return Ok(ControlFlow::Break(Unfinished::Stopped));
            }
        }
        Ok(ControlFlow::Continue(kept))
    }

    /// Reads all rows of a matrix whose chunks are kept.
    fn read(&self, config: &Config, record: &Arc<Record>, report: Report<'_>) -> Result<Matrix, Failure> {
        let columns = config.buckets().len();
        let mut rows = Vec::with_capacity(config.num_scenarios() as usize * columns);
        let mut reader = RowReader::new(Arc::clone(&self.tiers), Arc::clone(record), config);
        let blocks = num_blocks(config.num_scenarios());
        let mut block = 0;
        while block < blocks {
            let at_once = reader.blocks_at_once(block);
            block = at_once.end;
            rows.extend(self.wait(reader.read(at_once))?);
            step(report, 30.0 + 60.0 * f64::from(block) / f64::from(blocks), Step::Reading)?;
        }
        Ok(Matrix { rows, columns })
    }

    fn run_record(&self, config: &Config, summarised: &Summarised) -> Result<Record, Failure> {
        let made_at_ms = self.clock.now_ms();
        let matrix: MatrixBody =
            serde_json::from_slice(&summarised.record.body).map_err(|error| Failure::Passing(error.to_string()))?;
        let (run_key, matrix_key) = (config.run_key(), config.matrix_key());
        let body = RunBody {
            run_key,
            matrix_key,
            digest: Digest::from_bytes(summarised.record.content_digest),
            summary_digest: summarised.summary_digest,
            model_version: MODEL_VERSION,
            kernel: KERNEL_VERSION,
            configuration: RawValue::from_string(config.to_canonical_json())
                .map_err(|error| Failure::Final(error.to_string()))?,
            num_scenarios: config.num_scenarios(),
            bucket_names: config.buckets().iter().map(|bucket| bucket.name.as_str()).collect(),
            generation: matrix.generation,
            summary: &summarised.summary,
            created_at: rfc3339(made_at_ms),
            links: run_links(run_key, matrix_key),
            warnings: &summarised.warnings,
        };
        Ok(Record {
            id: run_id(run_key),
            content_digest: *summarised.summary_digest.as_bytes(),
            body: json(&body)?.into(),
            block_digests: bytes::Bytes::new(),
            num_chunks: 0,
            chunk_bytes: 0,
            cost_us: 0,
            epoch: 0,
            made_at_ms,
        })
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

fn step(report: Report<'_>, percent: f64, step: Step) -> Result<(), Failure> {
    match report(percent, step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(_) => Err(Failure::Stopped),
    }
}

/// Says that a result is there and is to be written down, which a shutdown lets happen.
fn storing(report: Report<'_>) -> Result<(), Failure> {
    match report(90.0, Step::Storing) {
        ControlFlow::Continue(()) | ControlFlow::Break(Stop::Shutdown) => Ok(()),
        ControlFlow::Break(Stop::Unwanted | Stop::Stalled) => Err(Failure::Stopped),
    }
}

fn generation(config: &Config, duration: Duration, threads: usize) -> Generation {
    let deal_draws = config.deal_draws();
    // A reading of zero means less than the clock can tell; a nanosecond keeps the rate a number.
    let seconds = duration.as_secs_f64().max(1e-9);
    Generation {
        duration_ms: seconds * 1e3,
        deal_draws,
        draws_per_second: deal_draws as f64 / seconds,
        threads: threads.max(1) as u32,
    }
}

fn run_links(run_key: RunKey, matrix_key: MatrixKey) -> RunLinks {
    RunLinks {
        self_: format!("/api/runs/{run_key}"),
        matrix: format!("/api/matrices/{matrix_key}"),
        data: format!("/api/matrices/{matrix_key}/data"),
        blocks: format!("/api/matrices/{matrix_key}/blocks"),
        page: format!("/runs/{run_key}"),
    }
}

fn run_facts(config: &Config, summary: &Summary) -> Result<RunFacts, Failure> {
    let (run_key, matrix_key) = (config.run_key(), config.matrix_key());
    let fund = &summary.fund.recycled;
    let listing = RunListing {
        run_key,
        matrix_key,
        fund_id: config.fund_id().to_owned(),
        num_scenarios: config.num_scenarios(),
        bucket_names: config.buckets().iter().map(|bucket| bucket.name.clone()).collect(),
        median: fund.quantiles.p50,
        mean: fund.mean,
        loss_probability: fund.probabilities.lt1,
        // Of each caller; filled in when the list is read.
        asked_at: String::new(),
    };
    let listing = serde_json::to_string(&listing).map_err(|error| Failure::Final(error.to_string()))?;
    Ok(RunFacts {
        run_key: *run_key.as_bytes(),
        matrix_key: *matrix_key.as_bytes(),
        fund_id: config.fund_id().to_owned(),
        input: config.to_canonical_json(),
        listing,
    })
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body).map_err(|error| Failure::Final(format!("a figure that is no number: {error}")))
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
