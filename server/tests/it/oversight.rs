//! What operators see of the installation and do to it, by the API and by their pages.

use axum::http::{Method, StatusCode};
use foliocast::store::Kind;
use serde_json::{Value, json};

use crate::gated_store::{Gate, Moment};
use crate::harness::{Answer, BOOTSTRAP_KEY, TestServer, bearer, server_function, three_buckets};

/// A server whose runs do not go on before the gate is opened.
async fn held_server() -> (TestServer, Gate) {
    let gate = Gate::default();
    let server = TestServer::gated(gate.holding(|moment| matches!(moment, Moment::Epoch(Kind::Run, _)))).await;
    (server, gate)
}

async fn begin(server: &TestServer, configuration: &Value) -> String {
    let answer = server.post_json("/api/monte-carlo/simulate?wait=0", configuration.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn operate(server: &TestServer, path: &str, body: &Value) -> Value {
    let answer = server.post_json(path, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// Sends a form as the pages of this server do.
async fn form(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://127.0.0.1:8080")];
    server.request(Method::POST, path, &headers, body.join("&")).await
}

fn messages(computation: &Value) -> Vec<&str> {
    computation["log"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_is_seen_cancelled_and_tried_again() {
    let (server, gate) = held_server().await;
    let job = begin(&server, &three_buckets(2_000, "seen")).await;
    gate.reached().await;
    let list = server.get("/api/computations?state=active").await.json();
    let [computation] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(
        (&computation["fundId"], &computation["tenants"], &computation["numJobs"], &computation["attempts"]),
        (&json!("formats"), &json!(["default"]), &json!(1), &json!(1))
    );
    let log = messages(computation);
    assert_eq!(log[0], "taken on, priority interactive");
    assert!(log[1].starts_with("attempt 1 begun by ") && log[1].contains("process"), "{log:?}");
    let path = format!("/api/computations/{}", computation["computationId"].as_str().unwrap());
    let retry = format!("{path}/retry");
    server.post_json(&retry, "").await.assert_refusal(409, "CONFLICT");

    let cancelled = server.request(Method::DELETE, &path, &[], "").await.json();
    assert_eq!(
        (&cancelled["state"], messages(&cancelled).last()),
        (&json!("cancelled"), Some(&"cancelled by this machine"))
    );
    assert_eq!(server.get(&job).await.json()["state"], "cancelled", "for whoever waits");
    gate.open();
    let again = server.post_json(&retry, "").await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    let ended = server.ended_job(&job).await;
    assert_eq!(ended["state"], "complete", "the job that waited gets its run: {ended}");
    let made = server.get(&path).await.json();
    assert_eq!((&made["state"], &made["result"]["outcome"]), (&json!("complete"), &json!("MISS")));
    assert_eq!(messages(&made).last(), Some(&"complete: the result is stored"));
    assert_eq!(server.get("/api/computations?state=cancelled").await.json()["items"], json!([]));
    let audit = server.get("/api/audit").await.json();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["computation.retry", "computation.cancel", "run.make"]);
    let refused = server.get("/api/computations?state=gone&limit=0&more=1").await;
    let refused = refused.assert_refusal(400, "VALIDATION_ERROR");
    assert_eq!(refused["details"].as_array().unwrap().len(), 3, "{refused}");
    for id in ["x", "019b0000-0000-7000-8000-000000000000"] {
        server.get(&format!("/api/computations/{id}")).await.assert_refusal(404, "NOT_FOUND");
    }
}

/// Whoever waits is not told to ask again at once, which would undo it.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_that_an_operator_ended_it() {
    let (server, gate) = held_server().await;
    let configuration = three_buckets(2_000, "waited for");
    let cancel = async {
        gate.reached().await;
        let list = server.get("/api/computations").await.json();
        let id = list["items"][0]["computationId"].as_str().unwrap().to_owned();
        let cancelled = server.request(Method::DELETE, &format!("/api/computations/{id}"), &[], "").await;
        // What makes it stops at its next step.
        gate.open();
        cancelled
    };
    let (waited, cancelled) = tokio::join!(server.simulate(&configuration), cancel);
    assert_eq!(cancelled.status, StatusCode::OK, "{}", cancelled.text());
    let error = waited.assert_refusal(409, "CONFLICT");
    assert!(error["message"].as_str().unwrap().contains("an operator ended the computation"), "{error}");
    assert!(waited.headers.get("retry-after").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_computations_continue_where_they_stopped() {
    let server = TestServer::start().await;
    for seed in ["a", "b", "c"] {
        server.run(&three_buckets(1_000, seed)).await;
    }
    let first = server.get("/api/computations?limit=2").await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = server.get(&format!("/api/computations?limit=2&cursor={cursor}")).await.json();
    assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));
    assert_eq!(rest["nextCursor"], Value::Null);
    let page = server.get(&format!("/jobs?cursor={cursor}")).await;
    assert!(page.text().contains("Newest") && !page.text().contains("Older jobs"), "{}", page.text());
    let other_list = server.get("/api/audit?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned();
    server.get(&format!("/api/computations?cursor={other_list}")).await.assert_refusal(400, "VALIDATION_ERROR");
}

/// What would be done is told, nothing is done, and then just that is.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_done_is_told_before() {
    let server = TestServer::start().await;
    let kept = server.run(&three_buckets(2_000, "kept")).await;
    let warm = |dry_run: bool| {
        let mut bad = three_buckets(2_000, "bad");
        bad["numScenarios"] = 0.into();
        let configs = ["kept", "new", "new"].map(|seed| three_buckets(2_000, seed));
        let configs: Vec<Value> = configs.into_iter().chain([bad]).collect();
        json!({"configs": configs, "dryRun": dry_run})
    };
    let foreseen = operate(&server, "/api/cache/warm", &warm(true)).await;
    assert_eq!(
        (&foreseen["dryRun"], &foreseen["wouldSchedule"], &foreseen["alreadyCached"], &foreseen["alreadyUnderWay"]),
        (&json!(true), &json!(1), &json!(1), &json!(1))
    );
    assert_eq!(foreseen["rejected"][0]["config"], 3);
    assert_eq!(server.get("/api/computations").await.json()["items"].as_array().unwrap().len(), 1, "nothing is made");
    let warmed = operate(&server, "/api/cache/warm", &warm(false)).await;
    assert_eq!((&warmed["scheduled"], &warmed["alreadyCached"]), (&json!(1), &json!(1)), "{warmed}");
    for job in warmed["jobs"].as_array().unwrap() {
        server.ended_job(&format!("/api/jobs/{}", job["jobId"].as_str().unwrap())).await;
    }

    for (scope, runs, matrices) in [
        (json!({"scope": "matrix", "matrixKey": kept["matrixKey"]}), 1, 1),
        (json!({"scope": "kind", "kind": "run"}), 1, 0),
        (json!({"scope": "all"}), 0, 1),
    ] {
        let mut dry = scope.clone();
        dry["dryRun"] = true.into();
        let foreseen = operate(&server, "/api/cache/invalidate", &dry).await;
        let would = &foreseen["wouldInvalidate"];
        assert_eq!((&would["runs"], &would["matrices"]), (&json!(runs), &json!(matrices)), "{scope}: {foreseen}");
        assert!(would["bytes"].as_u64().unwrap() > 0, "{foreseen}");
        let done = operate(&server, "/api/cache/invalidate", &scope).await;
        assert_eq!(done["invalidated"]["durable"], runs + matrices, "{scope}: {done}");
    }
    let audit = server.get("/api/cache/audit").await.json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 4, "what was only looked at has no line: {audit}");
    let refused = server.post_json("/api/cache/invalidate", json!({"scope": "all", "dryRun": "yes"}).to_string()).await;
    assert_eq!(refused.assert_refusal(400, "VALIDATION_ERROR")["details"][0]["path"], "dryRun");
}

/// Over time the same is told as in sum.
#[tokio::test(flavor = "multi_thread")]
async fn periods_add_up_to_what_was_asked() {
    let server = TestServer::start().await;
    for seed in ["a", "b", "a", "a"] {
        server.run(&three_buckets(2_000, seed)).await;
    }
    for (hours, seconds) in [(1, 60), (12, 900), (24, 3_600), (168, 21_600)] {
        let history = server.get(&format!("/api/cache/history?hours={hours}")).await.json();
        assert_eq!(history["periodSeconds"], seconds);
        let periods = history["periods"].as_array().unwrap();
        assert!(periods.len() as u64 <= hours * 3_600 / seconds + 1, "{}", periods.len());
        let sum = |of: &dyn Fn(&Value) -> u64| periods.iter().map(of).sum::<u64>();
        let requests = |place: &'static str| sum(&move |period| period[place]["requests"].as_u64().unwrap());
        assert_eq!(
            (sum(&|period| period["requests"].as_u64().unwrap()), requests("memory"), requests("computed")),
            (4, 2, 2)
        );
        assert_eq!(sum(&|period| period["hits"].as_u64().unwrap()), 2);
        let classes = history["latencyBoundsMs"].as_array().unwrap().len() + 1;
        let answers = sum(&|period| {
            let latencies = period["memory"]["latencies"].as_array().unwrap();
            assert!(latencies.is_empty() || latencies.len() == classes);
            latencies.iter().map(|count| count.as_u64().unwrap()).sum()
        });
        assert_eq!(answers, 2);
    }
    server.get("/api/cache/history?hours=169").await.assert_refusal(400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_tell_what_the_api_tells_and_forms_do_what_it_does() {
    let server = TestServer::start().await;
    let empty = server.get("/cache").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text().contains("Nothing was asked in this window."), "{}", empty.text());
    assert!(server.get("/jobs").await.text().contains("Nothing was made yet"));
    let run = server.run(&three_buckets(2_000, "paged")).await;
    server.run(&three_buckets(2_000, "paged")).await;
    let page = server.get("/cache?hours=1").await;
    // What is fetched anew has the numbers of the page.
    let call = server_function("fetch_article?kind=cache&name=hours%3D1");
    let german = server.request(Method::GET, &call, &[("accept-language", "de")], "").await;
    assert!(german.text().contains("50,0"), "{}", german.text());
    for words in ["Where answers came from", "How long answers took", "What is kept", "Slowest answers", "50.0"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let jobs = server.get("/jobs?state=complete").await;
    let id = server.get("/api/computations").await.json()["items"][0]["computationId"].as_str().unwrap().to_owned();
    assert!(jobs.text().contains(&format!("href=\"/jobs/{id}\"")), "{}", jobs.text());
    let job = server.get(&format!("/jobs/{id}")).await;
    assert!(job.text().contains("complete: the result is stored"), "{}", job.text());

    // What is no fund's name is said, and what was typed stays.
    let refused = form(&server, "/cache", &[("do", "foresee-drop"), ("scope", "matrix"), ("of", "<b>x")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text().contains("<code>matrixKey</code>") && refused.text().contains("&lt;b&gt;x"),
        "{}",
        refused.text()
    );
    let fields = [("scope", "matrix"), ("of", run["matrixKey"].as_str().unwrap()), ("reason", "a test")];
    let foreseen = form(&server, "/cache", &[&fields[..], &[("do", "foresee-drop")]].concat()).await;
    assert!(foreseen.text().contains("1 run and 1 matrix of the matrix"), "{}", foreseen.text());
    assert_eq!(server.get("/api/cache/audit").await.json()["items"], json!([]));
    let dropped = form(&server, "/cache", &[&fields[..], &[("do", "drop")]].concat()).await;
    assert!(dropped.text().contains("Dropped: 2 in the durable store"), "{}", dropped.text());
    assert_eq!(server.get("/api/cache/audit").await.json()["items"][0]["reason"], "a test");

    let configuration = three_buckets(2_000, "warmed").to_string();
    let fields = [("fundIds", ""), ("configs", configuration.as_str()), ("priority", "high"), ("reason", "")];
    let foreseen = form(&server, "/cache", &[&fields[..], &[("do", "foresee-warm")]].concat()).await;
    assert!(foreseen.text().contains("1 run would be made"), "{}", foreseen.text());
    let warmed = form(&server, "/cache", &[&fields[..], &[("do", "warm")]].concat()).await;
    assert!(warmed.text().contains("1 run is made now"), "{}", warmed.text());
    let refused = form(&server, "/cache", &[("do", "warm"), ("configs", "no json"), ("priority", "low")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("<code>configs</code>"), "{}", refused.text());

    let retried = form(&server, &format!("/jobs/{id}"), &[("do", "retry")]).await;
    assert_eq!(retried.status, StatusCode::CONFLICT);
    assert!(retried.text().contains("This computation is complete"), "{}", retried.text());
    assert_eq!(form(&server, &format!("/jobs/{id}"), &[("do", "nothing")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(form(&server, "/jobs/x", &[("do", "retry")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_alone_see_and_do_it() {
    let server = TestServer::with_key().await;
    let analyst = server.make_key("ann", "t", "analyst").await;
    let asked = [
        (Method::GET, "/api/cache/history"),
        (Method::GET, "/api/computations"),
        (Method::GET, "/api/computations/x"),
        (Method::DELETE, "/api/computations/x"),
        (Method::POST, "/api/computations/x/retry"),
    ];
    for (method, path) in asked {
        server.ask(&analyst, method.clone(), path, "").await.assert_refusal(403, "FORBIDDEN");
        let answer = server.ask(BOOTSTRAP_KEY, method, path, "").await;
        assert!([200, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.text());
    }
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://127.0.0.1:8080")];
    for path in ["/cache", "/jobs/019b0000-0000-7000-8000-000000000000"] {
        let body = if path == "/cache" { "do=foresee-drop&scope=all" } else { "do=retry" };
        let (analyst, operator) = (bearer(&analyst), bearer(BOOTSTRAP_KEY));
        let as_analyst = [form[0], form[1], ("authorization", &analyst)];
        server.request(Method::POST, path, &as_analyst, body).await.assert_refusal(403, "FORBIDDEN");
        server.request(Method::POST, path, &form, body).await.assert_refusal(401, "UNAUTHORIZED");
        let foreign = [form[0], ("origin", "https://elsewhere.example"), ("authorization", &operator)];
        server.request(Method::POST, path, &foreign, body).await.assert_refusal(403, "FOREIGN_ORIGIN");
    }
    for kind in ["cache", "jobs", "job", "cache-tools", "job-notice"] {
        let call = server_function(&format!("fetch_article?kind={kind}&name="));
        let refused = server.ask(&analyst, Method::GET, &call, "").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{kind}: {}", refused.text());
        assert_eq!(server.get(&call).await.status, StatusCode::UNAUTHORIZED, "{kind}");
    }
    for path in ["/cache", "/jobs", "/jobs/x"] {
        let page = server.ask(&analyst, Method::GET, path, "").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!page.text().contains("See what would go"), "{path}: {}", page.text());
        let nobody = server.get(path).await;
        assert_eq!((nobody.status.as_u16(), nobody.header("location")), (303, format!("/login?next={path}").as_str()));
    }
}
