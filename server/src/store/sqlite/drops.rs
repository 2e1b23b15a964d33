//! What a scope of artifacts holds in SQLite: to drop it, or to tell what dropping it would remove.

use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use crate::store::found::FoundContents;
use crate::store::{Contents, Kind, Scope, StoreError};

// Kinds and keys: what is there, was evicted, or is just being made.
macro_rules! of_run {
    () => {
        "SELECT 'run' AS kind, ?1 AS key"
    };
}
macro_rules! of_matrix {
    () => {
        "SELECT 'matrix' AS kind, ?1 AS key
         UNION SELECT 'run', run_key FROM runs WHERE matrix_key = ?1
         UNION SELECT kind, key FROM computations WHERE matrix_key = ?1 AND state = 'active'"
    };
}
macro_rules! of_fund {
    () => {
        "WITH of_fund AS (SELECT run_key, matrix_key FROM runs WHERE fund_id = ?1
                          UNION SELECT key, matrix_key FROM computations
                          WHERE state = 'active' AND json_extract(input, '$.fundId') = ?1)
         SELECT 'run' AS kind, run_key AS key FROM of_fund
         UNION SELECT 'matrix', matrix_key FROM of_fund
         WHERE NOT EXISTS (SELECT 1 FROM runs
                           WHERE runs.matrix_key = of_fund.matrix_key AND fund_id <> ?1
                             AND (EXISTS (SELECT 1 FROM artifacts WHERE kind = 'run' AND key = run_key)
                                  OR EXISTS (SELECT 1 FROM evictions WHERE kind = 'run' AND key = run_key)))
           AND NOT EXISTS (SELECT 1 FROM computations
                           WHERE computations.matrix_key = of_fund.matrix_key AND state = 'active'
                             AND json_extract(input, '$.fundId') IS NOT ?1)"
    };
}
macro_rules! all_runs {
    () => {
        "SELECT kind, key FROM artifacts WHERE kind = 'run'
         UNION SELECT kind, key FROM evictions WHERE kind = 'run'
         UNION SELECT kind, key FROM computations WHERE kind = 'run' AND state = 'active'"
    };
}
macro_rules! everything {
    () => {
        "SELECT kind, key FROM artifacts
         UNION SELECT kind, key FROM evictions
         UNION SELECT kind, key FROM computations WHERE state = 'active'
         UNION SELECT 'matrix', matrix_key FROM computations WHERE state = 'active'"
    };
}

/// What there is of what `$scope` selects.
macro_rules! contents_of {
    ($scope:ident) => {
        concat!(
            "WITH targets AS MATERIALIZED (",
            $scope!(),
            ") SELECT count(DISTINCT CASE WHEN kind = 'run' THEN key END) AS runs,
                      count(DISTINCT CASE WHEN kind = 'matrix' THEN key END) AS matrices,
                      coalesce(sum(record_bytes + rows_bytes), 0) AS bytes,
                      (SELECT count(*) FROM computations JOIN targets USING (kind, key) WHERE state = 'active') AS under_way
               FROM targets JOIN artifact_uses USING (kind, key)"
        )
    };
}

impl SqliteStore {
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
        Ok(query.fetch_one(&self.main.readers).await?.row())
    }
}

/// Kinds and keys of what is to be dropped.
pub(super) async fn in_scope(
    transaction: &mut Transaction<'static, Sqlite>,
    scope: Scope,
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let query = match scope {
        Scope::Run(key) => sqlx::query_as(of_run!()).bind(key.to_vec()),
        Scope::Matrix(key) => sqlx::query_as(of_matrix!()).bind(key.to_vec()),
        Scope::Fund(fund_id) => sqlx::query_as(of_fund!()).bind(fund_id),
        Scope::Kind(Kind::Run) => sqlx::query_as(all_runs!()),
        Scope::Kind(Kind::Matrix) | Scope::All => sqlx::query_as(everything!()),
    };
    Ok(query.fetch_all(&mut **transaction).await?)
}
