//! A durable store with little room: it never has more, what is used stays, and what went is made again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use foliocast::cache::DurableLimits;
use foliocast::clock::SystemClock;
use foliocast::service::{LimitSettings, ServiceError, ServiceSettings, Services};
use foliocast::store::postgres::{DatabaseSettings, PostgresStore};
use foliocast_app::api::Tier;
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Digest, MatrixKey, RunKey};
use futures::StreamExt as _;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::installation::{Installation, body, caller, rows_of_matrix, run};
use crate::redis::wait_until;
use crate::test_database::TestDatabase;

/// Runs that are made, or opened, at a time.
const AT_ONCE: usize = 4;
/// Runs that are asked for all the time.
const HOT: usize = 10;

fn operator() -> Caller {
    Caller { role: Role::Operator, ..caller("me") }
}

/// Settings under which every answer is the durable store's, and all rows are kept.
fn settings(dir: &Path, max_bytes: u64) -> ServiceSettings {
    ServiceSettings {
        memory_cache_bytes: 0,
        keep_rows_factor: 0.0,
        durable_limits: DurableLimits { max_bytes: Some(max_bytes), max_unused: None },
        ..ServiceSettings::in_dir(dir)
    }
}

/// What there is in a database, looked up beside the program.
#[derive(Clone)]
enum Outside {
    Sqlite { main: SqlitePool, chunks: SqlitePool },
    Postgres(PgPool),
}

impl Outside {
    async fn number(&self, statement: &'static str, in_chunks: bool) -> u64 {
        let number: i64 = match self {
            Self::Sqlite { main, chunks } => {
                sqlx::query_scalar(statement).fetch_one(if in_chunks { chunks } else { main }).await.unwrap()
            }
            Self::Postgres(pool) => sqlx::query_scalar(statement).fetch_one(pool).await.unwrap(),
        };
        number as u64
    }

    /// Bytes of records and rows that are really there.
    async fn bytes(&self) -> u64 {
        let records = "SELECT CAST(coalesce(sum(length(body) + length(block_digests)), 0) AS bigint) FROM artifacts";
        let chunks = "SELECT CAST(coalesce(sum(length(encoded)), 0) AS bigint) FROM artifact_chunks";
        self.number(records, false).await + self.number(chunks, true).await
    }
}

struct MadeRun {
    key: RunKey,
    matrix_key: MatrixKey,
    digest: Digest,
    summary_digest: Digest,
}

async fn make(services: &Services, body: &str) -> MadeRun {
    let made = run(services, &caller("me"), body).await.to_run().unwrap();
    MadeRun { key: made.run_key, matrix_key: made.matrix_key, digest: made.digest, summary_digest: made.summary_digest }
}

/// Makes `count` runs in what is let have `max_bytes`, and opens them all again.
async fn fill(instances: &[Services], outside: Outside, max_bytes: u64, count: usize) {
    let me = caller("me");
    // A reader who takes his time: three chunks, of which he reads the first now and the others in the end.
    let large = make(&instances[0], &body("large", 300_000, "large")).await;
    let mut reading = rows_of_matrix(&instances[0], &me, large.matrix_key, None).await.unwrap().blocks;
    let first_block = reading.next().await.unwrap().unwrap();

    let hot: Vec<MadeRun> = futures::stream::iter(0..HOT)
        .then(async |number| make(&instances[0], &body("hot", 4_000, &format!("hot {number}"))).await)
        .collect()
        .await;
    let (is_over, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watching = tokio::spawn({
        let (outside, is_over, most) = (outside.clone(), Arc::clone(&is_over), Arc::clone(&most));
        async move {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(outside.bytes().await, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    let asking = tokio::spawn({
        let (services, me, is_over) = (instances[instances.len() - 1].clone(), me.clone(), Arc::clone(&is_over));
        let keys: Vec<RunKey> = hot.iter().map(|run| run.key).collect();
        async move {
            let mut made_again = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                for key in &keys {
                    let cache = services.run(&me, *key).await.unwrap().cache;
                    if (cache.hit, cache.tier) != (true, Tier::Durable) {
                        made_again.push(cache);
                    }
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            made_again
        }
    });
    let made: Vec<MadeRun> = futures::stream::iter(0..count)
        .map(|number| async move {
            make(&instances[number % instances.len()], &body("cold", 4_000, &format!("cold {number}"))).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    // Somebody opens every old link.
    let opened: Vec<(usize, Tier)> = futures::stream::iter(made.iter().enumerate())
        .map(|(number, run)| {
            let services = &instances[number % instances.len()];
            let me = me.clone();
            async move {
                let answer = services.run(&me, run.key).await.unwrap();
                let tier = answer.cache.tier;
                let opened = answer.to_run().unwrap();
                assert_eq!((opened.digest, opened.summary_digest), (run.digest, run.summary_digest));
                (number, tier)
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    is_over.store(true, Ordering::Relaxed);
    watching.await.unwrap();
    let made_again = asking.await.unwrap();

    let most = most.load(Ordering::Relaxed);
    assert!(most <= max_bytes, "{most} bytes were there, and {max_bytes} may be");
    assert!(most > max_bytes / 2, "there was no need to let anything go: {most} bytes");
    assert!(made_again.is_empty(), "of what is asked for all the time {made_again:?}");
    let num_again = opened.iter().filter(|(_, tier)| *tier == Tier::Computed).count();
    assert!(num_again > count / 10, "{num_again} of {count} were evicted");
    assert!(opened.iter().all(|(_, tier)| [Tier::Computed, Tier::Durable].contains(tier)));

    // The slow reader has held what he reads.
    let mut rows = first_block.rows;
    while let Some(block) = reading.next().await {
        rows.extend(block.unwrap().rows);
    }
    drop(reading);
    assert_eq!(rows.len(), 600_000);
    let kept = "SELECT CAST(count(*) AS bigint) FROM artifacts WHERE kind = 'matrix' AND num_chunks = 3";
    assert_eq!(outside.number(kept, false).await, 1, "the rows that somebody reads");

    // What is told of it is what is there.
    let mut listed = 0;
    let mut cursor: Option<String> = None;
    loop {
        let page = instances[0].runs(&me, Some("cold"), 200, cursor.as_deref()).await.unwrap();
        listed += page.items.len();
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed, count, "links live on");
    let stats = instances[0].cache_stats(&operator(), 24).await.unwrap();
    assert_eq!(stats.storage.durable.unwrap().limit_bytes, Some(max_bytes));
    assert_eq!(stats.overview.made_again.evicted, num_again as u64);
    assert_eq!(stats.overview.made_again.damaged, 0);
    let evictions = outside.number("SELECT CAST(count(*) AS bigint) FROM evictions", false).await;
    assert!(evictions > 0 && stats.storage.evicted.entries >= evictions, "{:?}, {evictions}", stats.storage.evicted);
    assert!(stats.storage.evicted.rows > 0);
    let uses = "SELECT CAST(sum(record_bytes + rows_bytes) AS bigint) FROM artifact_uses";
    let sums = "SELECT CAST(sum(bytes) AS bigint) FROM artifact_sums";
    wait_until("the rows that nothing counts are gone", async || {
        let bytes = outside.bytes().await;
        bytes == outside.number(uses, false).await && bytes == outside.number(sums, false).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_runs_fit_into_50_mb() {
    let dir = tempfile::tempdir().unwrap();
    let services = Services::open(&settings(dir.path(), 50_000_000), Arc::new(SystemClock)).await.unwrap();
    let outside = Outside::Sqlite {
        main: crate::sqlite::connect(&dir.path().join("foliocast.db")).await,
        chunks: crate::sqlite::connect(&dir.path().join("chunks.db")).await,
    };
    fill(std::slice::from_ref(&services), outside, 50_000_000, 2_000).await;
    services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_keep_one_database_within_its_limit() {
    let database = TestDatabase::new().await;
    let dir = tempfile::tempdir().unwrap();
    let mut instances = Vec::new();
    for _ in 0..2 {
        let at = DatabaseSettings { url: database.url.parse().unwrap(), connections: 6 };
        let store = Arc::new(PostgresStore::open(&at).await.unwrap());
        let settings = settings(dir.path(), 40_000_000);
        instances.push(Services::over(&settings, store, Arc::new(SystemClock)).await.unwrap());
    }
    fill(&instances, Outside::Postgres(database.connect().await), 40_000_000, 1_200).await;
    for services in instances {
        services.shutdown().await;
    }
}

/// Evicts everything of an installation, by letting a second of disuse be too long.
async fn evict_all(at: Installation) -> Installation {
    at.services.shutdown().await;
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    sqlx::query("UPDATE artifact_uses SET used_at = used_at - 60000, held_until = 0").execute(&pool).await.unwrap();
    let limits = DurableLimits { max_bytes: None, max_unused: Some(Duration::from_secs(30)) };
    let settings = ServiceSettings { durable_limits: limits, ..ServiceSettings::in_dir(at.dir.path()) };
    let services = Services::open(&settings, Arc::new(SystemClock)).await.unwrap();
    wait_until("nothing is left", async || {
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM artifacts").fetch_one(&pool).await.unwrap();
        left == 0
    })
    .await;
    Installation { services, dir: at.dir }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_used_for_long_goes_and_its_links_open() {
    let me = caller("me");
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let made = make(&at.services, &body("fund-1", 2_000, "old")).await;
    let rows = async |at: &Installation| {
        let rows = rows_of_matrix(&at.services, &me, made.matrix_key, None).await.unwrap();
        rows.blocks.map(|block| block.unwrap().rows).collect::<Vec<_>>().await.concat()
    };
    let before = rows(&at).await;

    let at = evict_all(at).await;
    let matrix = at.services.matrix(&me, made.matrix_key).await.unwrap();
    assert_eq!(matrix.digest, made.digest, "the matrix is made again for whoever asks for it first");
    assert_eq!(at.services.run(&me, made.key).await.unwrap().cache.tier, Tier::Memory, "with its run");
    assert_eq!(rows(&at).await, before);

    let at = evict_all(at).await;
    assert_eq!(rows(&at).await, before);

    let at = evict_all(at).await;
    let again = at.services.run(&me, made.key).await.unwrap();
    assert_eq!((again.cache.hit, again.cache.tier), (false, Tier::Computed));
    assert_eq!(again.to_run().unwrap().summary_digest, made.summary_digest);

    let at = evict_all(at).await;
    let stranger = at.services.run(&caller("somebody else"), made.key).await;
    assert!(matches!(stranger, Err(ServiceError::NotFound(_))), "{stranger:?}");
    let asked_again = run(&at.services, &me, &body("fund-1", 2_000, "old")).await;
    assert_eq!(asked_again.cache.tier, Tier::Computed);
    let stats = at.services.cache_stats(&operator(), 24).await.unwrap();
    assert_eq!(stats.overview.made_again.evicted, 4);
    assert_eq!(stats.by_kind["matrix"].requests, 4);
    at.services.shutdown().await;
}

/// Rows that went are made again for whoever asks, and are kept again once a run needs them all.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_went_are_made_again_and_kept_again_with_the_next_run() {
    let me = caller("me");
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let made = make(&at.services, &crate::installation::allocated("fund-1", 2_000, "rows", 60)).await;
    at.services.shutdown().await;
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    let kept = async || -> i64 {
        sqlx::query_scalar("SELECT num_chunks FROM artifacts WHERE kind = 'matrix'").fetch_one(&pool).await.unwrap()
    };
    assert_eq!(kept().await, 1);
    // The rows alone: they take more than what has to go.
    sqlx::query(
        "UPDATE artifact_uses SET held_until = 0, used_at = used_at - CASE kind WHEN 'matrix' THEN 9000000 ELSE 0 END",
    )
    .execute(&pool)
    .await
    .unwrap();
    let used: i64 =
        sqlx::query_scalar("SELECT sum(record_bytes + rows_bytes) FROM artifact_uses").fetch_one(&pool).await.unwrap();
    let settings = |max_bytes| ServiceSettings {
        keep_rows_factor: 0.0,
        durable_limits: DurableLimits { max_bytes, max_unused: None },
        ..ServiceSettings::in_dir(at.dir.path())
    };
    let limited = Services::open(&settings(Some(used as u64)), Arc::new(SystemClock)).await.unwrap();
    wait_until("the rows are gone", async || kept().await == 0).await;
    limited.shutdown().await;

    let services = Services::open(&settings(None), Arc::new(SystemClock)).await.unwrap();
    let rows = rows_of_matrix(&services, &me, made.matrix_key, None).await.unwrap();
    assert_eq!(rows.blocks.filter(|block| futures::future::ready(block.is_ok())).count().await, 2);
    let stats = services.cache_stats(&operator(), 24).await.unwrap();
    let again = (stats.overview.made_again.evicted, stats.overview.made_again.rows_not_kept);
    assert_eq!((again, stats.storage.evicted.rows), ((1, 0), 1));
    let other = make(&services, &crate::installation::allocated("fund-1", 2_000, "rows", 40)).await;
    assert_eq!(other.matrix_key, made.matrix_key);
    assert_eq!(kept().await, 1);
    services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_to_go_is_charged_like_new_when_it_is_made_again() {
    let at = Installation::new().await;
    let me = Caller { key_name: "mine".to_owned(), ..caller("me") };
    let bodies: BTreeMap<RunKey, String> = {
        let mut bodies = BTreeMap::new();
        for seed in ["one", "two", "three"] {
            let body = body("fund-1", 2_000, seed);
            bodies.insert(run(&at.services, &me, &body).await.run_key, body);
        }
        bodies
    };
    let at = evict_all(at).await;
    at.services.shutdown().await;
    // 80,000 draws each.
    let limits = LimitSettings { requests_per_minute: None, deal_draws_per_minute: Some(170_000) };
    // A run of as many is always let have them.
    let settings = ServiceSettings { limits, max_deal_draws: 100_000, ..ServiceSettings::in_dir(at.dir.path()) };
    let services = Services::open(&settings, Arc::new(SystemClock)).await.unwrap();
    let mut answers = Vec::new();
    for key in bodies.keys() {
        answers.push(services.run(&me, *key).await);
    }
    assert!(answers[0].is_ok() && answers[1].is_ok());
    assert!(matches!(&answers[2], Err(ServiceError::TooMany { .. })));
    services.shutdown().await;
}
