//! Random valid configurations, as requests write them.

use proptest::prelude::*;
use serde_json::{Value, json};

/// A number with six decimals between two bounds given in millionths.
fn micros(range: core::ops::RangeInclusive<i64>) -> impl Strategy<Value = f64> {
    range.prop_map(|micros| micros as f64 / 1e6)
}

fn shape() -> impl Strategy<Value = Value> {
    let power_law = (micros(1..=5_000_000), micros(1_000_000..=4_900_000)).prop_map(|(median, factor)| {
        json!({"moicCalibration": {"median": median, "p90": (median * factor * 1e6).floor().max(median * 1e6) / 1e6}})
    });
    let table = (
        prop::collection::vec((1_u32..1_000_000, 1_000_u32..40_000), 1..20),
        500_001_u32..600_000,
        micros(100_000..=5_000_000),
    )
        .prop_map(|(bands, first_share, tail_exponent)| {
            let mut to = 0_u32;
            let mut share_left = 999_999 - first_share;
            let mut rows = Vec::new();
            for (index, (step, share)) in bands.into_iter().enumerate() {
                to += step;
                let share = if index == 0 { first_share } else { share.min(share_left) };
                if share == 0 {
                    break;
                }
                if index > 0 {
                    share_left -= share;
                }
                rows.push(json!({"to": f64::from(to) / 1e4, "share": f64::from(share) / 1e6}));
            }
            json!({"outcomeTable": {"bands": rows, "tailExponent": tail_exponent}})
        });
    prop_oneof![power_law, table]
}

/// A valid configuration, as a request would write it.
pub fn configuration() -> impl Strategy<Value = Value> {
    let bucket = ("[A-Za-zÀ-ÿ0-9 +=-]{0,20}[A-Za-z0-9]", shape(), 1_u32..1_000, micros(0..=450_000), 1_u32..1_000);
    let recycling = prop_oneof![
        Just(json!({"enabled": false})),
        (micros(0..=1_000_000), micros(250_000..=50_000_000), micros(250_000..=50_000_000), prop::option::of(micros(0..=10_000_000)))
            .prop_map(|(rate, holding, lifetime, share)| json!({
                "enabled": true, "reinvestmentRate": rate, "avgHoldingPeriod": holding, "fundLifetime": lifetime, "maxRecycledShare": share,
            })),
    ];
    let weights = (0_u32..=1_000_000, 0_u32..=1_000_000).prop_map(|(a, b)| {
        let (low, high) = (a.min(b), a.max(b));
        [low, high - low, 1_000_000 - high].map(|weight| f64::from(weight) / 1e6)
    });
    (prop::collection::vec(bucket, 1..12), recycling, weights, 1_u32..100_000, "[0-9a-z]{1,30}").prop_map(
        |(buckets, recycling, weights, rows, seed)| {
            let total: u32 = buckets.iter().map(|bucket| bucket.4).sum();
            let mut left = 100_000_000_i64;
            let count = buckets.len();
            let buckets: Vec<Value> = buckets
                .into_iter()
                .enumerate()
                .map(|(index, (name, shape, deals, loss, part))| {
                    let capital =
                        if index + 1 == count { left } else { i64::from(part) * 100_000_000 / i64::from(total) };
                    left -= capital;
                    let mut bucket = shape;
                    bucket["name"] = json!(format!("{index} {}", name.trim()));
                    bucket["capitalAllocation"] = json!(capital as f64 / 1e6);
                    bucket["deals"] = json!(deals);
                    bucket["lossProbability"] = json!(loss);
                    bucket["maxMoic"] = json!(1_000_000);
                    bucket
                })
                .collect();
            json!({
                "fundId": "fund-1",
                "numScenarios": rows,
                "seed": seed,
                "buckets": buckets,
                "correlationWeights": {"macro": weights[0], "systematic": weights[1], "idiosyncratic": weights[2]},
                "recycling": recycling,
            })
        },
    )
}
