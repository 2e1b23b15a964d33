//! The log of changes in SQLite.

use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use crate::store::{AuditPosition, Change, StoreError};

impl SqliteStore {
    /// Writes the line of a change into the transaction of the change: where it stands.
    pub(super) async fn log(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        change: Change,
    ) -> Result<AuditPosition, StoreError> {
        let position = AuditPosition { at_ms: self.clock.now_ms(), audit_id: Uuid::now_v7() };
        sqlx::query(
            "INSERT INTO audit_log (audit_id, at, tenant, key_name, action, subject, reason, request_id)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(position.audit_id)
        .bind(position.at_ms)
        .bind(change.actor.tenant)
        .bind(change.actor.key_name)
        .bind(change.action.name())
        .bind(change.subject)
        .bind(change.reason)
        .bind(change.actor.request_id)
        .execute(&mut **transaction)
        .await?;
        Ok(position)
    }
}
