//! What the processes that share a PostgreSQL report.

use std::time::Duration;

use bytes::Bytes;

use super::events::{REPORT, tell};
use super::{PostgresStore, within};
use crate::store::found::{FORGOTTEN_MEASURES_AT_ONCE, milliseconds, signed};
use crate::store::found_measures::{
    FoundAsks, FoundFund, FoundJobCount, FoundMoment, FoundReporter, FoundSlow, FoundSum, FoundUse, day,
};
use crate::store::{
    BusyFund, DurableUse, EvictionStore as _, JobCount, MeasureStore, MeasuresKept, Moment, Period, Report, Reporter,
    RunAsks, SlowRequest, StoreFuture, Sum,
};

/// Lines of sums that are added up whenever somebody asks, at most.
const MOST_LINES: i64 = 1_000;

impl MeasureStore for PostgresStore {
    fn report(&self, report: Report) -> StoreFuture<'_, ()> {
        within(async move {
            let process = report.process.id;
            let mut transaction = self.write().await?;
            if !report.activity.is_empty() {
                let rows = &report.activity;
                sqlx::query(
                    "INSERT INTO activity (counter_id, period_ms, starts_at, kind, tier, outcome, requests, answered,
                                           latency_us, latencies)
                     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                                          $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[])
                     ON CONFLICT (period_ms, starts_at, counter_id, kind, tier, outcome) DO UPDATE SET
                         requests = excluded.requests, answered = excluded.answered,
                         latency_us = excluded.latency_us, latencies = excluded.latencies",
                )
                .bind(rows.iter().map(|row| row.counter).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.period.length_ms()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.starts_at_ms).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.kind.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.origin.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.ending.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.requests)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.answered)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.latency_us)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.latencies.to_vec()).collect::<Vec<_>>())
                .execute(&mut *transaction)
                .await?;
            }
            if !report.funds.is_empty() {
                let rows = &report.funds;
                sqlx::query(
                    "INSERT INTO fund_activity (counter_id, starts_at, tenant, fund_id, kind, requests, hits)
                     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                          $7::bigint[])
                     ON CONFLICT (starts_at, counter_id, tenant, fund_id, kind) DO UPDATE SET
                         requests = excluded.requests, hits = excluded.hits",
                )
                .bind(rows.iter().map(|row| row.counter).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.starts_at_ms).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.fund_id.as_str()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.kind.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.requests)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.hits)).collect::<Vec<_>>())
                .execute(&mut *transaction)
                .await?;
            }
            if !report.slow.is_empty() {
                let rows = &report.slow;
                sqlx::query(
                    "INSERT INTO slow_requests (counter_id, starts_at, place, kind, tier, outcome, key, matrix_key,
                                                latency_us, at)
                     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                                          $7::bytea[], $8::bytea[], $9::bigint[], $10::bigint[])
                     ON CONFLICT (starts_at, counter_id, place) DO UPDATE SET
                         kind = excluded.kind, tier = excluded.tier, outcome = excluded.outcome, key = excluded.key,
                         matrix_key = excluded.matrix_key, latency_us = excluded.latency_us, at = excluded.at",
                )
                .bind(rows.iter().map(|row| row.counter).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.starts_at_ms).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| i64::from(row.place)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.kind.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.origin.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.series.ending.name()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.key.to_vec()).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.matrix_key.map(|key| key.to_vec())).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| signed(row.latency_us)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| row.at_ms).collect::<Vec<_>>())
                .execute(&mut *transaction)
                .await?;
            }
            sqlx::query(
                "INSERT INTO reports (process_id, name, reported_at, question, memory_entries, memory_bytes,
                                      memory_limit_bytes, worker_slots)
                 VALUES ($1, $2, coalesce($3, now_ms()), $4, $5, $6, $7, $8)
                 ON CONFLICT (process_id) DO UPDATE SET
                     reported_at = excluded.reported_at, question = excluded.question, memory_entries = excluded.memory_entries,
                     memory_bytes = excluded.memory_bytes, memory_limit_bytes = excluded.memory_limit_bytes,
                     worker_slots = excluded.worker_slots",
            )
            .bind(process)
            .bind(report.process.name)
            .bind(self.now())
            .bind(report.question)
            .bind(signed(report.memory.entries))
            .bind(signed(report.memory.bytes))
            .bind(signed(report.memory.limit_bytes))
            .bind(i64::from(report.worker_slots))
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(())
        })
    }

    fn ask_for_reports(&self) -> StoreFuture<'_, i64> {
        within(async {
            let mut transaction = self.write().await?;
            let question: i64 =
                sqlx::query_scalar("SELECT nextval('report_questions')").fetch_one(&mut *transaction).await?;
            tell(&mut transaction, &format!("{REPORT}{question}")).await?;
            transaction.commit().await?;
            Ok(question)
        })
    }

    fn reporters(&self) -> StoreFuture<'_, Vec<Reporter>> {
        within(async {
            let found: Vec<FoundReporter> = sqlx::query_as(
                "SELECT member_id AS process_id, members.name, question, coalesce(memory_entries, 0) AS memory_entries,
                        coalesce(memory_bytes, 0) AS memory_bytes, coalesce(memory_limit_bytes, 0) AS memory_limit_bytes,
                        coalesce(worker_slots, 0) AS worker_slots
                 FROM members LEFT JOIN reports ON process_id = member_id
                 WHERE lease_until > coalesce($1, now_ms()) ORDER BY members.name, member_id",
            )
            .bind(self.now())
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(FoundReporter::row).collect())
        })
    }

    fn sums(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Sum>> {
        within(async move {
            let found: Vec<FoundSum> = sqlx::query_as(
                "SELECT kind, tier, outcome, sum(requests)::bigint AS requests, sum(answered)::bigint AS answered,
                        sum(latency_us)::bigint AS latency_us
                 FROM activity WHERE period_ms = $1 AND starts_at >= $2 AND starts_at < $3
                 GROUP BY kind, tier, outcome",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().filter_map(FoundSum::row).collect())
        })
    }

    fn latencies(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Bytes>> {
        within(async move {
            let found: Vec<Vec<u8>> = sqlx::query_scalar(
                "SELECT latencies FROM activity
                 WHERE period_ms = $1 AND starts_at >= $2 AND starts_at < $3 AND answered > 0
                   AND outcome <> 'generated'",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(Bytes::from).collect())
        })
    }

    fn moments(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Moment>> {
        within(async move {
            let found: Vec<FoundMoment> = sqlx::query_as(
                "SELECT starts_at, kind, tier, outcome, requests, latencies FROM activity
                 WHERE period_ms = $1 AND starts_at >= $2 AND starts_at < $3
                   AND outcome NOT IN ('generated', 'evicted', 'lost-rows')",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().filter_map(FoundMoment::row).collect())
        })
    }

    fn busiest_funds(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<BusyFund>> {
        within(async move {
            let found: Vec<FoundFund> = sqlx::query_as(
                "SELECT tenant, fund_id, sum(requests)::bigint AS requests, sum(hits)::bigint AS hits
                 FROM fund_activity WHERE starts_at >= $1 AND fund_id <> '' GROUP BY tenant, fund_id
                 ORDER BY sum(requests) DESC, tenant, fund_id LIMIT $2",
            )
            .bind(from_ms)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(FoundFund::row).collect())
        })
    }

    fn slowest(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<SlowRequest>> {
        within(async move {
            let found: Vec<FoundSlow> = sqlx::query_as(
                "SELECT counter_id, starts_at, place, kind, tier, outcome, key, matrix_key, latency_us, at
                 FROM slow_requests WHERE starts_at >= $1 AND at >= $2
                 ORDER BY latency_us DESC, at DESC LIMIT $3",
            )
            .bind(Period::Hour.start_of(from_ms))
            .bind(from_ms)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().filter_map(FoundSlow::row).collect())
        })
    }

    fn durable_use(&self) -> StoreFuture<'_, Vec<DurableUse>> {
        within(async {
            let found: Vec<FoundUse> = sqlx::query_as(
                "SELECT kind, sum(entries)::bigint AS entries, sum(bytes)::bigint AS bytes, count(*) AS lines
                 FROM artifact_sums GROUP BY kind HAVING sum(entries) > 0",
            )
            .fetch_all(&self.pool)
            .await?;
            if found.iter().any(|found| found.lines > MOST_LINES) {
                self.fold_sums().await?;
            }
            Ok(found.into_iter().filter_map(FoundUse::row).collect())
        })
    }

    fn count_asks(&self, mut asks: Vec<RunAsks>, at_ms: i64) -> StoreFuture<'_, ()> {
        within(async move {
            // In one order everywhere, so that processes that write at once wait for each other instead of in a circle.
            asks.sort_unstable_by(|a, b| (a.run_key, &a.tenant).cmp(&(b.run_key, &b.tenant)));
            sqlx::query(
                "INSERT INTO run_asks (day, run_key, tenant, asks)
                 SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::bigint[])
                 ON CONFLICT (day, run_key, tenant) DO UPDATE SET asks = run_asks.asks + excluded.asks",
            )
            .bind(day(at_ms))
            .bind(asks.iter().map(|asks| asks.run_key.to_vec()).collect::<Vec<_>>())
            .bind(asks.iter().map(|asks| asks.tenant.as_str()).collect::<Vec<_>>())
            .bind(asks.iter().map(|asks| signed(asks.asks)).collect::<Vec<_>>())
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }

    fn most_asked(&self, since_ms: i64, limit: u32) -> StoreFuture<'_, Vec<RunAsks>> {
        within(async move {
            let found: Vec<FoundAsks> = sqlx::query_as(
                "WITH by_tenant AS (
                     SELECT run_key, tenant, sum(asks) AS asks FROM run_asks WHERE day >= $1 GROUP BY run_key, tenant
                 )
                 SELECT run_key, (array_agg(tenant ORDER BY asks DESC, tenant))[1] AS tenant,
                        sum(asks)::bigint AS asks
                 FROM by_tenant GROUP BY run_key ORDER BY sum(asks) DESC, run_key LIMIT $2",
            )
            .bind(day(since_ms))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().filter_map(FoundAsks::row).collect())
        })
    }

    fn job_counts(&self, failed_within: Duration) -> StoreFuture<'_, Vec<JobCount>> {
        within(async move {
            let found: Vec<FoundJobCount> = sqlx::query_as(
                "SELECT state, priority, count(*) AS count FROM computations
                 WHERE state IN ('waiting', 'active') GROUP BY state, priority
                 UNION ALL
                 SELECT state, priority, count(*) FROM computations
                 WHERE ended_at >= coalesce($1, now_ms()) - $2 AND state = 'failed' GROUP BY state, priority",
            )
            .bind(self.now())
            .bind(milliseconds(failed_within))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().filter_map(FoundJobCount::row).collect())
        })
    }

    fn forget_measures(&self, kept: MeasuresKept) -> StoreFuture<'_, bool> {
        within(async move {
            let mut transaction = self.write().await?;
            if !self.may_prune(&mut transaction).await? {
                return Ok(false);
            }
            let mut forgotten = 0;
            for (period, age) in [(Period::Minute, kept.minutes), (Period::Hour, kept.hours)] {
                let deleted = sqlx::query(
                    "DELETE FROM activity WHERE ctid IN (
                         SELECT ctid FROM activity WHERE period_ms = $1 AND starts_at < coalesce($2, now_ms()) - $3 LIMIT $4)",
                );
                let deleted = deleted
                    .bind(period.length_ms())
                    .bind(self.now())
                    .bind(milliseconds(age))
                    .bind(FORGOTTEN_MEASURES_AT_ONCE)
                    .execute(&mut *transaction)
                    .await?;
                forgotten = deleted.rows_affected().max(forgotten);
            }
            for statement in [
                "DELETE FROM fund_activity WHERE ctid IN (
                     SELECT ctid FROM fund_activity WHERE starts_at < coalesce($1, now_ms()) - $2 LIMIT $3)",
                "DELETE FROM slow_requests WHERE ctid IN (
                     SELECT ctid FROM slow_requests WHERE starts_at < coalesce($1, now_ms()) - $2 LIMIT $3)",
                "DELETE FROM reports WHERE ctid IN (
                     SELECT ctid FROM reports WHERE reported_at < coalesce($1, now_ms()) - $2 LIMIT $3)",
            ] {
                let deleted = sqlx::query(statement)
                    .bind(self.now())
                    .bind(milliseconds(kept.details))
                    .bind(FORGOTTEN_MEASURES_AT_ONCE)
                    .execute(&mut *transaction)
                    .await?;
                forgotten = deleted.rows_affected().max(forgotten);
            }
            let deleted = sqlx::query(
                "DELETE FROM run_asks WHERE ctid IN (
                     SELECT ctid FROM run_asks WHERE day < (coalesce($1, now_ms()) - $2) / 86400000 LIMIT $3)",
            )
            .bind(self.now())
            .bind(milliseconds(kept.details))
            .bind(FORGOTTEN_MEASURES_AT_ONCE)
            .execute(&mut *transaction)
            .await?;
            forgotten = deleted.rows_affected().max(forgotten);
            transaction.commit().await?;
            Ok(forgotten >= FORGOTTEN_MEASURES_AT_ONCE.unsigned_abs())
        })
    }
}
