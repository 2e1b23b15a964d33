//! Computations and jobs in SQLite.

use std::time::Duration;

use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use super::artifacts::put_record;
use crate::store::computation_log::{
    COMPLETE, HANDED_BACK, LEFT_BEHIND, LOG_CHARACTERS, UNWANTED, attempt_failed, claimed_by, line, taken_on,
};
use crate::store::found::{
    Candidate, FORGOTTEN_AT_ONCE, FoundComputation, FoundJob, KNOWN_DAMAGED, LOW_AGES_MS, LOW_PASSES_EVERY_MS, before,
    given_up, kind, milliseconds, outcome, signed,
};
use crate::store::{
    Change, Claim, Completion, ComputationRow, ComputationState, ComputationStore, JobRow, NewJob, Outcome, Priority,
    StoreError, StoreFuture, Submitted,
};

/// Where SQLite's `substr` cuts a log: so many characters from its end.
pub(super) const LOG_CUT: i64 = -LOG_CHARACTERS;

impl ComputationStore for SqliteStore {
    fn submit(&self, job: NewJob, max_waiting: u32) -> StoreFuture<'_, Submitted> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let live: Option<Uuid> = sqlx::query_scalar(
                "UPDATE computations SET priority = min(priority, ?)
                 WHERE kind = ? AND key = ? AND state IN ('waiting', 'active') RETURNING computation_id",
            )
            .bind(job.priority as u8)
            .bind(job.kind.name())
            .bind(&job.key[..])
            .fetch_optional(&mut *transaction)
            .await?;
            let mut new_after = None;
            let computation_id = match live {
                Some(found) => found,
                None => {
                    let (is_made, is_damaged, is_evicted, was_made, was_dropped): (bool, bool, bool, bool, bool) =
                        sqlx::query_as(
                            "SELECT EXISTS (SELECT 1 FROM artifacts
                                        WHERE kind = ?1 AND key = ?2 AND format = ?3 AND record_digest <> ?4),
                                EXISTS (SELECT 1 FROM artifacts
                                        WHERE kind = ?1 AND key = ?2 AND format = ?3 AND record_digest = ?4),
                                EXISTS (SELECT 1 FROM evictions WHERE kind = ?1 AND key = ?2 AND format = ?3),
                                EXISTS (SELECT 1 FROM runs WHERE run_key = ?2),
                                EXISTS (SELECT 1 FROM artifact_epochs WHERE kind = ?1 AND key = ?2)",
                        )
                        .bind(job.kind.name())
                        .bind(&job.key[..])
                        .bind(job.format)
                        .bind(&KNOWN_DAMAGED[..])
                        .fetch_one(&mut *transaction)
                        .await?;
                    if is_made && job.again.is_none() {
                        return Ok(Submitted::Made);
                    }
                    new_after =
                        Some(job.again.unwrap_or_else(|| before(is_damaged, is_evicted, was_made, was_dropped)));
                    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM computations WHERE state = 'waiting'")
                        .fetch_one(&mut *transaction)
                        .await?;
                    if waiting >= i64::from(max_waiting) {
                        return Ok(Submitted::QueueFull);
                    }
                    let computation_id = Uuid::now_v7();
                    sqlx::query(
                        "INSERT INTO computations
                             (computation_id, kind, key, matrix_key, input, state, priority, step, created_at, log,
                              first_request_id, first_job_id, traceparent)
                         VALUES (?, ?, ?, ?, ?, 'waiting', ?, 'waiting', ?, ?, ?, ?, ?)",
                    )
                    .bind(computation_id)
                    .bind(job.kind.name())
                    .bind(&job.key[..])
                    .bind(&job.matrix_key[..])
                    .bind(job.input)
                    .bind(job.priority as u8)
                    .bind(now)
                    .bind(line(now, &taken_on(job.priority)))
                    .bind(&job.change.actor.request_id)
                    .bind(job.job_id)
                    .bind(job.traceparent)
                    .execute(&mut *transaction)
                    .await?;
                    computation_id
                }
            };
            sqlx::query("INSERT INTO jobs (job_id, computation_id, tenant, source, created_at) VALUES (?, ?, ?, ?, ?)")
                .bind(job.job_id)
                .bind(computation_id)
                .bind(job.tenant)
                .bind(job.source.name())
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            self.log(&mut transaction, job.change).await?;
            transaction.commit().await?;
            Ok(Submitted::Attached { computation_id, new_after })
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
        let process = process.to_owned();
        Box::pin(async move {
            // One parameter for any number of ids: as text, since JSON has no bytes.
            let running = running.iter().map(|id| id.simple().to_string().to_uppercase()).collect::<Vec<_>>();
            let running = serde_json::to_string(&running).map_err(|error| StoreError::Failed(error.to_string()))?;
            let mut transaction = self.write().await?;
            let claimed = loop {
                let now = self.clock.now_ms();
                // The states are named as the index names them, else SQLite reads everything that ever ended.
                let next: Option<Candidate> = sqlx::query_as(
                    "SELECT computation_id, token, attempts, priority, kind, key, input,
                            first_request_id, first_job_id, traceparent
                     FROM computations
                     WHERE state IN ('waiting', 'active') AND priority <= ?5
                       AND ((state = 'waiting' AND not_before <= ?1) OR (state = 'active' AND lease_until <= ?1))
                       AND hex(computation_id) NOT IN (SELECT value FROM json_each(?3))
                       AND NOT EXISTS (SELECT 1 FROM computations AS other
                                       WHERE other.matrix_key = computations.matrix_key AND other.state = 'active'
                                         AND (other.lease_until > ?1
                                              OR hex(other.computation_id) IN (SELECT value FROM json_each(?3))))
                     ORDER BY CASE WHEN priority = 2 AND ?1 - created_at >= ?2
                                    AND NOT EXISTS (SELECT 1 FROM computations AS low
                                                    WHERE low.state = 'active' AND low.priority = 2
                                                      AND low.lease_until > ?1)
                                    AND NOT EXISTS (SELECT 1 FROM computations AS low
                                                    WHERE low.ended_at IS NOT NULL AND low.ended_at > ?1 - ?4
                                                      AND low.priority = 2)
                                   THEN 0 ELSE priority END,
                              created_at, computation_id
                     LIMIT 1",
                )
                .bind(now)
                .bind(LOW_AGES_MS)
                .bind(&running)
                .bind(LOW_PASSES_EVERY_MS)
                .bind(lowest as u8)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some(next) = next else { break None };
                let computation_id = next.computation_id;
                if next.attempts >= i64::from(max_attempts) {
                    let error = given_up(max_attempts);
                    end(&mut transaction, computation_id, ComputationState::Failed, Some(&error), &error, now).await?;
                    continue;
                }
                let kind = kind(&next.kind)?;
                sqlx::query(
                    "UPDATE computations SET state = 'active', attempts = attempts + 1, token = token + 1,
                            lease_until = ?1, percent = 0, step = 'claimed', log = substr(log || ?2, ?3)
                     WHERE computation_id = ?4",
                )
                .bind(now.saturating_add(milliseconds(lease)))
                .bind(line(now, &claimed_by(next.attempts + 1, &process)))
                .bind(LOG_CUT)
                .bind(next.computation_id)
                .execute(&mut *transaction)
                .await?;
                break Some(next.claimed(kind)?);
            };
            transaction.commit().await?;
            Ok(claimed)
        })
    }

    fn renew(
        &self,
        computation_id: Uuid,
        token: u64,
        lease: Duration,
        percent: f64,
        step: &str,
    ) -> StoreFuture<'_, Outcome> {
        let step = step.to_owned();
        Box::pin(async move {
            let renewed = sqlx::query(
                "UPDATE computations SET lease_until = ?, percent = ?, step = ?
                 WHERE computation_id = ? AND token = ? AND state = 'active'",
            )
            .bind(self.clock.now_ms().saturating_add(milliseconds(lease)))
            .bind(percent)
            .bind(step)
            .bind(computation_id)
            .bind(signed(token))
            .execute(&self.main.writer)
            .await?;
            Ok(outcome(renewed.rows_affected()))
        })
    }

    fn complete(&self, computation_id: Uuid, token: u64, completion: Completion) -> StoreFuture<'_, Outcome> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let mine = sqlx::query(
                "UPDATE computations SET state = 'complete', percent = 100, step = 'done', lease_until = NULL, ended_at = ?,
                        result = ?, log = substr(log || ?, ?)
                 WHERE computation_id = ? AND token = ? AND state = 'active'",
            )
            .bind(now)
            .bind(completion.result)
            .bind(line(now, COMPLETE))
            .bind(LOG_CUT)
            .bind(computation_id)
            .bind(signed(token))
            .execute(&mut *transaction)
            .await?;
            if mine.rows_affected() == 0 {
                return Ok(Outcome::Stale);
            }
            for record in &completion.records {
                if put_record(&mut transaction, record, &self.seal, now).await? == Outcome::Superseded {
                    return Ok(Outcome::Superseded);
                }
            }
            let run = completion.run;
            sqlx::query(
                "INSERT INTO runs (run_key, matrix_key, fund_id, input, listing) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET input = excluded.input, listing = excluded.listing",
            )
            .bind(&run.run_key[..])
            .bind(&run.matrix_key[..])
            .bind(run.fund_id)
            .bind(run.input)
            .bind(run.listing)
            .execute(&mut *transaction)
            .await?;
            sqlx::query(
                "INSERT INTO run_access (tenant, run_key, made, source, asked_at)
                 SELECT tenant, ?, 1, source, ? FROM jobs WHERE computation_id = ? AND detached_at IS NULL
                 ON CONFLICT DO UPDATE SET made = 1, source = excluded.source, asked_at = excluded.asked_at",
            )
            .bind(&run.run_key[..])
            .bind(now)
            .bind(computation_id)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(Outcome::Done)
        })
    }

    fn fail(
        &self,
        computation_id: Uuid,
        token: u64,
        error: &str,
        retry_after: Option<Duration>,
    ) -> StoreFuture<'_, Outcome> {
        let error = error.to_owned();
        Box::pin(async move {
            let now = self.clock.now_ms();
            let (state, ended_at) = match retry_after {
                Some(_) => (ComputationState::Waiting, None),
                None => (ComputationState::Failed, Some(now)),
            };
            let failed = sqlx::query(
                "UPDATE computations SET state = ?1, error = ?2, not_before = ?3, ended_at = ?4, lease_until = NULL,
                        step = CASE WHEN ?1 = 'waiting' THEN 'waiting to try again' ELSE 'failed' END,
                        log = substr(log || ?7, ?8)
                 WHERE computation_id = ?5 AND token = ?6 AND state = 'active'",
            )
            .bind(state.name())
            .bind(&error)
            .bind(not_before(now, retry_after.unwrap_or_default()))
            .bind(ended_at)
            .bind(computation_id)
            .bind(signed(token))
            .bind(line(now, &attempt_failed(&error, retry_after)))
            .bind(LOG_CUT)
            .execute(&self.main.writer)
            .await?;
            Ok(outcome(failed.rows_affected()))
        })
    }

    fn release(&self, computation_id: Uuid, token: u64, after: Duration) -> StoreFuture<'_, Outcome> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let released = sqlx::query(
                "UPDATE computations SET state = 'waiting', attempts = attempts - 1, not_before = ?, lease_until = NULL,
                        percent = 0, step = 'waiting', log = substr(log || ?, ?)
                 WHERE computation_id = ? AND token = ? AND state = 'active'",
            )
            .bind(not_before(now, after))
            .bind(line(now, HANDED_BACK))
            .bind(LOG_CUT)
            .bind(computation_id)
            .bind(signed(token))
            .execute(&self.main.writer)
            .await?;
            Ok(outcome(released.rows_affected()))
        })
    }

    fn recent_results(&self, limit: u32) -> StoreFuture<'_, Vec<String>> {
        Box::pin(async move {
            let results = sqlx::query_scalar(
                "SELECT result FROM computations
                 WHERE ended_at IS NOT NULL AND state = 'complete' AND result IS NOT NULL
                 ORDER BY ended_at DESC LIMIT ?",
            );
            Ok(results.bind(limit).fetch_all(&self.main.readers).await?)
        })
    }

    fn release_all(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            let released = sqlx::query(
                "UPDATE computations SET state = 'waiting', lease_until = NULL, percent = 0, step = 'waiting',
                        log = substr(log || ?, ?)
                 WHERE state = 'active'",
            )
            .bind(line(self.clock.now_ms(), LEFT_BEHIND))
            .bind(LOG_CUT)
            .execute(&mut *transaction)
            .await?;
            sqlx::query("UPDATE computations SET not_before = 0 WHERE state = 'waiting' AND not_before > 0")
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(released.rows_affected())
        })
    }

    fn detach(&self, tenant: &str, job_id: Uuid, change: Option<Change>) -> StoreFuture<'_, Option<JobRow>> {
        let tenant = tenant.to_owned();
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let computation: Option<Uuid> = sqlx::query_scalar(
                "UPDATE jobs SET detached_at = ?
                 WHERE job_id = ? AND tenant = ? AND detached_at IS NULL
                   AND computation_id IN (SELECT computation_id FROM computations WHERE state IN ('waiting', 'active'))
                 RETURNING computation_id",
            )
            .bind(now)
            .bind(job_id)
            .bind(&tenant)
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(computation_id) = computation {
                if let Some(change) = change {
                    self.log(&mut transaction, change).await?;
                }
                let attached: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM jobs WHERE computation_id = ? AND detached_at IS NULL")
                        .bind(computation_id)
                        .fetch_one(&mut *transaction)
                        .await?;
                if attached == 0 {
                    end(&mut transaction, computation_id, ComputationState::Cancelled, None, UNWANTED, now).await?;
                }
            }
            let job = find_job(&mut transaction, &tenant, job_id).await?;
            transaction.commit().await?;
            Ok(job)
        })
    }

    fn job(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>> {
        let tenant = tenant.to_owned();
        Box::pin(async move {
            let mut transaction = self.main.readers.begin().await?;
            find_job(&mut transaction, &tenant, job_id).await
        })
    }

    fn computation(&self, computation_id: Uuid) -> StoreFuture<'_, Option<ComputationRow>> {
        Box::pin(async move {
            let found: Option<FoundComputation> = sqlx::query_as(
                "SELECT computation_id, state, attempts, token, percent, step, error, result, ended_at
                 FROM computations WHERE computation_id = ?",
            )
            .bind(computation_id)
            .fetch_optional(&self.main.readers)
            .await?;
            found.map(FoundComputation::row).transpose()
        })
    }

    fn prune(&self, age: Duration) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let ended_before_ms = self.clock.now_ms().saturating_sub(milliseconds(age));
            let mut pruned = 0;
            loop {
                let mut transaction = self.write().await?;
                sqlx::query(
                    "DELETE FROM jobs WHERE computation_id IN
                         (SELECT computation_id FROM computations WHERE ended_at < ? ORDER BY ended_at, rowid LIMIT ?)",
                )
                .bind(ended_before_ms)
                .bind(FORGOTTEN_AT_ONCE)
                .execute(&mut *transaction)
                .await?;
                let batch = sqlx::query(
                    "DELETE FROM computations WHERE rowid IN
                         (SELECT rowid FROM computations WHERE ended_at < ? ORDER BY ended_at, rowid LIMIT ?)",
                )
                .bind(ended_before_ms)
                .bind(FORGOTTEN_AT_ONCE)
                .execute(&mut *transaction)
                .await?;
                transaction.commit().await?;
                pruned += batch.rows_affected();
                if batch.rows_affected() < FORGOTTEN_AT_ONCE as u64 {
                    return Ok(pruned);
                }
            }
        })
    }
}

async fn find_job(
    transaction: &mut Transaction<'static, Sqlite>,
    tenant: &str,
    job_id: Uuid,
) -> Result<Option<JobRow>, StoreError> {
    let found: Option<FoundJob> = sqlx::query_as(
        "SELECT job_id, key, matrix_key, jobs.created_at, detached_at,
                computation_id, state, attempts, token, percent, step, error, result, ended_at
         FROM jobs JOIN computations USING (computation_id) WHERE job_id = ? AND tenant = ?",
    )
    .bind(job_id)
    .bind(tenant)
    .fetch_optional(&mut **transaction)
    .await?;
    found.map(FoundJob::row).transpose()
}

/// Ends a live computation without a result.
pub(super) async fn end(
    transaction: &mut Transaction<'static, Sqlite>,
    computation_id: Uuid,
    state: ComputationState,
    error: Option<&str>,
    why: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE computations SET state = ?1, step = ?1, error = ?2, ended_at = ?3, lease_until = NULL,
                log = substr(log || ?5, ?6)
         WHERE computation_id = ?4",
    )
    .bind(state.name())
    .bind(error)
    .bind(now)
    .bind(computation_id)
    .bind(line(now, why))
    .bind(LOG_CUT)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// When a computation that pauses this long may be claimed; without a pause whatever the clock says then.
fn not_before(now: i64, pause: Duration) -> i64 {
    if pause.is_zero() { 0 } else { now.saturating_add(milliseconds(pause)) }
}
