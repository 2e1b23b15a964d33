//! What the pages ask of the server: a trait the server implements and provides as Leptos context, so that the
//! interface never depends on the server.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use foliocast_core::scenario::RunKey;

use crate::api::{Fund, Page, Problem, Run, RunListing};

/// A boxed future, so that the trait can be an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read what it may see.
    Reader,
    /// Run things.
    Analyst,
    /// Steer the installation.
    Operator,
}

/// On whose behalf a service method runs. Every method authorises it itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose funds, runs and jobs.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// The request, for logs and errors.
    pub request_id: String,
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
}

/// The service and the caller of this request, as Leptos context.
#[derive(Clone)]
pub struct ServiceContext {
    /// The server's services.
    pub service: Arc<dyn Service>,
    /// Who asks.
    pub caller: Caller,
}
