//! What the one process reports, in SQLite.

use std::time::Duration;

use bytes::Bytes;

use super::SqliteStore;
use crate::store::found::{FORGOTTEN_MEASURES_AT_ONCE, milliseconds, signed};
use crate::store::found_measures::{
    FoundAsks, FoundFund, FoundJobCount, FoundMoment, FoundReporter, FoundSlow, FoundSum, FoundUse, day,
};
use crate::store::{
    BusyFund, DurableUse, JobCount, MeasureStore, MeasuresKept, Moment, Period, Report, Reporter, RunAsks, SlowRequest,
    StoreFuture, Sum,
};

impl MeasureStore for SqliteStore {
    fn report(&self, report: Report) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let process = report.process.id;
            let mut transaction = self.write().await?;
            // Whoever used the file before is gone.
            sqlx::query("DELETE FROM reports WHERE process_id <> ?").bind(process).execute(&mut *transaction).await?;
            sqlx::query(
                "INSERT INTO reports (process_id, name, reported_at, question, memory_entries, memory_bytes,
                                      memory_limit_bytes, worker_slots)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET
                     reported_at = excluded.reported_at, question = excluded.question, memory_entries = excluded.memory_entries,
                     memory_bytes = excluded.memory_bytes, memory_limit_bytes = excluded.memory_limit_bytes,
                     worker_slots = excluded.worker_slots",
            )
            .bind(process)
            .bind(report.process.name)
            .bind(self.clock.now_ms())
            .bind(report.question)
            .bind(signed(report.memory.entries))
            .bind(signed(report.memory.bytes))
            .bind(signed(report.memory.limit_bytes))
            .bind(i64::from(report.worker_slots))
            .execute(&mut *transaction)
            .await?;
            for activity in report.activity {
                sqlx::query(
                    "INSERT INTO activity (period_ms, starts_at, counter_id, kind, tier, outcome, requests, answered,
                                           latency_us, latencies)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET
                         requests = excluded.requests, answered = excluded.answered,
                         latency_us = excluded.latency_us, latencies = excluded.latencies",
                )
                .bind(activity.period.length_ms())
                .bind(activity.starts_at_ms)
                .bind(activity.counter)
                .bind(activity.series.kind.name())
                .bind(activity.series.origin.name())
                .bind(activity.series.ending.name())
                .bind(signed(activity.requests))
                .bind(signed(activity.answered))
                .bind(signed(activity.latency_us))
                .bind(&activity.latencies[..])
                .execute(&mut *transaction)
                .await?;
            }
            for fund in report.funds {
                sqlx::query(
                    "INSERT INTO fund_activity (starts_at, counter_id, tenant, fund_id, kind, requests, hits)
                     VALUES (?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET requests = excluded.requests, hits = excluded.hits",
                )
                .bind(fund.starts_at_ms)
                .bind(fund.counter)
                .bind(fund.tenant)
                .bind(fund.fund_id)
                .bind(fund.kind.name())
                .bind(signed(fund.requests))
                .bind(signed(fund.hits))
                .execute(&mut *transaction)
                .await?;
            }
            for slow in report.slow {
                sqlx::query(
                    "INSERT INTO slow_requests (starts_at, counter_id, place, kind, tier, outcome, key, matrix_key,
                                                latency_us, at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET
                         kind = excluded.kind, tier = excluded.tier, outcome = excluded.outcome, key = excluded.key,
                         matrix_key = excluded.matrix_key, latency_us = excluded.latency_us, at = excluded.at",
                )
                .bind(slow.starts_at_ms)
                .bind(slow.counter)
                .bind(slow.place)
                .bind(slow.series.kind.name())
                .bind(slow.series.origin.name())
                .bind(slow.series.ending.name())
                .bind(&slow.key[..])
                .bind(slow.matrix_key.map(|key| key.to_vec()))
                .bind(signed(slow.latency_us))
                .bind(slow.at_ms)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn ask_for_reports(&self) -> StoreFuture<'_, i64> {
        // There is nobody else to ask.
        Box::pin(async { Ok(self.clock.now_ms()) })
    }

    fn reporters(&self) -> StoreFuture<'_, Vec<Reporter>> {
        Box::pin(async {
            let found: Vec<FoundReporter> = sqlx::query_as(
                "SELECT process_id, name, question, memory_entries, memory_bytes, memory_limit_bytes, worker_slots
                 FROM reports",
            )
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().map(FoundReporter::row).collect())
        })
    }

    fn sums(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Sum>> {
        Box::pin(async move {
            let found: Vec<FoundSum> = sqlx::query_as(
                "SELECT kind, tier, outcome, sum(requests) AS requests, sum(answered) AS answered,
                        sum(latency_us) AS latency_us
                 FROM activity WHERE period_ms = ? AND starts_at >= ? AND starts_at < ?
                 GROUP BY kind, tier, outcome",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().filter_map(FoundSum::row).collect())
        })
    }

    fn latencies(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Bytes>> {
        Box::pin(async move {
            let found: Vec<Vec<u8>> = sqlx::query_scalar(
                "SELECT latencies FROM activity
                 WHERE period_ms = ? AND starts_at >= ? AND starts_at < ? AND answered > 0
                   AND outcome <> 'generated'",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().map(Bytes::from).collect())
        })
    }

    fn moments(&self, period: Period, from_ms: i64, until_ms: i64) -> StoreFuture<'_, Vec<Moment>> {
        Box::pin(async move {
            let found: Vec<FoundMoment> = sqlx::query_as(
                "SELECT starts_at, kind, tier, outcome, requests, latencies FROM activity
                 WHERE period_ms = ? AND starts_at >= ? AND starts_at < ?
                   AND outcome NOT IN ('generated', 'evicted', 'lost-rows')",
            )
            .bind(period.length_ms())
            .bind(from_ms)
            .bind(until_ms)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().filter_map(FoundMoment::row).collect())
        })
    }

    fn busiest_funds(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<BusyFund>> {
        Box::pin(async move {
            let found: Vec<FoundFund> = sqlx::query_as(
                "SELECT tenant, fund_id, sum(requests) AS requests, sum(hits) AS hits
                 FROM fund_activity WHERE starts_at >= ? AND fund_id <> '' GROUP BY tenant, fund_id
                 ORDER BY sum(requests) DESC, tenant, fund_id LIMIT ?",
            )
            .bind(from_ms)
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().map(FoundFund::row).collect())
        })
    }

    fn slowest(&self, from_ms: i64, limit: u32) -> StoreFuture<'_, Vec<SlowRequest>> {
        Box::pin(async move {
            let found: Vec<FoundSlow> = sqlx::query_as(
                "SELECT counter_id, starts_at, place, kind, tier, outcome, key, matrix_key, latency_us, at
                 FROM slow_requests WHERE starts_at >= ?1 AND at >= ?2
                 ORDER BY latency_us DESC, at DESC LIMIT ?3",
            )
            .bind(Period::Hour.start_of(from_ms))
            .bind(from_ms)
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().filter_map(FoundSlow::row).collect())
        })
    }

    fn durable_use(&self) -> StoreFuture<'_, Vec<DurableUse>> {
        Box::pin(async {
            let found: Vec<FoundUse> =
                sqlx::query_as("SELECT kind, entries, bytes, 1 AS lines FROM artifact_sums WHERE entries > 0")
                    .fetch_all(&self.main.readers)
                    .await?;
            Ok(found.into_iter().filter_map(FoundUse::row).collect())
        })
    }

    fn count_asks(&self, asks: Vec<RunAsks>, at_ms: i64) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            for RunAsks { run_key, tenant, asks } in asks {
                sqlx::query(
                    "INSERT INTO run_asks (day, run_key, tenant, asks) VALUES (?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET asks = asks + excluded.asks",
                )
                .bind(day(at_ms))
                .bind(&run_key[..])
                .bind(tenant)
                .bind(signed(asks))
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn most_asked(&self, since_ms: i64, limit: u32) -> StoreFuture<'_, Vec<RunAsks>> {
        Box::pin(async move {
            let found: Vec<FoundAsks> = sqlx::query_as(
                "WITH by_tenant AS (
                     SELECT run_key, tenant, sum(asks) AS asks FROM run_asks WHERE day >= ? GROUP BY run_key, tenant
                 ), ranked AS (
                     SELECT run_key, tenant, sum(asks) OVER (PARTITION BY run_key) AS asks,
                            row_number() OVER (PARTITION BY run_key ORDER BY asks DESC, tenant) AS place
                     FROM by_tenant
                 )
                 SELECT run_key, tenant, asks FROM ranked WHERE place = 1 ORDER BY asks DESC, run_key LIMIT ?",
            )
            .bind(day(since_ms))
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().filter_map(FoundAsks::row).collect())
        })
    }

    fn job_counts(&self, failed_within: Duration) -> StoreFuture<'_, Vec<JobCount>> {
        Box::pin(async move {
            let found: Vec<FoundJobCount> = sqlx::query_as(
                "SELECT state, priority, count(*) AS count FROM computations
                 WHERE state IN ('waiting', 'active') GROUP BY state, priority
                 UNION ALL
                 SELECT state, priority, count(*) FROM computations
                 WHERE ended_at >= ? AND state = 'failed' GROUP BY state, priority",
            )
            .bind(self.clock.now_ms() - milliseconds(failed_within))
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().filter_map(FoundJobCount::row).collect())
        })
    }

    fn forget_measures(&self, kept: MeasuresKept) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let mut forgotten = 0;
            for (period, age) in [(Period::Minute, kept.minutes), (Period::Hour, kept.hours)] {
                let deleted = sqlx::query(
                    "DELETE FROM activity WHERE rowid IN (
                         SELECT rowid FROM activity WHERE period_ms = ? AND starts_at < ? LIMIT ?)",
                );
                let deleted = deleted
                    .bind(period.length_ms())
                    .bind(now - milliseconds(age))
                    .bind(FORGOTTEN_MEASURES_AT_ONCE)
                    .execute(&mut *transaction)
                    .await?;
                forgotten = deleted.rows_affected().max(forgotten);
            }
            for statement in [
                "DELETE FROM fund_activity WHERE rowid IN (SELECT rowid FROM fund_activity WHERE starts_at < ? LIMIT ?)",
                "DELETE FROM slow_requests WHERE rowid IN (SELECT rowid FROM slow_requests WHERE starts_at < ? LIMIT ?)",
            ] {
                let deleted = sqlx::query(statement)
                    .bind(now - milliseconds(kept.details))
                    .bind(FORGOTTEN_MEASURES_AT_ONCE)
                    .execute(&mut *transaction)
                    .await?;
                forgotten = deleted.rows_affected().max(forgotten);
            }
            let deleted =
                sqlx::query("DELETE FROM run_asks WHERE rowid IN (SELECT rowid FROM run_asks WHERE day < ? LIMIT ?)")
                    .bind(day(now - milliseconds(kept.details)))
                    .bind(FORGOTTEN_MEASURES_AT_ONCE)
                    .execute(&mut *transaction)
                    .await?;
            forgotten = deleted.rows_affected().max(forgotten);
            transaction.commit().await?;
            Ok(forgotten >= FORGOTTEN_MEASURES_AT_ONCE.unsigned_abs())
        })
    }
}
