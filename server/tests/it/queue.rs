//! The job queue in Redis, over a real one: what others see of it, what they may ask for, and that it is never needed.

use std::time::Duration;

use bullmq_rs::{Job, JobOptions, JobState, Queue, QueueBuilder, RedisConnection};
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

/// Whoever looks for messages without a worker goes by the lock: none is taken from a worker that has one.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_not_taken_from_a_worker_that_lives() {
    let (url, mut own) = database().await;
    let queue = queue(&url).await;
    let mut begin = redis::pipe();
    let name = |name: &str| format!("bull:{QUEUE}:{name}");
    for id in ["held", "left behind"] {
        let job = [("name", "x"), ("data", "{}"), ("opts", "{}"), ("timestamp", "1")];
        begin.cmd("HSET").arg(name(id)).arg(&job[..]).ignore();
        begin.cmd("RPUSH").arg(name("active")).arg(id).ignore();
    }
    begin.cmd("SADD").arg(name("stalled")).arg("held").ignore();
    begin.cmd("SET").arg(name("held:lock")).arg("a worker of another program").ignore();
    begin.query_async::<()>(&mut own).await.unwrap();
    let _servers = [server(&url).await, server(&url).await];
    let left_behind = ended(&queue, "left behind").await;
    assert_eq!(left_behind.state, JobState::Failed, "it asks for nothing");
    let mut held = queue.get_job("held").await.unwrap().unwrap();
    assert_eq!((held.get_state().await.unwrap(), held.attempts_started), (JobState::Active, 0));
    // Its worker dies.
    redis::cmd("DEL").arg(name("held:lock")).query_async::<()>(&mut own).await.unwrap();
    assert_eq!(ended(&queue, "held").await.state, JobState::Failed);
}

/// Options that the library does not read are none that a message could fail of; what nobody can read is ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_any_options_is_read_or_ended() {
    let (url, mut own) = database().await;
    let _server = server(&url).await;
    let run = json!({"configuration": worked_example()}).to_string();
    let backoff = r#"{"attempts":3,"backoff":{"type":"exponential","delay":1000}}"#;
    for (id, data, options, state, reason) in [
        ("exponential", run.as_str(), backoff, JobState::Completed, ""),
        ("no options", run.as_str(), "7", JobState::Failed, "cannot be read"),
        ("no data", "{", "{}", JobState::Failed, "cannot be read"),
        ("too long", &format!("\"{}\"", "x".repeat(2 << 20)), "{}", JobState::Failed, "at most 2097152 are taken"),
    ] {
        let job = [("name", "x"), ("data", data), ("opts", options), ("timestamp", "1")];
        redis::cmd("HSET").arg(format!("bull:{QUEUE}:{id}")).arg(&job[..]).query_async::<()>(&mut own).await.unwrap();
        let mut added = redis::pipe();
        added.cmd("LPUSH").arg(format!("bull:{QUEUE}:wait")).arg(id).ignore();
        added.cmd("ZADD").arg(format!("bull:{QUEUE}:marker")).arg(0).arg("0").ignore();
        added.query_async::<()>(&mut own).await.unwrap();
        let set = if state == JobState::Completed { "completed" } else { "failed" };
        wait_until(id, async || {
            let at: Option<f64> =
                redis::cmd("ZSCORE").arg(format!("bull:{QUEUE}:{set}")).arg(id).query_async(&mut own).await.unwrap();
            at.is_some()
        })
        .await;
        let told: Option<String> = redis::cmd("HGET")
            .arg(format!("bull:{QUEUE}:{id}"))
            .arg("failedReason")
            .query_async(&mut own)
            .await
            .unwrap();
        assert!(told.unwrap_or_default().contains(reason), "{id}");
    }
}

/// A name that PostgreSQL keeps no text of, and that would be two lines of a log, is one like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_may_be_named_anything() {
    let ((url, _), database) = (database().await, TestDatabase::new().await);
    let queue = queue(&url).await;
    let mut fleet = Fleet::on(&database.url, &url);
    let _worker = fleet.worker(&[]);
    let named = JobOptions { job_id: Some("a\0b\nc".to_owned()), ..JobOptions::default() };
    let id = queue.add("x", json!({"configuration": worked_example()}), Some(named)).await.unwrap().id;
    let message = ended(&queue, &id).await;
    assert_eq!(message.state, JobState::Completed, "{:?}", message.failed_reason);
    // Its job is there for whoever asks over HTTP.
    let front = fleet.front();
    let progress = message.progress.unwrap();
    let job = format!("/api/jobs/{}", progress["jobId"].as_str().unwrap());
    assert_eq!(crate::fleet::ask(&front.url, "GET", &job, "").await.unwrap().0, 200);
}

/// A process that stops gives its messages to others at once, with no attempt counted; one that is killed loses them when
/// its lock has run out.
#[tokio::test(flavor = "multi_thread")]
async fn messages_go_on_elsewhere_when_their_worker_stops_or_dies() {
    let ((url, mut own), database) = (database().await, TestDatabase::new().await);
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
    let progress = format!("bull:{QUEUE}:{id}");
    redis::cmd("HDEL").arg(&progress).arg("progress").query_async::<()>(&mut own).await.unwrap();
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
    wait_until("its refusal shows", async || {
        let health = server.get("/readyz").await.json();
        let tier = health["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "queue").unwrap().clone();
        tier["reason"].as_str().is_some_and(|reason| reason.starts_with("it answers with the error NOPERM"))
    })
    .await;
    assert_eq!(server.simulate(&three_buckets(1_000, "without")).await.status, 200);
}

/// Messages can have the names of the queue's own keys, and be nothing that anybody can read: that is said, nothing is
/// lost, and whatever is behind them is taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_keeps_no_message_from_its_worker() {
    let (url, mut own) = database().await;
    let name = |name: &str| format!("bull:{QUEUE}:{name}");
    let mut begin = redis::pipe();
    begin.cmd("HSET").arg(name("stalled")).arg("name").arg("a message named so").ignore();
    let good = json!({"configuration": worked_example()}).to_string();
    let job = [("name", "x"), ("data", &good), ("opts", "{}"), ("timestamp", "1")];
    begin.cmd("HSET").arg(name("good")).arg(&job[..]).ignore();
    begin.cmd("HSET").arg(name("odd")).arg("name").arg(&b"\xff"[..]).arg("data").arg("{}").ignore();
    begin.cmd("RPUSH").arg(name("active")).arg("good").arg("odd").arg("wait").arg(&b"\xfe"[..]).ignore();
    begin.cmd("RPUSH").arg(name("wait")).arg("nothing").ignore();
    begin.query_async::<()>(&mut own).await.unwrap();
    let server = server(&url).await;
    wait_until("it is said", async || {
        let health = server.get("/readyz").await.json();
        let tier = health["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "queue").unwrap().clone();
        tier["reason"].as_str().is_some_and(|reason| reason.contains("stalled is a hash"))
    })
    .await;
    redis::cmd("DEL").arg(name("stalled")).query_async::<()>(&mut own).await.unwrap();
    let queue = queue(&url).await;
    assert_eq!(ended(&queue, "good").await.state, JobState::Completed);
    wait_until("what is no message is in no list", async || {
        let left: u64 = redis::cmd("LLEN").arg(name("active")).query_async(&mut own).await.unwrap();
        left == 0
    })
    .await;
}
