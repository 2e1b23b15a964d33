//! The job queue in Redis, over a real one: what others see of it, what they may ask for, and that it is never needed.

use std::time::Duration;

use bullmq_rs::{Job, JobState, Queue, QueueBuilder, RedisConnection};
use foliocast::queue::{QUEUE, QueueSettings};
use serde_json::{Value, json};

use crate::fleet::{Fleet, digests, expected};
use crate::harness::{TestServer, three_buckets, worked_example};
use crate::program::{ALLOWS_ENDLESS_RUNS, Server, assert_code, endless_run, serve, stderr};
use crate::redis::server::OwnRedis;
use crate::redis::{database, wait_until};
use crate::test_database::TestDatabase;

/// The queue as whoever else uses it has it.
pub async fn queue(url: &str) -> Queue<Value> {
    QueueBuilder::new(QUEUE).connection(RedisConnection::new(url)).build().await.unwrap()
}

async fn server(url: &str) -> TestServer {
    TestServer::start_with(&[], |settings| settings.queue = Some(QueueSettings::at(url.parse().unwrap()))).await
}

/// Waits until a message is in one of these states.
async fn in_state(queue: &Queue<Value>, id: &str, states: &[JobState]) -> Job<Value> {
    wait_until(&format!("message {id} in {states:?}"), async || {
        let Some(mut job) = queue.get_job(id).await.unwrap() else { return false };
        job.get_state().await.is_ok_and(|state| states.contains(&state))
    })
    .await;
    // As it is now, and not as it was before it came there.
    let mut job = queue.get_job(id).await.unwrap().unwrap();
    job.get_state().await.unwrap();
    job
}

pub async fn ended(queue: &Queue<Value>, id: &str) -> Job<Value> {
    in_state(queue, id, &[JobState::Completed, JobState::Failed]).await
}

/// Whether the health of a server names the queue as working.
async fn queue_is_ready(server: &TestServer) -> bool {
    let health = server.get("/readyz").await.json();
    let tiers = health["tiers"].as_array().unwrap();
    let (mut queue, others): (Vec<&Value>, Vec<_>) = tiers.iter().partition(|tier| tier["tier"] == "queue");
    // A busy machine may have the database answer late for a moment.
    let is_ready = others.iter().all(|tier| tier["ready"] == true);
    assert_eq!(health["ready"], is_ready, "nothing depends on the queue: {health}");
    let tier = queue.remove(0);
    assert_eq!(tier["ready"] == false, tier["reason"].is_string(), "{tier}");
    tier["ready"] == true
}

/// Adds a message as another program does.
pub async fn add(queue: &Queue<Value>, data: Value) -> String {
    queue.add("from elsewhere", data, None).await.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_seen_in_the_queue_until_its_result() {
    let (url, _) = database().await;
    let (server, queue) = (server(&url).await, queue(&url).await);
    wait_until("a line to the queue", async || {
        // The first message may find no line yet, and be left out.
        let run = three_buckets(1_000, &uuid::Uuid::now_v7().to_string());
        assert_eq!(server.simulate(&run).await.status, 200);
        !queue.get_completed(0, -1).await.unwrap().is_empty()
    })
    .await;
    let message = queue.get_completed(0, -1).await.unwrap().remove(0);
    let progress = message.progress.expect("progress");
    assert_eq!((&progress["percent"], &progress["step"]), (&json!(100.0), &json!("done")), "{progress}");
    assert_eq!(progress["jobId"], message.id);
    assert_eq!(message.data["runKey"], progress["runKey"]);
    let job = server.get(&format!("/api/jobs/{}", message.id)).await.json();
    assert_eq!((&job["state"], &job["matrixKey"]), (&json!("complete"), &progress["matrixKey"]));
    assert_eq!((&progress["result"]["outcome"], &progress["result"]["tier"]), (&json!("MISS"), &json!("computed")));
    assert_eq!(progress["result"], job["result"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_add_is_made_once_and_is_there() {
    let (url, _) = database().await;
    let (server, queue) = (server(&url).await, queue(&url).await);
    let run = worked_example();
    let first = ended(&queue, &add(&queue, json!({"configuration": run})).await).await;
    assert_eq!(first.state, JobState::Completed, "{:?}", first.failed_reason);
    let progress = first.progress.unwrap();
    assert_eq!(progress["result"]["outcome"], "MISS", "{progress}");
    let job = server.get(&format!("/api/jobs/{}", progress["jobId"].as_str().unwrap())).await.json();
    assert_eq!((&job["state"], &job["runKey"]), (&json!("complete"), &progress["runKey"]));
    let made = server.get(&format!("/api/runs/{}", progress["runKey"].as_str().unwrap())).await.json();
    assert_eq!(digests(&made), expected(&run));
    // The same again, with the key that it must have, and in the short form.
    let again = add(&queue, json!({"configuration": run, "runKey": progress["runKey"], "priority": "low"})).await;
    let again = ended(&queue, &again).await;
    assert_eq!((again.state, &again.progress.unwrap()["result"]["outcome"]), (JobState::Completed, &json!("HIT")));
    let short = ended(&queue, &add(&queue, json!({"configuration": {"fundId": "f", "runs": 1_000}})).await).await;
    assert_eq!(short.state, JobState::Completed, "{:?}", short.failed_reason);
    // Whose it is shows in the log of changes.
    let log = server.get("/api/audit").await.json();
    let line = log["items"].as_array().unwrap().iter().find(|line| line["subject"] == progress["runKey"]).unwrap();
    assert_eq!((&line["user"], &line["requestId"]), (&json!("the queue"), &json!(first.id)), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_asks_for_nothing_fails_with_everything_that_is_wrong_with_it() {
    let (url, _) = database().await;
    let (_server, queue) = (server(&url).await, queue(&url).await);
    let mut faulty = worked_example();
    faulty["numScenarios"] = json!(-1);
    faulty["buckets"][0]["moicCalibration"]["median"] = json!("high");
    let unknown = uuid::Uuid::now_v7().to_string();
    for (data, expected) in [
        (
            json!({"configuration": faulty}),
            vec!["configuration.numScenarios: ", "configuration.buckets[0].moicCalibration.median: "],
        ),
        (json!({"tenant": 7, "priority": "now", "more": 1}), vec!["more: ", "tenant: ", "priority: "]),
        (json!({"configuration": worked_example(), "runKey": "0000"}), vec!["runKey: ", "0000"]),
        (json!({"runKey": unknown}), vec!["no such job"]),
        (json!([1, 2]), vec!["expected one JSON object"]),
    ] {
        let message = ended(&queue, &add(&queue, data.clone()).await).await;
        assert_eq!(message.state, JobState::Failed, "{data}");
        let reason = message.failed_reason.unwrap();
        assert!(expected.iter().all(|part| reason.contains(part)), "{data}: {reason}");
    }
}

/// A process that stops gives its messages to others at once, with no attempt counted; one that is killed loses them when
/// its lock has run out.
#[tokio::test(flavor = "multi_thread")]
async fn messages_go_on_elsewhere_when_their_worker_stops_or_dies() {
    let ((url, _), database) = (database().await, TestDatabase::new().await);
    let queue = queue(&url).await;
    let mut fleet = Fleet::on(&database.url, &url);
    let flags = [&["--worker-concurrency", "1"], &ALLOWS_ENDLESS_RUNS[..]].concat();
    let stops = fleet.worker(&flags);
    let id = add(&queue, json!({"configuration": endless_run()})).await;
    let job = progress_of(&queue, &id).await["jobId"].clone();
    assert_eq!(stops.stop("-TERM"), Some(0));
    let handed_back = in_state(&queue, &id, &[JobState::Wait]).await;
    assert_eq!(handed_back.attempts_made, 0);
    let dies = fleet.worker(&flags);
    let taken = taken_again(&queue, &handed_back).await;
    dies.stop("-KILL");
    let _worker = fleet.worker(&flags);
    taken_again(&queue, &taken).await;
    assert_eq!(progress_of(&queue, &id).await["jobId"], job, "it is the same job whoever takes its message");
    let front = fleet.front();
    let path = format!("/api/jobs/{}", job.as_str().unwrap());
    assert_eq!(crate::fleet::ask(&front.url, "DELETE", &path, "").await.unwrap().0, 200);
    let message = ended(&queue, &id).await;
    assert_eq!((message.state, message.failed_reason.unwrap().contains("cancelled")), (JobState::Failed, true));
}

/// Waits until a message has been taken once more.
async fn taken_again(queue: &Queue<Value>, before: &Job<Value>) -> Job<Value> {
    let mut now = None;
    wait_until("it is taken again", async || {
        now = queue.get_job(&before.id).await.unwrap();
        now.as_ref().is_some_and(|now| now.attempts_started > before.attempts_started)
    })
    .await;
    now.unwrap()
}

async fn progress_of(queue: &Queue<Value>, id: &str) -> Value {
    let mut found = Value::Null;
    wait_until("progress", async || {
        let job = queue.get_job(id).await.unwrap();
        found = job.and_then(|job| job.progress).unwrap_or_default();
        found["percent"].as_f64().is_some_and(|percent| percent > 0.0)
    })
    .await;
    found
}

/// The queue's Redis comes and goes: jobs are made all the same, and messages are taken again when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_goes_away_holds_nothing_up_and_is_used_again_when_it_is_back() {
    let mut redis = OwnRedis::stopped(&[]);
    let server = server(&redis.url()).await;
    assert!(!queue_is_ready(&server).await);
    assert_eq!(server.simulate(&three_buckets(1_000, "without")).await.status, 200);
    for round in ["first", "second"] {
        redis.restart();
        wait_until("the queue is ready", async || queue_is_ready(&server).await).await;
        let queue = queue(&redis.url()).await;
        let run = three_buckets(1_000, &format!("{round} from elsewhere"));
        let message = ended(&queue, &add(&queue, json!({"configuration": run})).await).await;
        assert_eq!(message.state, JobState::Completed, "{:?}", message.failed_reason);
        redis.kill();
        wait_until("its loss shows", async || !queue_is_ready(&server).await).await;
        assert_eq!(server.simulate(&three_buckets(1_000, round)).await.status, 200);
    }
}

#[test]
fn a_redis_that_throws_things_away_is_told_of_where_the_queue_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let redis = OwnRedis::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let mut command = serve(&dir.path().join("data"), &[]);
    command.env("REDIS_URL", redis.url());
    let server = Server::of(command, &dir.path().join("data"));
    let begun = std::time::Instant::now();
    while !server.log().contains("policy=\"allkeys-lru\"") {
        assert!(begun.elapsed() < crate::installation::PATIENCE, "{}", server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(server.log().contains("QUEUE_REDIS_URL"), "{}", server.log());
}

#[test]
fn an_address_of_no_queue_is_refused_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let refused = serve(&dir.path().join("data"), &["--queue-redis-url", "redis://:hidden@"]).output().unwrap();
    assert_code(&refused, 2);
    let said = stderr(&refused);
    assert!(said.contains("QUEUE_REDIS_URL: no host") && !said.contains("hidden"), "{said}");
}

/// A Redis user who may not touch the queue: said once and in the health, and everything else goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_does_not_let_the_queue_be_is_named_and_nothing_depends_on_it() {
    let redis = OwnRedis::start(&["--user", "limited", "on", ">secret", "~foliocast:*", "+@all"]);
    let url = format!("redis://limited:secret@127.0.0.1:{}/0", redis.port);
    let server = server(&url).await;
    wait_until("its refusal shows", async || !queue_is_ready(&server).await).await;
    let health = server.get("/readyz").await.json();
    let tier = health["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "queue").unwrap().clone();
    assert!(tier["reason"].as_str().unwrap().contains("Redis"), "{tier}");
    assert_eq!(server.simulate(&three_buckets(1_000, "without")).await.status, 200);
}
