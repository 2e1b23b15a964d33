//! Requests with a key, to real servers, and keys made beside them.

use std::process::Command;

use serde_json::Value;

use crate::installation::PATIENCE;
use crate::program::{assert_code, foliocast, stdout};

/// Makes a key of the installation that `place` tells the command of; its text.
pub fn make_key(place: impl FnOnce(&mut Command), name: &str, tenant: &str, role: &str) -> String {
    let mut command = foliocast(&["keys", "create", "--name", name, "--tenant", tenant, "--role", role]);
    place(&mut command);
    let made = command.output().expect("the program runs");
    assert_code(&made, 0);
    stdout(&made).trim_end().to_owned()
}

/// Somebody with a key, at a server.
#[derive(Clone, Copy)]
pub struct Keyed<'a> {
    pub url: &'a str,
    pub key: &'a str,
}

impl Keyed<'_> {
    fn agent() -> ureq::Agent {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        config.build().into()
    }

    /// Status and bytes of an answer.
    pub fn read(self, path: &str) -> (u16, Vec<u8>) {
        let question = Self::agent().get(format!("{}{path}", self.url));
        let mut answer = question.header("authorization", format!("Bearer {}", self.key)).call().expect("an answer");
        let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().expect("the body");
        (answer.status().as_u16(), bytes)
    }

    /// JSON of an answer that must be 200.
    pub fn get(self, path: &str) -> Value {
        let (status, bytes) = self.read(path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Status and JSON of what a body is answered with.
    pub fn send(self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let question = if method == "PUT" { Self::agent().put(url) } else { Self::agent().post(url) };
        let question = question.header("authorization", format!("Bearer {}", self.key));
        let question = question.header("content-type", "application/json");
        let mut answer = question.send(body.to_string()).expect("an answer");
        let bytes = answer.body_mut().read_to_vec().expect("the body");
        (answer.status().as_u16(), serde_json::from_slice(&bytes).expect("JSON"))
    }

    /// A run that must be there in time.
    pub fn simulate(self, configuration: &Value) -> Value {
        let (status, run) = self.send("POST", "/api/monte-carlo/simulate?wait=60000", configuration);
        assert_eq!(status, 200, "{run}");
        run
    }
}
