//! The log of changes in PostgreSQL.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::PostgresStore;
use crate::store::{AuditPosition, Change, StoreError};

impl PostgresStore {
    /// Writes the line of a change into the transaction of the change: where it stands.
    pub(super) async fn log(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        change: Change,
    ) -> Result<AuditPosition, StoreError> {
        let audit_id = Uuid::now_v7();
        let at_ms = sqlx::query_scalar(
            "INSERT INTO audit_log (audit_id, at, tenant, key_name, action, subject, reason, request_id)
             VALUES ($1, coalesce($2, now_ms()), $3, $4, $5, $6, $7, $8) RETURNING at",
        )
        .bind(audit_id)
        .bind(self.now())
        .bind(change.actor.tenant)
        .bind(change.actor.key_name)
        .bind(change.action.name())
        .bind(change.subject)
        .bind(change.reason)
        .bind(change.actor.request_id)
        .fetch_one(&mut **transaction)
        .await?;
        Ok(AuditPosition { at_ms, audit_id })
    }
}
