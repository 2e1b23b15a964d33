//! A Redis of a test's own, which it may kill.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::installation::PATIENCE;

/// A Redis as a child process, killed at the end of the test at the latest.
pub struct OwnRedis {
    child: Option<Child>,
    pub port: u16,
    arguments: Vec<String>,
    _dir: TempDir,
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl OwnRedis {
    /// One that runs.
    pub fn start(arguments: &[&str]) -> Self {
        let mut stopped = Self::stopped(arguments);
        stopped.restart();
        stopped
    }

    /// One that does not run yet.
    pub fn stopped(arguments: &[&str]) -> Self {
        let (port, dir) = (free_port(), tempfile::tempdir().unwrap());
        let mut all = vec!["--port".to_owned(), port.to_string()];
        all.extend(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"].map(str::to_owned));
        all.push(dir.path().display().to_string());
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        Self { child: None, port, arguments: all, _dir: dir }
    }

    /// One that runs and speaks TLS alone.
    pub fn encrypted(files: &Path) -> Self {
        let mut stopped = Self::stopped(&["--tls-auth-clients", "no"]);
        for (name, file) in [("cert", "server.pem"), ("key", "server.key"), ("ca-cert", "ca.pem")] {
            stopped.arguments.extend([format!("--tls-{name}-file"), files.join(file).display().to_string()]);
        }
        stopped.arguments.extend([
            "--port".to_owned(),
            "0".to_owned(),
            "--tls-port".to_owned(),
            stopped.port.to_string(),
        ]);
        stopped.restart();
        stopped
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it, with all it has.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it, empty, on the same port, and waits until it listens.
    pub fn restart(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(&self.arguments).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().expect("redis-server is installed"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "Redis does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.kill();
    }
}
