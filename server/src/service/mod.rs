//! What can be asked of this installation, and by whom. Every method authorises its caller itself.

mod error;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foliocast_app::api::{Accepted, BlockDigest, CacheInfo, Fund, Job, Matrix, Page, Run, RunListing};
use foliocast_app::service::{BoxFuture, Caller};
use foliocast_core::scenario::{MatrixKey, RunKey};
use futures::Stream;

use crate::clock::Clock;

pub use error::ServiceError;

/// What [`Services::open`] needs to know.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Where everything is kept. Made if it is not there.
    pub data_dir: PathBuf,
    /// Most bytes of the memory tier.
    pub memory_cache_bytes: u64,
    /// Whether this process computes; without, jobs wait for a process that does.
    pub run_workers: bool,
    /// Computations at a time.
    pub worker_concurrency: usize,
    /// Threads that computations share.
    pub compute_threads: usize,
    /// Most deal draws (scenarios × deals) of one run.
    pub max_deal_draws: u64,
    /// A computation without progress for this long is given up.
    pub worker_timeout: Duration,
    /// Chunks of rows are kept where making them took at least this many times what reading them back takes.
    pub keep_rows_factor: f64,
    /// Most computations that wait; beyond, new ones are refused with 503.
    pub max_waiting: u32,
}

impl ServiceSettings {
    /// The settings of a server with no flags, keeping everything in `data_dir`.
    pub fn in_dir(data_dir: impl Into<PathBuf>) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            data_dir: data_dir.into(),
            memory_cache_bytes: 256 << 20,
            run_workers: true,
            worker_concurrency: 2,
            compute_threads: threads,
            max_deal_draws: 5_000_000_000,
            worker_timeout: Duration::from_secs(300),
            keep_rows_factor: 2.0,
            max_waiting: 10_000,
        }
    }
}

/// Why the services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the data directory.
    #[error("{0}")]
    Locked(String),
    /// The data directory cannot be made or written.
    #[error("{0}")]
    DataDir(String),
    /// The durable store cannot be opened, or its schema is newer than this program knows.
    #[error("{0}")]
    Store(String),
}

/// The text of a `simulate` request: the full form (a configuration) or the short form (a fund's).
#[derive(Clone, Debug)]
pub struct SimulateRequest {
    /// JSON text.
    pub body: String,
}

/// What `simulate` answers.
#[derive(Clone, Debug)]
pub enum Simulated {
    /// 200: the run.
    Ready(RunAnswer),
    /// 202: a job to follow.
    Accepted(Accepted),
}

/// A run, ready to be sent.
#[derive(Clone, Debug)]
pub struct RunAnswer {
    /// Key of the run.
    pub run_key: RunKey,
    /// JSON object of everything but the `cache` member.
    pub body: Bytes,
    /// Where this answer came from.
    pub cache: CacheInfo,
}

impl RunAnswer {
    /// The whole answer as JSON text: the body with `cache` in it.
    pub fn to_json(&self) -> Bytes {
        todo!()
    }

    /// The whole answer as a value.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where a stored body is not a run.
    pub fn to_run(&self) -> Result<Run, ServiceError> {
        todo!()
    }
}

/// Rows of a matrix on their way.
pub struct MatrixRows {
    /// What they are of.
    pub matrix: Matrix,
    /// First row, from 0.
    pub first_row: u32,
    /// Rows in all.
    pub num_rows: u32,
    /// Runs of rows in order, without gaps: each from one block, checked against the block's digest before it is
    /// yielded. An error ends the stream and must abort the connection: the rest cannot be vouched for.
    pub blocks: Pin<Box<dyn Stream<Item = Result<RowBlock, RowsError>> + Send>>,
}

/// Some rows of one block.
#[derive(Clone, Debug)]
pub struct RowBlock {
    /// First row, from 0, in the matrix.
    pub first_row: u32,
    /// Columns.
    pub columns: usize,
    /// Row-major.
    pub rows: Vec<f32>,
}

/// Rows that could not be made again as they were.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RowsError(pub String);

/// A state of a job, to be followed.
#[derive(Clone, Debug)]
pub struct JobEvent {
    /// Rises with every state of a job; the same for everyone who follows it.
    pub revision: u64,
    /// The state.
    pub job: Job,
}

/// How the installation is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether new runs can be taken on.
    pub ready: bool,
    /// Each part.
    pub tiers: Vec<TierHealth>,
}

/// How one part of the installation is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TierHealth {
    /// `memory`, `durable`, `workers`.
    pub tier: &'static str,
    /// Whether it does its work.
    pub ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Everything that can be asked. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {}

#[allow(unused_variables, clippy::todo, reason = "signatures first")]
impl Services {
    /// Locks the data directory, opens the store, takes up unfinished work and starts computing. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`], with a sentence for the terminal.
    pub async fn open(settings: &ServiceSettings, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        todo!()
    }

    /// Stops claiming, stops running computations at a block boundary and hands them back with the attempt not
    /// counted, flushes and closes. Later calls answer 503.
    pub async fn shutdown(&self) {
        todo!()
    }

    /// Makes a run, or finds it, waiting at most `wait`. Analyst.
    ///
    /// # Errors
    /// 400 with all faults of the input, 422 for a run beyond the limits, 429 or 503 when it cannot be taken on, 500
    /// when the computation failed for good within `wait`.
    pub async fn simulate(
        &self,
        caller: &Caller,
        request: SimulateRequest,
        wait: Duration,
    ) -> Result<Simulated, ServiceError> {
        todo!()
    }

    /// A run the caller has asked for before. Reader.
    ///
    /// # Errors
    /// 404 if it was never made, or not for this tenant.
    pub async fn run(&self, caller: &Caller, key: RunKey) -> Result<RunAnswer, ServiceError> {
        todo!()
    }

    /// The caller's runs, newest first; `limit` 1–200. Reader.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn runs(
        &self,
        caller: &Caller,
        fund_id: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<RunListing>, ServiceError> {
        todo!()
    }

    /// A matrix of which the caller has asked for a run. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn matrix(&self, caller: &Caller, key: MatrixKey) -> Result<Matrix, ServiceError> {
        todo!()
    }

    /// Block digests in order; `limit` 1–10,000. Reader.
    ///
    /// # Errors
    /// 404; 400 for a limit or cursor that is none.
    pub async fn matrix_blocks(
        &self,
        caller: &Caller,
        key: MatrixKey,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<BlockDigest>, ServiceError> {
        todo!()
    }

    /// Rows `range` (first and last, from 0, inclusive; `None` for all), read where they are kept, else made again
    /// block by block. Reader.
    ///
    /// # Errors
    /// 404; 409 where no rows are kept; 416 for rows the matrix has not; 503 when the compute budget is taken.
    pub async fn matrix_rows(
        &self,
        caller: &Caller,
        key: MatrixKey,
        range: Option<(u32, u32)>,
    ) -> Result<MatrixRows, ServiceError> {
        todo!()
    }

    /// A job of the caller's tenant. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn job(&self, caller: &Caller, id: &str) -> Result<Job, ServiceError> {
        todo!()
    }

    /// Detaches a job from its computation, which stops when nobody waits; answers the job as it then is. Analyst.
    ///
    /// # Errors
    /// 404.
    pub async fn detach(&self, caller: &Caller, id: &str) -> Result<Job, ServiceError> {
        todo!()
    }

    /// The states of a job: the present one first, then each change; ends after `complete`, `failed` or `cancelled`,
    /// or when the services shut down. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn job_events(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Pin<Box<dyn Stream<Item = JobEvent> + Send>>, ServiceError> {
        todo!()
    }

    /// The caller's funds in byte order of their ids; `limit` 1–200. Reader.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn funds(&self, caller: &Caller, limit: u32, cursor: Option<&str>) -> Result<Page<Fund>, ServiceError> {
        todo!()
    }

    /// A fund. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn fund(&self, caller: &Caller, id: &str) -> Result<Fund, ServiceError> {
        todo!()
    }

    /// Stores a fund; `true` when it is new. The body is `{"configuration": {…}, "fundSize": {"amount", "currency"}}`
    /// with `fundSize` optional; `configuration.fundId` may be left out and must else equal `id`. Analyst.
    ///
    /// # Errors
    /// 400 with all faults.
    pub async fn put_fund(&self, caller: &Caller, id: &str, body: &str) -> Result<(Fund, bool), ServiceError> {
        todo!()
    }

    /// Forgets a fund's configuration; its runs stay. Analyst.
    ///
    /// # Errors
    /// 404.
    pub async fn delete_fund(&self, caller: &Caller, id: &str) -> Result<(), ServiceError> {
        todo!()
    }

    /// How each part is. Anyone.
    pub async fn health(&self) -> Health {
        todo!()
    }
}

impl foliocast_app::service::Service for Services {
    fn run<'a>(&'a self, caller: &'a Caller, key: RunKey) -> BoxFuture<'a, Result<Run, foliocast_app::api::Problem>> {
        Box::pin(async move {
            let answer = Self::run(self, caller, key).await.and_then(|answer| answer.to_run());
            answer.map_err(|error| error.to_problem(&caller.request_id))
        })
    }

    fn runs<'a>(
        &'a self,
        caller: &'a Caller,
        fund_id: Option<String>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<RunListing>, foliocast_app::api::Problem>> {
        Box::pin(async move {
            let page = Self::runs(self, caller, fund_id.as_deref(), limit, cursor.as_deref()).await;
            page.map_err(|error| error.to_problem(&caller.request_id))
        })
    }
}
