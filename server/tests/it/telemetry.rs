//! What connects a request with what is done for it, in logs and in traces, over several real processes.

mod collector;
mod logs;
mod traces;

use serde_json::Value;

use crate::harness::bearer;
use crate::installation::PATIENCE;
use crate::program::Process;

/// An answer, and the id of the request it is to.
pub struct Told {
    pub request_id: String,
    pub status: u16,
    pub body: Value,
}

impl Told {
    /// A member of the body that is a text.
    pub fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.body))
    }
}

/// Whoever asks a server, with a key where it wants one.
pub struct Client<'a> {
    pub url: &'a str,
    pub key: Option<&'a str>,
    /// In which trace it says to be.
    pub traceparent: Option<&'a str>,
}

impl<'a> Client<'a> {
    pub fn of(url: &'a str) -> Self {
        Self { url, key: None, traceparent: None }
    }

    pub fn get(&self, path: &str) -> Told {
        self.ask("GET", path, "")
    }

    pub fn simulate(&self, wait_ms: u32, configuration: &Value) -> Told {
        self.ask("POST", &format!("/api/monte-carlo/simulate?wait={wait_ms}"), &configuration.to_string())
    }

    /// Waits until the job of an answer is over.
    pub fn end(&self, accepted: &Told) {
        let events = accepted.body["links"]["events"].as_str().expect("a job");
        assert_eq!(self.get(events).status, 200);
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Told {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = self.key {
            request = request.header("authorization", bearer(key));
        }
        if let Some(traceparent) = self.traceparent {
            request = request.header("traceparent", traceparent);
        }
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let agent: ureq::Agent = config.build().into();
        let mut answer = agent.run(request.body(body.to_owned()).expect("a request")).expect("an answer");
        let request_id = answer.headers()["x-request-id"].to_str().expect("an id").to_owned();
        let text = answer.body_mut().read_to_string().expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Told { request_id, status: answer.status().as_u16(), body }
    }
}

/// Waits until a process has logged a line that is wanted: all that it has logged.
pub fn logged(process: &Process, is_wanted: impl Fn(&str) -> bool) -> String {
    let begun = std::time::Instant::now();
    loop {
        let log = process.log();
        if log.lines().any(&is_wanted) {
            return log;
        }
        assert!(begun.elapsed() < PATIENCE, "the line does not come:\n{log}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
