//! Making, getting and listing runs.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{TestServer, redact, worked_example};

#[tokio::test(flavor = "multi_thread")]
async fn the_worked_example_has_its_published_keys_and_shape() {
    let server = TestServer::start().await;
    let answer = server.simulate(&worked_example()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let run = answer.json();
    assert_eq!(answer.header("content-location"), format!("/api/runs/{}", run["runKey"].as_str().expect("a key")));
    // docs/MODEL.md section 8.
    assert_eq!(run["matrixKey"], "83f8d16857e850a5763dd1755c934c11cc62b737dc5c253f600756985ce99abf");
    assert_eq!(run["runKey"], "f75ca16aa0daf701a91d94c0868d4e4ef8b6e76dc57e1c30d1ea702702d48096");
    assert_eq!(run["cache"]["hit"], false);
    let mut run = redact(run);
    // Figures are the engine's business; the shape around them is the API's.
    run["summary"] = json!({"members": run["summary"].as_object().expect("an object").keys().collect::<Vec<_>>()});
    insta::assert_json_snapshot!(run);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_is_a_hit_that_says_the_same() {
    let server = TestServer::start().await;
    let mut first = server.run(&worked_example()).await;
    let mut second = server.run(&worked_example()).await;
    assert_eq!(second["cache"]["hit"], true);
    assert_eq!(second["cache"]["tier"], "memory");
    let mut fetched = server.get(first["links"]["self"].as_str().expect("a link")).await.json();
    for run in [&mut first, &mut second, &mut fetched] {
        run["cache"].take();
    }
    assert_eq!(first, second);
    assert_eq!(first, fetched);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_buckets_changes_nothing() {
    let server = TestServer::start().await;
    let mut permuted = worked_example();
    permuted["buckets"].as_array_mut().expect("buckets").reverse();
    let (first, second) = (server.run(&worked_example()).await, server.run(&permuted).await);
    assert_eq!(first["runKey"], second["runKey"]);
    assert_eq!(second["cache"]["hit"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_waited_for_is_a_job_to_follow() {
    let server = TestServer::start().await;
    let answer = server.post_json("/api/monte-carlo/simulate?wait=0", worked_example().to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let accepted = answer.json();
    assert_eq!(answer.header("location"), accepted["links"]["self"]);
    let job = server.ended_job(answer.header("location")).await;
    assert_eq!(job["state"], "complete", "{job}");
    assert_eq!(job["percent"], 100.0);
    let run = server.get(job["links"]["run"].as_str().expect("a link")).await;
    assert_eq!(run.status, StatusCode::OK);
    assert_eq!(run.json()["runKey"], accepted["runKey"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_form_takes_the_default_fund_and_says_so() {
    let server = TestServer::start().await;
    let run = server.run(&json!({"fundId": "nobody", "runs": 500, "timeHorizonYears": 8, "seed": 7})).await;
    assert_eq!(run["configurationSource"], "default");
    assert_eq!(run["numScenarios"], 500);
    assert_eq!(run["configuration"]["fundId"], "nobody");
    assert_eq!(run["configuration"]["seed"], "7");
    assert_eq!(run["configuration"]["recycling"]["fundLifetime"], 8);
    let codes: Vec<&Value> =
        run["warnings"].as_array().expect("warnings").iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&json!("DEFAULT_FUND")), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_form_takes_the_stored_configuration() {
    let server = TestServer::start().await;
    let body = json!({"configuration": worked_example(), "fundSize": {"amount": 100_000_000, "currency": "EUR"}});
    let put = |body: Value| {
        server.request(Method::PUT, "/api/funds/fund-1", &[("content-type", "application/json")], body.to_string())
    };
    let stored = put(body.clone()).await;
    assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
    insta::assert_json_snapshot!(redact(stored.json()));
    assert_eq!(put(body.clone()).await.status, StatusCode::OK);

    let run = server.run(&json!({"fundId": "fund-1"})).await;
    assert_eq!(run["configurationSource"], "stored");
    assert_eq!(run["runKey"], stored.json()["runKey"]);

    let list = server.get("/api/funds").await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let tag = stored.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", stored.json()["updatedAt"].as_str().expect("a time")));
    let put_if = async |name: &str, value: String| {
        let headers = [("content-type", "application/json"), (name, value.as_str())];
        server.request(Method::PUT, "/api/funds/fund-1", &headers, body.to_string()).await
    };
    put_if("if-match", tag).await.assert_refusal(412, "PRECONDITION_FAILED");
    put_if("if-none-match", "*".to_owned()).await.assert_refusal(412, "PRECONDITION_FAILED");
    let newest = server.get("/api/funds/fund-1").await.header("etag").to_owned();
    assert_eq!(put_if("if-match", newest).await.status, StatusCode::OK);
    for (name, value) in [("if-match", "W/\"x\""), ("if-match", "*"), ("if-none-match", "\"x\"")] {
        put_if(name, value.to_owned()).await.assert_refusal(400, "VALIDATION_ERROR");
    }

    let gone = server.request(Method::DELETE, "/api/funds/fund-1", &[], Body::empty()).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    server.get("/api/funds/fund-1").await.assert_refusal(404, "NOT_FOUND");
    server.request(Method::DELETE, "/api/funds/fund-1", &[], Body::empty()).await.assert_refusal(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fund_is_named_by_its_address_and_need_not_name_itself() {
    let server = TestServer::start().await;
    let put = async |path: &str, configuration: &Value| {
        let body = json!({"configuration": configuration}).to_string();
        server.request(Method::PUT, path, &[("content-type", "application/json")], body).await
    };
    let mut nameless = worked_example();
    nameless.as_object_mut().expect("an object").remove("fundId");
    let stored = put("/api/funds/fund-1", &nameless).await;
    assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
    assert_eq!(stored.json()["configuration"]["fundId"], "fund-1");
    let named = put("/api/funds/fund-1", &worked_example()).await;
    assert_eq!(named.status, StatusCode::OK, "{}", named.text());
    assert_eq!(named.json()["runKey"], stored.json()["runKey"]);
    let quoted = put("/api/funds/a%22%7D%5C", &nameless).await;
    assert_eq!(quoted.status, StatusCode::CREATED, "{}", quoted.text());
    assert_eq!(quoted.json()["configuration"]["fundId"], "a\"}\\");

    for (configuration, path) in [
        (json!({"fundId": "other", "buckets": nameless["buckets"]}), "configuration.fundId"),
        (json!({"fundId": null, "buckets": nameless["buckets"]}), "configuration.fundId"),
        (json!({}), "configuration.buckets"),
        (json!([]), "configuration"),
    ] {
        let error = put("/api/funds/fund-1", &configuration).await.assert_refusal(400, "VALIDATION_ERROR");
        let paths: Vec<_> = error["details"].as_array().expect("details").iter().map(|fault| &fault["path"]).collect();
        assert_eq!(paths, [path], "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_in_pages() {
    let server = TestServer::start().await;
    let mut keys = Vec::new();
    for seed in 0..5 {
        let mut configuration = worked_example();
        configuration["seed"] = json!(seed);
        keys.push(server.run(&configuration).await["runKey"].clone());
    }
    keys.reverse();
    let mut listed = Vec::new();
    let mut path = "/api/runs?limit=2&fundId=fund-1".to_owned();
    loop {
        let page = server.get(&path).await.json();
        listed.extend(page["items"].as_array().expect("items").iter().map(|item| item["runKey"].clone()));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/runs?limit=2&fundId=fund-1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(listed, keys);
    assert_eq!(server.get("/api/runs?fundId=other").await.json()["items"], json!([]));
}
