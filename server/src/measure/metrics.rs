//! What whoever collects metrics reads from this process. All counts are since its start.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::{Ending, JobCount, Kind, Origin, Priority, Series};

/// Upper bounds of how long answers take, seconds: a hit in memory takes microseconds, a run seconds.
const ANSWER_SECONDS: [f64; 16] =
    [25e-6, 5e-5, 1e-4, 25e-5, 5e-4, 1e-3, 25e-4, 5e-3, 1e-2, 25e-3, 5e-2, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Upper bounds of how long work takes, seconds.
const WORK_SECONDS: [f64; 13] = [1e-3, 25e-4, 5e-3, 1e-2, 25e-3, 5e-2, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0, 300.0];

type HistogramFamily<L> = Family<L, Histogram, fn() -> Histogram>;

fn answers() -> Histogram {
    Histogram::new(ANSWER_SECONDS)
}

fn work() -> Histogram {
    Histogram::new(WORK_SECONDS)
}

/// The metrics of a process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: HistogramFamily<AnswerLabels>,
    generation: Histogram,
    jobs: HistogramFamily<JobEndLabels>,
    http: HistogramFamily<HttpRequest>,
    cache_bytes: Family<TierLabels, Gauge>,
    cache_entries: Family<TierLabels, Gauge>,
    job_counts: Family<JobLabels, Gauge>,
    tiers_up: Family<TierLabels, Gauge>,
    damaged: Counter,
    cache_limit_bytes: Family<TierLabels, Gauge>,
    evicted: Family<EvictionLabels, Counter>,
    evicted_bytes: Counter,
    /// Held while levels are set and read.
    reading: Mutex<()>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    kind: Name,
    tier: Name,
    outcome: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    kind: Name,
    tier: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TierLabels {
    tier: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    state: Name,
    priority: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobEndLabels {
    state: Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EvictionLabels {
    kind: Name,
    part: Name,
}

/// A name that this program has: none that others chose becomes a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Name(&'static str);

impl EncodeLabelValue for Name {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HttpRequest {
    /// The route as it is written in the router, never the path that was asked for.
    pub route: String,
    /// The method.
    pub method: String,
    /// The status.
    pub status: u16,
}

/// What a tier holds.
#[derive(Clone, Copy, Debug)]
pub struct TierLevel {
    /// Which tier.
    pub tier: Origin,
    /// Runs and matrices.
    pub entries: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Bytes it may have at most, if anything bounds it.
    pub limit_bytes: Option<u64>,
}

/// What is read when metrics are, and not counted.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// Tiers that answered: this process's memory, and those that processes share.
    pub stored: Vec<TierLevel>,
    /// Computations, where the store answered.
    pub jobs: Option<Vec<JobCount>>,
    /// Parts of the installation, and whether they work.
    pub parts: Vec<(&'static str, bool)>,
    /// Damaged records and chunks found.
    pub num_damaged: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            latency: Family::new_with_constructor(answers),
            generation: work(),
            jobs: Family::new_with_constructor(work),
            http: Family::new_with_constructor(answers),
            cache_bytes: Family::default(),
            cache_entries: Family::default(),
            job_counts: Family::default(),
            tiers_up: Family::default(),
            damaged: Counter::default(),
            cache_limit_bytes: Family::default(),
            evicted: Family::default(),
            evicted_bytes: Counter::default(),
            reading: Mutex::new(()),
        };
        metrics.registered()
    }
}

impl Metrics {
    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "foliocast_cache_requests",
            "Requests for runs and matrices, by where the answer came from and what became of them",
            self.requests.clone(),
        );
        registry.register(
            "foliocast_cache_latency_seconds",
            "From a request's arrival to its answer, by where the answer came from",
            self.latency.clone(),
        );
        registry.register(
            "foliocast_generation_seconds",
            "What generating the rows of a matrix took, with their digests",
            self.generation.clone(),
        );
        registry.register(
            "foliocast_job_seconds",
            "What an attempt at a computation took, by how it ended",
            self.jobs.clone(),
        );
        registry.register(
            "foliocast_http_request_seconds",
            "From a request's arrival to the beginning of its answer",
            self.http.clone(),
        );
        registry.register("foliocast_cache_bytes", "Bytes that a tier holds", self.cache_bytes.clone());
        registry.register("foliocast_cache_entries", "Runs and matrices that a tier holds", self.cache_entries.clone());
        registry.register(
            "foliocast_jobs",
            "Computations of the installation that wait, are active, or failed within a day",
            self.job_counts.clone(),
        );
        registry.register("foliocast_up", "Whether a part of the installation works", self.tiers_up.clone());
        registry.register(
            "foliocast_cache_damaged",
            "Damaged records and chunks found in the durable store and in Redis",
            self.damaged.clone(),
        );
        registry.register(
            "foliocast_cache_limit_bytes",
            "Bytes that a tier may hold, where anything bounds them",
            self.cache_limit_bytes.clone(),
        );
        registry.register(
            "foliocast_cache_evicted",
            "Records, and rows of records that stayed, which this process let go from the durable store to make room",
            self.evicted.clone(),
        );
        registry.register(
            "foliocast_cache_evicted_bytes",
            "Bytes of what this process let go from the durable store",
            self.evicted_bytes.clone(),
        );
        // A rate of something that has not happened yet is 0 and not absent.
        for state in ["complete", "retried", "failed"] {
            drop(self.jobs.get_or_create(&JobEndLabels { state: Name(state) }));
        }
        for kind in [Kind::Run, Kind::Matrix] {
            let hit = |origin| Series { kind, origin, ending: Ending::Hit };
            let made = Series { kind, origin: Origin::Computed, ending: Ending::Made };
            for series in [hit(Origin::Memory), hit(Origin::Durable), made] {
                drop(self.requests.get_or_create(&RequestLabels::of(series)));
            }
        }
        self
    }

    /// A request was asked.
    pub fn asked(&self, series: Series) {
        self.requests.get_or_create(&RequestLabels::of(series)).inc();
    }

    /// A request was answered.
    pub fn answered(&self, series: Series, took: Duration) {
        let labels = AnswerLabels { kind: Name(series.kind.name()), tier: Name(series.origin.name()) };
        self.latency.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Rows were generated.
    pub fn generated(&self, took: Duration) {
        self.generation.observe(took.as_secs_f64());
    }

    /// Artifacts, or rows of some, were let go.
    pub fn evicted(&self, series: Series, times: u64) {
        let part = if series.ending == Ending::LostRows { "rows" } else { "record" };
        let labels = EvictionLabels { kind: Name(series.kind.name()), part: Name(part) };
        self.evicted.get_or_create(&labels).inc_by(times);
    }

    /// So many bytes were let go.
    pub fn evicted_bytes(&self, bytes: u64) {
        self.evicted_bytes.inc_by(bytes);
    }

    /// An attempt ended in this state.
    pub fn attempted(&self, state: &'static str, took: Duration) {
        self.jobs.get_or_create(&JobEndLabels { state: Name(state) }).observe(took.as_secs_f64());
    }

    /// A request over HTTP was answered.
    pub fn answered_over_http(&self, request: &HttpRequest, took: Duration) {
        self.http.get_or_create(request).observe(took.as_secs_f64());
    }

    /// All of it, in the text format of OpenMetrics.
    ///
    /// # Errors
    /// None that memory does not give.
    pub fn to_text(&self, levels: &Levels) -> Result<String, fmt::Error> {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        // What does not answer has no figure.
        self.cache_bytes.clear();
        self.cache_entries.clear();
        self.cache_limit_bytes.clear();
        for stored in &levels.stored {
            let tier = TierLabels { tier: Name(stored.tier.name()) };
            self.cache_bytes.get_or_create(&tier).set(level(stored.bytes));
            self.cache_entries.get_or_create(&tier).set(level(stored.entries));
            if let Some(limit_bytes) = stored.limit_bytes {
                self.cache_limit_bytes.get_or_create(&tier).set(level(limit_bytes));
            }
        }
        self.job_counts.clear();
        if let Some(jobs) = &levels.jobs {
            for state in ["waiting", "active", "failed"] {
                for priority in Priority::ALL {
                    let count: u64 = jobs
                        .iter()
                        .filter(|job| job.state == state && job.priority == priority)
                        .map(|job| job.count)
                        .sum();
                    let labels = JobLabels { state: Name(state), priority: Name(priority.name()) };
                    self.job_counts.get_or_create(&labels).set(level(count));
                }
            }
        }
        self.tiers_up.clear();
        for (part, is_up) in &levels.parts {
            self.tiers_up.get_or_create(&TierLabels { tier: Name(part) }).set(i64::from(*is_up));
        }
        let damaged: &AtomicU64 = self.damaged.inner();
        damaged.store(levels.num_damaged, Ordering::Relaxed);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl RequestLabels {
    fn of(Series { kind, origin, ending }: Series) -> Self {
        Self { kind: Name(kind.name()), tier: Name(origin.name()), outcome: Name(ending.name()) }
    }
}

fn level(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
