//! Rows over HTTP: formats, ranges, entity tags.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foliocast_core::scenario::{block_digest, matrix_digest};
use serde_json::{Value, json};

use crate::formats::{read_csv, read_fcm, read_parquet};
use crate::harness::{Answer, TestServer, config, redact, rows_of, three_buckets, worked_example};

async fn matrix_path(server: &TestServer, configuration: &Value) -> String {
    let run = server.run(configuration).await;
    run["links"]["matrix"].as_str().expect("a link").to_owned()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_says_what_it_is() {
    let server = TestServer::start().await;
    let path = matrix_path(&server, &worked_example()).await;
    let answer = server.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_json_snapshot!(redact(answer.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_in_every_format_and_range_are_the_engines() {
    let server = TestServer::start().await;
    let configuration = three_buckets(2_500, "rows");
    let path = matrix_path(&server, &configuration).await;
    let all = rows_of(&config(&configuration));
    for (range, first, last) in [
        ("", 0, 2_499),
        ("&rows=0-0", 0, 0),
        ("&rows=1023-1024", 1_023, 1_024),
        ("&rows=1024-2047", 1_024, 2_047),
        ("&rows=2499-2499", 2_499, 2_499),
    ] {
        let wanted = bits(&all[first * 3..(last + 1) * 3]);
        let csv = server.get(&format!("{path}/data?format=csv{range}")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(bits(&read_csv(csv.text()).1), wanted, "csv{range}");
        let fcm = server.get(&format!("{path}/data?format=fcm{range}")).await;
        assert_eq!(bits(&read_fcm(&fcm.body).1), wanted, "fcm{range}");
        let parquet = server.get(&format!("{path}/data?format=parquet{range}")).await;
        assert_eq!(bits(&read_parquet(parquet.body.to_vec()).1), wanted, "parquet{range}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entity_tag_spares_a_second_download() {
    let server = TestServer::start().await;
    let run = server.run(&worked_example()).await;
    let path = format!("{}?format=csv", run["links"]["data"].as_str().expect("a link"));
    let first = server.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}-csv-1\"", run["digest"].as_str().expect("a digest")));
    assert_eq!(first.header("vary"), "Accept");
    assert_eq!(first.header("cache-control"), "private");
    for named in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = server.request(Method::GET, &path, &[("if-none-match", &named)], Body::empty()).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{named}");
        assert!(again.body.is_empty());
        assert_eq!(again.header("etag"), tag);
    }
    let other = server.request(Method::GET, &path, &[("if-none-match", "\"other\"")], Body::empty()).await;
    assert_eq!(other.status, StatusCode::OK);
    let head = server.request(Method::HEAD, &path, &[], Body::empty()).await;
    assert_eq!((head.status, head.header("etag"), head.body.len()), (StatusCode::OK, tag.as_str(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn accept_chooses_the_format_and_the_parameter_wins() {
    let server = TestServer::start().await;
    let path = format!("{}/data", matrix_path(&server, &worked_example()).await);
    let kind = |answer: &Answer| answer.header("content-type").split(';').next().expect("a type").to_owned();
    for (accept, chosen) in [
        ("*/*", "application/vnd.foliocast.matrix"),
        ("text/csv", "text/csv"),
        ("text/*;q=0.5, application/vnd.apache.parquet;q=0.4", "text/csv"),
        ("text/html, application/vnd.apache.parquet;q=0.1", "application/vnd.apache.parquet"),
        ("*/*;q=0.1, text/csv;q=0", "application/vnd.foliocast.matrix"),
    ] {
        let answer = server.request(Method::GET, &path, &[("accept", accept)], Body::empty()).await;
        assert_eq!(kind(&answer), chosen, "{accept}");
    }
    let forced =
        server.request(Method::GET, &format!("{path}?format=csv"), &[("accept", "text/html")], Body::empty()).await;
    assert_eq!(kind(&forced), "text/csv");
    let none = server.request(Method::GET, &path, &[("accept", "text/html")], Body::empty()).await;
    none.assert_refusal(406, "NOT_ACCEPTABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_outside_the_matrix_are_refused_with_what_is_there() {
    let server = TestServer::start().await;
    let path = matrix_path(&server, &worked_example()).await;
    for rows in ["0-3", "3-3", "2-1", "0-4294967295"] {
        let answer = server.get(&format!("{path}/data?format=csv&rows={rows}")).await;
        answer.assert_refusal(416, "RANGE_NOT_SATISFIABLE");
        assert_eq!(answer.header("content-range"), "rows */3");
        let path = format!("{path}/data?format=csv&rows={rows}");
        let head = server.request(Method::HEAD, &path, &[], Body::empty()).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (416, 0), "{rows}");
    }
    for rows in ["", "1", "a-b", "-1-2", "0-4294967296", "0-1-2"] {
        let error = server.get(&format!("{path}/data?rows={rows}")).await.assert_refusal(400, "VALIDATION_ERROR");
        assert_eq!(error["details"][0]["path"], "rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn block_digests_come_in_pages_and_make_the_matrix_digest() {
    let server = TestServer::start().await;
    let configuration = three_buckets(5_000, "blocks");
    let run = server.run(&configuration).await;
    let address = run["links"]["blocks"].as_str().expect("a link");
    let mut items = Vec::new();
    let mut path = format!("{address}?limit=2");
    loop {
        let page = server.get(&path).await.json();
        items.extend(page["items"].as_array().expect("items").clone());
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("{address}?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let digests: Vec<_> = rows_of(&config(&configuration)).chunks(1_024 * 3).map(block_digest).collect();
    let wanted: Vec<Value> = digests
        .iter()
        .enumerate()
        .map(|(block, digest)| {
            let rows = if block == 4 { 904 } else { 1_024 };
            json!({"block": block, "firstRow": block * 1_024, "rows": rows, "digest": digest})
        })
        .collect();
    assert_eq!(items, wanted);
    assert_eq!(run["digest"], matrix_digest(&digests).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_nobody_asked_for_is_not_there() {
    let server = TestServer::start().await;
    let path = format!("/api/matrices/{}", "0".repeat(64));
    for suffix in ["", "/data", "/blocks"] {
        server.get(&format!("{path}{suffix}")).await.assert_refusal(404, "NOT_FOUND");
        let error = server.get(&format!("/api/matrices/ABC{suffix}")).await.assert_refusal(400, "VALIDATION_ERROR");
        assert_eq!(error["details"][0]["path"], "matrixKey");
    }
}
