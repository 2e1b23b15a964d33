//! A store that stops, refuses or panics where a test says so, and otherwise is the real one.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foliocast::clock::Clock;
use foliocast::service::{ServiceSettings, Services};
use foliocast::store::sqlite::SqliteStore;
use foliocast::store::{
    self, Access, Acknowledged, Acknowledgements, ArtifactId, ArtifactStore, AuditPosition, AuditRow, BusyFund, Change,
    Claim, Completion, ComputationRow, ComputationState, ComputationStore, Contents, Created, Dropping, DurableUse,
    Evicted, Eviction, EvictionStore, Foreseen, FoundSecret, FundMustBe, FundRow, JobCount, JobRow, Key, KeyRow,
    KeyStore, Kind, ListedComputation, ListedRun, Lookup, MeasureStore, MeasuresKept, Member, MemberStore, NewJob,
    NewKey, Outcome, OversightStore, Period, Priority, Record, Report, Reporter, Retried, Revoked, RunAsks,
    RunPosition, Scope, SecretHash, SlowRequest, Source, Store, StoreEvent, StoreFuture, Submitted, Sum, TenantStore,
    Usage, Used,
};
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a test can come between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A job was written down; its request has not heard of it.
    Submitted,
    /// A request that waits looks its computation up.
    Waiting,
    /// An attempt asks for an epoch: the first it does is to ask for that of the run it makes.
    Epoch(Kind, Key),
    /// An attempt is about to write this chunk.
    PutChunk(u32),
    /// A chunk is about to be read.
    ReadChunk,
    /// An attempt is about to write its result.
    Complete,
    /// A key is about to be looked up by its text.
    FindKey,
    /// It was looked up, and whoever asked has not heard of it.
    FoundKey,
}

/// What happens at a moment, before the store goes on.
pub type Interruption = StoreFuture<'static, ()>;

/// Nothing happens.
pub fn go_on() -> Interruption {
    Box::pin(async { Ok(()) })
}

/// Holds whoever comes until it is opened.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    reached: CancellationToken,
    opened: CancellationToken,
}

impl Gate {
    /// Waits at the gate.
    pub fn hold(&self) -> Interruption {
        self.reached.cancel();
        let opened = self.opened.clone();
        Box::pin(async move {
            opened.cancelled().await;
            Ok(())
        })
    }

    /// To come between with: holds whoever comes at one of these moments.
    pub fn holding<F>(&self, held: F) -> impl Fn(Moment) -> Interruption + Send + Sync + use<F>
    where
        F: Fn(Moment) -> bool + Send + Sync + 'static,
    {
        let gate = self.clone();
        move |moment| if held(moment) { gate.hold() } else { go_on() }
    }

    /// Waits until somebody has come to the gate.
    pub async fn reached(&self) {
        self.reached.cancelled().await;
    }

    /// Lets everybody pass from now on.
    pub fn open(&self) {
        self.opened.cancel();
    }
}

/// Services over such a store.
pub async fn open_gated(
    settings: &ServiceSettings,
    clock: Arc<dyn Clock>,
    at: impl Fn(Moment) -> Interruption + Send + Sync + 'static,
) -> Services {
    let store = SqliteStore::open(&settings.data_dir, Arc::clone(&clock)).await.unwrap();
    Services::over(settings, Arc::new(GatedStore { store, at: Box::new(at) }), clock).await.unwrap()
}

struct GatedStore {
    store: SqliteStore,
    at: Box<dyn Fn(Moment) -> Interruption + Send + Sync>,
}

impl ArtifactStore for GatedStore {
    fn record(&self, id: ArtifactId) -> StoreFuture<'_, Lookup<Record>> {
        self.store.record(id)
    }
    fn chunk(&self, id: ArtifactId, chunk: u32) -> StoreFuture<'_, Option<Bytes>> {
        Box::pin(async move {
            (self.at)(Moment::ReadChunk).await?;
            self.store.chunk(id, chunk).await
        })
    }
    fn put_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            (self.at)(Moment::PutChunk(chunk)).await?;
            self.store.put_chunk(id, chunk, encoded).await
        })
    }
    fn restore_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, bool> {
        self.store.restore_chunk(id, chunk, encoded)
    }
    fn epoch(&self, kind: Kind, key: Key) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            (self.at)(Moment::Epoch(kind, key)).await?;
            self.store.epoch(kind, key).await
        })
    }
    fn epochs(&self) -> StoreFuture<'_, Vec<(Kind, Key, u64)>> {
        self.store.epochs()
    }
    fn drop_chunks(&self, id: ArtifactId) -> StoreFuture<'_, ()> {
        self.store.drop_chunks(id)
    }
    fn collect_chunks(&self) -> StoreFuture<'_, u64> {
        self.store.collect_chunks()
    }
    fn drop_artifacts(&self, scope: Scope, change: Option<Change>) -> StoreFuture<'_, Dropping> {
        self.store.drop_artifacts(scope, change)
    }
    fn num_damaged(&self) -> u64 {
        self.store.num_damaged()
    }
}

impl EvictionStore for GatedStore {
    fn used(&self, artifacts: Vec<ArtifactId>, are_held: bool) -> StoreFuture<'_, ()> {
        self.store.used(artifacts, are_held)
    }
    fn evict(&self, eviction: Eviction, at_most: u32) -> StoreFuture<'_, Option<Evicted>> {
        self.store.evict(eviction, at_most)
    }
    fn is_evicted(&self, id: ArtifactId) -> StoreFuture<'_, bool> {
        self.store.is_evicted(id)
    }
    fn fold_sums(&self) -> StoreFuture<'_, ()> {
        self.store.fold_sums()
    }
}

impl ComputationStore for GatedStore {
    fn submit(&self, job: NewJob, max_waiting: u32) -> StoreFuture<'_, Submitted> {
        Box::pin(async move {
            let submitted = self.store.submit(job, max_waiting).await?;
            (self.at)(Moment::Submitted).await?;
            Ok(submitted)
        })
    }
    fn claim(
        &self,
        lease: Duration,
        max_attempts: u32,
        running: Vec<Uuid>,
        lowest: Priority,
        process: &str,
    ) -> StoreFuture<'_, Option<Claim>> {
        self.store.claim(lease, max_attempts, running, lowest, process)
    }
    fn renew(&self, id: Uuid, token: u64, lease: Duration, percent: f64, step: &str) -> StoreFuture<'_, Outcome> {
        self.store.renew(id, token, lease, percent, step)
    }
    fn complete(&self, id: Uuid, token: u64, completion: Completion) -> StoreFuture<'_, Outcome> {
        Box::pin(async move {
            (self.at)(Moment::Complete).await?;
            self.store.complete(id, token, completion).await
        })
    }
    fn fail(&self, id: Uuid, token: u64, error: &str, retry_after: Option<Duration>) -> StoreFuture<'_, Outcome> {
        self.store.fail(id, token, error, retry_after)
    }
    fn release(&self, id: Uuid, token: u64, after: Duration) -> StoreFuture<'_, Outcome> {
        self.store.release(id, token, after)
    }
    fn recent_results(&self, limit: u32) -> StoreFuture<'_, Vec<String>> {
        self.store.recent_results(limit)
    }

    fn release_all(&self) -> StoreFuture<'_, u64> {
        self.store.release_all()
    }
    fn detach(&self, tenant: &str, job_id: Uuid, change: Option<Change>) -> StoreFuture<'_, Option<JobRow>> {
        self.store.detach(tenant, job_id, change)
    }
    fn job(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>> {
        self.store.job(tenant, job_id)
    }
    fn computation(&self, id: Uuid) -> StoreFuture<'_, Option<ComputationRow>> {
        Box::pin(async move {
            (self.at)(Moment::Waiting).await?;
            self.store.computation(id).await
        })
    }
    fn prune(&self, age: Duration) -> StoreFuture<'_, u64> {
        self.store.prune(age)
    }
}

impl TenantStore for GatedStore {
    fn access(&self, tenant: &str, run_key: Key) -> StoreFuture<'_, Option<Access>> {
        self.store.access(tenant, run_key)
    }
    fn grant(&self, tenant: &str, run_key: Key, source: Source, change: Change) -> StoreFuture<'_, ()> {
        self.store.grant(tenant, run_key, source, change)
    }
    fn touch(&self, asked: Vec<(String, Key, Source, i64)>) -> StoreFuture<'_, ()> {
        self.store.touch(asked)
    }
    fn matrix_access(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<(i64, String)>> {
        self.store.matrix_access(tenant, matrix_key)
    }
    fn run_input(&self, run_key: Key) -> StoreFuture<'_, Option<String>> {
        self.store.run_input(run_key)
    }
    fn matrix_input(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<String>> {
        self.store.matrix_input(tenant, matrix_key)
    }
    fn runs(
        &self,
        tenant: &str,
        format: u32,
        fund_id: Option<&str>,
        limit: u32,
        after: Option<RunPosition>,
    ) -> StoreFuture<'_, Vec<ListedRun>> {
        self.store.runs(tenant, format, fund_id, limit, after)
    }
    fn funds(&self, tenant: &str, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<FundRow>> {
        self.store.funds(tenant, limit, after)
    }
    fn fund(&self, tenant: &str, fund_id: &str) -> StoreFuture<'_, Option<FundRow>> {
        self.store.fund(tenant, fund_id)
    }
    fn put_fund(
        &self,
        tenant: &str,
        fund: FundRow,
        must_be: FundMustBe,
        change: Change,
    ) -> StoreFuture<'_, Option<FundRow>> {
        self.store.put_fund(tenant, fund, must_be, change)
    }
    fn delete_fund(&self, tenant: &str, fund_id: &str, change: Change) -> StoreFuture<'_, bool> {
        self.store.delete_fund(tenant, fund_id, change)
    }
}

impl KeyStore for GatedStore {
    fn create_key(&self, key: NewKey, change: Change) -> StoreFuture<'_, Created> {
        self.store.create_key(key, change)
    }
    fn has_keys(&self) -> StoreFuture<'_, bool> {
        self.store.has_keys()
    }
    fn keys(&self, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<KeyRow>> {
        self.store.keys(limit, after)
    }
    fn key(&self, name: &str) -> StoreFuture<'_, Option<KeyRow>> {
        self.store.key(name)
    }
    fn revoke_key(&self, name: &str, keep_last: bool, change: Change) -> StoreFuture<'_, Revoked> {
        self.store.revoke_key(name, keep_last, change)
    }
    fn key_by_secret(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        Box::pin(async move {
            (self.at)(Moment::FindKey).await?;
            let found = self.store.key_by_secret(lookup).await?;
            (self.at)(Moment::FoundKey).await?;
            Ok(found)
        })
    }
    fn key_by_session(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        self.store.key_by_session(lookup)
    }
    fn open_session(
        &self,
        token: SecretHash,
        key_name: &str,
        expires_at_ms: i64,
        most: u32,
        change: Change,
    ) -> StoreFuture<'_, bool> {
        self.store.open_session(token, key_name, expires_at_ms, most, change)
    }
    fn close_session(&self, lookup: [u8; 8], change: Change) -> StoreFuture<'_, bool> {
        self.store.close_session(lookup, change)
    }
    fn add_usage(&self, used: Vec<Used>) -> StoreFuture<'_, ()> {
        self.store.add_usage(used)
    }
    fn usage(&self, key_name: &str, since_day: i64) -> StoreFuture<'_, Vec<Usage>> {
        self.store.usage(key_name, since_day)
    }
    fn forget_old(&self, ended_before_ms: i64, before_day: i64) -> StoreFuture<'_, ()> {
        self.store.forget_old(ended_before_ms, before_day)
    }
    fn log_change(&self, change: Change) -> StoreFuture<'_, AuditPosition> {
        self.store.log_change(change)
    }

    fn cache_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        self.store.cache_log(limit, after)
    }

    fn audit_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        self.store.audit_log(limit, after)
    }
}

impl MemberStore for GatedStore {
    fn attend(
        &self,
        member: &Member,
        lease: Duration,
        seen: u64,
        acknowledged: Vec<Acknowledged>,
    ) -> StoreFuture<'_, Vec<Dropping>> {
        self.store.attend(member, lease, seen, acknowledged)
    }
    fn leave(&self, member: Uuid) -> StoreFuture<'_, ()> {
        self.store.leave(member)
    }
    fn acknowledgements(&self, number: u64) -> StoreFuture<'_, Acknowledgements> {
        self.store.acknowledgements(number)
    }
    fn forget_drops(&self, age: Duration) -> StoreFuture<'_, ()> {
        self.store.forget_drops(age)
    }
}

impl MeasureStore for GatedStore {
    fn report(&self, report: Report) -> StoreFuture<'_, ()> {
        self.store.report(report)
    }

    fn ask_for_reports(&self) -> StoreFuture<'_, i64> {
        self.store.ask_for_reports()
    }

    fn reporters(&self) -> StoreFuture<'_, Vec<Reporter>> {
        self.store.reporters()
    }

    fn sums(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Sum>> {
        self.store.sums(period, from_ms, until_ms)
    }

    fn latencies(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Bytes>> {
        self.store.latencies(period, from_ms, until_ms)
    }

    fn moments(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<store::Moment>> {
        self.store.moments(period, from_ms, until_ms)
    }

    fn busiest_funds(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<BusyFund>> {
        self.store.busiest_funds(from_ms, limit)
    }

    fn slowest(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<SlowRequest>> {
        self.store.slowest(from_ms, limit)
    }

    fn durable_use(&self) -> StoreFuture<'_, Vec<DurableUse>> {
        self.store.durable_use()
    }

    fn count_asks(&self, asks: Vec<RunAsks>, at_ms: i64) -> StoreFuture<'_, ()> {
        self.store.count_asks(asks, at_ms)
    }

    fn most_asked(&self, since_ms: i64, limit: u32) -> StoreFuture<'_, Vec<RunAsks>> {
        self.store.most_asked(since_ms, limit)
    }

    fn job_counts(&self, failed_within: Duration) -> StoreFuture<'_, Vec<JobCount>> {
        self.store.job_counts(failed_within)
    }

    fn forget_measures(&self, kept: MeasuresKept) -> StoreFuture<'_, bool> {
        self.store.forget_measures(kept)
    }
}

impl OversightStore for GatedStore {
    fn computations(
        &self,
        state: Option<ComputationState>,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreFuture<'_, Vec<ListedComputation>> {
        self.store.computations(state, after, limit)
    }

    fn listed_computation(&self, id: Uuid) -> StoreFuture<'_, Option<ListedComputation>> {
        self.store.listed_computation(id)
    }

    fn cancel(&self, id: Uuid, change: Change) -> StoreFuture<'_, Option<ListedComputation>> {
        self.store.cancel(id, change)
    }

    fn retry(&self, id: Uuid, max_waiting: u32, change: Change) -> StoreFuture<'_, Retried> {
        self.store.retry(id, max_waiting, change)
    }

    fn foresee(&self, run_key: Key, format: u32) -> StoreFuture<'_, Foreseen> {
        self.store.foresee(run_key, format)
    }

    fn contents(&self, scope: Scope) -> StoreFuture<'_, Contents> {
        self.store.contents(scope)
    }
}

impl Store for GatedStore {
    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
    fn events(&self) -> BoxStream<'static, StoreEvent> {
        self.store.events()
    }
    fn check(&self) -> StoreFuture<'_, ()> {
        self.store.check()
    }
    fn installation_secret(&self) -> [u8; 32] {
        self.store.installation_secret()
    }
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.store.close()
    }
}
