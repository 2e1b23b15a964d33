//! How fast blocks are made: million deal draws per second and cycles per draw on every target of this machine, for
//! 102,400 scenarios of 10 buckets, f32 rows and BLAKE3 block digests included.
//!
//! ```sh
//! cargo run --release -p foliocast-core --example kernel_bench
//! ```
//!
//! Each block counts with its best of several rounds: other programs only ever make a block slower.
#![allow(clippy::print_stdout, reason = "what an example is for")]

use std::time::{Duration, Instant};

use foliocast_core::kernel::Target;
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, Generator, Limits, Scratch, block_digest, matrix_digest, num_blocks,
};

const SCENARIOS: u32 = 102_400;
const BUCKETS: u32 = 10;
/// Rounds stop after this many seconds for each measurement.
const SECONDS: f64 = 1.0;

fn config(deals: u32, marginal: &str) -> Config {
    let buckets: Vec<_> = (0..BUCKETS)
        .map(|k| format!(r#"{{"name": "bucket {k}", "capitalAllocation": 10, "deals": {deals}, {marginal}}}"#))
        .collect();
    let text = format!(r#"{{"fundId": "bench", "numScenarios": {SCENARIOS}, "buckets": [{}]}}"#, buckets.join(", "));
    Config::from_json(&text, &Limits::default()).expect("the benchmark's configuration is valid")
}

/// Cycles of the time stamp counter where there is one (its rate is fixed: turbo makes a true cycle shorter).
fn time_stamp() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has a time stamp counter.
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

fn main() {
    let power_law = r#""moicCalibration": {"median": 1.3, "p90": 3.2}"#;
    let six_bands = r#""outcomeTable": {"tailExponent": 1.44, "bands": [{"to": 1, "share": 0.5}, {"to": 2, "share": 0.2},
        {"to": 5, "share": 0.15}, {"to": 10, "share": 0.08}, {"to": 20, "share": 0.04}, {"to": 50, "share": 0.02}]},
        "lossProbability": 0.2, "maxMoic": 200"#;
    println!("{:<8} {:>5}  {:<9} {:>12} {:>12}  digest", "target", "deals", "marginal", "M draws/s", "TSC cycles");
    for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
        for deals in [1, 30] {
            for (name, marginal) in [("power law", power_law), ("6 bands", six_bands)] {
                let generator = Generator::with_target(&config(deals, marginal), target);
                let draws = f64::from(SCENARIOS) * f64::from(BUCKETS) * f64::from(deals);
                let best = Best::of(&generator);
                println!(
                    "{:<8} {deals:>5}  {name:<9} {:>12.1} {:>12.2}  {}",
                    format!("{target:?}"),
                    draws / best.seconds / 1e6,
                    best.cycles / draws,
                    &best.digest[..16]
                );
            }
        }
    }
}

/// A matrix made of each block's best time.
struct Best {
    seconds: f64,
    cycles: f64,
    digest: String,
}

impl Best {
    fn of(generator: &Generator) -> Self {
        let mut scratch = Scratch::default();
        let mut rows = vec![0.0; BLOCK_ROWS * generator.num_columns()];
        let blocks = num_blocks(SCENARIOS);
        let mut best = vec![(Duration::MAX, u64::MAX); blocks as usize];
        let start = Instant::now();
        loop {
            let mut digests = Vec::new();
            for block in 0..blocks {
                let (round, stamp) = (Instant::now(), time_stamp());
                generator.block(block, &mut scratch, &mut rows);
                digests.push(block_digest(&rows));
                let best = &mut best[block as usize];
                best.1 = best.1.min(time_stamp() - stamp);
                best.0 = best.0.min(round.elapsed());
            }
            if start.elapsed().as_secs_f64() > SECONDS {
                return Self {
                    seconds: best.iter().map(|best| best.0.as_secs_f64()).sum(),
                    cycles: best.iter().map(|best| best.1 as f64).sum(),
                    digest: matrix_digest(&digests).to_string(),
                };
            }
        }
    }
}
