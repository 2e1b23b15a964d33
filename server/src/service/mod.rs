//! What can be asked of this installation, and by whom. Every method authorises its caller itself.

mod access;
mod authentication;
mod budgets;
mod computations;
mod cursor;
mod error;
mod followers;
mod funds;
mod history;
mod invalidation;
mod jobs;
mod keys;
mod lock;
mod matrices;
mod measured;
mod membership;
mod others;
mod pages;
mod probe;
mod queue;
mod reporting;
mod request;
mod runs;
mod shared_budget;
mod stats;
mod upkeep;
mod warm_start;
mod warming;

use std::io::Read as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use bytes::Bytes;
use foliocast_app::api::{Accepted, CacheInfo, Job, Matrix, Run};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Config, Limits, RunKey};
use futures::Stream;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::cache::{DurableLimits, Holding, MemoryTier, RedisTier, Room, Tier, Tiers};
use crate::clock::Clock;
use crate::jobs::{Live, ScenarioComputer, WorkerSettings, Workers};
use crate::measure::Measures;
use crate::queue::{JobQueue, QueueSettings, Receiver};
use crate::redis::{RedisLink, RedisSettings};
use crate::store::postgres::{DatabaseSettings, PostgresStore};
use crate::store::sqlite::SqliteStore;
use crate::store::{Action, Actor, Change, Member, Store, StoreError};
use access::Asked;
use authentication::Known;
use budgets::Budgets;
use followers::Followers;
pub(crate) use lock::DataDirLock;
use measured::Measured;
use membership::Membership;
use probe::Probe;

pub use authentication::Credentials;
pub use budgets::LimitSettings;
pub(crate) use error::listed;
pub use error::{ServiceError, status_of};
pub use keys::{Bootstrapped, DEFAULT_TENANT, KeyRequest, SESSION_TIME, access_key, change_on_command_line};
pub use matrices::OpenMatrix;
pub use pages::PageServices;
pub(crate) use runs::default_fund_warning;
pub use stats::{DEFAULT_WINDOW_HOURS, MOST_WINDOW_HOURS};
pub use warm_start::WarmStart;

/// Streams that read kept rows at a time.
const MOST_READERS_OF_ROWS: usize = 64;

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
    /// Threads of one computation.
    pub compute_threads: usize,
    /// Memory that the computations of a moment are let have, by estimate; one that takes more runs alone.
    pub compute_memory_bytes: u64,
    /// Most deal draws (scenarios × deals) of one run.
    pub max_deal_draws: u64,
    /// A computation without progress for this long is given up.
    pub worker_timeout: Duration,
    /// Chunks of rows are kept where making them took at least this many times what reading them back takes.
    pub keep_rows_factor: f64,
    /// Rows beyond this many bytes are made again whatever that takes.
    pub keep_rows_max_bytes: u64,
    /// How much the durable store may have.
    pub durable_limits: DurableLimits,
    /// Most computations that wait; beyond, new ones are refused with 503.
    pub max_waiting: u32,
    /// How much each key may ask.
    pub limits: LimitSettings,
    /// The PostgreSQL that processes share; SQLite files in `data_dir`, for this process alone, where there is none.
    pub database: Option<DatabaseSettings>,
    /// The Redis that processes share results and limits through, if any.
    pub redis: Option<RedisSettings>,
    /// The Redis that the job queue is in, if any.
    pub queue: Option<QueueSettings>,
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
            compute_memory_bytes: 4 << 30,
            max_deal_draws: 5_000_000_000,
            worker_timeout: Duration::from_secs(300),
            keep_rows_factor: 2.0,
            keep_rows_max_bytes: 512 << 20,
            durable_limits: DurableLimits::default(),
            max_waiting: 10_000,
            limits: LimitSettings::default(),
            database: None,
            redis: None,
            queue: None,
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
    /// There is no way to connect to the Redis that is set. One that does not answer is no such thing.
    #[error("{0}")]
    Redis(String),
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
    /// What all answers with this run have in common, as it is kept: its JSON object up to its last warning.
    pub body: Bytes,
    /// What follows there and is this answer's own: a warning, the end of the warnings, whose configuration it uses.
    own: Vec<u8>,
    /// Where this answer came from.
    pub cache: CacheInfo,
}

impl RunAnswer {
    /// The whole answer as JSON text, in pieces: the first is the one that is kept, not a copy.
    pub fn to_json_pieces(&self) -> [Bytes; 2] {
        let cache = serde_json::to_vec(&self.cache).unwrap_or_default();
        [self.body.clone(), [&self.own[..], b",\"cache\":", &cache, b"}"].concat().into()]
    }

    /// The whole answer as a value.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where a stored body is not a run.
    pub fn to_run(&self) -> Result<Run, ServiceError> {
        let [body, own] = self.to_json_pieces();
        serde_json::from_reader(body[..].chain(&own[..]))
            .map_err(|error| ServiceError::Internal(format!("the stored run {} cannot be read: {error}", self.run_key)))
    }
}

/// Rows of a matrix on their way.
pub struct MatrixRows {
    /// What they are of.
    pub matrix: Matrix,
    /// A configuration with that matrix, for headers of files; its allocations mean nothing.
    pub config: Config,
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
    /// Damaged records and chunks found in the durable store and in Redis since the start; each is made or fetched again
    /// when it is asked for.
    pub num_damaged: u64,
}

/// How one part of the installation is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TierHealth {
    /// `memory`, `redis` (where one is set), `durable`, `workers`, `queue` (where there is one), `members` (where processes share the store: whether this
    /// one hears what others drop).
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

struct Inner {
    settings: ServiceSettings,
    limits: Limits,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    tiers: Arc<Tiers>,
    measures: Arc<Measures>,
    /// This process, as the others see it.
    process: Member,
    /// One report after the other.
    reporting: tokio::sync::Mutex<()>,
    /// The latest question of somebody who waits for a report; 0 before the first.
    report_question: AtomicI64,
    report_asked: Notify,
    /// One answer of statistics after the other: each may read much.
    telling_stats: tokio::sync::Mutex<()>,
    in_redis: Measured<Holding>,
    in_durable: Measured<Holding>,
    live: Live,
    workers: Arc<Workers>,
    asked: Asked,
    known: Known,
    budgets: Budgets,
    redis: Option<RedisLink>,
    queue: Option<JobQueue>,
    /// Its place among the processes that share the store, where they do.
    membership: Option<Arc<Membership>>,
    followers: Followers,
    /// How many streams of rows may read, and how many may make rows again.
    reading_rows: Arc<Semaphore>,
    making_rows: Arc<Semaphore>,
    durable: Probe,
    stopping: CancellationToken,
    upkeep: TaskTracker,
    /// Held until the process ends or the services are dropped; `None` where the store guards itself.
    lock: Option<DataDirLock>,
}

impl Services {
    /// Opens the store and starts computing; a data directory is locked first, and what was under way in it taken up. Needs
    /// a Tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`], with a sentence for the terminal.
    pub async fn open(settings: &ServiceSettings, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let failed = |error: StoreError| OpenError::Store(error.to_string());
        if let Some(database) = &settings.database {
            let opened = PostgresStore::open(database).await;
            let store = opened.map_err(|error| OpenError::Store(format!("DATABASE_URL cannot be used: {error}")))?;
            return Self::start(settings, Arc::new(store), clock, None).await;
        }
        let lock = DataDirLock::take(&settings.data_dir)?;
        let store = SqliteStore::open(&settings.data_dir, Arc::clone(&clock)).await.map_err(failed)?;
        Self::start(settings, Arc::new(store), clock, Some(lock)).await
    }

    /// Like [`Self::open`], over a store that is open already and that no other process uses.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub async fn over(
        settings: &ServiceSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::start(settings, store, clock, None).await
    }

    async fn start(
        settings: &ServiceSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        lock: Option<DataDirLock>,
    ) -> Result<Self, OpenError> {
        if !store.is_shared() {
            // Nobody else uses the store, so whatever is active was left behind.
            let unfinished = store.release_all().await.map_err(|error| OpenError::Store(error.to_string()))?;
            if unfinished > 0 {
                tracing::info!(unfinished, "taking up computations that were under way");
            }
            upkeep::collect_chunks(store.as_ref()).await;
        }
        let limits = Limits { max_deal_draws: settings.max_deal_draws, ..Limits::default() };
        let stopping = CancellationToken::new();
        let shared = match &settings.redis {
            Some(redis) => Some(share(redis, store.as_ref(), &stopping).await?),
            None => None,
        };
        let queue =
            match &settings.queue {
                Some(queue) => Some(JobQueue::start(queue, stopping.clone()).await.map_err(|error| {
                    OpenError::Redis(format!("QUEUE_REDIS_URL cannot be used: {}", error.category()))
                })?),
                None => None,
            };
        let mut faster: Vec<Arc<dyn Tier>> = vec![Arc::new(MemoryTier::new(settings.memory_cache_bytes))];
        if let (Some((link, secret)), Some(redis)) = (&shared, &settings.redis) {
            faster.push(Arc::new(RedisTier::new(link.clone(), secret, redis.ttl, stopping.clone())));
        }
        let durable_limits = settings.durable_limits;
        let tiers = Tiers::new(faster, Arc::clone(&store)).with_durable_limit(durable_limits.max_bytes);
        let tiers = Arc::new(tiers);
        tiers.learn_epochs().await.map_err(|error| OpenError::Store(error.to_string()))?;
        let live = Live::default();
        let measures = Arc::new(Measures::default());
        let room = Room::new(Arc::clone(&store), durable_limits, Arc::clone(&clock), Arc::clone(&measures));
        let room = Arc::new(room);
        let computer = ScenarioComputer {
            tiers: Arc::clone(&tiers),
            store: Arc::clone(&store),
            room: Arc::clone(&room),
            measures: Arc::clone(&measures),
            clock: Arc::clone(&clock),
            runtime: Handle::current(),
            threads: settings.compute_threads.max(1),
            limits,
            keep_rows_factor: settings.keep_rows_factor,
            keep_rows_max_bytes: settings.keep_rows_max_bytes,
        };
        let process = this_process();
        let workers = Workers::new(
            Arc::clone(&store),
            computer,
            live.clone(),
            Arc::clone(&clock),
            process.name.clone(),
            WorkerSettings {
                concurrency: settings.worker_concurrency,
                timeout: settings.worker_timeout,
                memory_bytes: settings.compute_memory_bytes,
            },
        );
        if settings.run_workers {
            workers.start();
        }
        let redis = shared.as_ref().map(|(link, secret)| (link, secret));
        let budgets = Budgets::new(&settings.limits, settings.max_deal_draws, redis, &clock);
        let membership = store.is_shared().then(|| Arc::new(Membership::of(process.clone())));
        let inner = Arc::new(Inner {
            settings: settings.clone(),
            limits,
            clock,
            store,
            tiers,
            measures,
            process,
            reporting: tokio::sync::Mutex::new(()),
            report_question: AtomicI64::new(0),
            report_asked: Notify::new(),
            telling_stats: tokio::sync::Mutex::new(()),
            in_redis: Measured::default(),
            in_durable: Measured::default(),
            live,
            workers,
            asked: Asked::default(),
            known: Known::default(),
            budgets,
            redis: shared.map(|(link, _)| link),
            queue: queue.clone(),
            membership: membership.clone(),
            followers: Followers::default(),
            reading_rows: Arc::new(Semaphore::new(MOST_READERS_OF_ROWS)),
            making_rows: Arc::new(Semaphore::new(settings.compute_threads.max(2))),
            durable: Probe::default(),
            stopping,
            upkeep: TaskTracker::new(),
            lock,
        });
        inner.upkeep.spawn(upkeep::keep_up(Arc::clone(&inner)));
        inner.upkeep.spawn(upkeep::keep_used(Arc::clone(&inner)));
        let until_stop = inner.stopping.clone();
        inner.upkeep.spawn(async move { room.keep(&until_stop).await });
        inner.upkeep.spawn(reporting::keep_reporting(Arc::clone(&inner)));
        inner.upkeep.spawn(others::listen(Arc::clone(&inner)));
        if let Some(queue) = queue {
            // What does not compute adds to the queue, and takes nothing from it.
            let receiver = settings.run_workers.then(|| Arc::clone(&inner) as Arc<dyn Receiver>);
            inner.upkeep.spawn(queue.run(receiver));
        }
        if let Some(membership) = membership {
            inner.upkeep.spawn(membership::attend(Arc::clone(&inner), membership));
        }
        Ok(Self { inner })
    }

    /// Stops claiming, stops running computations at a block boundary and hands them back with the attempt not
    /// counted, flushes and closes. Later calls answer 503.
    pub async fn shutdown(&self) {
        self.inner.stopping.cancel();
        self.inner.workers.shutdown().await;
        self.inner.upkeep.close();
        self.inner.upkeep.wait().await;
        // Whatever was answered or made until now.
        self.inner.report_or_warn().await;
        self.inner.store.close().await;
        if let Some(lock) = &self.inner.lock {
            lock.release();
        }
    }

    /// Whether other processes may use the same store.
    pub fn is_shared(&self) -> bool {
        self.inner.store.is_shared()
    }

    /// Damaged records and chunks found since the start.
    pub fn num_damaged(&self) -> u64 {
        self.inner.tiers.num_damaged()
    }

    /// How each part is; the durable store as it was within the last two seconds. Answers in about a second, since a
    /// part that keeps silent is not ready. Anyone.
    pub async fn health(&self) -> Health {
        let stopping = self.inner.stopping.is_cancelled();
        let store = Arc::clone(&self.inner.store);
        let check = || async move { store.check().await.err().map(|error| error.to_string()) };
        let durable = self.inner.durable.trouble(&self.inner.clock, check).await;
        let workers = match (stopping, self.inner.settings.run_workers) {
            (true, _) => Some("shutting down".to_owned()),
            (false, false) => Some("this process does not compute; runs wait for one that does".to_owned()),
            (false, true) => None,
        };
        // Without workers of its own a process still takes runs on.
        let members = self.inner.membership.as_ref().map(|_| {
            let reason = "what it has in memory may have been dropped by another process; it has not heard for 5 s";
            (!self.inner.is_confirmed()).then(|| reason.to_owned())
        });
        let ready = durable.is_none() && !stopping && members.as_ref().is_none_or(Option::is_none);
        let tier = |tier, reason: Option<String>| TierHealth { tier, ready: reason.is_none(), reason };
        // Without Redis everything is done all the same, only by each process for itself.
        let redis = self.inner.redis.as_ref().map(|link| tier("redis", link.trouble()));
        // Nor does anything depend on the queue.
        let queue = self.inner.queue.as_ref().map(|queue| tier("queue", queue.trouble()));
        let members = members.map(|reason| tier("members", reason));
        let others = [tier("durable", durable), tier("workers", workers)];
        Health {
            ready,
            tiers: std::iter::once(tier("memory", None))
                .chain(redis)
                .chain(others)
                .chain(queue)
                .chain(members)
                .collect(),
            num_damaged: self.num_damaged(),
        }
    }
}

/// A name for this process, new with every start.
fn this_process() -> Member {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Member { id: Uuid::now_v7(), name: format!("{machine}, process {}", std::process::id()) }
}

/// Connects to Redis; with the secret by which this installation knows there what is its own.
async fn share(
    settings: &RedisSettings,
    store: &dyn Store,
    stopping: &CancellationToken,
) -> Result<(RedisLink, [u8; 32]), OpenError> {
    let link = RedisLink::start(settings, stopping.clone()).await;
    let link = link.map_err(|error| OpenError::Redis(format!("REDIS_URL cannot be used: {}", error.category())))?;
    Ok((link, store.installation_secret()))
}

/// Refuses a caller whose role is below `role`.
fn authorise(caller: &Caller, role: Role) -> Result<(), ServiceError> {
    if caller.role >= role {
        return Ok(());
    }
    let message = format!("this needs the role {}; the key used has the role {}", role.name(), caller.role.name());
    Err(ServiceError::Forbidden(message))
}

/// What the log says of a change that a caller makes.
fn change(caller: &Caller, action: Action, subject: String) -> Change {
    let actor = Actor {
        tenant: caller.tenant.clone(),
        key_name: caller.key_name.clone(),
        request_id: caller.request_id.clone(),
    };
    Change { actor, action, subject, reason: None }
}
