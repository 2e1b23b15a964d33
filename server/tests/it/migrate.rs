//! An installation that moves from its files to PostgreSQL, with the real program.

mod refusals;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use foliocast::store::moving::{ColumnType, SqliteFile, TABLES, Table};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tempfile::TempDir;

use crate::fleet::{Fleet, digests, expected};
use crate::harness::three_buckets;
use crate::keyed::{Keyed, make_key};
use crate::program::{Server, assert_code, foliocast, stderr, stdout};
use crate::redis::wait_until;
use crate::sqlite::connect;
use crate::test_database::TestDatabase;

/// `migrate` from a data directory to a database.
fn migrate(data: &Path, url: &str) -> Command {
    let mut command = foliocast(&["migrate", "--from"]);
    command.arg(format!("sqlite://{}", data.display())).args(["--to", url]);
    command
}

fn run(mut command: Command) -> Output {
    command.output().expect("the program runs")
}

/// A run whose rows are kept, different for every `name`.
fn kept_run(fund: &str, name: &str) -> Value {
    let mut run = three_buckets(20_000, name);
    run["fundId"] = fund.into();
    for bucket in run["buckets"].as_array_mut().unwrap() {
        bucket["deals"] = 100.into();
    }
    run
}

fn without_cache(mut run: Value) -> Value {
    run.as_object_mut().unwrap().remove("cache");
    run
}

/// An installation in files, with something of everything.
struct Old {
    _dir: TempDir,
    data: PathBuf,
    admin: String,
    ann: String,
    bob: String,
    cookie: String,
    /// Whose key opens it, the run's answer, and all rows of its matrix.
    made: Vec<(String, Value, Vec<u8>)>,
    dropped: Value,
    evicted: (Value, Value),
    waiting: Vec<(String, Value, Value)>,
    told: BTreeMap<&'static str, Value>,
}

/// What is told of the whole, without what asking for it changes.
fn told(admin: Keyed<'_>, ann: Keyed<'_>, bob: Keyed<'_>) -> BTreeMap<&'static str, Value> {
    let mut keys = admin.get("/api/keys");
    for key in keys["items"].as_array_mut().unwrap() {
        key.as_object_mut().unwrap().remove("lastUsedAt");
    }
    let stats = admin.get("/api/cache/stats");
    let storage =
        |tier: &str| json!([stats["storage"][tier]["entriesCount"], stats["storage"][tier]["totalSizeBytes"]]);
    BTreeMap::from([
        ("keys", keys),
        ("audit", admin.get("/api/audit?limit=200")),
        ("cache audit", admin.get("/api/cache/audit")),
        ("overview", stats["overview"].clone()),
        ("performance", stats["performance"].clone()),
        ("recent activity", stats["recentActivity"].clone()),
        ("by kind", stats["byKind"].clone()),
        ("by fund", stats["byFund"].clone()),
        ("jobs", stats["jobs"].clone()),
        ("durable", storage("durable")),
        ("evicted", stats["storage"]["evicted"].clone()),
        ("runs of ann", ann.get("/api/runs?limit=200")),
        ("runs of bob", bob.get("/api/runs?limit=200")),
        ("funds of ann", ann.get("/api/funds")),
        ("funds of bob", bob.get("/api/funds")),
    ])
}

fn sign_in(url: &str, key: &str) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let answer = agent.post(format!("{url}/login")).header("origin", url).send_form([("key", key), ("next", "/")]);
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn account_of(url: &str, cookie: &str) -> Value {
    let mut answer = ureq::get(format!("{url}/api/account")).header("cookie", cookie).call().expect("200");
    serde_json::from_slice(&answer.body_mut().read_to_vec().unwrap()).unwrap()
}

impl Old {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let key = |name: &str, tenant: &str, role: &str| {
            let place = |command: &mut Command| _ = command.arg("--data-dir").arg(&data);
            make_key(place, name, tenant, role)
        };
        let (admin, ann, bob) =
            (key("admin", "default", "operator"), key("ann", "a", "analyst"), key("bob", "b", "analyst"));
        let server = Server::start(&data, &[]);
        let as_key = |key| Keyed { url: &server.url, key };
        let cookie = sign_in(&server.url, &ann);
        let wanted = [
            (&ann, kept_run("fund-1", "shared")),
            (&bob, kept_run("fund-1", "shared")),
            (&bob, kept_run("fund-2", "own")),
        ];
        let mut made = Vec::new();
        for (key, configuration) in wanted {
            let run = as_key(key).simulate(&configuration);
            let data = format!("/api/matrices/{}/data?format=fcm", run["matrixKey"].as_str().unwrap());
            let (status, rows) = as_key(key).read(&data);
            assert_eq!(status, 200);
            made.push((key.clone(), without_cache(run), rows));
        }
        let evicted = kept_run("fund-1", "evicted");
        let evicted = (as_key(&ann).simulate(&evicted), evicted);
        let dropped = as_key(&ann).simulate(&kept_run("fund-1", "dropped"));
        let drop = json!({"scope": "matrix", "matrixKey": dropped["matrixKey"], "reason": "before the move"});
        assert_eq!(as_key(&admin).send("POST", "/api/cache/invalidate", &drop).0, 200);
        for (key, size) in [(&ann, json!({"amount": 12_500_000, "currency": "EUR"})), (&bob, Value::Null)] {
            let mut fund = json!({"configuration": kept_run("fund-1", "stored")});
            if !size.is_null() {
                fund["fundSize"] = size;
            }
            let (status, put) = as_key(key).send("PUT", "/api/funds/fund-1", &fund);
            assert_eq!(status, 201, "{put}");
        }
        assert_eq!(server.stop("-TERM"), Some(0));

        evict(&data, &evicted.0).await;
        let server = Server::start(&data, &["--no-workers"]);
        let as_key = |key| Keyed { url: &server.url, key };
        let waiting: Vec<_> = [(&ann, "waiting"), (&bob, "under way")]
            .into_iter()
            .map(|(key, name)| {
                let configuration = kept_run("fund-3", name);
                let (status, job) = as_key(key).send("POST", "/api/monte-carlo/simulate?wait=0", &configuration);
                assert_eq!(status, 202, "{job}");
                (key.clone(), job, configuration)
            })
            .collect();
        let told = told(as_key(&admin), as_key(&ann), as_key(&bob));
        assert_eq!(server.stop("-TERM"), Some(0));
        // As a process leaves it that is killed.
        let main = connect(&data.join("foliocast.db")).await;
        let active = sqlx::query(
            "UPDATE computations SET state = 'active', token = 1, attempts = 1, percent = 40, step = 'simulating',
                    lease_until = created_at + 10000
             WHERE computation_id = (SELECT computation_id FROM jobs WHERE tenant = 'b' ORDER BY created_at DESC LIMIT 1)",
        );
        assert_eq!(active.execute(&main).await.unwrap().rows_affected(), 1);
        main.close().await;
        Self { _dir: dir, data, admin, ann, bob, cookie, made, dropped, evicted, waiting, told }
    }
}

/// Lets a run and its matrix go, as they do that nobody used for long.
async fn evict(data: &Path, run: &Value) {
    let main = connect(&data.join("foliocast.db")).await;
    let old = "UPDATE artifact_uses SET used_at = used_at - 259200000, held_until = 0 WHERE lower(hex(key)) IN (?, ?)";
    let aged =
        sqlx::query(old).bind(run["runKey"].as_str()).bind(run["matrixKey"].as_str()).execute(&main).await.unwrap();
    assert_eq!(aged.rows_affected(), 2);
    let server = Server::start(data, &["--durable-max-age-days", "1"]);
    wait_until("they are evicted", async || {
        let evictions: i64 = sqlx::query_scalar("SELECT count(*) FROM evictions").fetch_one(&main).await.unwrap();
        evictions == 2
    })
    .await;
    main.close().await;
    assert_eq!(server.stop("-TERM"), Some(0));
}

/// All rows of a table, each value in words, in one order in both databases.
fn in_words(table: &Table, of: impl Fn(&str, ColumnType) -> String) -> String {
    let values: Vec<_> = table.columns().map(|(name, column_type)| of(name, column_type)).collect();
    format!("SELECT {} FROM {}", values.join(", "), table.name)
}

async fn rows_in_sqlite(pool: &SqlitePool, table: &Table) -> Vec<Vec<Option<String>>> {
    let statement = in_words(table, |name, column_type| {
        // What changes on the way is looked at by itself.
        if table.read_as.iter().any(|(changed, _)| *changed == name) {
            return "NULL".to_owned();
        }
        match column_type {
            ColumnType::Bytea | ColumnType::Uuid => format!("lower(hex({name}))"),
            ColumnType::Text => name.to_owned(),
            ColumnType::Bigint | ColumnType::Boolean => format!("CAST({name} AS TEXT)"),
            ColumnType::Double => format!("printf('%.3f', {name})"),
        }
    });
    let found = sqlx::query(AssertSqlSafe(statement)).fetch_all(pool).await.unwrap();
    sorted(found.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()))
}

async fn rows_in_postgres(pool: &PgPool, table: &Table) -> Vec<Vec<Option<String>>> {
    let statement = in_words(table, |name, column_type| {
        if table.read_as.iter().any(|(changed, _)| *changed == name) {
            return "NULL".to_owned();
        }
        match column_type {
            ColumnType::Bytea => format!("encode({name}, 'hex')"),
            ColumnType::Uuid => format!("replace({name}::text, '-', '')"),
            ColumnType::Text => name.to_owned(),
            ColumnType::Bigint => format!("{name}::text"),
            ColumnType::Boolean => format!("{name}::int::text"),
            ColumnType::Double => format!("coalesce({name}, 0)::numeric(20, 3)::text"),
        }
    });
    let found = sqlx::query(AssertSqlSafe(statement)).fetch_all(pool).await.unwrap();
    sorted(found.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()))
}

fn sorted(rows: impl Iterator<Item = Vec<Option<String>>>) -> Vec<Vec<Option<String>>> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    rows
}

async fn pairs(pool: &PgPool, statement: &'static str) -> Vec<(String, i64, i64)> {
    sqlx::query_as(statement).fetch_all(pool).await.unwrap()
}

/// Every row is there as it was, what triggers counted is what there is, and live computations wait.
async fn assert_same_rows(data: &Path, database: &PgPool) {
    let main = connect(&data.join("foliocast.db")).await;
    let chunks = connect(&data.join("chunks.db")).await;
    for table in &TABLES {
        let pool = if table.file == SqliteFile::Main { &main } else { &chunks };
        let (before, after) = (rows_in_sqlite(pool, table).await, rows_in_postgres(database, table).await);
        assert!(!before.is_empty(), "{} has nothing to move", table.name);
        assert_eq!(after, before, "{}", table.name);
    }
    main.close().await;
    chunks.close().await;
    let sums = pairs(
        database,
        "SELECT kind, sum(entries)::bigint, sum(bytes)::bigint FROM artifact_sums GROUP BY kind ORDER BY kind",
    )
    .await;
    let uses =
        "SELECT kind, count(*), sum(record_bytes + rows_bytes)::bigint FROM artifact_uses GROUP BY kind ORDER BY kind";
    assert_eq!(sums, pairs(database, uses).await);
    let there = "SELECT kind, count(*),
            sum(octet_length(body) + octet_length(block_digests) + CASE WHEN num_chunks > 0 THEN chunk_bytes ELSE 0 END)::bigint
        FROM artifacts GROUP BY kind ORDER BY kind";
    assert_eq!(sums, pairs(database, there).await);
    let live = "SELECT state || ' ' || step, count(lease_until), count(*) FROM computations
        WHERE ended_at IS NULL AND percent = 0 AND not_before = 0 GROUP BY 1";
    assert_eq!(pairs(database, live).await, [("waiting waiting".to_owned(), 0, 2)]);
    let disabled: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
            .fetch_one(database)
            .await
            .unwrap();
    assert_eq!(disabled, 0, "the triggers work again");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_and_everybody_goes_on_where_they_were() {
    let old = Old::new().await;
    let files = ["foliocast.db", "chunks.db"].map(|name| old.data.join(name));
    let before = files.clone().map(|file| std::fs::read(file).unwrap());
    let database = TestDatabase::new().await;
    let moved = run(migrate(&old.data, &database.url));
    assert_code(&moved, 0);
    assert!(stdout(&moved).contains("\nartifact_chunks    "), "{}", stdout(&moved));
    assert!(stderr(&moved).contains("start servers and workers with it as DATABASE_URL"), "{}", stderr(&moved));
    assert!(stderr(&moved).contains(":***@") && !stderr(&moved).contains(&database.url), "{}", stderr(&moved));
    let pool = database.connect().await;
    assert!(before == files.map(|file| std::fs::read(file).unwrap()), "the files are as they were");
    assert_same_rows(&old.data, &pool).await;

    let mut fleet = Fleet::on(&database.url, "");
    let front = fleet.front();
    let as_key = |key| Keyed { url: &front.url, key };
    let found = told(as_key(&old.admin), as_key(&old.ann), as_key(&old.bob));
    for (name, before) in &old.told {
        assert_eq!(&found[name], before, "{name}");
    }
    assert_eq!(account_of(&front.url, &old.cookie)["key"]["name"], "ann", "the session goes on");
    for (key, run, rows) in &old.made {
        let found = as_key(key).get(run["links"]["self"].as_str().unwrap());
        assert_eq!(found["cache"]["hit"], true, "{found}");
        // Whose configuration it was is of each answer.
        assert_eq!(&without_cache(found), run);
        let data = format!("/api/matrices/{}/data?format=fcm", run["matrixKey"].as_str().unwrap());
        assert!(as_key(key).read(&data) == (200, rows.clone()), "the rows are the same");
    }
    assert_eq!(as_key(&old.bob).read(old.evicted.0["links"]["self"].as_str().unwrap()).0, 404, "what is not his");
    assert_eq!(as_key(&old.ann).read(old.dropped["links"]["self"].as_str().unwrap()).0, 404, "dropped is dropped");

    let worker = fleet.server(&[]);
    let as_key = |key| Keyed { url: &worker.url, key };
    let again = as_key(&old.ann).get(old.evicted.0["links"]["self"].as_str().unwrap());
    assert_eq!((again["cache"]["tier"].as_str(), digests(&again)), (Some("computed"), expected(&old.evicted.1)));
    for (key, job, configuration) in &old.waiting {
        let path = job["links"]["self"].as_str().unwrap();
        as_key(key).read(&format!("{path}/events"));
        assert_eq!(as_key(key).get(path)["state"], "complete");
        let run = as_key(key).get(job["links"]["run"].as_str().unwrap());
        assert_eq!(digests(&run), expected(configuration));
    }
    let damaged = worker.log();
    assert!(!damaged.contains("damaged"), "{damaged}");

    drop((front, worker));
    let again = run(migrate(&old.data, &database.url));
    assert_code(&again, 2);
    assert!(
        stderr(&again).contains("access_keys") && stderr(&again).contains("nothing is mixed"),
        "{}",
        stderr(&again)
    );
}
