//! Pages, their policy, and the files they load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foliocast::http;
use tokio_util::sync::CancellationToken;

use crate::harness::{TestServer, bind_config, worked_example};

/// The nonce that a policy names.
fn nonce(policy: &str) -> &str {
    let rest = policy.split_once("'nonce-").expect("a nonce").1;
    rest.split_once('\'').expect("its end").0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_only_scripts_with_the_nonce_of_its_own_answer() {
    let server = TestServer::start().await;
    let (first, second) = (server.get("/").await, server.get("/").await);
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert!(first.header("content-type").starts_with("text/html"));
    let policy = first.header("content-security-policy");
    for part in [
        "'strict-dynamic'",
        "'wasm-unsafe-eval'",
        "style-src 'self'",
        "worker-src 'self'",
        "img-src 'self' data: blob:",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let nonce = nonce(policy);
    assert!(nonce.len() >= 16, "{nonce}");
    assert!(!second.header("content-security-policy").contains(nonce), "a nonce is used once");
    for script in first.text().split("<script").skip(1) {
        let tag = script.split_once('>').expect("a tag").0;
        let is_data = tag.contains("application/json");
        assert!(is_data || tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}> would not run");
    }
    assert!(!first.text().contains(" style=\""), "styles in markup break the policy");
}

/// Says that a test is over, however it ends.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_are_answered_while_other_servers_start_in_the_process() {
    let server = TestServer::start().await;
    let (over, starting) = (Over(Arc::default()), server.services.clone());
    let starts = tokio::task::spawn_blocking({
        let is_over = Arc::clone(&over.0);
        move || {
            let bind = bind_config(&[]);
            while !is_over.load(Ordering::Relaxed) {
                drop(http::router(starting.clone(), &bind, Vec::new(), bind.listen, CancellationToken::new()));
            }
        }
    });
    for _ in 0..50 {
        let answer = tokio::time::timeout(Duration::from_secs(60), server.get("/")).await;
        assert_eq!(answer.expect("the page is answered").status, StatusCode::OK);
    }
    drop(over);
    starts.await.expect("servers start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_has_a_page_that_reads_without_scripts() {
    let server = TestServer::start().await;
    let run = server.run(&worked_example()).await;
    let page = server.get(run["links"]["page"].as_str().expect("a link")).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in [run["runKey"].as_str().expect("a key"), "Series A", "Seed"] {
        assert!(page.text().contains(text), "{text} is not in the page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_is_404_and_still_a_page() {
    let server = TestServer::start().await;
    for path in ["/nowhere", "/runs/", &format!("/runs/{}", "0".repeat(64))] {
        let answer = server.get(path).await;
        if path != "/runs/" {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
    server.request(Method::POST, "/runs", &[], Body::empty()).await.assert_refusal(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_not_built_is_404() {
    let server = TestServer::start().await;
    for path in
        ["/assets/none.js", "/assets/../Cargo.toml", "/assets/%2e%2e/manifest.json", "/assets/..%2fmanifest.json"]
    {
        server.get(path).await.assert_refusal(404, "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_functions_answer_under_their_own_prefix_and_nothing_else_does() {
    let server = TestServer::start().await;
    let functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(!functions.is_empty(), "the interface has server functions");
    for (path, method) in functions {
        assert!(path.starts_with("/_fn/"), "{path}");
        let answer = server.request(method, path, &[], Body::empty()).await;
        assert_ne!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for method in [Method::GET, Method::POST] {
        server.request(method, "/_fn/nothing", &[], Body::empty()).await.assert_refusal(404, "NOT_FOUND");
    }
    server.request(Method::PUT, "/_fn/nothing", &[], Body::empty()).await.assert_refusal(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_function_refuses_with_the_status_the_api_has_for_it() {
    let server = TestServer::start().await;
    let function = |name: &str| {
        let mut paths = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path);
        paths
            .find(|path| path.trim_end_matches(|digit: char| digit.is_ascii_digit()).ends_with(name))
            .expect("it is there")
            .to_owned()
    };
    let (run, runs) = (function("fetch_run"), function("fetch_runs"));
    for (address, status, code) in [
        (format!("{run}?key={}", "0".repeat(64)), StatusCode::NOT_FOUND, "NOT_FOUND"),
        (format!("{run}?key=x"), StatusCode::NOT_FOUND, "NOT_FOUND"),
        (run.clone(), StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (format!("{runs}?cursor=x"), StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
    ] {
        let answer = server.get(&address).await;
        assert_eq!(answer.status, status, "{address}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert!(problem["message"].as_str().is_some_and(|message| !message.is_empty()), "{problem}");
        assert_eq!(problem["requestId"], answer.header("x-request-id"));
    }
    let made = server.run(&worked_example()).await;
    let found = server.get(&format!("{run}?key={}", made["runKey"].as_str().expect("a key"))).await;
    assert_eq!((found.status, found.json()["runKey"].clone()), (StatusCode::OK, made["runKey"].clone()));
}
