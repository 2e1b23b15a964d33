//! Drafts as a browser keeps them.

use foliocast_app::pages::workbench::{BucketField, Draft, Field, Shape};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::configurations::configuration;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let names = prop_oneof![
            "buckets|fundId|recycling|shape|name|outcomeTable\\.bands|correlationWeights\\.macro",
            ".{0,4}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names, inner, 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn everything_that_is_typed_comes_back(request in configuration(), texts in prop::collection::vec(".{0,12}", 20)) {
        let mut draft = Draft::from_json(&request.to_string()).unwrap();
        let mut texts = texts.into_iter();
        for field in Field::OF_FUND {
            draft.set_text(field, texts.next().unwrap_or_default());
        }
        let id = draft.buckets[0].id;
        for field in BucketField::OF_BUCKET.into_iter().chain([BucketField::BandTo(0), BucketField::BandShare(0)]) {
            draft.set_text(Field::Bucket(id, field), texts.next().unwrap_or_default());
        }
        draft.bucket_mut(id).unwrap().shape = Shape::PowerLaw;
        draft.recycling = false;
        let back = Draft::from_kept(&draft.to_kept()).unwrap();
        // Also what no request carries: the other shape's numbers, recycling that is off.
        prop_assert_eq!(back.to_kept(), draft.to_kept());
        prop_assert!(back.asks_the_same(&draft));
    }

    #[test]
    fn nothing_that_was_kept_breaks_the_page(kept in any_json()) {
        let _ = Draft::from_kept(&kept);
    }
}

#[test]
fn members_of_a_later_version_are_passed_over_and_absent_ones_are_the_default_fund_s() {
    let mut kept = Draft::default().to_kept();
    kept["pinned"] = json!([1, 2]);
    kept["buckets"][0]["colour"] = json!("green");
    kept.as_object_mut().unwrap().remove("seed");
    assert_eq!(Draft::from_kept(&kept).map(|draft| draft.request_json()), Some(Draft::default().request_json()));
}

#[test]
fn what_is_no_draft_is_none() {
    let kept = Draft::default().to_kept();
    for (pointer, wrong) in [
        ("/buckets", json!([])),
        ("/buckets", json!(vec![kept["buckets"][0].clone(); 51])),
        ("/buckets/0/shape", json!("cube")),
        ("/buckets/0/outcomeTable.bands", json!([["1"]])),
        ("/buckets/0/deals", json!(3)),
        ("/fundId", json!(null)),
        ("/recycling", json!("yes")),
    ] {
        let mut damaged = kept.clone();
        *damaged.pointer_mut(pointer).unwrap() = wrong;
        assert_eq!(Draft::from_kept(&damaged), None, "{pointer}");
    }
}
