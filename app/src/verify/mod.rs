//! Verify: this browser makes a run's rows again and compares digests.

mod audit;
mod check;

pub use audit::{Audit, Difference, Extent, Verdict, WholeRun, sample};
pub use check::VerifyRun;
