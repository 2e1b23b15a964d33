//! Sliders that share one whole.

use foliocast_app::pages::workbench::Weights;
use proptest::prelude::*;

proptest! {
    #[test]
    fn however_sliders_move_the_weights_sum_to_one_exactly(moves in prop::collection::vec((0_usize..3, 0_u32..=1_000_000), 1..50)) {
        let mut weights = Weights::new([0.1, 0.05, 0.85]);
        for (index, millionths) in moves {
            weights = weights.moved(index, millionths);
            prop_assert_eq!(weights.millionths().iter().sum::<u32>(), 1_000_000);
            prop_assert_eq!(weights.millionths()[index], millionths);
        }
    }

    #[test]
    fn the_other_two_keep_their_proportion(a in 1_u32..500_000, b in 1_u32..500_000, to in 0_u32..=1_000_000) {
        let start = Weights::new([f64::from(1_000_000 - a - b) / 1e6, f64::from(a) / 1e6, f64::from(b) / 1e6]);
        let [_, first, second] = start.moved(0, to).millionths();
        let rest = f64::from(1_000_000 - to);
        let expected = rest * f64::from(a) / f64::from(a + b);
        prop_assert!((f64::from(first) - expected).abs() <= 0.5 + 1e-6, "{first} for {expected}");
        prop_assert_eq!(first + second, 1_000_000 - to);
    }
}

#[test]
fn two_weights_of_nothing_share_the_rest_equally() {
    assert_eq!(Weights::new([1.0, 0.0, 0.0]).moved(0, 400_000).millionths(), [400_000, 300_000, 300_000]);
}

#[test]
fn a_weight_beyond_one_is_one() {
    assert_eq!(Weights::new([0.1, 0.05, 0.85]).moved(2, 2_000_000).millionths(), [0, 0, 1_000_000]);
}
