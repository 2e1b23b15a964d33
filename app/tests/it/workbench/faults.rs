//! Messages and the fields they stand beside.

use foliocast_app::pages::workbench::Faults;
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
