//! Who is answered, and what keeps other sites out.

use axum::body::Body;
use axum::http::Method;

use crate::harness::{TestServer, bind_config, worked_example};

const SIMULATE: &str = "/api/monte-carlo/simulate";

#[tokio::test(flavor = "multi_thread")]
async fn only_names_of_this_machine_are_answered_by_default() {
    let server = TestServer::start().await;
    for host in
        ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "app.localhost:8080", "127.8.8.8"]
    {
        let answer = server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
        assert_eq!(answer.status.as_u16(), 200, "{host}: {}", answer.text());
    }
    for host in
        ["example.com", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0", "192.0.2.1:8080", "notlocalhost"]
    {
        let answer = server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
        answer.assert_refusal(403, "HOST_NOT_ALLOWED");
    }
    for host in ["", "a b", "x@localhost", ":8080"] {
        let answer = server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
        answer.assert_refusal(400, "BAD_REQUEST");
    }
    let twice =
        server.request(Method::GET, "/api/runs", &[("host", "localhost"), ("host", "localhost")], Body::empty()).await;
    twice.assert_refusal(400, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipv4_address_written_as_ipv6_is_answered_like_the_address_it_is() {
    for (listen, flags, hosts) in [
        ("[::ffff:127.0.0.1]:8080", [].as_slice(), ["[::ffff:127.0.0.1]:8080", "[::ffff:7f00:1]:8080", "127.0.0.1"]),
        ("127.0.0.1:8080", &[], ["[::ffff:127.0.0.1]:8080", "[::ffff:127.8.8.8]", "[::1]"]),
        (
            "[::ffff:192.0.2.1]:8080",
            &["--insecure"],
            ["[::ffff:192.0.2.1]:8080", "192.0.2.1:8080", "[::ffff:127.0.0.1]:8080"],
        ),
    ] {
        let server = TestServer::start_with(&[&["--listen", listen], flags].concat(), |_| ()).await;
        for host in hosts {
            let answer = server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
            assert_eq!(answer.status.as_u16(), 200, "{host} at {listen}: {}", answer.text());
        }
        let foreign = server.request(Method::GET, "/api/runs", &[("host", "[::ffff:192.0.2.9]")], Body::empty()).await;
        foreign.assert_refusal(403, "HOST_NOT_ALLOWED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn allowed_hosts_are_answered_but_are_not_this_machine() {
    let server = TestServer::start_with(&["--allowed-hosts", "folio.example,other.example:9000"], |_| ()).await;
    let with_host = async |host: &str| server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
    with_host("folio.example").await.assert_refusal(401, "UNAUTHORIZED");
    with_host("Folio.Example:1234").await.assert_refusal(401, "UNAUTHORIZED");
    with_host("other.example:9000").await.assert_refusal(401, "UNAUTHORIZED");
    with_host("other.example:9001").await.assert_refusal(403, "HOST_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insecure_server_on_all_addresses_answers_to_figures_and_allowed_names_only() {
    let flags = ["--listen", "0.0.0.0:8080", "--insecure", "--allowed-hosts", "folio.example"];
    let server = TestServer::start_with(&flags, |_| ()).await;
    for (host, status) in
        [("192.0.2.1:8080", 200), ("folio.example", 200), ("localhost", 200), ("rebound.example", 403)]
    {
        let answer = server.request(Method::GET, "/api/runs", &[("host", host)], Body::empty()).await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_speaks_for_others_is_nobody_we_know() {
    let server = TestServer::start().await;
    for header in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
        let answer = server.request(Method::GET, "/api/runs", &[(header, "for=192.0.2.1")], Body::empty()).await;
        answer.assert_refusal(401, "UNAUTHORIZED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let answer = server.request(Method::GET, "/api/runs", &[("authorization", "Bearer x")], Body::empty()).await;
    answer.assert_refusal(401, "UNAUTHORIZED");
    let health = server.request(Method::GET, "/healthz", &[("x-forwarded-for", "192.0.2.1")], Body::empty()).await;
    assert_eq!(health.status.as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_may_change_nothing() {
    let server = TestServer::start().await;
    let json = ("content-type", "application/json");
    let body = worked_example().to_string();
    for (header, value) in [
        ("origin", "http://example.com"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:9999"),
        ("origin", "http://localhost:8080"),
        ("origin", "http://127.0.0.1:8080.example.com"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (method, path) in [
            (Method::POST, SIMULATE),
            (Method::PUT, "/api/funds/x"),
            (Method::DELETE, "/api/jobs/x"),
            (Method::POST, "/_fn/x"),
        ] {
            let answer = server.request(method, path, &[json, (header, value)], body.clone()).await;
            answer.assert_refusal(403, "FOREIGN_ORIGIN");
        }
        let read = server.request(Method::GET, "/api/runs", &[(header, value)], Body::empty()).await;
        assert_eq!(read.status.as_u16(), 200, "reading changes nothing");
    }
    for headers in [
        vec![json],
        vec![json, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")],
        vec![json, ("sec-fetch-site", "none")],
    ] {
        let answer = server.request(Method::POST, SIMULATE, &headers, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 200, "{headers:?}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_hardened_and_has_its_own_id() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for path in ["/api/runs", "/api/nothing", "/healthz", "/", "/assets/none.js", "/api/docs/", "/nowhere"] {
        let answer = server.request(Method::GET, path, &[("x-request-id", "mine")], Body::empty()).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        let id = answer.header("x-request-id").to_owned();
        assert_ne!(id, "mine", "a client cannot choose the id");
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
    assert_eq!(
        server.get("/api/runs").await.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
}

#[test]
fn a_server_without_keys_starts_on_loopback_only_unless_told_otherwise() {
    for listen in ["127.0.0.1:0", "[::1]:0", "127.9.9.9:1", "[::ffff:127.0.0.1]:1"] {
        assert!(!bind_config(&["--listen", listen]).needs_key(), "{listen}");
    }
    for listen in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "[::ffff:192.0.2.1]:1"] {
        let bind = bind_config(&["--listen", listen]);
        assert!(bind.needs_key(), "{listen}");
        let refusal = bind.refusal(Some(std::path::Path::new("/srv/data")));
        assert!(refusal.contains("--insecure") && refusal.contains("127.0.0.1"), "{refusal}");
        assert!(
            refusal.contains("foliocast keys create --name admin --role operator --data-dir /srv/data"),
            "{refusal}"
        );
        assert!(!bind_config(&["--listen", listen, "--insecure"]).needs_key(), "{listen}");
    }
}
