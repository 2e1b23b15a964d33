//! The log of changes in PostgreSQL.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::PostgresStore;
use crate::store::{Change, StoreError};

impl PostgresStore {
    /// Writes the line of a change into the transaction of the change.
    pub(super) async fn log(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        change: Change,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit_log (audit_id, at, tenant, key_name, action, subject, reason, request_id)
             VALUES ($1, coalesce($2, now_ms()), $3, $4, $5, $6, $7, $8)",
        )
        .bind(Uuid::now_v7())
        .bind(self.now())
        .bind(change.actor.tenant)
        .bind(change.actor.key_name)
        .bind(change.action.name())
        .bind(change.subject)
        .bind(change.reason)
        .bind(change.actor.request_id)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}
