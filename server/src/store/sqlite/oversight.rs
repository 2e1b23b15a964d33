//! What operators see and do, in SQLite.

use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use super::computations::{LOG_CUT, end};
use crate::store::computation_log::{cancelled_by, line, retried_by};
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
                    key, matrix_key, json_extract(input, '$.fundId') AS fund_id, priority, created_at, log,
                    (SELECT count(*) FROM jobs WHERE jobs.computation_id = computations.computation_id) AS num_jobs,
                    (SELECT group_concat(DISTINCT tenant) FROM jobs
                     WHERE jobs.computation_id = computations.computation_id) AS tenants
             FROM computations ",
            $rest
        )
    };
}

impl OversightStore for SqliteStore {
    fn computations(
        &self,
        state: Option<ComputationState>,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreFuture<'_, Vec<ListedComputation>> {
        Box::pin(async move {
            // Ids rise with time.
            let after = after.unwrap_or(Uuid::max());
            let found: Vec<FoundListed> = match state {
                Some(state) => {
                    let of_state =
                        listed!("WHERE state = ? AND computation_id < ? ORDER BY computation_id DESC LIMIT ?");
                    sqlx::query_as(of_state).bind(state.name()).bind(after).bind(limit)
                }
                None => {
                    let all = listed!("WHERE computation_id < ? ORDER BY computation_id DESC LIMIT ?");
                    sqlx::query_as(all).bind(after).bind(limit)
                }
            }
            .fetch_all(&self.main.readers)
            .await?;
            found.into_iter().map(FoundListed::row).collect()
        })
    }

    fn listed_computation(&self, computation_id: Uuid) -> StoreFuture<'_, Option<ListedComputation>> {
        Box::pin(async move {
            let mut transaction = self.main.readers.begin().await?;
            find(&mut transaction, computation_id).await
        })
    }

    fn cancel(&self, computation_id: Uuid, change: Change) -> StoreFuture<'_, Option<ListedComputation>> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let is_live: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM computations
                                WHERE computation_id = ? AND state IN ('waiting', 'active'))",
            )
            .bind(computation_id)
            .fetch_one(&mut *transaction)
            .await?;
            if is_live {
                sqlx::query("UPDATE jobs SET detached_at = ? WHERE computation_id = ? AND detached_at IS NULL")
                    .bind(now)
                    .bind(computation_id)
                    .execute(&mut *transaction)
                    .await?;
                let why = cancelled_by(&change.actor.key_name);
                end(&mut transaction, computation_id, ComputationState::Cancelled, Some(&why), &why, now).await?;
                self.log(&mut transaction, change).await?;
            }
            let found = find(&mut transaction, computation_id).await?;
            transaction.commit().await?;
            Ok(found)
        })
    }

    fn retry(&self, computation_id: Uuid, max_waiting: u32, change: Change) -> StoreFuture<'_, Retried> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let found: Option<FoundComputation> = sqlx::query_as(
                "SELECT computation_id, state, attempts, token, percent, step, error, result, ended_at
                 FROM computations WHERE computation_id = ?",
            )
            .bind(computation_id)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(found) = found else { return Ok(Retried::Unknown) };
            let state = found.row()?.state;
            if !matches!(state, ComputationState::Failed | ComputationState::Cancelled) {
                return Ok(Retried::NotEnded(state));
            }
            let other: Option<Uuid> = sqlx::query_scalar(
                "SELECT live.computation_id FROM computations AS live JOIN computations AS ended USING (kind, key)
                 WHERE ended.computation_id = ? AND live.state IN ('waiting', 'active')",
            )
            .bind(computation_id)
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(other) = other {
                return Ok(Retried::UnderWay(other));
            }
            let is_made: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM artifacts JOIN computations USING (kind, key)
                                WHERE computation_id = ? AND record_digest <> ?)",
            )
            .bind(computation_id)
            .bind(&KNOWN_DAMAGED[..])
            .fetch_one(&mut *transaction)
            .await?;
            if is_made {
                return Ok(Retried::Made);
            }
            let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM computations WHERE state = 'waiting'")
                .fetch_one(&mut *transaction)
                .await?;
            if waiting >= i64::from(max_waiting) {
                return Ok(Retried::QueueFull);
            }
            // Those who waited until it was cancelled, or the last who let it go.
            sqlx::query(
                "UPDATE jobs SET detached_at = NULL
                 WHERE computation_id = ?1
                   AND detached_at >= (SELECT min(ended_at, (SELECT max(detached_at) FROM jobs WHERE computation_id = ?1))
                                       FROM computations WHERE computation_id = ?1 AND state = 'cancelled')",
            )
            .bind(computation_id)
            .execute(&mut *transaction)
            .await?;
            sqlx::query(
                "UPDATE computations SET state = 'waiting', step = 'waiting', attempts = 0, not_before = 0, percent = 0,
                        error = NULL, ended_at = NULL, log = substr(log || ?, ?)
                 WHERE computation_id = ?",
            )
            .bind(line(now, &retried_by(&change.actor.key_name)))
            .bind(LOG_CUT)
            .bind(computation_id)
            .execute(&mut *transaction)
            .await?;
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(Retried::Waiting)
        })
    }

    fn foresee(&self, run_key: Key, format: u32) -> StoreFuture<'_, Foreseen> {
        Box::pin(async move {
            let (is_made, is_under_way): (bool, bool) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM artifacts
                                WHERE kind = ?1 AND key = ?2 AND format = ?3 AND record_digest <> ?4),
                        EXISTS (SELECT 1 FROM computations
                                WHERE kind = ?1 AND key = ?2 AND state IN ('waiting', 'active'))",
            )
            .bind(Kind::Run.name())
            .bind(&run_key[..])
            .bind(format)
            .bind(&KNOWN_DAMAGED[..])
            .fetch_one(&self.main.readers)
            .await?;
            Ok(foreseen(is_made, is_under_way))
        })
    }

    fn contents(&self, scope: Scope) -> StoreFuture<'_, Contents> {
        Box::pin(self.contents_of(scope))
    }
}

async fn find(
    transaction: &mut Transaction<'static, Sqlite>,
    computation_id: Uuid,
) -> Result<Option<ListedComputation>, StoreError> {
    let found: Option<FoundListed> = sqlx::query_as(listed!("WHERE computation_id = ?"))
        .bind(computation_id)
        .fetch_optional(&mut **transaction)
        .await?;
    found.map(FoundListed::row).transpose()
}
