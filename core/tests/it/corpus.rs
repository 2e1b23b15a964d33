//! The committed corpus (written by core/examples/corpus.rs) gives the same bits here, whatever the target and the
//! number of threads.

use std::{collections::BTreeSet, ops::ControlFlow};

use foliocast_core::{
    kernel::Target,
    scenario::{Config, Limits, Marginal, Run, RunOutcome, f64_checksum},
};
use serde_json::Value;

struct Entry {
    line: usize,
    config: Config,
    answer: Value,
}

fn corpus() -> Vec<Entry> {
    let lines = include_str!("../corpus/corpus.jsonl").lines().zip(1..);
    lines
        .map(|(text, line)| {
            let answer: Value = serde_json::from_str(text).unwrap();
            let config = Config::from_json(&answer["request"].to_string(), &Limits::default()).unwrap();
            Entry { line, config, answer }
        })
        .collect()
}

impl Entry {
    fn assert_answer(&self, member: &str, seen: impl ToString, how: &str) {
        assert_eq!(self.answer[member], seen.to_string(), "line {}: {member}, {how}", self.line);
    }

    fn assert_outcome(&self, outcome: &RunOutcome, how: &str) {
        self.assert_answer("digest", outcome.digest, how);
        self.assert_answer("summaryDigest", outcome.summary_digest, how);
    }
}

#[test]
fn the_corpus_covers_what_matters() {
    let corpus = corpus();
    assert!(corpus.len() >= 300);
    let remainders: BTreeSet<u32> = corpus.iter().map(|entry| entry.config.num_scenarios() % 1_024).collect();
    assert!([0, 1, 2, 511, 512, 513, 1_022, 1_023].iter().all(|remainder| remainders.contains(remainder)));
    let buckets = || corpus.iter().flat_map(|entry| entry.config.buckets());
    assert!(corpus.iter().any(|entry| entry.config.buckets().len() == 50));
    assert!(buckets().any(|bucket| bucket.deals == 1_000));
    assert!(buckets().any(|bucket| bucket.max_moic.is_some() && bucket.loss_probability > 0.0));
    assert!(buckets().any(|bucket| matches!(bucket.marginal, Marginal::Table { .. })));
    assert!(buckets().any(|bucket| matches!(bucket.marginal, Marginal::PowerLaw { .. })));
    assert!(buckets().any(|bucket| !bucket.name.is_ascii()));
}

#[test]
fn keys_are_those_of_the_corpus() {
    for entry in corpus() {
        entry.assert_answer("matrixKey", entry.config.matrix_key(), "key");
        entry.assert_answer("runKey", entry.config.run_key(), "key");
    }
}

#[test]
fn every_target_gives_the_bits_of_the_corpus() {
    for entry in corpus() {
        for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
            let how = format!("{target:?}");
            entry.assert_outcome(&Run::with_target(&entry.config, target).finish(), &how);
            entry.assert_answer("f64Checksum", f64_checksum(&entry.config, target), &how);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_bits_of_the_corpus() {
    for entry in corpus() {
        for threads in [1, 2, 7] {
            let outcome = Run::new(&entry.config).complete(threads, &|_| ControlFlow::Continue(())).unwrap();
            entry.assert_outcome(&outcome, &format!("{threads} threads"));
        }
    }
}
