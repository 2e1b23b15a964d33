//! Random valid configurations, as JSON values and as the many texts that mean the same.
//!
//! Depends on nothing but proptest and `serde_json`, so that other programs can take this file in by its path.

// Every program that takes this file in uses its own part of it.
#![allow(dead_code)]

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Number, Value, json};

/// Numbers of scenarios around what matters: blocks of 1,024 rows, vectors of 8, single rows.
const EDGE_SCENARIOS: [u32; 24] = [
    1, 2, 3, 7, 8, 9, 15, 16, 17, 100, 511, 512, 513, 1_000, 1_016, 1_023, 1_024, 1_025, 1_032, 2_047, 2_048, 2_049,
    3_071, 4_097,
];

/// Beginnings of names that are hard on some program.
const ODD_NAMES: [&str; 16] = [
    "Seed",
    "Series A",
    "__proto__",
    "e\u{301}quite\u{301}",
    "a\u{328}\u{301}\u{307}",
    "\u{1e9b}\u{323}",
    "שלום עולם",
    "قطاع",
    "\u{202e}reversed",
    "👩‍👩‍👧‍👦",
    "🇩🇪🇫🇷",
    "quote \" backslash \\ solidus /",
    "line\u{2028}separator",
    "\u{feff}mark",
    "각가\u{11a8}",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
];

/// Valid configurations of at most about `max_deal_draws` deal draws.
pub fn configurations(max_deal_draws: u64) -> impl Strategy<Value = Value> {
    let num_buckets = prop_oneof![6 => 1..=6_usize, 2 => 7..=49_usize, 1 => Just(50_usize)];
    (
        text_or_whole(),
        prop::option::of((0..3_u32, 0..40_u32)),
        prop::option::of(prop_oneof![
            2 => prop::sample::select(&EDGE_SCENARIOS[..]),
            1 => 1..=6_000_u32,
        ]),
        prop::option::of(text_or_whole()),
        num_buckets.prop_flat_map(buckets),
        prop::option::of(weights()),
        prop::option::of(recycling()),
    )
        .prop_map(move |(fund_id, taxonomy, scenarios, seed, buckets, weights, recycling)| {
            let deals: u64 = buckets.iter().map(|bucket| bucket["deals"].as_u64().unwrap_or(1)).sum();
            let most = (max_deal_draws / deals).max(1) as u32;
            // Without a number the default of 10,000 holds.
            let scenarios = scenarios.or((most < 10_000).then_some(most)).map(|scenarios| scenarios.min(most));
            let mut root = Map::new();
            let mut set = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    root.insert(name.to_owned(), value);
                }
            };
            set("fundId", Some(fund_id));
            set("taxonomyVersion", taxonomy.map(|(major, minor)| json!(format!("v{major}.{minor}"))));
            set("numScenarios", scenarios.map(|scenarios| json!(scenarios)));
            set("seed", seed);
            set("buckets", Some(Value::Array(buckets)));
            set("correlationWeights", weights);
            set("recycling", recycling);
            Value::Object(root)
        })
}

/// `count` configurations, the same ones for the same `seed`.
pub fn sample(count: usize, max_deal_draws: u64, seed: u64) -> Vec<Value> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(RunnerConfig::default(), rng);
    let strategy = configurations(max_deal_draws);
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("no filters that could starve").current()).collect()
}

/// A whole number of millionths as JSON.
fn millionths(value: i64) -> Value {
    Number::from_f64(value as f64 / 1e6).map_or(Value::Null, Value::Number)
}

fn text_or_whole() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => "[a-zA-Z0-9._-]{1,40}".prop_map(Value::from),
        1 => name_start().prop_map(|start| json!(format!("x{start}"))),
        1 => (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
    ]
}

/// At most 12 scalar values, so that normalisation (at most threefold) and a suffix stay below 64.
fn name_start() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&ODD_NAMES[..]).prop_map(|name| name.chars().take(30).collect()),
        "\\PC{0,12}",
        "[A-Z][a-z]{1,11}",
    ]
}

fn buckets(count: usize) -> impl Strategy<Value = Vec<Value>> {
    let shares = prop::collection::vec(prop_oneof![1 => Just(0_u64), 6 => 1..1_000_u64], count);
    let bucket = (name_start(), deals(), marginal());
    (shares, prop::collection::vec(bucket, count)).prop_map(|(shares, buckets)| {
        let sum = shares.iter().sum::<u64>().max(1);
        let mut left: i64 = 100_000_000;
        let last = buckets.len() - 1;
        buckets
            .into_iter()
            .enumerate()
            .map(|(index, (start, deals, marginal))| {
                let share = (100_000_000 * shares[index] / sum) as i64;
                let allocation = if index == last { left } else { share };
                left -= share;
                let mut bucket = Map::new();
                // The index keeps names apart whatever normalisation does to their beginnings.
                bucket.insert("name".to_owned(), json!(format!("{start} {index}")));
                bucket.insert("capitalAllocation".to_owned(), millionths(allocation));
                if let Some(deals) = deals {
                    bucket.insert("deals".to_owned(), json!(deals));
                }
                bucket.extend(marginal);
                Value::Object(bucket)
            })
            .collect()
    })
}

fn deals() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 6 => (1..=40_u32).prop_map(Some), 1 => (41..=999_u32).prop_map(Some), 1 => Just(Some(1_000))]
}

/// A multiple in millionths, spread evenly over its magnitude.
fn multiple(magnitudes: core::ops::Range<u32>) -> impl Strategy<Value = i64> {
    (magnitudes, 1_000..10_000_i64)
        .prop_map(|(magnitude, digits)| (digits * 10_i64.pow(magnitude) / 1_000).clamp(1, 500_000_000_000))
}

/// `moicCalibration` or `outcomeTable`, with `lossProbability` and `maxMoic` that suit it.
fn marginal() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop_oneof![power_law(), table()]
}

fn power_law() -> impl Strategy<Value = Vec<(String, Value)>> {
    let ratio = prop_oneof![1 => Just(1_000_000_i64), 8 => 1_000_000..7_000_000_i64, 1 => 7_000_000..100_000_000_i64];
    let median = prop_oneof![6 => multiple(5..7), 1 => multiple(0..10)];
    (median, ratio, prop::option::of(0..500_000_i64), prop::option::of(1..60_000_000_i64)).prop_map(
        |(median, ratio, loss, cap)| {
            let p90 = (i128::from(median) * i128::from(ratio) / 1_000_000).min(900_000_000_000) as i64;
            let cap = cap.or((p90 >= 5 * median).then_some(50_000_000)).map(|above| p90 + above);
            let mut members =
                vec![("moicCalibration".to_owned(), json!({"median": millionths(median), "p90": millionths(p90)}))];
            members.extend(loss.map(|loss| ("lossProbability".to_owned(), millionths(loss))));
            members.extend(cap.map(|cap| ("maxMoic".to_owned(), millionths(cap))));
            members
        },
    )
}

fn table() -> impl Strategy<Value = Vec<(String, Value)>> {
    let bands = prop_oneof![6 => 1..=7_usize, 1 => Just(20_usize)]
        .prop_flat_map(|count| prop::collection::vec((multiple(4..8), 1..1_000_i64), count));
    let tail = prop_oneof![4 => 1_000_001..3_000_000_i64, 1 => 100_000..=100_000_000_i64];
    (bands, 500_100..=999_999_i64, tail, 0..=1_000_i64, prop::option::of(1..200_000_000_i64)).prop_map(
        |(bands, total, tail, loss, cap)| {
            let weights: i64 = bands.iter().map(|band| band.1).sum();
            let spread = total - bands.len() as i64;
            let mut edge = 0;
            let mut first_share = None;
            let bands: Vec<Value> = bands
                .into_iter()
                .map(|(step, weight)| {
                    edge += step;
                    let share = 1 + spread * weight / weights;
                    first_share.get_or_insert(share);
                    json!({"to": millionths(edge), "share": millionths(share)})
                })
                .collect();
            let loss = first_share.unwrap_or(0) * loss / 1_000;
            let cap = cap.or((tail <= 1_000_000).then_some(1)).map(|above| edge + above);
            let mut members =
                vec![("outcomeTable".to_owned(), json!({"bands": bands, "tailExponent": millionths(tail)}))];
            members.extend((loss > 0).then(|| ("lossProbability".to_owned(), millionths(loss))));
            members.extend(cap.map(|cap| ("maxMoic".to_owned(), millionths(cap))));
            members
        },
    )
}

fn weights() -> impl Strategy<Value = Value> {
    let any = (0..=1_000_000_i64, 0..=1_000_000_i64)
        .prop_map(|(macro_, rest)| (macro_, (1_000_000 - macro_) * rest / 1_000_000));
    let usual = [(0, 0), (1_000_000, 0), (0, 1_000_000), (500_000, 250_000), (100_000, 50_000), (0, 300_000)];
    prop_oneof![any, prop::sample::select(usual.to_vec())].prop_map(|(macro_, systematic)| {
        json!({
            "macro": millionths(macro_),
            "systematic": millionths(systematic),
            "idiosyncratic": millionths(1_000_000 - macro_ - systematic),
        })
    })
}

fn recycling() -> impl Strategy<Value = Value> {
    let years = || prop_oneof![3 => 1..=15_i64, 1 => Just(50)].prop_map(|years| years * 1_000_000);
    let share = prop_oneof![2 => Just(None), 1 => Just(Some(None)), 3 => (0..=10_000_000_i64).prop_map(|share| Some(Some(share)))];
    let enabled = (prop::bool::ANY, 0..=1_000_000_i64, years(), years(), 0..=250_000_i64, share).prop_map(
        |(has_mode, rate, period, lifetime, more, share)| {
            let mut members = Map::new();
            members.insert("enabled".to_owned(), json!(true));
            if has_mode {
                members.insert("mode".to_owned(), json!("same-bucket"));
            }
            members.insert("reinvestmentRate".to_owned(), millionths(rate));
            members.insert("avgHoldingPeriod".to_owned(), millionths(period.min(40_000_000) + more));
            members.insert("fundLifetime".to_owned(), millionths(lifetime));
            if let Some(share) = share {
                members.insert("maxRecycledShare".to_owned(), share.map_or(Value::Null, millionths));
            }
            Value::Object(members)
        },
    );
    prop_oneof![4 => enabled, 1 => Just(json!({"enabled": false})), 1 => Just(json!({"enabled": false, "fundLifetime": -1}))]
}

/// A text that means the same as `value`: members in another order, other white space, other spellings of numbers and
/// characters. With `permute_buckets` the array `buckets` is in another order too.
pub fn respelled(value: &Value, permute_buckets: bool, seed: u64) -> String {
    let mut text = String::new();
    Speller { state: seed, permute_buckets }.write(value, "", &mut text);
    text
}

struct Speller {
    state: u64,
    permute_buckets: bool,
}

impl Speller {
    /// A number below `below` (SplitMix64).
    fn pick(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % below.max(1) as u64) as usize
    }

    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for end in (1..items.len()).rev() {
            let other = self.pick(end + 1);
            items.swap(end, other);
        }
        items
    }

    fn space(&mut self, text: &mut String) {
        let spaces = ["", "", " ", "\n  ", "\t", "\r\n"];
        text.push_str(spaces[self.pick(spaces.len())]);
    }

    fn write(&mut self, value: &Value, member: &str, text: &mut String) {
        self.space(text);
        match value {
            Value::Object(members) => {
                text.push('{');
                for (index, (name, value)) in self.shuffled(members.iter().collect()).into_iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.space(text);
                    self.string(name, text);
                    self.space(text);
                    text.push(':');
                    self.write(value, name, text);
                }
                text.push('}');
            }
            Value::Array(elements) => {
                let mut elements: Vec<_> = elements.iter().collect();
                if member == "buckets" && self.permute_buckets {
                    elements = self.shuffled(elements);
                }
                text.push('[');
                for (index, element) in elements.into_iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.write(element, "", text);
                }
                text.push(']');
            }
            Value::String(string) => {
                // White space at the ends of a string means nothing.
                let padded = match self.pick(3) {
                    0 => format!("\u{2003} {string}\u{a0}"),
                    _ => string.clone(),
                };
                self.string(&padded, text);
            }
            Value::Number(number) => text.push_str(&self.number(number)),
            Value::Bool(_) | Value::Null => text.push_str(&value.to_string()),
        }
        self.space(text);
    }

    fn string(&mut self, string: &str, text: &mut String) {
        text.push('"');
        for character in string.chars() {
            if matches!(character, '"' | '\\') || self.pick(8) == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&if self.pick(2) == 0 { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
                }
            } else {
                text.push(character);
            }
        }
        text.push('"');
    }

    fn number(&mut self, number: &Number) -> String {
        let shortest = number.to_string();
        if shortest.contains(['e', 'E']) {
            return shortest;
        }
        let (sign, digits) = shortest.strip_prefix('-').map_or(("", shortest.as_str()), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        match self.pick(6) {
            0 => format!("{sign}{whole}.{fraction}000"),
            1 => {
                let digits = format!("{whole}{fraction}");
                let digits = digits.trim_start_matches('0');
                format!("{sign}{}e-{}", if digits.is_empty() { "0" } else { digits }, fraction.len())
            }
            2 => format!("{sign}{whole}.{fraction}0E+0"),
            3 => format!("{sign}0.{:0>20}{fraction}e20", whole),
            4 if digits == "0" || digits == "0.0" => "-0".to_owned(),
            _ => shortest,
        }
    }
}
