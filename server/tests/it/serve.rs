//! The server as a process: killed, stopped, started twice, with damaged files and with settings it cannot follow.

use std::time::{Duration, Instant};

use foliocast_core::scenario::Run;
use serde_json::{Value, json};

use crate::formats::read_csv;
use crate::harness::{config, rows_of, three_buckets};
use crate::installation::PATIENCE;
use crate::program::{ALLOWS_ENDLESS_RUNS, Server, assert_code, endless_run, serve, simulate, stderr, stdout};

const JOBS: u32 = 10;

fn job(round: u64, number: u32) -> Value {
    let mut job = three_buckets(100_000 + number, &format!("{round}/{number}"));
    for bucket in job["buckets"].as_array_mut().expect("buckets") {
        bucket["deals"] = 20.into();
    }
    job
}

/// Some 10⁸ deal draws for few rows: dear enough to make that they are kept.
fn dear_job() -> Value {
    json!({
        "fundId": "dear", "numScenarios": 100_000,
        "buckets": [{"name": "All", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 3}, "deals": 1_000}],
    })
}

/// Asserts that a job ended complete, and that its run is the engine's.
fn assert_made(server: &Server, accepted: &Value, configuration: &Value) {
    let job = server.ended_job(accepted["links"]["self"].as_str().expect("a link"));
    assert_eq!(job["state"], "complete", "{job}");
    let run = server.get(accepted["links"]["run"].as_str().expect("a link"));
    let expected = Run::new(&config(configuration)).finish();
    assert_eq!(run["digest"], json!(expected.digest), "{job}");
    assert_eq!(run["summaryDigest"], json!(expected.summary_digest), "{job}");
}

/// Numbers that look random and are the same in every run of the tests (xorshift, Marsaglia 2003).
fn next_number(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn every_job_accepted_over_http_is_completed_after_kill_9_at_any_moment() {
    let mut state = 2_026;
    for round in 0..6 {
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("data");
        let server = Server::start(&data, &[]);
        // From before the first answer to after the last result, on machines of very different speed.
        let moment = Duration::from_millis(next_number(&mut state) % (50 << round));
        let url = server.url.clone();
        let asking = std::thread::spawn(move || {
            let ask = |number| simulate(&url, "?wait=0", &job(round, number)).map(|accepted| (number, accepted));
            // Of a request without an answer nobody was told that it is accepted.
            (0..JOBS).map_while(|number| ask(number).ok()).collect::<Vec<_>>()
        });
        std::thread::sleep(moment);
        assert_eq!(server.stop("-KILL"), None);
        let accepted = asking.join().expect("the asking ends");

        let again = Server::start(&data, &[]);
        for (number, accepted) in &accepted {
            assert_made(&again, accepted, &job(round, *number));
        }
        assert_eq!(again.stop("-TERM"), Some(0));
    }
}

#[test]
fn a_job_that_a_stop_interrupts_is_handed_back_to_the_next_server() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &ALLOWS_ENDLESS_RUNS);
    let accepted = server.simulate("?wait=0", &endless_run());
    let path = accepted["links"]["self"].as_str().expect("a link");
    let begun = Instant::now();
    while server.get(path)["state"] != "active" {
        assert!(begun.elapsed() < PATIENCE, "the job is not taken up");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.stop("-TERM"), Some(0));
    let again = Server::start(&data, &["--no-workers"]);
    let job = again.get(path);
    assert_eq!(job["state"], "waiting", "{job}");
    assert_eq!(job["attempts"], 0, "what was handed back is no attempt");
}

#[test]
fn a_second_server_on_the_same_directory_is_refused_in_a_sentence() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &[]);
    let second = serve(&data, &[]).output().expect("the program runs");
    assert_code(&second, 1);
    let sentence = format!(
        "error: the data directory {} is in use by process {}; stop it, or choose another directory with \
         FOLIOCAST_DATA_DIR\n",
        data.display(),
        server.id()
    );
    assert_eq!((stdout(&second), stderr(&second)), ("", sentence.as_str()));
    assert_eq!(server.get("/healthz")["status"], "ok", "the first one goes on");
    assert_eq!(server.stop("-KILL"), None);
    // A lock left behind by a killed server locks nobody out.
    assert_eq!(Server::start(&data, &[]).stop("-TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_chunk_is_made_again_counted_and_logged() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let configuration = dear_job();
    let server = Server::start(&data, &[]);
    let run = server.simulate("?wait=60000", &configuration);
    let rows = format!("{}/data?format=csv", run["links"]["matrix"].as_str().expect("a link"));
    assert_eq!(server.get("/readyz")["numDamaged"], 0);
    assert_eq!(server.stop("-TERM"), Some(0));

    let pool = crate::sqlite::connect(&data.join("chunks.db")).await;
    let damaged = sqlx::query(
        "UPDATE artifact_chunks SET encoded = CAST(substr(encoded, 1, 999) || x'5a' || substr(encoded, 1001) AS BLOB)
         WHERE chunk = 0 AND substr(encoded, 1000, 1) <> x'5a'",
    )
    .execute(&pool)
    .await
    .expect("the file can be written");
    pool.close().await;
    assert_eq!(damaged.rows_affected(), 1, "the rows were kept");

    let again = Server::start(&data, &[]);
    let read = |server: &Server| read_csv(std::str::from_utf8(&server.bytes(&rows)).expect("UTF-8")).1;
    let expected = rows_of(&config(&configuration));
    assert!(read(&again) == expected, "the rows are right");
    assert_eq!(again.get("/readyz")["numDamaged"], 1);
    assert!(again.log().contains("dropped a damaged chunk"), "{}", again.log());
    assert!(read(&again) == expected);
    assert_eq!(again.get("/readyz")["numDamaged"], 1, "it is sound again");
}

#[test]
fn settings_that_could_have_no_effect_are_refused_or_warned_of() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    for url in ["mysql://me:secret@db/foliocast", "postgres://me:secret@db:port/foliocast"] {
        let refused = serve(&data, &[]).env("DATABASE_URL", url).output().expect("the program runs");
        assert_code(&refused, 2);
        let said = stderr(&refused);
        assert!(said.contains("DATABASE_URL: ") && said.contains("expected `postgres://"), "{said}");
        assert!(!said.contains("secret"), "{said}");
        assert!(!data.exists(), "nothing was begun");
    }

    // Empty means not set; a name with a slip is said.
    let log = dir.path().join("log");
    let mut warned = serve(&data, &[]);
    warned.env("DATABASE_URL", "").env("REDIS_URL", "").env("FOLIOCAST_LISTN", "127.0.0.1:1");
    let mut server = warned
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let mut output = std::io::BufReader::new(server.stdout.take().expect("its output"));
    std::io::BufRead::read_line(&mut output, &mut line).expect("a line");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    assert!(line.starts_with("Foliocast is ready at "), "{line}");
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(log.contains("FOLIOCAST_LISTN is set, but this build knows no such setting"), "{log}");
}

#[test]
fn a_server_without_workers_takes_jobs_on_and_the_next_one_completes_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--no-workers"]);
    let accepted = server.simulate("?wait=0", &job(0, 0));
    assert_eq!(server.get(accepted["links"]["self"].as_str().expect("a link"))["state"], "waiting");
    let health = server.get("/readyz");
    let workers = health["tiers"].as_array().expect("tiers").iter().find(|tier| tier["tier"] == "workers");
    assert_eq!(workers.expect("the workers")["ready"], false);
    assert_eq!(server.stop("-TERM"), Some(0));
    assert_made(&Server::start(&data, &[]), &accepted, &job(0, 0));
}

#[test]
fn a_server_allows_no_more_deal_draws_than_it_is_set_to() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::start(&dir.path().join("data"), &["--max-deal-draws", "2999"]);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut refused = agent
        .post(&format!("{}/api/monte-carlo/simulate", server.url))
        .header("content-type", "application/json")
        .send(three_buckets(1_000, "draws").to_string())
        .expect("an answer");
    assert_eq!(refused.status(), 422);
    let error: Value = refused.body_mut().read_json().expect("JSON");
    assert_eq!(error["error"]["code"], "TOO_LARGE");
    server.simulate("", &three_buckets(999, "draws"));
}
