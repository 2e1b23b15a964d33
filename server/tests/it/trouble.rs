//! The disk is full, the store refuses, the directory is taken.

use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foliocast::clock::{ManualClock, SystemClock};
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast::store::sqlite::SqliteStore;
use foliocast::store::{
    Access, ArtifactId, ArtifactStore, Claim, Completion, ComputationRow, ComputationStore, FundRow, JobRow, Key, Kind,
    ListedRun, Lookup, NewJob, Outcome, Record, RunPosition, Source, Store, StoreFuture, Submitted, TenantStore,
};
use foliocast_app::api::{JobState, Tier};
use uuid::Uuid;

use crate::installation::{Installation, accepted, body, caller, expected_digests, finished, run, simulate};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_stored_is_not_acknowledged_and_is_made_again_later() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let services = Services::open(&ServiceSettings::in_dir(dir.path()), clock.clone()).await.unwrap();
    let (me, body) = (caller("me"), body("fund-1", 1_000, "not stored"));
    let pool = crate::sqlite::connect(&dir.path().join("foliocast.db")).await;
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON artifacts BEGIN SELECT RAISE(ABORT, 'no more artifacts'); END")
        .execute(&pool)
        .await
        .unwrap();

    let job = accepted(&services, &me, &body).await;
    let error = simulate(&services, &me, &body).await.unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(error.to_string().contains("no more artifacts"), "{error}");
    assert_eq!(services.run(&me, job.run_key).await.unwrap_err().status(), 404);
    assert!(services.runs(&me, None, 10, None).await.unwrap().items.is_empty());

    sqlx::query("DROP TRIGGER refuse").execute(&pool).await.unwrap();
    // Its pause is over at once by the services' clock, however often it is handed back meanwhile.
    let moving = tokio::spawn(async move {
        loop {
            clock.advance(Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let done = finished(&services, &me, &job.job_id).await;
    moving.abort();
    assert_eq!((done.state, done.attempts), (JobState::Complete, 1), "what could not be stored was no attempt");
    assert_eq!(services.run(&me, job.run_key).await.unwrap().to_run().unwrap().digest, expected_digests(&body).0);
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
    let at = Installation::with(|settings| {
        settings.keep_rows_factor = 0.0;
        settings.worker_timeout = Duration::from_millis(500);
    })
    .await;
    let me = caller("me");
    // Somebody holds the file that rows are kept in, for longer than that.
    let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
    let held = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let job = accepted(&at.services, &me, &body("fund-1", 1_000, "stalled")).await;
    let failed = finished(&at.services, &me, &job.job_id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 1));
    assert!(failed.error.unwrap().message.contains("no progress"));
    held.rollback().await.unwrap();
    run(&at.services, &me, &body("fund-1", 1_000, "stalled")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_computation_is_a_stored_error_after_three_attempts() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let store = SqliteStore::open(dir.path(), clock.clone()).await.unwrap();
    let store = Arc::new(PanickingStore(store));
    let services = Services::over(&ServiceSettings::in_dir(dir.path()), store, clock.clone()).await.unwrap();
    let me = caller("me");
    let moving = tokio::spawn(async move {
        loop {
            clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let job = accepted(&services, &me, &body("fund-1", 1_000, "panic")).await;
    let failed = finished(&services, &me, &job.job_id).await;
    moving.abort();
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 3));
    assert_eq!(failed.error.unwrap().message, "the computation panicked: no epoch today");
    assert_eq!(services.run(&me, job.run_key).await.unwrap_err().status(), 404);
}

/// Panics where only a computation asks.
struct PanickingStore(SqliteStore);

impl ArtifactStore for PanickingStore {
    fn record(&self, id: ArtifactId) -> StoreFuture<'_, Lookup<Record>> {
        self.0.record(id)
    }
    fn chunk(&self, id: ArtifactId, chunk: u32) -> StoreFuture<'_, Option<Bytes>> {
        self.0.chunk(id, chunk)
    }
    fn put_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, ()> {
        self.0.put_chunk(id, chunk, encoded)
    }
    fn epoch(&self, _: Kind, _: Key) -> StoreFuture<'_, u64> {
        panic!("no epoch today")
    }
    fn drop_artifact(&self, id: ArtifactId) -> StoreFuture<'_, u64> {
        self.0.drop_artifact(id)
    }
    fn num_damaged(&self) -> u64 {
        self.0.num_damaged()
    }
}

impl ComputationStore for PanickingStore {
    fn submit(&self, job: NewJob, max_waiting: u32) -> StoreFuture<'_, Submitted> {
        self.0.submit(job, max_waiting)
    }
    fn claim(&self, lease: Duration, max_attempts: u32) -> StoreFuture<'_, Option<Claim>> {
        self.0.claim(lease, max_attempts)
    }
    fn renew(&self, id: Uuid, token: u64, lease: Duration, percent: f64, step: &str) -> StoreFuture<'_, Outcome> {
        self.0.renew(id, token, lease, percent, step)
    }
    fn complete(&self, id: Uuid, token: u64, completion: Completion) -> StoreFuture<'_, Outcome> {
        self.0.complete(id, token, completion)
    }
    fn fail(&self, id: Uuid, token: u64, error: &str, retry_after: Option<Duration>) -> StoreFuture<'_, Outcome> {
        self.0.fail(id, token, error, retry_after)
    }
    fn release(&self, id: Uuid, token: u64, after: Duration) -> StoreFuture<'_, Outcome> {
        self.0.release(id, token, after)
    }
    fn release_all(&self) -> StoreFuture<'_, u64> {
        self.0.release_all()
    }
    fn detach(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>> {
        self.0.detach(tenant, job_id)
    }
    fn job(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>> {
        self.0.job(tenant, job_id)
    }
    fn computation(&self, id: Uuid) -> StoreFuture<'_, Option<ComputationRow>> {
        self.0.computation(id)
    }
    fn prune(&self, ended_before_ms: i64) -> StoreFuture<'_, u64> {
        self.0.prune(ended_before_ms)
    }
}

impl TenantStore for PanickingStore {
    fn access(&self, tenant: &str, run_key: Key) -> StoreFuture<'_, Option<Access>> {
        self.0.access(tenant, run_key)
    }
    fn grant(&self, tenant: &str, run_key: Key, source: Source) -> StoreFuture<'_, ()> {
        self.0.grant(tenant, run_key, source)
    }
    fn touch(&self, asked: Vec<(String, Key, Source, i64)>) -> StoreFuture<'_, ()> {
        self.0.touch(asked)
    }
    fn matrix_access(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<i64>> {
        self.0.matrix_access(tenant, matrix_key)
    }
    fn run_input(&self, run_key: Key) -> StoreFuture<'_, Option<String>> {
        self.0.run_input(run_key)
    }
    fn matrix_input(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<String>> {
        self.0.matrix_input(tenant, matrix_key)
    }
    fn runs(
        &self,
        tenant: &str,
        format: u32,
        fund_id: Option<&str>,
        limit: u32,
        after: Option<RunPosition>,
    ) -> StoreFuture<'_, Vec<ListedRun>> {
        self.0.runs(tenant, format, fund_id, limit, after)
    }
    fn funds(&self, tenant: &str, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<FundRow>> {
        self.0.funds(tenant, limit, after)
    }
    fn fund(&self, tenant: &str, fund_id: &str) -> StoreFuture<'_, Option<FundRow>> {
        self.0.fund(tenant, fund_id)
    }
    fn put_fund(&self, tenant: &str, fund: FundRow) -> StoreFuture<'_, FundRow> {
        self.0.put_fund(tenant, fund)
    }
    fn delete_fund(&self, tenant: &str, fund_id: &str) -> StoreFuture<'_, bool> {
        self.0.delete_fund(tenant, fund_id)
    }
}

impl Store for PanickingStore {
    fn check(&self) -> StoreFuture<'_, ()> {
        self.0.check()
    }
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.close()
    }
}
