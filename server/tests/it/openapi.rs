//! The document of the API is whole, and so is its page.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use foliocast_core::scenario::default_fund;
use serde_json::{Value, json};

use crate::harness::TestServer;

async fn document(server: &TestServer) -> Value {
    let answer = server.get("/api/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(target) if name == "$ref" => found.push(target.to_owned()),
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => (),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_openapi_3_1_and_refers_to_nothing_that_is_missing() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for target in found {
        let pointer = target.strip_prefix('#').expect("a local reference");
        assert!(document.pointer(pointer).is_some(), "{target} is missing");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = operation["operationId"].as_str().expect("operations have names");
            assert!(names.insert(name), "{method} {path}: another operation is {name}, too");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let named: Vec<&str> =
                path.split('{').skip(1).map(|rest| rest.split('}').next().expect("a name")).collect();
            let empty = Vec::new();
            let declared = operation["parameters"].as_array().unwrap_or(&empty);
            for name in named {
                assert!(declared.iter().any(|p| p["name"] == name && p["in"] == "path"), "{method} {path}: {name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_routes_are_these_and_all_of_them_answer() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            routes.push(format!("{} {path}", method.to_uppercase()));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let path =
                path.replace("{runKey}", "x").replace("{matrixKey}", "x").replace("{id}", "x").replace("{name}", "x");
            let answer = server.request(method, &path, &[], Body::empty()).await;
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert!(!String::from_utf8_lossy(&answer.body).contains("There is nothing at"), "{path}");
        }
    }
    routes.sort_unstable();
    insta::assert_snapshot!(routes.join("\n"), @r"
    DELETE /api/computations/{id}
    DELETE /api/funds/{id}
    DELETE /api/jobs/{id}
    DELETE /api/keys/{name}
    GET /api/account
    GET /api/audit
    GET /api/cache/audit
    GET /api/cache/history
    GET /api/cache/stats
    GET /api/computations
    GET /api/computations/{id}
    GET /api/funds
    GET /api/funds/{id}
    GET /api/jobs/{id}
    GET /api/jobs/{id}/events
    GET /api/keys
    GET /api/matrices/{matrixKey}
    GET /api/matrices/{matrixKey}/blocks
    GET /api/matrices/{matrixKey}/data
    GET /api/runs
    GET /api/runs/{runKey}
    GET /api/runs/{runKey}/report
    GET /healthz
    GET /metrics
    GET /readyz
    POST /api/cache/invalidate
    POST /api/cache/warm
    POST /api/computations/{id}/retry
    POST /api/keys
    POST /api/monte-carlo/simulate
    PUT /api/funds/{id}
    ");
}

/// The members of `value` that `schema` does not know, or the other way round, by path.
fn mismatches(document: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let parts = parts(document, schema);
            if let Some(any) =
                parts.iter().find_map(|part| part.get("additionalProperties").filter(|any| any.is_object()))
            {
                members.values().for_each(|member| mismatches(document, any, member, &format!("{path}.*"), found));
                return;
            }
            for (name, member) in members {
                match parts.iter().find_map(|part| part["properties"].get(name)) {
                    Some(property) => mismatches(document, property, member, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name} is not in the schema")),
                }
            }
            let required = parts.iter().flat_map(|part| part["required"].as_array().into_iter().flatten());
            for name in required.filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    found.push(format!("{path}.{name} is required by the schema"));
                }
            }
        }
        Value::Array(items) => {
            let parts = parts(document, schema);
            for item in items {
                mismatches(document, &parts[0]["items"], item, &format!("{path}[]"), found);
            }
        }
        _ => (),
    }
}

/// The schemas that hold together: references followed, `allOf` taken apart, of alternatives the one that is not null.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(target) = schema["$ref"].as_str() {
        return parts(document, document.pointer(target.strip_prefix('#').expect("local")).expect("there"));
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().flat_map(|part| parts(document, part)).collect();
    }
    let alternatives = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    match alternatives.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        Some(real) => parts(document, real),
        None => vec![schema],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_know_every_member_of_real_answers_and_of_a_whole_configuration() {
    let server = TestServer::start().await;
    let document = document(&server).await;
    let mut found = Vec::new();
    let mut check = |name: &str, value: &Value| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        mismatches(&document, &schema, value, name, &mut found);
    };
    let mut configuration: Value = serde_json::from_str(&default_fund("x").to_canonical_json()).expect("JSON");
    configuration["numScenarios"] = json!(100);
    check("ScenarioConfiguration", &configuration);
    let mut nameless = configuration.clone();
    nameless.as_object_mut().expect("an object").remove("fundId");
    check("FundBody", &json!({"configuration": nameless, "fundSize": {"amount": 1, "currency": "EUR"}}));
    let run = server.run(&configuration).await;
    let mut bare = run.clone();
    // An open object on purpose: what it holds is ScenarioConfiguration, checked above.
    bare["configuration"].take();
    for warning in bare["warnings"].as_array_mut().expect("warnings") {
        warning["figures"].take();
    }
    check("Run", &bare);
    let mut matrix = server.get(run["links"]["matrix"].as_str().expect("a link")).await.json();
    matrix["configuration"].take();
    check("Matrix", &matrix);
    check("ErrorBody", &server.get("/api/nothing").await.json());
    check("Health", &server.get("/readyz").await.json());
    check("CacheStats", &server.get("/api/cache/stats").await.json());
    check("CacheHistory", &server.get("/api/cache/history").await.json());
    check("Computation", &server.get("/api/computations").await.json()["items"][0]);
    let dry_run = json!({"scope": "all", "dryRun": true}).to_string();
    check("ForeseenInvalidation", &server.post_json("/api/cache/invalidate", dry_run).await.json());
    let dry_run = json!({"fundIds": ["a"], "dryRun": true}).to_string();
    check("ForeseenWarming", &server.post_json("/api/cache/warm", dry_run).await.json());
    let mut warm = crate::harness::three_buckets(1_000, "document");
    warm["numScenarios"] = 0.into();
    let body = json!({"configs": [crate::harness::three_buckets(1_000, "document"), warm]}).to_string();
    let warmed = server.post_json("/api/cache/warm", body).await.json();
    assert_eq!(
        (warmed["scheduled"].as_u64(), warmed["rejected"][0]["config"].as_u64()),
        (Some(1), Some(1)),
        "{warmed}"
    );
    check("Warmed", &warmed);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_api_comes_from_this_server_alone() {
    let server = TestServer::start().await;
    let redirect = server.get("/api/docs").await;
    assert_eq!((redirect.status, redirect.header("location")), (StatusCode::PERMANENT_REDIRECT, "/api/docs/"));
    let page = server.get("/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("http://") && !page.text().contains("https://"), "{}", page.text());
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    for file in [
        "swagger-ui.css",
        "index.css",
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
        "swagger-initializer.js",
    ] {
        assert!(page.text().contains(file), "{file}");
        assert_eq!(server.get(&format!("/api/docs/{file}")).await.status, StatusCode::OK, "{file}");
    }
    assert!(server.get("/api/docs/swagger-initializer.js").await.text().contains("/api/openapi.json"));
    server.get("/api/docs/nothing.js").await.assert_refusal(404, "NOT_FOUND");
}
