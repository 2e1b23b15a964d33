//! What was asked of this installation and what its processes hold, as each of them reports it.

use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::{Key, Kind, Member, Priority, StoreFuture};

/// Length of a stretch of time over which is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Period {
    /// Both: everything is counted over each.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// Its length, milliseconds.
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// When the one that holds this time began, Unix milliseconds.
    pub const fn start_of(self, at_ms: i64) -> i64 {
        at_ms - at_ms.rem_euclid(self.length_ms())
    }
}

/// What became of a request for an artifact, or what was done for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// It was there.
    Hit,
    /// It was being made, for somebody else.
    Joined,
    /// It was made, for the first time.
    Made,
    /// It was made again, or its rows were: it had been there, and was evicted since.
    Remade,
    /// It was made again: it had been dropped since, on purpose.
    Renewed,
    /// It was made again: it was damaged.
    Healed,
    /// It was there, but for its rows, which were never kept: they are made again.
    Unkept,
    /// It had been there, and who asked did not ask for it to be made again.
    Absent,
    /// Rows were generated. No request of its own: it was done for one.
    Generated,
    /// It went to make room, or because nobody used it for long. No request.
    Evicted,
    /// Its rows went. No request.
    LostRows,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Hit,
        Self::Joined,
        Self::Made,
        Self::Remade,
        Self::Renewed,
        Self::Healed,
        Self::Unkept,
        Self::Absent,
        Self::Generated,
        Self::Evicted,
        Self::LostRows,
    ];

    /// Its name in tables and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Joined => "joined",
            Self::Made => "made",
            Self::Remade => "remade",
            Self::Renewed => "renewed",
            Self::Healed => "healed",
            Self::Unkept => "unkept",
            Self::Absent => "absent",
            Self::Generated => "generated",
            Self::Evicted => "evicted",
            Self::LostRows => "lost-rows",
        }
    }

    /// The ending of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.name() == name)
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The memory of the process that was asked.
    Memory,
    /// Redis.
    Redis,
    /// The durable store.
    Durable,
    /// Nowhere: it had to be made.
    Computed,
    /// Nowhere: there was no answer to give.
    Nowhere,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Memory, Self::Redis, Self::Durable, Self::Computed, Self::Nowhere];

    /// Its name in tables and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Durable => "durable",
            Self::Computed => "computed",
            Self::Nowhere => "none",
        }
    }

    /// The origin of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// What was asked for.
    pub kind: Kind,
    /// Where the answer came from.
    pub origin: Origin,
    /// What became of it.
    pub ending: Ending,
}

/// What a process counted in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Under which it was counted: one process's, who alone writes it.
    pub counter: Uuid,
    /// How long the period is.
    pub period: Period,
    /// When it began, Unix milliseconds.
    pub starts_at_ms: i64,
    /// What was counted.
    pub series: Series,
    /// Requests.
    pub requests: u64,
    /// How many of them were answered in this period, or how often something was done.
    pub answered: u64,
    /// What these took, microseconds, all together.
    pub latency_us: u64,
    /// And one by one: [`crate::measure::Latencies::encode`].
    pub latencies: Bytes,
}

/// What a process counted of a fund in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundActivity {
    /// Under which it was counted.
    pub counter: Uuid,
    /// When the hour began, Unix milliseconds.
    pub starts_at_ms: i64,
    /// Whose fund.
    pub tenant: String,
    /// The fund.
    pub fund_id: String,
    /// What was asked for.
    pub kind: Kind,
    /// Requests.
    pub requests: u64,
    /// How many of them found what they asked for.
    pub hits: u64,
}

/// A request that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowRequest {
    /// Under which it was counted.
    pub counter: Uuid,
    /// When the hour began, Unix milliseconds.
    pub starts_at_ms: i64,
    /// Its place among the slowest of that hour, from 0.
    pub place: u32,
    /// What became of it.
    pub series: Series,
    /// Key of what was asked for.
    pub key: Key,
    /// Key of the matrix it was about, if any.
    pub matrix_key: Option<Key>,
    /// What it took, microseconds.
    pub latency_us: u64,
    /// When it was answered, Unix milliseconds.
    pub at_ms: i64,
}

/// What a process's memory tier holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// Artifacts.
    pub entries: u64,
    /// Bytes of them and their chunks.
    pub bytes: u64,
    /// Bytes it may have at most.
    pub limit_bytes: u64,
}

/// What a process has to tell. Counts are those of whole periods so far, not what came to them since the last report: one
/// that is told twice is as good as one that is told once.
#[derive(Clone, Debug)]
pub struct Report {
    /// Which process.
    pub process: Member,
    /// The latest question ([`MeasureStore::ask_for_reports`]) that it had heard when it began to gather this: all that was
    /// counted before the question is in it.
    pub question: Option<i64>,
    /// What its memory holds.
    pub memory: MemoryUse,
    /// Computations that it makes at a time.
    pub worker_slots: u32,
    /// Periods in which something came to it since the last report.
    pub activity: Vec<Activity>,
    /// Funds that were asked for since the last report.
    pub funds: Vec<FundActivity>,
    /// The slowest requests of hours in which they changed.
    pub slow: Vec<SlowRequest>,
}

/// A process that counts as there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporter {
    /// Its id.
    pub process_id: Uuid,
    /// Its name for people.
    pub name: String,
    /// Which question its last report answered; `None` where there was none.
    pub question: Option<i64>,
    /// What its memory held then.
    pub memory: MemoryUse,
    /// Computations that it makes at a time.
    pub worker_slots: u32,
}

/// What all processes counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What was counted.
    pub series: Series,
    /// Requests.
    pub requests: u64,
    /// How many were answered, or how often something was done.
    pub answered: u64,
    /// What these took, microseconds, all together.
    pub latency_us: u64,
}

/// What one process counted in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When the period began, Unix milliseconds.
    pub starts_at_ms: i64,
    /// What was counted.
    pub series: Series,
    /// Requests.
    pub requests: u64,
    /// How long each took that was answered: [`crate::measure::Latencies::encode`].
    pub latencies: Bytes,
}

/// A fund that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyFund {
    /// Whose.
    pub tenant: String,
    /// Its id.
    pub fund_id: String,
    /// Requests for its runs and matrices.
    pub requests: u64,
    /// How many of them found what they asked for.
    pub hits: u64,
}

/// What the durable store holds of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurableUse {
    /// Of what.
    pub kind: Kind,
    /// Artifacts.
    pub entries: u64,
    /// Bytes of their records and chunks.
    pub bytes: u64,
}

/// How many computations are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// The state's name: `waiting`, `active` or `failed`.
    pub state: &'static str,
    /// Who goes first.
    pub priority: Priority,
    /// How many.
    pub count: u64,
}

/// How often a tenant asked for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAsks {
    /// Key of the run.
    pub run_key: Key,
    /// Whose requests.
    pub tenant: String,
    /// How many.
    pub asks: u64,
}

/// Keeps what processes report. What they counted has times of their own clocks; everything else goes by the database's.
pub trait MeasureStore: Send + Sync {
    /// Takes a report.
    fn report(&self, report: Report) -> StoreFuture<'_, ()>;

    /// Asks all processes to report: the number of the question, above all before it.
    fn ask_for_reports(&self) -> StoreFuture<'_, i64>;

    /// The processes that count as there.
    fn reporters(&self) -> StoreFuture<'_, Vec<Reporter>>;

    /// What was counted in periods of this length that began from `from_ms` on and before `until_ms`.
    fn sums(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Sum>>;

    /// How long each answer took that was given in such periods: encoded histograms, one for each of whatever was counted
    /// apart. Rows that were generated are no answers.
    fn latencies(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Bytes>>;

    /// What was counted in such periods of requests, each by itself.
    fn moments(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Moment>>;

    /// The funds that were asked for most in hours that began from `from_ms` on, busiest first.
    fn busiest_funds(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<BusyFund>>;

    /// The slowest answers from `from_ms` on, slowest first.
    fn slowest(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<SlowRequest>>;

    /// What the durable store holds, by kind; of a kind of which it holds nothing there is no line.
    fn durable_use(&self) -> StoreFuture<'_, Vec<DurableUse>>;

    /// Adds requests for runs to those of the day that holds a time. One that is told twice, because its answer was lost,
    /// counts twice: it is for telling what is asked for most.
    fn count_asks(&self, asks: Vec<RunAsks>, at_ms: i64) -> StoreFuture<'_, ()>;

    /// The runs that were asked for most since the day that holds a time, most first: each with the requests of all, and
    /// the tenant that has most of them.
    fn most_asked(&self, since_ms: i64, limit: u32) -> StoreFuture<'_, Vec<RunAsks>>;

    /// How many computations wait, are active, and have failed within this time, where there are any.
    fn job_counts(&self, failed_within: Duration) -> StoreFuture<'_, Vec<JobCount>>;

    /// Forgets what is older: minutes, hours, and hours of funds and slow requests and days of runs, some thousands at once.
    /// Whether there may be more.
    fn forget_measures(&self, kept: MeasuresKept) -> StoreFuture<'_, bool>;
}

/// For how long what was counted is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuresKept {
    /// Minutes.
    pub minutes: Duration,
    /// Hours.
    pub hours: Duration,
    /// Hours of funds, slow requests, and days of runs.
    pub details: Duration,
}
