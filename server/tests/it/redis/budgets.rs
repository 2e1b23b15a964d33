//! Budgets that processes share.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foliocast::auth::Secret;
use foliocast::clock::SystemClock;
use foliocast::redis::{RedisBudget, RedisSettings, Taken};
use foliocast::service::{Credentials, LimitSettings, ServiceError, ServiceSettings, Services};
use foliocast::store::sqlite::SqliteStore;
use foliocast::store::{Store as _, THIS_NETWORK};
use foliocast_app::service::Caller;
use redis::AsyncCommands as _;
use tempfile::TempDir;

use super::server::OwnRedis;
use super::{database, link, patient};
use crate::installation::{body, caller, simulate};

const SECRET: [u8; 32] = [7; 32];

async fn budget(url: &str, per_minute: u64, size: u64) -> RedisBudget {
    RedisBudget::new(link(&patient(url)).await, "tests", &SECRET, per_minute, size)
}

fn wait(taken: Taken) -> Duration {
    match taken {
        Taken::NotBefore(wait) => wait,
        Taken::Some(taken) => panic!("{taken} were taken"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_than_there_is_from_however_many_processes() {
    let (url, _) = database().await;
    let (per_minute, size) = (60_000, 500);
    let processes = [budget(&url, per_minute, size).await, budget(&url, per_minute, size).await];
    let begun = Instant::now();
    let (mut taken, mut refused) = (0, 0);
    for round in 0..600_u64 {
        let cost = round * 7 % 40;
        let process = &processes[usize::from(round % 3 == 0)];
        match process.take("me", cost).await.unwrap() {
            Taken::Some(some) => {
                assert_eq!(some, cost);
                taken += some;
            }
            Taken::NotBefore(_) => refused += 1,
        }
        let flowed = begun.elapsed().as_secs_f64() * per_minute as f64 / 60.0;
        assert!(taken as f64 <= size as f64 + flowed + 1.0, "{taken} of {size} and {flowed}");
    }
    assert!(refused > 0, "that much is not there");
    assert_eq!(processes[1].take("you", size).await, Ok(Taken::Some(size)), "others have a budget of their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_told_to_wait_gets_it_after_that_time() {
    let (url, _) = database().await;
    let budget = budget(&url, 6_000, 100).await;
    assert_eq!(budget.take("me", 100).await, Ok(Taken::Some(100)));
    for cost in [1, 7, 30] {
        let wait = match budget.take("me", cost).await.unwrap() {
            Taken::NotBefore(wait) => wait,
            Taken::Some(_) => continue,
        };
        assert!(wait <= Duration::from_millis(10 * cost), "{cost}: {wait:?}");
        tokio::time::sleep(wait + Duration::from_millis(1)).await;
        assert_eq!(budget.take("me", cost).await, Ok(Taken::Some(cost)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_can_be_taken_again_and_no_more() {
    let (url, mut own) = database().await;
    let budget = budget(&url, 1, 100).await;
    assert_eq!(budget.take("me", 80).await, Ok(Taken::Some(80)));
    assert!(wait(budget.take("me", 40).await.unwrap()) > Duration::from_secs(19 * 60));
    assert_eq!(budget.take_up_to("me", 40).await, Ok(Taken::Some(20)));
    assert!(wait(budget.has_left("me").await.unwrap()) > Duration::from_secs(50));
    budget.give_back("me", 80).await.unwrap();
    assert_eq!(budget.has_left("me").await, Ok(Taken::Some(0)), "and takes nothing");
    assert_eq!(budget.take("me", 80).await, Ok(Taken::Some(80)));
    let ttl: u64 = own.ttl(budget.key("me")).await.unwrap();
    assert!((100 * 60 - 10..=100 * 60 + 10).contains(&ttl), "it is forgotten once it is full: {ttl}");
    budget.give_back("me", 1_000).await.unwrap();
    assert!(!own.exists::<_, bool>(budget.key("me")).await.unwrap(), "full is forgotten");
    assert_eq!(budget.take("me", 1_000_000).await, Ok(Taken::Some(100)), "one above the size takes all");
    assert!(wait(budget.take("me", 1_000_000).await.unwrap()) > Duration::from_secs(99 * 60));

    // What is no budget stands in nobody's way.
    own.set::<_, _, ()>(budget.key("you"), "a text").await.unwrap();
    assert!(budget.take("you", 1).await.is_err());
    assert_eq!(budget.take("you", 1).await, Ok(Taken::Some(1)));
}

/// Services of one installation: what is kept differs, the secret and Redis are the same.
async fn process(redis: &RedisSettings, limits: LimitSettings, max_deal_draws: u64) -> (Services, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    share_secret(dir.path()).await;
    let settings =
        ServiceSettings { redis: Some(redis.clone()), limits, max_deal_draws, ..ServiceSettings::in_dir(dir.path()) };
    (Services::open(&settings, Arc::new(SystemClock)).await.unwrap(), dir)
}

async fn share_secret(dir: &Path) {
    SqliteStore::open(dir, Arc::new(SystemClock)).await.unwrap().close().await;
    let pool = crate::sqlite::connect(&dir.join("foliocast.db")).await;
    sqlx::query("UPDATE installation SET value = ?").bind(SECRET.to_vec()).execute(&pool).await.unwrap();
    pool.close().await;
}

/// Somebody in the network of an installation without keys.
fn neighbour(last: u8) -> Caller {
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
    Caller { key_name: THIS_NETWORK.to_owned(), address: Some(address), ..caller("default") }
}

fn is_too_many<T>(answer: &Result<T, ServiceError>) -> bool {
    matches!(answer, Err(ServiceError::TooMany { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_one_budget_of_requests_but_for_what_they_lease() {
    const LIMIT: u64 = 600;
    const LEASE: u64 = LIMIT / 60;
    let (url, mut own) = database().await;
    let limits = LimitSettings { requests_per_minute: Some(LIMIT), deal_draws_per_minute: None };
    let (one, _one) = process(&patient(&url), limits, 1_000).await;
    let (two, _two) = process(&patient(&url), limits, 1_000).await;
    let begun = Instant::now();
    let mut admitted = 0;
    // One after the other until both refuse.
    loop {
        let answers = [one.admit(&neighbour(1)).await, two.admit(&neighbour(1)).await];
        admitted += answers.iter().filter(|answer| answer.is_ok()).count() as u64;
        assert!(answers.iter().all(|answer| answer.is_ok() || is_too_many(answer)));
        if answers.iter().all(is_too_many) {
            break;
        }
    }
    let flowed = begun.elapsed().as_secs_f64() * LIMIT as f64 / 60.0;
    assert!(admitted >= LIMIT - 2 * LEASE, "{admitted}");
    assert!(admitted as f64 <= LIMIT as f64 + flowed + 1.0, "{admitted}, {flowed} came meanwhile");
    one.admit(&neighbour(2)).await.unwrap();

    // Many at once lease once.
    let crowd = neighbour(3);
    let admitted = futures::future::join_all((0..LEASE).map(|_| one.admit(&crowd))).await;
    assert!(admitted.iter().all(Result::is_ok));
    let mut lefts = Vec::new();
    for key in own.keys::<_, Vec<String>>("foliocast:budget:requests:*").await.unwrap() {
        lefts.push(own.hget::<_, _, f64>(&key, "left").await.unwrap());
        let text = format!("{key} {:?}", own.hgetall::<_, Vec<(String, String)>>(&key).await.unwrap());
        assert!(!text.contains("192.0.2") && !text.contains("address"), "{text}");
    }
    let leased_once = lefts.iter().filter(|left| **left == (LIMIT - LEASE) as f64).count();
    assert_eq!((lefts.len(), leased_once), (3, 2), "{lefts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deal_draws_are_shared_exactly_and_killing_redis_lifts_no_limit() {
    // 1,000 scenarios of 40 deals.
    const RUN: u64 = 40_000;
    let mut redis = OwnRedis::start(&[]);
    let limits = LimitSettings { requests_per_minute: None, deal_draws_per_minute: Some(2 * RUN + RUN / 2) };
    let (one, _one) = process(&patient(&redis.url()), limits, RUN).await;
    let (two, _two) = process(&patient(&redis.url()), limits, RUN).await;
    let ann = Caller { key_name: "ann".to_owned(), ..caller("default") };
    let ask = async |services: &Services, caller: &Caller, seed: &str| {
        simulate(services, caller, &body("fund-1", 1_000, seed)).await
    };
    let begun = Instant::now();
    ask(&one, &ann, "1").await.unwrap();
    ask(&two, &ann, "2").await.unwrap();
    // A run's worth flows in within 24 s.
    assert!(begun.elapsed() < Duration::from_secs(10), "this machine is too busy to tell");
    assert!(is_too_many(&ask(&one, &ann, "3").await), "the other has taken from it too");
    assert!(is_too_many(&ask(&two, &ann, "3").await));
    ask(&one, &ann, "2").await.unwrap();

    let bob = Caller { key_name: "bob".to_owned(), ..caller("default") };
    let begun = Instant::now();
    ask(&one, &bob, "4").await.unwrap();
    ask(&one, &bob, "5").await.unwrap();
    redis.kill();
    assert!(is_too_many(&ask(&one, &bob, "6").await), "what it gave itself it remembers");
    ask(&two, &bob, "6").await.unwrap();
    ask(&two, &bob, "7").await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "this machine is too busy to tell");
    assert!(is_too_many(&ask(&two, &bob, "8").await), "each has a limit of its own at least");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_makes_is_given_back_to_all() {
    const RUN: u64 = 40_000;
    let (url, _) = database().await;
    let limits = LimitSettings { requests_per_minute: None, deal_draws_per_minute: Some(RUN) };
    let settings = patient(&url);
    let (one, _one) = process(&settings, limits, RUN).await;
    let (two, _two) = process(&settings, limits, RUN).await;
    let ann = Caller { key_name: "ann".to_owned(), ..caller("default") };
    one.shutdown().await;
    assert!(simulate(&one, &ann, &body("fund-1", 1_000, "late")).await.is_err());
    simulate(&two, &ann, &body("fund-1", 1_000, "1")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_keys_is_stopped_in_all_processes_at_once() {
    let mut redis = OwnRedis::start(&[]);
    let (one, _one) = process(&patient(&redis.url()), LimitSettings::default(), 1_000).await;
    let (two, _two) = process(&patient(&redis.url()), LimitSettings::default(), 1_000).await;
    let from = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let guess = async |services: &Services, number: u32| {
        let secret = Secret::given(&format!("a-guess-that-is-wrong-0123456789-{number}")).unwrap();
        services.authenticate(&Credentials::Key(secret), from, "test").await
    };
    let begun = Instant::now();
    let mut refused = 0;
    for number in 0..60 {
        for services in [&one, &two] {
            match guess(services, number).await.unwrap_err() {
                ServiceError::Unauthorized(_) => refused += 1,
                error => assert!(matches!(error, ServiceError::TooMany { .. }), "{error:?}"),
            }
        }
    }
    // One comes back every two seconds.
    let flowed = begun.elapsed().as_secs() / 2 + 1;
    assert!((30..=30 + flowed).contains(&refused), "{refused}");
    redis.kill();
    let mut more = 0;
    for number in 100..200 {
        for services in [&one, &two] {
            more += u32::from(matches!(guess(services, number).await, Err(ServiceError::Unauthorized(_))));
        }
    }
    assert!(more <= 30 + 2 * (begun.elapsed().as_secs() as u32 / 2 + 1), "each counts on from its own: {more}");
}
