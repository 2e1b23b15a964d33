//! Signing in and out with a browser, and what other sites and thieves can do with its cookie.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use foliocast::clock::ManualClock;

use crate::harness::{Answer, BOOTSTRAP_KEY, TestServer, server_function, worked_example};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("origin", "http://127.0.0.1:8080");

async fn sign_in(server: &TestServer, key: &str, next: &str, headers: &[(&str, &str)]) -> Answer {
    let body = format!("key={key}&next={next}");
    server.request(Method::POST, "/login", &[&[FORM], headers].concat(), body).await
}

/// Signs in with a key; the cookie as a browser sends it back.
async fn session(server: &TestServer, key: &str) -> String {
    let answer = sign_in(server, key, "/", &[OWN]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn get(server: &TestServer, path: &str, cookie: &str) -> Answer {
    server.request(Method::GET, path, &[("cookie", cookie)], Body::empty()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_exchanged_for_a_cookie_that_scripts_and_other_sites_do_not_get() {
    let server = TestServer::with_key().await;
    let ann = server.make_key("ann", "t", "analyst").await;
    let answer = sign_in(&server, &ann, "/runs", &[OWN]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/runs"));
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains(&ann), "the key itself stays out of the browser's store");
    let cookie = cookie.split(';').next().unwrap();
    let account = get(&server, "/api/account", cookie).await.json();
    assert_eq!((&account["key"]["name"], &account["tenant"]), (&"ann".into(), &"t".into()));
    let page = get(&server, "/runs", cookie).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("data-tenant=\"t\""));
    // Encrypted, as the browser's page says or a trusted proxy: bound to this host and to encryption.
    let headers = [("host", "folio.example"), ("origin", "https://folio.example")];
    let server = TestServer::with_key_and(&["--allowed-hosts", "folio.example"], |_| ()).await;
    let answer = sign_in(&server, BOOTSTRAP_KEY, "/", &headers).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-foliocast_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_goes_on_to_pages_of_this_server_alone() {
    let server = TestServer::with_key().await;
    for (next, location) in [
        ("%2Fruns%3FfundId%3Da%2520b", "/runs?fundId=a%20b"),
        ("https%3A%2F%2Fexample.com", "/"),
        ("%2F%2Fexample.com", "/"),
        ("%2F%5Cexample.com", "/"),
        ("%5C%5Cexample.com", "/"),
        ("%2Fruns%0D%0ASet-Cookie%3A%20a%3Db", "/"),
        ("javascript%3Aalert(1)", "/"),
        ("%2F%09%2Fexample.com", "/"),
        ("", "/"),
        ("%2Flogin%3Fnext%3D%2Fruns", "/"),
        ("%2Flogout", "/"),
    ] {
        let answer = sign_in(&server, BOOTSTRAP_KEY, next, &[OWN]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, location), "{next}");
        let page = server.get(&format!("/login?next={next}")).await;
        let field = format!("name=\"next\" value=\"{location}\"");
        assert!(page.text().contains(&field), "{next}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_tenants_lead_to_signing_in_and_the_others_are_for_anybody() {
    let server = TestServer::with_key().await;
    for (path, location) in [
        ("/funds", "/login?next=/funds"),
        ("/runs?fundId=a%20b&cursor=1", "/login?next=/runs%3FfundId%3Da%2520b%26cursor%3D1"),
        ("/compare", "/login?next=/compare"),
        ("/account", "/login?next=/account"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, location), "{path}");
    }
    for path in ["/", "/embed", "/figures", "/figures/mean", "/login"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("data-tenant"), "{path}");
    }
    assert_eq!(server.get("/nowhere").await.status, 404);
    for function in ["fetch_runs", "fetch_funds", "fetch_fund?id=x", "fetch_article?kind=account&name="] {
        let answer = server.get(&server_function(function)).await;
        assert_eq!(answer.status, 401, "{function}: {}", answer.text());
        assert_eq!(answer.json()["code"], "UNAUTHORIZED");
    }
    assert_eq!(server.get(&server_function("fetch_article?kind=figure&name=mean")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_cookie_only_pages_of_this_server_change_anything() {
    let server = TestServer::with_key().await;
    let cookie = session(&server, BOOTSTRAP_KEY).await;
    let json = ("content-type", "application/json");
    let post = async |headers: &[(&str, &str)]| {
        let headers = [&[json, ("cookie", cookie.as_str())], headers].concat();
        server.request(Method::POST, "/api/monte-carlo/simulate", &headers, worked_example().to_string()).await
    };
    assert_eq!(post(&[OWN]).await.status, 200);
    assert_eq!(post(&[("sec-fetch-site", "same-origin")]).await.status, 200);
    // An old browser that says nothing of where a form was sent from.
    post(&[]).await.assert_refusal(403, "FOREIGN_ORIGIN");
    post(&[("origin", "http://example.com")]).await.assert_refusal(403, "FOREIGN_ORIGIN");
    post(&[("origin", "null")]).await.assert_refusal(403, "FOREIGN_ORIGIN");
    for path in ["/login", "/logout", "/account"] {
        for origin in [None, Some("http://example.com"), Some("null")] {
            let mut headers = vec![FORM, ("cookie", cookie.as_str())];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let body = format!("key={BOOTSTRAP_KEY}&do=create&name=x&role=operator&tenant=t");
            let answer = server.request(Method::POST, path, &headers, body).await;
            answer.assert_refusal(403, "FOREIGN_ORIGIN");
        }
    }
    assert_eq!(get(&server, "/api/runs", &cookie).await.status, 200, "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_cookie_is_worth_nothing_after_signing_out_or_revocation() {
    let server = TestServer::with_key().await;
    let ann = server.make_key("ann", "t", "reader").await;
    let cookie = session(&server, &ann).await;
    assert_eq!(get(&server, "/api/runs", &cookie).await.status, 200);
    let other = session(&server, &ann).await;
    let out = server.request(Method::POST, "/logout", &[OWN, ("cookie", &cookie)], Body::empty()).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login"));
    let cleared: Vec<&str> = out.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(cleared.iter().all(|cookie| cookie.contains("Max-Age=0")) && cleared.len() == 2, "{cleared:?}");
    get(&server, "/api/runs", &cookie).await.assert_refusal(401, "UNAUTHORIZED");
    assert_eq!(get(&server, "/api/runs", &other).await.status, 200, "another browser's session goes on");
    server.ask(BOOTSTRAP_KEY, Method::DELETE, "/api/keys/ann", "").await;
    get(&server, "/api/runs", &other).await.assert_refusal(401, "UNAUTHORIZED");
    assert_eq!(get(&server, "/runs", &other).await.status, 303, "a page leads to signing in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_cookie_does_not_take_the_place_of_ones_own() {
    let server = TestServer::with_key_and(&["--trusted-proxies", "127.0.0.1"], |_| ()).await;
    let mine = session(&server, BOOTSTRAP_KEY).await;
    let ann = server.make_key("ann", "t", "reader").await;
    let planted = session(&server, &ann).await;
    let status = async |cookie: &str| get(&server, "/api/runs", cookie).await.status.as_u16();
    assert_eq!(status(&mine).await, 200);
    assert_eq!(status(&format!("{mine}; {planted}")).await, 401, "two of one name are none");
    let token = mine.split_once('=').unwrap().1;
    let bound = format!("__Host-foliocast_session={token}");
    let name = async |cookie: &str| get(&server, "/api/account", cookie).await.json()["key"]["name"].clone();
    assert_eq!(name(&format!("{planted}; {bound}")).await, "bootstrap");
    assert_eq!(status(&format!("{planted}; __Host-foliocast_session=x")).await, 401, "it does not fall back");
    let mut request = axum::http::Request::get("/api/runs").header("host", "127.0.0.1:8080").header("cookie", &planted);
    request = request.header("x-forwarded-proto", "https");
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(foliocast::http::Peer([127, 0, 0, 1].into()));
    server.send(request).await.assert_refusal(401, "UNAUTHORIZED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_on_the_page_and_guessing_ends() {
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let server = TestServer::with_key_at(clock, &[], |_| ()).await;
    let wrong = sign_in(&server, "no-key-at-all-0123456789-0123456789", "/runs", &[OWN]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("The access key is not one of this installation"), "{}", wrong.text());
    assert!(wrong.text().contains("name=\"next\" value=\"/runs\""));
    assert!(!wrong.text().contains("no-key-at-all"), "what was typed is not told");
    assert_eq!(sign_in(&server, "short", "/", &[OWN]).await.status, 401);
    for guess in 0..30 {
        sign_in(&server, &format!("guess-at-0123456789-0123456789-{guess:03}"), "/", &[OWN]).await;
    }
    let stopped = sign_in(&server, "guess-at-0123456789-0123456789-more", "/", &[OWN]).await;
    assert_eq!(stopped.status, 429);
    assert!(stopped.headers.contains_key("retry-after"));
    let large = format!("key={}", "x".repeat(20_000));
    let answer = server.request(Method::POST, "/login", &[FORM, OWN], large).await;
    answer.assert_refusal(413, "BODY_TOO_LARGE");
    let answer = server.request(Method::POST, "/login", &[("content-type", "text/plain"), OWN], "key=x").await;
    answer.assert_refusal(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_whose_session_is_over_does_not_count_as_guessing() {
    let clock = Arc::new(ManualClock::at(1_772_366_400_000));
    let server = TestServer::with_key_at(clock.clone(), &[], |_| ()).await;
    let cookie = session(&server, BOOTSTRAP_KEY).await;
    clock.advance(std::time::Duration::from_secs(7 * 24 * 3_600 - 1));
    assert_eq!(get(&server, "/runs", &cookie).await.status, 200);
    clock.advance(std::time::Duration::from_secs(1));
    for _ in 0..40 {
        assert_eq!(get(&server, "/runs", &cookie).await.status, 303);
    }
    assert_eq!(get(&server, "/login", &cookie).await.status, 200);
    let again = session(&server, &server.make_key("ann", "t", "reader").await).await;
    assert_eq!(get(&server, "/runs", &again).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_page_makes_and_revokes_keys() {
    let server = TestServer::with_key().await;
    let cookie = session(&server, BOOTSTRAP_KEY).await;
    let post = async |body: &str| {
        server.request(Method::POST, "/account", &[FORM, OWN, ("cookie", &cookie)], body.to_owned()).await
    };
    let made = post("do=create&name=ann&role=analyst&tenant=t&expiresInDays=30").await;
    assert_eq!(made.status, 200);
    assert_eq!(made.header("cache-control"), "no-store");
    let text = made.text();
    let at = text.find("foliocast_").and_then(|at| text.get(at..at + 74)).expect("the key's text");
    assert_eq!(server.ask(at, Method::GET, "/api/account", "").await.json()["role"], "analyst");
    assert!(!get(&server, "/account", &cookie).await.text().contains(at), "it is shown once");
    let refused = post("do=create&name=Ann&role=analyst&tenant=t&expiresInDays=x").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("allowed are 1 to 64 characters"), "{}", refused.text());
    assert_eq!(post("do=create&name=ann&role=reader&tenant=t&expiresInDays=").await.status, 409);
    assert_eq!(post("do=revoke&name=ann").await.status, 200);
    server.ask(at, Method::GET, "/api/account", "").await.assert_refusal(401, "UNAUTHORIZED");
    assert_eq!(post("do=revoke&name=bootstrap").await.status, 409);
    post("do=nothing").await.assert_refusal(400, "BAD_REQUEST");

    let reader = server.make_key("reader", "t", "reader").await;
    let theirs = session(&server, &reader).await;
    let page = get(&server, "/account", &theirs).await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("bootstrap") && !page.text().contains("Log of changes"), "others' keys stay unseen");
    let headers = [FORM, OWN, ("cookie", theirs.as_str())];
    let answer = server.request(Method::POST, "/account", &headers, "do=create&name=x&role=operator&tenant=t").await;
    assert_eq!(answer.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_there_is_nothing_to_sign_in_to_and_cookies_of_other_servers_do_no_harm() {
    let server = TestServer::start().await;
    let page = server.get("/login").await;
    assert!(page.text().contains("foliocast keys create"), "{}", page.text());
    let cookie = format!("foliocast_session={}", "0".repeat(64));
    assert_eq!(get(&server, "/api/runs", &cookie).await.status, 200);
    assert_eq!(get(&server, "/account", &cookie).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_opens_itself_to_other_sites() {
    let server = TestServer::with_key().await;
    let cookie = session(&server, BOOTSTRAP_KEY).await;
    for path in ["/api/runs", "/api/account", "/", "/account", "/healthz", "/api/openapi.json"] {
        for method in [Method::GET, Method::OPTIONS] {
            let headers =
                [("origin", "http://example.com"), ("cookie", &cookie), ("access-control-request-method", "GET")];
            let answer = server.request(method, path, &headers, Body::empty()).await;
            let opened = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
            assert_eq!(opened, None, "{path}");
        }
        if !path.starts_with("/api/openapi") {
            assert_eq!(server.get(path).await.header("cache-control"), "no-store", "{path}");
        }
    }
}
