//! Computations and jobs in PostgreSQL.

use std::time::Duration;

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::artifacts::{hold_epochs, put_record};
use super::events::{SUBMITTED, tell};
use super::{Lock, PostgresStore, within};
use crate::store::computation_log::{
    COMPLETE, HANDED_BACK, LEFT_BEHIND, UNWANTED, attempt_failed, claimed_by, taken_on, text,
};
use crate::store::found::{
    Candidate, FORGOTTEN_AT_ONCE, FoundComputation, FoundJob, KNOWN_DAMAGED, LOW_AGES_MS, LOW_PASSES_EVERY_MS, before,
    given_up, kind, milliseconds, outcome, signed,
};
use crate::store::{
    Change, Claim, Completion, ComputationRow, ComputationState, ComputationStore, JobRow, NewJob, Outcome, Priority,
    StoreError, StoreFuture, Submitted,
};

impl ComputationStore for PostgresStore {
    fn submit(&self, job: NewJob, max_waiting: u32) -> StoreFuture<'_, Submitted> {
        within(async move {
            let mut transaction = self.write().await?;
            // Held until the job is attached, so that the computation does not end meanwhile; by all who join it at once.
            let raised: Option<Uuid> = sqlx::query_scalar(
                "UPDATE computations SET priority = $1
                 WHERE kind = $2 AND key = $3 AND state IN ('waiting', 'active') AND priority > $1
                 RETURNING computation_id",
            )
            .bind(job.priority as i64)
            .bind(job.kind.name())
            .bind(&job.key[..])
            .fetch_optional(&mut *transaction)
            .await?;
            let live: Option<Uuid> = match raised {
                Some(raised) => Some(raised),
                None => {
                    let live = sqlx::query_scalar(
                        "SELECT computation_id FROM computations
                         WHERE kind = $1 AND key = $2 AND state IN ('waiting', 'active') FOR SHARE",
                    );
                    live.bind(job.kind.name()).bind(&job.key[..]).fetch_optional(&mut *transaction).await?
                }
            };
            let (computation_id, is_new) = match live {
                Some(found) => (found, false),
                None => {
                    // Another process may do the same at this moment: the index lets one of them insert, and the others
                    // wait for it and join.
                    let new_id = Uuid::now_v7();
                    let computation_id: Uuid = sqlx::query_scalar(
                        "INSERT INTO computations
                             (computation_id, kind, key, matrix_key, input, state, priority, step, created_at, log,
                              first_request_id, first_job_id, traceparent)
                         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 'waiting', coalesce($7, now_ms()),
                                 with_line('', coalesce($7, now_ms()), $8), $9, $10, $11)
                         ON CONFLICT (kind, key) WHERE state IN ('waiting', 'active')
                             DO UPDATE SET priority = least(computations.priority, excluded.priority)
                         RETURNING computation_id",
                    )
                    .bind(new_id)
                    .bind(job.kind.name())
                    .bind(&job.key[..])
                    .bind(&job.matrix_key[..])
                    .bind(job.input)
                    .bind(job.priority as i64)
                    .bind(self.now())
                    .bind(taken_on(job.priority))
                    .bind(&job.change.actor.request_id)
                    .bind(job.job_id)
                    .bind(job.traceparent)
                    .fetch_one(&mut *transaction)
                    .await?;
                    (computation_id, computation_id == new_id)
                }
            };
            let mut new_after = None;
            if is_new {
                // Only now: whoever ended a computation of this key let this one be inserted by that, so that what it
                // made is seen here.
                let (is_made, is_damaged, is_evicted, was_made, was_dropped, waiting): (
                    bool,
                    bool,
                    bool,
                    bool,
                    bool,
                    i64,
                ) = sqlx::query_as(
                    "SELECT EXISTS (SELECT 1 FROM artifacts
                                    WHERE kind = $1 AND key = $2 AND format = $3 AND record_digest <> $4),
                            EXISTS (SELECT 1 FROM artifacts
                                    WHERE kind = $1 AND key = $2 AND format = $3 AND record_digest = $4),
                            EXISTS (SELECT 1 FROM evictions WHERE kind = $1 AND key = $2 AND format = $3),
                            EXISTS (SELECT 1 FROM runs WHERE run_key = $2),
                            EXISTS (SELECT 1 FROM artifact_epochs WHERE kind = $1 AND key = $2),
                            (SELECT count(*) FROM computations WHERE state = 'waiting')",
                )
                .bind(job.kind.name())
                .bind(&job.key[..])
                .bind(i64::from(job.format))
                .bind(&KNOWN_DAMAGED[..])
                .fetch_one(&mut *transaction)
                .await?;
                if is_made && job.again.is_none() {
                    return Ok(Submitted::Made);
                }
                new_after = Some(job.again.unwrap_or_else(|| before(is_damaged, is_evicted, was_made, was_dropped)));
                // It is among those that wait.
                if waiting > i64::from(max_waiting) {
                    return Ok(Submitted::QueueFull);
                }
                tell(&mut transaction, SUBMITTED).await?;
            }
            sqlx::query(
                "INSERT INTO jobs (job_id, computation_id, tenant, source, created_at)
                 VALUES ($1, $2, $3, $4, coalesce($5, now_ms()))",
            )
            .bind(job.job_id)
            .bind(computation_id)
            .bind(job.tenant)
            .bind(job.source.name())
            .bind(self.now())
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
        within(async move {
            let mut transaction = self.write().await?;
            // One claim after the other, in all processes: else two would each find a matrix that nobody makes.
            let now = self.lock(&mut transaction, Lock::Claims).await?;
            // While the database was down nobody could renew: whoever still makes something has a lease's time to say so.
            let held_until: Option<i64> = match self.clock {
                Some(_) => None,
                None => Some(self.started_at_ms(&mut transaction).await?.saturating_add(milliseconds(lease))),
            };
            let claimed = loop {
                let next: Option<Candidate> = sqlx::query_as(
                    "SELECT computation_id, token, attempts, priority, kind, key, input,
                            first_request_id, first_job_id, traceparent
                     FROM computations
                     WHERE state IN ('waiting', 'active') AND priority <= $6
                       AND ((state = 'waiting' AND not_before <= $1)
                            OR (state = 'active' AND lease_until <= $1 AND ($4 IS NULL OR $4 <= $1)))
                       AND computation_id <> ALL ($3)
                       AND NOT EXISTS (SELECT 1 FROM computations AS other
                                       WHERE other.matrix_key = computations.matrix_key AND other.state = 'active'
                                         AND (other.lease_until > $1 OR coalesce($4 > $1, false)
                                              OR other.computation_id = ANY ($3)))
                     ORDER BY CASE WHEN priority = 2 AND $1 - created_at >= $2
                                    AND NOT EXISTS (SELECT 1 FROM computations AS low
                                                    WHERE low.state = 'active' AND low.priority = 2
                                                      AND low.lease_until > $1)
                                    AND NOT EXISTS (SELECT 1 FROM computations AS low
                                                    WHERE low.ended_at IS NOT NULL AND low.ended_at > $1 - $5
                                                      AND low.priority = 2)
                                   THEN 0 ELSE priority END,
                              created_at, computation_id
                     LIMIT 1
                     FOR UPDATE SKIP LOCKED",
                )
                .bind(now)
                .bind(LOW_AGES_MS)
                .bind(&running)
                .bind(held_until)
                .bind(LOW_PASSES_EVERY_MS)
                .bind(lowest as i64)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some(next) = next else { break None };
                let computation_id = next.computation_id;
                if next.attempts >= i64::from(max_attempts) {
                    let error = given_up(max_attempts);
                    self.end(&mut transaction, computation_id, ComputationState::Failed, Some(&error), &error).await?;
                    continue;
                }
                let kind = kind(&next.kind)?;
                // Whoever made the matrix until its lease ran out has lost it: its late word is refused.
                sqlx::query(
                    "UPDATE computations SET state = 'waiting', step = 'waiting', percent = 0, lease_until = NULL,
                            log = with_line(log, $2, $3)
                     WHERE matrix_key = (SELECT matrix_key FROM computations WHERE computation_id = $1)
                       AND state = 'active' AND computation_id <> $1",
                )
                .bind(computation_id)
                .bind(now)
                .bind(LEFT_BEHIND)
                .execute(&mut *transaction)
                .await?;
                sqlx::query(
                    "UPDATE computations SET state = 'active', attempts = attempts + 1, token = token + 1,
                            lease_until = $1, percent = 0, step = 'claimed', log = with_line(log, $3, $4)
                     WHERE computation_id = $2",
                )
                .bind(now.saturating_add(milliseconds(lease)))
                .bind(computation_id)
                .bind(now)
                .bind(claimed_by(next.attempts + 1, &process))
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
        within(async move {
            let renewed = sqlx::query(
                "UPDATE computations SET lease_until = coalesce($1, now_ms()) + $2, percent = $3, step = $4
                 WHERE computation_id = $5 AND token = $6 AND state = 'active'",
            )
            .bind(self.now())
            .bind(milliseconds(lease))
            .bind(percent)
            .bind(step)
            .bind(computation_id)
            .bind(signed(token))
            .execute(&self.pool)
            .await?;
            Ok(outcome(renewed.rows_affected()))
        })
    }

    fn complete(&self, computation_id: Uuid, token: u64, completion: Completion) -> StoreFuture<'_, Outcome> {
        within(async move {
            let mut transaction = self.write().await?;
            hold_epochs(&mut transaction).await?;
            let ended_at: Option<i64> = sqlx::query_scalar(
                "UPDATE computations SET state = 'complete', percent = 100, step = 'done', lease_until = NULL,
                        ended_at = coalesce($1, now_ms()), result = $4, log = with_line(log, coalesce($1, now_ms()), $5)
                 WHERE computation_id = $2 AND token = $3 AND state = 'active' RETURNING ended_at",
            )
            .bind(self.now())
            .bind(computation_id)
            .bind(signed(token))
            .bind(completion.result)
            .bind(COMPLETE)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(ended_at) = ended_at else { return Ok(Outcome::Stale) };
            for record in &completion.records {
                if put_record(&mut transaction, record, &self.seal, ended_at).await? == Outcome::Superseded {
                    return Ok(Outcome::Superseded);
                }
            }
            let run = completion.run;
            sqlx::query(
                "INSERT INTO runs (run_key, matrix_key, fund_id, input, listing) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (run_key) DO UPDATE SET input = excluded.input, listing = excluded.listing",
            )
            .bind(&run.run_key[..])
            .bind(&run.matrix_key[..])
            .bind(run.fund_id)
            .bind(run.input)
            .bind(run.listing)
            .execute(&mut *transaction)
            .await?;
            // One row for each tenant, whose configuration it last used.
            sqlx::query(
                "INSERT INTO run_access (tenant, run_key, made, source, asked_at)
                 SELECT DISTINCT ON (tenant) tenant, $1, true, source, $2 FROM jobs
                 WHERE computation_id = $3 AND detached_at IS NULL
                 ORDER BY tenant, created_at DESC, job_id DESC
                 ON CONFLICT (tenant, run_key)
                     DO UPDATE SET made = true, source = excluded.source, asked_at = excluded.asked_at",
            )
            .bind(&run.run_key[..])
            .bind(ended_at)
            .bind(computation_id)
            .execute(&mut *transaction)
            .await?;
            tell(&mut transaction, &computation_id.to_string()).await?;
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
        // A panic's message may hold anything; PostgreSQL keeps no NUL.
        let error = error.replace('\0', "\u{fffd}");
        let told = attempt_failed(&error, retry_after);
        within(async move {
            let mut transaction = self.write().await?;
            let failed = match retry_after {
                Some(pause) => sqlx::query(
                    "UPDATE computations SET state = 'waiting', step = 'waiting to try again', error = $1,
                            lease_until = NULL, not_before = CASE WHEN $2 = 0 THEN 0 ELSE coalesce($3, now_ms()) + $2 END,
                            log = with_line(log, coalesce($3, now_ms()), $6)
                     WHERE computation_id = $4 AND token = $5 AND state = 'active'",
                )
                .bind(error)
                .bind(milliseconds(pause)),
                None => sqlx::query(
                    "UPDATE computations SET state = 'failed', step = 'failed', error = $1, lease_until = NULL,
                            not_before = $2, ended_at = coalesce($3, now_ms()),
                            log = with_line(log, coalesce($3, now_ms()), $6)
                     WHERE computation_id = $4 AND token = $5 AND state = 'active'",
                )
                .bind(error)
                .bind(0_i64),
            };
            let failed = failed.bind(self.now()).bind(computation_id).bind(signed(token)).bind(told);
            let failed = failed.execute(&mut *transaction).await?;
            tell(&mut transaction, &computation_id.to_string()).await?;
            transaction.commit().await?;
            Ok(outcome(failed.rows_affected()))
        })
    }

    fn release(&self, computation_id: Uuid, token: u64, after: Duration) -> StoreFuture<'_, Outcome> {
        within(async move {
            let mut transaction = self.write().await?;
            let released = sqlx::query(
                "UPDATE computations SET state = 'waiting', attempts = attempts - 1, lease_until = NULL, percent = 0,
                        step = 'waiting', not_before = CASE WHEN $1 = 0 THEN 0 ELSE coalesce($2, now_ms()) + $1 END,
                        log = with_line(log, coalesce($2, now_ms()), $5)
                 WHERE computation_id = $3 AND token = $4 AND state = 'active'",
            )
            .bind(milliseconds(after))
            .bind(self.now())
            .bind(computation_id)
            .bind(signed(token))
            .bind(HANDED_BACK)
            .execute(&mut *transaction)
            .await?;
            tell(&mut transaction, SUBMITTED).await?;
            transaction.commit().await?;
            Ok(outcome(released.rows_affected()))
        })
    }

    fn recent_results(&self, limit: u32) -> StoreFuture<'_, Vec<String>> {
        within(async move {
            let results = sqlx::query_scalar(
                "SELECT result FROM computations
                 WHERE ended_at IS NOT NULL AND state = 'complete' AND result IS NOT NULL
                 ORDER BY ended_at DESC LIMIT $1",
            );
            Ok(results.bind(i64::from(limit)).fetch_all(&self.pool).await?)
        })
    }

    fn release_all(&self) -> StoreFuture<'_, u64> {
        within(async move {
            let mut transaction = self.write().await?;
            self.lock(&mut transaction, Lock::Claims).await?;
            let released = sqlx::query(
                "UPDATE computations SET state = 'waiting', lease_until = NULL, percent = 0, step = 'waiting',
                        log = with_line(log, coalesce($1, now_ms()), $2)
                 WHERE state = 'active'",
            )
            .bind(self.now())
            .bind(LEFT_BEHIND)
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
        within(async move {
            let mut transaction = self.write().await?;
            // Held from here on, so that of two who leave at once one is the last, and nobody joins meanwhile.
            let live: Option<Uuid> = sqlx::query_scalar(
                "SELECT computation_id FROM computations
                 WHERE computation_id = (SELECT computation_id FROM jobs WHERE job_id = $1 AND tenant = $2)
                   AND state IN ('waiting', 'active')
                 FOR UPDATE",
            )
            .bind(job_id)
            .bind(&tenant)
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(computation_id) = live {
                let detached = sqlx::query(
                    "UPDATE jobs SET detached_at = coalesce($1, now_ms()) WHERE job_id = $2 AND detached_at IS NULL",
                )
                .bind(self.now())
                .bind(job_id)
                .execute(&mut *transaction)
                .await?;
                if detached.rows_affected() > 0 {
                    if let Some(change) = change {
                        self.log(&mut transaction, change).await?;
                    }
                    let is_wanted: bool = sqlx::query_scalar(
                        "SELECT EXISTS (SELECT 1 FROM jobs WHERE computation_id = $1 AND detached_at IS NULL)",
                    )
                    .bind(computation_id)
                    .fetch_one(&mut *transaction)
                    .await?;
                    if !is_wanted {
                        self.end(&mut transaction, computation_id, ComputationState::Cancelled, None, UNWANTED).await?;
                    }
                }
            }
            let job = find_job(&mut transaction, &tenant, job_id).await?;
            transaction.commit().await?;
            Ok(job)
        })
    }

    fn job(&self, tenant: &str, job_id: Uuid) -> StoreFuture<'_, Option<JobRow>> {
        let tenant = tenant.to_owned();
        within(async move {
            let mut transaction = self.write().await?;
            find_job(&mut transaction, &tenant, job_id).await
        })
    }

    fn computation(&self, computation_id: Uuid) -> StoreFuture<'_, Option<ComputationRow>> {
        within(async move {
            let found: Option<FoundComputation> = sqlx::query_as(
                "SELECT computation_id, state, attempts, token, percent, step, error, result, ended_at
                 FROM computations WHERE computation_id = $1",
            )
            .bind(computation_id)
            .fetch_optional(&self.pool)
            .await?;
            found.map(FoundComputation::row).transpose()
        })
    }

    fn prune(&self, age: Duration) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut pruned = 0;
            loop {
                let batch = self.prune_some(age).await?;
                pruned += batch;
                if batch < FORGOTTEN_AT_ONCE as u64 {
                    return Ok(pruned);
                }
            }
        })
    }
}

impl PostgresStore {
    /// Forgets the oldest; none where another process is just doing it.
    fn prune_some(&self, age: Duration) -> StoreFuture<'_, u64> {
        within(async move {
            let mut transaction = self.write().await?;
            if !self.may_prune(&mut transaction).await? {
                return Ok(0);
            }
            let oldest: Vec<Uuid> = sqlx::query_scalar(
                // Held, so that none begins anew meanwhile.
                "SELECT computation_id FROM computations WHERE ended_at < coalesce($1, now_ms()) - $2
                 ORDER BY ended_at, computation_id LIMIT $3 FOR UPDATE SKIP LOCKED",
            )
            .bind(self.now())
            .bind(milliseconds(age))
            .bind(FORGOTTEN_AT_ONCE)
            .fetch_all(&mut *transaction)
            .await?;
            for statement in [
                "DELETE FROM jobs WHERE computation_id = ANY ($1)",
                "DELETE FROM computations WHERE computation_id = ANY ($1)",
            ] {
                sqlx::query(statement).bind(&oldest).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(oldest.len() as u64)
        })
    }

    /// When the database was started, on its own clock.
    async fn started_at_ms(&self, transaction: &mut Transaction<'static, Postgres>) -> Result<i64, StoreError> {
        let started_at = sqlx::query_scalar("SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint");
        Ok(started_at.fetch_one(&mut **transaction).await?)
    }

    /// Ends a live computation without a result.
    pub(super) async fn end(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        computation_id: Uuid,
        state: ComputationState,
        error: Option<&str>,
        why: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE computations SET state = $1, step = $1, error = $2, ended_at = coalesce($3, now_ms()),
                    lease_until = NULL, log = with_line(log, coalesce($3, now_ms()), $5)
             WHERE computation_id = $4",
        )
        .bind(state.name())
        .bind(error)
        .bind(self.now())
        .bind(computation_id)
        .bind(text(why))
        .execute(&mut **transaction)
        .await?;
        tell(transaction, &computation_id.to_string()).await
    }
}

async fn find_job(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: &str,
    job_id: Uuid,
) -> Result<Option<JobRow>, StoreError> {
    let found: Option<FoundJob> = sqlx::query_as(
        "SELECT job_id, key, matrix_key, jobs.created_at, detached_at,
                computation_id, state, attempts, token, percent, step, error, result, ended_at
         FROM jobs JOIN computations USING (computation_id) WHERE job_id = $1 AND tenant = $2",
    )
    .bind(job_id)
    .bind(tenant)
    .fetch_optional(&mut **transaction)
    .await?;
    found.map(FoundJob::row).transpose()
}
