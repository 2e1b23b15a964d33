//! What both databases answer with of what processes reported. What this program cannot name, a newer one's kinds and
//! outcomes, is left out.

use bytes::Bytes;
use sqlx::FromRow;
use uuid::Uuid;

use super::found::{key, unsigned};
use super::{
    BusyFund, DurableUse, Ending, JobCount, Kind, MemoryUse, Moment, Origin, Priority, Reporter, RunAsks, Series,
    SlowRequest, Sum,
};

#[derive(FromRow)]
pub struct FoundReporter {
    process_id: Uuid,
    name: String,
    question: Option<i64>,
    memory_entries: i64,
    memory_bytes: i64,
    memory_limit_bytes: i64,
    worker_slots: i64,
}

impl FoundReporter {
    pub fn row(self) -> Reporter {
        Reporter {
            process_id: self.process_id,
            name: self.name,
            question: self.question,
            memory: MemoryUse {
                entries: unsigned(self.memory_entries),
                bytes: unsigned(self.memory_bytes),
                limit_bytes: unsigned(self.memory_limit_bytes),
            },
            worker_slots: u32::try_from(self.worker_slots).unwrap_or(0),
        }
    }
}

fn series(kind: &str, tier: &str, outcome: &str) -> Option<Series> {
    Some(Series { kind: Kind::from_name(kind)?, origin: Origin::from_name(tier)?, ending: Ending::from_name(outcome)? })
}

#[derive(FromRow)]
pub struct FoundSum {
    kind: String,
    tier: String,
    outcome: String,
    requests: i64,
    answered: i64,
    latency_us: i64,
}

impl FoundSum {
    pub fn row(self) -> Option<Sum> {
        Some(Sum {
            series: series(&self.kind, &self.tier, &self.outcome)?,
            requests: unsigned(self.requests),
            answered: unsigned(self.answered),
            latency_us: unsigned(self.latency_us),
        })
    }
}

#[derive(FromRow)]
pub struct FoundMoment {
    starts_at: i64,
    kind: String,
    tier: String,
    outcome: String,
    requests: i64,
    latencies: Vec<u8>,
}

impl FoundMoment {
    pub fn row(self) -> Option<Moment> {
        Some(Moment {
            starts_at_ms: self.starts_at,
            series: series(&self.kind, &self.tier, &self.outcome)?,
            requests: unsigned(self.requests),
            latencies: Bytes::from(self.latencies),
        })
    }
}

#[derive(FromRow)]
pub struct FoundFund {
    tenant: String,
    fund_id: String,
    requests: i64,
    hits: i64,
}

impl FoundFund {
    pub fn row(self) -> BusyFund {
        BusyFund {
            tenant: self.tenant,
            fund_id: self.fund_id,
            requests: unsigned(self.requests),
            hits: unsigned(self.hits),
        }
    }
}

#[derive(FromRow)]
pub struct FoundAsks {
    run_key: Vec<u8>,
    tenant: String,
    asks: i64,
}

impl FoundAsks {
    pub fn row(self) -> Option<RunAsks> {
        Some(RunAsks { run_key: key(&self.run_key).ok()?, tenant: self.tenant, asks: unsigned(self.asks) })
    }
}

/// Days since 1970.
pub fn day(at_ms: i64) -> i64 {
    at_ms.div_euclid(24 * 3_600_000)
}

#[derive(FromRow)]
pub struct FoundSlow {
    counter_id: Uuid,
    starts_at: i64,
    place: i64,
    kind: String,
    tier: String,
    outcome: String,
    key: Vec<u8>,
    matrix_key: Option<Vec<u8>>,
    latency_us: i64,
    at: i64,
}

impl FoundSlow {
    pub fn row(self) -> Option<SlowRequest> {
        Some(SlowRequest {
            counter: self.counter_id,
            starts_at_ms: self.starts_at,
            place: u32::try_from(self.place).ok()?,
            series: series(&self.kind, &self.tier, &self.outcome)?,
            key: key(&self.key).ok()?,
            matrix_key: self.matrix_key.as_deref().and_then(|matrix| key(matrix).ok()),
            latency_us: unsigned(self.latency_us),
            at_ms: self.at,
        })
    }
}

#[derive(FromRow)]
pub struct FoundUse {
    kind: String,
    entries: i64,
    bytes: i64,
    /// Of how many lines that is the sum.
    pub lines: i64,
}

impl FoundUse {
    pub fn row(self) -> Option<DurableUse> {
        let kind = Kind::from_name(&self.kind)?;
        Some(DurableUse { kind, entries: unsigned(self.entries), bytes: unsigned(self.bytes) })
    }
}

#[derive(FromRow)]
pub struct FoundJobCount {
    state: String,
    priority: i64,
    count: i64,
}

impl FoundJobCount {
    pub fn row(self) -> Option<JobCount> {
        let state = ["waiting", "active", "failed"].into_iter().find(|state| *state == self.state)?;
        let priority = Priority::ALL.into_iter().find(|priority| *priority as i64 == self.priority)?;
        Some(JobCount { state, priority, count: unsigned(self.count) })
    }
}
