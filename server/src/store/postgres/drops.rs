//! What a scope of artifacts holds in PostgreSQL: to drop it, or to tell what dropping it would remove. One statement for
//! each scope.

use sqlx::{Postgres, Transaction};

use super::events::{DROPPED, tell};
use super::{Lock, PostgresStore};
use crate::store::found::{FoundContents, key, kind, num_chunks, signed, unsigned};
use crate::store::{Change, Contents, Dropped, Dropping, Kind, Scope, StoreError};

// Kinds and keys of a scope, whose parameter is `$parameter`: what is there, was evicted, or is just being made.
macro_rules! of_run {
    ($parameter:literal) => {
        concat!("SELECT 'run' AS kind, ", $parameter, "::bytea AS key")
    };
}
macro_rules! of_matrix {
    ($parameter:literal) => {
        concat!(
            "SELECT 'matrix' AS kind, ",
            $parameter,
            "::bytea AS key
             UNION SELECT 'run', run_key FROM runs WHERE matrix_key = ",
            $parameter,
            "
             UNION SELECT kind, key FROM computations WHERE matrix_key = ",
            $parameter,
            " AND state = 'active'"
        )
    };
}
macro_rules! of_fund {
    ($parameter:literal) => {
        concat!(
            "WITH of_fund AS (
                 SELECT run_key, matrix_key FROM runs WHERE fund_id = ",
            $parameter,
            "
                 UNION SELECT key, matrix_key FROM computations
                 WHERE state = 'active' AND input::json ->> 'fundId' = ",
            $parameter,
            "
             )
             SELECT 'run' AS kind, run_key AS key FROM of_fund
             UNION SELECT 'matrix', matrix_key FROM of_fund
             WHERE NOT EXISTS (SELECT 1 FROM runs
                               WHERE runs.matrix_key = of_fund.matrix_key AND fund_id <> ",
            $parameter,
            "
                                 AND (EXISTS (SELECT 1 FROM artifacts WHERE kind = 'run' AND key = run_key)
                                      OR EXISTS (SELECT 1 FROM evictions WHERE kind = 'run' AND key = run_key)))
               AND NOT EXISTS (SELECT 1 FROM computations
                               WHERE computations.matrix_key = of_fund.matrix_key AND state = 'active'
                                 AND input::json ->> 'fundId' IS DISTINCT FROM ",
            $parameter,
            ")"
        )
    };
}
macro_rules! all_runs {
    ($parameter:literal) => {
        "SELECT kind, key FROM artifacts WHERE kind = 'run'
         UNION SELECT kind, key FROM evictions WHERE kind = 'run'
         UNION SELECT kind, key FROM computations WHERE kind = 'run' AND state = 'active'"
    };
}
macro_rules! everything {
    ($parameter:literal) => {
        "SELECT kind, key FROM artifacts
         UNION SELECT kind, key FROM evictions
         UNION SELECT kind, key FROM computations WHERE state = 'active'
         UNION SELECT 'matrix', matrix_key FROM computations WHERE state = 'active'"
    };
}

/// Raises the epochs of what `$scope` selects (its parameter is `$3`), removes what is there of it, and writes down for
/// the other processes, under number `$1`, what was dropped.
macro_rules! drop_all {
    ($scope:ident) => {
        concat!(
            "WITH targets AS MATERIALIZED (",
            $scope!("$3"),
            "), marked AS (
                 INSERT INTO artifact_epochs (kind, key, epoch) SELECT kind, key, 1 FROM targets
                 ON CONFLICT (kind, key) DO UPDATE SET epoch = artifact_epochs.epoch + 1
                 RETURNING kind, key, epoch
             ), removed AS (
                 DELETE FROM artifacts USING targets
                 WHERE artifacts.kind = targets.kind AND artifacts.key = targets.key
                 RETURNING artifacts.kind, artifacts.key
             ), dropped AS (
                 -- Tiers may have chunks of rows that were evicted here.
                 SELECT marked.kind, marked.key, marked.epoch, bool_or(removed.key IS NOT NULL) AS was_there,
                        greatest(max(artifact_uses.most_chunks), max(evictions.most_chunks), 0) AS num_chunks
                 FROM marked
                 LEFT JOIN removed ON removed.kind = marked.kind AND removed.key = marked.key
                 LEFT JOIN artifact_uses ON artifact_uses.kind = marked.kind AND artifact_uses.key = marked.key
                 LEFT JOIN evictions ON evictions.kind = marked.kind AND evictions.key = marked.key
                 GROUP BY marked.kind, marked.key, marked.epoch
             ), told AS (
                 INSERT INTO drops (number, kind, key, epoch, was_there, num_chunks, at)
                 SELECT $1, kind, key, epoch, was_there, num_chunks, coalesce($2, now_ms()) FROM dropped
             )
             SELECT kind, key, epoch, was_there, num_chunks FROM dropped ORDER BY kind, key"
        )
    };
}

/// What there is of what `$scope` selects; its parameter is `$1`.
macro_rules! contents_of {
    ($scope:ident) => {
        concat!(
            "WITH targets AS MATERIALIZED (",
            $scope!("$1"),
            ") SELECT count(DISTINCT key) FILTER (WHERE kind = 'run') AS runs,
                      count(DISTINCT key) FILTER (WHERE kind = 'matrix') AS matrices,
                      coalesce(sum(record_bytes + rows_bytes), 0)::bigint AS bytes,
                      (SELECT count(*) FROM computations JOIN targets USING (kind, key) WHERE state = 'active') AS under_way
               FROM targets JOIN artifact_uses USING (kind, key)"
        )
    };
}

type FoundDrop = (String, Vec<u8>, i64, bool, i64);

impl PostgresStore {
    /// What dropping a scope would remove.
    pub(super) async fn contents_of(&self, scope: Scope) -> Result<Contents, StoreError> {
        let statement = match scope {
            Scope::Run(_) => contents_of!(of_run),
            Scope::Matrix(_) => contents_of!(of_matrix),
            Scope::Fund(_) => contents_of!(of_fund),
            Scope::Kind(Kind::Run) => contents_of!(all_runs),
            Scope::Kind(Kind::Matrix) | Scope::All => contents_of!(everything),
        };
        let query = sqlx::query_as::<_, FoundContents>(statement);
        let query = match scope {
            Scope::Run(key) | Scope::Matrix(key) => query.bind(key.to_vec()),
            Scope::Fund(fund_id) => query.bind(fund_id),
            Scope::Kind(_) | Scope::All => query,
        };
        Ok(query.fetch_one(&self.pool).await?.row())
    }

    /// Drops what is in a scope, in one transaction.
    pub(super) async fn drop_in(&self, scope: Scope, change: Option<Change>) -> Result<Dropping, StoreError> {
        let mut transaction = self.write().await?;
        self.lock(&mut transaction, Lock::Claims).await?;
        // Numbers are given and committed in one order: whoever has seen one has seen all before it.
        self.lock(&mut transaction, Lock::Epochs).await?;
        let number: i64 = sqlx::query_scalar("SELECT nextval('drop_numbers')").fetch_one(&mut *transaction).await?;
        let statement = match &scope {
            Scope::Run(_) => drop_all!(of_run),
            Scope::Matrix(_) => drop_all!(of_matrix),
            Scope::Fund(_) => drop_all!(of_fund),
            Scope::Kind(Kind::Run) => drop_all!(all_runs),
            Scope::Kind(Kind::Matrix) | Scope::All => drop_all!(everything),
        };
        let query = sqlx::query_as(statement).bind(number).bind(self.now());
        let query = match scope {
            Scope::Run(key) | Scope::Matrix(key) => query.bind(key.to_vec()),
            Scope::Fund(fund_id) => query.bind(fund_id),
            Scope::Kind(_) | Scope::All => query,
        };
        let found: Vec<FoundDrop> = query.fetch_all(&mut *transaction).await?;
        let logged = match change {
            Some(change) => Some(self.log(&mut transaction, change).await?),
            None => None,
        };
        if !found.is_empty() {
            tell(&mut transaction, DROPPED).await?;
        }
        transaction.commit().await?;
        let dropped = found.into_iter().map(|(kind_name, artifact_key, epoch, was_there, chunks)| {
            Ok(Dropped {
                kind: kind(&kind_name)?,
                key: key(&artifact_key)?,
                epoch: unsigned(epoch),
                was_there,
                num_chunks: num_chunks(Some(chunks)),
            })
        });
        let dropped = dropped.collect::<Result<Vec<_>, StoreError>>()?;
        // Of nothing nobody has to hear.
        let number = if dropped.is_empty() { 0 } else { unsigned(number) };
        Ok(Dropping { number, dropped, logged })
    }

    /// What was dropped after number `seen`, oldest first.
    pub(super) async fn drops_after(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        seen: u64,
    ) -> Result<Vec<Dropping>, StoreError> {
        let found: Vec<(i64, String, Vec<u8>, i64, bool, i64)> = sqlx::query_as(
            "SELECT number, kind, key, epoch, was_there, num_chunks FROM drops WHERE number > $1 ORDER BY number",
        )
        .bind(signed(seen))
        .fetch_all(&mut **transaction)
        .await?;
        let mut droppings: Vec<Dropping> = Vec::new();
        for (number, kind_name, artifact_key, epoch, was_there, chunks) in found {
            let number = unsigned(number);
            // A newer program's kinds are nothing this one keeps.
            let Ok(kind) = kind(&kind_name) else { continue };
            let dropped = Dropped {
                kind,
                key: key(&artifact_key)?,
                epoch: unsigned(epoch),
                was_there,
                num_chunks: num_chunks(Some(chunks)),
            };
            match droppings.last_mut() {
                Some(last) if last.number == number => last.dropped.push(dropped),
                _ => droppings.push(Dropping { number, dropped: vec![dropped], logged: None }),
            }
        }
        Ok(droppings)
    }
}
