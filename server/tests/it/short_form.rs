//! The short form of a request, and stored funds.

use foliocast::store::FundMustBe;
use foliocast_app::api::ConfigurationSource;
use foliocast_core::scenario::{WarningCode, default_fund};

use crate::installation::{Installation, body, caller, run, simulate};

#[tokio::test(flavor = "multi_thread")]
async fn a_fund_without_configuration_is_answered_by_the_default_fund_with_a_warning() {
    let at = Installation::new().await;
    let me = caller("me");
    let answer = run(&at.services, &me, r#"{"fundId": 7}"#).await;
    let short = answer.to_run().unwrap();
    assert_eq!(short.run_key, default_fund("7").run_key());
    assert_eq!(short.configuration_source, ConfigurationSource::Default);
    let warned = |run: &foliocast_app::api::Run| run.warnings.iter().any(|w| w.code == WarningCode::DefaultFund);
    assert!(warned(&short));
    assert!(warned(&at.services.run(&me, answer.run_key).await.unwrap().to_run().unwrap()));

    // The same run, asked for by its configuration, is no stand-in.
    let full = run(&at.services, &me, &default_fund("7").to_canonical_json()).await.to_run().unwrap();
    assert_eq!(full.run_key, short.run_key);
    assert_eq!(full.configuration_source, ConfigurationSource::Request);
    assert!(!warned(&full));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_short_form_changes_rows_seed_and_lifetime_of_the_stored_configuration() {
    let at = Installation::new().await;
    let me = caller("me");
    let stored = default_fund("fund-1").to_canonical_json();
    at.services.put_fund(&me, "fund-1", &format!(r#"{{"configuration": {stored}}}"#), FundMustBe::Any).await.unwrap();
    let answer =
        run(&at.services, &me, r#"{"fundId": "fund-1", "runs": 500, "seed": 3, "timeHorizonYears": 12}"#).await;
    let run = answer.to_run().unwrap();
    assert_eq!(run.configuration_source, ConfigurationSource::Stored);
    assert_eq!(run.num_scenarios, 500);
    assert_eq!(run.configuration["seed"], "3");
    assert_eq!(run.configuration["recycling"]["fundLifetime"], 12);
    assert!(run.warnings.iter().all(|warning| warning.code != WarningCode::DefaultFund));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_do_not_belong_to_the_form_are_refused_by_name() {
    let at = Installation::new().await;
    let me = caller("me");
    let mixed = body("fund-1", 10, "0").replacen('{', r#"{"runs": 5, "timeHorizonYears": 3, "#, 1);
    let cases: [(&str, &[&str]); 6] = [
        (&mixed, &["runs", "timeHorizonYears"]),
        (r#"{"fundId": "f", "numScenarios": 10, "recycling": {}}"#, &["numScenarios", "recycling"]),
        (r#"{"runs": 10}"#, &["fundId"]),
        (r#"{"fundId": "f", "runs": 0, "timeHorizonYears": 31, "seed": []}"#, &["seed", "runs", "timeHorizonYears"]),
        (r#"{"fundId": null, "runs": 1.5}"#, &["fundId", "runs"]),
        (r#"{"fundId": "", "runs": 10}"#, &["fundId"]),
    ];
    for (request, paths) in cases {
        let error = simulate(&at.services, &me, request).await.unwrap_err();
        assert_eq!(error.status(), 400, "{request}");
        let found: Vec<_> = error.details().iter().map(|error| error.path.clone()).collect();
        for path in paths {
            assert!(found.iter().any(|found| found == path), "{request}: {found:?}");
        }
        assert!(error.details().iter().all(|error| !error.message.is_empty()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_horizon_is_refused_where_nothing_is_recycled() {
    let at = Installation::new().await;
    let me = caller("me");
    let fund = format!(r#"{{"configuration": {}}}"#, body("fund-1", 100, "0"));
    at.services.put_fund(&me, "fund-1", &fund, FundMustBe::Any).await.unwrap();
    let error = simulate(&at.services, &me, r#"{"fundId": "fund-1", "timeHorizonYears": 5}"#).await.unwrap_err();
    assert_eq!(error.status(), 400);
    assert_eq!(error.details()[0].path, "timeHorizonYears");
}

#[tokio::test(flavor = "multi_thread")]
async fn funds_are_stored_read_listed_and_forgotten() {
    let at = Installation::new().await;
    let me = caller("me");
    for id in ["b", "a", "c"] {
        let size = if id == "a" { r#", "fundSize": {"amount": 5e7, "currency": "EUR"}"# } else { "" };
        let request = format!(r#"{{"configuration": {}{size}}}"#, body(id, 100, "0"));
        assert!(at.services.put_fund(&me, id, &request, FundMustBe::Any).await.unwrap().1);
        assert!(
            !at.services.put_fund(&me, id, &request, FundMustBe::Any).await.unwrap().1,
            "the second time it is not new"
        );
    }
    let first = at.services.funds(&me, 2, None).await.unwrap();
    let second = at.services.funds(&me, 2, first.next_cursor.as_deref()).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&second.items).map(|fund| fund.fund_id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert!(second.next_cursor.is_none());
    assert_eq!(first.items[0].fund_size.as_ref().unwrap().currency, "EUR");
    at.services.delete_fund(&me, "a").await.unwrap();
    assert_eq!(at.services.fund(&me, "a").await.unwrap_err().status(), 404);
    assert_eq!(at.services.delete_fund(&me, "a").await.unwrap_err().status(), 404);

    let cases = [
        (r#"{"fundSize": {"amount": -1, "currency": "euro"}, "colour": 1}"#.to_owned(), 4),
        (format!(r#"{{"configuration": {}}}"#, body("other", 100, "0")), 1),
        (r#"{"configuration": {"fundId": "x", "buckets": 3}}"#.to_owned(), 1),
        ("[]".to_owned(), 1),
    ];
    for (request, faults) in cases {
        let error = at.services.put_fund(&me, "x", &request, FundMustBe::Any).await.unwrap_err();
        assert_eq!(error.status(), 400, "{request}");
        assert!(error.details().len() >= faults, "{request}: {error}");
    }
}
