//! What is asked of the cache and what it holds, in all processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use foliocast_app::api::{
    AverageLatencies, CacheOverview, CachePerformance, CacheStats, CacheStorage, EvictionCounts, FundRequests,
    JobCounts, MadeAgain, RecentActivity, RequestCounts, SlowQuery, Tier, TierStorage, UnavailableTier,
};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::MatrixKey;

use super::{Inner, ServiceError, Services, authorise};
use crate::cache::{Holding, TierName};
use crate::clock::rfc3339;
use crate::measure::{Latencies, Levels, TierLevel};
use crate::store::{BusyFund, Ending, JobCount, Kind, Origin, Period, Reporter, Series, SlowRequest, StoreError, Sum};

/// How far back counts go, unless somebody asks for less or more; and at most.
pub const DEFAULT_WINDOW_HOURS: u32 = 24;
/// Seven days.
pub const MOST_WINDOW_HOURS: u32 = 168;

/// How long other processes are waited for, and tiers until they have counted what they hold.
const PATIENCE: Duration = Duration::from_secs(1);

/// From one look whether all have reported to the next.
const LOOK: Duration = Duration::from_millis(20);

const MOST_FUNDS: u32 = 100;
const MOST_SLOW: u32 = 10;

/// Failed computations are counted this long.
const FAILED_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// The beginning of a window of so many hours that ends now: a whole minute, or for more than a day, of which there are no
/// minutes any more, a whole hour.
pub(super) fn window_start(now_ms: i64, hours: u32) -> i64 {
    let period = if hours <= DEFAULT_WINDOW_HOURS { Period::Minute } else { Period::Hour };
    period.start_of(now_ms - i64::from(hours) * Period::Hour.length_ms())
}

/// What was counted since a time, all processes together.
struct Window {
    sums: Vec<Sum>,
}

impl Window {
    /// Whole hours, and at the edge minutes.
    async fn since(inner: &Inner, from_ms: i64, now_ms: i64) -> Result<Self, StoreError> {
        let first_hour = first_hour_from(from_ms);
        let mut sums = inner.store.sums(Period::Minute, from_ms, first_hour).await?;
        // What a process with a clock ahead of this one counted later is not lost, it comes into the window later.
        sums.extend(inner.store.sums(Period::Hour, first_hour, now_ms.saturating_add(1)).await?);
        Ok(Self { sums })
    }

    /// What was counted of requests that `wanted` names.
    fn count(&self, wanted: impl Fn(Series) -> bool) -> RequestCounts {
        let mut counts = RequestCounts::default();
        for sum in self.sums.iter().filter(|sum| wanted(sum.series)) {
            counts.requests += sum.requests;
            if sum.series.ending == Ending::Hit {
                counts.hits += sum.requests;
            } else {
                counts.misses += sum.requests;
            }
        }
        counts
    }

    /// Requests that ended so.
    fn ended(&self, ending: Ending) -> u64 {
        self.count(|series| series.ending == ending).requests
    }

    /// How often something was done that was no request.
    fn done(&self, ending: Ending) -> u64 {
        self.sums.iter().filter(|sum| sum.series.ending == ending).map(|sum| sum.answered).sum()
    }

    /// Requests for runs that ended in one of these ways.
    fn runs(&self, endings: &[Ending]) -> u64 {
        self.count(|series| series.kind == Kind::Run && endings.contains(&series.ending)).requests
    }

    /// Mean time of what `wanted` names, milliseconds.
    fn mean_ms(&self, wanted: impl Fn(Series) -> bool) -> Option<f64> {
        let found = self.sums.iter().filter(|sum| wanted(sum.series));
        let (count, total_us) =
            found.fold((0, 0), |(count, total_us), sum| (count + sum.answered, total_us + u128::from(sum.latency_us)));
        (count > 0).then(|| total_us as f64 / count as f64 / 1e3)
    }

    fn mean_of_hits_ms(&self, origin: Origin) -> Option<f64> {
        self.mean_ms(|series| series.ending == Ending::Hit && series.origin == origin)
    }

    fn overview(&self) -> CacheOverview {
        let RequestCounts { requests, hits, misses } = self.count(|_| true);
        let kept = self.runs(&[Ending::Hit, Ending::Joined]);
        let again = self.runs(&[Ending::Remade, Ending::Renewed, Ending::Healed]);
        let durable = self.mean_of_hits_ms(Origin::Durable);
        CacheOverview {
            total_requests: requests,
            cache_hits: hits,
            cache_misses: misses,
            hit_rate: share(hits, requests),
            repeat_hit_rate: share(kept, kept + again),
            made_again: MadeAgain {
                evicted: self.ended(Ending::Remade),
                invalidated: self.ended(Ending::Renewed),
                damaged: self.ended(Ending::Healed),
                rows_not_kept: self.ended(Ending::Unkept),
            },
            avg_latency_ms: AverageLatencies {
                memory: self.mean_of_hits_ms(Origin::Memory),
                redis: self.mean_of_hits_ms(Origin::Redis),
                durable,
                postgres: durable,
                generation: self.mean_ms(|series| series.ending == Ending::Generated),
            },
        }
    }

    fn by_kind(&self) -> BTreeMap<String, RequestCounts> {
        let kinds = Kind::ALL.into_iter();
        kinds.map(|kind| (kind.name().to_owned(), self.count(|series| series.kind == kind))).collect()
    }
}

/// The beginning of the first hour that is whole in a window from this time on.
pub(super) fn first_hour_from(from_ms: i64) -> i64 {
    Period::Hour.start_of(from_ms + Period::Hour.length_ms() - 1)
}

fn share(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

impl Services {
    /// What was asked within `hours` (1–168), and what there is now. Operator.
    ///
    /// # Errors
    /// 503 where the durable store does not answer.
    pub async fn cache_stats(&self, caller: &Caller, hours: u32) -> Result<CacheStats, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        let _turn = inner.telling_stats.lock().await;
        let (missing, reporters) = inner.collect_reports().await?;
        let now_ms = inner.clock.now_ms();
        let from_ms = window_start(now_ms, hours);
        let window = Window::since(inner, from_ms, now_ms).await?;
        let last_day = Window::since(inner, window_start(now_ms, DEFAULT_WINDOW_HOURS), now_ms).await?;
        let last_week = Window::since(inner, window_start(now_ms, MOST_WINDOW_HOURS), now_ms).await?;
        let latencies = inner.latencies_since(from_ms, now_ms).await?;
        let quantile_ms = |share| latencies.quantile_us(share).map(|us| us as f64 / 1e3);
        let slowest = inner.store.slowest(from_ms, MOST_SLOW).await?;
        let funds = inner.store.busiest_funds(Period::Hour.start_of(from_ms), MOST_FUNDS).await?;
        let jobs = inner.store.job_counts(FAILED_WITHIN).await?;
        Ok(CacheStats {
            as_of: rfc3339(now_ms),
            window_hours: hours,
            since: rfc3339(from_ms),
            missing,
            overview: window.overview(),
            storage: inner.storage(&reporters, &window).await,
            performance: CachePerformance {
                p50_latency_ms: quantile_ms(0.5),
                p95_latency_ms: quantile_ms(0.95),
                p99_latency_ms: quantile_ms(0.99),
                slowest_queries: slowest.into_iter().map(slow_query).collect(),
            },
            recent_activity: RecentActivity {
                last24_hours: last_day.count(|_| true),
                last7_days: last_week.count(|_| true),
            },
            by_kind: window.by_kind(),
            by_fund: funds.into_iter().map(fund_requests).collect(),
            jobs: job_counts(&jobs),
        })
    }

    /// How many computations there are now; failed ones of the last 24 hours. Operator.
    ///
    /// # Errors
    /// 503 where the durable store does not answer.
    pub async fn job_counts(&self, caller: &Caller) -> Result<JobCounts, ServiceError> {
        authorise(caller, Role::Operator)?;
        Ok(job_counts(&self.inner.store.job_counts(FAILED_WITHIN).await?))
    }

    /// The metrics of this process, in the text format of OpenMetrics. Reader.
    ///
    /// # Errors
    /// 500 where they cannot be written down.
    pub async fn metrics(&self, caller: &Caller) -> Result<String, ServiceError> {
        authorise(caller, Role::Reader)?;
        let inner = &self.inner;
        let memory = inner.memory_use().await;
        let (redis, durable) = tokio::join!(inner.holding(TierName::Redis), inner.holding(TierName::Durable));
        let memory = Holding { entries: memory.entries, bytes: memory.bytes, limit_bytes: Some(memory.limit_bytes) };
        let tiers = [(Origin::Memory, Ok(memory)), (Origin::Redis, redis), (Origin::Durable, durable)];
        let stored = tiers.into_iter().filter_map(|(tier, holding)| {
            let Holding { entries, bytes, limit_bytes } = holding.ok()?;
            Some(TierLevel { tier, entries, bytes, limit_bytes })
        });
        let stored = stored.collect();
        let counts = inner.store.job_counts(FAILED_WITHIN);
        let jobs = tokio::time::timeout(PATIENCE, counts).await.ok().and_then(Result::ok);
        let health = self.health().await;
        let levels = Levels {
            stored,
            jobs,
            parts: health.tiers.iter().map(|tier| (tier.tier, tier.ready)).collect(),
            num_damaged: health.num_damaged,
        };
        inner.measures.metrics.to_text(&levels).map_err(|error| ServiceError::Internal(error.to_string()))
    }

    /// Counts an answer over HTTP.
    pub fn answered_over_http(&self, request: &crate::measure::HttpRequest, took: Duration) {
        self.inner.measures.metrics.answered_over_http(request, took);
    }
}

impl Inner {
    /// Has every process report, this one first, and waits a while: those that have not, and all that are there.
    async fn collect_reports(&self) -> Result<(Vec<String>, Vec<Reporter>), StoreError> {
        let begun = tokio::time::Instant::now();
        let question = self.store.ask_for_reports().await?;
        self.report_question.fetch_max(question, Ordering::AcqRel);
        self.report().await?;
        loop {
            let reporters = self.store.reporters().await?;
            let is_missing = |reporter: &&Reporter| reporter.question.is_none_or(|answered| answered < question);
            let missing: Vec<String> =
                reporters.iter().filter(is_missing).map(|reporter| reporter.name.clone()).collect();
            if missing.is_empty() || begun.elapsed() >= PATIENCE {
                return Ok((missing, reporters));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How long each answer took that was given since a time.
    async fn latencies_since(&self, from_ms: i64, now_ms: i64) -> Result<Latencies, StoreError> {
        let first_hour = first_hour_from(from_ms);
        let mut found = self.store.latencies(Period::Minute, from_ms, first_hour).await?;
        found.extend(self.store.latencies(Period::Hour, first_hour, now_ms.saturating_add(1)).await?);
        // There may be thousands, which is no work for the runtime's threads.
        let added = tokio::task::spawn_blocking(move || {
            let mut sum = Latencies::default();
            for encoded in &found {
                match Latencies::decode(encoded) {
                    Some(latencies) => sum.add(&latencies),
                    None => tracing::warn!("latencies in the store that cannot be read are left out"),
                }
            }
            sum
        });
        added.await.map_err(|error| StoreError::Failed(error.to_string()))
    }

    async fn storage(&self, reporters: &[Reporter], window: &Window) -> CacheStorage {
        let (redis, durable) = tokio::join!(self.holding(TierName::Redis), self.holding(TierName::Durable));
        // This process is there even where it could not say so for a while.
        let own = self.memory_use().await;
        let own = Holding { entries: own.entries, bytes: own.bytes, limit_bytes: Some(own.limit_bytes) };
        let others = reporters.iter().filter(|reporter| reporter.process_id != self.process.id);
        let memory = others.fold(own, |sum, reporter| Holding {
            entries: sum.entries + reporter.memory.entries,
            bytes: sum.bytes + reporter.memory.bytes,
            limit_bytes: Some(sum.limit_bytes.unwrap_or(0) + reporter.memory.limit_bytes),
        });
        let mut unavailable = Vec::new();
        let mut told = |tier: Tier, holding: Result<Holding, String>| match holding {
            Ok(holding) => Some(tier_storage(holding)),
            Err(reason) => {
                unavailable.push(UnavailableTier { tier, reason });
                None
            }
        };
        let (redis, durable) = (told(Tier::Redis, redis), told(Tier::Durable, durable));
        let evicted = EvictionCounts { entries: window.done(Ending::Evicted), rows: window.done(Ending::LostRows) };
        CacheStorage { memory: Some(tier_storage(memory)), redis, durable, postgres: durable, unavailable, evicted }
    }

    /// What a tier that processes share holds, or why that cannot be told.
    async fn holding(&self, tier: TierName) -> Result<Holding, String> {
        let measured = match tier {
            TierName::Redis if self.redis.is_none() => return Err("there is none".to_owned()),
            TierName::Redis => &self.in_redis,
            TierName::Memory => return self.tiers.holding(tier).await,
            TierName::Durable => &self.in_durable,
        };
        let tiers = Arc::clone(&self.tiers);
        let measure = || async move { tiers.holding(tier).await };
        measured.get(&self.clock, PATIENCE, measure).await
    }
}

fn tier_storage(holding: Holding) -> TierStorage {
    TierStorage {
        entries_count: holding.entries,
        total_size_bytes: holding.bytes,
        avg_entry_size_bytes: holding.bytes.checked_div(holding.entries),
        limit_bytes: holding.limit_bytes,
    }
}

fn slow_query(slow: SlowRequest) -> SlowQuery {
    SlowQuery {
        kind: slow.series.kind.name().to_owned(),
        key: blake3::Hash::from_bytes(slow.key).to_string(),
        matrix_key: slow.matrix_key.map(MatrixKey::from_bytes),
        latency_ms: slow.latency_us as f64 / 1e3,
        tier: tier_of(slow.series.origin),
        timestamp: rfc3339(slow.at_ms),
    }
}

fn fund_requests(fund: BusyFund) -> FundRequests {
    let misses = fund.requests.saturating_sub(fund.hits);
    let counts = RequestCounts { requests: fund.requests, hits: fund.hits, misses };
    FundRequests { tenant: fund.tenant, fund_id: fund.fund_id, counts }
}

fn tier_of(origin: Origin) -> Tier {
    match origin {
        Origin::Memory => Tier::Memory,
        Origin::Redis => Tier::Redis,
        Origin::Durable => Tier::Durable,
        Origin::Computed | Origin::Nowhere => Tier::Computed,
    }
}

fn job_counts(counts: &[JobCount]) -> JobCounts {
    let of = |state| counts.iter().filter(|count| count.state == state).map(|count| count.count).sum();
    JobCounts { waiting: of("waiting"), active: of("active"), failed: of("failed") }
}
