//! Configurations as files.

use foliocast_app::api::FundSize;
use foliocast_app::pages::workbench::file::{MAX_BYTES, file_name, read, write};
use foliocast_app::pages::workbench::{Draft, copy_name, fund_size, fund_size_text};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::configurations::configuration;
use crate::sample;

fn paths(text: &str) -> Vec<String> {
    read(text).expect_err("it is refused").into_iter().map(|error| error.path).collect()
}

proptest! {
    #[test]
    fn what_is_exported_is_imported_as_it_was(request in configuration(), amount in prop::option::of(1.0_f64..1e15)) {
        let mut draft = Draft::from_json(&request.to_string()).unwrap();
        let config = draft.check().config.unwrap();
        let size = amount.map(|amount| FundSize { amount, currency: "EUR".into() });
        draft.fund_size = size.as_ref().map_or_else(String::new, fund_size_text);
        let back = read(&write(&draft, &config)).unwrap();
        prop_assert!(back.asks_the_same(&draft), "its run, its size, and the order of its table");
        prop_assert_eq!(fund_size(&back.fund_size), Ok(size));
    }

    #[test]
    fn no_text_breaks_the_page(text in ".{0,200}") {
        let _ = read(&text);
        let _ = read(&format!("{{\"configuration\": {text}}}"));
    }

    #[test]
    fn a_file_s_name_is_one_name(fund_id in ".{1,128}") {
        let name = file_name(&fund_id);
        prop_assert!(name.ends_with(".foliocast.json") && !name.starts_with('.'));
        prop_assert!(!name.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c)), "{}", name);
    }

    #[test]
    fn a_copy_has_a_name_of_its_own_that_is_allowed(name in "[a-z ]{1,140}( copy( [0-9]{1,3})?)?") {
        let copy = copy_name(&name);
        prop_assert_ne!(copy.trim(), name.trim());
        prop_assert!(copy.chars().count() <= 128);
    }
}

#[test]
fn copies_are_counted() {
    assert_eq!(copy_name("fund-7"), "fund-7 copy");
    assert_eq!(copy_name("fund-7 copy"), "fund-7 copy 2");
    assert_eq!(copy_name("fund-7 copy 2"), "fund-7 copy 3");
    assert_eq!(copy_name("my copy of it"), "my copy of it copy");
}

#[test]
fn a_run_and_a_fund_are_opened_as_what_they_were_made_from() {
    let run = sample::run();
    let from_run = read(&serde_json::to_string(&run).unwrap()).unwrap();
    assert_eq!(from_run.request_json(), Draft::from_json(&run.configuration.to_string()).unwrap().request_json());
    let fund = json!({"fundId": "x", "configuration": run.configuration, "fundSize": {"amount": 5, "currency": "EUR"}});
    let from_fund = read(&fund.to_string()).unwrap();
    assert_eq!(fund_size(&from_fund.fund_size), Ok(Some(FundSize { amount: 5.0, currency: "EUR".into() })));
    assert_eq!(from_fund.request_json(), from_run.request_json());
}

#[test]
fn every_fault_is_told_with_its_path() {
    let request: Value = serde_json::from_str(&Draft::default().request_json()).unwrap();
    let broken = |pointer: &str, value: Value| {
        let mut broken = request.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        broken
    };
    let mut twice = broken("/buckets/0/deals", json!(0));
    twice["seed"] = json!([]);
    assert_eq!(paths(&twice.to_string()), ["buckets[0].deals", "seed"]);
    let within = json!({"configuration": twice, "fundSize": {"amount": -1, "currency": "EUR"}}).to_string();
    assert_eq!(paths(&within), ["configuration.buckets[0].deals", "configuration.seed", "fundSize"]);
    assert_eq!(paths(r#"{"configuration": 5}"#), ["configuration"]);
    for size in [
        json!(5),
        json!({"amount": 1}),
        json!({"amount": 1e16, "currency": "EUR"}),
        json!({"amount": 1, "currency": "euro"}),
    ] {
        let mut request = request.clone();
        request["fundSize"] = size;
        assert_eq!(paths(&request.to_string()), ["fundSize"]);
    }
    // A member that occurs twice is one no object would show.
    let doubled = request.to_string().replacen('{', r#"{"seed": "1","#, 1);
    assert_eq!(paths(&doubled), ["seed"]);
    for text in ["", "null", "[]", "{", "PK\u{3}\u{4}", &"[".repeat(100_000)] {
        assert_eq!(paths(text).len(), 1, "{text:.20}");
    }
}

#[test]
fn a_text_longer_than_any_configuration_is_refused_unread() {
    assert_eq!(paths(&"x".repeat(MAX_BYTES + 1)), [""]);
}
