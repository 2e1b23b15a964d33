//! What a person types and the configuration it stands for.

use foliocast_app::pages::workbench::{BucketField, Draft, Field, Shape};
use foliocast_core::scenario::{Config, Limits, default_fund};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::configurations::configuration;

fn config(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

proptest! {
    #[test]
    fn a_draft_of_a_canonical_configuration_asks_for_the_same_run(request in configuration()) {
        let canonical = config(&request.to_string());
        let draft = Draft::from_config(&canonical);
        let asked = config(&draft.request_json());
        prop_assert_eq!(&asked, &canonical);
        prop_assert_eq!(asked.matrix_key(), canonical.matrix_key());
        prop_assert_eq!(asked.run_key(), canonical.run_key());
    }

    #[test]
    fn a_draft_read_from_a_request_keeps_the_order_of_its_buckets(request in configuration()) {
        let draft = Draft::from_json(&request.to_string()).unwrap();
        let typed: Vec<&str> = draft.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
        let asked: Vec<&str> =
            request["buckets"].as_array().unwrap().iter().map(|bucket| bucket["name"].as_str().unwrap()).collect();
        prop_assert_eq!(typed, asked);
        prop_assert_eq!(config(&draft.request_json()).run_key(), config(&request.to_string()).run_key());
    }
}

#[test]
fn the_workbench_opens_on_the_default_fund_with_a_million_rows() {
    let mut draft = Draft::default();
    let opened = config(&draft.request_json());
    assert_eq!(opened.num_scenarios(), 1_000_000);
    draft.set_text(Field::NumScenarios, "10,000".into());
    assert_eq!(config(&draft.request_json()), default_fund("default"));
}

#[test]
fn text_that_is_no_number_is_refused_at_its_field() {
    let mut draft = Draft::default();
    let id = draft.buckets[1].id;
    draft.set_text(Field::Bucket(id, BucketField::Deals), "a dozen".into());
    draft.set_text(Field::Bucket(id, BucketField::BandTo(2)), String::new());
    draft.set_text(Field::HoldingPeriod, "1,5".into());
    let check = draft.check();
    let paths: Vec<&str> = check.errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(
        paths,
        ["buckets[1].deals", "buckets[1].outcomeTable.bands[2].to", "recycling.avgHoldingPeriod"],
        "{check:?}"
    );
    assert!(check.config.is_none());
    assert!(!check.allows_preview());
}

#[test]
fn a_number_of_rows_that_is_not_valid_leaves_the_preview_alone() {
    let mut draft = Draft::default();
    draft.set_text(Field::NumScenarios, "0".into());
    let check = draft.check();
    assert!(check.config.is_none());
    assert!(check.allows_preview());
}

#[test]
fn every_field_has_the_path_that_the_parser_reports() {
    let mut draft = Draft::default();
    let id = draft.buckets[2].id;
    draft.bucket_mut(id).unwrap().shape = Shape::PowerLaw;
    let other = draft.buckets[0].id;
    let bucket_fields = [
        (id, BucketField::Capital),
        (id, BucketField::Deals),
        (id, BucketField::Loss),
        (id, BucketField::Cap),
        (id, BucketField::Median),
        (id, BucketField::P90),
        (other, BucketField::TailExponent),
        (other, BucketField::BandTo(1)),
        (other, BucketField::BandShare(4)),
    ];
    let fields = [
        Field::NumScenarios,
        Field::ReinvestmentRate,
        Field::MaxRecycledShare,
        Field::HoldingPeriod,
        Field::FundLifetime,
        Field::FundId,
        Field::Seed,
        Field::Bucket(id, BucketField::Name),
    ]
    .into_iter()
    .chain(bucket_fields.map(|(id, field)| Field::Bucket(id, field)));
    for field in fields {
        let mut broken = draft.clone();
        // Too long for a name, and no number.
        broken.set_text(field, "x".repeat(300));
        let path = field.path(|id| broken.place(id)).unwrap();
        let errors = broken.check().errors;
        assert!(errors.iter().any(|error| error.path == path), "{field:?} at {path}: {errors:?}");
    }
}

#[test]
fn an_empty_cap_is_no_cap() {
    let mut draft = Draft::default();
    let id = draft.buckets[0].id;
    draft.set_text(Field::Bucket(id, BucketField::Cap), " ".into());
    draft.set_text(Field::MaxRecycledShare, String::new());
    let request: Value = serde_json::from_str(&draft.request_json()).unwrap();
    assert_eq!(request["buckets"][0]["maxMoic"], json!(null));
    assert_eq!(request["recycling"]["maxRecycledShare"], json!(null));
    assert!(draft.check().config.is_some());
}

#[test]
fn a_new_bucket_takes_what_is_left_and_is_valid() {
    let mut draft = Draft::default();
    let first = draft.buckets[0].id;
    draft.set_text(Field::Bucket(first, BucketField::Capital), "39.5 %".into());
    assert_eq!(draft.allocated(), Some(94.5));
    assert!(draft.check().config.is_none());
    let added = draft.add_bucket().unwrap();
    assert_eq!(draft.text(Field::Bucket(added, BucketField::Capital)), Some("5.5"));
    assert_eq!(draft.check().errors, []);
}

#[test]
fn buckets_are_limited_to_fifty_and_the_last_one_stays() {
    let mut draft = Draft::default();
    while draft.add_bucket().is_some() {}
    assert_eq!(draft.buckets.len(), 50);
    assert_eq!(draft.check().errors, []);
    for id in draft.buckets.iter().map(|bucket| bucket.id).collect::<Vec<_>>() {
        draft.remove_bucket(id);
    }
    assert_eq!(draft.buckets.len(), 1);
}

#[test]
fn moving_a_bucket_changes_the_table_and_no_key() {
    let draft = Draft::default();
    let mut moved = draft.clone();
    let id = moved.buckets[0].id;
    moved.move_bucket(id, -1);
    assert_eq!(moved, draft, "the first cannot go up");
    moved.move_bucket(id, 1);
    assert_eq!(moved.place(id), Some(1));
    assert_eq!(Field::Bucket(id, BucketField::Deals).path(|id| moved.place(id)).unwrap(), "buckets[1].deals");
    assert_eq!(config(&moved.request_json()).run_key(), config(&draft.request_json()).run_key());
}

#[test]
fn choosing_the_other_shape_keeps_what_was_typed_for_the_first() {
    let mut draft = Draft::default();
    let before = draft.clone();
    let id = draft.buckets[0].id;
    draft.bucket_mut(id).unwrap().shape = Shape::PowerLaw;
    assert_eq!(draft.check().errors, []);
    draft.bucket_mut(id).unwrap().shape = Shape::Table;
    assert_eq!(draft, before);
}
