//! Parts that die at any moment: every job that was accepted ends as it would have, and nothing wrong is answered.

use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::{Fleet, a_moments_run, accept, ask, assert_made, computations, digests, expected, simulate};
use crate::private_postgres::PrivatePostgres;
use crate::test_database::TestDatabase;

/// Numbers that look random and are the same in every run of the tests (xorshift, Marsaglia 2003).
fn next_number(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Ten workers, each with a job of its own, that die somewhere between its claim and its end.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_whose_workers_are_killed_at_ten_moments_are_all_completed() {
    let mut state = 5_026;
    // Twice five: so that no job's lease runs out while workers are still being killed, and it is given up.
    for half in 0..2 {
        let database = TestDatabase::new().await;
        let mut fleet = Fleet::on(&database.url, "");
        let front = fleet.front();
        let mut taken_on = Vec::new();
        for round in 0..5 {
            let worker = fleet.worker(&["--worker-concurrency", "1"]);
            let configuration = a_moments_run(&format!("killed {half}/{round}"));
            taken_on.push((accept(&front.url, &configuration).await, configuration));
            tokio::time::sleep(Duration::from_millis(next_number(&mut state) % 1_200)).await;
            worker.stop("-KILL");
        }
        let _worker = fleet.worker(&[]);
        for (accepted, configuration) in &taken_on {
            assert_made(&front.url, accepted, configuration).await;
        }
    }
}

/// A server that is killed takes only its connections along: what it accepted is computed and there on the others.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_accepted_is_there_on_the_others() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let (dies, lives) = (fleet.front(), fleet.front());
    let configuration = a_moments_run("its server dies");
    let accepted = accept(&dies.url, &configuration).await;
    dies.stop("-KILL");
    let _worker = fleet.worker(&[]);
    assert_made(&lives.url, &accepted, &configuration).await;
}

/// A job that always ends its worker is given up after its attempts, with the reason, and holds nobody up.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_every_worker_is_given_up_and_blocks_nobody() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let front = fleet.server(&[&["--no-workers"], &crate::program::ALLOWS_ENDLESS_RUNS[..]].concat());
    let poison = accept(&front.url, &crate::program::endless_run()).await;
    let pool = database.connect().await;
    for attempt in 1..=3 {
        let worker = fleet.worker(&[&["--worker-concurrency", "1"], &crate::program::ALLOWS_ENDLESS_RUNS[..]].concat());
        let begun = std::time::Instant::now();
        while computations(&pool).await.1 < attempt {
            assert!(begun.elapsed() < crate::installation::PATIENCE, "attempt {attempt} does not begin");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        worker.stop("-KILL");
    }
    let _worker = fleet.worker(&["--worker-concurrency", "1"]);
    let next = a_moments_run("after the poison");
    assert_eq!(digests(&simulate(&front.url, &next).await.unwrap().1), expected(&next));
    let job = super::over(&front.url, &poison).await;
    assert_eq!(job["state"], "failed", "{job}");
    assert!(job["error"]["message"].as_str().unwrap().contains("3 attempts"), "{job}");
}

/// PostgreSQL is killed while a job is made and comes back: what was kept in memory is answered meanwhile, new runs are
/// refused with a time to try again, readiness tells, and the attempt under way ends as it would have.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_and_comes_back() {
    let postgres = PrivatePostgres::start().await;
    let mut fleet = Fleet::on(&postgres.url, "");
    let (front, _worker) = (fleet.front(), fleet.worker(&crate::program::ALLOWS_ENDLESS_RUNS));
    let kept = a_moments_run("kept");
    assert_eq!(simulate(&front.url, &kept).await.unwrap().0, 200);
    let made_meanwhile = a_moments_run("made meanwhile");
    let accepted = accept(&front.url, &made_meanwhile).await;
    postgres.kill();
    let gone = tokio::time::Instant::now();
    let mut refused = 0;
    while gone.elapsed() < Duration::from_secs(20) {
        let (status, run) = simulate(&front.url, &kept).await.unwrap();
        assert_eq!(status, 200, "{run}");
        assert_eq!(run["cache"]["tier"], "memory", "{run}");
        let (status, problem) = simulate(&front.url, &a_moments_run("new")).await.unwrap();
        assert_eq!((status, problem["error"]["code"].as_str()), (503, Some("UNAVAILABLE")), "{problem}");
        let words = problem["error"]["message"].as_str().unwrap();
        assert!(!words.contains("127.0.0.1") && !words.contains("foliocast@"), "{words}");
        refused += 1;
        assert_eq!(ask(&front.url, "GET", "/healthz", "").await.unwrap().0, 200);
        let (status, health) = ask(&front.url, "GET", "/readyz", "").await.unwrap();
        // What was found holds two seconds.
        if gone.elapsed() > Duration::from_secs(4) {
            assert_eq!(status, 503, "{health}");
            let health: Value = serde_json::from_str(&health).unwrap();
            let durable = health["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "durable").unwrap();
            assert_eq!(durable["ready"], false, "{health}");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(refused > 0);
    postgres.begin().await;
    let job = assert_made(&front.url, &accepted, &made_meanwhile).await;
    assert!(job["attempts"].as_u64().unwrap() <= 2, "{job}");
    let new = a_moments_run("new");
    let begun = std::time::Instant::now();
    loop {
        let (status, run) = simulate(&front.url, &new).await.unwrap();
        if status == 200 {
            assert_eq!(digests(&run), expected(&new));
            break;
        }
        assert!(begun.elapsed() < crate::installation::PATIENCE, "{run}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(ask(&front.url, "GET", "/readyz", "").await.unwrap().0, 200);
}

/// Everything is started anew, one process after the other, while jobs come in: none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_restarted_under_load() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let stays = fleet.front();
    let mut servers = vec![fleet.server(&[]), fleet.server(&[])];
    let mut workers = vec![fleet.worker(&[])];
    let mut taken_on = Vec::new();
    for round in 0..4 {
        for number in 0..4 {
            let configuration = a_moments_run(&format!("{round}/{number}"));
            let server = &servers[number % servers.len()];
            taken_on.push((accept(&server.url, &configuration).await, configuration));
        }
        let (server, worker) = (servers.remove(0), workers.remove(0));
        servers.push(fleet.server(&[]));
        workers.push(fleet.worker(&[]));
        assert_eq!(server.stop("-TERM"), Some(0));
        assert_eq!(worker.stop("-TERM"), Some(0));
    }
    let jobs = join_all(taken_on.iter().map(|(job, configuration)| assert_made(&stays.url, job, configuration))).await;
    for job in jobs {
        assert_eq!(job["attempts"], 1, "an attempt that is handed back is not counted: {job}");
    }
}
