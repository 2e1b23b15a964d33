//! Laws of what operators see of computations and do to them.

use std::time::Duration;

use foliocast::clock::ManualClock;
use foliocast::store::{
    Action, ComputationState, Contents, Foreseen, Kind, ListedComputation, Outcome, Priority, Retried, Scope, Store,
};
use uuid::Uuid;

use super::{change, claim, completion, job, key, make_of, state, submit};

fn words(listed: &ListedComputation) -> Vec<&str> {
    listed.log.iter().map(|(_, words)| words.as_str()).collect()
}

async fn listed(store: &dyn Store, id: Uuid) -> ListedComputation {
    store.listed_computation(id).await.unwrap().unwrap()
}

async fn fail(store: &dyn Store, error: &str) -> Uuid {
    let claimed = claim(store).await.unwrap();
    store.fail(claimed.computation_id, claimed.token, error, None).await.unwrap();
    claimed.computation_id
}

/// Newest first, of one state or of all, a page after the other.
pub async fn computations_are_listed_newest_first(store: &dyn Store, clock: &ManualClock) {
    let mut ids = Vec::new();
    for number in 1..=5 {
        ids.push(submit(store, &job("me", number, Priority::Low)).await);
        clock.advance(Duration::from_millis(5));
    }
    let joined = submit(store, &job("you", 5, Priority::Interactive)).await;
    assert_eq!(joined, ids[4]);
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.computation_id, ids[4]);
    let page = async |state, after, limit| {
        let found = store.computations(state, after, limit).await.unwrap();
        found.iter().map(|found| found.computation.computation_id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 3).await, [ids[4], ids[3], ids[2]]);
    assert_eq!(page(None, Some(ids[2]), 3).await, [ids[1], ids[0]]);
    assert_eq!(page(Some(ComputationState::Active), None, 3).await, [ids[4]]);
    assert_eq!(page(Some(ComputationState::Waiting), None, 2).await, [ids[3], ids[2]]);
    assert_eq!(page(Some(ComputationState::Waiting), Some(ids[2]), 9).await, [ids[1], ids[0]]);
    assert!(page(Some(ComputationState::Failed), None, 9).await.is_empty());
    let found = listed(store, ids[4]).await;
    assert_eq!((found.num_jobs, found.tenants), (2, vec!["me".to_owned(), "you".to_owned()]));
    assert_eq!((found.key, found.matrix_key, found.priority), (key(5), key(55), Priority::Interactive));
    assert_eq!(store.listed_computation(Uuid::now_v7()).await.unwrap(), None);
}

/// What happens to a computation is written down, with its time and in its order.
pub async fn a_log_says_what_happened_to_a_computation(store: &dyn Store, clock: &ManualClock) {
    let id = submit(store, &job("me", 1, Priority::High)).await;
    clock.advance(Duration::from_secs(1));
    let first = claim(store).await.unwrap();
    store.fail(id, first.token, "no\nroom", Some(Duration::ZERO)).await.unwrap();
    let second = claim(store).await.unwrap();
    store.release(id, second.token, Duration::ZERO).await.unwrap();
    let third = claim(store).await.unwrap();
    clock.advance(Duration::from_secs(2));
    assert_eq!(store.complete(id, third.token, completion(1)).await.unwrap(), Outcome::Done);
    let found = listed(store, id).await;
    assert_eq!(
        words(&found),
        [
            "taken on, priority high",
            "attempt 1 begun by a worker",
            "the attempt failed: no room; next one after 0.0 s",
            "attempt 2 begun by a worker",
            "handed back by its process; the attempt does not count",
            "attempt 2 begun by a worker",
            "complete: the result is stored",
        ]
    );
    let begun = found.created_at_ms;
    let times: Vec<i64> = found.log.iter().map(|(at_ms, _)| at_ms - begun).collect();
    assert_eq!((times[0], times[1], times[6]), (0, 1_000, 3_000));
}

/// However often something happens to one, its log stays short and readable.
pub async fn a_long_log_keeps_its_end(store: &dyn Store, _: &ManualClock) {
    let id = submit(store, &job("me", 1, Priority::High)).await;
    for _ in 0..150 {
        let claimed = claim(store).await.unwrap();
        store.release(id, claimed.token, Duration::ZERO).await.unwrap();
    }
    let found = listed(store, id).await;
    assert!((50..150).contains(&found.log.len()), "{}", found.log.len());
    assert_eq!(words(&found).last(), Some(&"handed back by its process; the attempt does not count"));
    assert!(found.log.iter().all(|(at_ms, _)| *at_ms == found.created_at_ms), "{:?}", found.log);
}

/// Cancelled by an operator, it ends for all; tried again, it is made for those who waited until then.
pub async fn who_waited_until_the_end_gets_what_is_tried_again(store: &dyn Store, clock: &ManualClock) {
    let (left, stayed) = (job("left", 1, Priority::Interactive), job("stayed", 1, Priority::Interactive));
    let id = submit(store, &left).await;
    submit(store, &stayed).await;
    store.detach("left", left.job_id, None).await.unwrap();
    clock.advance(Duration::from_millis(1));
    let claimed = claim(store).await.unwrap();
    let cancelled = store.cancel(id, change("boss", Action::CancelComputation)).await.unwrap().unwrap();
    assert_eq!(cancelled.computation.state, ComputationState::Cancelled);
    assert_eq!(words(&cancelled).last(), Some(&"cancelled by test"));
    assert_eq!(cancelled.computation.error.as_deref(), Some("cancelled by test"));
    assert!(store.job("stayed", stayed.job_id).await.unwrap().unwrap().detached);
    let late = store.complete(id, claimed.token, completion(1)).await.unwrap();
    assert_eq!(late, Outcome::Stale, "whoever made it is refused");
    // Once more changes nothing.
    store.cancel(id, change("boss", Action::CancelComputation)).await.unwrap().unwrap();
    assert_eq!(store.audit_log(10, None).await.unwrap().len(), 3, "two jobs, one end");

    clock.advance(Duration::from_millis(1));
    let retry = async || store.retry(id, 10, change("boss", Action::RetryComputation)).await.unwrap();
    assert_eq!(retry().await, Retried::Waiting);
    assert_eq!(retry().await, Retried::NotEnded(ComputationState::Waiting));
    let again = claim(store).await.unwrap();
    assert_eq!((again.computation_id, again.attempts), (id, 1), "with all its attempts");
    assert!(again.token > claimed.token, "and what the first one says late is still refused");
    store.complete(id, again.token, completion(1)).await.unwrap();
    assert!(store.access("stayed", key(1)).await.unwrap().is_some());
    assert!(store.access("left", key(1)).await.unwrap().is_none());
    assert_eq!(retry().await, Retried::NotEnded(ComputationState::Complete));
    let actions: Vec<String> = store.audit_log(10, None).await.unwrap().into_iter().map(|line| line.action).collect();
    assert_eq!(actions, ["computation.retry", "computation.cancel", "run.make", "run.make"]);
}

/// What failed can be tried again unless another makes the same, or there is no room.
pub async fn what_failed_is_tried_again_where_nothing_stands_against_it(store: &dyn Store, _: &ManualClock) {
    let retry = async |id, most| store.retry(id, most, change("boss", Action::RetryComputation)).await.unwrap();
    submit(store, &job("me", 1, Priority::Interactive)).await;
    let failed = fail(store, "out of luck").await;
    assert_eq!(retry(failed, 0).await, Retried::QueueFull);
    let other = submit(store, &job("you", 1, Priority::Interactive)).await;
    assert_eq!(retry(failed, 10).await, Retried::UnderWay(other));
    let second = fail(store, "again").await;
    assert_eq!(second, other);
    assert_eq!(retry(failed, 10).await, Retried::Waiting);
    let found = listed(store, failed).await;
    assert_eq!((found.computation.error, found.computation.ended_at_ms), (None, None));
    assert_eq!(state(store, failed).await, ComputationState::Waiting);
    assert_eq!(retry(Uuid::now_v7(), 10).await, Retried::Unknown);
    let claimed = claim(store).await.unwrap();
    assert_eq!(claimed.computation_id, failed);
    store.complete(failed, claimed.token, completion(1)).await.unwrap();
    assert_eq!(retry(second, 10).await, Retried::Made, "what is there is not made again");
    // What everybody let go is tried again for the last of them.
    let last = job("me", 2, Priority::Interactive);
    let id = submit(store, &last).await;
    store.detach("me", last.job_id, None).await.unwrap();
    assert_eq!(retry(id, 10).await, Retried::Waiting);
    assert!(!store.job("me", last.job_id).await.unwrap().unwrap().detached);
}

/// What dropping would remove is what it then removes.
pub async fn what_would_go_is_what_goes(store: &dyn Store, _: &ManualClock) {
    for (number, fund, matrix) in [(1, "a", 60), (2, "a", 61), (3, "b", 61), (4, "b", 62)] {
        make_of(store, number, fund, matrix).await;
    }
    submit(store, &job("me", 5, Priority::Interactive)).await;
    claim(store).await.unwrap();
    assert_eq!(store.foresee(key(1), 1).await.unwrap(), Foreseen::Made);
    assert_eq!(store.foresee(key(5), 1).await.unwrap(), Foreseen::UnderWay);
    assert_eq!(store.foresee(key(6), 1).await.unwrap(), Foreseen::New);
    let all = store.contents(Scope::All).await.unwrap();
    assert_eq!((all.runs, all.matrices, all.under_way), (4, 3, 1));
    let kept: u64 = store.durable_use().await.unwrap().iter().map(|kept| kept.bytes).sum();
    assert_eq!(all.bytes, kept);
    let scopes = [
        (Scope::Run(key(4)), (1, 0, 0)),
        (Scope::Fund("a".to_owned()), (2, 1, 0)),
        (Scope::Matrix(key(61)), (1, 1, 0)),
        (Scope::Kind(Kind::Run), (0, 0, 1)),
        (Scope::All, (0, 1, 1)),
    ];
    for (scope, expected) in scopes {
        let Contents { runs, matrices, under_way, .. } = store.contents(scope.clone()).await.unwrap();
        assert_eq!((runs, matrices, under_way), expected, "{scope:?}");
        let dropped = super::drop_in(store, scope.clone()).await;
        let there = |kind| dropped.iter().filter(|dropped| dropped.was_there && dropped.kind == kind).count() as u64;
        assert_eq!((there(Kind::Run), there(Kind::Matrix)), (runs, matrices), "{scope:?}");
    }
    assert_eq!(store.contents(Scope::All).await.unwrap().bytes, 0);
}
