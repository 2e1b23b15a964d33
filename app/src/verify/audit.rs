//! What an audit of a run compares, and what it found.

use std::collections::BTreeSet;

use foliocast_core::scenario::{Config, Digest, Limits, matrix_digest, num_blocks};

use crate::api::Run;

/// How much of a run is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This many blocks, chosen at random.
    Blocks(u32),
    /// All blocks, then the summary.
    Everything,
}

/// Something that is not what the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What: `block 17`, `summary digest`.
    pub what: String,
    /// The server's.
    pub server: String,
    /// This browser's.
    pub browser: String,
}

/// The run as this browser made it, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeRun {
    /// Digest of the matrix.
    pub digest: Digest,
    /// Digest of the summary.
    pub summary_digest: Digest,
}

/// What an audit found so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Something is still to be compared, and all compared so far is equal.
    Open,
    /// All that was to be compared, and could be, is equal.
    Same,
    /// Something differs.
    Different,
}

/// What became of the part of an audit that makes the summary again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SummaryPart {
    /// It is still to be made.
    Open,
    /// It was compared.
    Compared,
    /// It could not be made here, for this reason.
    LeftOut(String),
}

/// An audit of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    configuration: String,
    extent: Extent,
    /// What the server says of each block.
    expected: Vec<Digest>,
    planned: BTreeSet<u32>,
    num_planned: usize,
    run_digests: WholeRun,
    fits_module: bool,
    summary: SummaryPart,
    differences: Vec<Difference>,
}

impl Audit {
    /// Begins an audit of `run`, whose blocks have the digests `expected`, with what needs no rows: the keys, made from the
    /// configuration, the matrix's digest, made from its blocks', and the summary's, made from its figures.
    /// `random(n)` gives a number below n.
    ///
    /// # Errors
    /// Why the run cannot be audited, for people.
    pub fn begin(
        run: &Run,
        expected: Vec<Digest>,
        extent: Extent,
        random: impl FnMut(u32) -> u32,
    ) -> Result<Self, String> {
        let configuration = run.configuration.to_string();
        // Whatever this installation allows, the run exists.
        let limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        let config = Config::from_json(&configuration, &limits)
            .map_err(|errors| format!("The run's configuration is not valid: {errors}"))?;
        let blocks = num_blocks(run.num_scenarios);
        if expected.len() != blocks as usize {
            return Err(format!(
                "The server lists {} block digests, but {} rows have {blocks}.",
                expected.len(),
                run.num_scenarios
            ));
        }
        let planned = match extent {
            Extent::Everything => (0..blocks).collect(),
            Extent::Blocks(count) => sample(blocks, count, random),
        };
        let mut audit = Self {
            configuration,
            extent,
            num_planned: planned.len(),
            planned,
            run_digests: WholeRun { digest: run.digest, summary_digest: run.summary_digest },
            fits_module: config.with_num_scenarios(config.num_scenarios(), &Limits::WASM_MODULE).is_ok(),
            summary: SummaryPart::Open,
            differences: Vec::new(),
            expected,
        };
        audit.compare("rows", run.num_scenarios, config.num_scenarios());
        audit.compare("matrix key", run.matrix_key, config.matrix_key());
        audit.compare("run key", run.run_key, config.run_key());
        let digest = matrix_digest(&audit.expected);
        audit.compare("matrix digest over the block digests", run.digest, digest);
        audit.compare("summary digest over the figures", run.summary_digest, run.summary.digest());
        Ok(audit)
    }

    /// The configuration to make rows from.
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// How much is made again.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// The blocks still to be made, dealt out to `workers`.
    pub fn shares(&self, workers: usize) -> Vec<Vec<u32>> {
        let mut shares = vec![Vec::new(); workers.clamp(1, self.planned.len().max(1))];
        let count = shares.len();
        for (index, &block) in self.planned.iter().enumerate() {
            shares[index % count].push(block);
        }
        shares
    }

    /// Compares a block as this browser made it.
    pub fn take_block(&mut self, block: u32, digest: Digest) {
        if self.planned.remove(&block)
            && let Some(&expected) = self.expected.get(block as usize)
        {
            self.compare(&format!("block {block}"), expected, digest);
        }
    }

    /// Compares the run as this browser made it, whole.
    pub fn take_run(&mut self, run: WholeRun) {
        self.summary = SummaryPart::Compared;
        self.compare("matrix digest", self.run_digests.digest, run.digest);
        self.compare("summary digest", self.run_digests.summary_digest, run.summary_digest);
    }

    /// Whether the engine module has room for the whole run at once, as its summary needs.
    pub fn fits_module(&self) -> bool {
        self.fits_module
    }

    /// Notes that the summary cannot be made again here, and why; what the blocks say stands.
    pub fn leave_summary_out(&mut self, reason: impl Into<String>) {
        self.summary = SummaryPart::LeftOut(reason.into());
    }

    /// Why the summary was not made again, where it was asked for and could not be.
    pub fn summary_left_out(&self) -> Option<&str> {
        match &self.summary {
            SummaryPart::LeftOut(reason) => Some(reason),
            SummaryPart::Open | SummaryPart::Compared => None,
        }
    }

    /// Blocks compared.
    pub fn done(&self) -> usize {
        self.num_planned - self.planned.len()
    }

    /// Blocks to be compared in all.
    pub fn planned(&self) -> usize {
        self.num_planned
    }

    /// Blocks of the run.
    pub fn blocks(&self) -> usize {
        self.expected.len()
    }

    /// What differs.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// What was found so far.
    pub fn verdict(&self) -> Verdict {
        let is_complete =
            self.planned.is_empty() && (self.summary != SummaryPart::Open || self.extent != Extent::Everything);
        match (self.differences.is_empty(), is_complete) {
            (false, _) => Verdict::Different,
            (true, true) => Verdict::Same,
            (true, false) => Verdict::Open,
        }
    }

    fn compare<T: PartialEq + ToString>(&mut self, what: &str, server: T, browser: T) {
        if server != browser {
            let (server, browser) = (server.to_string(), browser.to_string());
            self.differences.push(Difference { what: what.to_owned(), server, browser });
        }
    }
}

/// `count` different blocks out of `blocks` (all, if there are no more), each set equally likely (Floyd's algorithm).
/// `random(n)` gives a number below n.
pub fn sample(blocks: u32, count: u32, mut random: impl FnMut(u32) -> u32) -> BTreeSet<u32> {
    let mut chosen = BTreeSet::new();
    for last in blocks.saturating_sub(count)..blocks {
        let candidate = random(last + 1).min(last);
        if !chosen.insert(candidate) {
            chosen.insert(last);
        }
    }
    chosen
}
