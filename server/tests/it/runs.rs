//! Runs: made once, found again, followed, detached, listed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foliocast::clock::SystemClock;
use foliocast::service::{ServiceSettings, SimulateRequest, Simulated};
use foliocast::store::{FundMustBe, Kind};
use foliocast_app::api::{ConfigurationSource, JobState, Tier};
use foliocast_app::service::{Caller, Role};
use futures::StreamExt;
use futures::future::{join, join_all};

use crate::gated_store::{Gate, Moment, go_on};
use crate::installation::{
    Installation, PATIENCE, accepted, allocated, body, caller, config, expected_digests, finished, open, run, simulate,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_computed_once_and_then_found_in_memory_and_after_a_restart_in_the_store() {
    let at = Installation::new().await;
    let (me, body) = (caller("me"), body("fund-1", 5_000, "1"));
    let (digest, summary_digest) = expected_digests(&body);

    let made = run(&at.services, &me, &body).await;
    assert_eq!((made.cache.hit, made.cache.tier), (false, Tier::Computed));
    let first = made.to_run().unwrap();
    assert_eq!((first.digest, first.summary_digest), (digest, summary_digest));
    assert_eq!(first.run_key, config(&body).run_key());
    assert_eq!(first.configuration_source, ConfigurationSource::Request);
    assert_eq!(first.configuration["numScenarios"], 5_000);
    assert_eq!(first.generation.deal_draws, 5_000 * 40);
    assert!(first.warnings.iter().all(|warning| !warning.path.is_empty() || !warning.message.is_empty()));

    let found = run(&at.services, &me, &body).await;
    assert_eq!((found.cache.hit, found.cache.tier), (true, Tier::Memory));
    assert_eq!(found.body, made.body, "everything but `cache` is the same for everyone");

    let at = at.reopen().await;
    let found = at.services.run(&me, made.run_key).await.unwrap();
    assert_eq!((found.cache.hit, found.cache.tier), (true, Tier::Durable));
    assert_eq!(found.body, made.body);
    assert_eq!(at.services.run(&me, made.run_key).await.unwrap().cache.tier, Tier::Memory);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_of_one_key_make_one_computation_and_get_equal_answers() {
    let at = Installation::new().await;
    let body = body("fund-1", 400_000, "single flight");
    let asked = (0..100).map(|request| {
        let (services, body) = (at.services.clone(), body.clone());
        let caller = caller(if request % 2 == 0 { "even" } else { "odd" });
        tokio::spawn(async move { run(&services, &caller, &body).await })
    });
    let answers: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));

    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    let attempts: Vec<i64> = sqlx::query_scalar("SELECT attempts FROM computations").fetch_all(&pool).await.unwrap();
    assert_eq!(attempts, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_tells_of_rising_progress_and_ends_complete() {
    let at = Installation::new().await;
    let me = caller("me");
    let job = accepted(&at.services, &me, &body("fund-1", 500_000, "progress")).await;
    assert_eq!(at.services.run(&me, job.run_key).await.unwrap_err().status(), 404);

    let events = at.services.job_events(&me, &job.job_id).await.unwrap().collect::<Vec<_>>();
    let events = tokio::time::timeout(PATIENCE, events).await.expect("the job ends");
    let revisions: Vec<u64> = events.iter().map(|event| event.revision).collect();
    assert!(revisions.is_sorted_by(|one, next| one < next), "{revisions:?}");
    assert!(events.iter().all(|event| (0.0..=100.0).contains(&event.job.percent)));
    let last = &events.last().unwrap().job;
    assert_eq!((last.state, last.percent, last.attempts), (JobState::Complete, 100.0, 1));
    assert_eq!(last.cache.as_ref().unwrap().tier, Tier::Computed);
    assert!(at.services.run(&me, job.run_key).await.is_ok());

    let again: Vec<_> = at.services.job_events(&me, &job.job_id).await.unwrap().collect().await;
    assert_eq!(again.len(), 1, "an ended job has one state");
    assert_eq!(again[0].revision, *revisions.last().unwrap(), "and it is the same for everyone");
}

#[tokio::test(flavor = "multi_thread")]
async fn detaching_leaves_the_others_and_the_last_one_stops_the_computation() {
    // Nothing is computed, so that everything is still waiting.
    let at = Installation::with(|settings| settings.run_workers = false).await;
    let (me, you) = (caller("me"), caller("you"));
    let body = body("fund-1", 1_000, "detach");
    let mine = accepted(&at.services, &me, &body).await;
    let yours = accepted(&at.services, &you, &body).await;

    assert_eq!(at.services.detach(&me, &mine.job_id).await.unwrap().state, JobState::Cancelled);
    assert_eq!(at.services.job(&you, &yours.job_id).await.unwrap().state, JobState::Waiting);
    assert_eq!(finished(&at.services, &me, &mine.job_id).await.state, JobState::Cancelled);

    let at = at.reopen().await;
    assert_eq!(finished(&at.services, &you, &yours.job_id).await.state, JobState::Complete);
    assert_eq!(at.services.run(&me, mine.run_key).await.unwrap_err().status(), 404, "who left gets nothing");
    assert_eq!(at.services.detach(&you, &yours.job_id).await.unwrap().state, JobState::Complete, "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_nobody_waits_for_stops_and_can_be_asked_for_again() {
    let (me, body) = (caller("me"), body("fund-1", 1_000, "stop"));
    let (gate, went_on) = (Gate::default(), Arc::new(AtomicBool::new(false)));
    let (run_key, matrix_key) = (config(&body).run_key(), config(&body).matrix_key());
    let at = {
        let (gate, went_on) = (gate.clone(), Arc::clone(&went_on));
        move |moment| match moment {
            Moment::Epoch(Kind::Run, key) if key == *run_key.as_bytes() => gate.hold(),
            Moment::Epoch(Kind::Matrix, key) if key == *matrix_key.as_bytes() => {
                went_on.store(true, Ordering::Relaxed);
                go_on()
            }
            _ => go_on(),
        }
    };
    let only_slot = |settings: &mut ServiceSettings| settings.worker_concurrency = 1;
    let at = Installation::gated(Arc::new(SystemClock), only_slot, at).await;
    let job = accepted(&at.services, &me, &body).await;
    gate.reached().await;
    assert_eq!(at.services.job(&me, &job.job_id).await.unwrap().state, JobState::Active);
    assert_eq!(at.services.detach(&me, &job.job_id).await.unwrap().state, JobState::Cancelled);
    assert_eq!(finished(&at.services, &me, &job.job_id).await.state, JobState::Cancelled);
    gate.open();

    // The only slot becomes free, and the key is not blocked.
    run(&at.services, &me, &allocated("fund-1", 1_000, "next", 60)).await;
    assert!(!went_on.load(Ordering::Relaxed), "it stopped at its next step");
    run(&at.services, &me, &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_waits_until_its_memory_fits_beside_the_others_or_it_is_alone() {
    let gate = Gate::default();
    let (one, two) = (body("fund-1", 1_000, "one"), body("fund-1", 1_000, "two"));
    let held = Moment::Epoch(Kind::Run, *config(&one).run_key().as_bytes());
    let moments = Arc::new(Mutex::new(Vec::new()));
    let at = {
        let (gate, moments) = (gate.clone(), Arc::clone(&moments));
        move |moment| {
            if matches!(moment, Moment::Epoch(..)) {
                moments.lock().unwrap().push(moment);
            }
            if moment == held { gate.hold() } else { go_on() }
        }
    };
    let small = |settings: &mut ServiceSettings| settings.compute_memory_bytes = 1 << 20;
    let at = Installation::gated(Arc::new(SystemClock), small, at).await;
    let me = caller("me");
    let first = accepted(&at.services, &me, &one).await;
    gate.reached().await;
    let second = accepted(&at.services, &me, &two).await;
    let mut events = at.services.job_events(&me, &second.job_id).await.unwrap();
    while events.next().await.unwrap().job.state == JobState::Waiting {}
    gate.open();
    for job in [first, second] {
        assert_eq!(finished(&at.services, &me, &job.job_id).await.state, JobState::Complete);
    }
    let order = [&one, &two].map(|body| {
        let config = config(body);
        [
            Moment::Epoch(Kind::Run, *config.run_key().as_bytes()),
            Moment::Epoch(Kind::Matrix, *config.matrix_key().as_bytes()),
        ]
    });
    assert_eq!(*moments.lock().unwrap(), order.concat());
}

/// The states of all computations, with their attempts, after a shutdown.
async fn computations(at: &Installation) -> Vec<(String, i64)> {
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    sqlx::query_as("SELECT state, attempts FROM computations").fetch_all(&pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_dropped_while_it_waits_or_while_its_job_is_written_down_is_detached() {
    let no_workers = |settings: &mut ServiceSettings| settings.run_workers = false;
    for dropped_at in [Moment::Submitted, Moment::Waiting] {
        let gate = Gate::default();
        let at = gate.holding(move |moment| moment == dropped_at);
        let at = Installation::gated(Arc::new(SystemClock), no_workers, at).await;
        let request = SimulateRequest { body: body("fund-1", 1_000, "dropped") };
        let me = caller("me");
        tokio::select! {
            answer = at.services.simulate(&me, request, PATIENCE) => panic!("{answer:?}"),
            () = gate.reached() => {}
        }
        at.services.shutdown().await;
        assert_eq!(computations(&at).await, [("cancelled".to_owned(), 0)], "{dropped_at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_hands_back_what_runs_without_losing_the_attempt() {
    let gate = Gate::default();
    let at = gate.holding(|moment| matches!(moment, Moment::Epoch(Kind::Run, _)));
    let at = Installation::gated(Arc::new(SystemClock), |_| {}, at).await;
    let (me, body) = (caller("me"), body("fund-1", 1_000, "shutdown"));
    let job = accepted(&at.services, &me, &body).await;
    gate.reached().await;
    join(at.services.shutdown(), async { gate.open() }).await;
    assert_eq!(computations(&at).await, [("waiting".to_owned(), 0)]);

    let at = Installation { services: open(at.dir.path()).await, dir: at.dir };
    let done = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((done.state, done.attempts), (JobState::Complete, 1));
    let run = at.services.run(&me, job.run_key).await.unwrap().to_run().unwrap();
    assert_eq!(run.digest, expected_digests(&body).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_stores_a_result_that_is_there_but_for_its_rows() {
    let gate = Gate::default();
    let at = gate.holding(|moment| moment == Moment::PutChunk(0));
    let keep_rows = |settings: &mut ServiceSettings| settings.keep_rows_factor = 0.0;
    let at = Installation::gated(Arc::new(SystemClock), keep_rows, at).await;
    let (me, body) = (caller("me"), body("fund-1", 200_000, "shutdown"));
    let job = accepted(&at.services, &me, &body).await;
    gate.reached().await;
    join(at.services.shutdown(), async { gate.open() }).await;
    assert_eq!(computations(&at).await, [("complete".to_owned(), 1)]);

    let at = Installation { services: open(at.dir.path()).await, dir: at.dir };
    let found = at.services.run(&me, job.run_key).await.unwrap();
    assert_eq!(found.cache.tier, Tier::Durable);
    assert_eq!(found.to_run().unwrap().digest, expected_digests(&body).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_shutdown_requests_are_refused_with_503() {
    let at = Installation::new().await;
    at.services.shutdown().await;
    let error = simulate(&at.services, &caller("me"), &body("fund-1", 10, "0")).await.unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(error.retry_after().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_allocation_reads_the_kept_matrix_instead_of_making_it_again() {
    // Rows are always kept.
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let me = caller("me");
    let first = run(&at.services, &me, &allocated("fund-1", 50_000, "shared", 60)).await.to_run().unwrap();
    let other = allocated("fund-2", 50_000, "shared", 25);
    let second = run(&at.services, &me, &other).await.to_run().unwrap();
    assert_eq!(second.matrix_key, first.matrix_key);
    assert_ne!(second.run_key, first.run_key);
    assert_eq!(second.generation, first.generation, "what making the rows took comes from the matrix");
    assert_eq!((second.digest, second.summary_digest), expected_digests(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_matrix_was_made_without_keeping_rows_gets_the_same_digest() {
    let at = Installation::with(|settings| settings.keep_rows_factor = f64::INFINITY).await;
    let me = caller("me");
    let first = run(&at.services, &me, &allocated("fund-1", 5_000, "not kept", 60)).await.to_run().unwrap();
    let other = allocated("fund-1", 5_000, "not kept", 30);
    let second = run(&at.services, &me, &other).await.to_run().unwrap();
    assert_eq!((second.digest, second.generation), (first.digest, first.generation));
    assert_eq!(second.summary_digest, expected_digests(&other).1);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_in_pages_without_gaps() {
    let at = Installation::new().await;
    let me = caller("me");
    let mut keys = Vec::new();
    for number in 0..5 {
        let fund = if number == 2 { "other" } else { "fund-1" };
        keys.push(run(&at.services, &me, &body(fund, 100 + number, "list")).await.run_key);
    }
    keys.reverse();
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let page = at.services.runs(&me, None, 2, cursor.as_deref()).await.unwrap();
        assert!(page.items.len() <= 2);
        listed.extend(page.items.iter().map(|run| run.run_key));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    // Several may have been asked for within the same millisecond.
    assert_eq!(listed.len(), 5);
    let (mut sorted, mut wanted) = (listed.clone(), keys.clone());
    sorted.sort();
    wanted.sort();
    assert_eq!(sorted, wanted);

    let others = at.services.runs(&me, Some("other"), 10, None).await.unwrap();
    assert_eq!(others.items.iter().map(|run| run.run_key).collect::<Vec<_>>(), [keys[2]]);
    assert_eq!((others.items[0].fund_id.as_str(), others.items[0].num_scenarios), ("other", 102));
    assert!(others.items[0].asked_at.ends_with('Z'));

    for (limit, cursor) in [(0, None), (201, None), (10, Some("nonsense")), (10, Some("3ff"))] {
        assert_eq!(at.services.runs(&me, None, limit, cursor).await.unwrap_err().status(), 400, "{limit} {cursor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_request_are_reported_and_sizes_beyond_the_limit_are_422() {
    let at = Installation::with(|settings| settings.max_deal_draws = 1_000).await;
    let me = caller("me");
    let error = simulate(&at.services, &me, r#"{"fundId": "", "buckets": []}"#).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (400, "VALIDATION_ERROR"));
    assert!(error.details().len() >= 2, "{error}");
    let error = simulate(&at.services, &me, &body("fund-1", 1_000, "0")).await.unwrap_err();
    assert_eq!(error.status(), 422, "{error}");
    for broken in ["", "{", "[]", "null", "{\"fundId\": 1, \"fundId\": 2}", "\u{0}"] {
        assert_eq!(simulate(&at.services, &me, broken).await.unwrap_err().status(), 400, "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_and_does_not_run() {
    let at = Installation::new().await;
    let (me, body) = (caller("me"), body("fund-1", 100, "0"));
    let key = run(&at.services, &me, &body).await.run_key;
    let reader = Caller { role: Role::Reader, ..me };
    assert!(at.services.run(&reader, key).await.is_ok());
    assert_eq!(simulate(&at.services, &reader, &body).await.unwrap_err().status(), 403);
    assert_eq!(at.services.put_fund(&reader, "f", "{}", FundMustBe::Any).await.unwrap_err().status(), 403);
    assert_eq!(at.services.delete_fund(&reader, "f").await.unwrap_err().status(), 403);
    assert_eq!(at.services.detach(&reader, "f").await.unwrap_err().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_waiting_a_run_that_is_there_is_answered_at_once() {
    let at = Installation::new().await;
    let (me, body) = (caller("me"), body("fund-1", 100, "0"));
    run(&at.services, &me, &body).await;
    let answer = at.services.simulate(&me, SimulateRequest { body }, Duration::ZERO).await.unwrap();
    assert!(matches!(answer, Simulated::Ready(_)));
}
