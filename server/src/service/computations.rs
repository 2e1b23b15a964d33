//! Computations of the whole installation: what operators see of them, end and try again.

use foliocast_app::api::{Computation, ComputationEvent, JobState, Page};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{MatrixKey, RunKey};
use uuid::Uuid;

use super::cursor::{List, check_limit, decode, encode, refused};
use super::jobs::state_of;
use super::request::excerpt;
use super::{Inner, ServiceError, Services, authorise, change};
use crate::clock::rfc3339;
use crate::store::{Action, ComputationState, ListedComputation, Retried};

/// Most computations of a page.
const MOST_LISTED: u32 = 200;

impl Services {
    /// Computations of all tenants, newest first, of one state where one is given. Operator.
    ///
    /// # Errors
    /// 400 for a limit or a cursor that is none.
    pub async fn computations(
        &self,
        caller: &Caller,
        state: Option<JobState>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Computation>, ServiceError> {
        authorise(caller, Role::Operator)?;
        check_limit(limit, MOST_LISTED)?;
        let after = cursor.map(decode_place).transpose()?;
        let mut listed = self.inner.store.computations(state.map(stored_state), after, limit + 1).await?;
        let more = listed.len() > limit as usize;
        listed.truncate(limit as usize);
        let last = listed.last().filter(|_| more).map(|last| last.computation.computation_id);
        Ok(Page {
            items: listed.into_iter().map(|listed| self.inner.told(listed)).collect(),
            next_cursor: last.map(|id| encode(List::Computations, id.as_bytes())),
        })
    }

    /// One of them. Operator.
    ///
    /// # Errors
    /// 404.
    pub async fn computation(&self, caller: &Caller, id: &str) -> Result<Computation, ServiceError> {
        authorise(caller, Role::Operator)?;
        let listed = self.inner.store.listed_computation(parse_id(id)?).await?;
        Ok(self.inner.told(listed.ok_or_else(|| no_computation(id))?))
    }

    /// Ends a computation for all who wait for it, where it has not ended; answers it as it then is. Operator.
    ///
    /// # Errors
    /// 404.
    pub async fn cancel_computation(&self, caller: &Caller, id: &str) -> Result<Computation, ServiceError> {
        authorise(caller, Role::Operator)?;
        let computation_id = parse_id(id)?;
        let cancel = change(caller, Action::CancelComputation, computation_id.to_string());
        let listed = self.inner.store.cancel(computation_id, cancel).await?;
        let listed = listed.ok_or_else(|| no_computation(id))?;
        if listed.computation.state == ComputationState::Cancelled {
            self.inner.workers.stop_unwanted(computation_id);
        }
        // Whoever follows its jobs has to look.
        self.inner.live.nudge(computation_id);
        Ok(self.inner.told(listed))
    }

    /// Has a computation that failed, or was cancelled, tried again, with all its attempts, for those who waited when it
    /// ended; answers it as it then is. Operator.
    ///
    /// # Errors
    /// 404; 409 where it has not ended so, or another one makes or has made the same; 503 where as many wait as may.
    pub async fn retry_computation(&self, caller: &Caller, id: &str) -> Result<Computation, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        inner.refuse_when_stopping()?;
        let computation_id = parse_id(id)?;
        let retry = change(caller, Action::RetryComputation, computation_id.to_string());
        match inner.store.retry(computation_id, inner.settings.max_waiting, retry).await? {
            Retried::Waiting => {}
            Retried::Unknown => return Err(no_computation(id)),
            Retried::NotEnded(state) => {
                let message = format!(
                    "this computation is {}; one that failed or was cancelled can be tried again",
                    state.name()
                );
                return Err(ServiceError::Conflict(message));
            }
            Retried::UnderWay(other) => {
                let message = format!("the computation {other} makes the same run; follow that one");
                return Err(ServiceError::Conflict(message));
            }
            Retried::Made => {
                return Err(ServiceError::Conflict("another computation has made this run; it is there".to_owned()));
            }
            Retried::QueueFull => return Err(inner.queue_full()),
        }
        inner.workers.wake();
        inner.live.nudge(computation_id);
        self.computation(caller, id).await
    }
}

impl Inner {
    /// A computation as operators see it; one that is made here, as far as it is now.
    fn told(&self, listed: ListedComputation) -> Computation {
        let row = listed.computation;
        let progress = self.live.follow(row.computation_id).latest();
        let is_live = progress.here && !row.state.is_final();
        Computation {
            computation_id: row.computation_id.to_string(),
            run_key: RunKey::from_bytes(listed.key),
            matrix_key: MatrixKey::from_bytes(listed.matrix_key),
            fund_id: listed.fund_id,
            tenants: listed.tenants,
            num_jobs: listed.num_jobs,
            state: state_of(row.state, &progress),
            priority: listed.priority.name().to_owned(),
            percent: if is_live { progress.percent } else { row.percent },
            step: if is_live { progress.step.name().to_owned() } else { row.step },
            attempts: if is_live { progress.attempts } else { row.attempts },
            error: row.error,
            result: row.result.as_deref().and_then(|result| serde_json::from_str(result).ok()),
            created_at: rfc3339(listed.created_at_ms),
            ended_at: row.ended_at_ms.map(rfc3339),
            log: listed
                .log
                .into_iter()
                .map(|(at_ms, message)| ComputationEvent { timestamp: rfc3339(at_ms), message })
                .collect(),
        }
    }
}

fn stored_state(state: JobState) -> ComputationState {
    match state {
        JobState::Waiting => ComputationState::Waiting,
        JobState::Active => ComputationState::Active,
        JobState::Complete => ComputationState::Complete,
        JobState::Failed => ComputationState::Failed,
        JobState::Cancelled => ComputationState::Cancelled,
    }
}

fn decode_place(cursor: &str) -> Result<Uuid, ServiceError> {
    Uuid::from_slice(&decode(List::Computations, cursor)?).map_err(|_| refused())
}

fn parse_id(id: &str) -> Result<Uuid, ServiceError> {
    Uuid::parse_str(id).map_err(|_| no_computation(id))
}

fn no_computation(id: &str) -> ServiceError {
    ServiceError::NotFound(format!("no computation {}", excerpt(id)))
}
