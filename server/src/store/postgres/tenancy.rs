//! Who asked for what, and funds, in PostgreSQL.

use super::{PostgresStore, findable, within};
use crate::store::found::{FoundAccess, FoundFund, key};
use crate::store::{
    Access, Change, FundMustBe, FundRow, Key, ListedRun, RunPosition, Source, StoreFuture, TenantStore,
};

const PUT_FUND: &str = "INSERT INTO funds (tenant, fund_id, input, size_amount, size_currency, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, fund_id) DO UPDATE SET input = excluded.input, size_amount = excluded.size_amount,
         size_currency = excluded.size_currency, updated_at = greatest(excluded.updated_at, funds.updated_at + 1)
     RETURNING fund_id, input, size_amount, size_currency, created_at, updated_at";
const PUT_NEW_FUND: &str =
    "INSERT INTO funds (tenant, fund_id, input, size_amount, size_currency, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, fund_id) DO NOTHING
     RETURNING fund_id, input, size_amount, size_currency, created_at, updated_at";
const PUT_KNOWN_FUND: &str =
    "UPDATE funds SET input = $3, size_amount = $4, size_currency = $5, updated_at = greatest($7, updated_at + 1)
     WHERE tenant = $1 AND fund_id = $2 AND updated_at = $6
     RETURNING fund_id, input, size_amount, size_currency, created_at, updated_at";

impl TenantStore for PostgresStore {
    fn access(&self, tenant: &str, run_key: Key) -> StoreFuture<'_, Option<Access>> {
        let tenant = tenant.to_owned();
        within(async move {
            let found: Option<FoundAccess> = sqlx::query_as(
                "SELECT made, source, asked_at, fund_id FROM run_access JOIN runs USING (run_key)
                 WHERE tenant = $1 AND run_key = $2",
            )
            .bind(tenant)
            .bind(&run_key[..])
            .fetch_optional(&self.pool)
            .await?;
            found.map(FoundAccess::row).transpose()
        })
    }

    fn grant(&self, tenant: &str, run_key: Key, source: Source, change: Change) -> StoreFuture<'_, ()> {
        let tenant = tenant.to_owned();
        within(async move {
            let mut transaction = self.write().await?;
            let granted = sqlx::query(
                "INSERT INTO run_access (tenant, run_key, made, source, asked_at)
                 SELECT $1, run_key, false, $2, coalesce($3, now_ms()) FROM runs WHERE run_key = $4
                 ON CONFLICT (tenant, run_key) DO NOTHING",
            )
            .bind(tenant)
            .bind(source.name())
            .bind(self.now())
            .bind(&run_key[..])
            .execute(&mut *transaction)
            .await?;
            if granted.rows_affected() > 0 {
                self.log(&mut transaction, change).await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn touch(&self, mut asked: Vec<(String, Key, Source, i64)>) -> StoreFuture<'_, ()> {
        within(async move {
            // In one order everywhere, so that processes that write at once wait for each other instead of in a circle.
            asked.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
            let mut transaction = self.write().await?;
            for (tenant, run_key, source, asked_at) in asked {
                // Another process may have noted a later time.
                sqlx::query(
                    "UPDATE run_access SET asked_at = $1, source = $2
                     WHERE tenant = $3 AND run_key = $4 AND asked_at <= $1",
                )
                .bind(asked_at)
                .bind(source.name())
                .bind(tenant)
                .bind(&run_key[..])
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn matrix_access(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<(i64, String)>> {
        let tenant = tenant.to_owned();
        within(async move {
            let asked: Option<(i64, String)> = sqlx::query_as(
                "SELECT asked_at, fund_id FROM runs JOIN run_access USING (run_key)
                 WHERE matrix_key = $1 AND tenant = $2 ORDER BY asked_at DESC, run_key LIMIT 1",
            )
            .bind(&matrix_key[..])
            .bind(tenant)
            .fetch_optional(&self.pool)
            .await?;
            Ok(asked)
        })
    }

    fn run_input(&self, run_key: Key) -> StoreFuture<'_, Option<String>> {
        within(async move {
            let input = sqlx::query_scalar("SELECT input FROM runs WHERE run_key = $1").bind(run_key.to_vec());
            Ok(input.fetch_optional(&self.pool).await?)
        })
    }

    fn matrix_input(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<String>> {
        let tenant = tenant.to_owned();
        within(async move {
            let input = sqlx::query_scalar(
                "SELECT input FROM runs JOIN run_access USING (run_key)
                 WHERE matrix_key = $1 AND tenant = $2
                 ORDER BY EXISTS (SELECT 1 FROM artifacts WHERE kind = 'run' AND key = run_key)
                          OR EXISTS (SELECT 1 FROM evictions WHERE kind = 'run' AND key = run_key) DESC, run_key
                 LIMIT 1",
            )
            .bind(matrix_key.to_vec())
            .bind(tenant);
            Ok(input.fetch_optional(&self.pool).await?)
        })
    }

    fn runs(
        &self,
        tenant: &str,
        format: u32,
        fund_id: Option<&str>,
        limit: u32,
        after: Option<RunPosition>,
    ) -> StoreFuture<'_, Vec<ListedRun>> {
        let (tenant, fund_id) = (tenant.to_owned(), fund_id.map(findable));
        within(async move {
            let fund_id = match fund_id {
                None => None,
                Some(Some(fund_id)) => Some(fund_id),
                Some(None) => return Ok(Vec::new()),
            };
            // Above every time and key, so that one statement serves the first page too.
            let after = after.unwrap_or(RunPosition { asked_at_ms: i64::MAX, run_key: [0xff; 32] });
            let found: Vec<(Vec<u8>, String, i64)> = sqlx::query_as(
                "SELECT run_key, listing, asked_at FROM run_access JOIN runs USING (run_key)
                 WHERE tenant = $1 AND (asked_at, run_key) < ($2, $3) AND ($4::text IS NULL OR fund_id = $4)
                   AND (EXISTS (SELECT 1 FROM artifacts WHERE kind = 'run' AND key = run_key AND format = $5)
                        OR EXISTS (SELECT 1 FROM evictions WHERE kind = 'run' AND key = run_key AND format = $5))
                 ORDER BY asked_at DESC, run_key DESC LIMIT $6",
            )
            .bind(tenant)
            .bind(after.asked_at_ms)
            .bind(&after.run_key[..])
            .bind(fund_id)
            .bind(i64::from(format))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            let listed = found
                .into_iter()
                .map(|(run_key, listing, asked_at_ms)| Ok(ListedRun { run_key: key(&run_key)?, listing, asked_at_ms }));
            listed.collect()
        })
    }

    fn funds(&self, tenant: &str, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<FundRow>> {
        // An id has at least one character, so everything comes after the empty text.
        let (tenant, after) = (tenant.to_owned(), after.unwrap_or_default().replace('\0', "\u{1}"));
        within(async move {
            let found: Vec<FoundFund> = sqlx::query_as(
                "SELECT fund_id, input, size_amount, size_currency, created_at, updated_at FROM funds
                 WHERE tenant = $1 AND fund_id > $2 ORDER BY fund_id LIMIT $3",
            )
            .bind(tenant)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(FundRow::from).collect())
        })
    }

    fn fund(&self, tenant: &str, fund_id: &str) -> StoreFuture<'_, Option<FundRow>> {
        let (tenant, fund_id) = (tenant.to_owned(), findable(fund_id));
        within(async move {
            let Some(fund_id) = fund_id else { return Ok(None) };
            let found: Option<FoundFund> = sqlx::query_as(
                "SELECT fund_id, input, size_amount, size_currency, created_at, updated_at FROM funds
                 WHERE tenant = $1 AND fund_id = $2",
            )
            .bind(tenant)
            .bind(fund_id)
            .fetch_optional(&self.pool)
            .await?;
            Ok(found.map(FundRow::from))
        })
    }

    fn put_fund(
        &self,
        tenant: &str,
        fund: FundRow,
        must_be: FundMustBe,
        change: Change,
    ) -> StoreFuture<'_, Option<FundRow>> {
        let tenant = tenant.to_owned();
        within(async move {
            let (amount, currency) = fund.size.unzip();
            // Where it must be a known one, the time it was stored at stands in the place of its first.
            let (statement, created_at) = match must_be {
                FundMustBe::Any => (PUT_FUND, fund.created_at_ms),
                FundMustBe::New => (PUT_NEW_FUND, fund.created_at_ms),
                FundMustBe::StoredAt(at) => (PUT_KNOWN_FUND, at),
            };
            let mut transaction = self.write().await?;
            let stored: Option<FoundFund> = sqlx::query_as(statement)
                .bind(tenant)
                .bind(fund.fund_id)
                .bind(fund.input)
                .bind(amount)
                .bind(currency)
                .bind(created_at)
                .bind(fund.updated_at_ms)
                .fetch_optional(&mut *transaction)
                .await?;
            if stored.is_some() {
                self.log(&mut transaction, change).await?;
            }
            transaction.commit().await?;
            Ok(stored.map(FundRow::from))
        })
    }

    fn delete_fund(&self, tenant: &str, fund_id: &str, change: Change) -> StoreFuture<'_, bool> {
        let (tenant, fund_id) = (tenant.to_owned(), findable(fund_id));
        within(async move {
            let Some(fund_id) = fund_id else { return Ok(false) };
            let mut transaction = self.write().await?;
            let deleted = sqlx::query("DELETE FROM funds WHERE tenant = $1 AND fund_id = $2")
                .bind(tenant)
                .bind(fund_id)
                .execute(&mut *transaction)
                .await?;
            let is_deleted = deleted.rows_affected() > 0;
            if is_deleted {
                self.log(&mut transaction, change).await?;
            }
            transaction.commit().await?;
            Ok(is_deleted)
        })
    }
}
