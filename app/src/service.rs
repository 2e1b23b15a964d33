//! What the pages ask of the server: a trait the server implements and provides as Leptos context, so that the
//! interface never depends on the server.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use foliocast_core::scenario::RunKey;

pub use crate::api::Role;
use crate::api::{
    AccessKey, Account, AuditLine, CacheHistory, CacheStats, Computation, Fund, JobCounts, JobState, Page, Problem,
    Run, RunListing,
};

/// A boxed future, so that the trait can be an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// On whose behalf a service method runs. Every method authorises it itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose funds, runs and jobs.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// Name of its access key: who changed something, and whose limits count.
    pub key_name: String,
    /// Where the request came from, as far as the server can tell.
    pub address: Option<IpAddr>,
    /// The request, for logs and errors.
    pub request_id: String,
}

impl Caller {
    /// Whether there is an access key: what is asked without one has a name with spaces, which no key has.
    pub fn has_key(&self) -> bool {
        !self.key_name.contains(' ')
    }
}

/// What the pages read.
pub trait Service: Send + Sync {
    /// A run the caller has asked for before.
    fn run<'a>(&'a self, caller: &'a Caller, key: RunKey) -> BoxFuture<'a, Result<Run, Problem>>;

    /// The caller's runs, newest first.
    fn runs<'a>(
        &'a self,
        caller: &'a Caller,
        fund_id: Option<String>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<RunListing>, Problem>>;

    /// The caller's funds in byte order of their ids.
    fn funds<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Fund>, Problem>>;

    /// A fund of the caller.
    fn fund<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Fund, Problem>>;

    /// Who the caller is, and how much it may ask.
    fn account<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Account, Problem>>;

    /// All access keys in byte order of their names, for an operator.
    fn keys<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AccessKey>, Problem>>;

    /// The newest lines of the log of changes, for an operator.
    fn audit_log<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AuditLine>, Problem>>;

    /// What is asked of the cache and what it holds, within so many hours, for an operator.
    fn cache_stats<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheStats, Problem>>;

    /// The same over time, for an operator.
    fn cache_history<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheHistory, Problem>>;

    /// Lines of the log of changes that are about the cache, newest first, for an operator.
    fn cache_log<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<AuditLine>, Problem>>;

    /// How many computations there are, for an operator.
    fn job_counts<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<JobCounts, Problem>>;

    /// Computations of the installation, newest first, for an operator.
    fn computations<'a>(
        &'a self,
        caller: &'a Caller,
        state: Option<JobState>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Computation>, Problem>>;

    /// One of them, for an operator.
    fn computation<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Computation, Problem>>;
}

/// The service and the caller of this request, as Leptos context.
#[derive(Clone)]
pub struct ServiceContext {
    /// The server's services.
    pub service: Arc<dyn Service>,
    /// Who asks; `None` on pages that anybody may read.
    pub caller: Option<Caller>,
}
