//! Times a whole run: rows and digests, then the summary.
//!
//! `cargo run --release --features rayon --example run_bench -- [scenarios] [buckets] [deals] [threads]`, under
//! `/usr/bin/time -v` to see its peak memory.
#![allow(clippy::print_stdout, reason = "a command line tool")]

use std::{ops::ControlFlow, time::Instant};

use foliocast_core::scenario::{Config, Limits, Preview, Run, default_fund};

fn main() {
    let mut arguments = std::env::args().skip(1).map_while(|argument| argument.parse().ok());
    let mut next = |default: u32| arguments.next().unwrap_or(default);
    let (scenarios, buckets, deals, threads) = (next(1_000_000), next(10), next(1), next(2));
    let allocation = (100_000_000 / buckets) as f64 / 1e6;
    let buckets: Vec<String> = (0..buckets)
        .map(|index| {
            format!(
                r#"{{"name": "B{index:02}", "capitalAllocation": {allocation}, "deals": {deals},
                     "moicCalibration": {{"median": 1.5, "p90": 4}}, "maxMoic": 500}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"fundId": "bench", "numScenarios": {scenarios}, "buckets": [{}], "recycling": {{"enabled": true,
            "reinvestmentRate": 0.1, "avgHoldingPeriod": 5, "fundLifetime": 10}}}}"#,
        buckets.join(",")
    );
    let config = Config::from_json(&text, &Limits::default()).expect("the configuration is valid");

    let start = Instant::now();
    let mut run = Run::new(&config);
    run.generate(threads as usize, &|_| ControlFlow::Continue(())).expect("nobody stops the run");
    let generated = start.elapsed();
    let outcome = run.finish_on(threads as usize);
    let whole = start.elapsed();
    println!(
        "rows and digests {:.1} ms, summary {:.1} ms, whole {:.1} ms, digest {}",
        generated.as_secs_f64() * 1e3,
        (whole - generated).as_secs_f64() * 1e3,
        whole.as_secs_f64() * 1e3,
        outcome.digest
    );
    drop(outcome);

    let mut preview = Preview::new(&default_fund("bench"));
    preview.step(u32::MAX);
    let (repeats, start) = (200, Instant::now());
    for _ in 0..repeats {
        assert!(preview.summary(preview.rows_available()).is_some());
    }
    let each_ms = start.elapsed().as_secs_f64() * 1e3 / f64::from(repeats);
    println!("preview of the default fund, 10,000 rows: summary {each_ms:.3} ms");
}
