//! What this process counts of what is asked of it: for everybody's statistics, which the store keeps, and for whoever
//! collects metrics from this process.

mod latencies;
mod metrics;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

pub use latencies::Latencies;
pub use metrics::{HttpRequest, Levels, Metrics, TierLevel};

use crate::store::{Activity, Ending, Evicted, FundActivity, Key, Kind, Origin, Period, RunAsks, Series, SlowRequest};

/// Funds of an hour that are counted apart, and of one tenant; what comes beyond is counted, but for no fund.
const MOST_FUNDS: usize = 1_000;
const MOST_FUNDS_OF_TENANT: usize = 250;

/// Runs whose requests wait to be told, at most.
const MOST_ASKED: usize = 10_000;

/// Slowest requests of an hour that are remembered.
const MOST_SLOW: usize = 10;

/// Periods that are over and wait to be reported, at most: five hours of a busy process that does not reach its store.
const MOST_OVER: usize = 4_000;

/// Hours of which funds and slowest requests wait to be reported, at most.
const MOST_HOURS: usize = 3;

/// A clock that was set back by no more than this counts into the latest period until it has caught up.
const SMALL_STEP_BACK_MS: i64 = 120_000;

/// Who asked for what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose fund.
    pub tenant: &'a str,
    /// The fund.
    pub fund_id: &'a str,
    /// What was asked for.
    pub kind: Kind,
    /// Its key.
    pub key: Key,
}

/// What this process has counted and not yet reported. Cheap to add to from everywhere.
#[derive(Debug, Default)]
pub struct Measures {
    counted: Mutex<Counted>,
    /// For whoever collects them here.
    pub metrics: Metrics,
}

#[derive(Debug)]
struct Counted {
    /// Under which these counts are kept: a period is never counted again under the same one once it was reported.
    counter: Uuid,
    /// Periods that are not over.
    open: HashMap<(Period, i64, Series), Cell>,
    /// Periods that are over, in the order in which they ended.
    over: Vec<Activity>,
    funds: Vec<Hour<Funds>>,
    slow: Vec<Hour<Changing<Vec<SlowRequest>>>>,
    /// Requests for runs since they were last taken, by tenant.
    asks: HashMap<String, HashMap<Key, u64>>,
    num_asked: usize,
    /// Rises with everything that is counted.
    changes: u64,
    /// The latest time that was counted at.
    latest_ms: i64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            counter: Uuid::now_v7(),
            open: HashMap::new(),
            over: Vec::new(),
            funds: Vec::new(),
            slow: Vec::new(),
            asks: HashMap::new(),
            num_asked: 0,
            changes: 0,
            latest_ms: i64::MIN,
        }
    }
}

/// What is counted by the hour; the present one is the last.
#[derive(Debug)]
struct Hour<T> {
    counter: Uuid,
    starts_at_ms: i64,
    counts: T,
}

#[derive(Debug, Default)]
struct Funds {
    by_tenant: HashMap<String, HashMap<(Kind, String), Changing<FundCell>>>,
    num_funds: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct FundCell {
    requests: u64,
    hits: u64,
}

/// Something, and after which change it is as it is; 0 where that was reported.
#[derive(Clone, Debug, Default)]
struct Changing<T> {
    value: T,
    changed: u64,
}

#[derive(Clone, Debug, Default)]
struct Cell {
    requests: u64,
    answered: u64,
    latency_us: u64,
    latencies: Latencies,
    changed: u64,
}

/// What is to be reported, and up to which change.
#[derive(Debug)]
pub struct Unreported {
    /// Periods in which something came.
    pub activity: Vec<Activity>,
    /// Funds that were asked for.
    pub funds: Vec<FundActivity>,
    /// Slowest requests.
    pub slow: Vec<SlowRequest>,
    num_over: usize,
    changes: u64,
}

impl Unreported {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.activity.is_empty() && self.funds.is_empty() && self.slow.is_empty()
    }
}

impl Measures {
    /// A request found what it asked for. `matrix_key` is only asked where the answer was slow.
    pub fn found(
        &self,
        asked: Asked<'_>,
        origin: Origin,
        took: Duration,
        at_ms: i64,
        matrix_key: impl FnOnce() -> Option<Key>,
    ) {
        let series = Series { kind: asked.kind, origin, ending: Ending::Hit };
        let mut counted = self.counted();
        counted.count(series, at_ms, 1, Some(microseconds(took)));
        counted.count_for_fund(asked, true);
        counted.count_for_run(asked);
        drop(counted);
        self.compare(series, asked.key, took, at_ms, matrix_key);
        self.metrics.asked(series);
        self.metrics.answered(series, took);
    }

    /// A request did not find what it asked for. What it is answered in the end is told with [`Self::answered`].
    pub fn missed(&self, asked: Asked<'_>, ending: Ending, at_ms: i64) -> Series {
        let origin = if ending == Ending::Absent { Origin::Nowhere } else { Origin::Computed };
        let series = Series { kind: asked.kind, origin, ending };
        let mut counted = self.counted();
        counted.count(series, at_ms, 1, None);
        counted.count_for_fund(asked, false);
        counted.count_for_run(asked);
        drop(counted);
        self.metrics.asked(series);
        series
    }

    /// A request that was told as missed was answered all the same.
    pub fn answered(&self, series: Series, key: Key, matrix_key: Key, took: Duration, at_ms: i64) {
        self.counted().count(series, at_ms, 0, Some(microseconds(took)));
        self.compare(series, key, took, at_ms, || Some(matrix_key));
        self.metrics.answered(series, took);
    }

    /// Rows were generated.
    pub fn generated(&self, took: Duration, at_ms: i64) {
        let series = Series { kind: Kind::Matrix, origin: Origin::Computed, ending: Ending::Generated };
        self.counted().count(series, at_ms, 0, Some(microseconds(took)));
        self.metrics.generated(took);
    }

    /// Room was made in the durable store.
    pub fn evicted(&self, evicted: &Evicted, at_ms: i64) {
        for (ending, artifacts) in [(Ending::LostRows, &evicted.rows), (Ending::Evicted, &evicted.records)] {
            for kind in Kind::ALL {
                let times = artifacts.iter().filter(|id| id.kind == kind).count() as u64;
                if times > 0 {
                    let series = Series { kind, origin: Origin::Durable, ending };
                    self.counted().count_done(series, at_ms, times);
                    self.metrics.evicted(series, times);
                }
            }
        }
        self.metrics.evicted_bytes(evicted.bytes);
    }

    /// Remembers an answer where it is among the slowest of its hour.
    fn compare(&self, series: Series, key: Key, took: Duration, at_ms: i64, matrix_key: impl FnOnce() -> Option<Key>) {
        let latency_us = microseconds(took);
        if !self.counted().is_slow(latency_us) {
            return;
        }
        // While others go on: it may have to be looked up.
        let matrix_key = matrix_key();
        self.counted().remember_slow(series, key, matrix_key, latency_us, at_ms);
    }

    /// Requests for runs since this was last asked.
    pub fn take_asks(&self) -> Vec<RunAsks> {
        let mut counted = self.counted();
        counted.num_asked = 0;
        let asks = std::mem::take(&mut counted.asks);
        drop(counted);
        let of_tenant = |(tenant, runs): (String, HashMap<Key, u64>)| {
            runs.into_iter().map(move |(run_key, asks)| RunAsks { run_key, tenant: tenant.clone(), asks })
        };
        asks.into_iter().flat_map(of_tenant).collect()
    }

    /// Everything that was not yet reported.
    pub fn unreported(&self) -> Unreported {
        let counted = self.counted();
        let (counter, changes, over) = (counted.counter, counted.changes, counted.over.clone());
        let open: Vec<_> =
            counted.open.iter().filter(|(_, cell)| cell.changed > 0).map(|(key, cell)| (*key, cell.clone())).collect();
        let mut funds = Vec::new();
        for hour in &counted.funds {
            for (tenant, of_tenant) in &hour.counts.by_tenant {
                for ((kind, fund_id), fund) in of_tenant.iter().filter(|(_, fund)| fund.changed > 0) {
                    funds.push(FundActivity {
                        counter: hour.counter,
                        starts_at_ms: hour.starts_at_ms,
                        tenant: tenant.clone(),
                        fund_id: fund_id.clone(),
                        kind: *kind,
                        requests: fund.value.requests,
                        hits: fund.value.hits,
                    });
                }
            }
        }
        let slow = counted.slow.iter().filter(|hour| hour.counts.changed > 0);
        let slow = slow.flat_map(|hour| hour.counts.value.iter().cloned()).collect();
        drop(counted);
        let num_over = over.len();
        // Written down while others count on.
        let open = open
            .into_iter()
            .map(|((period, starts_at_ms, series), cell)| cell.to_activity(counter, period, starts_at_ms, series));
        Unreported { activity: over.into_iter().chain(open).collect(), funds, slow, num_over, changes }
    }

    /// The store has taken a report: what did not change since is not told again, and what is over is forgotten.
    pub fn reported(&self, report: &Unreported) {
        let mut counted = self.counted();
        let told = report.activity[..report.num_over].iter().map(period_of).collect::<HashSet<_>>();
        counted.over.retain(|activity| !told.contains(&period_of(activity)));
        for cell in counted.open.values_mut().filter(|cell| cell.changed <= report.changes) {
            cell.changed = 0;
        }
        for hour in &mut counted.funds {
            let funds = hour.counts.by_tenant.values_mut().flat_map(HashMap::values_mut);
            for fund in funds.filter(|fund| fund.changed <= report.changes) {
                fund.changed = 0;
            }
        }
        for hour in counted.slow.iter_mut().filter(|hour| hour.counts.changed <= report.changes) {
            hour.counts.changed = 0;
        }
        // The present hour is the last one; nothing is counted in the others any more.
        let is_told =
            |hour: &Hour<Funds>| hour.counts.by_tenant.values().flat_map(HashMap::values).all(|fund| fund.changed == 0);
        while counted.funds.len() > 1 && is_told(&counted.funds[0]) {
            counted.funds.remove(0);
        }
        while counted.slow.len() > 1 && counted.slow[0].counts.changed == 0 {
            counted.slow.remove(0);
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cell {
    fn to_activity(&self, counter: Uuid, period: Period, starts_at_ms: i64, series: Series) -> Activity {
        Activity {
            counter,
            period,
            starts_at_ms,
            series,
            requests: self.requests,
            answered: self.answered,
            latency_us: self.latency_us,
            latencies: self.latencies.encode(),
        }
    }
}

impl Counted {
    /// Counts requests and what answering one of them took.
    fn count(&mut self, series: Series, at_ms: i64, requests: u64, took_us: Option<u64>) {
        self.change(series, at_ms, |cell| {
            cell.requests += requests;
            if let Some(took_us) = took_us {
                cell.answered += 1;
                cell.latency_us = cell.latency_us.saturating_add(took_us);
                cell.latencies.record(took_us);
            }
        });
    }

    /// Counts how often something was done, whatever that took.
    fn count_done(&mut self, series: Series, at_ms: i64, times: u64) {
        self.change(series, at_ms, |cell| cell.answered += times);
    }

    /// Counts in the periods of a time; in the latest ones where the clock was set back a little.
    fn change(&mut self, series: Series, at_ms: i64, add: impl Fn(&mut Cell)) {
        if at_ms < self.latest_ms.saturating_sub(SMALL_STEP_BACK_MS) {
            // What comes now belongs to periods that may have been reported: it is counted apart from them.
            self.end_periods_before(i64::MAX);
            self.counter = Uuid::now_v7();
            self.latest_ms = at_ms;
        }
        self.latest_ms = self.latest_ms.max(at_ms);
        self.changes += 1;
        for period in Period::ALL {
            let starts_at_ms = period.start_of(self.latest_ms);
            if !self.open.contains_key(&(period, starts_at_ms, series)) {
                self.end_periods_before(self.latest_ms);
            }
            let cell = self.open.entry((period, starts_at_ms, series)).or_default();
            add(cell);
            cell.changed = self.changes;
        }
    }

    /// Puts periods that were over by a time aside, as they are told: that takes less room.
    fn end_periods_before(&mut self, at_ms: i64) {
        let ended: Vec<_> = self
            .open
            .keys()
            .filter(|(period, starts_at_ms, _)| starts_at_ms.saturating_add(period.length_ms()) <= at_ms)
            .copied()
            .collect();
        for key in ended {
            let Some(cell) = self.open.remove(&key) else { continue };
            if cell.changed > 0 {
                self.over.push(cell.to_activity(self.counter, key.0, key.1, key.2));
            }
        }
        // Minutes are forgotten soonest, and an hour stands for sixty of them.
        let mut beyond = self.over.len().saturating_sub(MOST_OVER);
        self.over.retain(|activity| {
            let is_kept = beyond == 0 || activity.period != Period::Minute;
            beyond -= usize::from(!is_kept);
            is_kept
        });
        let beyond = self.over.len().saturating_sub(MOST_OVER);
        self.over.drain(..beyond);
    }

    fn count_for_fund(&mut self, asked: Asked<'_>, is_hit: bool) {
        let changed = self.changes;
        let hour = present_hour(&mut self.funds, self.counter, self.latest_ms);
        let key = (asked.kind, asked.fund_id.to_owned());
        let is_known = hour.by_tenant.get(asked.tenant).is_some_and(|funds| funds.contains_key(&key));
        let of_tenant = hour.by_tenant.get(asked.tenant).map_or(0, HashMap::len);
        let is_full = hour.num_funds >= MOST_FUNDS || of_tenant >= MOST_FUNDS_OF_TENANT;
        // No fund has a name without letters.
        let (tenant, key) = if is_known || !is_full { (asked.tenant, key) } else { ("", (asked.kind, String::new())) };
        hour.num_funds += usize::from(!is_known && !is_full);
        if !hour.by_tenant.contains_key(tenant) {
            hour.by_tenant.insert(tenant.to_owned(), HashMap::new());
        }
        let Some(funds) = hour.by_tenant.get_mut(tenant) else { return };
        let fund = funds.entry(key).or_default();
        fund.value.requests += 1;
        fund.value.hits += u64::from(is_hit);
        fund.changed = changed;
    }

    fn count_for_run(&mut self, asked: Asked<'_>) {
        if asked.kind != Kind::Run {
            return;
        }
        if !self.asks.contains_key(asked.tenant) {
            self.asks.insert(asked.tenant.to_owned(), HashMap::new());
        }
        let Some(runs) = self.asks.get_mut(asked.tenant) else { return };
        let is_full = self.num_asked >= MOST_ASKED;
        match runs.get_mut(&asked.key) {
            Some(asks) => *asks += 1,
            None if is_full => {}
            None => {
                runs.insert(asked.key, 1);
                self.num_asked += 1;
            }
        }
    }

    fn is_slow(&mut self, latency_us: u64) -> bool {
        let slow = &present_hour(&mut self.slow, self.counter, self.latest_ms).value;
        slow.len() < MOST_SLOW || slow.last().is_some_and(|fastest| fastest.latency_us < latency_us)
    }

    fn remember_slow(&mut self, series: Series, key: Key, matrix_key: Option<Key>, latency_us: u64, at_ms: i64) {
        let (counter, starts_at_ms) = (self.counter, Period::Hour.start_of(self.latest_ms));
        self.changes += 1;
        let changed = self.changes;
        let slow = present_hour(&mut self.slow, counter, self.latest_ms);
        let place = slow.value.partition_point(|other| other.latency_us >= latency_us);
        let request = SlowRequest { counter, starts_at_ms, place: 0, series, key, matrix_key, latency_us, at_ms };
        slow.value.insert(place, request);
        slow.value.truncate(MOST_SLOW);
        for (place, request) in (0..).zip(&mut slow.value) {
            request.place = place;
        }
        slow.changed = changed;
    }
}

/// The counts of the present hour; of hours that nobody was told of, the oldest are given up.
fn present_hour<T: Default>(hours: &mut Vec<Hour<T>>, counter: Uuid, latest_ms: i64) -> &mut T {
    let starts_at_ms = Period::Hour.start_of(latest_ms);
    let is_there = hours.last().is_some_and(|hour| hour.counter == counter && hour.starts_at_ms == starts_at_ms);
    if !is_there {
        hours.push(Hour { counter, starts_at_ms, counts: T::default() });
        let beyond = hours.len().saturating_sub(MOST_HOURS);
        hours.drain(..beyond);
    }
    let last = hours.len() - 1;
    &mut hours[last].counts
}

/// What is counted once and, when it is over, for good.
fn period_of(activity: &Activity) -> (Uuid, Period, i64, Series) {
    (activity.counter, activity.period, activity.starts_at_ms, activity.series)
}

fn microseconds(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
