//! What pages and engine workers say to each other, as JSON text.

use foliocast_core::scenario::{Comparison, Digest, FundFigures, Summary, Warning};
use serde::{Deserialize, Serialize};

/// From a page to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToWorker {
    /// Load the engine from these addresses.
    Start {
        /// The engine's script.
        engine: String,
        /// The engine's WebAssembly module.
        module: String,
    },
    /// Preview a configuration; replaces a preview under way.
    Preview {
        /// Comes back with the frames.
        id: u32,
        /// The configuration's JSON text.
        configuration: String,
        /// Rows of the frames, rising.
        stages: Vec<u32>,
        /// What of it the worker makes.
        part: Part,
        /// Variants that it is compared with.
        pins: Vec<Pinned>,
    },
    /// Compare runs with the first of them.
    Pair {
        /// The configurations' JSON texts.
        configurations: Vec<String>,
        /// Rows of each that are compared, the first ones.
        rows: u32,
    },
    /// Make what others are compared with; ends what is under way for the one before it.
    Base {
        /// Comes back with the answers.
        id: u32,
        /// The configuration's JSON text.
        configuration: String,
    },
    /// Compare with the base.
    Compare {
        /// The base's id.
        id: u32,
        /// JSON texts of configurations with as many scenarios.
        configurations: Vec<String>,
    },
    /// Compute digests of blocks.
    Blocks {
        /// The configuration's JSON text.
        configuration: String,
        /// The blocks.
        blocks: Vec<u32>,
    },
    /// Make the whole run.
    Run {
        /// The configuration's JSON text.
        configuration: String,
    },
}

/// A variant that was put aside, to be compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pinned {
    /// Comes back with the comparison.
    pub pin: u32,
    /// The configuration's JSON text.
    pub configuration: String,
}

/// What a worker makes of a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// All of it, the fund's figures first.
    All,
    /// What stands behind the fund's figures, which the page has, and sharper frames.
    Rest,
    /// What stands behind the fund's figures of the first frame: inputs still move.
    Passing,
}

/// From a worker to a page.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromWorker {
    /// The engine is loaded.
    Ready {},
    /// The engine cannot run here.
    Unavailable {
        /// Why.
        message: String,
    },
    /// The fund's figures of a preview, before all others of its first stage.
    Fund {
        /// The request's id.
        id: u32,
        /// Rows behind it.
        rows: u32,
        /// Time spent computing this stage so far, milliseconds.
        computed_ms: f64,
        /// Whether no stage follows.
        is_last: bool,
        /// What the rows say of the fund.
        result: Box<FundFigures>,
    },
    /// A preview after one of its stages.
    Frame {
        /// The request's id.
        id: u32,
        /// Rows behind it.
        rows: u32,
        /// Time spent computing this stage, milliseconds.
        computed_ms: f64,
        /// Whether no sharper frame follows.
        is_last: bool,
        /// What the rows say.
        result: Box<PreviewResult>,
    },
    /// What changes from other variants to a preview, or from a run to others.
    Paired(Box<Paired>),
    /// A base is made.
    Based {
        /// Its id.
        id: u32,
        /// What its rows say of the fund.
        fund: Box<FundFigures>,
    },
    /// How configurations differ from the base.
    Compared {
        /// The base's id.
        id: u32,
        /// In the order they were asked for.
        comparisons: Vec<Comparison>,
    },
    /// Digests of blocks, as far as they came since the last message.
    Digests {
        /// Blocks and their digests.
        digests: Vec<(u32, Digest)>,
    },
    /// How far a run is.
    Progress {
        /// Blocks made.
        blocks_done: u32,
        /// Blocks in all.
        blocks: u32,
    },
    /// A run is finished.
    Outcome {
        /// Digest of its matrix.
        digest: Digest,
        /// Digest of its summary.
        summary_digest: Digest,
    },
    /// The engine refused or failed.
    Failed {
        /// The preview or the base it belongs to.
        id: Option<u32>,
        /// Why.
        message: String,
    },
}

/// Variants side by side, in as many rows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Paired {
    /// The preview's request; 0 for runs.
    pub id: u32,
    /// Rows of each variant.
    pub rows: u32,
    /// The figures of the preview, or of the first run.
    pub fund: FundFigures,
    /// The pinned variants, or the other runs.
    pub variants: Vec<PairedVariant>,
}

impl Paired {
    /// What is said of the pinned variant `pin`.
    pub fn of_pin(&self, pin: u32) -> Option<&PairedVariant> {
        self.variants.iter().find(|variant| variant.pin == pin)
    }
}

/// One variant beside another.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PairedVariant {
    /// Its number; of runs, its place in the request.
    pub pin: u32,
    /// Its figures.
    pub fund: FundFigures,
    /// What changes from a pinned variant to the preview, or from the first run to this one.
    pub comparison: Comparison,
}

/// What a preview says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewResult {
    /// The summary of its rows.
    pub summary: Summary,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}
