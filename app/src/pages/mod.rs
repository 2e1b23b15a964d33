//! One file per page.

mod article;
mod compare;
mod funds;
mod live_article;
mod not_found;
mod run;
mod runs;
pub mod workbench;

pub use article::{AccountPage, EmbedPage, FigurePage, ReportPage, SignInPage};
pub use compare::ComparePage;
pub use funds::FundsPage;
pub use live_article::{CachePage, JobPage, JobsPage};
pub use not_found::{NotFoundPage, ProblemMessage};
pub use run::RunPage;
#[cfg(feature = "ssr")]
pub(crate) use run::{ConfigurationWords, NO_LIMITS};
pub use runs::RunsPage;
pub use workbench::WorkbenchPage;
