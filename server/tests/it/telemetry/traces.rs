//! Spans of real processes, as a collector gets them.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use tokio::net::TcpListener;

use super::collector::Collector;
use super::{Client, logged};
use crate::fleet::{Fleet, a_moments_run};
use crate::harness::{BOOTSTRAP_KEY, three_buckets};
use crate::program::{Server, assert_code, foliocast, serve, stderr};
use crate::test_database::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_its_lookups_and_the_attempt_of_another_process_are_one_trace() {
    let (database, collector) = (TestDatabase::new().await, Collector::start().await);
    let mut fleet = Fleet::on(&database.url, "");
    let otlp = ["--otlp-endpoint", collector.url.as_str()];
    let front = fleet.server(&[&["--no-workers", "--bootstrap-key", BOOTSTRAP_KEY], &otlp[..]].concat());
    let client = Client { key: Some(BOOTSTRAP_KEY), ..Client::of(&front.url) };
    let configuration = a_moments_run("a seed that nobody is told");
    let accepted = client.simulate(0, &configuration);
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let worker = fleet.worker(&otlp);
    client.end(&accepted);

    let of_request = |id: String| {
        move |told: &super::collector::Told| {
            told.attribute("request_id").as_ref() == Some(&id) && told.span.kind() == SpanKind::Server
        }
    };
    // In the background, while both go on.
    let request = collector.wait_for("the request", of_request(accepted.request_id.clone())).await;
    assert_eq!(request.span.name, "POST /api/monte-carlo/simulate");
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/monte-carlo/simulate"),
        ("http.response.status_code", "202"),
        ("tenant", "default"),
        ("key_name", "bootstrap"),
        ("outcome", "made"),
        ("job_id", accepted.text("jobId")),
        ("run_key", accepted.text("runKey")),
        ("matrix_key", accepted.text("matrixKey")),
    ] {
        assert_eq!(request.attribute(name).as_deref(), Some(value), "{name}");
    }
    assert!(request.span.parent_span_id.is_empty(), "nobody who may said where it belongs");
    assert_eq!(request.process("service.name").as_deref(), Some("foliocast"));
    assert_eq!(request.process("process.pid"), Some(front.id().to_string()));

    let attempt = collector.wait_for("the attempt", |told| told.span.name == "attempt").await;
    assert!(attempt.is_part_of(&request), "{attempt:?}");
    assert_ne!(attempt.process("process.pid"), request.process("process.pid"));
    for (name, value) in [
        ("request_id", accepted.request_id.as_str()),
        ("job_id", accepted.text("jobId")),
        ("attempt", "1"),
        ("state", "complete"),
        ("tier", "computed"),
    ] {
        assert_eq!(attempt.attribute(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(attempt.attribute("computation_id"), request.attribute("computation_id"));

    let found = client.get(&format!("/api/runs/{}", accepted.text("runKey")));
    let again = client.get(&format!("/api/runs/{}", accepted.text("runKey")));
    // What is left is told at the end.
    assert_eq!((worker.stop("-TERM"), front.stop("-TERM")), (Some(0), Some(0)));
    let spans = collector.spans();
    let parts = |whole: &super::collector::Told| -> Vec<(String, Option<String>)> {
        let parts = spans.iter().filter(|told| told.is_part_of(whole));
        parts.map(|told| (told.span.name.clone(), told.attribute("outcome"))).collect()
    };
    let looked = |tier: &str, outcome: &str| (format!("look in {tier}"), Some(outcome.to_owned()));
    assert!(parts(&request).contains(&looked("memory", "miss")), "{:?}", parts(&request));
    assert!(parts(&request).contains(&looked("durable", "miss")), "{:?}", parts(&request));
    for phase in ["claimed", "looking for its matrix", "making scenarios", "storing"] {
        assert!(parts(&attempt).contains(&(phase.to_owned(), None)), "no {phase} in {:?}", parts(&attempt));
    }
    assert!(parts(&attempt).contains(&looked("durable", "miss")), "{:?}", parts(&attempt));
    let hit = collector.wait_for("the hit", of_request(found.request_id)).await;
    assert_eq!(parts(&hit), [looked("memory", "miss"), looked("durable", "hit")]);
    assert_eq!(hit.attribute("tier").as_deref(), Some("durable"));
    let hit = collector.wait_for("the last request", of_request(again.request_id)).await;
    assert_eq!(parts(&hit), [looked("memory", "hit")]);
    assert_ne!(hit.span.trace_id, request.span.trace_id);

    for secret in [BOOTSTRAP_KEY, "a seed that nobody is told", configuration["buckets"][0]["name"].as_str().unwrap()] {
        assert!(!collector.has_heard(secret), "{secret} was told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_which_trace_a_request_is_is_a_trusted_proxys_word_alone() {
    let collector = Collector::start().await;
    let dir = tempfile::tempdir().unwrap();
    let told = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (trusted, traceparent, is_followed) in [
        ("127.0.0.1", told, true),
        ("192.0.2.1", told, false),
        ("", told, false),
        ("127.0.0.1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false),
        ("127.0.0.1", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
        ("127.0.0.1", "nonsense", false),
    ] {
        let data = dir.path().join("data");
        let flags = ["--otlp-endpoint", &collector.url, "--trusted-proxies", trusted];
        let mut command = serve(&data, &flags);
        command.env("OTEL_SERVICE_NAME", "my own").env("OTEL_EXPORTER_OTLP_HEADERS", "x-team=quants");
        let server = Server::of(command, &data);
        let client = Client { traceparent: Some(traceparent), ..Client::of(&server.url) };
        let asked = client.get("/api/runs");
        assert_eq!(asked.status, 200, "{}", asked.body);
        assert_eq!(client.get("/healthz").status, 200);
        assert_eq!(server.stop("-TERM"), Some(0));
        let is_it = |told: &super::collector::Told| told.attribute("request_id").as_ref() == Some(&asked.request_id);
        let request = collector.wait_for("the request", is_it).await;
        let trace_id: String = request.span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(trace_id == "0af7651916cd43dd8448eb211c80319c", is_followed, "{trusted:?}, {traceparent}");
        assert_eq!(request.span.parent_span_id.is_empty(), !is_followed);
        assert_eq!(request.process("service.name").as_deref(), Some("my own"));
    }
    assert!(collector.always_had("x-team", "quants"));
    assert!(collector.always_had("content-type", "application/x-protobuf"));
    assert!(collector.spans().iter().all(|told| !told.span.name.contains("healthz")), "probes are no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_said_once_and_holds_nothing_up() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut command = serve(&data, &["--otlp-endpoint", &format!("http://{address}")]);
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let server = Server::of(command, &data);
    let client = Client::of(&server.url);
    assert_eq!(client.simulate(60_000, &three_buckets(2_000, "away")).status, 200);
    const AWAY: &str = "the collector of spans does not take them";
    logged(server.process(), |line| line.contains(AWAY));
    for _ in 0..20 {
        assert_eq!(client.get("/api/runs").status, 200);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let collector = Collector::at(address).await;
    let back = |line: &str| line.contains("the collector of spans takes them again");
    let begun = Instant::now();
    while !server.log().lines().any(back) {
        assert_eq!(client.get("/api/runs").status, 200);
        assert!(begun.elapsed() < crate::installation::PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let log = server.log();
    assert_eq!(log.lines().filter(|line| line.contains(AWAY)).count(), 1, "{log}");
    drop(collector);
    assert_eq!(server.stop("-TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_holds_up_neither_requests_nor_the_end() {
    // It takes connections, and never answers.
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut command = serve(&data, &["--otlp-endpoint", &format!("http://{}", hanging.local_addr().unwrap())]);
    // More comes than there is room for while it hangs.
    command.env("OTEL_BSP_SCHEDULE_DELAY", "50").env("OTEL_BSP_MAX_QUEUE_SIZE", "8");
    let server = Server::of(command, &data);
    let client = Client::of(&server.url);
    assert_eq!(client.simulate(60_000, &three_buckets(2_000, "hanging")).status, 200);
    let (_connection, _) = hanging.accept().await.unwrap();
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(client.get("/api/runs").status, 200);
    }
    // Each would wait ten seconds for it.
    assert!(begun.elapsed() < Duration::from_secs(60), "a hundred answers took {:?}", begun.elapsed());
    let (begun, log) = (Instant::now(), server.log_path());
    assert_eq!(server.stop("-TERM"), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(30), "the end took {:?}", begun.elapsed());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("the last spans were not delivered"), "{log}");
}

#[test]
fn an_address_of_a_collector_that_is_none_is_refused_without_being_shown() {
    for address in [
        "collector:4318",
        "grpc://collector:4317",
        "http://user:secret@collector:4318",
        "http://collector:4318/?token=secret",
        "http:///secret",
        "http://a b/secret",
    ] {
        for command in ["serve", "worker"] {
            let mut command = foliocast(&[command, "--listen", "127.0.0.1:0"]);
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", address);
            command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
            let refused = command.output().expect("it runs");
            assert_code(&refused, 2);
            let said = stderr(&refused);
            assert!(
                said.contains("OTEL_EXPORTER_OTLP_ENDPOINT") && said.contains("OTEL_EXPORTER_OTLP_HEADERS"),
                "{said}"
            );
            assert!(!said.contains("secret"), "{said}");
        }
    }
    let printed = foliocast(&["worker", "--print-config", "--otlp-endpoint", "http://user:secret@collector"]).output();
    assert!(String::from_utf8(printed.expect("it runs").stdout).unwrap().contains("OTEL_EXPORTER_OTLP_ENDPOINT=***\n"));
}
