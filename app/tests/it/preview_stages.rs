//! Rows of a preview's frames.

use foliocast_app::engine::{lead_rows, most_rows, stages};
use foliocast_core::scenario::Limits;

#[test]
fn frames_grow_to_the_rows_asked_for() {
    let stages = stages(100_000, 45, 3);
    assert_eq!(stages.last(), Some(&100_000));
    assert!(stages.is_sorted_by(|a, b| a < b), "{stages:?}");
}

#[test]
fn a_frame_of_a_drag_leaves_room_to_paint_it() {
    assert_eq!(lead_rows(10_000, 45), 4_096);
    assert_eq!(lead_rows(10_000, 11), 10_000);
    assert_eq!(lead_rows(3_000, 1), 3_000);
    // A block is the least there is.
    assert_eq!(lead_rows(10_000, 900), 1_024);
    assert_eq!(lead_rows(10_000, 0), 10_000);
}

#[test]
fn no_frame_is_beyond_what_the_engine_module_makes() {
    let Limits { max_deal_draws, max_row_bytes } = Limits::WASM_MODULE;
    for (deals, buckets) in [(1, 1), (6_000, 6), (50_000, 50)] {
        let last = *stages(u32::MAX, deals, buckets).last().unwrap();
        assert_eq!(last, most_rows(deals, buckets));
        assert!(u64::from(last) * u64::from(deals) <= max_deal_draws, "{deals} deals: {last}");
        assert!(u64::from(last) * u64::from(buckets) * 4 <= max_row_bytes, "{buckets} buckets: {last}");
    }
    assert_eq!(stages(1_000_000, 6_000, 6).last(), Some(&833_333));
}
