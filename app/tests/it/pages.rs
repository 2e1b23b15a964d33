//! Pages over HTTP, as a reader without scripts gets them.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;

use crate::{double, sample};

async fn get(path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
    let answer = double::pages().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, 10_000_000).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

/// What a reader sees: the body without scripts.
fn words(html: &str) -> String {
    let mut text = String::new();
    for part in html.split("<script") {
        text.push_str(part.split_once("</script>").map_or(part, |(_, rest)| rest));
    }
    text.replace('\u{a0}', " ")
}

#[tokio::test]
async fn the_first_page_shows_the_default_fund_s_numbers_in_its_first_html() {
    let (status, _, html) = get("/").await;
    assert_eq!(status, StatusCode::OK);
    let words = words(&html);
    // docs/MODEL.md section 8: median 2.244 and mean 3.019 with recycling, of 10,000 scenarios.
    for figure in ["2.24 ×", "3.02 ×", "10,000 rows"] {
        assert!(words.contains(figure), "{figure}");
    }
}

#[tokio::test]
async fn a_run_s_page_is_readable_without_scripts() {
    let run = sample::run();
    let (status, _, html) = get(&format!("/runs/{}", run.run_key)).await;
    assert_eq!(status, StatusCode::OK);
    let words = words(&html);
    let key = run.run_key.to_string();
    for part in [
        key.as_str(),
        &run.digest.to_string(),
        "authoritative, 10,000 rows, memory, 830 µs, stored bytes checked",
        "2026-11-21 07:30 UTC",
        "/data?format=parquet",
        "/data?format=csv",
        "/data?format=fcm",
        "href=\"/#c1.",
        "10 % of proceeds into the same bucket, at most 25 % of capital; deals are held 5 years, the fund lives 10 years",
        "fund-7",
        "450,000 deal draws in 4.1 ms on 2 threads (110 M/s)",
    ] {
        assert!(words.contains(part), "{part}");
    }
    assert!(words.contains("<svg"), "drawings are in the first HTML");
}

#[tokio::test]
async fn unknown_addresses_and_runs_are_404_with_words() {
    for path in
        ["/nope", "/figures/nope", "/runs/abc/report", "/runs/abc", &format!("/runs/{}", "0".repeat(64)), "/runs/a/b"]
    {
        let (status, _, html) = get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(html.contains("Open the workbench"), "{path}");
    }
}

#[tokio::test]
async fn the_list_pages_through_runs_and_escapes_what_it_is_told() {
    let (status, _, html) = get("/runs").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("/runs?cursor=next%2Bpage"));
    assert!(html.contains("fund-7 &amp; &lt;b&gt;co"));
    assert!(html.contains("/runs?fund=fund-7%20%26%20%3Cb%3Eco%3C%2Fb%3E"));
    let (_, _, last) = get("/runs?cursor=next%2Bpage").await;
    assert!(last.contains(">Newest<"));
    assert!(!last.contains("Older runs"));
    let (_, _, empty) = get("/runs?fund=empty").await;
    assert!(empty.contains("No runs yet"));
}

#[tokio::test]
async fn the_list_of_funds_can_be_read_without_scripts_and_escapes_what_it_is_told() {
    let (status, _, html) = get("/funds").await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "fund-7 &amp; &lt;b&gt;co",
        "/?fund=fund-7%20%26%20%3Cb%3Eco%3C%2Fb%3E",
        "/runs?fund=fund-7%20%26%20%3Cb%3Eco%3C%2Fb%3E",
        "/api/funds/..%2Fetc",
        "download=\"-etc.foliocast.json\"",
        "EUR 25,000,000",
        "2026-11-21 07:30 UTC",
        "/funds?cursor=next%2Bpage",
    ] {
        assert!(words(&html).contains(part), "{part}");
    }
    assert!(words(&html).contains(">45<"), "deals");
    let (_, _, last) = get("/funds?cursor=next%2Bpage").await;
    assert!(last.contains("First funds") && !last.contains("More funds"));
    let (_, _, empty) = get("/funds?cursor=empty").await;
    assert!(empty.contains("No further funds"));
    let (status, _, broken) = get("/funds?cursor=broken").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(broken.contains("The durable store does not answer."));
}

#[tokio::test]
async fn an_address_that_names_a_fund_says_that_it_is_being_opened() {
    let (status, _, html) = get("/?fund=fund-7%20%3Cb%3E").await;
    assert_eq!(status, StatusCode::OK);
    assert!(words(&html).contains("fund-7 &lt;b&gt;"));
    assert!(!html.contains("fund-7 <b>"));
}

#[tokio::test]
async fn a_failing_service_is_an_error_page_with_its_status_and_request() {
    let (status, _, html) = get("/runs?fund=broken").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(html.contains("The durable store does not answer."));
    assert!(html.contains("request-1"));
}

#[tokio::test]
async fn every_script_carries_the_nonce_of_the_policy_and_no_markup_a_style() {
    let run = sample::run();
    let own = format!("/runs/{}", run.run_key);
    for path in
        ["/", "/funds", "/runs", &own, &format!("{own}/report"), "/embed", "/figures", "/figures/median", "/nope"]
    {
        let (_, headers, html) = get(path).await;
        let policy = headers["content-security-policy"].to_str().expect("text");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().expect("a tag");
            assert!(
                tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains("application/json"),
                "{path}: <script{tag}>"
            );
        }
        assert!(!words(&html).contains("style="), "{path}");
    }
}

#[tokio::test]
async fn the_browser_finds_the_assets_addresses_in_the_page() {
    let (_, _, html) = get("/").await;
    assert!(html.contains("<script type=\"application/json\" id=\"assets\">{}</script>"));
    assert!(html.contains("href=\"/assets/app.css\""));
    assert!(html.contains("app.default({module_or_path:\"/assets/app_bg.wasm\"})"));
}
