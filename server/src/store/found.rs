//! What both databases answer with: rows as they come, and what is made of them. Statements are each database's own.

use std::time::Duration;

use foliocast_app::service::Role;
use sqlx::FromRow;
use uuid::Uuid;

use super::computation_log::lines;
use super::{
    Access, Actor, ArtifactId, AuditRow, Before, BegunBy, Claim, ComputationRow, ComputationState, Contents, Foreseen,
    FoundSecret, FundRow, JobRow, Key, KeyRow, Kind, ListedComputation, Outcome, Priority, Record, Seal, Source,
    StoreError,
};

/// Stands in place of a damaged record's digest once the damage was counted; no record has it.
pub const KNOWN_DAMAGED: Key = [0; 32];

/// A low computation that has waited this long goes before others that came later, whatever their priority: one at a time,
/// and the next one this long after it ended. So none starves, and whoever waits has others before him only now and then.
pub const LOW_AGES_MS: i64 = 120_000;
pub const LOW_PASSES_EVERY_MS: i64 = 10_000;

/// Computations forgotten in one transaction: others may write in between.
pub const FORGOTTEN_AT_ONCE: i64 = 500;

/// Rows of what was counted that are forgotten in one transaction.
pub const FORGOTTEN_MEASURES_AT_ONCE: i64 = 5_000;

/// Why a computation failed whose claims all ran out.
pub fn given_up(max_attempts: u32) -> String {
    format!("given up: the process that computed it ended in each of {max_attempts} attempts")
}

#[derive(FromRow)]
pub struct FoundRecord {
    content_digest: Vec<u8>,
    body: Vec<u8>,
    block_digests: Vec<u8>,
    num_chunks: i64,
    chunk_bytes: i64,
    cost_us: i64,
    epoch: i64,
    made_at: i64,
    pub record_digest: Vec<u8>,
}

impl FoundRecord {
    /// The record, unless it is damaged, or somebody else put it there.
    pub fn check(self, id: ArtifactId, seal: &Seal) -> Option<Record> {
        let record = Record {
            id,
            content_digest: self.content_digest.try_into().ok()?,
            body: self.body.into(),
            block_digests: self.block_digests.into(),
            num_chunks: u32::try_from(self.num_chunks).ok()?,
            chunk_bytes: unsigned(self.chunk_bytes),
            cost_us: unsigned(self.cost_us),
            epoch: unsigned(self.epoch),
            made_at_ms: self.made_at,
        };
        (seal.digest(&record).as_slice() == self.record_digest).then_some(record)
    }
}

#[derive(FromRow)]
pub struct FoundComputation {
    computation_id: Uuid,
    state: String,
    attempts: i64,
    token: i64,
    percent: f64,
    step: String,
    error: Option<String>,
    result: Option<String>,
    ended_at: Option<i64>,
}

impl FoundComputation {
    pub fn row(self) -> Result<ComputationRow, StoreError> {
        let state = ComputationState::ALL.into_iter().find(|state| state.name() == self.state);
        Ok(ComputationRow {
            computation_id: self.computation_id,
            state: state.ok_or_else(|| StoreError::Failed(format!("a computation in state {:?}", self.state)))?,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            token: unsigned(self.token),
            percent: self.percent,
            step: self.step,
            error: self.error,
            result: self.result,
            ended_at_ms: self.ended_at,
        })
    }
}

#[derive(FromRow)]
pub struct FoundJob {
    job_id: Uuid,
    key: Vec<u8>,
    matrix_key: Vec<u8>,
    created_at: i64,
    detached_at: Option<i64>,
    #[sqlx(flatten)]
    computation: FoundComputation,
}

impl FoundJob {
    pub fn row(self) -> Result<JobRow, StoreError> {
        Ok(JobRow {
            job_id: self.job_id,
            key: key(&self.key)?,
            matrix_key: key(&self.matrix_key)?,
            created_at_ms: self.created_at,
            detached: self.detached_at.is_some(),
            computation: self.computation.row()?,
        })
    }
}

/// A computation in a list.
#[derive(FromRow)]
pub struct FoundListed {
    #[sqlx(flatten)]
    computation: FoundComputation,
    key: Vec<u8>,
    matrix_key: Vec<u8>,
    fund_id: Option<String>,
    priority: i64,
    created_at: i64,
    num_jobs: i64,
    tenants: Option<String>,
    log: String,
}

impl FoundListed {
    pub fn row(self) -> Result<ListedComputation, StoreError> {
        // Names of tenants have no comma.
        let mut tenants: Vec<String> =
            self.tenants.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
        tenants.sort_unstable();
        Ok(ListedComputation {
            computation: self.computation.row()?,
            key: key(&self.key)?,
            matrix_key: key(&self.matrix_key)?,
            fund_id: self.fund_id.unwrap_or_default(),
            priority: Priority::from_number(self.priority),
            created_at_ms: self.created_at,
            num_jobs: unsigned(self.num_jobs),
            tenants,
            log: lines(&self.log),
        })
    }
}

#[derive(FromRow)]
pub struct FoundContents {
    runs: i64,
    matrices: i64,
    bytes: i64,
    under_way: i64,
}

impl FoundContents {
    pub fn row(self) -> Contents {
        Contents {
            runs: unsigned(self.runs),
            matrices: unsigned(self.matrices),
            bytes: unsigned(self.bytes),
            under_way: unsigned(self.under_way),
        }
    }
}

/// What a submission finds.
pub fn foreseen(is_made: bool, is_under_way: bool) -> Foreseen {
    match (is_made, is_under_way) {
        // As a submission has it: who joins what is being made does not look further.
        (_, true) => Foreseen::UnderWay,
        (true, false) => Foreseen::Made,
        (false, false) => Foreseen::New,
    }
}

/// An artifact that may go.
#[derive(FromRow)]
pub struct FoundEvictable {
    kind: String,
    key: Vec<u8>,
    format: i64,
    record_bytes: i64,
    rows_bytes: i64,
}

impl FoundEvictable {
    pub fn id(&self) -> Result<ArtifactId, StoreError> {
        let format = u32::try_from(self.format)
            .map_err(|_| StoreError::Failed(format!("an artifact of format {}", self.format)))?;
        Ok(ArtifactId { kind: kind(&self.kind)?, key: key(&self.key)?, format })
    }

    pub fn record_bytes(&self) -> u64 {
        unsigned(self.record_bytes)
    }

    pub fn rows_bytes(&self) -> u64 {
        unsigned(self.rows_bytes)
    }
}

/// A computation that may be claimed.
#[derive(FromRow)]
pub struct Candidate {
    pub computation_id: Uuid,
    pub token: i64,
    pub attempts: i64,
    pub priority: i64,
    pub kind: String,
    pub key: Vec<u8>,
    pub input: String,
    pub first_request_id: Option<String>,
    pub first_job_id: Option<Uuid>,
    pub traceparent: Option<String>,
}

impl Candidate {
    /// The claim that it is, when its token and attempts are counted up.
    pub fn claimed(self, kind: Kind) -> Result<Claim, StoreError> {
        Ok(Claim {
            computation_id: self.computation_id,
            token: unsigned(self.token) + 1,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX).saturating_add(1),
            priority: Priority::from_number(self.priority),
            kind,
            key: key(&self.key)?,
            input: self.input,
            begun_by: BegunBy {
                request_id: self.first_request_id,
                job_id: self.first_job_id,
                traceparent: self.traceparent,
            },
        })
    }
}

#[derive(FromRow)]
pub struct FoundAccess {
    made: bool,
    source: String,
    asked_at: i64,
    fund_id: String,
}

impl FoundAccess {
    pub fn row(self) -> Result<Access, StoreError> {
        let source = Source::from_name(&self.source)
            .ok_or_else(|| StoreError::Failed(format!("a configuration from {:?}", self.source)))?;
        Ok(Access { made: self.made, source, asked_at_ms: self.asked_at, fund_id: self.fund_id })
    }
}

#[derive(FromRow)]
pub struct FoundFund {
    fund_id: String,
    input: String,
    size_amount: Option<f64>,
    size_currency: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl From<FoundFund> for FundRow {
    fn from(found: FoundFund) -> Self {
        Self {
            fund_id: found.fund_id,
            input: found.input,
            size: found.size_amount.zip(found.size_currency),
            created_at_ms: found.created_at,
            updated_at_ms: found.updated_at,
        }
    }
}

#[derive(FromRow)]
pub struct FoundKey {
    name: String,
    tenant: String,
    role: String,
    created_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl FoundKey {
    pub fn row(self) -> Result<KeyRow, StoreError> {
        Ok(KeyRow {
            role: Role::from_name(&self.role)
                .ok_or_else(|| StoreError::Failed(format!("a key with the role {:?}", self.role)))?,
            name: self.name,
            tenant: self.tenant,
            created_by: self.created_by,
            created_at_ms: self.created_at,
            expires_at_ms: self.expires_at,
            revoked_at_ms: self.revoked_at,
            last_used_at_ms: self.last_used_at,
        })
    }
}

#[derive(FromRow)]
pub struct FoundHash {
    #[sqlx(flatten)]
    key: FoundKey,
    hash: Vec<u8>,
    session_expires_at: Option<i64>,
}

impl FoundHash {
    pub fn found(self) -> Result<FoundSecret, StoreError> {
        Ok(FoundSecret { key: self.key.row()?, hash: key(&self.hash)?, session_expires_at_ms: self.session_expires_at })
    }
}

#[derive(FromRow)]
pub struct FoundLine {
    audit_id: Uuid,
    at: i64,
    tenant: String,
    key_name: String,
    action: String,
    subject: String,
    reason: Option<String>,
    request_id: String,
}

impl From<FoundLine> for AuditRow {
    fn from(found: FoundLine) -> Self {
        let FoundLine { audit_id, at, tenant, key_name, action, subject, reason, request_id } = found;
        Self { audit_id, at_ms: at, actor: Actor { tenant, key_name, request_id }, action, subject, reason }
    }
}

/// What there was of a thing that is not there as it should be.
pub fn before(is_damaged: bool, is_evicted: bool, was_made: bool, was_dropped: bool) -> Before {
    match (is_damaged, is_evicted, was_made, was_dropped) {
        (true, ..) => Before::Damaged,
        (false, true, ..) => Before::Evicted,
        (false, false, true, true) => Before::Dropped,
        // One of another kernel has another key.
        (false, false, ..) => Before::Nothing,
    }
}

/// A column that the schema checks to be a key.
pub fn key(bytes: &[u8]) -> Result<Key, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Failed(format!("a key of {} bytes; 32 belong there", bytes.len())))
}

/// A column that names a kind.
pub fn kind(name: &str) -> Result<Kind, StoreError> {
    Kind::from_name(name).ok_or_else(|| StoreError::Failed(format!("an artifact of kind {name:?}")))
}

/// Chunks of an artifact, where there was one.
pub fn num_chunks(kept: Option<i64>) -> u32 {
    kept.and_then(|kept| u32::try_from(kept).ok()).unwrap_or(0)
}

/// A number that is never negative here, as databases keep it.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that is never negative, as a database kept it.
pub fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What became of a write that carried a token, by the rows it changed.
pub fn outcome(rows_affected: u64) -> Outcome {
    if rows_affected == 0 { Outcome::Stale } else { Outcome::Done }
}

/// A duration as databases keep it.
pub fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
