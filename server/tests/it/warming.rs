//! Results that are there before anybody asks for them.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foliocast::service::LimitSettings;
use serde_json::{Value, json};

use crate::harness::{BOOTSTRAP_KEY, TestServer, three_buckets};
use crate::redis::wait_until;

/// A configuration without a fund.
fn unnamed(seed: &str) -> Value {
    let mut configuration = three_buckets(2_000, seed);
    configuration.as_object_mut().unwrap().remove("fundId");
    configuration
}

async fn warm(server: &TestServer, body: &Value) -> Value {
    let answer = server.post_json("/api/cache/warm", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// Waits until nothing is under way any more.
async fn made(server: &TestServer) {
    wait_until("everything is made", async || {
        let jobs = server.get("/api/cache/stats").await.json()["jobs"].clone();
        jobs["waiting"] == 0 && jobs["active"] == 0
    })
    .await;
}

fn counts(warmed: &Value) -> [u64; 4] {
    ["scheduled", "alreadyCached", "alreadyUnderWay"]
        .map(|name| warmed[name].as_u64().unwrap())
        .into_iter()
        .chain([warmed["rejected"].as_array().unwrap().len() as u64])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_warmed_is_a_hit_and_is_not_made_again() {
    let server = TestServer::start().await;
    let body = json!({
        "fundIds": ["a", "b"], "taxonomyVersion": "v1.3", "priority": "high", "reason": "quarter's end",
        "configs": [unnamed("one"), unnamed("two")],
    });
    let warmed = warm(&server, &body).await;
    assert_eq!(counts(&warmed), [4, 0, 0, 0], "each configuration for each fund: {warmed}");
    let jobs = warmed["jobs"].as_array().unwrap();
    assert!(jobs.iter().all(|job| job["status"] == "scheduled"), "{warmed}");
    let matrices: std::collections::BTreeSet<&str> =
        jobs.iter().map(|job| job["configHash"].as_str().unwrap()).collect();
    assert_eq!(matrices.len(), 2, "funds share the rows");
    for job in jobs {
        let ended = server.ended_job(&format!("/api/jobs/{}", job["jobId"].as_str().unwrap())).await;
        assert_eq!((&ended["state"], &ended["runKey"]), (&json!("complete"), &job["runKey"]), "{ended}");
    }
    let again = warm(&server, &body).await;
    assert_eq!(counts(&again), [0, 4, 0, 0], "{again}");
    assert_eq!((&again["jobs"], &again["estimated"]["totalDurationMs"]), (&json!([]), &json!(0.0)));
    // Whoever asks has it at once: as the configuration says, with the vocabulary that it was given.
    let mut asked = unnamed("one");
    asked["fundId"] = "b".into();
    asked["taxonomyVersion"] = "v1.3".into();
    let run = server.run(&asked).await;
    assert_eq!(run["cache"]["hit"], true, "{}", run["cache"]);

    let audit = server.get("/api/cache/audit").await.json();
    let line = &audit["items"][1];
    assert_eq!(line["id"], warmed["auditLog"]["id"]);
    assert_eq!((&line["action"], &line["reason"]), (&json!("cache.warm"), &json!("quarter's end")));
    assert_eq!(line["subject"], "funds a, b, priority high: 4 scheduled, 0 kept, 0 under way, 0 rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_configuration_is_reported_alone() {
    let server = TestServer::start().await;
    let mut bad = unnamed("bad");
    bad["buckets"][1]["capitalAllocation"] = 200.into();
    bad["numScenarios"] = 0.into();
    let named = three_buckets(2_000, "named");
    let warmed = warm(&server, &json!({"fundIds": ["a"], "configs": [unnamed("good"), bad, named]})).await;
    assert_eq!(counts(&warmed), [2, 0, 0, 1], "{warmed}");
    assert_eq!(warmed["jobs"][1]["fundId"], "formats", "a configuration that names its fund is made for that");
    let rejected = &warmed["rejected"][0];
    assert_eq!((&rejected["config"], &rejected["retryAfterSeconds"]), (&json!(1), &Value::Null));
    let paths: Vec<&str> =
        rejected["details"].as_array().unwrap().iter().map(|detail| detail["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"configs[1].numScenarios"), "{paths:?}");
    assert!(paths.iter().any(|path| path.starts_with("configs[1].buckets")), "{paths:?}");
    // Where none is any good, the request is not.
    let error = server.post_json("/api/cache/warm", json!({"fundIds": ["a"], "configs": [bad]}).to_string()).await;
    let error = error.assert_refusal(400, "VALIDATION_ERROR");
    assert!(error["details"].as_array().unwrap().iter().any(|detail| detail["path"] == "configs[0].numScenarios"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_configurations_the_funds_own_are_made() {
    let server = TestServer::start().await;
    let put = json!({"configuration": unnamed("stored")}).to_string();
    let headers = [("content-type", "application/json")];
    let stored = server.request(Method::PUT, "/api/funds/stored", &headers, put).await;
    assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
    let warmed = warm(&server, &json!({"fundIds": ["stored", "other"], "configs": null, "priority": null})).await;
    assert_eq!(counts(&warmed), [2, 0, 0, 0]);
    let sources: Vec<&str> =
        warmed["jobs"].as_array().unwrap().iter().map(|job| job["configurationSource"].as_str().unwrap()).collect();
    assert_eq!(sources, ["stored", "default"]);
    made(&server).await;
    for fund in ["stored", "other"] {
        let run = server.run(&json!({"fundId": fund})).await;
        assert_eq!(run["cache"]["hit"], true, "{fund}: {}", run["cache"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_request_is_said() {
    let server = TestServer::start().await;
    let refused = async |body: Value, expected: &[&str]| {
        let error = server.post_json("/api/cache/warm", body.to_string()).await.assert_refusal(400, "VALIDATION_ERROR");
        let paths: Vec<String> = error["details"]
            .as_array()
            .unwrap()
            .iter()
            .map(|detail| detail["path"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(paths, expected, "{body}: {error}");
    };
    refused(json!({}), &["fundIds"]).await;
    refused(json!({"fundIds": []}), &["fundIds"]).await;
    refused(json!({"configs": [unnamed("a")]}), &["configs[0].fundId"]).await;
    refused(json!({"fundIds": ["a"], "taxonomyVersion": "v1.2"}), &["taxonomyVersion"]).await;
    let named = three_buckets(2_000, "named");
    refused(json!({"fundIds": ["a", "a"], "configs": [named]}), &["fundIds[1]", "fundIds"]).await;
    refused(json!({"taxonomyVersion": "1.2", "configs": [named]}), &["taxonomyVersion"]).await;
    let versioned = {
        let mut versioned = named.clone();
        versioned["taxonomyVersion"] = "v2.0".into();
        versioned
    };
    refused(json!({"taxonomyVersion": "v1.2", "configs": [versioned]}), &["taxonomyVersion"]).await;
    refused(
        json!({"fundIds": ["", true], "priority": "now", "configs": {}, "reason": "\n", "more": 1}),
        &["more", "fundIds[0]", "fundIds[1]", "priority", "reason", "configs"],
    )
    .await;
    let many: Vec<Value> = (0..11).map(|number| unnamed(&format!("{number}"))).collect();
    let funds: Vec<String> = (0..100).map(|number| format!("fund-{number}")).collect();
    refused(json!({"fundIds": funds, "configs": many}), &["configs"]).await;
}

/// What has time keeps within the limits of whoever wants it; what is wanted soon goes before them.
#[tokio::test(flavor = "multi_thread")]
async fn high_goes_before_limits_and_low_does_not() {
    let limited = |settings: &mut foliocast::service::ServiceSettings| {
        settings.max_deal_draws = 100_000;
        settings.limits = LimitSettings { requests_per_minute: None, deal_draws_per_minute: Some(100_000) };
    };
    let server = TestServer::with_key_and(&[], limited).await;
    // 30,000 draws each: three fit into a minute.
    let mut configs: Vec<Value> = (0..5).map(|number| unnamed(&format!("limit {number}"))).collect();
    for configuration in &mut configs {
        for bucket in configuration["buckets"].as_array_mut().unwrap() {
            bucket["deals"] = 5.into();
        }
    }
    let mut body = json!({"fundIds": ["a"], "priority": "low", "configs": configs});
    let ask = async |body: &Value| {
        let answer = server.ask(BOOTSTRAP_KEY, Method::POST, "/api/cache/warm", Body::from(body.to_string())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    };
    let warmed = ask(&body).await;
    assert_eq!(counts(&warmed), [3, 0, 0, 2], "{warmed}");
    let refused = &warmed["rejected"][0];
    assert_eq!((&refused["config"], &refused["fundId"]), (&json!(3), &json!("a")));
    assert!(refused["details"][0]["message"].as_str().unwrap().contains("deal draws"), "{warmed}");
    assert!(refused["retryAfterSeconds"].as_u64().unwrap() > 0, "{warmed}");
    body["priority"] = "high".into();
    let warmed = ask(&body).await;
    assert_eq!(counts(&warmed)[3], 0, "{warmed}");
    assert_eq!(warmed["scheduled"], 2, "{warmed}");
}

/// An estimate goes by what was measured, and is none where nothing was.
#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_goes_by_what_was_measured() {
    let server = TestServer::start().await;
    let first = warm(&server, &json!({"fundIds": ["a"], "configs": [unnamed("first")]})).await;
    assert_eq!(first["estimated"], json!({"totalDurationMs": null, "completionTime": null}));
    made(&server).await;
    let one = warm(&server, &json!({"fundIds": ["a"], "configs": [unnamed("second")]})).await;
    made(&server).await;
    let many: Vec<Value> = (0..20).map(|number| unnamed(&format!("more {number}"))).collect();
    let many = warm(&server, &json!({"fundIds": ["a"], "configs": many})).await;
    let total = |warmed: &Value| warmed["estimated"]["totalDurationMs"].as_f64().unwrap();
    assert!(total(&one) > 0.0 && total(&many) > total(&one), "{one} {many}");
    let completion = many["estimated"]["completionTime"].as_str().unwrap();
    let logged = many["auditLog"]["timestamp"].as_str().unwrap();
    assert!(completion > logged, "{completion} is not after {logged}");
    tokio::time::timeout(Duration::from_secs(120), made(&server)).await.unwrap();
}

/// Of the two places of a process low ones take one, so that whoever waits for a run need not wait for one of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_warmed_leaves_a_place_to_those_who_wait() {
    let server = TestServer::start_with(&[], |settings| settings.worker_concurrency = 2).await;
    let larger = |seed: String| {
        let mut configuration = unnamed(&seed);
        configuration["numScenarios"] = 100_000.into();
        configuration
    };
    let configs: Vec<Value> = (0..12).map(|number| larger(format!("place {number}"))).collect();
    let warmed = warm(&server, &json!({"fundIds": ["a"], "configs": configs})).await;
    assert_eq!(counts(&warmed), [12, 0, 0, 0], "{warmed}");
    let mut most_active = 0;
    wait_until("everything is made", async || {
        let jobs = server.get("/api/cache/stats").await.json()["jobs"].clone();
        most_active = most_active.max(jobs["active"].as_u64().unwrap());
        jobs["waiting"] == 0 && jobs["active"] == 0
    })
    .await;
    assert_eq!(most_active, 1);
}

/// What is warmed leaves half of the queue to those who wait, and says what it left out.
#[tokio::test(flavor = "multi_thread")]
async fn warming_leaves_room_in_the_queue() {
    let narrow = |settings: &mut foliocast::service::ServiceSettings| {
        settings.max_waiting = 6;
        settings.run_workers = false;
    };
    let server = TestServer::start_with(&[], narrow).await;
    let configs: Vec<Value> = (0..5).map(|number| unnamed(&format!("room {number}"))).collect();
    let warmed = warm(&server, &json!({"fundIds": ["a"], "configs": configs})).await;
    assert_eq!(counts(&warmed), [3, 0, 0, 2], "{warmed}");
    assert_eq!(warmed["rejected"][1]["retryAfterSeconds"], 60);
    let asked = server.post_json("/api/monte-carlo/simulate?wait=0", three_buckets(2_000, "now").to_string()).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
}

/// However much is written into one request, it is bounded before anything is made of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_huge_or_odd_is_refused_or_rejected() {
    let server = TestServer::start().await;
    let funds: Vec<String> = (0..100).map(|number| format!("fund-{number}")).collect();
    let huge = json!({"fundIds": funds, "taxonomyVersion": "v".repeat(1_000_000), "configs": vec![json!({}); 1_000]});
    let answer = server.post_json("/api/cache/warm", huge.to_string()).await;
    answer.assert_refusal(400, "VALIDATION_ERROR");
    // A member's name may be written in any way; one that is there twice is still twice.
    let escaped = three_buckets(2_000, "escaped").to_string().replace("\"fundId\"", "\"fund\\u0049d\"");
    let odd = format!("{{\"fundIds\": [7], \"configs\": [{escaped}, 7, [], \"x\", {{}}, {}]}}", unnamed("number"));
    let warmed = server.post_json("/api/cache/warm", odd).await;
    assert_eq!(warmed.status, StatusCode::OK, "{}", warmed.text());
    let warmed = warmed.json();
    assert_eq!(counts(&warmed), [2, 0, 0, 4], "{warmed}");
    let funds: Vec<&str> =
        warmed["jobs"].as_array().unwrap().iter().map(|job| job["fundId"].as_str().unwrap()).collect();
    assert_eq!(funds, ["formats", "7"]);
}
