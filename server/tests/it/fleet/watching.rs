//! A worker that tells how it is.

use serde_json::Value;

use super::{Fleet, accept, ask, assert_made};
use crate::harness::three_buckets;
use crate::program::{assert_code, stderr, worker};
use crate::test_database::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_tells_how_it_is_and_nothing_else() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let (worker, line) = fleet.worker_and_line(&["--listen", "127.0.0.1:0"]);
    let url = line.trim_end().rsplit_once("tells how it is at ").unwrap_or_else(|| panic!("{line}")).1.to_owned();
    let front = fleet.front();
    let configuration = three_buckets(2_000, "watched");
    assert_made(&front.url, &accept(&front.url, &configuration).await, &configuration).await;
    assert_eq!(ask(&url, "GET", "/healthz", "").await.unwrap().0, 200);
    let (status, health) = ask(&url, "GET", "/readyz", "").await.unwrap();
    assert_eq!(status, 200, "{health}");
    let health: Value = serde_json::from_str(&health).unwrap();
    let workers = health["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "workers").unwrap();
    assert_eq!(workers["ready"], true, "{health}");
    let (status, metrics) = ask(&url, "GET", "/metrics", "").await.unwrap();
    assert_eq!(status, 200, "{metrics}");
    for line in ["foliocast_job_seconds_count{state=\"complete\"} 1", "foliocast_generation_seconds_count 1"] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
    for path in ["/", "/api/funds", "/api/openapi.json", "/api/cache/stats"] {
        assert_eq!(ask(&url, "GET", path, "").await.unwrap().0, 404, "{path}");
    }
    assert_eq!(worker.stop("-TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_tells_strangers_nothing_while_there_is_no_key() {
    let database = TestDatabase::new().await;
    let mut command = worker(&["--listen", "0.0.0.0:0"]);
    let refused = command.env("DATABASE_URL", &database.url).output().unwrap();
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("foliocast keys create"), "{}", stderr(&refused));
}
