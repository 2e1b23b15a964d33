//! Real processes that die at any moment.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foliocast::clock::SystemClock;
use foliocast::service::{OpenError, ServiceSettings, Services};
use foliocast_app::api::JobState;
use futures::future::join_all;

use crate::gated_store::{Gate, Moment, open_gated};
use crate::installation::{accepted, body, caller, expected_digests, finished, open};

const DIR: &str = "FOLIOCAST_TEST_DATA_DIR";
/// How many results the child process stores; it holds the others back. All where it is not set.
const STORED: &str = "FOLIOCAST_TEST_STORED";
const JOBS: usize = 10;

fn request(number: usize) -> String {
    body("fund-1", 10_000 + number as u32, &format!("process {number}"))
}

/// What the child process does: takes ten jobs on, tells their ids, then tells of every one that ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is run as a process of its own by the tests below"]
async fn child() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let services = match std::env::var(STORED) {
        Ok(number) => open_holding_after(number.parse().unwrap(), &dir).await,
        Err(_) => open(&dir).await,
    };
    let me = caller("me");
    let mut ids = Vec::new();
    for number in 0..JOBS {
        ids.push(accepted(&services, &me, &request(number)).await.job_id);
    }
    tell(&format!("jobs {}", ids.join(" ")));
    join_all(ids.iter().map(async |id| {
        finished(&services, &me, id).await;
        tell("ended");
    }))
    .await;
    // Until it is killed.
    std::future::pending::<()>().await;
}

/// Services that store this many results and hold all others back just before.
async fn open_holding_after(number: usize, dir: &Path) -> Services {
    let results = AtomicUsize::new(0);
    let is_beyond =
        move |moment: Moment| moment == Moment::Complete && results.fetch_add(1, Ordering::Relaxed) >= number;
    open_gated(&ServiceSettings::in_dir(dir), Arc::new(SystemClock), Gate::default().holding(is_beyond)).await
}

/// A line to the parent, past the test harness.
fn tell(line: &str) {
    let mut error = std::io::stderr().lock();
    writeln!(error, "child: {line}").unwrap();
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // SIGKILL, which nobody can handle.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(dir: &Path, stored: Option<usize>) -> (Killed, impl Iterator<Item = String> + use<>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .envs(stored.map(|number| (STORED, number.to_string())))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    (Killed(child), lines.filter_map(|line| line.strip_prefix("child: ").map(str::to_owned)))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_job_taken_on_is_completed_after_a_kill_at_any_moment() {
    let expected: Vec<_> = (0..JOBS).map(|number| expected_digests(&request(number))).collect();
    for ended_before_the_kill in [0, 1, 4, 9] {
        let dir = tempfile::tempdir().unwrap();
        let (child, mut lines) = start(dir.path(), Some(ended_before_the_kill));
        let first = lines.next().expect("the child takes jobs on");
        let ids: Vec<&str> = first.strip_prefix("jobs ").unwrap().split(' ').collect();
        assert_eq!(lines.take(ended_before_the_kill).count(), ended_before_the_kill);
        drop(child);

        let services = open(dir.path()).await;
        let me = caller("me");
        for (number, id) in ids.iter().enumerate() {
            let job = finished(&services, &me, id).await;
            assert_eq!(job.state, JobState::Complete, "job {number} after {ended_before_the_kill}: {job:?}");
            let run = services.run(&me, job.run_key).await.unwrap().to_run().unwrap();
            assert_eq!((run.digest, run.summary_digest), expected[number]);
        }
        services.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_another_process_uses_is_refused_until_that_process_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (child, mut lines) = start(dir.path(), None);
    lines.next().expect("the child is up");
    let refused = Services::open(&ServiceSettings::in_dir(dir.path()), Arc::new(SystemClock)).await;
    let Err(OpenError::Locked(message)) = refused else { panic!("opened") };
    assert!(message.contains(&format!("process {}", child.0.id())), "{message}");
    drop(child);
    open(dir.path()).await.shutdown().await;
}
