//! What operators see and do, in PostgreSQL.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::events::{SUBMITTED, tell};
use super::{PostgresStore, within};
use crate::store::computation_log::{cancelled_by, retried_by};
use crate::store::found::{FoundComputation, FoundListed, KNOWN_DAMAGED, foreseen};
use crate::store::{
    Change, ComputationState, Contents, Foreseen, Key, Kind, ListedComputation, OversightStore, Retried, Scope,
    StoreError, StoreFuture,
};

/// Of a list.
macro_rules! listed {
    ($rest:literal) => {
        concat!(
            "SELECT computation_id, state, attempts, token, percent, step, error, result, ended_at,
                    key, matrix_key, input::json ->> 'fundId' AS fund_id, priority, created_at, log,
                    (SELECT count(*) FROM jobs WHERE jobs.computation_id = computations.computation_id) AS num_jobs,
                    (SELECT string_agg(DISTINCT tenant, ',') FROM jobs
                     WHERE jobs.computation_id = computations.computation_id) AS tenants
             FROM computations ",
            $rest
        )
    };
}

impl OversightStore for PostgresStore {
    fn computations(
        &self,
        state: Option<ComputationState>,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreFuture<'_, Vec<ListedComputation>> {
        within(async move {
            // Ids rise with time.
            let after = after.unwrap_or(Uuid::max());
            let found: Vec<FoundListed> = match state {
                Some(state) => {
                    let of_state =
                        listed!("WHERE state = $1 AND computation_id < $2 ORDER BY computation_id DESC LIMIT $3");
                    sqlx::query_as(of_state).bind(state.name()).bind(after).bind(i64::from(limit))
                }
                None => {
                    let all = listed!("WHERE computation_id < $1 ORDER BY computation_id DESC LIMIT $2");
                    sqlx::query_as(all).bind(after).bind(i64::from(limit))
                }
            }
            .fetch_all(&self.pool)
            .await?;
            found.into_iter().map(FoundListed::row).collect()
        })
    }

    fn listed_computation(&self, computation_id: Uuid) -> StoreFuture<'_, Option<ListedComputation>> {
        within(async move {
            let mut transaction = self.write().await?;
            find(&mut transaction, computation_id).await
        })
    }

    fn cancel(&self, computation_id: Uuid, change: Change) -> StoreFuture<'_, Option<ListedComputation>> {
        within(async move {
            let mut transaction = self.write().await?;
            // Held from here on, so that nobody joins meanwhile.
            let live: Option<Uuid> = sqlx::query_scalar(
                "SELECT computation_id FROM computations
                 WHERE computation_id = $1 AND state IN ('waiting', 'active') FOR UPDATE",
            )
            .bind(computation_id)
            .fetch_optional(&mut *transaction)
            .await?;
            if live.is_some() {
                let why = cancelled_by(&change.actor.key_name);
                self.end(&mut transaction, computation_id, ComputationState::Cancelled, Some(&why), &why).await?;
                // At the very moment of the end: they are those who waited until then.
                sqlx::query(
                    "UPDATE jobs SET detached_at = computations.ended_at FROM computations
                     WHERE jobs.computation_id = $1 AND computations.computation_id = $1 AND detached_at IS NULL",
                )
                .bind(computation_id)
                .execute(&mut *transaction)
                .await?;
                self.log(&mut transaction, change).await?;
            }
            let found = find(&mut transaction, computation_id).await?;
            transaction.commit().await?;
            Ok(found)
        })
    }

    fn retry(&self, computation_id: Uuid, max_waiting: u32, change: Change) -> StoreFuture<'_, Retried> {
        within(async move {
            loop {
                // None where the same was submitted meanwhile, which is then found.
                if let Some(retried) = self.try_to_retry(computation_id, max_waiting, change.clone()).await? {
                    return Ok(retried);
                }
            }
        })
    }

    fn foresee(&self, run_key: Key, format: u32) -> StoreFuture<'_, Foreseen> {
        within(async move {
            let (is_made, is_under_way): (bool, bool) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM artifacts
                                WHERE kind = $1 AND key = $2 AND format = $3 AND record_digest <> $4),
                        EXISTS (SELECT 1 FROM computations
                                WHERE kind = $1 AND key = $2 AND state IN ('waiting', 'active'))",
            )
            .bind(Kind::Run.name())
            .bind(&run_key[..])
            .bind(i64::from(format))
            .bind(&KNOWN_DAMAGED[..])
            .fetch_one(&self.pool)
            .await?;
            Ok(foreseen(is_made, is_under_way))
        })
    }

    fn contents(&self, scope: Scope) -> StoreFuture<'_, Contents> {
        within(self.contents_of(scope))
    }
}

impl PostgresStore {
    /// Lets a computation wait anew; `None` where a submission came between.
    async fn try_to_retry(
        &self,
        computation_id: Uuid,
        max_waiting: u32,
        change: Change,
    ) -> Result<Option<Retried>, StoreError> {
        let mut transaction = self.write().await?;
        let found: Option<FoundComputation> = sqlx::query_as(
            "SELECT computation_id, state, attempts, token, percent, step, error, result, ended_at
             FROM computations WHERE computation_id = $1 FOR UPDATE",
        )
        .bind(computation_id)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(found) = found else { return Ok(Some(Retried::Unknown)) };
        let state = found.row()?.state;
        if !matches!(state, ComputationState::Failed | ComputationState::Cancelled) {
            return Ok(Some(Retried::NotEnded(state)));
        }
        let is_made: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM artifacts JOIN computations USING (kind, key)
                            WHERE computation_id = $1 AND record_digest <> $2)",
        )
        .bind(computation_id)
        .bind(&KNOWN_DAMAGED[..])
        .fetch_one(&mut *transaction)
        .await?;
        if is_made {
            return Ok(Some(Retried::Made));
        }
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM computations WHERE state = 'waiting'")
            .fetch_one(&mut *transaction)
            .await?;
        if waiting >= i64::from(max_waiting) {
            return Ok(Some(Retried::QueueFull));
        }
        let other = sqlx::query_scalar(
            "SELECT live.computation_id FROM computations AS live JOIN computations AS ended USING (kind, key)
             WHERE ended.computation_id = $1 AND live.state IN ('waiting', 'active')",
        );
        let other: Option<Uuid> = other.bind(computation_id).fetch_optional(&mut *transaction).await?;
        if let Some(other) = other {
            return Ok(Some(Retried::UnderWay(other)));
        }
        // Those who waited until it was cancelled, or the last who let it go.
        sqlx::query(
            "UPDATE jobs SET detached_at = NULL
             WHERE computation_id = $1
               AND detached_at >= (SELECT least(ended_at, (SELECT max(detached_at) FROM jobs WHERE computation_id = $1))
                                   FROM computations WHERE computation_id = $1 AND state = 'cancelled')",
        )
        .bind(computation_id)
        .execute(&mut *transaction)
        .await?;
        // One that was submitted since it was looked for makes this fail, by the index of live ones.
        let revived = sqlx::query(
            "UPDATE computations SET state = 'waiting', step = 'waiting', attempts = 0, not_before = 0, percent = 0,
                    error = NULL, ended_at = NULL, log = with_line(log, coalesce($1, now_ms()), $2)
             WHERE computation_id = $3",
        )
        .bind(self.now())
        .bind(retried_by(&change.actor.key_name))
        .bind(computation_id)
        .execute(&mut *transaction)
        .await;
        match revived {
            Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
                return Ok(None);
            }
            revived => revived?,
        };
        self.log(&mut transaction, change).await?;
        tell(&mut transaction, SUBMITTED).await?;
        tell(&mut transaction, &computation_id.to_string()).await?;
        transaction.commit().await?;
        Ok(Some(Retried::Waiting))
    }
}

async fn find(
    transaction: &mut Transaction<'static, Postgres>,
    computation_id: Uuid,
) -> Result<Option<ListedComputation>, StoreError> {
    let found: Option<FoundListed> = sqlx::query_as(listed!("WHERE computation_id = $1"))
        .bind(computation_id)
        .fetch_optional(&mut **transaction)
        .await?;
    found.map(FoundListed::row).transpose()
}
