//! The PostgreSQL that everything is moved to: looked at first, then locked for one transaction.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnection, PgCopyIn};
use sqlx::{AssertSqlSafe, Connection as _};

use super::{MoveError, OF_PROCESSES, SUMS, Size, TABLES, Table, of_target};
use crate::config::DatabaseUrl;
use crate::store::postgres::PostgresStore;

/// How long processes that just ended may still seem to be there: as long as the lease of one that was killed.
const PATIENCE: Duration = Duration::from_secs(6);
/// From one look to the next.
const LOOK: Duration = Duration::from_millis(100);

/// Rows here do not count: a secret that sealed nothing, and what processes that are gone said of themselves.
const REPLACED: &str = "installation";

/// Its triggers would write down once more what is moved, or take away what is moved before.
const WITH_TRIGGERS: [&str; 2] = ["artifacts", "artifact_epochs"];

/// One connection with a transaction that ends with it, unless it is committed.
#[derive(Debug)]
pub(super) struct Target {
    connection: PgConnection,
}

impl Target {
    /// Looks whether the database is empty and unused, makes its schema, and locks all of it.
    pub(super) async fn open(url: &DatabaseUrl) -> Result<Self, MoveError> {
        let connection = PostgresStore::connect_to_fill(url).await.map_err(MoveError::Target)?;
        let mut target = Self { connection };
        // First as it is, so that a database that somebody uses is neither locked nor given another schema.
        target.wait_until_unused().await?;
        target.must_be_empty().await?;
        PostgresStore::make_schema(&mut target.connection).await.map_err(MoveError::Target)?;
        target.execute("BEGIN".to_owned()).await?;
        // A process that starts from here on waits for the installation's secret, which it reads before all else.
        target.execute(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", all_tables().join(", "))).await?;
        let others = target.others().await?;
        if !others.is_empty() {
            return Err(MoveError::InUse(others));
        }
        target.must_be_empty().await?;
        Ok(target)
    }

    /// Takes away what does not count, and holds the triggers that would come between.
    pub(super) async fn clear(&mut self) -> Result<(), MoveError> {
        for table in [REPLACED].into_iter().chain(OF_PROCESSES) {
            self.execute(format!("DELETE FROM {table}")).await?;
        }
        for table in WITH_TRIGGERS {
            self.execute(format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await?;
        }
        Ok(())
    }

    /// Begins to take rows of a table.
    pub(super) async fn copy(&mut self, table: &Table) -> Result<PgCopyIn<&mut PgConnection>, MoveError> {
        self.connection.copy_in_raw(&table.copy()).await.map_err(of_target)
    }

    /// How much of a table there is.
    pub(super) async fn size(&mut self, table: &Table) -> Result<Size, MoveError> {
        let size = sqlx::query_as(AssertSqlSafe(table.size_in_postgres()));
        size.fetch_one(&mut self.connection).await.map(Size::found).map_err(of_target)
    }

    /// By kind, entries and bytes of artifacts as the triggers counted them.
    pub(super) async fn sums(&mut self) -> Result<Vec<(String, i64, i64)>, MoveError> {
        let sums = "SELECT kind, sum(entries)::bigint, sum(bytes)::bigint FROM artifact_sums
             GROUP BY kind HAVING sum(entries) <> 0 OR sum(bytes) <> 0 ORDER BY kind";
        sqlx::query_as(sums).fetch_all(&mut self.connection).await.map_err(of_target)
    }

    /// Lets the triggers go, and everybody see what was moved.
    pub(super) async fn commit(mut self) -> Result<(), MoveError> {
        for table in WITH_TRIGGERS {
            self.execute(format!("ALTER TABLE {table} ENABLE TRIGGER USER")).await?;
        }
        // The first questions come before PostgreSQL would know by itself how large the tables are.
        self.execute(format!("ANALYZE {}", all_tables().join(", "))).await?;
        let committed = sqlx::query("COMMIT").execute(&mut self.connection).await;
        committed.map_err(|error| MoveError::MaybeMoved(error.into()))?;
        // What is committed stays, however the connection ends.
        let _ = self.connection.close().await;
        Ok(())
    }

    async fn wait_until_unused(&mut self) -> Result<(), MoveError> {
        let begun = Instant::now();
        loop {
            let others = self.others().await?;
            if others.is_empty() {
                return Ok(());
            }
            if begun.elapsed() >= PATIENCE {
                return Err(MoveError::InUse(others));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Who else uses the database: processes that share it, by their names, and other connections of this program.
    async fn others(&mut self) -> Result<Vec<String>, MoveError> {
        let mut others = Vec::new();
        if self.is_there("members").await? {
            let members = "SELECT name FROM members WHERE lease_until > now_ms() ORDER BY name";
            others = sqlx::query_scalar(members).fetch_all(&mut self.connection).await.map_err(of_target)?;
        }
        let connections: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'foliocast%'",
        )
        .fetch_one(&mut self.connection)
        .await
        .map_err(of_target)?;
        if others.is_empty() && connections > 0 {
            others.push(format!("other connections of Foliocast ({connections})"));
        }
        Ok(others)
    }

    async fn must_be_empty(&mut self) -> Result<(), MoveError> {
        let mut filled = Vec::new();
        for table in TABLES.iter().map(|table| table.name).chain([SUMS]).filter(|table| *table != REPLACED) {
            if self.is_there(table).await? && self.has_rows(table).await? {
                filled.push(table);
            }
        }
        if filled.is_empty() { Ok(()) } else { Err(MoveError::NotEmpty(filled)) }
    }

    async fn is_there(&mut self, table: &str) -> Result<bool, MoveError> {
        let found = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table);
        found.fetch_one(&mut self.connection).await.map_err(of_target)
    }

    async fn has_rows(&mut self, table: &str) -> Result<bool, MoveError> {
        let found = sqlx::query_scalar(AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {table})")));
        found.fetch_one(&mut self.connection).await.map_err(of_target)
    }

    async fn execute(&mut self, statement: String) -> Result<(), MoveError> {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut self.connection).await.map_err(of_target)?;
        Ok(())
    }
}

fn all_tables() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).chain([SUMS]).chain(OF_PROCESSES).collect()
}
