//! A Redis that dies, is forged, or is reached over a bad line, under several servers and a worker: nobody who asks
//! notices, readiness tells, and what comes back is used again without a restart.

use bullmq_rs::JobState;
use foliocast::cache::redis::{Envelopes, OVERHEAD_BYTES, decode_record, encode_record};
use foliocast::store::Record;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use super::{Fleet, a_moments_run, accept, ask, assert_made, digests, expected, simulate};
use crate::harness::three_buckets;
use crate::program::{Process, Server};
use crate::queue::{add, ended, queue};
use crate::redis::proxy::{Line, Proxy};
use crate::redis::server::OwnRedis;
use crate::redis::{database as redis_database, wait_until};
use crate::test_database::TestDatabase;

/// Servers that keep nothing in memory, so that every answer shows what is behind it, and a worker.
struct Crew {
    servers: Vec<Server>,
    _worker: Process,
    /// Of the Redis itself, past whatever line the processes reach it over.
    redis_url: String,
    kept: Vec<Kept>,
    accepted: Vec<(Value, Value)>,
    runs: usize,
    _fleet: Fleet,
}

/// A result that was made before anything went wrong.
struct Kept {
    key: String,
    configuration: Value,
    /// All that a server tells of it, but where it was found.
    answer: Value,
}

/// What `/readyz` says of Redis.
struct Health {
    is_ready: bool,
    num_damaged: u64,
}

fn without_cache(run: &Value) -> Value {
    let mut run = run.clone();
    run.as_object_mut().unwrap().remove("cache");
    run
}

/// Asks a server for a result: where it was found.
async fn read(server: &Server, kept: &Kept) -> String {
    let (status, body) = ask(&server.url, "GET", &format!("/api/runs/{}", kept.key), "").await.unwrap();
    assert_eq!(status, 200, "{body}");
    let run: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(without_cache(&run), kept.answer);
    run["cache"]["tier"].as_str().unwrap().to_owned()
}

/// What a server says of its Redis, which is never a reason to send nobody to it.
async fn health(server: &Server) -> Health {
    let mut found = None;
    wait_until("a server is ready", async || {
        let (status, body) = ask(&server.url, "GET", "/readyz", "").await.unwrap();
        let health: Value = serde_json::from_str(&body).unwrap();
        let tiers = health["tiers"].as_array().unwrap();
        let (redis, others): (Vec<_>, Vec<_>) = tiers.iter().partition(|tier| tier["tier"] == "redis");
        let is_ready = redis[0]["ready"].as_bool().unwrap();
        assert_eq!(redis[0]["reason"].is_null(), is_ready, "{health}");
        // A busy machine may have the database answer late for a moment; then that is named.
        let is_needed = |tier: &&&Value| tier["tier"] == "durable" || tier["tier"] == "members";
        let are_needed_ready = others.iter().filter(is_needed).all(|tier| tier["ready"] == true);
        let expected = if are_needed_ready { 200 } else { 503 };
        assert_eq!((status, health["ready"].as_bool()), (expected, Some(are_needed_ready)), "{health}");
        found = Some(Health { is_ready, num_damaged: health["numDamaged"].as_u64().unwrap() });
        are_needed_ready
    })
    .await;
    found.unwrap()
}

impl Crew {
    /// Processes that have made some results and share them.
    async fn on(database: &TestDatabase, redis_url: &str, line_url: &str, num_servers: usize) -> Self {
        let mut fleet = Fleet::on(&database.url, line_url);
        let without_memory = ["--no-workers", "--memory-cache-bytes", "0"];
        let servers = (0..num_servers).map(|_| fleet.server(&without_memory)).collect();
        let _worker = fleet.worker(&[]);
        let mut crew = Self {
            servers,
            _worker,
            redis_url: redis_url.to_owned(),
            kept: Vec::new(),
            accepted: Vec::new(),
            runs: 0,
            _fleet: fleet,
        };
        for _ in 0..3 {
            let (configuration, run) = crew.make(0).await;
            let key = run["runKey"].as_str().unwrap().to_owned();
            crew.kept.push(Kept { key, configuration, answer: without_cache(&run) });
        }
        crew.until_shared().await;
        crew
    }

    fn next_configuration(&mut self) -> Value {
        self.runs += 1;
        three_buckets(20_000, &format!("run {}", self.runs))
    }

    /// Has a server make a result that nobody asked for before.
    async fn make(&mut self, server: usize) -> (Value, Value) {
        let configuration = self.next_configuration();
        let url = &self.servers[server].url;
        let (status, mut run) = simulate(url, &configuration).await.unwrap();
        if status == 202 {
            // A busy machine takes longer than a request waits.
            assert_made(url, &run, &configuration).await;
            let (status, body) = ask(url, "GET", run["links"]["run"].as_str().unwrap(), "").await.unwrap();
            assert_eq!(status, 200, "{body}");
            run = serde_json::from_str(&body).unwrap();
        } else {
            assert_eq!((status, run["cache"]["tier"].as_str()), (200, Some("computed")), "{run}");
        }
        assert_eq!(digests(&run), expected(&configuration));
        (configuration, run)
    }

    /// Takes on a job that is under way when the next thing happens.
    async fn take_on(&mut self) {
        self.runs += 1;
        let configuration = a_moments_run(&format!("run {}", self.runs));
        self.accepted.push((accept(&self.servers[0].url, &configuration).await, configuration));
    }

    /// Everything that users do, on every server.
    async fn work(&mut self) {
        for server in 0..self.servers.len() {
            let configuration = self.next_configuration();
            self.accepted.push((accept(&self.servers[server].url, &configuration).await, configuration));
            for kept in &self.kept {
                read(&self.servers[server], kept).await;
                let (status, run) = simulate(&self.servers[server].url, &kept.configuration).await.unwrap();
                assert_eq!((status, run["cache"]["hit"].as_bool()), (200, Some(true)), "{run}");
                assert_eq!(without_cache(&run), kept.answer);
            }
            self.make(server).await;
        }
    }

    /// Works until every server has once said something of this kind; the others may be further by then.
    async fn work_until(&mut self, what: &str, is_so: impl Fn(usize, &Health) -> bool) {
        let mut waiting: Vec<usize> = (0..self.servers.len()).collect();
        wait_until(what, async || {
            self.work().await;
            let mut still = Vec::new();
            for server in std::mem::take(&mut waiting) {
                if !is_so(server, &health(&self.servers[server]).await) {
                    still.push(server);
                }
            }
            waiting = still;
            waiting.is_empty()
        })
        .await;
    }

    /// Waits until what one server had made the next one finds in Redis, all around, and everything kept is there.
    async fn until_shared(&mut self) {
        for server in 0..self.servers.len() {
            // Each time something new, so that the next one has not brought it there itself.
            wait_until("what one server had made another finds in Redis", async || {
                let (configuration, run) = self.make(server).await;
                let key = run["runKey"].as_str().unwrap().to_owned();
                let made = Kept { key, configuration, answer: without_cache(&run) };
                read(&self.servers[(server + 1) % self.servers.len()], &made).await == "redis"
            })
            .await;
            for kept in &self.kept {
                let server = &self.servers[server];
                wait_until("what is kept is found in Redis", async || read(server, kept).await == "redis").await;
            }
        }
    }

    /// Waits until every server names Redis as ready and uses it, and the worker takes what others add to the job queue.
    async fn until_recovered(&mut self) {
        self.work_until("Redis is ready again", |_, health| health.is_ready).await;
        self.until_shared().await;
        let (queue, configuration) = (queue(&self.redis_url).await, self.next_configuration());
        let message = ended(&queue, &add(&queue, json!({"configuration": configuration})).await).await;
        assert_eq!(message.state, JobState::Completed, "{:?}", message.failed_reason);
    }

    /// Every job that was accepted has ended, or ends, with the engine's own result.
    async fn assert_all_made(&self) {
        for (number, (accepted, configuration)) in self.accepted.iter().enumerate() {
            assert_made(&self.servers[number % self.servers.len()].url, accepted, configuration).await;
        }
    }
}

/// Redis is killed under load and comes back with nothing in it.
#[tokio::test(flavor = "multi_thread")]
async fn redis_is_killed_under_three_servers_and_comes_back_empty() {
    let (mut redis, database) = (OwnRedis::start(&[]), TestDatabase::new().await);
    let mut crew = Crew::on(&database, &redis.url(), &redis.url(), 3).await;
    crew.take_on().await;
    redis.kill();
    crew.work_until("a server that names it", |_, health| !health.is_ready).await;
    // All that was accepted until now ends without it.
    crew.assert_all_made().await;
    redis.restart();
    crew.until_recovered().await;
    crew.assert_all_made().await;
    for server in &crew.servers {
        assert_eq!(health(server).await.num_damaged, 0, "what is lost is not damaged");
    }
}

/// All processes reach Redis over a line that is bad in one way after the other.
#[tokio::test(flavor = "multi_thread")]
async fn redis_is_reached_over_a_line_that_delays_cuts_and_garbles() {
    let (redis, database) = (OwnRedis::start(&[]), TestDatabase::new().await);
    let proxy = Proxy::before(&redis.url()).await;
    let mut crew = Crew::on(&database, &redis.url(), &proxy.url, 3).await;
    // Three times as long as anybody waits for Redis.
    for line in [Line::Silent, Line::Cut, Line::Delayed(300), Line::Garbled(3), Line::Garbled(211)] {
        let mut damaged_before = Vec::new();
        for server in &crew.servers {
            damaged_before.push(health(server).await.num_damaged);
        }
        crew.take_on().await;
        proxy.set(line);
        // What comes garbled may be whole enough to be an answer, and is found out by its seal.
        let may_be_damaged = matches!(line, Line::Garbled(_));
        crew.work_until(&format!("a server that notices {line:?}"), |server, health| {
            !health.is_ready || may_be_damaged && health.num_damaged > damaged_before[server]
        })
        .await;
        proxy.set(Line::Good);
        crew.until_recovered().await;
    }
    crew.assert_all_made().await;
}

/// What somebody puts into Redis is no answer of any server; the first that finds it counts it and puts it right.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_in_redis_one_server_finds_out_and_puts_right_for_the_other() {
    let (url, mut own) = redis_database().await;
    let database = TestDatabase::new().await;
    let crew = Crew::on(&database, &url, &url, 2).await;
    let name = |kept: &Kept| format!("scenario-run:{}", kept.key);
    let (kept, another) = (&crew.kept[0], &crew.kept[1]);
    let sealed: Vec<u8> = own.get(name(kept)).await.unwrap();
    let of_another: Vec<u8> = own.get(name(another)).await.unwrap();
    let mut flipped = sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let payload = &sealed[OVERHEAD_BYTES..];
    let record = decode_record(payload.to_vec().into()).unwrap();
    let lie = encode_record(&Record { content_digest: [1; 32], ..record.clone() });
    let elsewhere = Envelopes::of(&[8; 32]);
    let forged = [
        ("a flipped bit", flipped),
        ("a part of it", sealed[..sealed.len() / 2].to_vec()),
        ("text", b"{\"digest\":\"0\"}".to_vec()),
        ("another result", of_another),
        ("a good seal before another payload", [&sealed[..OVERHEAD_BYTES], &lie].concat()),
        ("the seal of another installation", elsewhere.seal(&name(kept), record.id.format, payload)),
        ("a lie under the seal of another installation", elsewhere.seal(&name(kept), record.id.format, &lie)),
    ];
    for (round, (what, value)) in forged.iter().enumerate() {
        let (first, second) = (&crew.servers[round % 2], &crew.servers[(round + 1) % 2]);
        let (before, before_second) = (health(first).await.num_damaged, health(second).await.num_damaged);
        wait_until(what, async || {
            own.set::<_, _, ()>(name(kept), value).await.unwrap();
            read(first, kept).await;
            health(first).await.num_damaged > before
        })
        .await;
        assert_eq!(health(first).await.num_damaged, before + 1, "{what}");
        wait_until("it is put right", async || {
            read(first, kept).await;
            own.get::<_, Option<Vec<u8>>>(name(kept)).await.unwrap().as_ref() == Some(&sealed)
        })
        .await;
        wait_until("the other finds it", async || read(second, kept).await == "redis").await;
        assert_eq!(health(second).await.num_damaged, before_second, "{what}");
    }
}
