//! SQLite: the store's laws over real files, and what only SQLite can show.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use foliocast::clock::{ManualClock, SystemClock};
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast::store::sqlite::SqliteStore;
use foliocast::store::{ArtifactStore as _, ComputationStore as _, Kind, Lookup, Seal, Store as _};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use crate::installation::Installation;
use crate::store_laws::{self, NOW_MS, make, record};

/// A connection beside the server's, as an operator's inspection would have.
pub async fn connect(file: &Path) -> SqlitePool {
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap()
}

/// A fresh store in a directory of its own, and the clock it goes by.
async fn fresh() -> (SqliteStore, Arc<ManualClock>, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW_MS));
    (SqliteStore::open(dir.path(), clock.clone()).await.unwrap(), clock, dir)
}

store_laws::laws!(fresh);

/// Whoever can write to the file, and has not read the secret, cannot pass a record off as one of this installation.
#[tokio::test]
async fn a_record_that_somebody_else_wrote_is_a_damaged_one() {
    let (store, _, dir) = fresh().await;
    make(&store, "me", 1).await;
    let mut forged = record(Kind::Run, 1);
    forged.body = "forged".into();
    let pool = connect(&dir.path().join("foliocast.db")).await;
    let statement = "UPDATE artifacts SET body = ?, record_digest = ?";
    let digest = Seal::of(&[0; 32]).digest(&forged);
    sqlx::query(statement).bind(forged.body.to_vec()).bind(digest.to_vec()).execute(&pool).await.unwrap();
    assert_eq!((store.record(forged.id).await.unwrap(), store.num_damaged()), (Lookup::Damaged, 1));
    let digest = Seal::of(&store.installation_secret()).digest(&forged);
    sqlx::query(statement).bind(forged.body.to_vec()).bind(digest.to_vec()).execute(&pool).await.unwrap();
    assert_eq!(store.record(forged.id).await.unwrap(), Lookup::Found(forged), "it is the secret that tells");
}

#[tokio::test]
async fn the_secret_stays() {
    let (store, clock, dir) = fresh().await;
    let secret = store.installation_secret();
    store.close().await;
    assert_eq!(SqliteStore::open(dir.path(), clock.clone()).await.unwrap().installation_secret(), secret);
    assert_eq!(SqliteStore::open_beside(dir.path(), clock).await.unwrap().installation_secret(), secret);
    assert_ne!(fresh().await.0.installation_secret(), secret);
}

/// A store with this many computations, each with a job, that ended one millisecond after the other.
async fn with_ended_computations(dir: &Path, number: i64) -> SqliteStore {
    let store = SqliteStore::open(dir, Arc::new(ManualClock::at(NOW_MS))).await.unwrap();
    let pool = connect(&dir.join("foliocast.db")).await;
    let statements = [
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
         INSERT INTO computations
             (computation_id, kind, key, matrix_key, input, state, priority, not_before, step, created_at, ended_at)
         SELECT CAST(printf('%016d', n) AS BLOB), 'run', zeroblob(32), zeroblob(32), '{}', 'complete', 0, 0, 'done', 0, n
         FROM numbers",
        "INSERT INTO jobs (job_id, computation_id, tenant, source, created_at)
         SELECT computation_id, computation_id, 'me', 'request', ended_at FROM computations WHERE ended_at <= ?",
    ];
    for statement in statements {
        sqlx::query(statement).bind(number).execute(&pool).await.unwrap();
    }
    pool.close().await;
    store
}

#[tokio::test]
async fn forgetting_goes_on_until_all_that_ended_before_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_ended_computations(dir.path(), 1_700).await;
    let age = Duration::from_millis(NOW_MS as u64 - 1_601);
    assert_eq!(store.prune(age).await.unwrap(), 1_600);
    assert_eq!(store.prune(age).await.unwrap(), 0);
    let pool = connect(&dir.path().join("foliocast.db")).await;
    for left in ["SELECT count(*) FROM computations", "SELECT count(*) FROM jobs"] {
        assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&pool).await.unwrap(), 100, "{left}");
    }
}

#[tokio::test]
async fn what_forgetting_looks_for_is_found_by_an_index() {
    let dir = tempfile::tempdir().unwrap();
    with_ended_computations(dir.path(), 1).await;
    let pool = connect(&dir.path().join("foliocast.db")).await;
    // The second is what SQLite asks for every computation that is deleted, because jobs refer to it.
    for statement in [
        "EXPLAIN QUERY PLAN SELECT rowid FROM computations WHERE ended_at < 1 ORDER BY ended_at, rowid LIMIT 1",
        "EXPLAIN QUERY PLAN SELECT 1 FROM jobs WHERE computation_id = zeroblob(16)",
    ] {
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(statement).fetch_all(&pool).await.unwrap();
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(plan[0].3.starts_with("SEARCH"), "{plan:?}");
    }
}

#[tokio::test]
async fn a_schema_newer_than_this_program_is_refused() {
    let at = Installation::new().await;
    at.services.shutdown().await;
    let pool = connect(&at.dir.path().join("foliocast.db")).await;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99990101000000, 'later', 1, x'00', 0)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let opened = Services::open(&ServiceSettings::in_dir(at.dir.path()), Arc::new(SystemClock)).await;
    let Err(OpenError::Store(message)) = opened else { panic!("opened") };
    assert!(message.contains("newer than this program knows"), "{message}");
}

#[tokio::test]
async fn a_data_directory_that_is_a_file_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data");
    std::fs::write(&path, "not a directory").unwrap();
    let opened = Services::open(&ServiceSettings::in_dir(&path), Arc::new(SystemClock)).await;
    let Err(OpenError::DataDir(message)) = opened else { panic!("opened") };
    assert!(message.contains("FOLIOCAST_DATA_DIR"), "{message}");
}
