//! What every store must do, whatever its database: each law takes a fresh store and the clock it goes by.

mod eviction;
mod keys;
mod measures;
mod oversight;

use std::time::Duration;

use bytes::Bytes;
use foliocast::clock::ManualClock;
use foliocast::store::{
    Action, Actor, ArtifactId, AuditPosition, Before, BegunBy, Change, Claim, Completion, ComputationState, Dropped,
    FundMustBe, FundRow, Key, Kind, Lookup, NewJob, Outcome, Priority, Record, RunFacts, RunPosition, Scope, Source,
    Store, Submitted,
};
use uuid::Uuid;

pub use eviction::*;
pub use keys::*;
pub use measures::*;
pub use oversight::*;

/// A test of each law, over the fresh stores that `$fresh` makes: a store, the clock it goes by, and what must outlive both.
macro_rules! laws {
    ($fresh:path) => {
        $crate::store_laws::laws! { $fresh:
            a_record_comes_back_as_it_was_written,
            a_record_whose_key_was_dropped_meanwhile_is_refused,
            a_matrix_that_is_dropped_takes_along_the_runs_made_from_it,
            a_scope_drops_what_it_says_and_nothing_else,
            chunks_go_with_their_artifact_or_where_no_record_counts_them,
            what_nobody_uses_goes_first_and_of_that_the_cheapest,
            rows_go_before_their_record_and_stay_away,
            nothing_that_is_in_use_goes,
            no_more_goes_than_is_asked_for,
            what_was_evicted_may_be_made_again_until_it_is_dropped,
            requests_of_one_key_share_a_computation_until_it_ends,
            a_claim_tells_what_asked_first,
            what_is_made_is_not_made_again_unasked,
            a_stale_token_writes_nothing,
            an_attempt_is_counted_at_the_claim_and_not_when_handed_back,
            what_a_process_makes_itself_is_not_claimed_whatever_became_of_the_lease,
            a_clock_that_is_set_back_holds_up_neither_new_work_nor_a_start,
            a_computation_whose_claims_all_ran_out_is_given_up_with_an_error,
            a_failed_attempt_waits_before_the_next,
            interactive_goes_before_high_before_low_and_low_ages,
            low_ones_that_aged_pass_one_at_a_time,
            a_place_may_be_for_others_than_low_ones,
            a_matrix_is_made_by_one_computation_at_a_time,
            the_last_to_detach_cancels,
            a_completion_gives_access_to_who_is_attached_and_nobody_else,
            a_full_queue_takes_nothing_new_but_lets_others_join,
            lists_of_runs_continue_where_they_stopped,
            funds_keep_their_first_time,
            what_ended_long_ago_is_forgotten,
            keys_are_made_once,
            keys_are_changed_by_operators,
            sessions_end_with_their_key,
            use_of_keys_adds_up,
            every_change_has_its_line,
            what_is_about_the_cache_is_a_part_of_the_log,
            what_was_there_before_is_told_with_a_new_computation,
            a_report_that_is_told_again_counts_once,
            what_all_processes_counted_adds_up,
            the_slowest_and_the_busiest_come_first,
            what_was_counted_long_ago_is_forgotten,
            what_is_kept_and_under_way_is_counted,
            what_is_asked_for_most_comes_first,
            computations_are_listed_newest_first,
            a_log_says_what_happened_to_a_computation,
            a_long_log_keeps_its_end,
            who_waited_until_the_end_gets_what_is_tried_again,
            what_failed_is_tried_again_where_nothing_stands_against_it,
            what_would_go_is_what_goes,
        }
    };
    ($fresh:path: $($law:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $law() {
            let (store, clock, _kept) = $fresh().await;
            $crate::store_laws::$law(&store, &clock).await;
        })*
    };
}

pub(crate) use laws;

pub const NOW_MS: i64 = 1_772_366_400_000;
pub const LEASE: Duration = Duration::from_secs(30);
const FORMAT: u32 = 1;

pub fn key(number: u8) -> Key {
    [number; 32]
}

pub fn record(kind: Kind, number: u8) -> Record {
    Record {
        id: ArtifactId { kind, key: key(number), format: FORMAT },
        content_digest: key(100 + number),
        body: Bytes::from_static(b"{\"warnings\":[]}"),
        block_digests: Bytes::from(vec![7; 64]),
        num_chunks: 0,
        chunk_bytes: 0,
        cost_us: 1_234,
        epoch: 0,
        made_at_ms: NOW_MS,
    }
}

pub fn completion(number: u8) -> Completion {
    let run = RunFacts {
        run_key: key(number),
        matrix_key: key(50 + number),
        fund_id: format!("fund-{}", number % 2),
        input: "{}".to_owned(),
        listing: format!("{{\"number\":{number}}}"),
    };
    let result = format!("{{\"totalMs\":{number}}}");
    Completion { records: vec![record(Kind::Run, number)], run, result }
}

pub fn job(tenant: &str, number: u8, priority: Priority) -> NewJob {
    NewJob {
        job_id: Uuid::now_v7(),
        tenant: tenant.to_owned(),
        kind: Kind::Run,
        key: key(number),
        format: FORMAT,
        again: None,
        matrix_key: key(50 + number),
        input: "{}".to_owned(),
        source: Source::Request,
        priority,
        traceparent: None,
        change: change(tenant, Action::MakeRun),
    }
}

fn change(tenant: &str, action: Action) -> Change {
    let actor = Actor { tenant: tenant.to_owned(), key_name: "test".to_owned(), request_id: "request".to_owned() };
    Change { actor, action, subject: "subject".to_owned(), reason: None }
}

async fn submit(store: &dyn Store, job: &NewJob) -> Uuid {
    match store.submit(job.clone(), 1_000).await.unwrap() {
        Submitted::Attached { computation_id, .. } => computation_id,
        other => panic!("{other:?}"),
    }
}

async fn claim(store: &dyn Store) -> Option<Claim> {
    store.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap()
}

async fn state(store: &dyn Store, id: Uuid) -> ComputationState {
    store.computation(id).await.unwrap().unwrap().state
}

/// Makes run `number` for `tenant`.
pub async fn make(store: &dyn Store, tenant: &str, number: u8) {
    submit(store, &job(tenant, number, Priority::Interactive)).await;
    let claimed = claim(store).await.unwrap();
    let outcome = store.complete(claimed.computation_id, claimed.token, completion(number)).await.unwrap();
    assert_eq!(outcome, Outcome::Done);
}

/// Drops, in the order of kinds and keys.
async fn drop_in(store: &dyn Store, scope: Scope) -> Vec<Dropped> {
    let mut dropped = store.drop_artifacts(scope, None).await.unwrap().dropped;
    dropped.sort_by_key(|dropped| (dropped.kind, dropped.key));
    dropped
}

/// That an artifact without chunks was dropped.
fn dropped(kind: Kind, number: u8, epoch: u64) -> Dropped {
    Dropped { kind, key: key(number), epoch, was_there: true, num_chunks: 0 }
}

/// Makes a run of a fund, with a matrix that others may have too.
async fn make_of(store: &dyn Store, number: u8, fund_id: &str, matrix: u8) {
    let mut made = completion(number);
    made.run.fund_id = fund_id.to_owned();
    made.run.matrix_key = key(matrix);
    let epoch = store.epoch(Kind::Matrix, key(matrix)).await.unwrap();
    made.records[0].epoch = store.epoch(Kind::Run, key(number)).await.unwrap();
    made.records.push(Record { epoch, ..record(Kind::Matrix, matrix) });
    submit(store, &NewJob { matrix_key: key(matrix), ..job("me", number, Priority::Interactive) }).await;
    let claimed = claim(store).await.unwrap();
    assert_eq!(store.complete(claimed.computation_id, claimed.token, made).await.unwrap(), Outcome::Done);
}

/// Each scope drops what it says and nothing else, and what was dropped can be made again and stays.
pub async fn a_scope_drops_what_it_says_and_nothing_else(store: &dyn Store, _: &ManualClock) {
    let make_all = async || {
        make_of(store, 1, "a", 50).await;
        make_of(store, 2, "a", 51).await;
        make_of(store, 3, "b", 51).await;
        make_of(store, 4, "b", 52).await;
    };
    let is_there =
        async |kind, number| matches!(store.record(record(kind, number).id).await.unwrap(), Lookup::Found(_));
    let left = async || {
        let mut left = Vec::new();
        for (kind, numbers) in [(Kind::Matrix, 50..=52), (Kind::Run, 1..=4)] {
            for number in numbers {
                if is_there(kind, number).await {
                    left.push(number);
                }
            }
        }
        left
    };
    make_all().await;
    let epochs = drop_in(store, Scope::Fund("a".to_owned())).await;
    assert_eq!(epochs, [dropped(Kind::Matrix, 50, 1), dropped(Kind::Run, 1, 1), dropped(Kind::Run, 2, 1)]);
    assert_eq!(left().await, [51, 52, 3, 4], "the other fund uses 51");
    // Of what was dropped only a run's facts are left, which is no use of a matrix.
    assert_eq!(drop_in(store, Scope::Fund("b".to_owned())).await.len(), 4);
    assert!(left().await.is_empty());
    make_all().await;
    assert_eq!(left().await, [50, 51, 52, 1, 2, 3, 4]);
    assert_eq!(drop_in(store, Scope::Kind(Kind::Run)).await.len(), 4);
    assert_eq!(left().await, [50, 51, 52]);
    assert_eq!(drop_in(store, Scope::Fund("nobody's".to_owned())).await, []);
    make_all().await;
    let logged =
        store.drop_artifacts(Scope::All, Some(change("me", Action::Invalidate))).await.unwrap().logged.unwrap();
    assert!(left().await.is_empty());
    let line = &store.audit_log(1, None).await.unwrap()[0];
    assert_eq!((line.action.as_str(), line.audit_id, line.at_ms), ("cache.invalidate", logged.audit_id, logged.at_ms));
    make_all().await;
    assert_eq!(left().await.len(), 7);
}

pub async fn a_record_comes_back_as_it_was_written(store: &dyn Store, _: &ManualClock) {
    let id = record(Kind::Run, 1).id;
    assert_eq!(store.record(id).await.unwrap(), Lookup::Absent);
    make(store, "me", 1).await;
    assert_eq!(store.record(id).await.unwrap(), Lookup::Found(record(Kind::Run, 1)));
    assert_eq!(store.record(ArtifactId { format: 2, ..id }).await.unwrap(), Lookup::Absent);
    assert_eq!(store.record(ArtifactId { kind: Kind::Matrix, ..id }).await.unwrap(), Lookup::Absent);

    let chunk = Bytes::from_static(b"some rows");
    assert_eq!(store.chunk(id, 0).await.unwrap(), None);
    store.put_chunk(id, 0, chunk.clone()).await.unwrap();
    assert_eq!(store.chunk(id, 0).await.unwrap(), Some(chunk));
    assert_eq!(store.num_damaged(), 0);
    store.check().await.unwrap();
}

pub async fn a_record_whose_key_was_dropped_meanwhile_is_refused(store: &dyn Store, _: &ManualClock) {
    make(store, "me", 1).await;
    let id = record(Kind::Run, 1).id;
    submit(store, &NewJob { again: Some(Before::Damaged), ..job("me", 1, Priority::Interactive) }).await;
    let claimed = claim(store).await.unwrap();
    assert_eq!(store.epoch(id.kind, id.key).await.unwrap(), 0);
    assert_eq!(drop_in(store, Scope::Run(id.key)).await, [dropped(Kind::Run, 1, 1)]);
    assert_eq!(store.epochs().await.unwrap(), [(Kind::Run, id.key, 1)]);
    assert_eq!(store.record(id).await.unwrap(), Lookup::Absent);

    let complete = store.complete(claimed.computation_id, claimed.token, completion(1)).await.unwrap();
    assert_eq!(complete, Outcome::Superseded);
    assert_eq!(store.record(id).await.unwrap(), Lookup::Absent);
    assert_eq!(state(store, claimed.computation_id).await, ComputationState::Active, "all or nothing");

    let mut fresh = completion(1);
    fresh.records[0].epoch = 1;
    assert_eq!(store.complete(claimed.computation_id, claimed.token, fresh).await.unwrap(), Outcome::Done);
    assert!(matches!(store.record(id).await.unwrap(), Lookup::Found(_)));
}

pub async fn a_matrix_that_is_dropped_takes_along_the_runs_made_from_it(store: &dyn Store, _: &ManualClock) {
    let of_the_matrix = |number| {
        let mut made = completion(number);
        made.run.matrix_key = key(50);
        made.records.push(record(Kind::Matrix, 50));
        (NewJob { matrix_key: key(50), ..job("me", number, Priority::Interactive) }, made)
    };
    for number in [1, 2] {
        let (job, made) = of_the_matrix(number);
        submit(store, &job).await;
        let claimed = claim(store).await.unwrap();
        store.complete(claimed.computation_id, claimed.token, made).await.unwrap();
    }
    make(store, "me", 3).await;
    let (job, mut being_made) = of_the_matrix(4);
    submit(store, &job).await;
    let claimed = claim(store).await.unwrap();

    let being_dropped = Dropped { was_there: false, ..dropped(Kind::Run, 4, 1) };
    let expected = [dropped(Kind::Matrix, 50, 1), dropped(Kind::Run, 1, 1), dropped(Kind::Run, 2, 1), being_dropped];
    assert_eq!(drop_in(store, Scope::Matrix(key(50))).await, expected);
    for id in [record(Kind::Matrix, 50).id, record(Kind::Run, 1).id, record(Kind::Run, 2).id] {
        assert_eq!(store.record(id).await.unwrap(), Lookup::Absent);
    }
    assert!(matches!(store.record(record(Kind::Run, 3).id).await.unwrap(), Lookup::Found(_)), "of another matrix");
    being_made.records.truncate(1);
    let late = store.complete(claimed.computation_id, claimed.token, being_made).await.unwrap();
    assert_eq!(late, Outcome::Superseded, "it read the rows that were dropped");
}

pub async fn chunks_go_with_their_artifact_or_where_no_record_counts_them(store: &dyn Store, _: &ManualClock) {
    let chunk = Bytes::from_static(b"some rows");
    let mut counting = completion(1);
    counting.records[0].num_chunks = 1;
    let (counted, uncounted, without) = (counting.records[0].id, record(Kind::Run, 2).id, record(Kind::Matrix, 3).id);
    submit(store, &job("me", 1, Priority::Interactive)).await;
    let claimed = claim(store).await.unwrap();
    store.complete(claimed.computation_id, claimed.token, counting).await.unwrap();
    make(store, "me", 2).await;
    for id in [counted, uncounted, without] {
        store.put_chunk(id, 0, chunk.clone()).await.unwrap();
    }
    assert_eq!(store.collect_chunks().await.unwrap(), 2);
    assert_eq!(store.collect_chunks().await.unwrap(), 0);
    assert_eq!(store.chunk(counted, 0).await.unwrap(), Some(chunk.clone()));
    for id in [uncounted, without] {
        assert_eq!(store.chunk(id, 0).await.unwrap(), None);
        store.put_chunk(id, 0, chunk.clone()).await.unwrap();
    }
    store.drop_chunks(without).await.unwrap();
    assert_eq!(store.chunk(without, 0).await.unwrap(), None);
    assert_eq!(store.chunk(uncounted, 0).await.unwrap(), Some(chunk));
    let had_a_chunk = Dropped { num_chunks: 1, ..dropped(Kind::Run, 1, 1) };
    assert_eq!(drop_in(store, Scope::Run(counted.key)).await, [had_a_chunk]);
    assert_eq!(store.chunk(counted, 0).await.unwrap(), None);
}

pub async fn requests_of_one_key_share_a_computation_until_it_ends(store: &dyn Store, _: &ManualClock) {
    let first = submit(store, &job("me", 1, Priority::Interactive)).await;
    assert_eq!(submit(store, &job("you", 1, Priority::Interactive)).await, first);
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.computation_id, first);
    assert_eq!(submit(store, &job("me", 1, Priority::Interactive)).await, first);
    assert_eq!(claim(store).await, None);
    store.complete(first, claimed.token, completion(1)).await.unwrap();
    assert_ne!(
        submit(store, &NewJob { again: Some(Before::Damaged), ..job("me", 1, Priority::Interactive) }).await,
        first
    );
}

/// Whoever looked just before it was made, and asks just after, does not have it made once more.
pub async fn what_is_made_is_not_made_again_unasked(store: &dyn Store, _: &ManualClock) {
    make(store, "me", 1).await;
    let late = job("you", 1, Priority::Interactive);
    assert_eq!(store.submit(late.clone(), 1_000).await.unwrap(), Submitted::Made);
    assert_eq!(store.job("you", late.job_id).await.unwrap(), None, "nothing was written down");
    assert_eq!(claim(store).await, None);
    let other_format = NewJob { format: FORMAT + 1, ..job("you", 1, Priority::Interactive) };
    submit(store, &other_format).await;
    store.detach("you", other_format.job_id, None).await.unwrap();
    drop_in(store, Scope::Run(key(1))).await;
    submit(store, &job("you", 1, Priority::Interactive)).await;
}

pub async fn a_stale_token_writes_nothing(store: &dyn Store, clock: &ManualClock) {
    let id = submit(store, &job("me", 1, Priority::Interactive)).await;
    let lost = claim(store).await.unwrap();
    clock.advance(LEASE - Duration::from_millis(1));
    assert_eq!(claim(store).await, None, "the lease holds");
    assert_eq!(store.renew(id, lost.token, LEASE, 40.0, "making").await.unwrap(), Outcome::Done);
    clock.advance(LEASE);
    let present = claim(store).await.unwrap();
    assert!(present.token > lost.token);

    assert_eq!(store.renew(id, lost.token, LEASE, 99.0, "late").await.unwrap(), Outcome::Stale);
    assert_eq!(store.complete(id, lost.token, completion(1)).await.unwrap(), Outcome::Stale);
    assert_eq!(store.fail(id, lost.token, "late", None).await.unwrap(), Outcome::Stale);
    assert_eq!(store.release(id, lost.token, Duration::ZERO).await.unwrap(), Outcome::Stale);
    let row = store.computation(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts, row.percent), (ComputationState::Active, 2, 0.0));
    assert_eq!(store.record(record(Kind::Run, 1).id).await.unwrap(), Lookup::Absent);

    assert_eq!(store.complete(id, present.token, completion(1)).await.unwrap(), Outcome::Done);
    let made = store.computation(id).await.unwrap().unwrap();
    assert_eq!((made.state, made.result), (ComputationState::Complete, Some(completion(1).result)));
    assert_eq!(store.complete(id, present.token, completion(1)).await.unwrap(), Outcome::Stale, "it has ended");
}

pub async fn an_attempt_is_counted_at_the_claim_and_not_when_handed_back(store: &dyn Store, clock: &ManualClock) {
    let id = submit(store, &job("me", 1, Priority::Interactive)).await;
    for _ in 0..5 {
        let claimed = claim(store).await.unwrap();
        assert_eq!(claimed.attempts, 1);
        store.release(id, claimed.token, Duration::from_secs(10)).await.unwrap();
        assert_eq!(claim(store).await, None, "not before its time");
        clock.advance(Duration::from_secs(10));
    }
    claim(store).await.unwrap();
    assert_eq!(store.release_all().await.unwrap(), 1);
    assert_eq!(claim(store).await.unwrap().attempts, 2, "what a killed process began was an attempt");
}

pub async fn what_a_process_makes_itself_is_not_claimed_whatever_became_of_the_lease(
    store: &dyn Store,
    clock: &ManualClock,
) {
    for number in [1, 2] {
        let reads_the_same = NewJob { matrix_key: key(50), ..job("me", number, Priority::Interactive) };
        submit(store, &reads_the_same).await;
    }
    submit(store, &job("me", 3, Priority::Low)).await;
    let running = claim(store).await.unwrap();
    clock.advance(LEASE);
    let known = || vec![Uuid::now_v7(), running.computation_id];
    assert_eq!(
        store.claim(LEASE, 3, known(), Priority::Low, "a worker").await.unwrap().unwrap().key,
        key(3),
        "other work goes on"
    );
    assert_eq!(
        store.claim(LEASE, 3, known(), Priority::Low, "a worker").await.unwrap(),
        None,
        "its matrix is being made"
    );
    let done = store.complete(running.computation_id, running.token, completion(1)).await.unwrap();
    assert_eq!(done, Outcome::Done, "it is still the present attempt");
    assert_eq!(store.claim(LEASE, 3, known(), Priority::Low, "a worker").await.unwrap().unwrap().key, key(2));
}

pub async fn a_claim_tells_what_asked_first(store: &dyn Store, _: &ManualClock) {
    let traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let first = NewJob { traceparent: traceparent.clone(), ..job("me", 1, Priority::Interactive) };
    submit(store, &first).await;
    let mut second = job("you", 1, Priority::Interactive);
    second.change.actor.request_id = "another".to_owned();
    submit(store, &second).await;
    let begun_by = BegunBy { request_id: Some("request".to_owned()), job_id: Some(first.job_id), traceparent };
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.begun_by, begun_by);
    store.release(claimed.computation_id, claimed.token, Duration::ZERO).await.unwrap();
    assert_eq!(claim(store).await.unwrap().begun_by, begun_by, "another process is told the same");
}

pub async fn a_clock_that_is_set_back_holds_up_neither_new_work_nor_a_start(store: &dyn Store, clock: &ManualClock) {
    submit(store, &job("me", 1, Priority::Interactive)).await;
    submit(store, &job("me", 2, Priority::Interactive)).await;
    clock.set_back(Duration::from_secs(3_600));
    let claimed = claim(store).await.expect("what never failed has no pause");
    store.fail(claimed.computation_id, claimed.token, "bad luck", Some(Duration::from_secs(4))).await.unwrap();
    let handed_back = claim(store).await.unwrap();
    assert_eq!(handed_back.key, key(2));
    store.release(handed_back.computation_id, handed_back.token, Duration::ZERO).await.unwrap();

    clock.set_back(Duration::from_secs(3_600));
    assert_eq!(claim(store).await.unwrap().key, key(2));
    assert_eq!(claim(store).await, None, "it pauses");
    assert_eq!(store.release_all().await.unwrap(), 1);
    assert_eq!([claim(store).await.unwrap().key, claim(store).await.unwrap().key], [key(1), key(2)]);
}

pub async fn a_computation_whose_claims_all_ran_out_is_given_up_with_an_error(store: &dyn Store, clock: &ManualClock) {
    let poison = job("me", 1, Priority::Interactive);
    let id = submit(store, &poison).await;
    submit(store, &job("me", 2, Priority::Interactive)).await;
    for attempt in 1..=3 {
        let claimed = claim(store).await.unwrap();
        assert_eq!((claimed.computation_id, claimed.attempts), (id, attempt));
        clock.advance(LEASE);
    }
    assert_eq!(claim(store).await.unwrap().key, key(2), "the next one is not held up");
    let row = store.job("me", poison.job_id).await.unwrap().unwrap().computation;
    assert_eq!((row.state, row.attempts), (ComputationState::Failed, 3));
    assert!(row.error.unwrap().contains("3 attempts"));
    assert!(row.ended_at_ms.is_some());
}

pub async fn a_failed_attempt_waits_before_the_next(store: &dyn Store, clock: &ManualClock) {
    let id = submit(store, &job("me", 1, Priority::Interactive)).await;
    let claimed = claim(store).await.unwrap();
    store.fail(id, claimed.token, "bad luck", Some(Duration::from_secs(4))).await.unwrap();
    assert_eq!(state(store, id).await, ComputationState::Waiting);
    clock.advance(Duration::from_millis(3_999));
    assert_eq!(claim(store).await, None);
    clock.advance(Duration::from_millis(1));
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.attempts, 2);
    store.fail(id, claimed.token, "for good", None).await.unwrap();
    let row = store.computation(id).await.unwrap().unwrap();
    assert_eq!((row.state, row.error.as_deref()), (ComputationState::Failed, Some("for good")));
}

pub async fn interactive_goes_before_high_before_low_and_low_ages(store: &dyn Store, clock: &ManualClock) {
    for (number, priority) in [(1, Priority::Low), (2, Priority::High), (3, Priority::Interactive), (4, Priority::Low)]
    {
        submit(store, &job("me", number, priority)).await;
        clock.advance(Duration::from_secs(1));
    }
    // Somebody begins to wait for the second low one.
    submit(store, &job("you", 4, Priority::Interactive)).await;
    let mut order = Vec::new();
    for _ in 0..3 {
        order.push(claim(store).await.unwrap().key[0]);
    }
    assert_eq!(order, [3, 4, 2]);
    clock.advance(Duration::from_secs(20 * 60));
    submit(store, &job("me", 5, Priority::Interactive)).await;
    assert_eq!(claim(store).await.unwrap().key[0], 1, "the oldest low one has aged");
}

/// Whoever has a place for others alone claims nothing low, however old it is.
pub async fn a_place_may_be_for_others_than_low_ones(store: &dyn Store, clock: &ManualClock) {
    let only = async |lowest| store.claim(LEASE, 3, Vec::new(), lowest, "a worker").await.unwrap();
    submit(store, &job("me", 1, Priority::Low)).await;
    clock.advance(Duration::from_secs(20 * 60));
    assert_eq!(only(Priority::High).await, None);
    submit(store, &job("me", 2, Priority::High)).await;
    let high = only(Priority::High).await.unwrap();
    assert_eq!((high.key, high.priority), (key(2), Priority::High));
    let low = only(Priority::Low).await.unwrap();
    assert_eq!((low.key, low.priority), (key(1), Priority::Low));
}

/// However many low ones have aged, whoever waits has one of them before him now and then.
pub async fn low_ones_that_aged_pass_one_at_a_time(store: &dyn Store, clock: &ManualClock) {
    for number in [1, 2, 3] {
        submit(store, &job("me", number, Priority::Low)).await;
    }
    clock.advance(Duration::from_secs(20 * 60));
    for number in [4, 5, 6, 7] {
        clock.advance(Duration::from_millis(1));
        submit(store, &job("me", number, Priority::Interactive)).await;
    }
    let low = claim(store).await.unwrap();
    assert_eq!(low.key, key(1), "the oldest has aged");
    assert_eq!(claim(store).await.unwrap().key, key(4), "one at a time");
    store.complete(low.computation_id, low.token, completion(1)).await.unwrap();
    assert_eq!(claim(store).await.unwrap().key, key(5), "and the next one not at once");
    clock.advance(Duration::from_secs(10));
    assert_eq!(claim(store).await.unwrap().key, key(2));
    assert_eq!(claim(store).await.unwrap().key, key(6));
    assert_eq!(claim(store).await.unwrap().key, key(7));
    assert_eq!(claim(store).await.unwrap().key, key(3), "when nobody waits, nothing does");
}

pub async fn a_matrix_is_made_by_one_computation_at_a_time(store: &dyn Store, clock: &ManualClock) {
    for number in [1, 2] {
        let reads_the_same = NewJob { matrix_key: key(50), ..job("me", number, Priority::Interactive) };
        submit(store, &reads_the_same).await;
    }
    submit(store, &job("me", 3, Priority::Low)).await;
    let first = claim(store).await.unwrap();
    assert_eq!(first.key, key(1));
    assert_eq!(claim(store).await.unwrap().key, key(3), "the other matrix does not wait");
    assert_eq!(claim(store).await, None);
    clock.advance(LEASE);
    assert_eq!(claim(store).await.unwrap().key, key(1), "a lost claim holds nobody up");
    clock.advance(LEASE);
    let again = claim(store).await.unwrap();
    store.complete(again.computation_id, again.token, completion(1)).await.unwrap();
    assert_eq!(claim(store).await.unwrap().key, key(2));
}

pub async fn the_last_to_detach_cancels(store: &dyn Store, _: &ManualClock) {
    let (mine, yours) = (job("me", 1, Priority::Interactive), job("you", 1, Priority::Interactive));
    let id = submit(store, &mine).await;
    submit(store, &yours).await;
    let claimed = claim(store).await.unwrap();
    assert_eq!(store.detach("you", mine.job_id, None).await.unwrap(), None, "not yours");
    assert!(store.detach("me", mine.job_id, None).await.unwrap().unwrap().detached);
    assert_eq!(state(store, id).await, ComputationState::Active);
    store.detach("you", yours.job_id, None).await.unwrap();
    assert_eq!(state(store, id).await, ComputationState::Cancelled);
    assert_eq!(store.complete(id, claimed.token, completion(1)).await.unwrap(), Outcome::Stale);
    assert_eq!(claim(store).await, None);
}

pub async fn a_completion_gives_access_to_who_is_attached_and_nobody_else(store: &dyn Store, clock: &ManualClock) {
    let left = job("left", 1, Priority::Interactive);
    submit(store, &left).await;
    submit(store, &job("stayed", 1, Priority::Interactive)).await;
    store.detach("left", left.job_id, None).await.unwrap();
    make(store, "me", 1).await;
    assert!(store.access("me", key(1)).await.unwrap().unwrap().made);
    assert!(store.access("stayed", key(1)).await.unwrap().unwrap().made);
    assert_eq!(store.access("left", key(1)).await.unwrap(), None);
    assert_eq!(store.matrix_access("left", key(51)).await.unwrap(), None);
    assert_eq!(store.matrix_access("me", key(51)).await.unwrap(), Some((NOW_MS, "fund-1".to_owned())));
    assert_eq!(store.matrix_input("left", key(51)).await.unwrap(), None);
    assert_eq!(store.matrix_input("me", key(51)).await.unwrap().as_deref(), Some("{}"));

    clock.advance(Duration::from_secs(1));
    store.grant("left", key(1), Source::Default, change("left", Action::ShareRun)).await.unwrap();
    let access = store.access("left", key(1)).await.unwrap().unwrap();
    assert_eq!((access.made, access.source, access.asked_at_ms), (false, Source::Default, NOW_MS + 1_000));
    store.grant("left", key(9), Source::Request, change("left", Action::ShareRun)).await.unwrap();
    assert_eq!(store.access("left", key(9)).await.unwrap(), None, "there is no such run");
    store.touch(vec![("left".to_owned(), key(1), Source::Stored, NOW_MS + 5_000)]).await.unwrap();
    let access = store.access("left", key(1)).await.unwrap().unwrap();
    assert_eq!((access.source, access.asked_at_ms), (Source::Stored, NOW_MS + 5_000));
}

pub async fn a_full_queue_takes_nothing_new_but_lets_others_join(store: &dyn Store, _: &ManualClock) {
    assert!(matches!(store.submit(job("me", 1, Priority::Interactive), 1).await.unwrap(), Submitted::Attached { .. }));
    assert_eq!(store.submit(job("me", 2, Priority::Interactive), 1).await.unwrap(), Submitted::QueueFull);
    assert!(matches!(store.submit(job("you", 1, Priority::Interactive), 1).await.unwrap(), Submitted::Attached { .. }));
}

pub async fn lists_of_runs_continue_where_they_stopped(store: &dyn Store, clock: &ManualClock) {
    for number in 1..=5 {
        make(store, "me", number).await;
        // Two within the same millisecond.
        if number != 3 {
            clock.advance(Duration::from_millis(1));
        }
    }
    make(store, "you", 6).await;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.runs("me", FORMAT, None, 2, after).await.unwrap();
        found.extend(page.iter().map(|run| run.run_key[0]));
        let Some(last) = page.last() else { break };
        after = Some(RunPosition { asked_at_ms: last.asked_at_ms, run_key: last.run_key });
    }
    assert_eq!(found, [5, 4, 3, 2, 1]);
    let odd = store.runs("me", FORMAT, Some("fund-1"), 10, None).await.unwrap();
    assert_eq!(odd.iter().map(|run| run.run_key[0]).collect::<Vec<_>>(), [5, 3, 1]);
    assert!(store.runs("me", FORMAT + 1, None, 10, None).await.unwrap().is_empty());
    drop_in(store, Scope::Run(key(3))).await;
    assert_eq!(store.runs("me", FORMAT, None, 10, None).await.unwrap().len(), 4);
}

pub async fn funds_keep_their_first_time(store: &dyn Store, _: &ManualClock) {
    let fund = |input: &str, now| FundRow {
        fund_id: "f".to_owned(),
        input: input.to_owned(),
        size: (now == 1).then(|| (5.0, "EUR".to_owned())),
        created_at_ms: now,
        updated_at_ms: now,
    };
    let put = async |input, now, must_be| {
        store.put_fund("me", fund(input, now), must_be, change("me", Action::PutFund)).await.unwrap()
    };
    assert_eq!(put("a", 1, FundMustBe::StoredAt(1)).await, None, "there is none");
    assert_eq!(put("a", 1, FundMustBe::New).await, Some(fund("a", 1)));
    assert_eq!(put("x", 2, FundMustBe::New).await, None, "there is one");
    assert_eq!(put("x", 2, FundMustBe::StoredAt(2)).await, None, "it is another");
    assert_eq!(store.fund("me", "f").await.unwrap(), Some(fund("a", 1)), "what was refused changed nothing");
    let stored = put("b", 2, FundMustBe::Any).await.unwrap();
    assert_eq!((stored.created_at_ms, stored.updated_at_ms, stored.input.as_str()), (1, 2, "b"));
    assert_eq!(stored.size, None);
    // A clock that stands still or goes back gives no two versions one time.
    let stored = put("c", 1, FundMustBe::StoredAt(2)).await.unwrap();
    assert_eq!((stored.created_at_ms, stored.updated_at_ms, stored.input.as_str()), (1, 3, "c"));
    assert_eq!(put("d", 3, FundMustBe::StoredAt(2)).await, None);
    let stored = put("d", 3, FundMustBe::Any).await.unwrap();
    assert_eq!(stored.updated_at_ms, 4);
    assert_eq!(store.fund("me", "f").await.unwrap(), Some(stored.clone()));
    assert_eq!(store.fund("you", "f").await.unwrap(), None);
    assert_eq!(store.funds("me", 10, None).await.unwrap(), [stored]);
    assert!(store.funds("me", 10, Some("f")).await.unwrap().is_empty());
    let delete = || change("me", Action::DeleteFund);
    assert!(store.delete_fund("me", "f", delete()).await.unwrap());
    assert!(!store.delete_fund("me", "f", delete()).await.unwrap());
}

pub async fn what_ended_long_ago_is_forgotten(store: &dyn Store, clock: &ManualClock) {
    let old = job("me", 1, Priority::Interactive);
    submit(store, &old).await;
    make(store, "me", 1).await;
    clock.advance(Duration::from_secs(60));
    let live = job("me", 2, Priority::Interactive);
    submit(store, &live).await;
    assert_eq!(store.prune(Duration::from_secs(60)).await.unwrap(), 0);
    assert_eq!(store.prune(Duration::from_secs(30)).await.unwrap(), 1);
    assert_eq!(store.job("me", old.job_id).await.unwrap(), None);
    assert!(store.job("me", live.job_id).await.unwrap().is_some());
    assert!(matches!(store.record(record(Kind::Run, 1).id).await.unwrap(), Lookup::Found(_)), "results stay");
}

/// Each change has a line, what changed nothing has none, and the newest is first.
pub async fn every_change_has_its_line(store: &dyn Store, clock: &ManualClock) {
    let tick = || clock.advance(Duration::from_millis(1));
    let fund = FundRow {
        fund_id: "f".to_owned(),
        input: "{}".to_owned(),
        size: None,
        created_at_ms: NOW_MS,
        updated_at_ms: NOW_MS,
    };
    let put = async |must_be| {
        store.put_fund("me", fund.clone(), must_be, change("me", Action::PutFund)).await.unwrap().is_some()
    };
    assert!(put(FundMustBe::New).await);
    assert!(!put(FundMustBe::New).await, "it changes nothing");
    tick();
    assert!(store.delete_fund("me", "f", change("me", Action::DeleteFund)).await.unwrap());
    assert!(!store.delete_fund("me", "f", change("me", Action::DeleteFund)).await.unwrap());
    tick();
    let mine = job("me", 1, Priority::Interactive);
    submit(store, &mine).await;
    tick();
    let detach = || Some(change("me", Action::DetachJob));
    assert!(store.detach("you", mine.job_id, detach()).await.unwrap().is_none());
    assert!(store.detach("me", mine.job_id, detach()).await.unwrap().is_some());
    assert!(store.detach("me", mine.job_id, detach()).await.unwrap().is_some(), "again, which changes nothing");
    let lines = store.audit_log(10, None).await.unwrap();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["job.detach", "run.make", "fund.delete", "fund.put"]);
    assert_eq!(lines[0].at_ms, NOW_MS + 3);
    assert_eq!(lines[0].actor, change("me", Action::DetachJob).actor);
    let first = store.audit_log(3, None).await.unwrap();
    let last = first.last().unwrap();
    let after = AuditPosition { at_ms: last.at_ms, audit_id: last.audit_id };
    assert_eq!(store.audit_log(10, Some(after)).await.unwrap(), lines[3..]);
}
