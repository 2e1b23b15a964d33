//! What was asked of the cache over time, all processes together.

use std::collections::BTreeMap;

use foliocast_app::api::{CacheHistory, CachePeriod, TierPeriod};
use foliocast_app::service::{Caller, Role};

use super::stats::{first_hour_from, window_start};
use super::{ServiceError, Services, authorise};
use crate::clock::rfc3339;
use crate::measure::Latencies;
use crate::store::{Ending, Moment, Origin, Period, StoreError};

/// Upper bounds of classes of latencies, microseconds: three for each power of ten.
const BOUNDS_US: [u64; 18] = [
    50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
    5_000_000, 10_000_000, 60_000_000,
];

/// Length of the periods that a window of so many hours is told in, milliseconds: some 60 of them at most.
const fn period_ms(hours: u32) -> i64 {
    const MINUTE_MS: i64 = 60_000;
    match hours {
        0..=1 => MINUTE_MS,
        2..=12 => 15 * MINUTE_MS,
        13..=48 => 60 * MINUTE_MS,
        _ => 6 * 60 * MINUTE_MS,
    }
}

/// What was counted from one place in one period.
#[derive(Default)]
struct Answers {
    requests: u64,
    latencies: Latencies,
}

impl Services {
    /// What was asked in the last `hours` (1–168), by period. Operator.
    ///
    /// # Errors
    /// 503 where the durable store does not answer.
    pub async fn cache_history(&self, caller: &Caller, hours: u32) -> Result<CacheHistory, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        let _turn = inner.telling_stats.lock().await;
        let length_ms = period_ms(hours);
        let now_ms = inner.clock.now_ms();
        let start_of = move |at_ms: i64| at_ms - at_ms.rem_euclid(length_ms);
        // The same window as that of the statistics, so that both have the same sums: its first period is not whole.
        let from_ms = window_start(now_ms, hours);
        inner.report().await?;
        // Periods of hours hold whole ones, but for minutes at the edge.
        let hours_from = if length_ms < Period::Hour.length_ms() { i64::MAX } else { first_hour_from(from_ms) };
        let end_ms = now_ms.saturating_add(1);
        let mut moments = inner.store.moments(Period::Minute, from_ms, hours_from.min(end_ms)).await?;
        if hours_from < end_ms {
            moments.extend(inner.store.moments(Period::Hour, hours_from, end_ms).await?);
        }
        let first = start_of(from_ms);
        let starts: Vec<i64> = (0..).map(|n| first + n * length_ms).take_while(|start| *start <= now_ms).collect();
        // There may be thousands, which is no work for the runtime's threads.
        let told = tokio::task::spawn_blocking(move || {
            let mut counted: BTreeMap<(i64, Origin), Answers> = BTreeMap::new();
            let mut hits: BTreeMap<i64, u64> = BTreeMap::new();
            for moment in &moments {
                let start = start_of(moment.starts_at_ms);
                if moment.series.ending == Ending::Hit {
                    *hits.entry(start).or_default() += moment.requests;
                }
                add(counted.entry((start, place(moment.series.origin))).or_default(), moment);
            }
            starts.into_iter().map(|start| told(start, start.max(from_ms), &counted, &hits)).collect()
        });
        let periods: Vec<CachePeriod> = told.await.map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(CacheHistory {
            as_of: rfc3339(now_ms),
            since: rfc3339(from_ms),
            period_seconds: length_ms as u64 / 1_000,
            latency_bounds_ms: BOUNDS_US.map(|bound| bound as f64 / 1e3).to_vec(),
            periods,
        })
    }
}

/// What was answered from nowhere counts with what had to be made.
fn place(origin: Origin) -> Origin {
    match origin {
        Origin::Nowhere => Origin::Computed,
        other => other,
    }
}

fn add(answers: &mut Answers, moment: &Moment) {
    answers.requests += moment.requests;
    if moment.latencies.is_empty() {
        return;
    }
    match Latencies::decode(&moment.latencies) {
        Some(latencies) => answers.latencies.add(&latencies),
        None => tracing::warn!("latencies in the store that cannot be read are left out"),
    }
}

fn told(
    start_ms: i64,
    told_start_ms: i64,
    counted: &BTreeMap<(i64, Origin), Answers>,
    hits: &BTreeMap<i64, u64>,
) -> CachePeriod {
    let of = |origin| counted.get(&(start_ms, origin)).map_or_else(TierPeriod::default, tier_period);
    let (memory, redis) = (of(Origin::Memory), of(Origin::Redis));
    let (durable, computed) = (of(Origin::Durable), of(Origin::Computed));
    CachePeriod {
        starts_at: rfc3339(told_start_ms),
        requests: memory.requests + redis.requests + durable.requests + computed.requests,
        hits: hits.get(&start_ms).copied().unwrap_or(0),
        memory,
        redis,
        durable,
        computed,
    }
}

fn tier_period(answers: &Answers) -> TierPeriod {
    let quantile_ms = |share| answers.latencies.quantile_us(share).map(|us| us as f64 / 1e3);
    TierPeriod {
        requests: answers.requests,
        p50_latency_ms: quantile_ms(0.5),
        p95_latency_ms: quantile_ms(0.95),
        latencies: if answers.latencies.count() == 0 { Vec::new() } else { answers.latencies.classes(&BOUNDS_US) },
    }
}
