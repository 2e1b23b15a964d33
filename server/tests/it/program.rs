//! The real binary, and real servers made of it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::installation::PATIENCE;

/// The program with `arguments`, free of the settings of whoever runs the tests.
pub fn foliocast(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foliocast"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let others = ["DATABASE_URL", "QUEUE_REDIS_URL", "RUST_LOG", "WORKER_CONCURRENCY", "WORKER_TIMEOUT"];
        let prefixes = ["FOLIOCAST_", "OTEL_", "REDIS_"];
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) || others.contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    command.args(arguments);
    command
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

pub fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
}

/// A run that no machine ends while a test lasts: 10¹² deal draws.
pub fn endless_run() -> Value {
    let bucket = |number: u32| {
        let calibration = json!({"median": 1, "p90": 3});
        json!({"name": format!("{number}"), "capitalAllocation": 10, "moicCalibration": calibration, "deals": 1_000})
    };
    json!({"fundId": "endless", "numScenarios": 100_000_000, "buckets": (0..10).map(bucket).collect::<Vec<_>>()})
}

/// The flags of a server that takes such a run on.
pub const ALLOWS_ENDLESS_RUNS: [&str; 2] = ["--max-deal-draws", "1000000000000"];

/// `serve` on a free port and this data directory.
pub fn serve(data: &Path, flags: &[&str]) -> Command {
    let mut command = foliocast(&["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(data).args(flags);
    command
}

/// `worker` with these flags.
pub fn worker(flags: &[&str]) -> Command {
    let mut command = foliocast(&["worker"]);
    command.args(flags);
    command
}

/// A process of its own, killed at the end of the test at the latest.
pub struct Process {
    child: Child,
    log: PathBuf,
}

/// A server of its own, killed at the end of the test at the latest.
pub struct Server {
    process: Process,
    pub url: String,
}

impl Process {
    /// Starts `command`, with its log in a file, and waits for its first line.
    pub fn start(mut command: Command, log: PathBuf) -> (Self, String) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        (Self { child, log }, line)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }

    /// Sends a signal and waits for the end; the exit code, where there is one.
    pub fn stop(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "the process does not end after {signal}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL, which nobody can handle.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts it; its log is a file beside the data directory.
    pub fn start(data: &Path, flags: &[&str]) -> Self {
        Self::of(serve(data, flags), data)
    }

    /// Starts `command`, which serves from this data directory.
    pub fn of(command: Command, data: &Path) -> Self {
        let (process, line) = Process::start(command, data.with_extension("log"));
        let url = line.trim_end().strip_prefix("Foliocast is ready at ");
        let url = url.unwrap_or_else(|| panic!("{line}{}", process.log())).to_owned();
        Self { process, url }
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Where it logs, also after its end.
    pub fn log_path(&self) -> PathBuf {
        self.process.log.clone()
    }

    /// Sends a signal and waits for the end; the exit code, where there is one.
    pub fn stop(self, signal: &str) -> Option<i32> {
        self.process.stop(signal)
    }

    /// The bytes of an answer that must be 200.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let request = ureq::get(&format!("{}{path}", self.url)).config().timeout_global(Some(PATIENCE)).build();
        let mut answer = request.call().expect("200");
        answer.body_mut().with_config().limit(u64::MAX).read_to_vec().expect("the body")
    }

    /// JSON of an answer that must be 200.
    pub fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path)).expect("JSON")
    }

    /// Asks for a run, with this query.
    pub fn simulate(&self, query: &str, configuration: &Value) -> Value {
        simulate(&self.url, query, configuration).expect("an answer")
    }

    /// Follows a job to its end, and answers it.
    pub fn ended_job(&self, path: &str) -> Value {
        self.bytes(&format!("{path}/events"));
        self.get(path)
    }
}

/// Asks the server at `url` for a run; an error where it is gone before it has answered.
pub fn simulate(url: &str, query: &str, configuration: &Value) -> Result<Value, ureq::Error> {
    let request = ureq::post(&format!("{url}/api/monte-carlo/simulate{query}"));
    let request = request.config().timeout_global(Some(PATIENCE)).build();
    let mut answer = request.header("content-type", "application/json").send(configuration.to_string())?;
    let mut body = Vec::new();
    answer.body_mut().as_reader().read_to_end(&mut body)?;
    Ok(serde_json::from_slice(&body).expect("JSON"))
}
