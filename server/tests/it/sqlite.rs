//! SQLite: the store's laws over real files, and what only SQLite can show.

use std::path::Path;
use std::sync::Arc;

use foliocast::clock::{ManualClock, SystemClock};
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast::store::ComputationStore as _;
use foliocast::store::sqlite::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use crate::installation::Installation;
use crate::store_laws::{self, NOW_MS};

/// A connection beside the server's, as an operator's inspection would have.
pub async fn connect(file: &Path) -> SqlitePool {
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap()
}

macro_rules! laws {
    ($($law:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $law() {
            let dir = tempfile::tempdir().unwrap();
            let clock = Arc::new(ManualClock::at(NOW_MS));
            let store = SqliteStore::open(dir.path(), clock.clone()).await.unwrap();
            store_laws::$law(&store, &clock).await;
        })*
    };
}

laws! {
    a_record_comes_back_as_it_was_written,
    a_record_whose_key_was_dropped_meanwhile_is_refused,
    a_matrix_that_is_dropped_takes_along_the_runs_made_from_it,
    chunks_go_with_their_artifact_or_where_no_record_counts_them,
    requests_of_one_key_share_a_computation_until_it_ends,
    a_stale_token_writes_nothing,
    an_attempt_is_counted_at_the_claim_and_not_when_handed_back,
    what_a_process_makes_itself_is_not_claimed_whatever_became_of_the_lease,
    a_clock_that_is_set_back_holds_up_neither_new_work_nor_a_start,
    a_computation_whose_claims_all_ran_out_is_given_up_with_an_error,
    a_failed_attempt_waits_before_the_next,
    interactive_goes_before_high_before_low_and_low_ages,
    a_matrix_is_made_by_one_computation_at_a_time,
    the_last_to_detach_cancels,
    a_completion_gives_access_to_who_is_attached_and_nobody_else,
    a_full_queue_takes_nothing_new_but_lets_others_join,
    lists_of_runs_continue_where_they_stopped,
    funds_keep_their_first_time,
    what_ended_long_ago_is_forgotten,
    keys_are_made_once,
    keys_are_changed_by_operators,
    sessions_end_with_their_key,
    use_of_keys_adds_up,
    every_change_has_its_line,
    the_first_secret_stays,
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
    assert_eq!(store.prune(1_601).await.unwrap(), 1_600);
    assert_eq!(store.prune(1_601).await.unwrap(), 0);
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
