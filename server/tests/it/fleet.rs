//! Several real servers and workers on one PostgreSQL, as many machines would have them.

mod faults;
mod invalidation;
mod one_computation;
mod redis;
mod statistics;
mod watching;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use foliocast_core::scenario::Run;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{config, three_buckets};
use crate::installation::PATIENCE;
use crate::program::{Process, Server, serve, worker};

/// Servers and workers that share a database, and a Redis where there is one.
pub struct Fleet {
    database_url: String,
    redis_url: String,
    dir: TempDir,
    started: usize,
}

impl Fleet {
    pub fn on(database_url: &str, redis_url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { database_url: database_url.to_owned(), redis_url: redis_url.to_owned(), dir, started: 0 }
    }

    /// A server with flags of its own.
    pub fn server(&mut self, flags: &[&str]) -> Server {
        let data = self.next_path();
        Server::of(self.told(serve(&data, flags)), &data)
    }

    /// A server that computes nothing.
    pub fn front(&mut self) -> Server {
        self.server(&["--no-workers"])
    }

    /// A worker with flags of its own.
    pub fn worker(&mut self, flags: &[&str]) -> Process {
        self.worker_and_line(flags).0
    }

    /// As [`Self::worker`], with what it says when it is ready.
    pub fn worker_and_line(&mut self, flags: &[&str]) -> (Process, String) {
        let log = self.next_path().with_extension("log");
        let (process, line) = Process::start(self.told(worker(flags)), log);
        assert!(line.starts_with("Foliocast computes"), "{line}{}", process.log());
        (process, line)
    }

    fn told(&self, mut command: Command) -> Command {
        command.env("DATABASE_URL", &self.database_url).env("REDIS_URL", &self.redis_url);
        command
    }

    fn next_path(&mut self) -> PathBuf {
        self.started += 1;
        self.dir.path().join(format!("process-{}", self.started))
    }
}

/// A run of a moment's computing that is different for every `name`: some 10⁸ deal draws.
pub fn a_moments_run(name: &str) -> Value {
    let mut run = three_buckets(200_000, name);
    for bucket in run["buckets"].as_array_mut().unwrap() {
        bucket["deals"] = 150.into();
    }
    run
}

/// Digests of a run, as the engine makes it here.
pub fn expected(configuration: &Value) -> (Value, Value) {
    let outcome = Run::new(&config(configuration)).finish();
    (json!(outcome.digest), json!(outcome.summary_digest))
}

/// Digests of a run as a server tells it.
pub fn digests(run: &Value) -> (Value, Value) {
    (run["digest"].clone(), run["summaryDigest"].clone())
}

/// A request on a connection of its own: status and body. An error where the server is gone before it has answered.
pub async fn ask(server: &str, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let address = server.strip_prefix("http://").unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let cut = || std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "no whole answer");
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if length.is_some_and(|length| length != body.len()) {
            return Err(cut());
        }
        Ok((status, body.to_owned()))
    };
    tokio::time::timeout(PATIENCE, asking).await.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))?
}

/// Asks for a run and waits for it.
pub async fn simulate(server: &str, configuration: &Value) -> std::io::Result<(u16, Value)> {
    let (status, body) =
        ask(server, "POST", "/api/monte-carlo/simulate?wait=60000", &configuration.to_string()).await?;
    Ok((status, serde_json::from_str(&body)?))
}

/// Takes a job on: it, as it was accepted.
pub async fn accept(server: &str, configuration: &Value) -> Value {
    let asked = ask(server, "POST", "/api/monte-carlo/simulate?wait=0", &configuration.to_string()).await;
    let (status, body) = asked.unwrap();
    assert_eq!(status, 202, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits until a job is over, asking again where a server does not answer for the moment.
pub async fn over(server: &str, accepted: &Value) -> Value {
    let path = accepted["links"]["self"].as_str().unwrap();
    let begun = Instant::now();
    loop {
        if let Ok((200, body)) = ask(server, "GET", path, "").await {
            let job: Value = serde_json::from_str(&body).unwrap();
            if ["complete", "failed", "cancelled"].iter().any(|state| job["state"] == *state) {
                return job;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "the job is not over");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asserts that a job ends complete, with the engine's own result.
pub async fn assert_made(server: &str, accepted: &Value, configuration: &Value) -> Value {
    let job = over(server, accepted).await;
    assert_eq!(job["state"], "complete", "{job}");
    let (status, run) = ask(server, "GET", accepted["links"]["run"].as_str().unwrap(), "").await.unwrap();
    assert_eq!(status, 200, "{run}");
    assert_eq!(digests(&serde_json::from_str(&run).unwrap()), expected(configuration));
    job
}

/// How many computations there were, and how many attempts at them in all.
pub async fn computations(pool: &PgPool) -> (i64, i64) {
    sqlx::query_as("SELECT count(*), coalesce(sum(attempts), 0)::bigint FROM computations")
        .fetch_one(pool)
        .await
        .unwrap()
}
