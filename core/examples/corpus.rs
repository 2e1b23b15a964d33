//! Writes the corpus of configurations that every build must answer with the same bits: one JSON object per line.
//!
//! `cargo run --release --example corpus > core/tests/corpus/corpus.jsonl`, on any machine, whenever the model or the
//! kernel version changes. Tests replay it natively, in Node and in a browser.
#![allow(clippy::print_stdout, reason = "a command line tool")]

#[path = "../tests/it/arbitrary.rs"]
mod arbitrary;

use foliocast_core::{
    kernel::Target,
    scenario::{Config, Limits, Run, f64_checksum},
};
use serde_json::{Value, json};

/// Rows in the last block that matter: whole, single, around half and around the end.
const REMAINDERS: [u32; 8] = [0, 1, 2, 511, 512, 513, 1_022, 1_023];

/// Random configurations beside the chosen ones, and how many of them may have more than a few buckets: their texts
/// are most of the file.
const SAMPLES: usize = 290;
const MANY_BUCKETS: usize = 8;
const SAMPLES_WITH_MANY_BUCKETS: usize = 16;
/// Deal draws of a random configuration, so that a replay on one slow core takes seconds.
const MAX_DEAL_DRAWS: u64 = 120_000;

fn main() {
    let mut many_left = SAMPLES_WITH_MANY_BUCKETS;
    let samples = arbitrary::sample(2 * SAMPLES, MAX_DEAL_DRAWS, 2_026).into_iter().filter(|request| {
        let many = request["buckets"].as_array().is_some_and(|buckets| buckets.len() > MANY_BUCKETS);
        let kept = !many || many_left > 0;
        many_left -= usize::from(many && kept);
        kept
    });
    for request in chosen().chain(samples.take(SAMPLES)) {
        let config = Config::from_json(&request.to_string(), &Limits::default()).expect("the configuration is valid");
        let outcome = Run::new(&config).finish();
        let line = json!({
            "request": request,
            "matrixKey": config.matrix_key(),
            "runKey": config.run_key(),
            "digest": outcome.digest,
            "summaryDigest": outcome.summary_digest,
            "f64Checksum": f64_checksum(&config, Target::detect()),
        });
        println!("{line}");
    }
}

/// Every remainder with both marginals, and the extremes of the contract.
fn chosen() -> impl Iterator<Item = Value> {
    let power_law = json!({"name": "Power law", "capitalAllocation": 60,
        "moicCalibration": {"median": 1.2, "p90": 4}, "deals": 3, "lossProbability": 0.2, "maxMoic": 100});
    let table = json!({"name": "Table", "capitalAllocation": 40, "outcomeTable": {"bands": [
        {"to": 1, "share": 0.66}, {"to": 5, "share": 0.22}, {"to": 10, "share": 0.065}, {"to": 20, "share": 0.03}],
        "tailExponent": 1.44}, "deals": 2, "lossProbability": 0.4});
    let recycling = json!({"enabled": true, "reinvestmentRate": 0.2, "avgHoldingPeriod": 4, "fundLifetime": 10});
    let run = |rows: u32, seed: &str, buckets: Vec<Value>| {
        json!({"fundId": "corpus", "numScenarios": rows, "seed": seed, "buckets": buckets,
               "recycling": recycling.clone()})
    };
    let mut requests: Vec<Value> = Vec::new();
    for remainder in REMAINDERS {
        for blocks in [0, 2] {
            let rows = blocks * 1_024 + remainder;
            if rows > 0 {
                requests.push(run(rows, &format!("remainder {rows}"), vec![power_law.clone(), table.clone()]));
            }
        }
    }
    let many = (0..50).map(|index| {
        let mut bucket = if index % 2 == 0 { power_law.clone() } else { table.clone() };
        bucket["name"] = format!("Bucket {index}").into();
        bucket["capitalAllocation"] = 2.into();
        bucket
    });
    requests.push(run(1_025, "fifty buckets", many.collect()));
    for mut bucket in [power_law, table] {
        bucket["capitalAllocation"] = 100.into();
        bucket["deals"] = 1_000.into();
        requests.push(run(513, "a thousand deals", vec![bucket]));
    }
    requests.into_iter()
}
