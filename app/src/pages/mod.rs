//! One file per page.

mod not_found;
mod run;
mod runs;
mod workbench;

pub use not_found::{NotFoundPage, ProblemMessage};
pub use run::RunPage;
pub use runs::RunsPage;
pub use workbench::WorkbenchPage;
