//! The connection: bounded in time, given up where it fails, taken up again where it works.

use std::time::{Duration, Instant};

use foliocast::redis::{Breaker, FAILURES_TO_OPEN, LinkCounts, RedisLink, RedisSettings, Unanswered};
use proptest::prelude::*;

use super::proxy::{Line, Proxy};
use super::server::OwnRedis;
use super::{connect, database, hurried, link, wait_until};

/// Writes a text and reads it back.
async fn echo(link: &RedisLink, text: &str) -> Result<String, Unanswered> {
    let mut pipeline = redis::pipe();
    pipeline.cmd("SET").arg("echo").arg(text).ignore();
    pipeline.cmd("GET").arg("echo");
    link.pipeline::<(String,)>(&pipeline).await.map(|(read,)| read)
}

/// Fails until nothing is asked any more, and asserts that then nobody waits.
async fn until_given_up(link: &RedisLink) -> String {
    wait_until("the breaker opens", async || {
        assert_eq!(echo(link, "lost").await, Err(Unanswered::Away));
        link.trouble().is_some()
    })
    .await;
    let failures = link.counts().failures;
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(echo(link, "lost").await, Err(Unanswered::Away));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "a thousand time-outs take 50 s: {:?}", begun.elapsed());
    assert_eq!(link.counts().failures, failures, "nothing was asked");
    link.trouble().expect("it is open for another while")
}

async fn until_back(link: &RedisLink) {
    wait_until("Redis is used again", async || link.trouble().is_none()).await;
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Failed,
    Succeeded,
    Closed,
}

proptest! {
    #[test]
    fn a_breaker_is_open_from_the_third_failure_in_a_row_until_it_is_closed(
        steps in prop::collection::vec(prop_oneof![3 => Just(Step::Failed), 1 => Just(Step::Succeeded), 1 => Just(Step::Closed)], 0..40)
    ) {
        let breaker = Breaker::default();
        let (mut in_a_row, mut is_open) = (0, false);
        for step in steps {
            match step {
                Step::Failed => {
                    in_a_row += 1;
                    let opens = !is_open && in_a_row >= FAILURES_TO_OPEN;
                    prop_assert_eq!(breaker.failed("why"), opens, "it says so once");
                    is_open |= opens;
                }
                Step::Succeeded => {
                    breaker.succeeded();
                    in_a_row = 0;
                }
                Step::Closed => {
                    prop_assert_eq!(breaker.close(), is_open);
                    (in_a_row, is_open) = (0, false);
                }
            }
            prop_assert_eq!(breaker.is_open(), is_open);
            prop_assert_eq!(breaker.trouble().is_some(), is_open);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_killed_is_not_asked_and_is_used_again_once_it_is_back() {
    let mut redis = OwnRedis::start(&[]);
    let link = link(&super::patient(&redis.url())).await;
    let mut returns = link.returns();
    assert_eq!(echo(&link, "before").await.as_deref(), Ok("before"));
    assert_eq!((link.trouble(), link.counts()), (None, LinkCounts::default()));
    redis.kill();
    let trouble = until_given_up(&link).await;
    assert!(trouble.contains("refuses connections") || trouble.contains("connection fails"), "{trouble}");
    assert!(!trouble.contains("127.0.0.1") && !trouble.contains(&redis.port.to_string()), "{trouble}");
    assert!(link.counts().failures >= 3);
    redis.restart();
    let restarted = Instant::now();
    until_back(&link).await;
    assert!(restarted.elapsed() < Duration::from_secs(10), "it is looked for every second: {:?}", restarted.elapsed());
    returns.changed().await.unwrap();
    assert_eq!(echo(&link, "after").await.as_deref(), Ok("after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_not_there_at_first_comes_later() {
    let mut redis = OwnRedis::stopped(&[]);
    let link = link(&super::patient(&redis.url())).await;
    assert!(link.trouble().is_some(), "it is known from the start");
    assert_eq!(echo(&link, "lost").await, Err(Unanswered::Away));
    redis.restart();
    until_back(&link).await;
    assert_eq!(echo(&link, "found").await.as_deref(), Ok("found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_over_a_silent_line_waits_no_longer_than_the_soft_timeout() {
    let (url, _) = database().await;
    let proxy = Proxy::before(&url).await;
    let link = link(&hurried(&proxy.url)).await;
    proxy.set(Line::Silent);
    let begun = Instant::now();
    assert_eq!(echo(&link, "lost").await, Err(Unanswered::Away));
    assert!(begun.elapsed() >= Duration::from_millis(50) && begun.elapsed() < Duration::from_secs(5));
    assert_eq!(link.counts(), LinkCounts { failures: 1, timeouts: 1 });
    assert_eq!(link.trouble(), None, "one is none");
    let trouble = until_given_up(&link).await;
    assert!(trouble.contains("has not answered within"), "{trouble}");
    proxy.set(Line::Good);
    // A slow machine may need several attempts; answers must be in step with questions in any case.
    wait_until("it answers again", async || match echo(&link, "again").await {
        Ok(text) => {
            assert_eq!(text, "again");
            true
        }
        Err(_) => false,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_or_garbled_is_given_up_and_made_again() {
    let (url, _) = database().await;
    let proxy = Proxy::before(&url).await;
    // What is garbled may read as the beginning of a long answer, which is waited for.
    let settings = RedisSettings { soft_timeout: Duration::from_secs(1), ..super::patient(&proxy.url) };
    let link = link(&settings).await;
    for line in [Line::Cut, Line::Garbled(1)] {
        proxy.set(line);
        until_given_up(&link).await;
        proxy.set(Line::Good);
        until_back(&link).await;
        assert_eq!(echo(&link, "again").await.as_deref(), Ok("again"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_answers_errors_is_given_up_with_the_error_as_the_reason() {
    let redis = OwnRedis::start(&[]);
    let link = link(&super::patient(&redis.url())).await;
    let mut own = connect(&redis.url()).await;
    let mut set = async |name: &str, value: &str| {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).query_async::<()>(&mut own).await.unwrap();
    };
    set("maxmemory", "1").await;
    assert!(until_given_up(&link).await.contains("the error OOM"));
    // As long as it takes no writes it is not tried again and again.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(link.trouble().is_some_and(|trouble| trouble.contains("the error OOM")), "{:?}", link.trouble());
    set("maxmemory", "0").await;
    until_back(&link).await;
    assert_eq!(echo(&link, "room").await.as_deref(), Ok("room"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_and_a_password_that_is_not_taken_are_said() {
    let redis = OwnRedis::start(&[]);
    let link_to_replica = link(&super::patient(&redis.url())).await;
    let mut own = connect(&redis.url()).await;
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg("1").query_async::<()>(&mut own).await.unwrap();
    assert!(until_given_up(&link_to_replica).await.contains("the error READONLY"));
    redis::cmd("REPLICAOF").arg("NO").arg("ONE").query_async::<()>(&mut own).await.unwrap();
    until_back(&link_to_replica).await;

    let closed = OwnRedis::start(&["--requirepass", "right-and-secret"]);
    let with = |user: &str| format!("redis://{user}127.0.0.1:{}/0", closed.port);
    for (user, expected) in
        [("", "NOAUTH"), (":wrong-and-secret@", "password"), ("nobody:right-and-secret@", "password")]
    {
        let trouble = link(&super::patient(&with(user))).await.trouble().expect("it is not let in");
        assert!(trouble.contains(expected) && !trouble.contains("secret"), "{user}: {trouble}");
    }
    assert_eq!(link(&super::patient(&with(":right-and-secret@"))).await.trouble(), None);
    assert_eq!(link(&super::patient(&with("default:right-and-secret@"))).await.trouble(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_type_is_no_trouble_of_redis() {
    let (url, mut own) = database().await;
    redis::cmd("RPUSH").arg("list").arg("of somebody").query_async::<()>(&mut own).await.unwrap();
    let link = link(&super::patient(&url)).await;
    let mut pipeline = redis::pipe();
    pipeline.cmd("GET").arg("list");
    for _ in 0..10 {
        assert_eq!(link.pipeline::<(String,)>(&pipeline).await, Err(Unanswered::WrongType));
    }
    assert_eq!((link.trouble(), link.counts()), (None, LinkCounts::default()));
}
