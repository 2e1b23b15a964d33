//! What is not moved, and moves that end in the middle: nothing arrives.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use foliocast::store::moving::TABLES;
use sqlx::{AssertSqlSafe, PgPool};
use tempfile::TempDir;

use super::{kept_run, migrate, run};
use crate::fleet::Fleet;
use crate::installation::PATIENCE;
use crate::program::{Server, assert_code, stderr};
use crate::sqlite::connect;
use crate::test_database::TestDatabase;

/// A small installation in files, and a server on it.
fn small() -> (TempDir, PathBuf, Server) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &[]);
    let run = server.simulate("?wait=60000", &kept_run("fund-1", "small"));
    assert!(run["digest"].is_string(), "{run}");
    (dir, data, server)
}

async fn assert_nothing_arrived(pool: &PgPool) {
    for table in &TABLES {
        let there: bool =
            sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table.name).fetch_one(pool).await.unwrap();
        if there {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {}", table.name));
            assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.unwrap(), 0, "{}", table.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_in_use_is_not_moved_and_one_without_an_installation_is_not_made() {
    let (dir, data, server) = small();
    let database = TestDatabase::new().await;
    let in_use = run(migrate(&data, &database.url));
    assert_code(&in_use, 1);
    let by = format!("in use by process {}; stop it", server.id());
    assert!(stderr(&in_use).contains(&by), "{}", stderr(&in_use));
    assert_nothing_arrived(&database.connect().await).await;

    let nowhere = dir.path().join("nowhere");
    let none = run(migrate(&nowhere, &database.url));
    assert_code(&none, 2);
    assert!(stderr(&none).contains("there is no foliocast.db in"), "{}", stderr(&none));
    assert!(!nowhere.exists(), "looking makes nothing");

    assert_eq!(server.stop("-TERM"), Some(0));
    let main = connect(&data.join("foliocast.db")).await;
    let older = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    sqlx::query(older).execute(&main).await.unwrap();
    main.close().await;
    let other_version = run(migrate(&data, &database.url));
    assert_code(&other_version, 1);
    assert!(stderr(&other_version).contains("start `foliocast serve` of this version"), "{}", stderr(&other_version));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_others_use_is_left_to_them() {
    let (_dir, data, server) = small();
    assert_eq!(server.stop("-TERM"), Some(0));
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let front = fleet.front();
    let in_use = run(migrate(&data, &database.url));
    assert_code(&in_use, 1);
    assert!(stderr(&in_use).contains(&format!("process {}", front.id())), "{}", stderr(&in_use));
    assert_eq!(front.get("/api/runs")["items"], serde_json::json!([]), "they go on");
    // What is left of processes that are gone is nothing.
    assert_eq!(front.stop("-KILL"), None);
    assert_code(&run(migrate(&data, &database.url)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_shown_whatever_is_wrong_with_the_address() {
    let (_dir, data, server) = small();
    assert_eq!(server.stop("-TERM"), Some(0));
    for (url, code, words) in [
        ("postgres://someone:very-secret@127.0.0.1:1/none", 1, "postgres://someone:***@127.0.0.1:1/none"),
        ("postgres:/someone:very-secret@127.0.0.1/none", 2, "expected `postgres://user:password@host"),
        ("sqlite://someone:very-secret@127.0.0.1/none", 2, "expected `postgres://user:password@host"),
    ] {
        let refused = run(migrate(&data, url));
        assert_code(&refused, code);
        assert!(stderr(&refused).contains(words), "{}", stderr(&refused));
        assert!(!stderr(&refused).contains("very-secret"), "{}", stderr(&refused));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_leaves_nothing_and_can_be_made_again() {
    let (_dir, data, server) = small();
    assert_eq!(server.stop("-TERM"), Some(0));
    // So much that it is caught on its way.
    let chunks = connect(&data.join("chunks.db")).await;
    let many = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
        INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded)
        SELECT 'matrix', randomblob(32), 1, n, randomblob(32), randomblob(1000000) FROM numbers";
    sqlx::query(many).execute(&chunks).await.unwrap();
    chunks.close().await;
    let database = TestDatabase::new().await;
    let pool = database.connect().await;
    let mut moving = migrate(&data, &database.url).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    loop {
        // The chunks come after the records.
        let under_way: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_progress_copy
                            WHERE datname = current_database() AND bytes_processed > 20000000)",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        if under_way {
            break;
        }
        assert!(moving.try_wait().unwrap().is_none(), "it ended before it was seen");
        assert!(begun.elapsed() < PATIENCE, "it does not begin");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    moving.kill().unwrap();
    assert_eq!(moving.wait().unwrap().code(), None, "it was killed");
    assert_nothing_arrived(&pool).await;
    assert_code(&run(migrate(&data, &database.url)), 0);
    let arrived: i64 = sqlx::query_scalar("SELECT count(*) FROM artifact_chunks").fetch_one(&pool).await.unwrap();
    assert!(arrived > 300, "{arrived}");
}
