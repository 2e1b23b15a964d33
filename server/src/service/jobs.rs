//! Jobs: how far, how ended, who no longer waits.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use foliocast_app::api::{CacheInfo, Job, JobLinks, JobState, Problem, Tier};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{MatrixKey, RunKey};
use futures::Stream;
use tokio::time::Instant;
use uuid::Uuid;

use super::followers::{Follower, MOST_FOLLOWED};
use super::runs::LOOK;
use super::{Inner, JobEvent, ServiceError, Services, authorise, change};
use crate::jobs::{Following, Progress, Step};
use crate::store::{Action, Change, ComputationState, JobRow, StoreError};

/// Between two states of a job that differ in progress only.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

impl Services {
    /// A job of the caller's tenant. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn job(&self, caller: &Caller, id: &str) -> Result<Job, ServiceError> {
        authorise(caller, Role::Reader)?;
        let row = self.inner.find_job(caller, id).await?;
        let progress = self.inner.live.follow(row.computation.computation_id).latest();
        Ok(self.inner.job(&row, &progress, caller))
    }

    /// Detaches a job from its computation, which stops when nobody waits; answers the job as it then is. Analyst.
    ///
    /// # Errors
    /// 404.
    pub async fn detach(&self, caller: &Caller, id: &str) -> Result<Job, ServiceError> {
        authorise(caller, Role::Analyst)?;
        let row = match Uuid::parse_str(id) {
            Ok(job_id) => {
                let detach = change(caller, Action::DetachJob, job_id.to_string());
                self.inner.detach_job(&caller.tenant, job_id, Some(detach)).await?
            }
            Err(_) => None,
        };
        let row = row.ok_or_else(|| no_job(id))?;
        Ok(self.inner.job(&row, &Progress::default(), caller))
    }

    /// The states of a job: the present one first, then each change; ends after `complete`, `failed` or `cancelled`,
    /// or when the services shut down. Reader.
    ///
    /// # Errors
    /// 404; 429 where the tenant follows as many as it may.
    pub async fn job_events(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Pin<Box<dyn Stream<Item = JobEvent> + Send>>, ServiceError> {
        authorise(caller, Role::Reader)?;
        let row = self.inner.find_job(caller, id).await?;
        let follower = self.inner.followers.enter(&caller.tenant).ok_or_else(|| ServiceError::TooMany {
            message: format!("{MOST_FOLLOWED} streams of events are open already, as many as may be; close some"),
            retry_after: Duration::from_secs(5),
        })?;
        let following = self.inner.live.follow(row.computation.computation_id);
        let inner = Arc::clone(&self.inner);
        let watcher = Watcher {
            inner,
            caller: caller.clone(),
            following,
            row,
            told: None,
            looked_at: Instant::now(),
            _follower: follower,
        };
        Ok(Box::pin(futures::stream::unfold(watcher, Watcher::next)))
    }
}

/// Somebody who reads a job's events.
struct Watcher {
    inner: Arc<Inner>,
    caller: Caller,
    following: Following,
    row: JobRow,
    /// Revision of the last state told.
    told: Option<u64>,
    /// When it was last looked whether the job is still attached, and whoever follows still let in.
    looked_at: Instant,
    _follower: Follower,
}

impl Watcher {
    async fn next(mut self) -> Option<(JobEvent, Self)> {
        if self.told == Some(FINAL_REVISION) {
            return None;
        }
        loop {
            // By time and not by silence: a job may move on without a pause.
            if self.looked_at.elapsed() >= LOOK {
                self.looked_at = Instant::now();
                self.refresh().await;
                if !self.inner.is_still_let_in(&self.caller).await {
                    return None;
                }
            }
            let progress = self.following.latest();
            // A computation that is made here says itself how far it is; the store knows the rest.
            if self.told.is_none() || !progress.here || progress.ended {
                match self.inner.store.job(&self.caller.tenant, self.row.job_id).await {
                    Ok(Some(row)) => self.row = row,
                    Ok(None) => return None,
                    Err(error) => tracing::warn!(%error, "could not look up a job that is followed"),
                }
            }
            let job = self.inner.job(&self.row, &progress, &self.caller);
            let revision = revision(&self.row, &progress, &job);
            // What is not above what was told is a repetition, or was flushed before it.
            if self.told.is_none_or(|told| revision > told) {
                self.told = Some(revision);
                return Some((JobEvent { revision, job }, self));
            }
            if self.inner.stopping.is_cancelled() {
                return None;
            }
            tokio::select! {
                () = async {
                    self.following.changed_to(|_| true).await;
                    tokio::time::sleep(PROGRESS_PAUSE).await;
                } => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.inner.stopping.cancelled() => {}
            }
        }
    }

    /// Looks the job up: it may have been detached while its computation goes on.
    async fn refresh(&mut self) {
        if let Ok(Some(row)) = self.inner.store.job(&self.caller.tenant, self.row.job_id).await {
            self.row = row;
        }
    }
}

impl Inner {
    async fn find_job(&self, caller: &Caller, id: &str) -> Result<JobRow, ServiceError> {
        let job_id = Uuid::parse_str(id).map_err(|_| no_job(id))?;
        self.store.job(&caller.tenant, job_id).await?.ok_or_else(|| no_job(id))
    }

    /// Detaches a job, and stops its computation if nobody else waits.
    pub(super) async fn detach_job(
        &self,
        tenant: &str,
        job_id: Uuid,
        change: Option<Change>,
    ) -> Result<Option<JobRow>, StoreError> {
        let row = self.store.detach(tenant, job_id, change).await?;
        if let Some(JobRow { computation, .. }) = &row {
            if computation.state == ComputationState::Cancelled {
                self.workers.stop_unwanted(computation.computation_id);
            }
            // Whoever follows this job has to look.
            self.live.nudge(computation.computation_id);
        }
        Ok(row)
    }

    fn job(&self, row: &JobRow, progress: &Progress, caller: &Caller) -> Job {
        let computation = &row.computation;
        let state = if row.detached { JobState::Cancelled } else { state_of(computation.state, progress) };
        let run_key = RunKey::from_bytes(row.key);
        let live = progress.here && state == JobState::Active;
        let ended_at_ms = computation.ended_at_ms.unwrap_or(row.created_at_ms);
        Job {
            job_id: row.job_id.to_string(),
            run_key,
            matrix_key: MatrixKey::from_bytes(row.matrix_key),
            state,
            percent: if live { progress.percent } else { computation.percent },
            step: match state {
                JobState::Cancelled => "cancelled".to_owned(),
                _ if live => progress.step.name().to_owned(),
                _ => computation.step.clone(),
            },
            attempts: if live { progress.attempts } else { computation.attempts },
            cache: (state == JobState::Complete).then(|| CacheInfo {
                hit: false,
                tier: Tier::Computed,
                latency_ms: (ended_at_ms - row.created_at_ms).max(0) as f64,
                age_seconds: u64::try_from((self.clock.now_ms() - ended_at_ms) / 1_000).unwrap_or(0),
                unconfirmed: None,
            }),
            // One that is written differently, or was not written yet, is none.
            result: computation
                .result
                .as_deref()
                .filter(|_| state == JobState::Complete)
                .and_then(|result| serde_json::from_str(result).ok()),
            error: (state == JobState::Failed).then(|| Problem {
                code: "INTERNAL_ERROR".to_owned(),
                message: computation.error.clone().unwrap_or_default(),
                details: Vec::new(),
                request_id: caller.request_id.clone(),
            }),
            links: job_links(row.job_id, run_key),
        }
    }
}

/// A computation's state, as far as it is known here: one that is made here is active, whatever was written down.
pub(super) fn state_of(state: ComputationState, progress: &Progress) -> JobState {
    match state {
        ComputationState::Waiting if progress.here => JobState::Active,
        ComputationState::Waiting => JobState::Waiting,
        ComputationState::Active => JobState::Active,
        ComputationState::Complete => JobState::Complete,
        ComputationState::Failed => JobState::Failed,
        ComputationState::Cancelled => JobState::Cancelled,
    }
}

fn is_final(state: JobState) -> bool {
    matches!(state, JobState::Complete | JobState::Failed | JobState::Cancelled)
}

/// Revision of a final state, above all others; JavaScript can hold it.
const FINAL_REVISION: u64 = (1 << 53) - 1;

/// Bits of a revision below the claim's: thousandths of a percent, and the step.
const PROGRESS_BITS: u32 = 20;

/// Orders the states of a job: by claims (their tokens rise even where an attempt was handed back and is not counted),
/// within one by percentage and step. Waiting for the next claim comes after everything of the last one.
fn revision(row: &JobRow, progress: &Progress, job: &Job) -> u64 {
    if is_final(job.state) {
        return FINAL_REVISION;
    }
    let token = if progress.here { progress.token } else { row.computation.token };
    let within = match job.state {
        JobState::Waiting => (1 << PROGRESS_BITS) - 1,
        _ => {
            let step = Step::from_name(&job.step).unwrap_or(Step::Waiting);
            // At most 800,007, well below 2²⁰.
            (job.percent.clamp(0.0, 100.0) * 1_000.0) as u64 * 8 + step as u64
        }
    };
    token.saturating_mul(1 << PROGRESS_BITS).saturating_add(within).min(FINAL_REVISION - 1)
}

fn no_job(id: &str) -> ServiceError {
    ServiceError::NotFound(format!("no job {}", super::request::excerpt(id)))
}

/// Where a job's related things are.
pub(super) fn job_links(job_id: Uuid, run_key: RunKey) -> JobLinks {
    JobLinks {
        self_: format!("/api/jobs/{job_id}"),
        events: format!("/api/jobs/{job_id}/events"),
        run: format!("/api/runs/{run_key}"),
    }
}
