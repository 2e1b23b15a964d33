//! A PostgreSQL of a test's own, to be killed.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

use crate::installation::PATIENCE;
use crate::service_urls::postgres_bin;

/// A cluster on a free port, gone with this value.
pub struct PrivatePostgres {
    dir: TempDir,
    /// The address of its database.
    pub url: String,
}

impl PrivatePostgres {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postgres = Self { url: format!("postgres://foliocast@127.0.0.1:{port}/postgres"), dir };
        own(postgres.dir.path());
        postgres.run("initdb", &["--username", "foliocast", "--auth", "trust", "--no-sync", "--no-instructions"]);
        let settings =
            format!("port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = on\n");
        let file = postgres.data().join("postgresql.conf");
        let before = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, before + &settings).unwrap();
        postgres.begin().await;
        postgres
    }

    /// Starts it again.
    pub async fn begin(&self) {
        let log = self.dir.path().join("log");
        self.run("pg_ctl", &["--no-wait", "--log", log.to_str().unwrap(), "start"]);
        let begun = Instant::now();
        while PgConnection::connect(&self.url).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGKILL to its first process and all others, as a power failure would be.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let children = Command::new("pgrep").args(["-P", pid]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        // The first one first: it would start the others again.
        for pid in std::iter::once(pid).chain(children.split_whitespace()) {
            let _ = Command::new("kill").args(["-9", pid]).stderr(Stdio::null()).status();
        }
    }

    fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = Path::new(&postgres_bin()).join(program);
        let mut command = as_postgres(&program);
        command.arg("--pgdata").arg(self.data()).args(arguments);
        let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.kill();
        }
    }
}

/// Who owns what this process makes.
fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn own(dir: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(dir).status().unwrap();
        assert!(owned.success());
    }
}
