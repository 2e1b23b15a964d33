//! What the pages ask of the services.

use foliocast_app::api::{
    AccessKey, Account, AuditLine, CacheHistory, CacheStats, Computation, Fund, JobCounts, JobState, Page, Problem,
    Run, RunListing,
};
use foliocast_app::service::{BoxFuture, Caller};
use foliocast_core::scenario::RunKey;

use super::{ServiceError, Services};

/// Keys, and lines of the log of changes, that the account page shows at most.
const MOST_SHOWN: u32 = 200;
const MOST_LINES: u32 = 50;

/// An answer as the pages have it.
fn told<T>(answer: Result<T, ServiceError>, caller: &Caller) -> Result<T, Problem> {
    answer.map_err(|error| error.to_problem(&caller.request_id))
}

impl foliocast_app::service::Service for Services {
    fn run<'a>(&'a self, caller: &'a Caller, key: RunKey) -> BoxFuture<'a, Result<Run, Problem>> {
        Box::pin(async move { told(Self::run(self, caller, key).await.and_then(|answer| answer.to_run()), caller) })
    }

    fn runs<'a>(
        &'a self,
        caller: &'a Caller,
        fund_id: Option<String>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<RunListing>, Problem>> {
        Box::pin(
            async move { told(Self::runs(self, caller, fund_id.as_deref(), limit, cursor.as_deref()).await, caller) },
        )
    }

    fn funds<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Fund>, Problem>> {
        Box::pin(async move { told(Self::funds(self, caller, limit, cursor.as_deref()).await, caller) })
    }

    fn fund<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Fund, Problem>> {
        Box::pin(async move { told(Self::fund(self, caller, &id).await, caller) })
    }

    fn account<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Account, Problem>> {
        Box::pin(async move { told(Self::account(self, caller).await, caller) })
    }

    fn keys<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AccessKey>, Problem>> {
        Box::pin(async move { told(Self::keys(self, caller, MOST_SHOWN, None).await.map(|page| page.items), caller) })
    }

    fn audit_log<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AuditLine>, Problem>> {
        Box::pin(
            async move { told(Self::audit_log(self, caller, MOST_LINES, None).await.map(|page| page.items), caller) },
        )
    }

    fn cache_stats<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheStats, Problem>> {
        Box::pin(async move { told(Self::cache_stats(self, caller, hours).await, caller) })
    }

    fn cache_history<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheHistory, Problem>> {
        Box::pin(async move { told(Self::cache_history(self, caller, hours).await, caller) })
    }

    fn cache_log<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<AuditLine>, Problem>> {
        Box::pin(async move { told(Self::cache_log(self, caller, limit, cursor.as_deref()).await, caller) })
    }

    fn job_counts<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<JobCounts, Problem>> {
        Box::pin(async move { told(Self::job_counts(self, caller).await, caller) })
    }

    fn computations<'a>(
        &'a self,
        caller: &'a Caller,
        state: Option<JobState>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Computation>, Problem>> {
        Box::pin(async move { told(Self::computations(self, caller, state, limit, cursor.as_deref()).await, caller) })
    }

    fn computation<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Computation, Problem>> {
        Box::pin(async move { told(Self::computation(self, caller, &id).await, caller) })
    }
}
