//! Whole services with a Redis: what it is good for, and that nothing is lost with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foliocast::clock::SystemClock;
use foliocast::redis::RedisSettings;
use foliocast::service::{ServiceSettings, Services, TierHealth};
use foliocast_app::api::Tier;
use foliocast_core::scenario::{Run, RunKey};
use futures::StreamExt as _;
use redis::AsyncCommands as _;
use tempfile::TempDir;

use super::proxy::{Line, Proxy};
use super::server::OwnRedis;
use super::{database, hurried, patient, wait_until};
use crate::installation::{body, caller, config, rows_of_matrix, run};

/// Services over a Redis, and what it takes to open them again.
struct Process {
    services: Services,
    settings: ServiceSettings,
    _dir: TempDir,
}

impl Process {
    async fn start(redis: RedisSettings, change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = ServiceSettings { redis: Some(redis), ..ServiceSettings::in_dir(dir.path()) };
        change(&mut settings);
        let services = Services::open(&settings, Arc::new(SystemClock)).await.unwrap();
        Self { services, settings, _dir: dir }
    }

    /// With nothing left in memory.
    async fn again(self) -> Self {
        self.services.shutdown().await;
        Self { services: Services::open(&self.settings, Arc::new(SystemClock)).await.unwrap(), ..self }
    }

    async fn tier(&self, key: RunKey) -> Tier {
        self.services.run(&caller("me"), key).await.unwrap().cache.tier
    }

    async fn redis_health(&self) -> TierHealth {
        let health = self.services.health().await;
        assert!(health.ready, "Redis is never needed");
        health.tiers.into_iter().find(|tier| tier.tier == "redis").expect("a Redis is set")
    }
}

/// Keeps nothing in memory, so that every answer shows what is behind it.
fn without_memory(settings: &mut ServiceSettings) {
    settings.memory_cache_bytes = 0;
}

fn value_of(key: RunKey) -> String {
    format!("scenario-run:{key}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_one_process_made_another_has_from_redis() {
    let (url, mut own) = database().await;
    let process = Process::start(patient(&url), |_| {}).await;
    let me = caller("me");
    let made = run(&process.services, &me, &body("fund-1", 2_000, "shared")).await;
    assert_eq!(made.cache.tier, Tier::Computed);
    assert!(own.exists::<_, bool>(value_of(made.run_key)).await.unwrap(), "it is there before anybody is told");
    let process = process.again().await;
    let found = process.services.run(&me, made.run_key).await.unwrap();
    assert_eq!((found.cache.hit, found.cache.tier), (true, Tier::Redis));
    assert_eq!(found.to_run().unwrap().summary_digest, made.to_run().unwrap().summary_digest);
    assert_eq!(process.tier(made.run_key).await, Tier::Memory);
    let health = process.redis_health().await;
    assert_eq!((health.ready, health.reason), (true, None));
    assert_eq!(process.services.num_damaged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_lost_value_is_fetched_from_the_durable_store_and_put_right() {
    let (url, mut own) = database().await;
    let process = Process::start(patient(&url), without_memory).await;
    let made = run(&process.services, &caller("me"), &body("fund-1", 2_000, "damaged")).await;
    let key = value_of(made.run_key);
    assert_eq!(process.tier(made.run_key).await, Tier::Redis);

    let mut value: Vec<u8> = own.get(&key).await.unwrap();
    value[200] ^= 1;
    own.set::<_, _, ()>(&key, &value).await.unwrap();
    let found = process.services.run(&caller("me"), made.run_key).await.unwrap();
    assert_eq!(found.cache.tier, Tier::Durable);
    assert_eq!(found.to_run().unwrap().summary_digest, made.to_run().unwrap().summary_digest);
    assert_eq!(process.services.health().await.num_damaged, 1);
    wait_until("it is put right", async || process.tier(made.run_key).await == Tier::Redis).await;
    assert_eq!(process.services.num_damaged(), 1);

    redis::cmd("FLUSHDB").query_async::<()>(&mut own).await.unwrap();
    assert_eq!(process.tier(made.run_key).await, Tier::Durable);
    wait_until("it is there again", async || process.tier(made.run_key).await == Tier::Redis).await;
    assert_eq!(process.services.num_damaged(), 1, "what is lost is not damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_rows_are_shared_too() {
    let (url, mut own) = database().await;
    let process = Process::start(patient(&url), |settings| {
        without_memory(settings);
        settings.keep_rows_factor = 0.0;
    })
    .await;
    let (me, body) = (caller("me"), body("fund-1", 300_000, "rows"));
    let key = run(&process.services, &me, &body).await.to_run().unwrap().matrix_key;
    let expected = Run::new(&config(&body)).finish().matrix.unwrap().rows;
    let rows = async || {
        let rows = rows_of_matrix(&process.services, &me, key, None).await.unwrap();
        rows.blocks.map(|block| block.unwrap().rows).collect::<Vec<_>>().await.concat()
    };
    assert!(rows().await == expected);
    let chunk = |number: u32| format!("scenario-matrix:{key}:{number}");
    wait_until("the chunks are shared", async || {
        let mut there = true;
        for number in 0..3 {
            there &= own.exists::<_, bool>(chunk(number)).await.unwrap();
        }
        there
    })
    .await;
    let pool = crate::sqlite::connect(&process.settings.data_dir.join("chunks.db")).await;
    sqlx::query("DELETE FROM artifact_chunks").execute(&pool).await.unwrap();
    pool.close().await;
    let damaged: Vec<u8> = own.get(chunk(1)).await.unwrap();
    own.set::<_, _, ()>(chunk(1), &damaged[..damaged.len() - 1]).await.unwrap();
    assert!(rows().await == expected, "from Redis, and the damaged one made again");
    assert_eq!(process.services.num_damaged(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_redis_is_killed_answers_go_on_and_when_it_is_back_it_is_used() {
    let mut redis = OwnRedis::start(&[]);
    let process = Process::start(patient(&redis.url()), without_memory).await;
    let me = caller("me");
    let made = run(&process.services, &me, &body("fund-1", 2_000, "killed")).await;
    assert_eq!(process.tier(made.run_key).await, Tier::Redis);
    redis.kill();
    for number in 0..20 {
        assert_eq!(process.tier(made.run_key).await, Tier::Durable);
        let seed = format!("while it is away {number}");
        assert_eq!(run(&process.services, &me, &body("fund-1", 1_000, &seed)).await.cache.tier, Tier::Computed);
    }
    let health = process.redis_health().await;
    assert!(!health.ready && health.reason.is_some(), "{health:?}");
    redis.restart();
    let restarted = Instant::now();
    wait_until("it is used again", async || process.tier(made.run_key).await == Tier::Redis).await;
    assert!(restarted.elapsed() < Duration::from_secs(10), "{:?}", restarted.elapsed());
    assert!(process.redis_health().await.ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_redis_and_uses_it_when_it_comes() {
    let mut redis = OwnRedis::stopped(&[]);
    let process = Process::start(patient(&redis.url()), without_memory).await;
    let made = run(&process.services, &caller("me"), &body("fund-1", 1_000, "early")).await;
    assert_eq!((made.cache.tier, process.tier(made.run_key).await), (Tier::Computed, Tier::Durable));
    assert!(!process.redis_health().await.ready);
    redis.restart();
    wait_until("it is used", async || process.tier(made.run_key).await == Tier::Redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_long_for_a_redis_that_keeps_silent() {
    let (url, _) = database().await;
    let proxy = Proxy::before(&url).await;
    let process = Process::start(hurried(&proxy.url), without_memory).await;
    let made = run(&process.services, &caller("me"), &body("fund-1", 1_000, "silent")).await;
    proxy.set(Line::Silent);
    let mut latencies = Vec::new();
    for _ in 0..50 {
        let begun = Instant::now();
        process.services.run(&caller("me"), made.run_key).await.unwrap();
        latencies.push(begun.elapsed());
    }
    latencies.sort_unstable();
    assert!(latencies[25] < Duration::from_millis(40), "once it is given up nobody waits: {latencies:?}");
    assert!(!process.redis_health().await.ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_redis_there_is_none_in_what_is_said_of_the_tiers() {
    let at = crate::installation::Installation::new().await;
    let tiers: Vec<_> = at.services.health().await.tiers.into_iter().map(|tier| tier.tier).collect();
    assert_eq!(tiers, ["memory", "durable", "workers"]);
}
