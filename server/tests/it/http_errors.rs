//! Every refusal has the one shape, and says what was seen, what is allowed, and where.

use std::io::{Read as _, Write as _};

use axum::body::Body;
use axum::http::Method;
use foliocast_core::scenario::default_fund;
use serde_json::{Value, json};

use crate::harness::{TestServer, redact, worked_example};

const SIMULATE: &str = "/api/monte-carlo/simulate";

/// The worked example with one change.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut configuration = worked_example();
    change(&mut configuration);
    configuration.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_configurations_are_refused_with_the_paths_of_all_faults() {
    let server = TestServer::start().await;
    let buckets = |count: usize| {
        let bucket =
            |n| json!({"name": format!("b{n}"), "capitalAllocation": 1, "moicCalibration": {"median": 1, "p90": 2}});
        (0..count).map(bucket).collect::<Value>()
    };
    let table: &[(&str, String, &[&str])] = &[
        (
            "no fund",
            changed(|c| {
                c.as_object_mut().expect("an object").remove("fundId");
            }),
            &["fundId"],
        ),
        ("null", changed(|c| c["numScenarios"] = Value::Null), &["numScenarios"]),
        ("a number as text", changed(|c| c["numScenarios"] = json!("3")), &["numScenarios"]),
        ("NaN as text", changed(|c| c["buckets"][0]["deals"] = json!("NaN")), &["buckets[0].deals"]),
        ("out of range", changed(|c| c["numScenarios"] = json!(0)), &["numScenarios"]),
        ("unknown member", changed(|c| c["extra"] = json!(1)), &["extra"]),
        ("sum of allocations", changed(|c| c["buckets"][0]["capitalAllocation"] = json!(61)), &["buckets"]),
        ("duplicate names", changed(|c| c["buckets"][0]["name"] = json!(" Seed ")), &["buckets[1].name"]),
        ("51 buckets", changed(|c| c["buckets"] = buckets(51)), &["buckets"]),
        ("no buckets", changed(|c| c["buckets"] = json!([])), &["buckets"]),
        (
            "two faults at once",
            changed(|c| {
                c["seed"] = json!("");
                c["buckets"][1]["moicCalibration"]["p90"] = json!(0.5);
            }),
            &["seed", "buckets[1].moicCalibration.p90"],
        ),
        ("duplicate member", worked_example().to_string().replacen('{', "{\"seed\": \"1\",", 1), &["seed"]),
        ("broken JSON", "{\"fundId\": ".to_owned(), &[""]),
        ("trailing text", format!("{} x", worked_example()), &[""]),
        ("a lone surrogate", worked_example().to_string().replace("fund-1", "\\ud800"), &[""]),
        ("100,000 deep", "[".repeat(100_000), &[""]),
        ("100,000 objects deep", "{\"a\":".repeat(100_000), &[""]),
        ("nothing", String::new(), &[""]),
        ("no object", "[]".to_owned(), &[""]),
    ];
    for (what, body, paths) in table {
        let error = server.post_json(SIMULATE, body.clone()).await.assert_refusal(400, "VALIDATION_ERROR");
        let found: Vec<&str> = error["details"]
            .as_array()
            .expect("details")
            .iter()
            .map(|fault| fault["path"].as_str().expect("a path"))
            .collect();
        for path in *paths {
            assert!(found.contains(path), "{what}: {path} is not among {found:?}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_how_often_the_refusal_is_short_and_says_how_much_it_leaves_out() {
    let server = TestServer::start().await;
    let put = async |path: &str, body: String| {
        server.request(Method::PUT, path, &[("content-type", "application/json")], body).await
    };
    let members = |count: usize, name: &dyn Fn(usize) -> String| {
        let members: Vec<String> = (0..count).map(|n| format!("\"{}\":1", name(n))).collect();
        format!("{{{}}}", members.join(","))
    };
    let distinct = |count| members(count, &|n| format!("{n:x}"));
    let repeated = |count| members(count, &|_| "a".to_owned());
    for (what, body, words) in [
        ("as many members as fit", distinct(190_000), "more than 20000 members"),
        ("as many repetitions as fit", repeated(340_000), "more than 20000 members"),
        ("many members", distinct(15_000), "and 149"),
        ("many repetitions", repeated(15_000), "and 14"),
        ("a long name", members(1, &|_| "a".repeat(2_000_000)), "…"),
    ] {
        assert!(body.len() <= 2 << 20, "{what}: {}", body.len());
        for answer in [server.post_json(SIMULATE, body.clone()).await, put("/api/funds/x", body.clone()).await] {
            answer.assert_refusal(400, "VALIDATION_ERROR");
            assert!(answer.text().contains(words), "{what}: {}", answer.text());
            assert!(answer.body.len() < 50_000, "{what}: {} bytes", answer.body.len());
        }
    }
    let query = (0..5_000).map(|n| format!("{n:x}")).collect::<Vec<_>>().join("&");
    let answer = server.get(&format!("/api/runs?{query}")).await;
    answer.assert_refusal(400, "VALIDATION_ERROR");
    assert!(answer.text().contains("and 4900 more") && answer.body.len() < 50_000, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reads_like_this() {
    let server = TestServer::start().await;
    let body = changed(|c| {
        c["colour"] = json!("red");
        c["buckets"][1]["moicCalibration"]["p90"] = json!(0.5);
    });
    insta::assert_json_snapshot!(redact(server.post_json(SIMULATE, body).await.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_form_has_its_own_paths_and_does_not_mix() {
    let server = TestServer::start().await;
    let path_of = async |body: Value| {
        let error = server.post_json(SIMULATE, body.to_string()).await.assert_refusal(400, "VALIDATION_ERROR");
        error["details"][0]["path"].as_str().expect("a path").to_owned()
    };
    assert_eq!(path_of(json!({"fundId": "x", "runs": 0})).await, "runs");
    assert_eq!(path_of(json!({"fundId": "x", "timeHorizonYears": 31})).await, "timeHorizonYears");
    assert_eq!(path_of(json!({"fundId": "x", "horizon": 3})).await, "horizon");
    assert_eq!(path_of(json!({})).await, "fundId");
    let mut mixed = worked_example();
    mixed["runs"] = json!(5);
    assert_eq!(path_of(mixed).await, "runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_the_limits_is_well_formed_but_impossible() {
    let server = TestServer::start().await;
    let body = changed(|c| {
        c["numScenarios"] = json!(100_000_000);
        c["buckets"][0]["deals"] = json!(1_000);
    });
    let error = server.post_json(SIMULATE, body).await.assert_refusal(422, "TOO_LARGE");
    assert!(error["details"][0]["message"].as_str().expect("a message").contains("5000000000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_json_is_taken() {
    let server = TestServer::start().await;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "multipart/form-data"]
    {
        let headers: &[(&str, &str)] = &[("content-type", content_type)];
        let answer = server.request(Method::POST, SIMULATE, headers, worked_example().to_string()).await;
        answer.assert_refusal(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    server.request(Method::POST, SIMULATE, &[], "{}").await.assert_refusal(415, "UNSUPPORTED_MEDIA_TYPE");
    let headers: &[(&str, &str)] = &[("content-type", "Application/JSON; charset=utf-8")];
    let answer = server.request(Method::POST, SIMULATE, headers, worked_example().to_string()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let bytes = vec![b'"', 0xFF, b'"'];
    let error = server.post_json(SIMULATE, bytes).await.assert_refusal(400, "VALIDATION_ERROR");
    assert!(error["message"].as_str().expect("a message").contains("UTF-8"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_limit_is_two_mebibytes_exactly() {
    let server = TestServer::start().await;
    let padded = |length: usize| {
        let body = worked_example().to_string();
        let padding = " ".repeat(length - body.len());
        body + &padding
    };
    assert_eq!(server.post_json(SIMULATE, padded(2 << 20)).await.status.as_u16(), 200);
    server.post_json(SIMULATE, padded((2 << 20) + 1)).await.assert_refusal(413, "BODY_TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_ten_megabytes_gets_a_readable_refusal_over_a_socket() {
    let server = TestServer::start().await;
    let address = server.listen().await;
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        let body = vec![b' '; 10_000_000];
        write!(
            stream,
            "POST {SIMULATE} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        )
        .expect("the head is taken");
        stream.write_all(&body).expect("the body is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = answer.await.expect("the client ends");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("10000000 bytes"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_routes_methods_and_parameters_are_refused_in_shape() {
    let server = TestServer::start().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/runs/a/b", "/api/monte-carlo"] {
        server.get(path).await.assert_refusal(404, "NOT_FOUND");
    }
    let answer = server.get(SIMULATE).await;
    answer.assert_refusal(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "POST");
    let answer = server.request(Method::POST, "/api/funds/x", &[], Body::empty()).await;
    answer.assert_refusal(405, "METHOD_NOT_ALLOWED");
    let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PUT"]);

    let error = server.get("/api/runs?limit=0&cursor=a&cursor=b&page=2").await.assert_refusal(400, "VALIDATION_ERROR");
    let paths: Vec<&Value> = error["details"].as_array().expect("details").iter().map(|fault| &fault["path"]).collect();
    assert_eq!(paths, ["limit", "cursor", "page"]);
    let answer = server.post_json("/api/monte-carlo/simulate?wait=60001", worked_example().to_string()).await;
    answer.assert_refusal(400, "VALIDATION_ERROR");
    let key = "0".repeat(64);
    for (method, path) in [
        (Method::GET, format!("/api/runs/{key}")),
        (Method::GET, format!("/api/matrices/{key}")),
        (Method::GET, "/api/jobs/x".to_owned()),
        (Method::GET, "/api/jobs/x/events".to_owned()),
        (Method::DELETE, "/api/jobs/x".to_owned()),
        (Method::GET, "/api/funds/x".to_owned()),
        (Method::PUT, "/api/funds/x".to_owned()),
        (Method::DELETE, "/api/funds/x".to_owned()),
    ] {
        let answer = server.request(method.clone(), &format!("{path}?verbose=1"), &[], Body::empty()).await;
        let error = answer.assert_refusal(400, "VALIDATION_ERROR");
        assert_eq!(error["details"][0]["path"], "verbose", "{method} {path}");
    }
    server.get("/api/runs?cursor=zzz").await.assert_refusal(400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_none_are_bad_requests_and_unknown_keys_are_not_found() {
    let server = TestServer::start().await;
    server.get(&format!("/api/runs/{}", "0".repeat(64))).await.assert_refusal(404, "NOT_FOUND");
    for key in ["abc".to_owned(), "G".repeat(64), "A".repeat(64), "%00".to_owned()] {
        let error = server.get(&format!("/api/runs/{key}")).await.assert_refusal(400, "VALIDATION_ERROR");
        assert_eq!(error["details"][0]["path"], "runKey");
    }
    server.get("/api/runs/%FF").await.assert_refusal(400, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_not_kept_say_so() {
    let server = TestServer::start_with(&[], |settings| settings.compute_threads = 2).await;
    let body = json!({
        "fundId": "big", "numScenarios": 10_000_001,
        "buckets": [{"name": "All", "capitalAllocation": 100, "moicCalibration": {"median": 2, "p90": 2}}],
    });
    let answer = server.post_json("/api/monte-carlo/simulate?wait=60000", body.to_string()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let run = answer.json();
    let matrix = run["links"]["matrix"].as_str().expect("a link");
    server.get(&format!("{matrix}/data?format=csv")).await.assert_refusal(409, "ROWS_NOT_KEPT");
    let head = server.request(Method::HEAD, &format!("{matrix}/data"), &[], Body::empty()).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (409, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_come_back() {
    let server = TestServer::start_with(&[], |settings| settings.max_waiting = 0).await;
    let answer = server.post_json(SIMULATE, worked_example().to_string()).await;
    answer.assert_refusal(503, "UNAVAILABLE");
    assert!(answer.header("retry-after").parse::<u64>().expect("seconds") >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_stopped_says_when_to_come_back() {
    let server = TestServer::start().await;
    server.services.shutdown().await;
    let answer = server.post_json(SIMULATE, worked_example().to_string()).await;
    answer.assert_refusal(503, "UNAVAILABLE");
    assert!(answer.header("retry-after").parse::<u64>().expect("seconds") >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_a_configuration_refuses_what_it_is_not() {
    let server = TestServer::start().await;
    let whole: Value = serde_json::from_str(&default_fund("x").to_canonical_json()).expect("JSON");
    let members = ["fundId", "taxonomyVersion", "numScenarios", "seed", "buckets", "correlationWeights", "recycling"];
    assert_eq!(whole.as_object().expect("an object").len(), members.len(), "a member is not tried: {whole}");
    for member in members {
        for wrong in [Value::Null, json!(true), json!({"a": 1}), json!([[]]), json!(-1.5)] {
            let mut body = whole.clone();
            body[member] = wrong.clone();
            let error = server.post_json(SIMULATE, body.to_string()).await.assert_refusal(400, "VALIDATION_ERROR");
            let path = error["details"][0]["path"].as_str().expect("a path");
            assert!(path.starts_with(member), "{member} = {wrong}: {error}");
        }
    }
}
