//! Laws of making room.

use std::time::Duration;

use bytes::Bytes;
use foliocast::clock::ManualClock;
use foliocast::store::{
    ArtifactId, Before, DurableUse, Evicted, Eviction, HELD_FOR_MS, Kind, Lookup, NEW_FOR_MS, NewJob, Outcome,
    Priority, Record, RunPosition, Scope, Store, Submitted,
};

use super::{claim, completion, drop_in, job, key, make_of, record, submit};

/// Makes a run of this cost, which has no matrix, at the present epoch of its key.
async fn make_costing(store: &dyn Store, clock: &ManualClock, number: u8, cost_us: u64) {
    let mut made = completion(number);
    made.records[0].cost_us = cost_us;
    made.records[0].made_at_ms = foliocast::clock::Clock::now_ms(clock);
    made.records[0].epoch = store.epoch(Kind::Run, key(number)).await.unwrap();
    submit(store, &job("me", number, Priority::Interactive)).await;
    let claimed = claim(store).await.unwrap();
    assert_eq!(store.complete(claimed.computation_id, claimed.token, made).await.unwrap(), Outcome::Done);
}

/// Makes run `number` with a matrix whose rows are kept in two chunks.
async fn make_with_rows(store: &dyn Store, number: u8, matrix: u8, rows_bytes: u64) -> Record {
    let epoch = store.epoch(Kind::Matrix, key(matrix)).await.unwrap();
    let with_rows = Record { num_chunks: 2, chunk_bytes: rows_bytes, epoch, ..record(Kind::Matrix, matrix) };
    for chunk in 0..2 {
        store.put_chunk(with_rows.id, chunk, Bytes::from_static(b"some rows")).await.unwrap();
    }
    let mut made = completion(number);
    made.run.matrix_key = key(matrix);
    made.records[0].epoch = store.epoch(Kind::Run, key(number)).await.unwrap();
    made.records.insert(0, with_rows.clone());
    submit(store, &NewJob { matrix_key: key(matrix), ..job("me", number, Priority::Interactive) }).await;
    let claimed = claim(store).await.unwrap();
    assert_eq!(store.complete(claimed.computation_id, claimed.token, made).await.unwrap(), Outcome::Done);
    with_rows
}

fn record_bytes(record: &Record) -> u64 {
    (record.body.len() + record.block_digests.len()) as u64
}

fn run_id(number: u8) -> ArtifactId {
    record(Kind::Run, number).id
}

/// What goes when so little is asked for that one thing is enough.
async fn evict_one(store: &dyn Store) -> Evicted {
    store.evict(Eviction::Bytes(1), 100).await.unwrap().unwrap()
}

/// What goes while anything does.
async fn evict_all(store: &dyn Store) -> Evicted {
    let mut all = Evicted::default();
    loop {
        let evicted = store.evict(Eviction::Bytes(u64::MAX), 100).await.unwrap().unwrap();
        if evicted.is_empty() {
            return all;
        }
        all.rows.extend(evicted.rows);
        all.records.extend(evicted.records);
        all.bytes += evicted.bytes;
    }
}

async fn listed(store: &dyn Store) -> usize {
    let after: Option<RunPosition> = None;
    store.runs("me", 1, None, 100, after).await.unwrap().len()
}

/// What nobody uses goes first, whatever it cost; of what was used longest ago, the cheapest.
pub async fn what_nobody_uses_goes_first_and_of_that_the_cheapest(store: &dyn Store, clock: &ManualClock) {
    for (number, cost_us) in [(1, 10), (2, 1_000_000), (3, 1_000)] {
        make_costing(store, clock, number, cost_us).await;
        clock.advance(Duration::from_secs(60));
    }
    store.used(vec![run_id(1)], false).await.unwrap();
    clock.advance(Duration::from_secs(60));
    for number in [2, 3, 1] {
        assert_eq!(evict_one(store).await.records, [run_id(number)]);
    }
    assert!(evict_one(store).await.is_empty());
    for (number, cost_us) in [(4, 1_000_000), (5, 10), (6, 100_000), (7, 1_000)] {
        make_costing(store, clock, number, cost_us).await;
    }
    clock.advance(Duration::from_secs(60));
    for number in 8..=11 {
        make_costing(store, clock, number, 1_000_000_000).await;
    }
    clock.advance(Duration::from_secs(60));
    for number in [5, 7, 6, 4] {
        assert_eq!(evict_one(store).await.records, [run_id(number)]);
    }
}

/// Rows go and their record stays; then it goes, too. Rows that went are not put back, but can be kept anew.
pub async fn rows_go_before_their_record_and_stay_away(store: &dyn Store, clock: &ManualClock) {
    let with_rows = make_with_rows(store, 1, 50, 1 << 20).await;
    let bytes = record_bytes(&with_rows);
    let used = async || {
        let used = store.durable_use().await.unwrap();
        used.into_iter().find(|used| used.kind == Kind::Matrix)
    };
    let chunk = Bytes::from_static(b"some rows");
    assert_eq!(used().await, Some(DurableUse { kind: Kind::Matrix, entries: 1, bytes: bytes + (1 << 20) }));
    assert!(store.restore_chunk(with_rows.id, 1, chunk.clone()).await.unwrap());
    clock.advance(Duration::from_secs(60));
    store.used(vec![run_id(1)], false).await.unwrap();
    let evicted = evict_one(store).await;
    assert_eq!(evicted, Evicted { rows: vec![with_rows.id], records: vec![], bytes: 1 << 20 });
    let stripped = Record { num_chunks: 0, ..with_rows.clone() };
    assert_eq!(store.record(with_rows.id).await.unwrap(), Lookup::Found(stripped.clone()));
    assert!(stripped.lost_its_rows() && !with_rows.lost_its_rows());
    assert_eq!(used().await, Some(DurableUse { kind: Kind::Matrix, entries: 1, bytes }));
    for number in 0..2 {
        assert_eq!(store.chunk(with_rows.id, number).await.unwrap(), None);
        assert!(!store.restore_chunk(with_rows.id, number, chunk.clone()).await.unwrap());
        assert_eq!(store.chunk(with_rows.id, number).await.unwrap(), None);
    }
    assert!(!store.is_evicted(with_rows.id).await.unwrap(), "its record is there");
    // Tiers may have the chunks still, and forget them by their number.
    assert_eq!(drop_in(store, Scope::Matrix(key(50))).await[0].num_chunks, 2);
    // Made again with its rows, as by another run of it.
    make_with_rows(store, 2, 50, 1 << 20).await;
    let again = Record { epoch: 1, ..with_rows.clone() };
    assert_eq!(store.record(with_rows.id).await.unwrap(), Lookup::Found(again));
    assert_eq!(store.chunk(with_rows.id, 1).await.unwrap(), Some(chunk));
    clock.advance(Duration::from_secs(60));
    let all = evict_all(store).await;
    assert_eq!(all.rows, [with_rows.id]);
    assert_eq!(all.records.len(), 2, "the run and the matrix");
    assert_eq!(all.bytes, (1 << 20) + bytes + record_bytes(&record(Kind::Run, 2)));
    assert_eq!(used().await, None);
    assert_eq!(store.record(with_rows.id).await.unwrap(), Lookup::Absent);
    assert!(store.is_evicted(with_rows.id).await.unwrap());
    assert_eq!(drop_in(store, Scope::Matrix(key(50))).await[0].num_chunks, 2);
}

/// What is new stays, what somebody holds, and what a computation reads.
pub async fn nothing_that_is_in_use_goes(store: &dyn Store, clock: &ManualClock) {
    let everything = async || evict_all(store).await.records;
    make_of(store, 1, "a", 50).await;
    clock.advance(Duration::from_millis(NEW_FOR_MS as u64 - 1));
    assert_eq!(everything().await, []);
    store.used(vec![run_id(1)], true).await.unwrap();
    submit(store, &NewJob { matrix_key: key(50), ..job("me", 2, Priority::Interactive) }).await;
    let reading = claim(store).await.unwrap();
    clock.advance(Duration::from_millis(HELD_FOR_MS as u64 - 1));
    assert_eq!(everything().await, []);
    // What is held goes on being held for as long as that is said, and not because it is used.
    store.used(vec![run_id(1)], true).await.unwrap();
    clock.advance(Duration::from_millis(HELD_FOR_MS as u64 - 1));
    assert_eq!(everything().await, []);
    store.used(vec![run_id(1)], false).await.unwrap();
    clock.advance(Duration::from_millis(1));
    assert_eq!(everything().await, [run_id(1)], "its matrix is being read");
    store.fail(reading.computation_id, reading.token, "over", None).await.unwrap();
    assert_eq!(everything().await, [record(Kind::Matrix, 50).id]);
}

/// At most so many go at once, and no more bytes than were asked for and the last one has.
pub async fn no_more_goes_than_is_asked_for(store: &dyn Store, clock: &ManualClock) {
    for number in 1..=5 {
        make_costing(store, clock, number, 1_000).await;
    }
    clock.advance(Duration::from_secs(60));
    let bytes = record_bytes(&record(Kind::Run, 1));
    let two = store.evict(Eviction::Bytes(bytes + 1), 100).await.unwrap().unwrap();
    assert_eq!((two.records.len(), two.bytes), (2, 2 * bytes));
    let one = store.evict(Eviction::Bytes(u64::MAX), 1).await.unwrap().unwrap();
    assert_eq!(one.records.len(), 1);
    assert!(store.evict(Eviction::UnusedForMs(60_001), 100).await.unwrap().unwrap().is_empty());
    store.used(vec![run_id(4)], false).await.unwrap();
    clock.advance(Duration::from_millis(1));
    let old = store.evict(Eviction::UnusedForMs(60_001), 100).await.unwrap().unwrap();
    assert_eq!(old.records, [run_id(5)]);
}

/// What was evicted is listed, and known for what it is until it is made again or dropped.
pub async fn what_was_evicted_may_be_made_again_until_it_is_dropped(store: &dyn Store, clock: &ManualClock) {
    let before = async |number| match store.submit(job("me", number, Priority::Interactive), 1_000).await.unwrap() {
        Submitted::Attached { new_after, .. } => {
            let claimed = claim(store).await.unwrap();
            store.fail(claimed.computation_id, claimed.token, "not now", None).await.unwrap();
            new_after
        }
        other => panic!("{other:?}"),
    };
    let evict_all = async || {
        clock.advance(Duration::from_secs(60));
        evict_all(store).await;
    };
    for number in 1..=4 {
        make_of(store, number, if number == 4 { "b" } else { "a" }, 50).await;
    }
    evict_all().await;
    assert_eq!(store.durable_use().await.unwrap(), []);
    assert_eq!(listed(store).await, 4);
    assert_eq!(before(1).await, Some(Before::Evicted));
    make_of(store, 1, "a", 50).await;
    assert!(!store.is_evicted(run_id(1)).await.unwrap());
    assert!(store.is_evicted(run_id(2)).await.unwrap());
    assert!(!store.is_evicted(run_id(99)).await.unwrap());

    // A drop is of what was evicted, too, which some tier may still have. The other fund has a run of the matrix.
    let gone = drop_in(store, Scope::Fund("a".to_owned())).await;
    let of_runs: Vec<_> = gone.iter().map(|dropped| (dropped.kind, dropped.key, dropped.was_there)).collect();
    assert_eq!(of_runs, [(Kind::Run, key(1), true), (Kind::Run, key(2), false), (Kind::Run, key(3), false)]);
    assert!(!store.is_evicted(run_id(2)).await.unwrap());
    assert_eq!(listed(store).await, 1);
    assert_eq!(before(2).await, Some(Before::Dropped));
    assert!(store.is_evicted(run_id(4)).await.unwrap());
    evict_all().await;
    let everything = drop_in(store, Scope::All).await;
    let keys: Vec<_> = everything.iter().map(|dropped| (dropped.kind, dropped.key)).collect();
    assert_eq!(keys, [(Kind::Matrix, key(50)), (Kind::Run, key(4))]);
    assert_eq!(listed(store).await, 0);
    assert_eq!(before(4).await, Some(Before::Dropped));
    // Evicted after it was dropped once and made again, it is evicted.
    make_of(store, 4, "b", 50).await;
    evict_all().await;
    assert_eq!(before(4).await, Some(Before::Evicted));
    let runs = drop_in(store, Scope::Kind(Kind::Run)).await;
    assert_eq!(runs.iter().map(|dropped| dropped.key).collect::<Vec<_>>(), [key(4)]);
    assert!(store.is_evicted(record(Kind::Matrix, 50).id).await.unwrap());
}
