//! How long things took: a histogram that can be added to another one, and written down.

use bytes::Bytes;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};

/// What took longer counts as this long: an hour, in microseconds.
const LONGEST_US: u64 = 3_600_000_000;

/// Two digits: what is read from the histogram is at most one part in a hundred above what was measured.
const DIGITS: u8 = 2;

/// Microseconds, each to within a hundredth.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    histogram: Histogram<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_US, DIGITS);
        Self { histogram: histogram.expect("a mistake: bounds and digits are within what the library allows") }
    }
}

impl Latencies {
    /// Adds what took so long.
    pub fn record(&mut self, latency_us: u64) {
        self.histogram.saturating_record(latency_us);
    }

    /// Adds all of another histogram.
    pub fn add(&mut self, other: &Self) {
        self.histogram.add(&other.histogram).expect("a mistake: all have the same bounds");
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// What a share (0–1) of them took at most, microseconds, by nearest rank: the smallest measured value such that at
    /// least this share is no larger, itself rounded up by a hundredth at most. `None` of nothing.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        (self.count() > 0).then(|| self.histogram.value_at_quantile(share))
    }

    /// How many took at most as long as each bound, ascending, and longer than the one before it; and last how many took
    /// longer than all. Each to within a hundredth of its bound.
    pub fn classes(&self, bounds_us: &[u64]) -> Vec<u64> {
        let mut classes = vec![0; bounds_us.len() + 1];
        for value in self.histogram.iter_recorded() {
            let class = bounds_us.partition_point(|bound| *bound < value.value_iterated_to());
            classes[class] += value.count_at_value();
        }
        classes
    }

    /// As bytes, in the histogram format V2 of HdrHistogram, not compressed.
    pub fn encode(&self) -> Bytes {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&self.histogram, &mut bytes)
            .expect("a mistake: memory takes everything, and counts are below 2⁶³");
        bytes.into()
    }

    /// What [`Self::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        // What it says of itself, before anything is made that large.
        let number = |range: std::ops::Range<usize>| -> Option<u64> {
            bytes.get(range).map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
        };
        if number(4..8)? != bytes.len().checked_sub(40)? as u64 {
            return None;
        }
        if number(12..16)? != u64::from(DIGITS) || number(16..24)? != 1 || number(24..32)? != LONGEST_US {
            return None;
        }
        let mut rest = bytes;
        let histogram = Deserializer::new().deserialize(&mut rest).ok()?;
        rest.is_empty().then_some(Self { histogram })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for value in values {
            latencies.record(*value);
        }
        latencies
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_nearest_rank_to_a_hundredth(
            mut values in prop::collection::vec(0_u64..LONGEST_US, 1..200), share in 0.001_f64..=1.0,
        ) {
            let found = of(&values).quantile_us(share).expect("of something");
            values.sort_unstable();
            let rank = (share * values.len() as f64).ceil() as usize;
            let exact = values[rank.max(1) - 1];
            prop_assert!(found >= exact && found as f64 <= exact as f64 * 1.01 + 1.0, "{found} for {exact}");
        }

        #[test]
        fn classes_hold_everything_each_to_a_hundredth(values in prop::collection::vec(0_u64..LONGEST_US, 0..200)) {
            let bounds = [1_000, 100_000, 10_000_000];
            let classes = of(&values).classes(&bounds);
            prop_assert_eq!(classes.iter().sum::<u64>(), values.len() as u64);
            let mut at_most = 0;
            for (class, bound) in classes.iter().zip(bounds) {
                at_most += class;
                let below = |limit: f64| values.iter().filter(|value| **value as f64 <= limit).count() as u64;
                prop_assert!((below(bound as f64 * 0.99 - 1.0)..=below(bound as f64)).contains(&at_most));
            }
        }

        #[test]
        fn adding_is_recording_all(
            left in prop::collection::vec(any::<u64>(), 0..50), right in prop::collection::vec(any::<u64>(), 0..50),
        ) {
            let mut sum = of(&left);
            sum.add(&of(&right));
            prop_assert_eq!(sum, of(&[left, right].concat()));
        }

        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(any::<u64>(), 0..50)) {
            let latencies = of(&values);
            prop_assert_eq!(Latencies::decode(&latencies.encode()), Some(latencies));
        }

        #[test]
        fn nothing_else_is_read_and_nothing_breaks(mut bytes in prop::collection::vec(any::<u8>(), 0..100), cut in 0_usize..100) {
            prop_assert_eq!(Latencies::decode(&bytes), None);
            let written = of(&[1, 1_000, 1_000_000]).encode();
            let cut = cut.min(written.len() - 1);
            prop_assert_eq!(Latencies::decode(&written[..cut]), None);
            bytes.splice(..0, written.iter().copied());
            prop_assert!(bytes.len() == written.len() || Latencies::decode(&bytes).is_none());
        }
    }

    #[test]
    fn of_nothing_there_is_no_quantile() {
        assert_eq!(Latencies::default().quantile_us(0.5), None);
    }
}
