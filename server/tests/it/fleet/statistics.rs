//! What a fleet tells of its cache, recounted from outside: by whoever asked, with SQL and in Redis.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redis::AsyncCommands as _;
use serde_json::{Value, json};

use super::{Fleet, ask};
use crate::harness::three_buckets;
use crate::redis::{database as redis_database, wait_until};
use crate::test_database::TestDatabase;

const REQUESTS: u64 = 10_000;
const CONFIGURATIONS: u64 = 60;
const CLIENTS: u64 = 6;

/// What a client counts of the answers it gets: by kind, hits and others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    hits: u64,
    misses: u64,
}

impl Counts {
    fn of(value: &Value) -> Self {
        Self { hits: value["hits"].as_u64().unwrap(), misses: value["misses"].as_u64().unwrap() }
    }

    fn add(&mut self, is_hit: bool) {
        self.hits += u64::from(is_hit);
        self.misses += u64::from(!is_hit);
    }
}

/// Asks one request of a mix, the same for every number.
async fn one(server: &str, number: u64, counts: &mut BTreeMap<&'static str, Counts>) {
    let configuration = three_buckets(2_000, &format!("{}", number * 7 % CONFIGURATIONS));
    let (status, body) =
        ask(server, "POST", "/api/monte-carlo/simulate?wait=60000", &configuration.to_string()).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let run: Value = serde_json::from_str(&body).unwrap();
    counts.entry("run").or_default().add(run["cache"]["hit"] == true);
    let path = match number % 4 {
        0 => run["links"]["self"].as_str().unwrap().to_owned(),
        1 => format!("/api/matrices/{}", run["matrixKey"].as_str().unwrap()),
        2 => format!("/api/matrices/{}/blocks", run["matrixKey"].as_str().unwrap()),
        _ => return,
    };
    let (status, body) = ask(server, "GET", &path, "").await.unwrap();
    assert_eq!(status, 200, "{body}");
    counts.entry(if number.is_multiple_of(4) { "run" } else { "matrix" }).or_default().add(true);
}

async fn stats(server: &str) -> Value {
    let (status, body) = ask(server, "GET", "/api/cache/stats", "").await.unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Clients ask all servers at once until so many requests were begun.
async fn load(servers: &[String], first: u64, last: u64) -> BTreeMap<&'static str, Counts> {
    let next = Arc::new(AtomicU64::new(first));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (next, servers) = (Arc::clone(&next), servers.to_vec());
            tokio::spawn(async move {
                let mut counts = BTreeMap::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= last {
                        return counts;
                    }
                    one(&servers[((number + client) % servers.len() as u64) as usize], number, &mut counts).await;
                }
            })
        })
        .collect();
    let mut all: BTreeMap<&'static str, Counts> = BTreeMap::new();
    for client in clients {
        for (kind, counts) in client.await.unwrap() {
            let sum = all.entry(kind).or_default();
            sum.hits += counts.hits;
            sum.misses += counts.misses;
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_is_the_one_counted_from_outside() {
    let database = TestDatabase::new().await;
    let (redis_url, mut redis) = redis_database().await;
    let mut fleet = Fleet::on(&database.url, &redis_url);
    let mut servers = vec![fleet.server(&[]), fleet.front(), fleet.server(&[])];
    let urls = |servers: &[crate::program::Server]| servers.iter().map(|server| server.url.clone()).collect::<Vec<_>>();
    // Each number is a run, and three of four something besides: a bit over half of the requests are numbers.
    let numbers = REQUESTS * 4 / 7 + 1;
    let mut counted = load(&urls(&servers), 0, numbers / 2).await;
    let stopped = servers.remove(0).stop("-TERM");
    assert_eq!(stopped, Some(0));
    servers.push(fleet.server(&[]));
    for (kind, counts) in load(&urls(&servers), numbers / 2, numbers).await {
        let sum = counted.entry(kind).or_default();
        sum.hits += counts.hits;
        sum.misses += counts.misses;
    }
    let all: u64 = counted.values().map(|counts| counts.hits + counts.misses).sum();
    assert!(all >= REQUESTS, "{all}");

    let pool = database.connect().await;
    wait_until("all have reported", async || stats(&servers[0].url).await["missing"] == json!([])).await;
    for url in &urls(&servers) {
        let told = stats(url).await;
        for (kind, counts) in &counted {
            assert_eq!(Counts::of(&told["byKind"][kind]), *counts, "{kind}: {told}");
        }
        let (hits, misses) =
            counted.values().fold((0, 0), |(hits, misses), counts| (hits + counts.hits, misses + counts.misses));
        assert_eq!(told["overview"]["totalRequests"], all);
        assert_eq!((&told["overview"]["cacheHits"], &told["overview"]["cacheMisses"]), (&json!(hits), &json!(misses)));
        assert_eq!(told["recentActivity"]["last24Hours"], json!({"requests": all, "hits": hits, "misses": misses}));
        assert_eq!(told["recentActivity"]["last7Days"], json!({"requests": all, "hits": hits, "misses": misses}));
        assert_eq!(told["byFund"][0]["requests"], all);
        // Everything that was asked for again was there.
        assert_eq!(told["overview"]["repeatHitRate"], 1.0, "{told}");

        let (entries, bytes): (i64, i64) = sqlx::query_as(
            "SELECT count(*), sum(octet_length(body) + octet_length(block_digests) + chunk_bytes)::bigint FROM artifacts",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        let durable = &told["storage"]["durable"];
        assert_eq!((&durable["entriesCount"], &durable["totalSizeBytes"]), (&json!(entries), &json!(bytes)));
        assert_eq!(told["storage"]["postgres"], *durable);
        let (kept, kept_bytes): (i64, i64) =
            sqlx::query_as("SELECT count(*), coalesce(sum(octet_length(encoded)), 0)::bigint FROM artifact_chunks")
                .fetch_one(&pool)
                .await
                .unwrap();
        let recorded: (i64, i64) =
            sqlx::query_as("SELECT sum(num_chunks)::bigint, sum(chunk_bytes)::bigint FROM artifacts")
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!((kept, kept_bytes), recorded, "bytes of chunks are what records say");

        // What was found behind Redis may still be on its way there.
        wait_until("what is in Redis is told", async || {
            let mut found = (0, 0);
            for key in redis.keys::<_, Vec<String>>("scenario-*").await.unwrap() {
                let rest = key.rsplit(':').next().unwrap();
                if rest != "epoch" {
                    found.0 += u64::from(rest.len() == 64);
                    found.1 += redis.strlen::<_, u64>(&key).await.unwrap();
                }
            }
            let told = stats(url).await["storage"]["redis"].clone();
            found.0 > 0 && (&told["entriesCount"], &told["totalSizeBytes"]) == (&json!(found.0), &json!(found.1))
        })
        .await;
        assert_eq!(told["jobs"], json!({"waiting": 0, "active": 0, "failed": 0}));
        assert_eq!(told["storage"]["memory"]["limitBytes"], 3 * (256_u64 << 20));
        assert!(told["storage"]["memory"]["entriesCount"].as_u64().unwrap() >= CONFIGURATIONS);
    }
    for (server, code) in servers.into_iter().map(|server| (server.id(), server.stop("-TERM"))) {
        assert_eq!(code, Some(0), "process {server}");
    }
}

/// A process that hangs is named, and what the others counted is told all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_does_not_report_is_named() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let (server, hanging) = (fleet.server(&[]), fleet.front());
    let mut counts = BTreeMap::new();
    one(&server.url, 3, &mut counts).await;
    wait_until("both report", async || stats(&server.url).await["missing"] == json!([])).await;
    let signal = |signal: &str| {
        let sent = std::process::Command::new("kill").args([signal, &hanging.id().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    signal("-STOP");
    let told = stats(&server.url).await;
    let missing = told["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 1, "{told}");
    assert!(missing[0].as_str().unwrap().ends_with(&format!("process {}", hanging.id())), "{told}");
    assert_eq!(told["overview"]["totalRequests"], 1);
    signal("-CONT");
    wait_until("it reports again", async || stats(&server.url).await["missing"] == json!([])).await;
}
