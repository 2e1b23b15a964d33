//! Keys on the command line, beside a running server, and where a server may listen with and without them.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::installation::PATIENCE;
use crate::program::{Server, assert_code, foliocast, serve, stderr, stdout};

fn keys(data: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = foliocast(&["keys"]);
    command.args(arguments).arg("--data-dir").arg(data);
    command.output().expect("the program runs")
}

fn status(server: &Server, key: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let question = agent.get(format!("{}/api/runs", server.url)).header("authorization", format!("Bearer {key}"));
    question.call().expect("an answer").status().as_u16()
}

/// Waits for an answer with this status: a server follows what other processes do to keys within a second.
fn wait_for(server: &Server, key: &str, expected: u16) {
    let begun = Instant::now();
    while status(server, key) != expected {
        assert!(begun.elapsed() < PATIENCE, "{expected} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn keys_are_made_listed_and_revoked_beside_a_running_server() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let none = keys(&data, &["list"]);
    assert_code(&none, 0);
    assert!(stderr(&none).contains("There are no keys"), "{}", stderr(&none));
    assert!(!data.exists(), "looking makes nothing");

    let server = Server::start(&data, &[]);
    assert_eq!(server.get("/api/runs")["items"], serde_json::json!([]));
    let made = keys(&data, &["create", "--name", "admin", "--role", "operator"]);
    assert_code(&made, 0);
    let admin = stdout(&made).trim_end().to_owned();
    assert!(admin.starts_with("foliocast_") && admin.len() == 74, "{admin}");
    assert!(stderr(&made).contains("It is the first one"), "{}", stderr(&made));
    assert!(!stderr(&made).contains(&admin), "the text is the result alone");
    wait_for(&server, &admin, 200);
    wait_for(&server, "no-key-at-all-0123456789-0123456789", 401);

    let made = keys(&data, &["create", "--name", "ann", "--tenant", "t", "--expires-in-days", "30", "--json"]);
    assert_code(&made, 0);
    let made: Value = serde_json::from_str(stdout(&made)).expect("JSON");
    let ann = made["secret"].as_str().expect("a key").to_owned();
    assert_eq!((&made["key"]["role"], &made["key"]["createdBy"]), (&"analyst".into(), &"command line".into()));
    assert_eq!(status(&server, &ann), 200);
    let listed = keys(&data, &["list"]);
    let lines: Vec<&str> = stdout(&listed).lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("NAME   ROLE      TENANT   STATE"), "{lines:?}");
    assert!(lines[1].starts_with("admin  operator  default  works"), "{lines:?}");
    assert!(lines[2].starts_with("ann    analyst   t        until "), "{lines:?}");
    assert!(!stdout(&listed).contains(&ann[10..]));

    assert_code(&keys(&data, &["revoke", "ann"]), 0);
    wait_for(&server, &ann, 401);
    let last = keys(&data, &["revoke", "admin"]);
    assert_code(&last, 0);
    assert!(stderr(&last).contains("No operator's key works any more"), "{}", stderr(&last));
    wait_for(&server, &admin, 401);
    // As long as there have been keys, nobody is let in without one.
    assert_eq!(server.stop("-TERM"), Some(0));
    let again = Server::start(&data, &[]);
    assert_eq!(status(&again, &admin), 401);
    assert_code(&keys(&data, &["create", "--name", "admin-2", "--role", "operator"]), 0);
}

#[test]
fn what_cannot_be_a_key_is_told_all_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let refused = keys(&data, &["create", "--name", "Ann B", "--tenant", "../t", "--expires-in-days", "0"]);
    assert_code(&refused, 2);
    insta::assert_snapshot!(stderr(&refused), @r#"
    error: --name: "Ann B" was given; allowed are 1 to 64 characters a–z, 0–9, `.`, `_` and `-`, the first one a letter or digit
    --tenant: "../t" was given; allowed are 1 to 64 characters a–z, 0–9, `.`, `_` and `-`, the first one a letter or digit
    --expires-in-days: 0 was given; allowed is an integer from 1 to 3650, or nothing for a key without end
    "#);
    assert!(!data.exists(), "nothing was begun");
    let unknown = keys(&data, &["revoke", "ann"]);
    assert_code(&unknown, 2);
    assert!(stderr(&unknown).contains("there is no key named \"ann\""), "{}", stderr(&unknown));
    assert_code(&keys(&data, &["create", "--name", "ann"]), 0);
    let again = keys(&data, &["create", "--name", "ann"]);
    assert_code(&again, 2);
    assert!(stderr(&again).contains("never used again"), "{}", stderr(&again));
}

#[test]
fn a_server_that_others_reach_does_not_start_without_a_key_and_says_how_to_make_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let start = || {
        let mut command = foliocast(&["serve", "--listen", "0.0.0.0:0", "--data-dir"]);
        command.arg(&data);
        command
    };
    let refused = start().output().expect("the program runs");
    assert_code(&refused, 2);
    let command = format!("foliocast keys create --name admin --role operator --data-dir {}", data.display());
    assert!(stderr(&refused).contains(&command), "{}", stderr(&refused));
    assert!(!data.exists(), "nothing was begun");

    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let made = foliocast(&arguments).output().expect("the program runs");
    assert_code(&made, 0);
    let admin = stdout(&made).trim_end().to_owned();
    let server = Server::of(start(), &data);
    assert_eq!((status(&server, &admin), status(&server, &admin[..70])), (200, 401));
    assert_eq!(server.stop("-TERM"), Some(0));

    assert_code(&keys(&data, &["revoke", "admin"]), 0);
    let refused = start().output().expect("the program runs");
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("there is no access key that works"), "{}", stderr(&refused));
    // A bootstrap key that has no effect lets nobody in.
    let late = start().env("FOLIOCAST_BOOTSTRAP_KEY", "the-operator-0123456789-0123456789").output().expect("it runs");
    assert_code(&late, 2);
    assert!(stderr(&late).contains("FOLIOCAST_BOOTSTRAP_KEY has no effect"), "{}", stderr(&late));
}

#[test]
fn a_bootstrap_key_works_once_and_no_secret_is_ever_written() {
    const KEY: &str = "the-operator-0123456789-0123456789";
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let short = serve(&data, &[]).env("FOLIOCAST_BOOTSTRAP_KEY", "too-short-a-secret").output().expect("it runs");
    assert_code(&short, 2);
    assert!(stderr(&short).contains("32 to 256 visible ASCII characters"), "{}", stderr(&short));
    let printed = serve(&data, &["--print-config", "--bootstrap-key", KEY]).output().expect("it runs");
    assert!(stdout(&printed).contains("FOLIOCAST_BOOTSTRAP_KEY=***"), "{}", stdout(&printed));

    let server = Server::start(&data, &["--bootstrap-key", KEY, "--log", "trace"]);
    assert_eq!(status(&server, KEY), 200);
    assert_eq!(status(&server, "some-wrong-0123456789-0123456789-key"), 401);
    let log_path = server.log_path();
    assert_eq!(server.stop("-TERM"), Some(0));
    let log = std::fs::read_to_string(log_path).expect("the log");
    assert!(log.contains("made the operator's key `bootstrap`"), "{log}");
    assert!(!log.contains(KEY) && !log.contains("some-wrong-0123456789"), "a secret is in the log");
    let help = foliocast(&["serve", "--help"]).env("FOLIOCAST_BOOTSTRAP_KEY", KEY).output().expect("it runs");
    for output in [&printed, &help, &short] {
        assert!(!stdout(output).contains(KEY) && !stderr(output).contains(KEY));
    }
    for file in std::fs::read_dir(&data).expect("the directory") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("its bytes");
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "it is kept");
    }
    // The next starts know it; another one comes too late.
    let again = Server::start(&data, &["--bootstrap-key", KEY]);
    assert_eq!(status(&again, KEY), 200);
    assert_eq!(again.stop("-TERM"), Some(0));
    let other = Server::start(&data, &["--bootstrap-key", "another-operator-0123456789-0123456789"]);
    assert_eq!(status(&other, "another-operator-0123456789-0123456789"), 401);
    assert!(other.log().contains("FOLIOCAST_BOOTSTRAP_KEY has no effect"), "{}", other.log());
}

#[test]
fn verify_asks_with_the_key_of_its_environment() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &[]);
    let run = server.simulate("", &crate::harness::worked_example());
    let url = format!("{}{}", server.url, run["links"]["self"].as_str().expect("a link"));
    let made = keys(&data, &["create", "--name", "ann", "--role", "reader"]);
    let ann = stdout(&made).trim_end().to_owned();
    wait_for(&server, "no-key-at-all-0123456789-0123456789", 401);
    wait_for(&server, &ann, 200);
    let refused = foliocast(&["verify", &url]).output().expect("it runs");
    assert_code(&refused, 1);
    assert!(stderr(&refused).contains("Set FOLIOCAST_KEY to an access key"), "{}", stderr(&refused));
    let verified = foliocast(&["verify", &url]).env("FOLIOCAST_KEY", &ann).output().expect("it runs");
    assert_code(&verified, 0);
}

#[test]
fn whatever_is_asked_a_line_of_the_log_stays_a_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::start(&dir.path().join("data"), &[]);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let forged = "2026-03-01T00:00:00Z  INFO forged";
    for path in
        ["/%0a2026-03-01T00:00:00Z%20%20INFO%20forged", "/api/funds/%0d%0a2026-03-01T00:00:00Z%20%20INFO%20forged"]
    {
        let question = agent.get(format!("{}{path}", server.url)).header("x-request-id", forged);
        assert_eq!(question.header("user-agent", forged).call().expect("an answer").status(), 404, "{path}");
    }
    let log = server.log();
    let answered = log.lines().filter(|line| line.contains("answered") && line.contains("%0a2026")).count();
    assert_eq!(answered, 2, "{log}");
    assert!(!log.lines().any(|line| line.starts_with(forged)), "{log}");
}
