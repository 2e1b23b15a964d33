//! The real binary: what it prints, what it writes, how it ends.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::formats::{read_csv, read_fcm, read_parquet};
use crate::harness::{config, redact, rows_of, three_buckets, worked_example};
use crate::program::{ALLOWS_ENDLESS_RUNS, Server, assert_code, endless_run, foliocast, stderr, stdout};

fn run(arguments: &[&str]) -> Output {
    foliocast(arguments).output().expect("the program runs")
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = foliocast(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("an input").write_all(input).expect("the input is taken");
    child.wait_with_output().expect("the program ends")
}

/// A directory with a configuration in it.
fn with_config(configuration: &Value) -> (TempDir, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("config.json");
    std::fs::write(&path, configuration.to_string()).expect("a file");
    (dir, path.to_str().expect("UTF-8").to_owned())
}

fn in_dir(dir: &TempDir, name: &str) -> String {
    dir.path().join(name).to_str().expect("UTF-8").to_owned()
}

#[test]
fn key_prints_both_keys_from_a_file_or_standard_input() {
    let keys = "{\"matrixKey\":\"83f8d16857e850a5763dd1755c934c11cc62b737dc5c253f600756985ce99abf\",\
                \"runKey\":\"f75ca16aa0daf701a91d94c0868d4e4ef8b6e76dc57e1c30d1ea702702d48096\"}\n";
    let (_dir, path) = with_config(&worked_example());
    let from_file = run(&["key", &path]);
    assert_code(&from_file, 0);
    assert_eq!(stdout(&from_file), keys);
    let from_input = run_with_input(&["key", "-"], worked_example().to_string().as_bytes());
    assert_code(&from_input, 0);
    assert_eq!(stdout(&from_input), keys);
}

#[test]
fn simulate_prints_a_table_for_people() {
    let (_dir, path) = with_config(&worked_example());
    let output = run(&["simulate", &path, "--threads", "1"]);
    assert_code(&output, 0);
    let text = stdout(&output);
    let (first, rest) = text.split_once('\n').expect("lines");
    assert!(first.starts_with("Fund fund-1: 3 scenarios × 2 buckets in "), "{first}");
    insta::assert_snapshot!(rest);
}

#[test]
fn simulate_json_is_the_run_as_the_api_has_it() {
    let (_dir, path) = with_config(&worked_example());
    let output = run(&["simulate", &path, "--json"]);
    assert_code(&output, 0);
    let mut run: Value = serde_json::from_str(stdout(&output)).expect("JSON");
    run["summary"].take();
    insta::assert_json_snapshot!(redact(run));
}

#[test]
fn simulate_gives_the_same_digest_on_any_number_of_threads() {
    let (_dir, path) = with_config(&three_buckets(20_000, "threads"));
    let digests = ["1", "2", "7"].map(|threads| {
        let output = run(&["simulate", &path, "--json", "--threads", threads]);
        assert_code(&output, 0);
        let run: Value = serde_json::from_str(stdout(&output)).expect("JSON");
        (run["digest"].clone(), run["summaryDigest"].clone())
    });
    assert!(digests.iter().all(|pair| *pair == digests[0]), "{digests:?}");
}

#[test]
fn simulate_writes_rows_in_the_format_the_name_asks_for() {
    let configuration = three_buckets(2_500, "files");
    let (dir, path) = with_config(&configuration);
    let bits = |rows: Vec<f32>| rows.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    let wanted = bits(rows_of(&config(&configuration)));
    for name in ["rows.csv", "rows.fcm", "rows.parquet"] {
        let file = in_dir(&dir, name);
        assert_code(&run(&["simulate", &path, "-o", &file]), 0);
        let bytes = std::fs::read(&file).expect("the file");
        let rows = match name {
            "rows.csv" => read_csv(std::str::from_utf8(&bytes).expect("UTF-8")).1,
            "rows.fcm" => read_fcm(&bytes).1,
            _ => read_parquet(bytes).1,
        };
        assert_eq!(bits(rows), wanted, "{name}");
        assert!(!Path::new(&format!("{file}.part")).exists());
    }
}

#[test]
fn bad_usage_and_bad_input_exit_2_with_the_messages_of_the_api() {
    assert_code(&run(&[]), 2);
    assert_code(&run(&["dance"]), 2);
    assert_code(&run(&["simulate"]), 2);
    let mut bad = worked_example();
    bad["buckets"][1]["moicCalibration"]["p90"] = 0.5.into();
    bad["colour"] = "red".into();
    let (dir, path) = with_config(&bad);
    for command in ["key", "simulate"] {
        let output = run(&[command, &path]);
        assert_code(&output, 2);
        let said = stderr(&output).replace(dir.path().to_str().expect("UTF-8"), "[dir]");
        insta::allow_duplicates! { insta::assert_snapshot!(said) };
    }
    for arguments in [
        &["simulate", "/nonexistent.json"][..],
        &["key", dir.path().to_str().expect("UTF-8")],
        &["verify", "/nonexistent.fcm"],
        &["verify", "http://127.0.0.1:1/api/funds/x"],
        &["verify", &path],
    ] {
        let output = run(arguments);
        assert_code(&output, 2);
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
    let (_dir, path) = with_config(&worked_example());
    for name in ["rows.xlsx", "rows"] {
        let output = run(&["simulate", &path, "-o", name]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(".fcm, .csv or .parquet"), "{}", stderr(&output));
    }
    let output = run(&["simulate", &path, "--max-deal-draws", "8"]);
    assert_code(&output, 2);
    assert_code(&run_with_input(&["key", "-"], &[0xFF]), 2);
    assert_code(&run_with_input(&["key", "-"], "[".repeat(100_000).as_bytes()), 2);
}

#[test]
fn an_output_that_cannot_be_written_exits_1_and_leaves_nothing() {
    let (dir, path) = with_config(&worked_example());
    let output = run(&["simulate", &path, "-o", &in_dir(&dir, "missing/rows.csv")]);
    assert_code(&output, 1);
    assert!(stderr(&output).contains("missing/rows.csv"), "{}", stderr(&output));
}

#[test]
fn verify_recomputes_a_file_and_finds_one_changed_byte() {
    let (dir, path) = with_config(&three_buckets(5_000, "verify"));
    let file = in_dir(&dir, "rows.fcm");
    assert_code(&run(&["simulate", &path, "-o", &file]), 0);
    let whole = run(&["verify", &file]);
    assert_code(&whole, 0);
    insta::assert_snapshot!(stdout(&whole), @r"
    same: 5000 rows of 5 blocks
    same: digest of the matrix
    verified: every bit that was recomputed is the same
    ");
    let some = run(&["verify", &file, "--blocks", "2"]);
    assert_code(&some, 0);
    assert!(stdout(&some).contains("of 2 blocks"), "{}", stdout(&some));

    let sound = std::fs::read(&file).expect("the file");
    let mut damaged = sound.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    std::fs::write(&file, damaged).expect("the file");
    let output = run(&["verify", &file]);
    assert_code(&output, 1);
    assert!(stdout(&output).contains("DIFFERENT: the file is damaged"), "{}", stdout(&output));
    std::fs::write(&file, &sound[..sound.len() - 5]).expect("the file");
    assert_code(&run(&["verify", &file]), 1);
    std::fs::write(&file, &sound[..50]).expect("the file");
    assert_code(&run(&["verify", &file]), 2);
}

#[test]
fn verify_finds_rows_that_are_whole_but_wrong() {
    use foliocast_core::codec::{Header, encode_chunk, frame};
    let configuration = config(&three_buckets(3_000, "forged"));
    let mut rows = rows_of(&configuration);
    rows[1_500 * 3 + 1] += 1.0;
    let digest = foliocast_core::scenario::Digest::from_bytes([0; 32]);
    let header = Header::new(&configuration, digest, 0..3_000).expect("a header");
    let mut bytes = header.encode();
    for chunk in header.chunks() {
        let values = &rows[chunk.start as usize * 3..chunk.end as usize * 3];
        let encoded = encode_chunk(values);
        bytes.extend(frame(chunk.start, values.len(), &encoded));
        bytes.extend(encoded);
    }
    let dir = tempfile::tempdir().expect("a directory");
    let file = in_dir(&dir, "forged.fcm");
    std::fs::write(&file, bytes).expect("the file");
    let output = run(&["verify", &file]);
    assert_code(&output, 1);
    assert!(stdout(&output).contains("DIFFERENT: rows of block 1\n"), "{}", stdout(&output));
    assert!(stdout(&output).contains("DIFFERENT: digest of the matrix: claimed 0000"), "{}", stdout(&output));
}

#[test]
fn a_server_serves_is_verified_and_stops_when_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &[]);
    let run_made = server.simulate("", &three_buckets(5_000, "served"));
    let key = run_made["runKey"].as_str().expect("a key");
    for url in [format!("{}/api/runs/{key}", server.url), format!("{}/runs/{key}?x=1", server.url)] {
        let output = run(&["verify", &url]);
        assert_code(&output, 0);
        insta::allow_duplicates! {
            insta::assert_snapshot!(stdout(&output), @r"
            same: run key
            same: matrix key
            same: digest of the block digests
            same: 5 of 5 blocks
            same: digest of the matrix
            same: digest of the summary
            same: every figure of the summary
            verified: every bit that was recomputed is the same
            ");
        }
    }
    let matrix = format!("{}{}", server.url, run_made["links"]["matrix"].as_str().expect("a link"));
    let output = run(&["verify", &matrix, "--blocks", "1"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("same: 1 of 5 blocks"), "{}", stdout(&output));
    let unknown = run(&["verify", &format!("{}/api/runs/{}", server.url, "0".repeat(64))]);
    assert_code(&unknown, 1);
    assert!(stderr(&unknown).contains("404"), "{}", stderr(&unknown));

    assert_eq!(server.stop("-TERM"), Some(0));
    let again = Server::start(&data, &["--log-format", "json"]);
    let kept = again.get(&format!("/api/runs/{key}"));
    assert_eq!(kept["cache"]["tier"], "durable");
    assert_eq!(again.stop("-INT"), Some(0));
}

#[test]
fn a_server_stops_without_cutting_anything_off_while_events_are_followed() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let server = Server::start(&data, &ALLOWS_ENDLESS_RUNS);
    let accepted = server.simulate("?wait=0", &endless_run());
    let events = format!("{}{}", server.url, accepted["links"]["events"].as_str().expect("a link"));
    let mut following = ureq::get(&events).call().expect("events").into_body().into_reader();
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut following, &mut first).expect("the present state");
    let log = server.log_path();
    assert_eq!(server.stop("-TERM"), Some(0));
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
    for bound in ["cut off", "was not handed back"] {
        assert!(!log.contains(bound), "{log}");
    }
}

#[test]
fn settings_come_from_variables_and_flags_and_can_be_printed() {
    let printed = foliocast(&["serve", "--print-config", "--allowed-hosts", "a.example,b.example:9"])
        .env("FOLIOCAST_LISTEN", "127.0.0.1:1234")
        .env("FOLIOCAST_LOG_FORMAT", "json")
        .output()
        .expect("the program runs");
    assert_code(&printed, 0);
    insta::assert_snapshot!(stdout(&printed));
    let empty = foliocast(&["serve", "--print-config"]).env("FOLIOCAST_ALLOWED_HOSTS", "").output().expect("it runs");
    assert_code(&empty, 0);
    assert!(stdout(&empty).contains("FOLIOCAST_ALLOWED_HOSTS=\n"), "{}", stdout(&empty));
    for (name, value) in [
        ("FOLIOCAST_LISTEN", "somewhere"),
        ("WORKER_CONCURRENCY", "0"),
        ("FOLIOCAST_ALLOWED_HOSTS", "https://a.example"),
        ("FOLIOCAST_LOG_FORMAT", "xml"),
    ] {
        let output = foliocast(&["serve", "--print-config"]).env(name, value).output().expect("it runs");
        assert_code(&output, 2);
    }
    let refused = run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_code(&refused, 2);
    assert!(stderr(&refused).contains("--insecure"), "{}", stderr(&refused));
}
