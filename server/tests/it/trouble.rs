//! The disk is full, the store refuses, the directory is taken.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use foliocast::clock::{ManualClock, SystemClock};
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast::store::{Kind, StoreError};
use foliocast_app::api::{JobState, Tier};
use foliocast_core::scenario::{MatrixKey, Run};
use futures::StreamExt;
use sqlx::SqlitePool;

use crate::gated_store::{Gate, Interruption, Moment, go_on, open_gated};
use crate::installation::{
    Installation, accepted, allocated, body, caller, config, expected_digests, finished, rows_of_matrix, run, simulate,
};
use crate::store_laws::NOW_MS;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_directory_is_refused_with_the_holders_number() {
    let at = Installation::new().await;
    let second = Services::open(&ServiceSettings::in_dir(at.dir.path()), Arc::new(SystemClock)).await;
    let Err(OpenError::Locked(message)) = second else { panic!("opened twice") };
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    assert!(message.contains(at.dir.path().to_str().unwrap()), "{message}");
    at.reopen().await;
}

/// A file system of its own, of a few megabytes.
struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(megabytes: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(dir.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Self { dir },
            failed => panic!(
                "a small file system cannot be mounted ({failed:?}), which tests of full disks need; run them in a \
                 name space of their own: `unshare --map-root-user --mount cargo test -p foliocast`, or as root"
            ),
        }
    }

    fn remount_read_only(&self) {
        let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(self.dir.path()).output().unwrap();
        assert!(remounted.status.success(), "{}", String::from_utf8_lossy(&remounted.stderr));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a failed test may still have files open.
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_or_read_only_disk_new_runs_are_refused_and_memory_goes_on_answering() {
    let disk = SmallDisk::mount(4);
    let settings = ServiceSettings::in_dir(disk.dir.path());
    let services = Services::open(&settings, Arc::new(SystemClock)).await.unwrap();
    let me = caller("me");
    let kept = body("fund-1", 1_000, "kept");
    run(&services, &me, &kept).await;
    assert!(services.health().await.ready);

    let filler = disk.dir.path().join("filler");
    let full = std::fs::write(&filler, vec![1; 8 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let mut refused = None;
    // The log file may have room for a few more runs.
    for number in 0..200 {
        if let Err(error) = simulate(&services, &me, &body("fund-1", 1_000, &format!("full {number}"))).await {
            refused = Some(error);
            break;
        }
    }
    let refused = refused.expect("a full disk refuses sooner or later");
    assert_eq!((refused.status(), refused.code()), (503, "UNAVAILABLE"), "{refused}");
    assert!(refused.retry_after().is_some_and(|after| after > Duration::ZERO));
    assert!(refused.to_string().contains("cannot be written"), "{refused}");
    assert_eq!(run(&services, &me, &kept).await.cache.tier, Tier::Memory);

    std::fs::remove_file(&filler).unwrap();
    let after = body("fund-1", 1_000, "after");
    let made = run(&services, &me, &after).await.to_run().unwrap();
    assert_eq!(made.digest, expected_digests(&after).0);
    assert!(services.health().await.ready);
    services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_data_directory_is_refused_with_a_sentence() {
    let disk = SmallDisk::mount(4);
    disk.remount_read_only();
    let opened = Services::open(&ServiceSettings::in_dir(disk.dir.path()), Arc::new(SystemClock)).await;
    let Err(OpenError::DataDir(message)) = opened else { panic!("opened") };
    assert!(message.contains("make it writable"), "{message}");
}

/// What a computation may take without progress where the clock hurries and that is not what is tested.
const NO_LIMIT: Duration = Duration::from_secs(1_000_000_000);

/// A clock that hurries while it is held, so that pauses and limits are over soon whatever the machine does.
struct Hurrying(tokio::task::JoinHandle<()>);

impl Hurrying {
    fn by(step: Duration, clock: &Arc<ManualClock>) -> Self {
        let clock = Arc::clone(clock);
        Self(tokio::spawn(async move {
            loop {
                clock.advance(step);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }))
    }
}

impl Drop for Hurrying {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_stored_is_not_acknowledged_and_is_made_again_later() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let settings = ServiceSettings { worker_timeout: NO_LIMIT, ..ServiceSettings::in_dir(dir.path()) };
    let services = Services::open(&settings, clock.clone()).await.unwrap();
    let (me, body) = (caller("me"), body("fund-1", 1_000, "not stored"));
    let pool = crate::sqlite::connect(&dir.path().join("foliocast.db")).await;
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON artifacts BEGIN SELECT RAISE(ABORT, 'no more artifacts'); END")
        .execute(&pool)
        .await
        .unwrap();

    // It is made again and again, until somebody who waits has heard of it and the store takes it.
    let _hurrying = Hurrying::by(Duration::from_secs(10), &clock);
    let job = accepted(&services, &me, &body).await;
    let error = simulate(&services, &me, &body).await.unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(error.to_string().contains("no more artifacts"), "{error}");
    assert_eq!(services.run(&me, job.run_key).await.unwrap_err().status(), 404);
    assert!(services.runs(&me, None, 10, None).await.unwrap().items.is_empty());

    sqlx::query("DROP TRIGGER refuse").execute(&pool).await.unwrap();
    let done = finished(&services, &me, &job.job_id).await;
    assert_eq!((done.state, done.attempts), (JobState::Complete, 1), "what could not be stored was no attempt");
    assert_eq!(services.run(&me, job.run_key).await.unwrap().to_run().unwrap().digest, expected_digests(&body).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_whose_lease_lapses_where_it_runs_goes_on_and_is_not_begun_twice() {
    let (me, body_held) = (caller("me"), body("fund-1", 1_000, "asleep"));
    let (gate, held) = (Gate::default(), config(&body_held).run_key());
    let at = gate.holding(move |moment| moment == Moment::Epoch(Kind::Run, *held.as_bytes()));
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let at = Installation::gated(clock.clone(), |_| {}, at).await;
    let job = accepted(&at.services, &me, &body_held).await;
    gate.reached().await;
    // As if the machine had slept: twice the lease, well below what a computation may take without progress.
    clock.advance(Duration::from_secs(60));
    // Older than this one, it would be claimed first.
    run(&at.services, &me, &body("fund-1", 1_000, "awake")).await;
    assert_eq!(at.services.job(&me, &job.job_id).await.unwrap().attempts, 1);
    gate.open();
    let done = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((done.state, done.attempts), (JobState::Complete, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_whose_key_is_invalidated_in_every_attempt_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let invalidating = Arc::new(OnceLock::new());
    let at = {
        let invalidating: Arc<OnceLock<SqlitePool>> = Arc::clone(&invalidating);
        move |moment: Moment| -> Interruption {
            let Some(pool) = invalidating.get().filter(|_| moment == Moment::Complete) else { return go_on() };
            let pool = pool.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO artifact_epochs (kind, key, epoch) SELECT kind, key, 1 FROM computations WHERE true
                     ON CONFLICT DO UPDATE SET epoch = epoch + 1",
                )
                .execute(&pool)
                .await?;
                Ok(())
            })
        }
    };
    let settings = ServiceSettings { worker_timeout: NO_LIMIT, ..ServiceSettings::in_dir(dir.path()) };
    let services = open_gated(&settings, clock.clone(), at).await;
    invalidating.set(crate::sqlite::connect(&dir.path().join("foliocast.db")).await).unwrap();
    let _hurrying = Hurrying::by(Duration::from_secs(1), &clock);
    let me = caller("me");
    let job = accepted(&services, &me, &body("fund-1", 1_000, "invalidated")).await;
    let failed = finished(&services, &me, &job.job_id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 3));
    let message = failed.error.unwrap().message;
    assert!(message.contains("invalidated"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_that_cannot_be_made_ends_in_a_stored_error() {
    let at = Installation::with(|settings| settings.run_workers = false).await;
    let me = caller("me");
    let job = accepted(&at.services, &me, &body("fund-1", 1_000, "broken")).await;
    at.services.shutdown().await;
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    sqlx::query("UPDATE computations SET input = '{}'").execute(&pool).await.unwrap();
    let at = at.reopen().await;
    let failed = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 1), "another attempt would fail as well");
    assert!(failed.error.unwrap().message.contains("fundId"));
    // The key is free.
    run(&at.services, &me, &body("fund-1", 1_000, "broken")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_without_progress_is_given_up_with_a_stored_error() {
    let gate = Gate::default();
    let at = gate.holding(|moment| matches!(moment, Moment::Epoch(Kind::Run, _)));
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let at = Installation::gated(clock.clone(), |_| {}, at).await;
    let (me, body) = (caller("me"), body("fund-1", 1_000, "stalled"));
    let hurrying = Hurrying::by(Duration::from_secs(100), &clock);
    let job = accepted(&at.services, &me, &body).await;
    let failed = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 1));
    assert!(failed.error.unwrap().message.contains("no progress"));
    drop(hurrying);
    gate.open();
    run(&at.services, &me, &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_computation_is_a_stored_error_after_three_attempts() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    // Where only a computation asks.
    let at = |moment| match moment {
        Moment::Epoch(..) => panic!("no epoch today"),
        _ => go_on(),
    };
    let at = Installation::gated(clock.clone(), |settings| settings.worker_timeout = NO_LIMIT, at).await;
    let me = caller("me");
    let _hurrying = Hurrying::by(Duration::from_secs(1), &clock);
    let job = accepted(&at.services, &me, &body("fund-1", 1_000, "panic")).await;
    let failed = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 3));
    assert_eq!(failed.error.unwrap().message, "the computation panicked: no epoch today");
    assert_eq!(at.services.run(&me, job.run_key).await.unwrap_err().status(), 404);
}

/// Chunks that are kept in the file of an installation.
async fn num_chunks(at: &Installation) -> i64 {
    let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
    sqlx::query_scalar("SELECT count(*) FROM artifact_chunks").fetch_one(&pool).await.unwrap()
}

async fn rows(at: &Installation, key: MatrixKey) -> Vec<f32> {
    let rows = rows_of_matrix(&at.services, &caller("me"), key, None).await.unwrap();
    rows.blocks.map(|block| block.unwrap().rows).collect::<Vec<_>>().await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_rows_cannot_be_kept_is_stored_without_them() {
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
    sqlx::query(
        "CREATE TRIGGER refuse BEFORE INSERT ON artifact_chunks WHEN NEW.chunk = 1
         BEGIN SELECT RAISE(ABORT, 'no more chunks'); END",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (me, body) = (caller("me"), body("fund-1", 300_000, "not kept"));
    let made = run(&at.services, &me, &body).await.to_run().unwrap();
    assert_eq!((made.digest, made.summary_digest), expected_digests(&body));
    assert_eq!(num_chunks(&at).await, 0, "the first one is not left behind");
    assert!(rows(&at, made.matrix_key).await == Run::new(&config(&body)).finish().matrix.unwrap().rows);
    assert_eq!(num_chunks(&at).await, 0, "no record counts them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_rows_do_not_fit_on_the_disk_is_stored_without_them() {
    let disk = SmallDisk::mount(20);
    let settings = ServiceSettings { keep_rows_factor: 0.0, ..ServiceSettings::in_dir(disk.dir.path()) };
    let services = Services::open(&settings, Arc::new(SystemClock)).await.unwrap();
    let (me, body) = (caller("me"), body("fund-1", 3_000_000, "too large"));
    let made = run(&services, &me, &body).await.to_run().unwrap();
    assert_eq!(made.num_scenarios, 3_000_000);
    let pool = crate::sqlite::connect(&disk.dir.path().join("chunks.db")).await;
    let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM artifact_chunks").fetch_one(&pool).await.unwrap();
    assert_eq!(chunks, 0);
    assert_eq!(services.run(&me, made.run_key).await.unwrap().to_run().unwrap().digest, made.digest);
    pool.close().await;
    services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_a_computation_nobody_waits_for_are_not_left_behind() {
    let gate = Gate::default();
    let at = gate.holding(|moment| moment == Moment::PutChunk(1));
    let keep_rows = |settings: &mut ServiceSettings| settings.keep_rows_factor = 0.0;
    let at = Installation::gated(Arc::new(SystemClock), keep_rows, at).await;
    let me = caller("me");
    let job = accepted(&at.services, &me, &body("fund-1", 300_000, "left")).await;
    gate.reached().await;
    assert_eq!(num_chunks(&at).await, 1);
    at.services.detach(&me, &job.job_id).await.unwrap();
    gate.open();
    at.services.shutdown().await;
    assert_eq!(num_chunks(&at).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_collects_chunks_that_no_record_counts_and_no_others() {
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let (me, body) = (caller("me"), body("fund-1", 300_000, "kept"));
    let key = run(&at.services, &me, &body).await.to_run().unwrap().matrix_key;
    let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
    for statement in [
        "INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded)
         SELECT kind, zeroblob(32), format, chunk, digest, encoded FROM artifact_chunks",
        "INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded)
         SELECT kind, key, format + 1, chunk, digest, encoded FROM artifact_chunks WHERE key <> zeroblob(32)",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
    assert_eq!(num_chunks(&at).await, 9);
    let at = at.reopen().await;
    assert_eq!(num_chunks(&at).await, 3);
    assert!(rows(&at, key).await == Run::new(&config(&body)).finish().matrix.unwrap().rows);
    assert_eq!(at.services.num_damaged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_whose_chunks_cannot_be_read_are_made_again() {
    let failing = Arc::new(AtomicBool::new(true));
    let at = {
        let failing = Arc::clone(&failing);
        move |moment: Moment| -> Interruption {
            if moment == Moment::ReadChunk && failing.load(Ordering::Relaxed) {
                return Box::pin(async { Err(StoreError::Failed("no answer".to_owned())) });
            }
            go_on()
        }
    };
    let settings = |settings: &mut ServiceSettings| {
        settings.keep_rows_factor = 0.0;
        settings.memory_cache_bytes = 0;
    };
    let at = Installation::gated(Arc::new(SystemClock), settings, at).await;
    let (me, first) = (caller("me"), allocated("fund-1", 300_000, "unread", 60));
    let key = run(&at.services, &me, &first).await.to_run().unwrap().matrix_key;
    let expected = Run::new(&config(&first)).finish().matrix.unwrap().rows;
    assert!(rows(&at, key).await == expected);
    // A run that finds the matrix reads them too.
    let second = allocated("fund-1", 300_000, "unread", 40);
    let made = run(&at.services, &me, &second).await.to_run().unwrap();
    assert_eq!((made.digest, made.summary_digest), expected_digests(&second));
    failing.store(false, Ordering::Relaxed);
    assert!(rows(&at, key).await == expected);
}
