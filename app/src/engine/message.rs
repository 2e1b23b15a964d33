//! What pages and engine workers say to each other, as JSON text.

use foliocast_core::scenario::{Digest, FundFigures, Summary, Warning};
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
        /// The preview it belongs to.
        id: Option<u32>,
        /// Why.
        message: String,
    },
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
