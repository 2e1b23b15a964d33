//! Following jobs, and letting them go.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use foliocast::store::Kind;
use futures::StreamExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::gated_store::{Gate, Moment};
use crate::harness::{Answer, TestServer, redact, worked_example};

/// A server whose runs do not go on before the gate is opened.
async fn held_server() -> (TestServer, Gate) {
    let gate = Gate::default();
    let server = TestServer::gated(gate.holding(|moment| matches!(moment, Moment::Epoch(Kind::Run, _)))).await;
    (server, gate)
}

async fn begin(server: &TestServer, configuration: &Value) -> String {
    let answer = server.post_json("/api/monte-carlo/simulate?wait=0", configuration.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.header("location").to_owned()
}

/// Id, name and data of each event; comments left out.
fn events(answer: &Answer) -> Vec<(u64, String, Value)> {
    let blocks = answer.text().split("\n\n").filter(|block| block.contains("event: "));
    let parse = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name}in {block}")).to_owned()
        };
        let data = serde_json::from_str(&field("data: ")).expect("data in JSON");
        (field("id: ").parse().expect("a number"), field("event: "), data)
    };
    blocks.map(parse).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_progress_and_then_one_end() {
    let server = TestServer::start().await;
    let job = begin(&server, &worked_example()).await;
    let answer = server.get(&format!("{job}/events")).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    let events = events(&answer);
    let (last, before) = events.split_last().expect("an end");
    assert_eq!(last.1, "complete", "{events:?}");
    assert_eq!(last.2["links"]["self"], job);
    assert!(before.iter().all(|event| event.1 == "progress"), "{events:?}");
    assert!(events.is_sorted_by(|one, next| one.0 < next.0), "every state shown has an id above the last: {events:?}");
    let percents: Vec<f64> = events.iter().map(|event| event.2["percent"].as_f64().expect("percent")).collect();
    assert!(percents.is_sorted(), "{percents:?}");
    assert!(before.iter().all(|event| event.2["step"].as_str().is_some_and(|step| !step.is_empty())), "{events:?}");
    insta::assert_json_snapshot!(redact(server.get(&job).await.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_job_is_told_once_and_then_204_keeps_browsers_from_asking_again() {
    let server = TestServer::start().await;
    let job = begin(&server, &worked_example()).await;
    server.ended_job(&job).await;
    let path = format!("{job}/events");
    let told = events(&server.get(&path).await);
    assert_eq!(told.iter().map(|event| event.1.as_str()).collect::<Vec<_>>(), ["complete"]);
    let seen = told[0].0.to_string();
    let again = server.request(Method::GET, &path, &[("last-event-id", &seen)], Body::empty()).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    let earlier = (told[0].0 - 1).to_string();
    let resumed = server.request(Method::GET, &path, &[("last-event-id", &earlier)], Body::empty()).await;
    assert_eq!(events(&resumed), told);
    let garbled = server.request(Method::GET, &path, &[("last-event-id", "x")], Body::empty()).await;
    assert_eq!(events(&garbled), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_let_go_is_cancelled_and_its_followers_hear_it() {
    let (server, gate) = held_server().await;
    let job = begin(&server, &worked_example()).await;
    gate.reached().await;
    let path = format!("{job}/events");
    let following = server.get(&path);
    let detaching = async {
        let detached = server.request(Method::DELETE, &job, &[], Body::empty()).await;
        assert_eq!(detached.status, StatusCode::OK);
        assert_eq!(detached.json()["state"], "cancelled");
    };
    let (followed, ()) = tokio::join!(following, detaching);
    assert_eq!(followed.status, StatusCode::OK, "{}", followed.text());
    assert_eq!(events(&followed).last().expect("an end").1, "cancelled");
    assert_eq!(server.get(&job).await.json()["state"], "cancelled");
    gate.open();
    server.services.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_end_when_the_server_stops() {
    let (server, gate) = held_server().await;
    let job = begin(&server, &worked_example()).await;
    gate.reached().await;
    let request =
        Request::get(format!("{job}/events")).header("host", "localhost").body(Body::empty()).expect("a request");
    let response = server.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    body.next().await.expect("the present state").expect("bytes");
    server.shutdown.cancel();
    let rest = tokio::time::timeout(Duration::from_secs(30), body.collect::<Vec<_>>()).await;
    rest.expect("the stream ends");
    tokio::join!(server.services.shutdown(), async { gate.open() });
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_streams_of_events_are_open_at_a_time() {
    // Without workers the job waits, and so does whoever follows it.
    let server = TestServer::start_with(&[], |settings| settings.run_workers = false).await;
    let path = format!("{}/events", begin(&server, &worked_example()).await);
    let follow = async || {
        let request = Request::get(&path).header("host", "localhost").body(Body::empty()).expect("a request");
        server.router.clone().oneshot(request).await.expect("an answer")
    };
    let mut following = Vec::new();
    for _ in 0..64 {
        let response = follow().await;
        assert_eq!(response.status(), StatusCode::OK);
        following.push(response);
    }
    let refused = server.get(&path).await;
    refused.assert_refusal(429, "TOO_MANY_REQUESTS");
    assert!(refused.header("retry-after").parse::<u64>().expect("seconds") >= 1);
    following.pop();
    assert_eq!(follow().await.status(), StatusCode::OK, "who has gone makes room");
    drop(following);
    assert_eq!(follow().await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_while_the_server_stops_gets_the_job_to_follow() {
    let (server, gate) = held_server().await;
    let body = worked_example().to_string();
    let waiting = server.post_json("/api/monte-carlo/simulate?wait=60000", body);
    let stopping = async {
        // Whether the stop comes before, while or after the job is made, the answer is the same.
        tokio::task::yield_now().await;
        server.shutdown.cancel();
    };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(waiting, stopping) })
        .await
        .expect("the wait ends with the server");
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let job = server.get(answer.header("location")).await.json();
    assert!(["waiting", "active"].contains(&job["state"].as_str().expect("a state")), "{job}");
    tokio::join!(server.services.shutdown(), async { gate.open() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_nobody_made_is_not_there() {
    let server = TestServer::start().await;
    for id in ["0192f0c1-2345-7abc-8def-0123456789ab", "x", "%F0%9F%92%A9"] {
        server.get(&format!("/api/jobs/{id}")).await.assert_refusal(404, "NOT_FOUND");
        server.get(&format!("/api/jobs/{id}/events")).await.assert_refusal(404, "NOT_FOUND");
        let detached = server.request(Method::DELETE, &format!("/api/jobs/{id}"), &[], Body::empty()).await;
        detached.assert_refusal(404, "NOT_FOUND");
    }
}
