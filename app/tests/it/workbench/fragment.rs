//! Configurations in addresses.

use foliocast_app::pages::workbench::fragment::{FragmentError, read, write};
use foliocast_app::pages::workbench::{BucketField, Draft, Field};
use proptest::prelude::*;

use crate::configurations::configuration;

proptest! {
    #[test]
    fn a_fragment_brings_the_same_run_back(request in configuration()) {
        let draft = Draft::from_json(&request.to_string()).unwrap();
        let fragment = write(&draft);
        prop_assert!(fragment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
        let back = read(&format!("#{fragment}")).unwrap().unwrap();
        prop_assert_eq!(back.request_json(), draft.request_json());
    }

    #[test]
    fn no_fragment_breaks_the_page(fragment in ".{0,200}") {
        let _ = read(&fragment);
        let _ = read(&format!("#c1.{fragment}"));
    }

    #[test]
    fn a_fragment_cut_short_is_called_damaged(cut in 1_usize..400) {
        let fragment = write(&Draft::default());
        prop_assert_eq!(read(&fragment[..fragment.len() - cut]), Some(Err(FragmentError::Damaged)));
    }
}

#[test]
fn no_fragment_and_places_in_the_page_are_no_links() {
    assert_eq!(read(""), None);
    assert_eq!(read("#"), None);
    assert_eq!(read("#content"), None);
}

#[test]
fn a_fragment_of_another_version_is_said_to_be_one() {
    assert_eq!(read("#c2.e30"), Some(Err(FragmentError::UnknownVersion)));
}

#[test]
fn a_configuration_that_is_not_valid_is_refused_with_its_paths() {
    let mut draft = Draft::default();
    let id = draft.buckets[0].id;
    draft.set_text(Field::Bucket(id, BucketField::Deals), "0".into());
    let Some(Err(error)) = read(&write(&draft)) else { panic!("it was accepted") };
    assert!(error.to_string().contains("buckets[0].deals"), "{error}");
}

#[test]
fn a_fragment_longer_than_any_configuration_is_refused_unread() {
    assert_eq!(read(&format!("#c1.{}", "A".repeat(300_000))), Some(Err(FragmentError::TooLong)));
}
