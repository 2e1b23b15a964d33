//! The disk is full, the store refuses, the directory is taken.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use foliocast::clock::{ManualClock, SystemClock};
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast_app::api::{JobState, Tier};

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

/// A file system of its own, of a few megabytes, where the machine lets us have one.
struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(dir.path())
            .output();
        mounted.ok().filter(|output| output.status.success()).map(|_| Self { dir })
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
    let Some(disk) = SmallDisk::mount(4) else {
        eprintln!("not run: this needs the right to mount a file system");
        return;
    };
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
    let Some(disk) = SmallDisk::mount(4) else {
        eprintln!("not run: this needs the right to mount a file system");
        return;
    };
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
