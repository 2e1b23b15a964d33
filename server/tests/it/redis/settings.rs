//! How a Redis is named, and that its password is nowhere.

use foliocast::config::RedisUrl;

use super::server::OwnRedis;
use crate::harness::{server_config, worked_example};
use crate::program::{Server, assert_code, foliocast, serve, stderr, stdout};

fn shown(text: &str) -> Result<String, String> {
    text.parse::<RedisUrl>().map(|url| url.to_string()).map_err(|error| error.to_string())
}

#[test]
fn every_form_of_an_address_is_read_and_shown_without_its_password() {
    for (text, expected) in [
        ("redis://cache", "redis://cache:6379/0"),
        ("redis://cache:7000", "redis://cache:7000/0"),
        ("redis://cache:7000/", "redis://cache:7000/0"),
        ("redis://cache/15", "redis://cache:6379/15"),
        ("REDIS://cache/15", "redis://cache:6379/15"),
        ("rediss://cache.example:7000/3", "rediss://cache.example:7000/3"),
        ("redis://127.0.0.1:1", "redis://127.0.0.1:1/0"),
        ("redis://[::1]:7000/3", "redis://[::1]:7000/3"),
        ("redis://:hidden@cache", "redis://:***@cache:6379/0"),
        ("rediss://ann:hidden@cache:7000/3", "rediss://ann:***@cache:7000/3"),
        ("redis://ann:hid%40%2F%3Aden@cache", "redis://ann:***@cache:6379/0"),
    ] {
        assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        let debug = format!("{:?}", text.parse::<RedisUrl>());
        assert!(!debug.contains("hid"), "{debug}");
    }
    let url: RedisUrl = "redis://ann:hid%40%2F%3Aden@cache".parse().unwrap();
    let redis = url.connection_info().redis_settings();
    assert_eq!((redis.username(), redis.password()), (Some("ann"), Some("hid@/:den")));
    for text in ["redis://ann:hid%40%2F%3Aden@cache", "rediss://:%C3%A9@[::1]:7000/3", "redis://cache"] {
        let url: RedisUrl = text.parse().unwrap();
        let written: RedisUrl = url.to_secret_text().parse().unwrap();
        assert_eq!(written.to_string(), url.to_string());
        let [one, other] = [&url, &written].map(|url| url.connection_info().redis_settings());
        assert_eq!((one.username(), one.password()), (other.username(), other.password()));
    }
}

#[test]
fn what_is_no_address_is_refused_in_a_sentence_without_it() {
    for (text, expected) in [
        ("cache:6379", "neither `redis://` nor `rediss://`"),
        ("http://:hidden@cache", "neither `redis://` nor `rediss://`"),
        ("unix:///hidden", "neither `redis://` nor `rediss://`"),
        ("redis://", "no host"),
        ("redis://:hidden@", "no host"),
        ("redis://:hid/den@cache", "no host or no port"),
        ("redis://cache:hidden", "no host or no port"),
        ("redis://cache:70000", "no host or no port"),
        ("redis://cache:0", "port 0"),
        ("redis://hidden@cache", "a user without a password"),
        ("redis://cache/hidden", "no number of a database"),
        ("redis://cache/-1", "no number of a database"),
        ("redis://cache/0/1", "no number of a database"),
        ("redis://cache?protocol=hidden", "a `?` or `#`"),
        ("rediss://cache/#insecure", "a `?` or `#`"),
    ] {
        let error = shown(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(
            error.contains(&format!("{} characters", text.len())) && error.contains("expected `redis://"),
            "{error}"
        );
        assert!(!error.contains("hid"), "{error}");
    }
}

#[test]
fn an_address_is_composed_of_its_parts_where_there_is_none() {
    let url = |flags: &[&str]| server_config(flags).process.redis.redis_url().map(|url| url.map(|url| url.to_string()));
    assert_eq!(url(&[]), Ok(None));
    assert_eq!(url(&["--redis-url", "", "--redis-host", ""]), Ok(None));
    assert_eq!(url(&["--redis-host", "cache"]).unwrap().unwrap(), "redis://cache:6379/0");
    let parts = ["--redis-host", "cache", "--redis-port", "7000", "--redis-password", "hid@den"];
    assert_eq!(url(&parts).unwrap().unwrap(), "redis://:***@cache:7000/0");
    let config = server_config(&parts).process.redis.redis_url().unwrap().unwrap();
    assert_eq!(config.connection_info().redis_settings().password(), Some("hid@den"));
    assert_eq!(url(&["--redis-host", "::1"]).unwrap().unwrap(), "redis://[::1]:6379/0");
    assert_eq!(url(&["--redis-host", "[::1]"]).unwrap().unwrap(), "redis://[::1]:6379/0");
    let queue =
        |flags: &[&str]| server_config(flags).process.redis.queue_redis_url().map(|url| url.map(|url| url.to_string()));
    assert_eq!(queue(&[]), Ok(None));
    assert_eq!(queue(&parts).unwrap().unwrap(), "redis://:***@cache:7000/0", "the same, where none is named");
    let other = [&parts[..], &["--queue-redis-url", "rediss://jobs/2"]].concat();
    assert_eq!(queue(&other).unwrap().unwrap(), "rediss://jobs:6379/2");
    assert_eq!(queue(&[&parts[..], &["--queue-redis-url", "none"]].concat()), Ok(None));
    let both = ["--redis-url", "redis://first", "--redis-host", "second"];
    assert_eq!(url(&both).unwrap().unwrap(), "redis://first:6379/0");
    // As a platform sets it for whoever did not ask.
    assert_eq!(url(&["--redis-port", "tcp://10.0.0.1:6379"]), Ok(None));
    assert!(url(&["--redis-host", "cache", "--redis-port", "0"]).unwrap_err().contains("from 1 to 65535"));
    assert!(url(&["--redis-host", "redis://:hidden@cache"]).unwrap_err().contains("belongs into REDIS_URL"));
    assert_eq!(server_config(&["--redis-ttl-seconds", "5"]).process.redis.redis_ttl_seconds, 5);
}

#[test]
fn the_password_of_a_redis_is_nowhere() {
    const PASSWORD: &str = "a-password-nobody-reads-0123456789";
    let dir = tempfile::tempdir().expect("a directory");
    let redis = OwnRedis::start(&["--requirepass", PASSWORD]);
    let address = |password: &str| format!("redis://default:{password}@127.0.0.1:{}/0", redis.port);
    let mut log = String::new();
    for (number, password) in [PASSWORD, &format!("wrong-{PASSWORD}")].into_iter().enumerate() {
        let data = dir.path().join(format!("data-{number}"));
        let mut command = serve(&data, &["--log", "trace"]);
        command.env("REDIS_URL", address(password));
        let server = Server::of(command, &data);
        server.simulate("", &worked_example());
        let tiers = server.get("/readyz")["tiers"].clone();
        let redis = tiers.as_array().expect("tiers").iter().find(|tier| tier["tier"] == "redis").cloned();
        assert_eq!(redis.expect("a Redis is set")["ready"], number == 0, "{tiers}");
        log += &tiers.to_string();
        let log_path = server.log_path();
        assert_eq!(server.stop("-TERM"), Some(0));
        log += &std::fs::read_to_string(log_path).expect("the log");
        for file in std::fs::read_dir(&data).expect("the directory") {
            let bytes = std::fs::read(file.expect("a file").path()).expect("its bytes");
            assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "it is kept");
        }
    }
    // Of the results' connection and of the queue's.
    assert_eq!(log.matches("Redis is not used until it answers again").count(), 2, "{log}");
    assert!(!log.contains(PASSWORD) && !log.contains(&redis.port.to_string()), "it is in the log");

    let url = address(PASSWORD);
    for set in [
        vec![("REDIS_URL", url.as_str())],
        vec![("REDIS_URL", url.trim_start_matches("redis:"))],
        vec![("REDIS_HOST", url.as_str())],
        vec![("REDIS_HOST", "127.0.0.1"), ("REDIS_PASSWORD", PASSWORD)],
        vec![("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", "none"), ("REDIS_PASSWORD", PASSWORD)],
    ] {
        let data = dir.path().join("data-0");
        let printed = serve(&data, &["--print-config"]).envs(set.clone()).output().expect("it runs");
        assert!(stdout(&printed).contains("***"), "{}", stdout(&printed));
        let help = foliocast(&["serve", "--help"]).envs(set.clone()).output().expect("it runs");
        for output in [printed, help] {
            assert_code(&output, 0);
            assert!(!stdout(&output).contains(PASSWORD) && !stderr(&output).contains(PASSWORD));
        }
    }
    for set in [("REDIS_URL", url.trim_start_matches("redis:")), ("REDIS_HOST", url.as_str())] {
        let refused = serve(&dir.path().join("none"), &[]).envs([set]).output().expect("it runs");
        assert_code(&refused, 2);
        assert!(stderr(&refused).contains(set.0) && !stderr(&refused).contains(PASSWORD), "{}", stderr(&refused));
    }
}
