//! One file per page.

mod compare;
mod funds;
mod not_found;
mod run;
mod runs;
pub mod workbench;

pub use compare::ComparePage;
pub use funds::FundsPage;
pub use not_found::{NotFoundPage, ProblemMessage};
pub use run::RunPage;
pub use runs::RunsPage;
pub use workbench::WorkbenchPage;
