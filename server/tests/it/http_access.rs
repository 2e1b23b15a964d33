//! Who may what, once there are keys: roles, tenants, limits, the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use foliocast::auth::Secret;
use foliocast::clock::ManualClock;
use foliocast::service::{Credentials, ServiceSettings, Services};
use foliocast::store::StoreError;
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::gated_store::{Gate, Interruption, Moment, go_on, open_gated};
use crate::harness::{Answer, BOOTSTRAP_KEY, TestServer, bearer, server_function, three_buckets, worked_example};
use crate::installation::PATIENCE;
use crate::program::endless_run;

const SIMULATE: &str = "/api/monte-carlo/simulate";

/// What a refusal says, without what is of this request alone.
fn said(answer: &Answer) -> Value {
    let mut error = answer.json()["error"].clone();
    error["requestId"] = Value::Null;
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn once_there_has_been_a_key_requests_need_one() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/api/runs").await.status, 200, "without keys this machine may everything");
    let server = TestServer::with_key().await;
    server.get("/api/runs").await.assert_refusal(401, "UNAUTHORIZED");
    server.simulate(&worked_example()).await.assert_refusal(401, "UNAUTHORIZED");
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::GET, "/api/runs", "").await.status, 200);
    for authorization in [
        "Bearer",
        "Bearer ",
        "Bearer short",
        "Basic b3BlcmF0b3I6c2VjcmV0",
        "bearer the-operator-of-these-tests-0123456788",
        BOOTSTRAP_KEY,
        "Bearer the-operator-of-these-tests-0123456789 more",
    ] {
        let answer = server.request(Method::GET, "/api/runs", &[("authorization", authorization)], Body::empty()).await;
        answer.assert_refusal(401, "UNAUTHORIZED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.text().contains("0123456788"), "what was sent is not told: {}", answer.text());
    }
    let twice = [("authorization", bearer(BOOTSTRAP_KEY)), ("authorization", bearer(BOOTSTRAP_KEY))];
    let twice = twice.each_ref().map(|(name, value)| (*name, value.as_str()));
    server.request(Method::GET, "/api/runs", &twice, Body::empty()).await.assert_refusal(400, "BAD_REQUEST");
    for path in ["/healthz", "/readyz", "/api/openapi.json", "/api/docs/"] {
        assert_eq!(server.get(path).await.status, 200, "{path} is for anybody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_may_what_the_ones_below_may_and_no_more() {
    let server = TestServer::with_key().await;
    let reader = server.make_key("reader", "t", "reader").await;
    let analyst = server.make_key("analyst", "t", "analyst").await;
    let operator = server.make_key("operator", "t", "operator").await;
    let run = worked_example().to_string();
    let fund = json!({"configuration": worked_example()}).to_string();
    let key = |name: &str| json!({"name": name}).to_string();
    // Method, path, body, and the status that a reader, an analyst and an operator get.
    let calls = [
        (Method::GET, "/api/account", String::new(), [200, 200, 200]),
        (Method::GET, "/api/runs", String::new(), [200, 200, 200]),
        (Method::GET, "/api/funds", String::new(), [200, 200, 200]),
        (Method::POST, SIMULATE, run, [403, 200, 200]),
        (Method::PUT, "/api/funds/fund-1", fund, [403, 201, 200]),
        (Method::DELETE, "/api/funds/fund-1", String::new(), [403, 204, 404]),
        (Method::DELETE, "/api/jobs/x", String::new(), [403, 404, 404]),
        (Method::GET, "/api/keys", String::new(), [403, 403, 200]),
        (Method::POST, "/api/keys", key("new"), [403, 403, 201]),
        (Method::DELETE, "/api/keys/new", String::new(), [403, 403, 204]),
        (Method::GET, "/api/audit", String::new(), [403, 403, 200]),
    ];
    for (method, path, body, expected) in calls {
        for (key, expected) in [&reader, &analyst, &operator].into_iter().zip(expected) {
            let answer = server.ask(key, method.clone(), path, body.clone()).await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
            if expected == 403 {
                answer.assert_refusal(403, "FORBIDDEN");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_revoked_ran_out_or_never_was_is_refused_alike() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let services = Services::open(&ServiceSettings::in_dir(dir.path()), clock.clone()).await.unwrap();
    services.bootstrap(&Secret::given(BOOTSTRAP_KEY).unwrap()).await.unwrap();
    let caller = async |text: &str| {
        services.authenticate(&Credentials::Key(Secret::given(text).unwrap()), None, "request").await
    };
    let operator = caller(BOOTSTRAP_KEY).await.unwrap().expect("the operator");
    let make = async |name: &str| {
        let body = json!({"name": name, "expiresInDays": 1}).to_string();
        services.create_key(&operator, &body).await.unwrap().secret
    };
    let (revoked, ending) = (make("revoked").await, make("ending").await);
    assert_eq!(caller(&revoked).await.unwrap().unwrap().key_name, "revoked");
    services.revoke_key(&operator, "revoked").await.unwrap();
    let refused = caller(&revoked).await.unwrap_err();
    assert_eq!(refused.status(), 401, "at once, though it was just used");
    assert_eq!(caller(&ending).await.unwrap().unwrap().key_name, "ending");
    clock.advance(Duration::from_secs(24 * 3_600 - 1));
    assert!(caller(&ending).await.unwrap().is_some());
    clock.advance(Duration::from_secs(1));
    let ran_out = caller(&ending).await.unwrap_err();
    let unknown = caller("no-key-at-all-0123456789-0123456789").await.unwrap_err();
    assert_eq!((refused.to_string(), ran_out.to_string()), (unknown.to_string(), unknown.to_string()));
    assert_eq!((ran_out.status(), unknown.status()), (401, 401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_while_it_is_looked_up_is_not_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let (gate, is_closed) = (Gate::default(), Arc::new(AtomicBool::new(false)));
    let closed = is_closed.clone();
    let at = gate.holding(move |moment| moment == Moment::FoundKey && closed.load(Ordering::SeqCst));
    let clock = Arc::new(ManualClock::at(0));
    let services = open_gated(&ServiceSettings::in_dir(dir.path()), clock, at).await;
    services.bootstrap(&Secret::given(BOOTSTRAP_KEY).unwrap()).await.unwrap();
    let ask = async |services: &Services, text: &str| {
        services.authenticate(&Credentials::Key(Secret::given(text).unwrap()), None, "request").await
    };
    let operator = ask(&services, BOOTSTRAP_KEY).await.unwrap().expect("the operator");
    let ann = services.create_key(&operator, r#"{"name": "ann"}"#).await.unwrap().secret;
    is_closed.store(true, Ordering::SeqCst);
    let asking = {
        let (services, ann) = (services.clone(), ann.clone());
        tokio::spawn(async move { ask(&services, &ann).await.map(|caller| caller.is_some()) })
    };
    gate.reached().await;
    services.revoke_key(&operator, "ann").await.unwrap();
    gate.open();
    // What was on its way may pass; nothing after it does, though no time has gone by.
    let _ = asking.await.unwrap();
    assert_eq!(ask(&services, &ann).await.unwrap_err().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_does_not_answer_keys_that_were_good_are_for_a_while_and_others_are_not_refused() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(0));
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = is_gone.clone();
    let at = move |moment| match moment {
        Moment::FindKey if gone.load(Ordering::SeqCst) => {
            Box::pin(async { Err(StoreError::Failed("gone".to_owned())) }) as Interruption
        }
        _ => go_on(),
    };
    let services = open_gated(&ServiceSettings::in_dir(dir.path()), clock.clone(), at).await;
    services.bootstrap(&Secret::given(BOOTSTRAP_KEY).unwrap()).await.unwrap();
    let ask = async |text: &str| {
        services.authenticate(&Credentials::Key(Secret::given(text).unwrap()), None, "request").await
    };
    assert!(ask(BOOTSTRAP_KEY).await.unwrap().is_some());
    is_gone.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(20));
    assert!(ask(BOOTSTRAP_KEY).await.unwrap().is_some());
    assert_eq!(ask("no-key-at-all-0123456789-0123456789").await.unwrap_err().status(), 503);
    clock.advance(Duration::from_secs(20));
    assert_eq!(ask(BOOTSTRAP_KEY).await.unwrap_err().status(), 503, "it may have been revoked meanwhile");
    is_gone.store(false, Ordering::SeqCst);
    assert!(ask(BOOTSTRAP_KEY).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_with_the_same_fund_share_the_matrix_and_nothing_else() {
    let server = TestServer::with_key().await;
    let me = server.make_key("me", "mine", "analyst").await;
    let you = server.make_key("you", "yours", "analyst").await;
    let mut mine = worked_example();
    mine["buckets"][0]["name"] = json!("My secret bucket");
    let fund = |configuration: &Value| json!({"configuration": configuration}).to_string();
    assert_eq!(server.ask(&me, Method::PUT, "/api/funds/fund-1", fund(&mine)).await.status, 201);
    server.ask(&you, Method::GET, "/api/funds/fund-1", "").await.assert_refusal(404, "NOT_FOUND");
    assert_eq!(server.ask(&you, Method::PUT, "/api/funds/fund-1", fund(&worked_example())).await.status, 201);
    let yours = server.ask(&you, Method::GET, "/api/funds/fund-1", "").await;
    assert!(!yours.text().contains("My secret bucket"));

    let accepted = server.ask(&me, Method::POST, &format!("{SIMULATE}?wait=0"), mine.to_string()).await.json();
    let run = server.ask(&me, Method::POST, SIMULATE, mine.to_string()).await.json();
    let (run_key, matrix_key) = (run["runKey"].as_str().unwrap(), run["matrixKey"].as_str().unwrap());
    let unknown = "0".repeat(64);
    let nobodys_job = "01890a5d-ac96-774b-bcce-b302099a8057";
    // Of what is another's and of what never was the same is said.
    let mut pairs = vec![
        (format!("/api/runs/{run_key}"), format!("/api/runs/{unknown}"), unknown.as_str(), run_key),
        (format!("/api/runs/{run_key}/report"), format!("/api/runs/{unknown}/report"), unknown.as_str(), run_key),
    ];
    for rest in ["", "/data", "/blocks"] {
        let path = |key: &str| format!("/api/matrices/{key}{rest}");
        pairs.push((path(matrix_key), path(&unknown), &unknown, matrix_key));
    }
    if let Some(job) = accepted["jobId"].as_str() {
        for rest in ["", "/events"] {
            let path = |job: &str| format!("/api/jobs/{job}{rest}");
            pairs.push((path(job), path(nobodys_job), nobodys_job, job));
        }
    }
    for (others, nobodys, nobody, other) in pairs {
        let (others, nobodys) =
            (server.ask(&you, Method::GET, &others, "").await, server.ask(&you, Method::GET, &nobodys, "").await);
        others.assert_refusal(404, "NOT_FOUND");
        nobodys.assert_refusal(404, "NOT_FOUND");
        assert_eq!(said(&others).to_string().replace(other, nobody), said(&nobodys).to_string());
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&others), names(&nobodys));
    }
    let list = server.ask(&you, Method::GET, "/api/runs", "").await.json();
    assert_eq!(list["items"], json!([]));
    for page in [format!("/runs/{run_key}"), server_function(&format!("fetch_run?key={run_key}"))] {
        let answer = server.ask(&you, Method::GET, &page, "").await;
        assert!(!answer.text().contains("My secret bucket"), "{page}");
    }

    // The same rows, another fund's name and other allocations: one matrix.
    let mut same_rows = mine.clone();
    same_rows["fundId"] = json!("another name");
    same_rows["buckets"][0]["capitalAllocation"] = json!(50);
    same_rows["buckets"][1]["capitalAllocation"] = json!(50);
    let theirs = server.ask(&you, Method::POST, SIMULATE, same_rows.to_string()).await.json();
    assert_eq!(theirs["matrixKey"], matrix_key);
    assert_ne!(theirs["runKey"], run_key);
    assert_eq!(theirs["generation"], run["generation"], "the rows were made once");
    server.ask(&you, Method::GET, &format!("/api/runs/{run_key}"), "").await.assert_refusal(404, "NOT_FOUND");
    let shared = server.ask(&you, Method::POST, SIMULATE, mine.to_string()).await.json();
    assert_eq!(shared["cache"]["tier"], "shared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_asks_so_many_requests_and_draws_a_minute_and_what_is_kept_costs_none() {
    let limited = |settings: &mut ServiceSettings| {
        settings.max_deal_draws = 10_000;
        settings.limits.requests_per_minute = Some(20);
        settings.limits.deal_draws_per_minute = Some(5_000);
    };
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let server = TestServer::with_key_at(clock, &[], limited).await;
    let (ann, bob) = (server.make_key("ann", "t", "analyst").await, server.make_key("bob", "t", "analyst").await);
    let simulate = async |key: &str, seed: &str, rows: u32| {
        server.ask(key, Method::POST, SIMULATE, three_buckets(rows, seed).to_string()).await
    };
    assert_eq!(simulate(&ann, "a", 3_000).await.status, 200, "9,000 of 10,000 draws");
    for _ in 0..3 {
        assert_eq!(simulate(&ann, "a", 3_000).await.status, 200, "it is kept");
    }
    let refused = simulate(&ann, "b", 1_000).await;
    let error = refused.assert_refusal(429, "TOO_MANY_REQUESTS");
    assert!(error["message"].as_str().unwrap().contains("3000 deal draws"), "{error}");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=24).contains(&wait), "{wait}");
    assert_eq!(simulate(&bob, "b", 1_000).await.status, 200, "of another key");
    assert_eq!(simulate(&ann, "b", 1_000).await.status, 200, "which is kept now");
    let mut last = None;
    for _ in 0..20 {
        last = Some(server.ask(&ann, Method::GET, "/api/funds", "").await);
    }
    let last = last.unwrap();
    last.assert_refusal(429, "TOO_MANY_REQUESTS");
    assert!(last.headers.contains_key("retry-after"));
    let account = server.ask(&bob, Method::GET, "/api/account", "").await.json();
    assert_eq!(account["usage"][0]["requests"], 2);
    assert_eq!(account["usage"][0]["dealDraws"], 3_000);
    assert_eq!(
        account["limits"],
        json!({"requestsPerMinute": 20, "dealDrawsPerMinute": 5_000, "maxDealDraws": 10_000})
    );
    assert_eq!(account["key"]["name"], "bob");
    assert!(account["key"]["lastUsedAt"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_being_computed_already_costs_nothing() {
    let limited = |settings: &mut ServiceSettings| {
        settings.max_deal_draws = 10_000;
        settings.limits.deal_draws_per_minute = Some(5_000);
        // So that what was taken on is still to be computed.
        settings.run_workers = false;
    };
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let server = TestServer::with_key_at(clock, &[], limited).await;
    let ann = server.make_key("ann", "t", "analyst").await;
    let ask = async |rows: u32| {
        let body = three_buckets(rows, "costs").to_string();
        server.ask(&ann, Method::POST, &format!("{SIMULATE}?wait=0"), body).await.status.as_u16()
    };
    // 3,000, the same again, 6,999 and 3 of 10,000 draws.
    assert_eq!([ask(1_000).await, ask(1_000).await, ask(2_333).await, ask(1).await], [202, 202, 202, 429]);
    let account = server.ask(&ann, Method::GET, "/api/account", "").await.json();
    assert_eq!(account["usage"][0]["dealDraws"], 9_999);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_a_job_that_moves_on_is_cut_off_when_the_key_is_revoked() {
    let server = TestServer::with_key_and(&[], |settings| settings.max_deal_draws = 1_000_000_000_000).await;
    let (ann, bob) = (server.make_key("ann", "t", "analyst").await, server.make_key("bob", "t", "analyst").await);
    let job = server.ask(&ann, Method::POST, &format!("{SIMULATE}?wait=0"), endless_run().to_string()).await.json();
    let path = job["links"]["self"].as_str().unwrap().to_owned();
    let caller = server.services.authenticate(&Credentials::Key(Secret::given(&ann).unwrap()), None, "request").await;
    let caller = caller.unwrap().expect("ann");
    let mut events = server.services.job_events(&caller, job["jobId"].as_str().unwrap()).await.unwrap();
    // Progress comes all the time, so that nothing ever waits for news.
    for _ in 0..3 {
        events.next().await.expect("an event");
    }
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/ann", "").await.status, 204);
    let ended = tokio::time::timeout(PATIENCE, async { while events.next().await.is_some() {} }).await;
    assert!(ended.is_ok(), "the events go on after the revocation");
    assert_eq!(server.ask(&bob, Method::GET, &path, "").await.json()["state"], "active", "the job goes on");
    assert_eq!(server.ask(&bob, Method::DELETE, &path, "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_keys_is_stopped_and_who_has_one_is_not() {
    // The clock stands: what is used up stays so.
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let server = TestServer::with_key_at(clock, &["--trusted-proxies", "127.0.0.1"], |_| ()).await;
    let from = async |client: &str, key: &str| {
        let mut request = Request::builder()
            .uri("/api/runs")
            .header("host", "127.0.0.1:8080")
            .header("authorization", bearer(key))
            .header("x-forwarded-for", client)
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(foliocast::http::Peer([127, 0, 0, 1].into()));
        server.send(request).await
    };
    let ann = server.make_key("ann", "t", "reader").await;
    let bob = server.make_key("bob", "t", "reader").await;
    assert_eq!(from("192.0.2.1", &ann).await.status, 200);
    for guess in 0..30 {
        from("192.0.2.1", &format!("guess-at-0123456789-0123456789-{guess:03}"))
            .await
            .assert_refusal(401, "UNAUTHORIZED");
    }
    let stopped = from("192.0.2.1", "guess-at-0123456789-0123456789-more").await;
    stopped.assert_refusal(429, "TOO_MANY_REQUESTS");
    assert!(stopped.headers.contains_key("retry-after"));
    from("192.0.2.1", &bob).await.assert_refusal(429, "TOO_MANY_REQUESTS");
    assert_eq!(from("192.0.2.1", &ann).await.status, 200, "a key that was used before goes on");
    assert_eq!(from("192.0.2.2", &bob).await.status, 200, "from elsewhere");
    // What a client writes itself comes before what the proxy adds.
    from("192.0.2.9, 192.0.2.1", "guess-at-0123456789-0123456789-more").await.assert_refusal(429, "TOO_MANY_REQUESTS");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_logged_with_the_keys_name() {
    let server = TestServer::with_key().await;
    let ann = server.make_key("ann", "t", "analyst").await;
    let fund = json!({"configuration": worked_example()}).to_string();
    server.ask(&ann, Method::PUT, "/api/funds/fund-1", fund).await;
    let run = server.ask(&ann, Method::POST, SIMULATE, worked_example().to_string()).await;
    server.ask(&ann, Method::POST, SIMULATE, worked_example().to_string()).await;
    server.ask(BOOTSTRAP_KEY, Method::POST, SIMULATE, worked_example().to_string()).await;
    server.ask(&ann, Method::DELETE, "/api/funds/fund-1", "").await;
    server.ask(&ann, Method::DELETE, "/api/funds/fund-1", "").await.assert_refusal(404, "NOT_FOUND");
    server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/ann", "").await;
    let page = server.ask(BOOTSTRAP_KEY, Method::GET, "/api/audit?limit=3", "").await.json();
    let rest = format!("/api/audit?cursor={}", page["nextCursor"].as_str().expect("there is more"));
    let rest = server.ask(BOOTSTRAP_KEY, Method::GET, &rest, "").await.json();
    let lines = [&page["items"], &rest["items"]].map(|items| items.as_array().unwrap().clone()).concat();
    let run_key = run.json()["runKey"].as_str().unwrap().to_owned();
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let text = |member: &str| line[member].as_str().unwrap().replace(&run_key, "[runKey]");
            format!("{} in {}: {} {}", text("user"), text("tenant"), text("action"), text("subject"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "bootstrap in default: key.revoke ann",
            "ann in t: fund.delete fund-1",
            "bootstrap in default: run.share [runKey]",
            "ann in t: run.make [runKey]",
            "ann in t: fund.put fund-1",
            "bootstrap in default: key.create ann",
            "command line in default: key.create bootstrap",
        ]
    );
    let made = lines.iter().find(|line| line["action"] == "run.make").unwrap();
    assert_eq!(made["requestId"], run.header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_wanted_key_are_told_at_once() {
    let server = TestServer::with_key().await;
    let body = json!({"name": "Ann'; DROP TABLE access_keys; --", "tenant": "", "role": "root", "expiresInDays": 0, "more": 1});
    let answer = server.ask(BOOTSTRAP_KEY, Method::POST, "/api/keys", body.to_string()).await;
    let error = answer.assert_refusal(400, "VALIDATION_ERROR");
    let paths: Vec<&str> =
        error["details"].as_array().unwrap().iter().map(|detail| detail["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["more", "role", "name", "tenant", "expiresInDays"]);
    let answer = server.ask(BOOTSTRAP_KEY, Method::POST, "/api/keys", "{}").await;
    assert_eq!(answer.assert_refusal(400, "VALIDATION_ERROR")["details"][0]["path"], "name");
    server.make_key("ann", "t", "reader").await;
    let again = json!({"name": "ann"}).to_string();
    server.ask(BOOTSTRAP_KEY, Method::POST, "/api/keys", again).await.assert_refusal(409, "CONFLICT");
    server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/bob", "").await.assert_refusal(404, "NOT_FOUND");
    server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/bootstrap", "").await.assert_refusal(409, "CONFLICT");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_is_not_made_over_http() {
    let server = TestServer::start().await;
    let answer = server.post_json("/api/keys", json!({"name": "ann", "role": "operator"}).to_string()).await;
    assert!(answer.assert_refusal(409, "CONFLICT")["message"].as_str().unwrap().contains("foliocast keys create"));
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_looks_like_sql_is_text() {
    let server = TestServer::with_key().await;
    let hostile = "x'); DROP TABLE funds; --";
    let path = "/api/funds/x%27%29%3B%20DROP%20TABLE%20funds%3B%20--";
    let mut configuration = worked_example();
    configuration["fundId"] = json!(hostile);
    configuration["seed"] = json!(hostile);
    configuration["buckets"][0]["name"] = json!(hostile);
    let fund = json!({"configuration": configuration}).to_string();
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::PUT, path, fund).await.status, 201);
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::GET, path, "").await.json()["fundId"], hostile);
    let run = server.ask(BOOTSTRAP_KEY, Method::POST, SIMULATE, configuration.to_string()).await.json();
    assert!(run["bucketNames"].as_array().unwrap().contains(&json!(hostile)), "{run}");
    let listed = "/api/runs?fundId=x%27%29%3B%20DROP%20TABLE%20funds%3B%20--";
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::GET, listed, "").await.json()["items"][0]["runKey"], run["runKey"]);
    for cursor in
        ["/api/funds?cursor=%27%20OR%201%3D1", "/api/keys?cursor=%27", "/api/audit?cursor=5%27", "/api/runs?cursor=--"]
    {
        server.ask(BOOTSTRAP_KEY, Method::GET, cursor, "").await.assert_refusal(400, "VALIDATION_ERROR");
    }
    server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/%27%20OR%201%3D1", "").await.assert_refusal(404, "NOT_FOUND");
    assert_eq!(server.ask(BOOTSTRAP_KEY, Method::DELETE, path, "").await.status, 204);
}
