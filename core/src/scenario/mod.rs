//! Scenario runs: what is asked ([`Config`]), what it is called ([`MatrixKey`], [`RunKey`]), how it is made
//! ([`Generator`]), and what it says ([`Summary`]).

mod checksum;
mod config;
mod digest;
mod gathered;
mod generator;
mod key;
mod marginal;
pub(crate) mod number;
mod outlook;
mod preview;
mod recycling;
mod run;
mod shocks;
mod streams;
mod summary;
mod warning;
mod workers;

pub use checksum::f64_checksum;
pub use config::{Band, Bucket, Config, CorrelationWeights, Limits, Marginal, Recycling, default_fund};
pub use digest::{BLOCK_ROWS, block_digest, block_rows, matrix_digest, num_blocks};
pub use gathered::{Column, ColumnOrder, GatheredRun, OrderedColumn};
pub use generator::{Generator, Observed, Scratch};
pub use key::{Digest, MatrixKey, ParseHashError, RunKey};
pub use outlook::{AtCap, DealOutlook};
pub use preview::Preview;
pub use recycling::{RecyclingOutcome, RecyclingRule};
#[cfg(feature = "rayon")]
pub use run::summarise_matrix_on;
pub use run::{Cancelled, Matrix, Run, RunOutcome, RunProgress, fund_outcomes, summarise_matrix};
pub use summary::{
    BucketSummary, Comparison, Correlation, Deployed, Difference, Differences, DifferentRows, Distribution,
    DistributionErrors, FundFigures, FundOutcomes, FundSummary, Histogram, Interval, MeanErrorMethod, NotAdjacent,
    Partial, Probabilities, QuantileMethod, Quantiles, Summary, SummaryPlan,
};
pub use warning::{Warning, WarningCode};

/// The version of the scenario model (`docs/MODEL.md`).
pub const MODEL_VERSION: u32 = 1;

/// The version of the kernel: its elementary functions and their operation order. Equal numbers, equal bits.
pub const KERNEL_VERSION: u32 = 1;

/// Above this many scenarios no rows are kept, and quantiles come from exact counts by the top bits of the f32.
pub const MAX_KEPT_SCENARIOS: u32 = 10_000_000;
