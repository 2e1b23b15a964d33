//! From a request's id to everything that was done for it, with nothing but a search in the logs.

use serde_json::{Value, json};

use super::{Client, Told, logged};
use crate::fleet::{Fleet, a_moments_run};
use crate::harness::three_buckets;
use crate::redis::database as redis_database;
use crate::test_database::TestDatabase;

const JSON_LOG: [&str; 2] = ["--log-format", "json"];

/// The lines of a log that hold a text, as JSON.
fn about(log: &str, text: &str) -> Vec<Value> {
    let lines = log.lines().filter(|line| line.contains(text));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The one line with this message.
fn only<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found: Vec<&Value> = lines.iter().filter(|line| line["message"] == message).collect();
    assert_eq!(found.len(), 1, "lines with {message:?} among {lines:#?}");
    found[0]
}

/// The line of a request.
fn answered(log: &str, told: &Told) -> Value {
    let line = only(&about(log, &told.request_id), "answered").clone();
    assert_eq!(line["span"]["request_id"], told.request_id.as_str(), "{line}");
    assert_eq!(line["status"], told.status, "{line}");
    assert!(line["duration_ms"].as_f64().is_some(), "{line}");
    assert_eq!((&line["tenant"], &line["key_name"]), (&json!("default"), &json!("this machine")), "{line}");
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_to_its_job_and_to_the_worker_that_makes_it() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let front = fleet.server(&[&["--no-workers"], &JSON_LOG[..]].concat());
    let client = Client::of(&front.url);
    let configuration = a_moments_run("followed");
    let first = client.simulate(0, &configuration);
    let second = client.simulate(0, &configuration);
    assert_eq!((first.status, second.status), (202, 202));
    let worker = fleet.worker(&JSON_LOG);
    client.end(&first);

    let log = front.log();
    let (began, joined) = (answered(&log, &first), answered(&log, &second));
    assert_eq!(began["route"], "/api/monte-carlo/simulate");
    for (line, told, outcome) in [(&began, &first, "made"), (&joined, &second, "joined")] {
        assert_eq!(line["outcome"], outcome, "{line}");
        for (field, member) in [("job_id", "jobId"), ("run_key", "runKey"), ("matrix_key", "matrixKey")] {
            assert_eq!(line[field], told.body[member], "{line}");
        }
        assert_eq!(line["tier"], Value::Null, "nothing was there yet: {line}");
        // Said at once, and not only when its request was answered.
        let took_on = only(&about(&log, &told.request_id), "took a job on").clone();
        assert_eq!((&took_on["job_id"], &took_on["outcome"]), (&told.body["jobId"], &json!(outcome)));
    }
    assert_ne!(began["job_id"], joined["job_id"]);
    assert_eq!(began["computation_id"], joined["computation_id"], "it says which computation it joined");

    // By the request, its job, and the computation, whichever is at hand.
    let made = |line: &str| line.contains("made a run");
    let log = logged(&worker, made);
    let computation_id = began["computation_id"].as_str().unwrap();
    for id in [&first.request_id, first.text("jobId"), computation_id] {
        let lines = about(&log, id);
        for message in ["took a computation up", "made a run"] {
            let span = &only(&lines, message)["span"];
            assert_eq!(span["name"], "attempt");
            assert_eq!(span["request_id"], first.request_id.as_str());
            assert_eq!(span["job_id"], first.body["jobId"]);
            assert_eq!(span["computation_id"], computation_id);
            assert_eq!(span["run_key"], first.body["runKey"]);
            assert_eq!(span["attempt"], 1);
        }
        let line = only(&lines, "made a run");
        assert_eq!((&line["tier"], &line["outcome"]), (&json!("computed"), &json!("MISS")));
        assert_eq!(line["matrix_key"], first.body["matrixKey"]);
    }
    assert_eq!(about(&log, &second.request_id).len(), 0, "whoever joined is found by the computation");
    assert_eq!(worker.stop("-TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_request_names_the_tier_that_answered() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, &redis_database().await.0);
    // Whoever makes the run has it in memory.
    let maker = fleet.server(&JSON_LOG);
    let reader = fleet.server(&[&JSON_LOG[..], &["--no-workers"]].concat());
    let made = Client::of(&maker.url).simulate(60_000, &three_buckets(2_000, "tiers"));
    assert_eq!(made.status, 200, "{}", made.body);
    let line = answered(&maker.log(), &made);
    assert_eq!((&line["tier"], &line["outcome"]), (&json!("computed"), &json!("made")), "{line}");
    assert!(line["job_id"].is_string() && line["computation_id"].is_string(), "{line}");

    let run = format!("/api/runs/{}", made.text("runKey"));
    let matrix = format!("/api/matrices/{}", made.text("matrixKey"));
    let mut without = Fleet::on(&database.url, "");
    let without_redis = without.server(&JSON_LOG);
    for (server, path, tier) in [
        (&reader, &run, "redis"),
        (&reader, &run, "memory"),
        (&without_redis, &run, "durable"),
        (&without_redis, &run, "memory"),
        (&without_redis, &matrix, "durable"),
    ] {
        let told = Client::of(&server.url).get(path);
        let line = answered(&server.log(), &told);
        assert_eq!((&line["tier"], &line["outcome"]), (&json!(tier), &json!("hit")), "{line}");
        let (field, member) = if *path == run { ("run_key", "runKey") } else { ("matrix_key", "matrixKey") };
        assert_eq!(line[field], made.body[member], "{line}");
        assert_eq!(line["job_id"], Value::Null, "{line}");
    }
    // Pages ask for what they show while they are made.
    let page = Client::of(&reader.url).get(&format!("/runs/{}", made.text("runKey")));
    let line = answered(&reader.log(), &page);
    assert_eq!((&line["tier"], &line["run_key"]), (&json!("memory"), &made.body["runKey"]), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_for_people_has_the_same_and_warnings_name_their_request_where_nothing_else_is_logged() {
    let database = TestDatabase::new().await;
    let mut fleet = Fleet::on(&database.url, "");
    let server = fleet.server(&[]);
    let made = Client::of(&server.url).simulate(60_000, &three_buckets(2_000, "text"));
    let log = server.log();
    let line = log.lines().find(|line| line.contains(&made.request_id) && line.contains("answered")).unwrap();
    for part in [
        format!("request{{request_id={}}}", made.request_id),
        format!("run_key={}", made.text("runKey")),
        "tier=\"computed\" outcome=\"made\" job_id=".to_owned(),
        "status=200".to_owned(),
    ] {
        assert!(line.contains(&part), "no {part} in {line}");
    }
    let quiet = fleet.server(&["--log", "warn"]);
    // A store that is gone is no fault of who asks.
    sqlx::query("ALTER TABLE runs RENAME TO runs_away").execute(&database.connect().await).await.unwrap();
    let refused = Client::of(&quiet.url).get("/api/runs");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["error"]["requestId"], refused.request_id.as_str());
    assert!(quiet.log().lines().any(|line| line.contains(&refused.request_id)), "{}", quiet.log());
}
