//! A whole server in this process, in a directory of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use clap::Parser;
use foliocast::auth::Secret;
use foliocast::clock::{Clock, SystemClock};
use foliocast::config::{BindConfig, ServerConfig};
use foliocast::http::{self, ConnectionLimits};
use foliocast::service::{Bootstrapped, ServiceSettings, Services};
use foliocast_core::scenario::{Config, Limits};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::gated_store::{Interruption, Moment, open_gated};

/// The settings as the command line gives them.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: ServerConfig,
}

/// The settings that `flags` give.
pub fn server_config(flags: &[&str]) -> ServerConfig {
    Flags::parse_from(["serve"].iter().chain(flags)).config
}

/// Where the server listens as `flags` say.
pub fn bind_config(flags: &[&str]) -> BindConfig {
    server_config(flags).bind
}

pub struct TestServer {
    pub router: Router,
    pub services: Services,
    pub shutdown: CancellationToken,
    _dir: TempDir,
}

/// The first key of a server with keys.
pub const BOOTSTRAP_KEY: &str = "the-operator-of-these-tests-0123456789";

/// The value of the header that shows a key.
pub fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

/// The address of a server function, `name?query`: its path ends in a hash of its place.
pub fn server_function(call: &str) -> String {
    let (name, query) = call.split_once('?').unwrap_or((call, ""));
    let is_named = |path: &str| {
        path.strip_prefix("/_fn/")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let path = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).find(|path| is_named(path));
    format!("{}?{query}", path.expect("there is such a function"))
}

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the answer is UTF-8")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("a header in ASCII")
    }

    /// Asserts that this is a refusal in the API's shape.
    pub fn assert_refusal(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/json");
        let error = self.json()["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        assert_eq!(error["requestId"], self.header("x-request-id"));
        error
    }
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[], |_| ()).await
    }

    pub async fn start_with(flags: &[&str], change: impl FnOnce(&mut ServiceSettings)) -> Self {
        Self::start_at(Arc::new(SystemClock), flags, change).await
    }

    /// With a clock of its own.
    async fn start_at(clock: Arc<dyn Clock>, flags: &[&str], change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let mut settings = ServiceSettings::in_dir(dir.path());
        change(&mut settings);
        let services = Services::open(&settings, clock).await.expect("the services open");
        Self::over(services, flags, dir)
    }

    /// Over a store that a test can come between.
    pub async fn gated(at: impl Fn(Moment) -> Interruption + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let services = open_gated(&ServiceSettings::in_dir(dir.path()), Arc::new(SystemClock), at).await;
        Self::over(services, &[], dir)
    }

    fn over(services: Services, flags: &[&str], dir: TempDir) -> Self {
        let config = server_config(flags);
        let (bind, proxies) = (&config.bind, config.access.proxy_rules());
        let shutdown = CancellationToken::new();
        let router = http::router(services.clone(), bind, proxies, bind.listen, shutdown.clone());
        Self { router, services, shutdown, _dir: dir }
    }

    /// With an operator's key, told to the server at its start.
    pub async fn with_key() -> Self {
        Self::with_key_and(&[], |_| ()).await
    }

    /// As [`Self::with_key`], with flags and settings of its own.
    pub async fn with_key_and(flags: &[&str], change: impl FnOnce(&mut ServiceSettings)) -> Self {
        Self::with_key_at(Arc::new(SystemClock), flags, change).await
    }

    /// As [`Self::with_key_and`], with a clock of its own.
    pub async fn with_key_at(clock: Arc<dyn Clock>, flags: &[&str], change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let server = Self::start_at(clock, flags, change).await;
        let key = Secret::given(BOOTSTRAP_KEY).expect("a key");
        assert_eq!(server.services.bootstrap(&key).await.expect("the store answers"), Bootstrapped::Made);
        // The server looked before, and would look again only in a second.
        assert!(server.services.has_keys().await.expect("the store answers"));
        server
    }

    /// Makes a key; answers its text.
    pub async fn make_key(&self, name: &str, tenant: &str, role: &str) -> String {
        let body = json!({"name": name, "tenant": tenant, "role": role}).to_string();
        let headers = [("content-type", "application/json"), ("authorization", &bearer(BOOTSTRAP_KEY))];
        let answer = self.request(Method::POST, "/api/keys", &headers, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["secret"].as_str().expect("a key").to_owned()
    }

    /// Asks with a key, a body being JSON.
    pub async fn ask(&self, key: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let headers = [("content-type", "application/json"), ("authorization", &bearer(key))];
        self.request(method, path, &headers, body).await
    }

    /// Sends a request as it is; a `Host` must be among its headers.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router cannot fail");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives whole");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("host", "127.0.0.1:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn post_json(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.request(Method::POST, path, &[("content-type", "application/json")], body).await
    }

    pub async fn simulate(&self, configuration: &Value) -> Answer {
        self.post_json("/api/monte-carlo/simulate", configuration.to_string()).await
    }

    /// A run that must succeed.
    pub async fn run(&self, configuration: &Value) -> Value {
        let answer = self.simulate(configuration).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    /// Waits for a job to end, by its events, and answers it.
    pub async fn ended_job(&self, path: &str) -> Value {
        let events = format!("{path}/events");
        let answer = tokio::time::timeout(Duration::from_secs(60), self.get(&events)).await;
        let answer = answer.expect("the events of a job end");
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        self.get(path).await.json()
    }

    /// Serves on a real socket until the test ends.
    pub async fn listen(&self) -> SocketAddr {
        self.listen_with(ConnectionLimits::default()).await
    }

    /// As [`Self::listen`], with limits of its own.
    pub async fn listen_with(&self, limits: ConnectionLimits) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(http::serve(listener, self.router.clone(), limits, self.shutdown.clone()));
        address
    }
}

/// The worked example of docs/MODEL.md section 8.
pub fn worked_example() -> Value {
    json!({
        "fundId": "fund-1", "numScenarios": 3, "seed": "2026",
        "buckets": [
            {"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2},
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25},
        ],
        "recycling": {"enabled": true, "mode": "same-bucket", "reinvestmentRate": 0.1, "avgHoldingPeriod": 4, "fundLifetime": 10},
    })
}

/// Three buckets with awkward names.
pub fn three_buckets(num_scenarios: u32, seed: &str) -> Value {
    json!({
        "fundId": "formats", "numScenarios": num_scenarios, "seed": seed,
        "buckets": [
            {"name": "=SUM(A1)", "capitalAllocation": 50, "moicCalibration": {"median": 1.5, "p90": 3.5}},
            {"name": "Früh, \"spät\"", "capitalAllocation": 30, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25},
            {"name": "plain", "capitalAllocation": 20, "moicCalibration": {"median": 2, "p90": 2}},
        ],
    })
}

/// A configuration as the engine has it.
pub fn config(value: &Value) -> Config {
    Config::from_json(&value.to_string(), &Limits::default()).expect("a valid configuration")
}

/// All rows of a configuration's matrix, made by the engine.
pub fn rows_of(config: &Config) -> Vec<f32> {
    use foliocast_core::scenario::{Generator, Scratch, block_rows, num_blocks};
    let generator = Generator::new(config);
    let mut scratch = Scratch::default();
    let mut rows = Vec::new();
    for block in 0..num_blocks(config.num_scenarios()) {
        let mut made = vec![0.0; block_rows(config.num_scenarios(), block) * generator.num_columns()];
        generator.block(block, &mut scratch, &mut made);
        rows.extend(made);
    }
    rows
}

/// Replaces what differs from one run of a test to the next, wherever it stands.
pub fn redact(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let volatile = [
                        "latencyMs",
                        "ageSeconds",
                        "durationMs",
                        "matrixMs",
                        "totalMs",
                        "drawsPerSecond",
                        "threads",
                        "createdAt",
                        "askedAt",
                        "updatedAt",
                        "requestId",
                        "jobId",
                    ];
                    if volatile.contains(&name.as_str()) && !member.is_null() {
                        *member = Value::from(format!("[{name}]"));
                    } else {
                        walk(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::String(text) => {
                if let Some(rest) = text.strip_prefix("/api/jobs/") {
                    *text = format!("/api/jobs/[jobId]{}", &rest[36..]);
                }
            }
            _ => (),
        }
    }
    walk(&mut value);
    value
}
