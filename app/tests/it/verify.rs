//! What an audit compares and finds.

use foliocast_app::api::{CacheInfo, ConfigurationSource, Generation, Run, RunLinks, Tier};
use foliocast_app::verify::{Audit, Extent, Verdict, WholeRun, sample};
use foliocast_core::scenario::{
    Config, Digest, KERNEL_VERSION, Limits, MODEL_VERSION, Run as EngineRun, RunOutcome, default_fund, matrix_digest,
};
use proptest::prelude::*;

/// The default fund's run as the server would answer it, and what the engine made.
fn run() -> (Run, RunOutcome) {
    let config = default_fund("default");
    let mut engine = EngineRun::new(&config);
    while !engine.step(16) {}
    let outcome = engine.finish();
    let run = Run {
        run_key: config.run_key(),
        matrix_key: config.matrix_key(),
        digest: outcome.digest,
        summary_digest: outcome.summary_digest,
        model_version: MODEL_VERSION,
        kernel: KERNEL_VERSION,
        configuration: serde_json::from_str(&config.to_canonical_json()).unwrap(),
        configuration_source: ConfigurationSource::Request,
        num_scenarios: config.num_scenarios(),
        bucket_names: config.buckets().iter().map(|bucket| bucket.name.clone()).collect(),
        cache: CacheInfo { hit: false, tier: Tier::Computed, latency_ms: 1.0, age_seconds: 0, unconfirmed: None },
        generation: Generation { duration_ms: 1.0, deal_draws: 450_000, draws_per_second: 4.5e8, threads: 1 },
        summary: outcome.summary.clone(),
        warnings: outcome.warnings.clone(),
        created_at: "2026-01-01T00:00:00Z".into(),
        links: RunLinks {
            self_: String::new(),
            matrix: String::new(),
            data: String::new(),
            blocks: String::new(),
            page: String::new(),
        },
    };
    (run, outcome)
}

fn whole(outcome: &RunOutcome) -> WholeRun {
    WholeRun { digest: outcome.digest, summary_digest: outcome.summary_digest }
}

#[test]
fn an_honest_run_is_found_to_be_the_same() {
    let (run, outcome) = run();
    let mut audit = Audit::begin(&run, outcome.block_digests.clone(), Extent::Everything, |_| 0).unwrap();
    assert_eq!(audit.planned(), 10);
    for (block, digest) in (0..).zip(&outcome.block_digests) {
        assert_eq!(audit.verdict(), Verdict::Open);
        audit.take_block(block, *digest);
    }
    assert_eq!(audit.done(), 10);
    assert_eq!(audit.verdict(), Verdict::Open, "the summary is still to be compared");
    audit.take_run(whole(&outcome));
    assert_eq!(audit.verdict(), Verdict::Same);
}

#[test]
fn a_block_that_differs_is_named_with_both_digests() {
    let (run, outcome) = run();
    let mut audit = Audit::begin(&run, outcome.block_digests.clone(), Extent::Blocks(10), |_| 0).unwrap();
    let wrong = Digest::from_bytes([7; 32]);
    audit.take_block(3, wrong);
    assert_eq!(audit.verdict(), Verdict::Different);
    let difference = &audit.differences()[0];
    assert_eq!(difference.what, "block 3");
    assert_eq!(difference.server, outcome.block_digests[3].to_string());
    assert_eq!(difference.browser, wrong.to_string());
}

#[test]
fn block_digests_that_are_not_those_of_the_run_differ_before_any_block_is_made() {
    let (run, outcome) = run();
    let mut digests = outcome.block_digests;
    digests[9] = Digest::from_bytes([7; 32]);
    let audit = Audit::begin(&run, digests, Extent::Blocks(1), |_| 0).unwrap();
    assert_eq!(audit.verdict(), Verdict::Different);
    assert!(audit.differences()[0].what.contains("matrix digest"));
}

#[test]
fn a_configuration_with_other_keys_differs() {
    let (mut run, outcome) = run();
    run.configuration["seed"] = "1".into();
    let audit = Audit::begin(&run, outcome.block_digests, Extent::Blocks(1), |_| 0).unwrap();
    let what: Vec<&str> = audit.differences().iter().map(|difference| difference.what.as_str()).collect();
    assert_eq!(what, ["matrix key", "run key"]);
}

#[test]
fn a_summary_that_differs_is_said() {
    let (run, outcome) = run();
    let mut audit = Audit::begin(&run, outcome.block_digests.clone(), Extent::Everything, |_| 0).unwrap();
    audit.take_run(WholeRun { summary_digest: Digest::from_bytes([7; 32]), ..whole(&outcome) });
    assert_eq!(audit.verdict(), Verdict::Different);
    assert_eq!(audit.differences()[0].what, "summary digest");
}

#[test]
fn figures_that_are_not_those_of_the_summary_digest_differ_before_any_block_is_made() {
    let (mut run, outcome) = run();
    run.summary.fund.recycled.mean += 0.01;
    let audit = Audit::begin(&run, outcome.block_digests, Extent::Blocks(1), |_| 0).unwrap();
    assert_eq!(audit.verdict(), Verdict::Different);
    assert_eq!(audit.differences()[0].what, "summary digest over the figures");
}

#[test]
fn where_the_whole_run_has_no_room_the_blocks_still_have_their_verdict() {
    let (mut run, outcome) = run();
    assert!(Audit::begin(&run, outcome.block_digests, Extent::Everything, |_| 0).unwrap().fits_module());

    // 10,000,000 rows of 50 buckets are 2 GB.
    let buckets: Vec<_> = (1..=50)
        .map(|number| serde_json::json!({"name": format!("B{number}"), "capitalAllocation": 2, "deals": 1, "moicCalibration": {"median": 1.5, "p90": 5}}))
        .collect();
    let text = serde_json::json!({"fundId": "large", "numScenarios": 10_000_000, "buckets": buckets}).to_string();
    let config = Config::from_json(&text, &Limits::default()).unwrap();
    let digests = vec![Digest::from_bytes([7; 32]); 9_766];
    run.configuration = serde_json::from_str(&config.to_canonical_json()).unwrap();
    run.num_scenarios = config.num_scenarios();
    run.matrix_key = config.matrix_key();
    run.run_key = config.run_key();
    run.digest = matrix_digest(&digests);
    let mut audit = Audit::begin(&run, digests.clone(), Extent::Everything, |_| 0).unwrap();
    assert!(!audit.fits_module());
    for (block, digest) in (0..).zip(digests) {
        audit.take_block(block, digest);
    }
    assert_eq!(audit.verdict(), Verdict::Open);
    audit.leave_summary_out("too many rows");
    assert_eq!(audit.verdict(), Verdict::Same);
    assert_eq!(audit.summary_left_out(), Some("too many rows"));
}

#[test]
fn a_wrong_number_of_block_digests_cannot_be_audited() {
    let (run, mut outcome) = run();
    outcome.block_digests.pop();
    assert!(
        Audit::begin(&run, outcome.block_digests, Extent::Everything, |_| 0).unwrap_err().contains("9 block digests")
    );
}

#[test]
fn a_block_that_was_not_asked_for_counts_for_nothing() {
    let (run, outcome) = run();
    let mut audit = Audit::begin(&run, outcome.block_digests, Extent::Blocks(1), |_| 0).unwrap();
    let planned = audit.shares(1)[0][0];
    audit.take_block(planned + 1, Digest::from_bytes([7; 32]));
    audit.take_block(u32::MAX, Digest::from_bytes([7; 32]));
    assert_eq!((audit.done(), audit.verdict()), (0, Verdict::Open));
}

#[test]
fn the_keys_of_the_configuration_are_the_published_ones() {
    let config = Config::from_json(&default_fund("default").to_canonical_json(), &Limits::default()).unwrap();
    assert_eq!(
        config.matrix_key().to_string(),
        "07491a5b5e39e72a8cea168dffb77cbf6f28799a22acc2ef7e1764509ebc9423",
        "docs/MODEL.md section 8"
    );
}

proptest! {
    #[test]
    fn a_sample_holds_as_many_different_blocks_as_asked(blocks in 1_u32..5_000, count in 0_u32..50, seed: u64) {
        let mut state = seed;
        let chosen = sample(blocks, count, |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % u64::from(below)) as u32
        });
        prop_assert_eq!(chosen.len(), count.min(blocks) as usize);
        prop_assert!(chosen.iter().all(|&block| block < blocks));
    }

    #[test]
    fn shares_deal_every_block_out_once(workers in 1_usize..6) {
        let (run, outcome) = run();
        let audit = Audit::begin(&run, outcome.block_digests, Extent::Everything, |_| 0).unwrap();
        let mut blocks: Vec<u32> = audit.shares(workers).concat();
        blocks.sort_unstable();
        prop_assert_eq!(blocks, (0..10).collect::<Vec<_>>());
    }
}
