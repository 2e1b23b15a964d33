//! Dropping results while many servers answer with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Fleet, a_moments_run, ask, digests, expected, simulate};
use crate::installation::PATIENCE;
use crate::redis::database as redis_database;
use crate::redis::proxy::{Line, Proxy};
use crate::test_database::TestDatabase;

async fn invalidate(server: &str, what: &Value) -> Value {
    let (status, body) = ask(server, "POST", "/api/cache/invalidate", &what.to_string()).await.unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn run(server: &str, key: &str) -> (u16, Value) {
    let (status, body) = ask(server, "GET", &format!("/api/runs/{key}"), "").await.unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

/// Readers ask three servers as fast as they can; whoever begins to ask after the call has returned is not answered with
/// what was dropped, and what is made again has the same bits and stays.
async fn while_everybody_reads(redis_url: &str) {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, redis_url);
    let servers = [fleet.server(&[]), fleet.front(), fleet.front()];
    let urls: Vec<String> = servers.iter().map(|server| server.url.clone()).collect();
    for round in 0..4 {
        let configuration = a_moments_run(&format!("read {round}"));
        let (_, made) = simulate(&urls[0], &configuration).await.unwrap();
        let key = made["runKey"].as_str().unwrap().to_owned();
        let (is_over, read) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let readers: Vec<_> = (0..9)
            .map(|number| {
                let (url, key) = (urls[number % 3].clone(), key.clone());
                let (is_over, read) = (Arc::clone(&is_over), Arc::clone(&read));
                tokio::spawn(async move {
                    while !is_over.load(Ordering::SeqCst) {
                        let (status, answer) = run(&url, &key).await;
                        assert!([200, 404].contains(&status), "{answer}");
                        read.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let begun = Instant::now();
        while read.load(Ordering::SeqCst) < 90 {
            assert!(begun.elapsed() < PATIENCE, "nobody reads");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // All three servers have it in memory.
        for url in &urls {
            while run(url, &key).await.1["cache"]["tier"] != "memory" {
                assert!(begun.elapsed() < PATIENCE, "{url} does not keep it");
            }
        }
        let what = json!({"scope": "matrix", "matrixKey": made["matrixKey"], "reason": "a test"});
        let dropped = invalidate(&urls[round % 3], &what).await;
        for url in &urls {
            for _ in 0..5 {
                let (status, answer) = run(url, &key).await;
                assert_eq!(status, 404, "{answer}");
            }
        }
        assert_eq!(dropped["unacknowledged"], json!([]), "{dropped}");
        assert_eq!(dropped["invalidated"]["durable"], 2, "the run and its matrix: {dropped}");
        let in_memory = dropped["invalidated"]["memory"].as_u64().unwrap();
        assert!(in_memory >= 3, "the run on three servers, the matrix where it was made: {dropped}");
        assert_eq!(dropped["auditLog"]["user"], "this machine");
        assert_eq!(dropped["invalidated"]["redis"].is_null(), redis_url.is_empty(), "{dropped}");
        is_over.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap();
        }
        let (_, again) = simulate(&urls[1], &configuration).await.unwrap();
        assert_eq!(again["cache"]["tier"], "computed", "{again}");
        assert_eq!(digests(&again), expected(&configuration));
        let (_, kept) = simulate(&urls[2], &configuration).await.unwrap();
        assert_eq!(kept["cache"]["hit"], true, "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_while_three_servers_read_it_is_not_answered_after_the_call() {
    while_everybody_reads("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_while_three_servers_with_redis_read_it_is_not_answered_after_the_call() {
    while_everybody_reads(&redis_database().await.0).await;
}

/// A server that no longer reaches PostgreSQL is waited for until its lease has run out, and named; what it has in memory
/// it answers as unconfirmed, it is not ready, and once it is back it has forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_cut_off_answers_unconfirmed_and_forgets_when_it_is_back() {
    let database = TestDatabase::new().await;
    let address = database.url.split('@').nth(1).unwrap().split('/').next().unwrap();
    let proxy = Proxy::before(&format!("redis://{address}/0")).await;
    let through = proxy.url.strip_prefix("redis://").unwrap().split('/').next().unwrap().to_owned();
    let mut fleet = Fleet::on(&database.url, "");
    let reached = fleet.server(&[]);
    let mut far_fleet = Fleet::on(&database.url.replace(address, &through), "");
    let cut_off = far_fleet.front();
    let configuration = a_moments_run("cut off");
    let (_, made) = simulate(&reached.url, &configuration).await.unwrap();
    let key = made["runKey"].as_str().unwrap();
    let (status, found) = run(&cut_off.url, key).await;
    assert_eq!((status, found["cache"]["unconfirmed"].clone()), (200, Value::Null), "{found}");
    proxy.set(Line::Cut);
    let dropped = invalidate(&reached.url, &json!({"scope": "all"})).await;
    let unacknowledged = dropped["unacknowledged"].as_array().unwrap();
    assert_eq!(unacknowledged.len(), 1, "{dropped}");
    assert!(unacknowledged[0].as_str().unwrap().contains(&cut_off.id().to_string()), "{dropped}");
    assert!(dropped["duration"].as_f64().unwrap() < 8_000.0, "{dropped}");
    assert_eq!(run(&reached.url, key).await.0, 404);
    let (status, found) = run(&cut_off.url, key).await;
    assert_eq!((status, found["cache"]["unconfirmed"].clone()), (200, json!(true)), "{found}");
    let (status, health) = ask(&cut_off.url, "GET", "/readyz", "").await.unwrap();
    assert_eq!(status, 503, "{health}");
    assert!(health.contains("may have been dropped by another process"), "{health}");
    proxy.set(Line::Good);
    let begun = Instant::now();
    while ask(&cut_off.url, "GET", "/readyz", "").await.unwrap().0 != 200 {
        assert!(begun.elapsed() < PATIENCE, "it is not ready again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (status, found) = run(&cut_off.url, key).await;
    assert_eq!(status, 404, "{found}");
}
