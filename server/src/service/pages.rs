//! What pages ask, while they are rendered: the same as everybody else.

use foliocast_app::api::{
    AccessKey, Account, AuditLine, CacheHistory, CacheStats, Computation, Fund, JobCounts, JobState, Page, Problem,
    Run, RunListing,
};
use foliocast_app::service::{BoxFuture, Caller, Service};
use foliocast_core::scenario::RunKey;

use super::{ServiceError, Services};
use crate::telemetry::Scope;

/// Keys, and lines of the log of changes, that the account page shows at most.
const MOST_SHOWN: u32 = 200;
const MOST_LINES: u32 = 50;

/// The services as the pages of one request reach them: parts of a page are rendered on tasks of their own, which count as
/// the request's all the same.
pub struct PageServices {
    services: Services,
    request: Scope,
}

impl PageServices {
    /// For the request that this task works for.
    pub fn of_this_request(services: Services) -> Self {
        Self { services, request: Scope::current() }
    }

    fn asked<'a, T: Send + 'a>(
        &'a self,
        caller: &'a Caller,
        answer: impl Future<Output = Result<T, ServiceError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Problem>> {
        let answer = self.request.around(answer);
        Box::pin(async move { answer.await.map_err(|error| error.to_problem(&caller.request_id)) })
    }
}

impl Service for PageServices {
    fn run<'a>(&'a self, caller: &'a Caller, key: RunKey) -> BoxFuture<'a, Result<Run, Problem>> {
        self.asked(caller, async move { self.services.run(caller, key).await?.to_run() })
    }

    fn runs<'a>(
        &'a self,
        caller: &'a Caller,
        fund_id: Option<String>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<RunListing>, Problem>> {
        self.asked(
            caller,
            async move { self.services.runs(caller, fund_id.as_deref(), limit, cursor.as_deref()).await },
        )
    }

    fn funds<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Fund>, Problem>> {
        self.asked(caller, async move { self.services.funds(caller, limit, cursor.as_deref()).await })
    }

    fn fund<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Fund, Problem>> {
        self.asked(caller, async move { self.services.fund(caller, &id).await })
    }

    fn account<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Account, Problem>> {
        self.asked(caller, self.services.account(caller))
    }

    fn keys<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AccessKey>, Problem>> {
        self.asked(caller, async move { Ok(self.services.keys(caller, MOST_SHOWN, None).await?.items) })
    }

    fn audit_log<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<AuditLine>, Problem>> {
        self.asked(caller, async move { Ok(self.services.audit_log(caller, MOST_LINES, None).await?.items) })
    }

    fn cache_stats<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheStats, Problem>> {
        self.asked(caller, self.services.cache_stats(caller, hours))
    }

    fn cache_history<'a>(&'a self, caller: &'a Caller, hours: u32) -> BoxFuture<'a, Result<CacheHistory, Problem>> {
        self.asked(caller, self.services.cache_history(caller, hours))
    }

    fn cache_log<'a>(
        &'a self,
        caller: &'a Caller,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<AuditLine>, Problem>> {
        self.asked(caller, async move { self.services.cache_log(caller, limit, cursor.as_deref()).await })
    }

    fn job_counts<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<JobCounts, Problem>> {
        self.asked(caller, self.services.job_counts(caller))
    }

    fn computations<'a>(
        &'a self,
        caller: &'a Caller,
        state: Option<JobState>,
        limit: u32,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<Page<Computation>, Problem>> {
        self.asked(caller, async move { self.services.computations(caller, state, limit, cursor.as_deref()).await })
    }

    fn computation<'a>(&'a self, caller: &'a Caller, id: String) -> BoxFuture<'a, Result<Computation, Problem>> {
        self.asked(caller, async move { self.services.computation(caller, &id).await })
    }
}
