//! What a process counts until it has reported it.

use std::collections::BTreeMap;
use std::time::Duration;

use foliocast::measure::{Asked, Latencies, Levels, Measures, TierLevel};
use foliocast::store::{ArtifactId, Ending, Evicted, JobCount, Key, Kind, Origin, Period, Priority, Series};
use proptest::prelude::*;
use uuid::Uuid;

const HOUR_MS: i64 = 3_600_000;
const NOON_MS: i64 = 1_772_366_400_000;

fn asked<'a>(tenant: &'a str, fund_id: &'a str) -> Asked<'a> {
    Asked { tenant, fund_id, kind: Kind::Run, key: [1; 32] }
}

fn hit(measures: &Measures, at_ms: i64, latency_us: u64) {
    measures.found(asked("me", "a"), Origin::Memory, Duration::from_micros(latency_us), at_ms, || Some([2; 32]));
}

/// What a row is of.
type Row = (Uuid, Period, i64, Series);

/// What a store has after some reports: each row replaces the one of the same name.
#[derive(Default)]
struct Told {
    activity: BTreeMap<Row, (u64, u64)>,
    latencies: BTreeMap<Row, Latencies>,
    funds: BTreeMap<(Uuid, i64, String, String), (u64, u64)>,
    slow: BTreeMap<(Uuid, i64, u32), u64>,
}

impl Told {
    /// Reports; a store that fails may have taken the report or not.
    fn report(&mut self, measures: &Measures, is_taken: bool, is_acknowledged: bool) {
        let unreported = measures.unreported();
        if is_taken {
            for activity in &unreported.activity {
                let key = (activity.counter, activity.period, activity.starts_at_ms, activity.series);
                self.activity.insert(key, (activity.requests, activity.answered));
                self.latencies.insert(key, Latencies::decode(&activity.latencies).unwrap());
            }
            for fund in &unreported.funds {
                let key = (fund.counter, fund.starts_at_ms, fund.tenant.clone(), fund.fund_id.clone());
                self.funds.insert(key, (fund.requests, fund.hits));
            }
            for slow in &unreported.slow {
                self.slow.insert((slow.counter, slow.starts_at_ms, slow.place), slow.latency_us);
            }
        }
        if is_taken && is_acknowledged {
            measures.reported(&unreported);
        }
    }

    fn requests(&self, period: Period) -> u64 {
        self.activity.iter().filter(|((_, of, ..), _)| *of == period).map(|(_, (requests, ..))| requests).sum()
    }

    fn answers(&self, period: Period) -> u64 {
        self.latencies.iter().filter(|((_, of, ..), _)| *of == period).map(|(_, latencies)| latencies.count()).sum()
    }

    fn of_funds(&self) -> u64 {
        self.funds.values().map(|(requests, _)| requests).sum()
    }

    fn slowest(&self) -> Option<u64> {
        self.slow.values().copied().max()
    }
}

#[derive(Clone, Debug)]
enum Act {
    Hit(u64),
    Miss,
    Wait(i64),
    SetBack(i64),
    Report(bool, bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1_u64..1_000_000).prop_map(Act::Hit),
        2 => Just(Act::Miss),
        2 => (0_i64..2 * HOUR_MS).prop_map(Act::Wait),
        2 => (0_i64..90_000).prop_map(Act::Wait),
        1 => (0_i64..2 * HOUR_MS).prop_map(Act::SetBack),
        1 => (0_i64..90_000).prop_map(Act::SetBack),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(taken, acknowledged)| Act::Report(taken, acknowledged)),
    ]
}

proptest! {
    /// Whatever the clock does and however often a report fails or is told twice: in the end each request was counted
    /// once. Within the few hours that are remembered while nobody takes a report.
    #[test]
    fn every_request_counts_once(acts in prop::collection::vec(act(), 1..60)) {
        let (measures, mut told) = (Measures::default(), Told::default());
        let (mut now_ms, mut requests, mut answers, mut slowest) = (NOON_MS, 0, 0, None);
        let mut hours_since_taken = 0;
        for act in acts {
            match act {
                Act::Hit(latency_us) => {
                    hit(&measures, now_ms, latency_us);
                    (requests, answers) = (requests + 1, answers + 1);
                    slowest = slowest.max(Some(latency_us));
                }
                Act::Miss => {
                    measures.missed(asked("me", "b"), Ending::Made, now_ms);
                    requests += 1;
                }
                Act::Wait(by_ms) => now_ms += by_ms,
                Act::SetBack(by_ms) => now_ms -= by_ms,
                Act::Report(taken, acknowledged) => {
                    told.report(&measures, taken, acknowledged);
                    hours_since_taken = if taken { 0 } else { hours_since_taken };
                }
            }
            if matches!(act, Act::Wait(_) | Act::SetBack(_)) {
                // Funds and slow requests of more hours than that are given up.
                hours_since_taken += 1;
                if hours_since_taken >= 2 {
                    told.report(&measures, true, false);
                    hours_since_taken = 0;
                }
            }
        }
        told.report(&measures, true, true);
        prop_assert!(measures.unreported().is_empty());
        for period in Period::ALL {
            prop_assert_eq!((told.requests(period), told.answers(period)), (requests, answers));
        }
        prop_assert_eq!(told.of_funds(), requests);
        prop_assert_eq!(told.slowest(), slowest);
    }
}

#[test]
fn a_request_is_counted_in_its_minute_and_in_its_hour() {
    let (measures, mut told) = (Measures::default(), Told::default());
    for at_ms in [NOON_MS, NOON_MS + 59_999, NOON_MS + 60_000, NOON_MS + HOUR_MS] {
        hit(&measures, at_ms, 10);
    }
    told.report(&measures, true, true);
    let starts = |period| {
        let of_period = told.activity.iter().filter(move |((_, of, ..), _)| *of == period);
        of_period
            .map(|((_, _, starts_at_ms, _), (requests, ..))| (starts_at_ms - NOON_MS, *requests))
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(Period::Minute), [(0, 2), (60_000, 1), (HOUR_MS, 1)]);
    assert_eq!(starts(Period::Hour), [(0, 3), (HOUR_MS, 1)]);
}

#[test]
fn nothing_is_told_twice_that_has_not_changed() {
    let measures = Measures::default();
    hit(&measures, NOON_MS, 10);
    let first = measures.unreported();
    assert_eq!((first.activity.len(), first.funds.len(), first.slow.len()), (2, 1, 1));
    // Something comes while the report is on its way.
    hit(&measures, NOON_MS + 1, 20);
    measures.reported(&first);
    let second = measures.unreported();
    assert!(second.activity.iter().all(|activity| activity.requests == 2), "all of the period so far");
    measures.reported(&second);
    assert!(measures.unreported().is_empty());
}

#[test]
fn no_more_funds_are_told_apart_than_there_is_room_for_and_none_is_lost() {
    let measures = Measures::default();
    for number in 0..400 {
        measures.missed(asked("many", &format!("fund-{number}")), Ending::Made, NOON_MS);
    }
    measures.missed(asked("few", "one"), Ending::Made, NOON_MS);
    measures.missed(asked("many", "fund-0"), Ending::Joined, NOON_MS);
    let funds = measures.unreported().funds;
    let requests = |tenant: &str, fund_id: &str| {
        funds
            .iter()
            .filter(|fund| fund.tenant == tenant && fund.fund_id == fund_id)
            .map(|fund| fund.requests)
            .sum::<u64>()
    };
    assert_eq!(requests("many", "fund-0"), 2);
    assert_eq!(requests("few", "one"), 1, "one tenant leaves room to the others");
    assert!(requests("", "") > 0 && funds.len() < 300, "{}", funds.len());
    assert_eq!(funds.iter().map(|fund| fund.requests).sum::<u64>(), 402);
}

#[test]
fn a_process_that_never_reports_keeps_no_more_than_it_has_room_for() {
    let measures = Measures::default();
    for minute in 0..20_000 {
        hit(&measures, NOON_MS + minute * 60_000, 10);
    }
    let unreported = measures.unreported();
    let hours = unreported.activity.iter().filter(|activity| activity.period == Period::Hour);
    assert_eq!(hours.map(|hour| hour.requests).sum::<u64>(), 20_000, "minutes are given up first");
    assert!(unreported.activity.len() < 5_000 && unreported.funds.len() <= 3, "{}", unreported.activity.len());
}

#[test]
fn the_ten_slowest_of_an_hour_are_remembered_slowest_first() {
    let measures = Measures::default();
    for number in 0..100_u64 {
        hit(&measures, NOON_MS, number * 37 % 101);
    }
    let slow = measures.unreported().slow;
    let mut expected: Vec<u64> = (0..100_u64).map(|number| number * 37 % 101).collect();
    expected.sort_unstable_by(|left, right| right.cmp(left));
    assert_eq!(slow.iter().map(|slow| slow.latency_us).collect::<Vec<_>>(), expected[..10]);
    assert_eq!(slow.iter().map(|slow| slow.place).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert!(slow.iter().all(|slow| slow.matrix_key == Some([2; 32]) && slow.key == [1; 32]));
}

#[test]
fn the_key_of_a_matrix_is_looked_up_for_slow_answers_alone() {
    let measures = Measures::default();
    let looked_up = |latency_us| {
        let mut looked = false;
        let took = Duration::from_micros(latency_us);
        let look = || -> Option<Key> {
            looked = true;
            None
        };
        measures.found(asked("me", "a"), Origin::Memory, took, NOON_MS, look);
        looked
    };
    assert!((0..10).all(|_| looked_up(100)));
    assert!(!looked_up(100) && !looked_up(1));
    assert!(looked_up(101));
}

/// The figure of a series in the text of OpenMetrics.
fn figure(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn metrics_say_what_was_counted_and_what_there_is() {
    let measures = Measures::default();
    hit(&measures, NOON_MS, 30);
    hit(&measures, NOON_MS, 30_000);
    let made = measures.missed(asked("me", "a"), Ending::Made, NOON_MS);
    measures.answered(made, [1; 32], [2; 32], Duration::from_secs(2), NOON_MS);
    measures.generated(Duration::from_millis(3), NOON_MS);
    measures.metrics.attempted("complete", Duration::from_millis(4));
    let id = |kind, number| ArtifactId { kind, key: [number; 32], format: 1 };
    let (records, rows) = (vec![id(Kind::Run, 1), id(Kind::Run, 2)], vec![id(Kind::Matrix, 3)]);
    measures.evicted(&Evicted { rows, records, bytes: 99 }, NOON_MS);
    let levels = Levels {
        stored: vec![TierLevel { tier: Origin::Memory, entries: 3, bytes: 1_000, limit_bytes: Some(4_000) }],
        jobs: Some(vec![JobCount { state: "waiting", priority: Priority::Low, count: 7 }]),
        parts: vec![("durable", true), ("redis", false)],
        num_damaged: 2,
    };
    let text = measures.metrics.to_text(&levels).unwrap();
    for (series, expected) in [
        ("foliocast_cache_requests_total{kind=\"run\",tier=\"memory\",outcome=\"hit\"}", 2.0),
        ("foliocast_cache_requests_total{kind=\"run\",tier=\"computed\",outcome=\"made\"}", 1.0),
        ("foliocast_cache_requests_total{kind=\"matrix\",tier=\"memory\",outcome=\"hit\"}", 0.0),
        ("foliocast_cache_latency_seconds_count{kind=\"run\",tier=\"memory\"}", 2.0),
        ("foliocast_cache_latency_seconds_bucket{le=\"0.00005\",kind=\"run\",tier=\"memory\"}", 1.0),
        ("foliocast_cache_latency_seconds_sum{kind=\"run\",tier=\"computed\"}", 2.0),
        ("foliocast_generation_seconds_count", 1.0),
        ("foliocast_job_seconds_count{state=\"complete\"}", 1.0),
        ("foliocast_cache_bytes{tier=\"memory\"}", 1_000.0),
        ("foliocast_cache_entries{tier=\"memory\"}", 3.0),
        ("foliocast_cache_limit_bytes{tier=\"memory\"}", 4_000.0),
        ("foliocast_cache_evicted_total{kind=\"run\",part=\"record\"}", 2.0),
        ("foliocast_cache_evicted_total{kind=\"matrix\",part=\"rows\"}", 1.0),
        ("foliocast_cache_evicted_bytes_total", 99.0),
        ("foliocast_jobs{state=\"waiting\",priority=\"low\"}", 7.0),
        ("foliocast_jobs{state=\"active\",priority=\"high\"}", 0.0),
        ("foliocast_up{tier=\"durable\"}", 1.0),
        ("foliocast_up{tier=\"redis\"}", 0.0),
        ("foliocast_cache_damaged_total", 2.0),
    ] {
        assert_eq!(figure(&text, series), Some(expected), "{series} in\n{text}");
    }
    assert_eq!(figure(&text, "foliocast_cache_bytes{tier=\"redis\"}"), None, "what does not answer has no figure");
    assert!(text.ends_with("# EOF\n"));
    // Where the store does not answer, there are no jobs and not none.
    let text = measures.metrics.to_text(&Levels::default()).unwrap();
    assert_eq!(figure(&text, "foliocast_jobs{state=\"waiting\",priority=\"low\"}"), None);
    assert_eq!(figure(&text, "foliocast_cache_bytes{tier=\"memory\"}"), None);
}
