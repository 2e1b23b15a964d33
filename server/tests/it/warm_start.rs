//! What a server makes ready when it starts.

use std::sync::Arc;
use std::time::Duration;

use foliocast::cache::DurableLimits;
use foliocast::clock::SystemClock;
use foliocast::service::{ServiceSettings, Services, WarmStart};
use foliocast_app::api::Tier;
use foliocast_app::service::{Caller, Role};
use serde_json::{Value, json};

use crate::installation::{Installation, accepted, body, caller, run};
use crate::redis::wait_until;

async fn open_with(dir: &std::path::Path, change: impl FnOnce(&mut ServiceSettings)) -> Services {
    let mut settings = ServiceSettings::in_dir(dir);
    change(&mut settings);
    Services::open(&settings, Arc::new(SystemClock)).await.unwrap()
}

/// What is there comes to memory; what was evicted is made again, for the tenant that asks for it most.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_most_is_brought_to_memory_or_made_again() {
    let at = Installation::new().await;
    let [me, you] = ["me", "you"].map(caller);
    let mut keys = Vec::new();
    for (seed, times) in [("often", 5), ("sometimes", 3), ("evicted", 4), ("once", 1)] {
        for _ in 0..times {
            keys.push(run(&at.services, &me, &body("fund-1", 2_000, seed)).await.run_key);
        }
    }
    keys.dedup();
    let [often, sometimes, evicted, once] = keys[..] else { panic!("{keys:?}") };
    for _ in 0..9 {
        run(&at.services, &you, &body("fund-1", 2_000, "evicted")).await;
    }
    at.services.shutdown().await;
    // One was not used for a while.
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    sqlx::query("UPDATE artifact_uses SET held_until = 0, used_at = used_at - 100000 WHERE key = ?")
        .bind(evicted.as_bytes().to_vec())
        .execute(&pool)
        .await
        .unwrap();
    let limits = DurableLimits { max_bytes: None, max_unused: Some(Duration::from_secs(90)) };
    let services = open_with(at.dir.path(), |settings| settings.durable_limits = limits).await;
    wait_until("one is evicted", async || {
        let marks: i64 = sqlx::query_scalar("SELECT count(*) FROM evictions").fetch_one(&pool).await.unwrap();
        marks == 1
    })
    .await;
    services.shutdown().await;

    let services = open_with(at.dir.path(), |_| ()).await;
    services.warm_on_start(WarmStart::new(None, 3).unwrap()).await;
    wait_until("the evicted one is there", async || {
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM artifacts WHERE kind = 'run' AND key = ?")
            .bind(evicted.as_bytes().to_vec())
            .fetch_one(&pool)
            .await
            .unwrap();
        there == 1
    })
    .await;
    let tier = async |key| services.run(&me, key).await.unwrap().cache.tier;
    assert_eq!(tier(often).await, Tier::Memory);
    assert_eq!(tier(sometimes).await, Tier::Memory);
    assert_eq!(tier(once).await, Tier::Durable, "which is the fourth");
    let tenants: Vec<String> =
        sqlx::query_scalar("SELECT tenant FROM jobs ORDER BY created_at DESC LIMIT 1").fetch_all(&pool).await.unwrap();
    assert_eq!(tenants, ["you"]);
    assert_eq!(services.run(&you, evicted).await.unwrap().cache.tier, Tier::Memory);
    services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runs_of_a_file_are_made_once_and_only_while_nothing_waits() {
    let dir = tempfile::tempdir().unwrap();
    let with_fault: Value = json!({ "fundId": "fund-1", "buckets": [] });
    let configs: Vec<Value> =
        ["a", "b"].iter().map(|seed| serde_json::from_str(&body("fund-1", 2_000, seed)).unwrap()).collect();
    let file = json!({ "configs": [configs[0], with_fault, configs[1]] }).to_string();
    let start = || WarmStart::new(Some(&file), 0).unwrap();

    // Somebody's run waits, since nothing computes here.
    let idle = open_with(dir.path(), |settings| settings.run_workers = false).await;
    let job = accepted(&idle, &caller("me"), &body("fund-2", 2_000, "waits")).await;
    let waiting = tokio::spawn({
        let (services, start) = (idle.clone(), start());
        async move { services.warm_on_start(start).await }
    });
    tokio::time::timeout(Duration::from_secs(2), async {
        wait_until("nothing", async || {
            assert_eq!(computations(dir.path()).await, 1, "it waits for the one that waits");
            false
        })
        .await;
    })
    .await
    .unwrap_err();
    idle.detach(&caller("me"), &job.job_id).await.unwrap();
    // Then one is taken on, which nobody computes, and the next one waits for it.
    wait_until("one is taken on", async || computations(dir.path()).await == 2).await;
    idle.shutdown().await;
    waiting.await.unwrap();

    let services = open_with(dir.path(), |_| ()).await;
    services.warm_on_start(start()).await;
    wait_until("both are there", async || {
        let me = Caller { role: Role::Analyst, ..caller("default") };
        services.runs(&me, Some("fund-1"), 10, None).await.unwrap().items.len() == 2
    })
    .await;
    let before = computations(dir.path()).await;
    services.warm_on_start(start()).await;
    assert_eq!(computations(dir.path()).await, before, "the second time there is nothing to make");
    let operator = Caller { role: Role::Operator, ..caller("me") };
    let log = services.cache_log(&operator, 10, None).await.unwrap();
    assert_eq!(
        log.items[0].subject,
        "at the start: funds fund-1, priority low: 0 scheduled, 2 kept, 0 under way, 1 rejected"
    );
    services.shutdown().await;
}

async fn computations(dir: &std::path::Path) -> i64 {
    let pool = crate::sqlite::connect(&dir.join("foliocast.db")).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM computations").fetch_one(&pool).await.unwrap();
    pool.close().await;
    count
}

#[test]
fn a_file_that_is_no_such_request_is_refused_with_all_its_faults() {
    let faults = |text| WarmStart::new(Some(text), 0).err().expect("faults").to_string();
    assert!(faults("{").contains("JSON"), "{}", faults("{"));
    let all = faults(r#"{"priority": "highest", "configs": 3, "other": 1}"#);
    assert!(["priority", "configs", "other"].iter().all(|name| all.contains(name)), "{all}");
    let high = faults(r#"{"priority": "high", "fundIds": ["a"]}"#);
    assert!(high.contains("allowed is \"low\" at a start"), "{high}");
}
