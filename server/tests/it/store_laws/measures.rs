//! Laws of what processes report.

use std::time::Duration;

use bytes::Bytes;
use foliocast::clock::ManualClock;
use foliocast::measure::Latencies;
use foliocast::store::{
    Action, Activity, Before, DurableUse, Ending, FundActivity, JobCount, Kind, MeasuresKept, Member, MemoryUse,
    Origin, Period, Priority, Report, RunAsks, Scope, Series, SlowRequest, Store, Submitted, Sum,
};
use uuid::Uuid;

use super::{NOW_MS, change, claim, job, key, make, record, submit};

const HIT: Series = Series { kind: Kind::Run, origin: Origin::Memory, ending: Ending::Hit };
const MADE: Series = Series { kind: Kind::Run, origin: Origin::Computed, ending: Ending::Made };
const GENERATED: Series = Series { kind: Kind::Matrix, origin: Origin::Computed, ending: Ending::Generated };

fn counter(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

fn took(latencies_us: &[u64]) -> Bytes {
    let mut latencies = Latencies::default();
    latencies_us.iter().for_each(|latency_us| latencies.record(*latency_us));
    latencies.encode()
}

/// Requests of a counter in the minute or hour that holds a time, each of which was answered after so long.
fn activity(number: u8, period: Period, at_ms: i64, series: Series, latencies_us: &[u64]) -> Activity {
    let count = latencies_us.len() as u64;
    Activity {
        counter: counter(number),
        period,
        starts_at_ms: period.start_of(at_ms),
        series,
        requests: count,
        answered: count,
        latency_us: latencies_us.iter().sum(),
        latencies: took(latencies_us),
    }
}

fn fund(number: u8, at_ms: i64, tenant: &str, fund_id: &str, requests: u64, hits: u64) -> FundActivity {
    FundActivity {
        counter: counter(number),
        starts_at_ms: Period::Hour.start_of(at_ms),
        tenant: tenant.to_owned(),
        fund_id: fund_id.to_owned(),
        kind: Kind::Run,
        requests,
        hits,
    }
}

fn slow(number: u8, at_ms: i64, place: u32, latency_us: u64) -> SlowRequest {
    SlowRequest {
        counter: counter(number),
        starts_at_ms: Period::Hour.start_of(at_ms),
        place,
        series: HIT,
        key: key(number),
        matrix_key: (number == 1).then(|| key(51)),
        latency_us,
        at_ms,
    }
}

fn report(number: u8) -> Report {
    Report {
        process: Member { id: counter(number), name: format!("process {number}") },
        question: None,
        memory: MemoryUse { entries: 1, bytes: 100, limit_bytes: 1_000 },
        worker_slots: 2,
        activity: Vec::new(),
        funds: Vec::new(),
        slow: Vec::new(),
    }
}

fn sum(series: Series, requests: u64, latency_us: u64) -> Sum {
    Sum { series, requests, answered: requests, latency_us }
}

async fn sums(store: &dyn Store, period: Period, from_ms: i64, until_ms: i64) -> Vec<Sum> {
    let mut found = store.sums(period, from_ms, until_ms).await.unwrap();
    found.sort_by_key(|sum| sum.series);
    found
}

async fn latencies(store: &dyn Store, period: Period, from_ms: i64) -> Latencies {
    let mut all = Latencies::default();
    for encoded in store.latencies(period, from_ms, i64::MAX).await.unwrap() {
        all.add(&Latencies::decode(&encoded).unwrap());
    }
    all
}

/// Counts are of whole periods so far: telling them again changes nothing, telling more replaces what was told.
pub async fn a_report_that_is_told_again_counts_once(store: &dyn Store, _: &ManualClock) {
    let told = |latencies_us: &[u64]| Report {
        activity: vec![activity(1, Period::Minute, NOW_MS, HIT, latencies_us)],
        funds: vec![fund(1, NOW_MS, "me", "a", latencies_us.len() as u64, 1)],
        slow: vec![slow(1, NOW_MS, 0, latencies_us[latencies_us.len() - 1])],
        ..report(1)
    };
    for _ in 0..2 {
        store.report(told(&[10, 20])).await.unwrap();
    }
    assert_eq!(sums(store, Period::Minute, 0, i64::MAX).await, [sum(HIT, 2, 30)]);
    store.report(told(&[10, 20, 500])).await.unwrap();
    assert_eq!(sums(store, Period::Minute, 0, i64::MAX).await, [sum(HIT, 3, 530)]);
    assert_eq!(latencies(store, Period::Minute, 0).await, Latencies::decode(&took(&[10, 20, 500])).unwrap());
    let funds = store.busiest_funds(0, 10).await.unwrap();
    assert_eq!(funds.iter().map(|fund| (fund.requests, fund.hits)).collect::<Vec<_>>(), [(3, 1)]);
    let slowest = store.slowest(0, 10).await.unwrap();
    assert_eq!(slowest, [slow(1, NOW_MS, 0, 500)]);
}

/// What was counted apart, by several processes or by one under several counters, is added up by what it is.
pub async fn what_all_processes_counted_adds_up(store: &dyn Store, _: &ManualClock) {
    let hour_ms = Period::Hour.length_ms();
    let first = Report {
        activity: vec![
            activity(1, Period::Hour, NOW_MS, HIT, &[10]),
            activity(1, Period::Hour, NOW_MS, MADE, &[5_000]),
            activity(1, Period::Hour, NOW_MS - hour_ms, HIT, &[7]),
            activity(1, Period::Minute, NOW_MS, HIT, &[10]),
        ],
        ..report(1)
    };
    let second = Report {
        activity: vec![
            activity(2, Period::Hour, NOW_MS, HIT, &[30, 40]),
            activity(3, Period::Hour, NOW_MS, HIT, &[50]),
            activity(3, Period::Hour, NOW_MS, GENERATED, &[900]),
        ],
        ..report(2)
    };
    store.report(first).await.unwrap();
    store.report(second).await.unwrap();
    let this_hour = Period::Hour.start_of(NOW_MS);
    let both = [sum(GENERATED, 1, 900), sum(HIT, 4, 130), sum(MADE, 1, 5_000)];
    assert_eq!(sums(store, Period::Hour, this_hour, i64::MAX).await, both);
    assert_eq!(sums(store, Period::Hour, 0, this_hour).await, [sum(HIT, 1, 7)], "the end is not among them");
    assert_eq!(sums(store, Period::Minute, 0, i64::MAX).await, [sum(HIT, 1, 10)]);
    // What was generated is no answer.
    let answers = Latencies::decode(&took(&[10, 5_000, 30, 40, 50])).unwrap();
    assert_eq!(latencies(store, Period::Hour, this_hour).await, answers);
}

/// The slowest answers since a time, and the busiest funds in whole hours, best first and no more than asked for.
pub async fn the_slowest_and_the_busiest_come_first(store: &dyn Store, _: &ManualClock) {
    let hour_ms = Period::Hour.length_ms();
    let first = Report {
        funds: vec![
            fund(1, NOW_MS, "me", "a", 5, 5),
            fund(1, NOW_MS - hour_ms, "me", "a", 5, 0),
            fund(1, NOW_MS, "you", "a", 7, 1),
            // What was too much to count apart is no fund.
            fund(1, NOW_MS, "", "", 100, 1),
        ],
        slow: vec![slow(1, NOW_MS, 0, 900), slow(1, NOW_MS - 10, 1, 400)],
        ..report(1)
    };
    let second = Report {
        funds: vec![fund(2, NOW_MS, "me", "a", 1, 1)],
        slow: vec![slow(2, NOW_MS, 0, 800), slow(2, NOW_MS - hour_ms, 0, 9_000)],
        ..report(2)
    };
    store.report(first).await.unwrap();
    store.report(second).await.unwrap();
    let busiest = async |from_ms, limit| {
        let funds = store.busiest_funds(from_ms, limit).await.unwrap();
        funds.into_iter().map(|fund| (fund.tenant, fund.fund_id, fund.requests, fund.hits)).collect::<Vec<_>>()
    };
    let of = |tenant: &str, requests, hits| (tenant.to_owned(), "a".to_owned(), requests, hits);
    assert_eq!(busiest(0, 10).await, [of("me", 11, 6), of("you", 7, 1)]);
    assert_eq!(busiest(Period::Hour.start_of(NOW_MS), 10).await, [of("you", 7, 1), of("me", 6, 6)]);
    assert_eq!(busiest(0, 1).await, [of("me", 11, 6)]);
    let slowest = async |from_ms, limit| {
        let slow = store.slowest(from_ms, limit).await.unwrap();
        slow.into_iter().map(|slow| (slow.latency_us, slow.key, slow.matrix_key)).collect::<Vec<_>>()
    };
    let (mine, other) = ((key(1), Some(key(51))), (key(2), None));
    assert_eq!(slowest(0, 2).await, [(9_000, other.0, other.1), (900, mine.0, mine.1)]);
    assert_eq!(slowest(NOW_MS - 5, 9).await, [(900, mine.0, mine.1), (800, other.0, other.1)]);
}

/// Each for as long as it is kept, whatever the time of its process.
pub async fn what_was_counted_long_ago_is_forgotten(store: &dyn Store, clock: &ManualClock) {
    let kept = MeasuresKept {
        minutes: Duration::from_secs(3_600),
        hours: Duration::from_secs(48 * 3_600),
        details: Duration::from_secs(24 * 3_600),
    };
    let told = Report {
        activity: vec![activity(1, Period::Minute, NOW_MS, HIT, &[1]), activity(1, Period::Hour, NOW_MS, HIT, &[1])],
        funds: vec![fund(1, NOW_MS, "me", "a", 1, 1)],
        slow: vec![slow(1, NOW_MS, 0, 1)],
        ..report(1)
    };
    store.report(told).await.unwrap();
    let left = async || {
        assert!(!store.forget_measures(kept).await.unwrap(), "there is not so much");
        (
            store.sums(Period::Minute, 0, i64::MAX).await.unwrap().len(),
            store.sums(Period::Hour, 0, i64::MAX).await.unwrap().len(),
            store.busiest_funds(0, 10).await.unwrap().len(),
            store.slowest(0, 10).await.unwrap().len(),
        )
    };
    assert_eq!(left().await, (1, 1, 1, 1));
    clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(left().await, (0, 1, 1, 1));
    clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(left().await, (0, 1, 0, 0));
    clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(left().await, (0, 0, 0, 0));
}

/// Entries and bytes by kind, and computations by state and priority.
pub async fn what_is_kept_and_under_way_is_counted(store: &dyn Store, clock: &ManualClock) {
    assert_eq!(store.durable_use().await.unwrap(), []);
    assert_eq!(store.job_counts(Duration::from_secs(60)).await.unwrap(), []);
    make(store, "me", 1).await;
    let made = record(Kind::Run, 1);
    let bytes = (made.body.len() + made.block_digests.len()) as u64 + made.chunk_bytes;
    let kept = store.durable_use().await.unwrap();
    assert_eq!(kept, [DurableUse { kind: Kind::Run, entries: 1, bytes }]);
    for (number, priority) in [(2, Priority::Interactive), (3, Priority::Low), (4, Priority::Low)] {
        submit(store, &job("me", number, priority)).await;
    }
    let claimed = claim(store).await.unwrap();
    let counts = async || {
        let mut counts = store.job_counts(Duration::from_secs(60)).await.unwrap();
        counts.sort_by_key(|count| (count.state, count.priority));
        counts
    };
    let count = |state, priority, count| JobCount { state, priority, count };
    assert_eq!(counts().await, [count("active", Priority::Interactive, 1), count("waiting", Priority::Low, 2)]);
    store.fail(claimed.computation_id, claimed.token, "it is impossible", None).await.unwrap();
    assert_eq!(counts().await, [count("failed", Priority::Interactive, 1), count("waiting", Priority::Low, 2)]);
    clock.advance(Duration::from_secs(61));
    assert_eq!(counts().await, [count("waiting", Priority::Low, 2)], "it failed before");
}

/// Requests for runs add up over days and tenants, until they are too old.
pub async fn what_is_asked_for_most_comes_first(store: &dyn Store, clock: &ManualClock) {
    const DAY_MS: i64 = 24 * 3_600_000;
    let asks = |number, tenant: &str, asks| RunAsks { run_key: key(number), tenant: tenant.to_owned(), asks };
    store.count_asks(vec![asks(1, "a", 5), asks(2, "a", 4), asks(2, "b", 3)], NOW_MS - DAY_MS).await.unwrap();
    store.count_asks(vec![asks(3, "a", 6), asks(1, "b", 1)], NOW_MS).await.unwrap();
    store.count_asks(vec![asks(3, "a", 1)], NOW_MS).await.unwrap();
    let most = store.most_asked(NOW_MS - DAY_MS, 10).await.unwrap();
    assert_eq!(most, [asks(2, "a", 7), asks(3, "a", 7), asks(1, "a", 6)]);
    assert_eq!(store.most_asked(NOW_MS, 1).await.unwrap(), [asks(3, "a", 7)]);
    let kept = MeasuresKept { details: Duration::from_millis(DAY_MS as u64), ..KEPT_LONG };
    store.forget_measures(kept).await.unwrap();
    assert_eq!(store.most_asked(0, 10).await.unwrap().len(), 3);
    clock.advance(Duration::from_millis(DAY_MS as u64));
    store.forget_measures(kept).await.unwrap();
    assert_eq!(store.most_asked(0, 10).await.unwrap(), [asks(3, "a", 7), asks(1, "b", 1)]);
}

const KEPT_LONG: MeasuresKept = MeasuresKept {
    minutes: Duration::from_secs(3_600),
    hours: Duration::from_secs(3_600),
    details: Duration::from_secs(3_600),
};

/// Whether a thing is made for the first time, or again and why.
pub async fn what_was_there_before_is_told_with_a_new_computation(store: &dyn Store, _: &ManualClock) {
    let submitted = async |number, again| {
        let job = foliocast::store::NewJob { again, ..job("me", number, Priority::Interactive) };
        match store.submit(job, 100).await.unwrap() {
            Submitted::Attached { new_after, .. } => new_after,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(submitted(1, None).await, Some(Before::Nothing));
    assert_eq!(submitted(1, None).await, None, "it joins");
    let claimed = claim(store).await.unwrap();
    let completion = super::completion(1);
    store.complete(claimed.computation_id, claimed.token, completion).await.unwrap();
    assert_eq!(submitted(1, Some(Before::Damaged)).await, Some(Before::Damaged), "what it stands on was lost");
    let claimed = claim(store).await.unwrap();
    store.complete(claimed.computation_id, claimed.token, super::completion(1)).await.unwrap();
    store.drop_artifacts(Scope::Run(key(1)), None).await.unwrap();
    assert_eq!(submitted(1, None).await, Some(Before::Dropped));
}

/// Lines about the cache, newest first, page by page.
pub async fn what_is_about_the_cache_is_a_part_of_the_log(store: &dyn Store, clock: &ManualClock) {
    for number in 1..=3 {
        submit(store, &job("me", number, Priority::Interactive)).await;
        clock.advance(Duration::from_secs(1));
        let invalidate =
            foliocast::store::Change { subject: format!("drop {number}"), ..change("me", Action::Invalidate) };
        store.drop_artifacts(Scope::Run(key(9)), Some(invalidate)).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let subjects = |rows: &[foliocast::store::AuditRow]| rows.iter().map(|row| row.subject.clone()).collect::<Vec<_>>();
    let first = store.cache_log(2, None).await.unwrap();
    assert_eq!(subjects(&first), ["drop 3", "drop 2"]);
    let last = first.last().unwrap();
    let after = foliocast::store::AuditPosition { at_ms: last.at_ms, audit_id: last.audit_id };
    assert_eq!(subjects(&store.cache_log(2, Some(after)).await.unwrap()), ["drop 1"]);
    assert_eq!(store.audit_log(100, None).await.unwrap().len(), 6);
}
