//! Messages and the fields they stand beside.

use foliocast_app::pages::workbench::{BucketField, Draft, Faults, Field, Shape};
use foliocast_core::{Error, ErrorCode};

fn error(path: &str, message: &str) -> Error {
    Error { path: path.into(), code: ErrorCode::Range, message: message.into() }
}

#[test]
fn a_message_stands_at_its_own_path() {
    let errors = [
        error("buckets[2].moicCalibration.p90", "too small"),
        error("buckets[2].moicCalibration.p90", "below the median"),
        error("buckets", "the shares sum to 94"),
    ];
    let faults = Faults::new(&errors);
    assert_eq!(faults.at("buckets[2].moicCalibration.p90").unwrap(), "too small; below the median");
    assert_eq!(faults.at("buckets").unwrap(), "the shares sum to 94");
    assert_eq!(faults.at("buckets[2].moicCalibration"), None);
    assert_eq!(faults.len(), 3);
}

#[test]
fn a_bucket_collects_what_is_wrong_inside_it_and_nothing_of_its_neighbours() {
    let errors = [error("buckets[1].deals", "a"), error("buckets[11].deals", "b"), error("buckets[1]", "c")];
    let within = Faults::new(&errors).within("buckets[1]");
    assert_eq!(within, [("buckets[1]".into(), "c".into()), ("buckets[1].deals".into(), "a".into())]);
}

#[test]
fn the_same_message_from_the_page_and_from_the_server_is_said_once() {
    let errors = [error("seed", "is empty"), error("seed", "is empty")];
    assert_eq!(Faults::new(&errors).at("seed").unwrap(), "is empty");
}

#[test]
fn what_is_typed_in_percent_is_answered_in_percent() {
    let mut draft = Draft::default();
    let id = draft.buckets[0].id;
    draft.buckets[0].shape = Shape::PowerLaw;
    draft.set_text(Field::Bucket(id, BucketField::Loss), "60".into());
    draft.set_text(Field::ReinvestmentRate, "650".into());
    let faults = Faults::new(&draft.check().errors);
    let place = "buckets[0].lossProbability";
    assert_eq!(faults.at(place).unwrap(), "60 % is out of range: a number from 0 % to less than 50 % belongs here");
    assert!(faults.at("recycling.reinvestmentRate").unwrap().contains("from 0 % to 100 %"));
}

#[test]
fn sums_of_shares_are_told_in_percent_and_counts_of_bands_are_not() {
    let conflict = Error {
        code: ErrorCode::Conflict,
        ..error("buckets[1].outcomeTable.bands", "the shares sum to 1; they must sum to 0.5 to 0.999999, and so on")
    };
    let count = error("buckets[2].outcomeTable.bands", "21 bands; 1 to 20 are allowed");
    let faults = Faults::new(&[conflict, count]);
    let sum = "the shares sum to 100 %; they must sum to 50 % to 99.9999 %, and so on";
    assert_eq!(faults.at("buckets[1].outcomeTable.bands").unwrap(), sum);
    assert_eq!(faults.at("buckets[2].outcomeTable.bands").unwrap(), "21 bands; 1 to 20 are allowed");
}

#[test]
fn what_a_message_quotes_stays_as_it_was_typed() {
    let quoting = error("correlationWeights.macro", "the string \"0.5 x\" where a number from 0 to 1 belongs");
    let faults = Faults::new(&[quoting]);
    assert_eq!(
        faults.at("correlationWeights.macro").unwrap(),
        "the string \"0.5 x\" where a number from 0 % to 100 % belongs"
    );
}
