//! What is told of the cache, against what those who asked have counted themselves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foliocast::clock::{Clock as _, ManualClock};
use foliocast::service::{ServiceSettings, Services};
use foliocast::store::postgres::{DatabaseSettings, PostgresStore};
use foliocast_app::api::{RequestCounts, Tier};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::MatrixKey;
use serde_json::{Value, json};

use crate::harness::{TestServer, three_buckets};
use crate::installation::{Installation, body, caller, rows_of_matrix, run};
use crate::redis::wait_until;
use crate::test_database::TestDatabase;

const HOUR_MS: i64 = 3_600_000;

fn operator() -> Caller {
    Caller { role: Role::Operator, ..caller("me") }
}

/// What one request was answered with.
struct Answered {
    at_ms: i64,
    fund: String,
    tier: Tier,
    hit: bool,
}

fn count<'a>(answers: impl Iterator<Item = &'a Answered>) -> RequestCounts {
    answers.fold(RequestCounts::default(), |counts, answer| RequestCounts {
        requests: counts.requests + 1,
        hits: counts.hits + u64::from(answer.hit),
        misses: counts.misses + u64::from(!answer.hit),
    })
}

/// The figure of metrics whose series begins so, all of them together.
fn total(metrics: &str, series: &str) -> f64 {
    let figures = metrics.lines().filter(|line| line.starts_with(series));
    figures.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_25_hours_three_instances_tell_what_those_who_asked_have_counted() {
    let database = TestDatabase::new().await;
    // In the middle of an hour and of a minute.
    let clock = Arc::new(ManualClock::at(1_772_366_400_000 + 17 * 60_000 + 31_000));
    let dir = tempfile::tempdir().unwrap();
    let mut instances = Vec::new();
    for _ in 0..3 {
        let settings = DatabaseSettings { url: database.url.parse().unwrap(), connections: 4 };
        let store = PostgresStore::open(&settings).await.unwrap().with_clock(clock.clone());
        let settings = ServiceSettings::in_dir(dir.path());
        instances.push(Services::over(&settings, Arc::new(store), clock.clone()).await.unwrap());
    }
    let mut answers = Vec::new();
    let begun_ms = clock.now_ms();
    for step in 0.. {
        for (number, services) in instances.iter().enumerate() {
            let fund = format!("fund-{}", (step + number) % 4);
            let answer = run(services, &caller("me"), &body(&fund, 1_024, &format!("seed {}", step % 5))).await;
            let cache = answer.cache;
            answers.push(Answered { at_ms: clock.now_ms(), fund, tier: cache.tier, hit: cache.hit });
            // While the clock goes on by an hour in a moment, nobody reports every ten seconds of it.
            services.cache_stats(&operator(), 1).await.unwrap();
        }
        clock.advance(Duration::from_secs(47 * 60 + 13));
        if clock.now_ms() - begun_ms > 25 * HOUR_MS {
            break;
        }
    }
    // Whose lease ran out while the clock went on is there again.
    for services in &instances {
        wait_until("a process is there again", async || {
            services.health().await.tiers.iter().any(|tier| tier.tier == "members" && tier.ready)
        })
        .await;
    }

    let stats = instances[2].cache_stats(&operator(), 24).await.unwrap();
    assert_eq!(stats.missing, Vec::<String>::new());
    let since_ms = (clock.now_ms() - 24 * HOUR_MS) / 60_000 * 60_000;
    assert_eq!(stats.since, foliocast::clock::rfc3339(since_ms));
    let of_window = || answers.iter().filter(|answer| answer.at_ms >= since_ms);
    let expected = count(of_window());
    assert!(expected.requests < answers.len() as u64 && expected.hits > 0 && expected.misses > 0, "{expected:?}");
    let overview = &stats.overview;
    let told = (overview.total_requests, overview.cache_hits, overview.cache_misses);
    assert_eq!(told, (expected.requests, expected.hits, expected.misses));
    assert_eq!(overview.hit_rate, Some(expected.hits as f64 / expected.requests as f64));
    assert_eq!(stats.recent_activity.last24_hours, expected);
    assert_eq!(stats.recent_activity.last7_days, count(answers.iter()));
    assert_eq!(stats.by_kind["run"], expected);
    assert_eq!(stats.by_kind["matrix"], RequestCounts::default());
    for (tier, average_ms) in
        [(Tier::Memory, overview.avg_latency_ms.memory), (Tier::Durable, overview.avg_latency_ms.durable)]
    {
        assert_eq!(average_ms.is_some(), of_window().any(|answer| answer.tier == tier), "{tier:?}");
    }
    assert_eq!(overview.avg_latency_ms.redis, None, "there is none");
    // By whole hours.
    let first_hour_ms = since_ms / HOUR_MS * HOUR_MS;
    let mut funds: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| answer.at_ms >= first_hour_ms) {
        funds.entry(&answer.fund).or_default().push(answer);
    }
    let told: BTreeMap<&str, RequestCounts> =
        stats.by_fund.iter().map(|fund| (fund.fund_id.as_str(), fund.counts)).collect();
    let expected: BTreeMap<&str, RequestCounts> =
        funds.iter().map(|(fund, answers)| (*fund, count(answers.iter().copied()))).collect();
    assert_eq!(told, expected);

    let last_hour = instances[0].cache_stats(&operator(), 1).await.unwrap();
    let since_ms = (clock.now_ms() - HOUR_MS) / 60_000 * 60_000;
    let expected = count(answers.iter().filter(|answer| answer.at_ms >= since_ms)).requests;
    assert_eq!(last_hour.overview.total_requests, expected);

    let mut requests = 0.0;
    for services in &instances {
        let metrics = services.metrics(&caller("me")).await.unwrap();
        requests += total(&metrics, "foliocast_cache_requests_total");
        services.shutdown().await;
    }
    assert_eq!(requests, answers.len() as f64);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_outlive_a_restart() {
    let installation = Installation::new().await;
    let me = caller("me");
    let request = body("fund", 1_024, "seed");
    for _ in 0..3 {
        run(&installation.services, &me, &request).await;
    }
    let installation = installation.reopen().await;
    run(&installation.services, &me, &request).await;
    let stats = installation.services.cache_stats(&operator(), 24).await.unwrap();
    assert_eq!((stats.overview.total_requests, stats.overview.cache_hits), (4, 3));
    // From memory twice, and after the restart from the disk.
    assert!(stats.overview.avg_latency_ms.memory.is_some() && stats.overview.avg_latency_ms.durable.is_some());
    let slowest = &stats.performance.slowest_queries[0];
    assert_eq!((slowest.kind.as_str(), slowest.tier), ("run", Tier::Computed));
    assert_eq!(slowest.matrix_key, Some(crate::installation::config(&request).matrix_key()));
    let storage = &stats.storage;
    assert_eq!(storage.durable.map(|durable| durable.entries_count), Some(2), "a run and its matrix");
    assert_eq!(storage.memory.map(|memory| memory.entries_count), Some(1), "the run");
    assert_eq!(storage.redis, None);
    let unavailable: Vec<Tier> = storage.unavailable.iter().map(|tier| tier.tier).collect();
    assert_eq!(unavailable, [Tier::Redis]);
}

/// What every kind of request counts as, once.
#[tokio::test(flavor = "multi_thread")]
async fn each_request_counts_once_whatever_it_asks_for() {
    let server = TestServer::start_with(&[], |settings| settings.keep_rows_factor = 0.0).await;
    let counts = async || {
        let stats = server.get("/api/cache/stats").await.json();
        let overview = &stats["overview"];
        assert_eq!(
            overview["totalRequests"].as_u64(),
            overview["cacheHits"].as_u64().zip(overview["cacheMisses"].as_u64()).map(|(hits, misses)| hits + misses)
        );
        let of = |kind: &str| {
            let counts = &stats["byKind"][kind];
            (counts["hits"].as_u64().unwrap(), counts["misses"].as_u64().unwrap())
        };
        [of("run"), of("matrix")]
    };
    assert_eq!(counts().await, [(0, 0), (0, 0)]);
    let made = server.run(&three_buckets(5_000, "counts")).await;
    assert_eq!(counts().await, [(0, 1), (0, 0)]);
    server.run(&three_buckets(5_000, "counts")).await;
    assert_eq!(counts().await, [(1, 1), (0, 0)]);
    let run_path = made["links"]["self"].as_str().unwrap();
    assert_eq!(server.get(run_path).await.status, StatusCode::OK);
    assert_eq!(counts().await, [(2, 1), (0, 0)]);
    let matrix = format!("/api/matrices/{}", made["matrixKey"].as_str().unwrap());
    let data = format!("{matrix}/data?format=csv");
    for path in [&matrix, &format!("{matrix}/blocks"), &data] {
        assert_eq!(server.get(path).await.status, StatusCode::OK);
    }
    assert_eq!(counts().await, [(2, 1), (3, 0)]);
    let answer = server.request(Method::HEAD, &data, &[], Body::empty()).await;
    assert_eq!(counts().await, [(2, 1), (4, 0)]);
    let known = [("if-none-match", answer.header("etag"))];
    assert_eq!(server.request(Method::GET, &data, &known, Body::empty()).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(counts().await, [(2, 1), (5, 0)]);
    // What is refused, or is somebody else's, is no request of the cache.
    for (path, status) in [(format!("{data}&rows=9000-9001"), 416), (format!("/api/runs/{}", "0".repeat(64)), 404)] {
        assert_eq!(server.get(&path).await.status.as_u16(), status);
    }
    let invalid = server.post_json("/api/monte-carlo/simulate", r#"{"fundId": "a", "buckets": []}"#).await;
    assert_eq!(invalid.status, StatusCode::BAD_REQUEST);
    assert_eq!(counts().await, [(2, 1), (5, 0)]);
    // What was dropped is gone, and is made again when somebody asks for it to be made.
    let dropped = server.post_json("/api/cache/invalidate", r#"{"scope": "all"}"#).await;
    assert_eq!(dropped.status, StatusCode::OK);
    assert_eq!(server.get(run_path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get(&matrix).await.status, StatusCode::NOT_FOUND);
    assert_eq!(counts().await, [(2, 2), (5, 1)]);
    server.run(&three_buckets(5_000, "counts")).await;
    assert_eq!(counts().await, [(2, 3), (5, 1)]);
    let stats = server.get("/api/cache/stats?hours=168").await.json();
    assert_eq!(stats["overview"]["madeAgain"], json!({"evicted": 0, "invalidated": 1, "damaged": 0, "rowsNotKept": 0}));
    assert_eq!(stats["overview"]["repeatHitRate"], json!(2.0 / 3.0));
    assert_eq!(
        stats["byFund"],
        json!([{"tenant": "default", "fundId": "formats", "requests": 11, "hits": 7, "misses": 4}])
    );
    assert_eq!(stats["jobs"], json!({"waiting": 0, "active": 0, "failed": 0}));
    let audit = server.get("/api/cache/audit").await.json();
    let lines = audit["items"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{audit}");
    assert_eq!(lines[0]["action"], "cache.invalidate");
    assert_eq!((&lines[0]["user"], &lines[0]["subject"]), (&json!("this machine"), &json!("all")));
}

/// Rows that are cheaper to make than to keep are made for whoever reads them, which is no hit.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_kept_are_no_hit() {
    let installation = Installation::with(|settings| settings.keep_rows_factor = f64::INFINITY).await;
    let services = &installation.services;
    let key: MatrixKey = run(services, &caller("me"), &body("fund", 1_024, "seed")).await.to_run().unwrap().matrix_key;
    services.matrix(&caller("me"), key).await.unwrap();
    rows_of_matrix(services, &caller("me"), key, None).await.unwrap();
    let stats = services.cache_stats(&operator(), 24).await.unwrap();
    assert_eq!(stats.by_kind["matrix"], RequestCounts { requests: 2, hits: 1, misses: 1 });
    assert_eq!(stats.overview.made_again.rows_not_kept, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_for_operators_and_metrics_for_whoever_has_a_key() {
    let server = TestServer::with_key().await;
    let reader = server.make_key("reader", "default", "reader").await;
    let analyst = server.make_key("analyst", "default", "analyst").await;
    for path in ["/api/cache/stats", "/api/cache/audit"] {
        assert_eq!(server.get(path).await.status, StatusCode::UNAUTHORIZED);
        for key in [&reader, &analyst] {
            server.ask(key, Method::GET, path, Body::empty()).await.assert_refusal(403, "FORBIDDEN");
        }
    }
    assert_eq!(server.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let metrics = server.ask(&reader, Method::GET, "/metrics", Body::empty()).await;
    assert_eq!(metrics.status, StatusCode::OK);
    assert_eq!(metrics.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    // Answers are counted by route, whatever was asked for.
    server.ask(&reader, Method::GET, "/api/funds/some-fund", Body::empty()).await;
    server.ask(&reader, Method::GET, "/api/no/such/thing", Body::empty()).await;
    let metrics = server.ask(&reader, Method::GET, "/metrics", Body::empty()).await;
    let text = metrics.text();
    let count = "foliocast_http_request_seconds_count";
    assert_eq!(
        total(text, &format!("{count}{{route=\"/api/funds/{{id}}\",method=\"GET\",status=\"404\"}}")),
        1.0,
        "{text}"
    );
    assert!(!text.contains("some-fund") && !text.contains("/api/no"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_none_is_refused() {
    let server = TestServer::start().await;
    for query in ["hours=0", "hours=169", "hours=day", "days=1"] {
        server.get(&format!("/api/cache/stats?{query}")).await.assert_refusal(400, "VALIDATION_ERROR");
    }
    let stats: Value = server.get("/api/cache/stats?hours=1").await.json();
    assert_eq!((&stats["windowHours"], &stats["overview"]["hitRate"]), (&json!(1), &Value::Null));
    assert_eq!(stats["performance"]["p99LatencyMs"], Value::Null, "of nothing there is no figure");
}
