//! However many ask at once, and wherever, a thing is made once.

use futures::future::join_all;
use serde_json::Value;

use super::{Fleet, a_moments_run, accept, ask, computations, digests, expected, over, simulate};
use crate::redis::database as redis_database;
use crate::test_database::TestDatabase;

async fn a_thousand_ask(redis_url: &str) {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, redis_url);
    let servers = [fleet.front(), fleet.front(), fleet.front()];
    let _workers = [fleet.worker(&[]), fleet.worker(&[])];
    let mut configuration = a_moments_run("a thousand");
    // Longer than a busy machine takes to write a thousand requests down.
    configuration["buckets"][0]["deals"] = 1_000.into();
    let leaves = accept(&servers[0].url, &configuration).await;
    // Somebody else wants it before the first leaves, so that it goes on.
    let stays = accept(&servers[1].url, &configuration).await;
    let asking = (0..998).map(|number| simulate(&servers[number % 3].url, &configuration));
    let leaving = async {
        let job = leaves["links"]["self"].as_str().unwrap();
        let (status, job) = ask(&servers[1].url, "DELETE", job, "").await.unwrap();
        assert_eq!(status, 200, "{job}");
    };
    let ((), answers) = tokio::join!(leaving, join_all(asking));
    let mut first: Option<Value> = None;
    for answer in answers {
        let (status, mut run) = answer.unwrap();
        assert_eq!(status, 200, "{run}");
        run.as_object_mut().unwrap().remove("cache");
        assert_eq!(*first.get_or_insert_with(|| run.clone()), run);
    }
    assert_eq!(digests(&first.unwrap()), expected(&configuration));
    let left = over(&servers[2].url, &leaves).await;
    assert_eq!(left["state"], "cancelled", "{left}");
    let stayed = over(&servers[0].url, &stays).await;
    assert_eq!(stayed["state"], "complete", "{stayed}");
    assert_eq!(computations(&database.connect().await).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_to_three_servers_make_one_computation() {
    a_thousand_ask("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_to_three_servers_with_redis_make_one_computation() {
    a_thousand_ask(&redis_database().await.0).await;
}

/// What one server had made is there for the others, and cancelling on one stops it on another.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_one_server_is_seen_and_stopped_on_another() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let (front, other) = (fleet.front(), fleet.front());
    let worker = fleet.worker(&crate::program::ALLOWS_ENDLESS_RUNS);
    let configuration = a_moments_run("there for all");
    let (status, made) = simulate(&front.url, &configuration).await.unwrap();
    assert_eq!((status, made["cache"]["tier"].as_str()), (200, Some("computed")), "{made}");
    let (status, found) = simulate(&other.url, &configuration).await.unwrap();
    assert_eq!((status, found["cache"]["tier"].as_str()), (200, Some("durable")), "{found}");
    assert_eq!(digests(&found), digests(&made));

    let endless = fleet.server(&[&["--no-workers"], &crate::program::ALLOWS_ENDLESS_RUNS[..]].concat());
    let job = accept(&endless.url, &crate::program::endless_run()).await;
    let path = job["links"]["self"].as_str().unwrap();
    let progress =
        async |server: &str| -> Value { serde_json::from_str(&ask(server, "GET", path, "").await.unwrap().1).unwrap() };
    // Progress of another machine is a second old at most.
    let begun = std::time::Instant::now();
    while progress(&other.url).await["percent"].as_f64().unwrap() < 30.0 {
        assert!(begun.elapsed() < crate::installation::PATIENCE, "no progress is seen");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(progress(&front.url).await["state"], "active");
    assert_eq!(ask(&other.url, "DELETE", path, "").await.unwrap().0, 200);
    assert_eq!(progress(&front.url).await["state"], "cancelled");
    // The worker's one thread is free again for another.
    let next = a_moments_run("after it");
    assert_eq!(digests(&simulate(&front.url, &next).await.unwrap().1), expected(&next));
    assert_eq!(worker.stop("-TERM"), Some(0));
}
