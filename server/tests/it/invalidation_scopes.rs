//! Each scope of `POST /api/cache/invalidate`, over three real processes, a Redis and a PostgreSQL: what went is looked up
//! outside, in every place where it was, and what stayed too.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::fleet::Fleet;
use crate::harness::three_buckets;
use crate::keyed::{Keyed, make_key};
use crate::program::Server;
use crate::redis::{database as redis_database, wait_until};
use crate::test_database::TestDatabase;

/// An artifact's kind and key.
type Artifact = (String, String);

/// A run of a fund. Those with one `seed` have one matrix, whatever their fund and their allocation.
struct Wanted {
    name: &'static str,
    fund: &'static str,
    seed: &'static str,
    first_share: u32,
}

/// `alpha` and `beta` share a matrix; `alpha` has another one with two runs, and `gamma` one of its own.
const WANTED: [Wanted; 5] = [
    Wanted { name: "alpha in shared", fund: "alpha", seed: "shared", first_share: 50 },
    Wanted { name: "beta in shared", fund: "beta", seed: "shared", first_share: 50 },
    Wanted { name: "alpha in own", fund: "alpha", seed: "own", first_share: 50 },
    Wanted { name: "alpha in own, allocated otherwise", fund: "alpha", seed: "own", first_share: 40 },
    Wanted { name: "gamma in last", fund: "gamma", seed: "last", first_share: 50 },
];

impl Wanted {
    fn configuration(&self) -> Value {
        let mut configuration = three_buckets(20_000, self.seed);
        configuration["fundId"] = self.fund.into();
        for bucket in configuration["buckets"].as_array_mut().unwrap() {
            // So much that reading rows back is cheaper than making them again.
            bucket["deals"] = 100.into();
        }
        configuration["buckets"][0]["capitalAllocation"] = self.first_share.into();
        configuration["buckets"][1]["capitalAllocation"] = (80 - self.first_share).into();
        configuration
    }
}

/// Three processes, an operator with a key, and what is looked up past them.
struct Site {
    servers: Vec<Server>,
    key: String,
    pool: PgPool,
    redis: MultiplexedConnection,
    fleet: Fleet,
    _database: TestDatabase,
}

/// Everything in every place: artifacts in PostgreSQL, chunks of rows there, keys and values in Redis but for the marks of
/// what was dropped, and how many artifacts each process has in memory.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    artifacts: BTreeSet<Artifact>,
    chunks: BTreeSet<(Artifact, i64)>,
    in_redis: BTreeMap<String, Vec<u8>>,
    in_memory: Vec<u64>,
}

fn key_in_redis((kind, key): &Artifact) -> String {
    format!("scenario-{kind}:{key}")
}

impl Site {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let (redis_url, redis) = redis_database().await;
        let mut fleet = Fleet::on(&database.url, &redis_url);
        let servers = vec![fleet.server(&[]), fleet.front(), fleet.server(&[])];
        let place = |command: &mut Command| _ = command.env("DATABASE_URL", &database.url);
        let key = make_key(place, "dora", "default", "operator");
        let pool = database.connect().await;
        let site = Self { servers, key, pool, redis, fleet, _database: database };
        // Each follows within a second what the command line does to keys.
        for number in 0..3 {
            wait_until("the key counts", async || site.at(number).read("/api/cache/audit").0 == 200).await;
        }
        site
    }

    fn at(&self, number: usize) -> Keyed<'_> {
        Keyed { url: &self.servers[number].url, key: &self.key }
    }

    /// Stops all processes and starts others.
    fn restart(&mut self) {
        for server in self.servers.drain(..) {
            assert_eq!(server.stop("-TERM"), Some(0));
        }
        self.servers = vec![self.fleet.server(&[]), self.fleet.front(), self.fleet.server(&[])];
    }

    /// Makes what is not there, and lets every process have everything in memory and Redis all of it, rows included: keys
    /// of runs and of matrices by the names of the runs.
    async fn fill(&mut self) -> BTreeMap<&'static str, (String, String)> {
        let mut keys = BTreeMap::new();
        for wanted in &WANTED {
            let run = self.at(0).simulate(&wanted.configuration());
            let key = |name: &str| run[name].as_str().unwrap().to_owned();
            keys.insert(wanted.name, (key("runKey"), key("matrixKey")));
        }
        let matrices: BTreeSet<_> = keys.values().map(|(_, matrix)| matrix).collect();
        assert_eq!(matrices.len(), 3, "{keys:?}");
        for number in 0..3 {
            for (run, _) in keys.values() {
                self.at(number).get(&format!("/api/runs/{run}"));
                // What was just found behind memory is in it.
                let again = self.at(number).get(&format!("/api/runs/{run}"));
                assert_eq!(again["cache"]["tier"], "memory", "{again}");
            }
            for matrix in &matrices {
                assert_eq!(self.at(number).read(&format!("/api/matrices/{matrix}/data?format=csv")).0, 200);
            }
        }
        let all: BTreeSet<Artifact> = keys
            .values()
            .flat_map(|(run, matrix)| [("run".to_owned(), run.clone()), ("matrix".to_owned(), matrix.clone())])
            .collect();
        assert_eq!(self.artifacts().await, all);
        assert_eq!(self.chunks().await.len(), 3, "a chunk of rows for each matrix");
        for number in 0..3 {
            wait_until("it is in memory", async || self.in_memory(number) == 8).await;
        }
        let expected: BTreeSet<String> =
            all.iter().map(key_in_redis).chain(matrices.iter().map(|key| format!("scenario-matrix:{key}:0"))).collect();
        let redis = self.redis.clone();
        wait_until("it is in Redis", async || in_redis(&redis).await.into_keys().collect::<BTreeSet<_>>() == expected)
            .await;
        keys
    }

    async fn artifacts(&self) -> BTreeSet<Artifact> {
        let found: Vec<Artifact> =
            sqlx::query_as("SELECT kind, encode(key, 'hex') FROM artifacts").fetch_all(&self.pool).await.unwrap();
        found.into_iter().collect()
    }

    async fn chunks(&self) -> BTreeSet<(Artifact, i64)> {
        let found: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT kind, encode(key, 'hex'), chunk FROM artifact_chunks")
                .fetch_all(&self.pool)
                .await
                .unwrap();
        found.into_iter().map(|(kind, key, chunk)| ((kind, key), chunk)).collect()
    }

    /// Runs and matrices that a process has in memory, by its own metrics.
    fn in_memory(&self, number: usize) -> u64 {
        let (status, metrics) = self.at(number).read("/metrics");
        assert_eq!(status, 200);
        let metrics = String::from_utf8(metrics).unwrap();
        let line = metrics.lines().find_map(|line| line.strip_prefix("foliocast_cache_entries{tier=\"memory\"} "));
        line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
    }

    async fn held(&self) -> Held {
        Held {
            artifacts: self.artifacts().await,
            chunks: self.chunks().await,
            in_redis: in_redis(&self.redis).await,
            in_memory: (0..3).map(|number| self.in_memory(number)).collect(),
        }
    }

    /// Drops a scope through one server, and asserts that just `gone` went, from everywhere, and that everybody is told so;
    /// its line in the log.
    async fn assert_drops(&self, number: usize, scope: &Value, subject: &str, gone: &BTreeSet<Artifact>) -> Value {
        let before = self.held().await;
        let mut request = scope.clone();
        let reason = format!("a recount of {subject}");
        request["reason"] = reason.clone().into();
        let (status, told) = self.at(number).send("POST", "/api/cache/invalidate", &request);
        assert_eq!(status, 200, "{told}");

        // At once: what the call has answered is so.
        let after = self.held().await;
        assert_eq!(after.artifacts, &before.artifacts - gone, "PostgreSQL, {scope}");
        let of_stayed = |(artifact, _): &&(Artifact, i64)| !gone.contains(artifact);
        assert_eq!(after.chunks, before.chunks.iter().filter(of_stayed).cloned().collect(), "rows, {scope}");
        let names: BTreeSet<String> = gone.iter().map(key_in_redis).collect();
        let is_of_gone = |key: &str| names.iter().any(|name| key == name || key.starts_with(&format!("{name}:")));
        let stayed: BTreeMap<_, _> = before.in_redis.iter().filter(|(key, _)| !is_of_gone(key)).collect();
        assert_eq!(
            after.in_redis.keys().collect::<Vec<_>>(),
            stayed.keys().copied().collect::<Vec<_>>(),
            "Redis, {scope}"
        );
        assert!(
            after.in_redis.iter().collect::<BTreeMap<_, _>>() == stayed,
            "what stays in Redis stays as it is, {scope}"
        );
        for (process, (had, has)) in before.in_memory.iter().zip(&after.in_memory).enumerate() {
            assert_eq!(*has, had - gone.len() as u64, "memory of process {process}, {scope}");
        }
        // Which ones they have shows when they are asked.
        for process in 0..3 {
            for (kind, key) in &before.artifacts {
                let is_gone = gone.contains(&(kind.clone(), key.clone()));
                let (path, expected) = match kind.as_str() {
                    "run" => (format!("/api/runs/{key}"), if is_gone { 404 } else { 200 }),
                    _ => (format!("/api/matrices/{key}"), if is_gone { 404 } else { 200 }),
                };
                let (status, body) = self.at(process).read(&path);
                let body = String::from_utf8_lossy(&body);
                assert_eq!(status, expected, "{path} of process {process}, {scope}: {body}");
                if kind == "run" && !is_gone {
                    assert!(body.contains("\"tier\":\"memory\""), "{path} of process {process}, {scope}: {body}");
                }
            }
        }

        let num_gone = gone.len() as u64;
        let counts = json!({"memory": 3 * num_gone, "redis": num_gone, "durable": num_gone, "postgres": num_gone});
        assert_eq!(told["invalidated"], counts, "{scope}");
        assert_eq!(told["unacknowledged"], json!([]), "{scope}");
        assert!(told["duration"].as_f64().is_some_and(|duration| duration > 0.0), "{told}");
        let line = self.at((number + 1) % 3).get("/api/cache/audit")["items"][0].clone();
        assert_eq!((&line["user"], &line["action"]), (&json!("dora"), &json!("cache.invalidate")), "{line}");
        assert_eq!((&line["subject"], &line["reason"]), (&json!(subject), &json!(reason)), "{line}");
        let named = json!({"id": line["id"], "timestamp": line["timestamp"], "user": "dora", "reason": reason});
        assert_eq!(told["auditLog"], named);
        line
    }
}

/// Keys and values in Redis, but for the marks that say what was dropped.
async fn in_redis(redis: &MultiplexedConnection) -> BTreeMap<String, Vec<u8>> {
    let mut redis = redis.clone();
    let mut found = BTreeMap::new();
    for key in redis.keys::<_, Vec<String>>("scenario-*").await.unwrap() {
        if !key.ends_with(":epoch") {
            found.insert(key.clone(), redis.get(&key).await.unwrap());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_removes_what_it_says_from_every_tier_of_every_process_and_nothing_else() {
    let mut site = Site::new().await;
    let keys = site.fill().await;
    let run = |name: &str| ("run".to_owned(), keys[name].0.clone());
    let matrix = |name: &str| ("matrix".to_owned(), keys[name].1.clone());
    let (shared, own) = (keys["beta in shared"].1.clone(), keys["alpha in own"].1.clone());
    let all: BTreeSet<Artifact> = keys.keys().flat_map(|name| [run(name), matrix(name)]).collect();
    let runs: BTreeSet<Artifact> = keys.keys().map(|name| run(name)).collect();
    let rounds = [
        (
            json!({"scope": "fund", "fundId": "alpha"}),
            "fund alpha".to_owned(),
            // `beta` uses the shared matrix, too.
            BTreeSet::from([
                run("alpha in shared"),
                run("alpha in own"),
                run("alpha in own, allocated otherwise"),
                matrix("alpha in own"),
            ]),
        ),
        (json!({"scope": "fund", "fundId": "beta"}), "fund beta".to_owned(), BTreeSet::from([run("beta in shared")])),
        (
            json!({"scope": "fund", "fundId": "gamma"}),
            "fund gamma".to_owned(),
            BTreeSet::from([run("gamma in last"), matrix("gamma in last")]),
        ),
        (
            json!({"scope": "matrix", "matrixKey": shared}),
            format!("matrix {shared}"),
            BTreeSet::from([run("alpha in shared"), run("beta in shared"), matrix("beta in shared")]),
        ),
        (
            json!({"scope": "matrix", "matrixKey": own}),
            format!("matrix {own}"),
            BTreeSet::from([run("alpha in own"), run("alpha in own, allocated otherwise"), matrix("alpha in own")]),
        ),
        (json!({"scope": "kind", "kind": "run"}), "kind run".to_owned(), runs),
        (json!({"scope": "kind", "kind": "matrix"}), "kind matrix".to_owned(), all.clone()),
        (json!({"scope": "all"}), "all".to_owned(), all),
    ];
    let mut lines = Vec::new();
    for (number, (scope, subject, gone)) in rounds.iter().enumerate() {
        site.fill().await;
        lines.insert(0, site.assert_drops(number % 3, scope, subject, gone).await);
    }

    // What the fund leaves behind goes with the last one that uses it.
    site.fill().await;
    for (fund, gone) in [
        (
            "alpha",
            BTreeSet::from([
                run("alpha in shared"),
                run("alpha in own"),
                run("alpha in own, allocated otherwise"),
                matrix("alpha in own"),
            ]),
        ),
        ("beta", BTreeSet::from([run("beta in shared"), matrix("beta in shared")])),
    ] {
        let scope = json!({"scope": "fund", "fundId": fund});
        lines.insert(0, site.assert_drops(1, &scope, &format!("fund {fund}"), &gone).await);
    }

    assert_eq!(site.at(0).get("/api/cache/audit")["items"], json!(lines));
    site.restart();
    for number in 0..3 {
        assert_eq!(site.at(number).get("/api/cache/audit")["items"], json!(lines), "process {number}");
    }
    let logged: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "SELECT key_name, subject, reason FROM audit_log WHERE action = 'cache.invalidate' ORDER BY at DESC, audit_id DESC",
    )
    .fetch_all(&site.pool)
    .await
    .unwrap();
    let told = lines.iter().map(|line| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("user"), text("subject"), Some(text("reason")))
    });
    assert_eq!(logged, told.collect::<Vec<_>>());
}
