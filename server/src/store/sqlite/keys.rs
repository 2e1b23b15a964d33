//! Access keys, sessions, usage and the log of changes in SQLite.

use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::SqliteStore;
use crate::store::found::{FoundHash, FoundKey, FoundLine, signed, unsigned};
use crate::store::{
    Actor, AuditPosition, AuditRow, Change, Created, FoundSecret, KeyRow, KeyStore, NewKey, Revoked, SecretHash,
    StoreError, StoreFuture, Usage, Used,
};

impl SqliteStore {
    /// Whether whoever changes keys may do so now.
    async fn may_change_keys(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        if !actor.has_key() {
            return Ok(true);
        }
        let is_operator = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = ? AND role = 'operator' AND revoked_at IS NULL
                 AND (expires_at IS NULL OR expires_at > ?))",
        );
        Ok(is_operator.bind(&actor.key_name).bind(self.clock.now_ms()).fetch_one(&mut **transaction).await?)
    }
}

impl KeyStore for SqliteStore {
    fn create_key(&self, key: NewKey, change: Change) -> StoreFuture<'_, Created> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            if !self.may_change_keys(&mut transaction, &change.actor).await? {
                return Ok(Created::NotAllowed);
            }
            let made = sqlx::query(
                "INSERT INTO access_keys (name, tenant, role, lookup, hash, created_by, created_at, expires_at)
                 SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT (? AND EXISTS (SELECT 1 FROM access_keys))
                 ON CONFLICT (name) DO NOTHING",
            )
            .bind(key.name)
            .bind(key.tenant)
            .bind(key.role.name())
            .bind(&key.secret.lookup[..])
            .bind(&key.secret.hash[..])
            .bind(&change.actor.key_name)
            .bind(self.clock.now_ms())
            .bind(key.expires_at_ms)
            .bind(key.must_be_first)
            .execute(&mut *transaction)
            .await?;
            if made.rows_affected() == 0 {
                return Ok(Created::Taken);
            }
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(Created::Done)
        })
    }

    fn has_keys(&self) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM access_keys)");
            Ok(found.fetch_one(&self.main.readers).await?)
        })
    }

    fn keys(&self, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<KeyRow>> {
        // A name has at least one character, so everything comes after the empty text.
        let after = after.unwrap_or_default().to_owned();
        Box::pin(async move {
            let found: Vec<FoundKey> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at
                 FROM access_keys WHERE name > ? ORDER BY name LIMIT ?",
            )
            .bind(after)
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            found.into_iter().map(FoundKey::row).collect()
        })
    }

    fn key(&self, name: &str) -> StoreFuture<'_, Option<KeyRow>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found: Option<FoundKey> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at
                 FROM access_keys WHERE name = ?",
            )
            .bind(name)
            .fetch_optional(&self.main.readers)
            .await?;
            found.map(FoundKey::row).transpose()
        })
    }

    fn revoke_key(&self, name: &str, keep_last: bool, change: Change) -> StoreFuture<'_, Revoked> {
        let name = name.to_owned();
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            if !self.may_change_keys(&mut transaction, &change.actor).await? {
                return Ok(Revoked::NotAllowed);
            }
            let is_last: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = ?1 AND role = 'operator' AND revoked_at IS NULL)
                     AND NOT EXISTS (SELECT 1 FROM access_keys WHERE name <> ?1 AND role = 'operator'
                         AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2))",
            )
            .bind(&name)
            .bind(now)
            .fetch_one(&mut *transaction)
            .await?;
            if keep_last && is_last {
                return Ok(Revoked::Last);
            }
            let revoked = sqlx::query("UPDATE access_keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL")
                .bind(now)
                .bind(&name)
                .execute(&mut *transaction)
                .await?;
            if revoked.rows_affected() == 0 {
                let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = ?)")
                    .bind(name)
                    .fetch_one(&mut *transaction)
                    .await?;
                return Ok(if known { Revoked::Before } else { Revoked::Unknown });
            }
            sqlx::query("DELETE FROM sessions WHERE key_name = ?").bind(name).execute(&mut *transaction).await?;
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(Revoked::Now)
        })
    }

    fn key_by_secret(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        Box::pin(async move {
            let found: Option<FoundHash> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at, hash,
                     NULL AS session_expires_at
                 FROM access_keys WHERE lookup = ?",
            )
            .bind(lookup.to_vec())
            .fetch_optional(&self.main.readers)
            .await?;
            found.map(FoundHash::found).transpose()
        })
    }

    fn key_by_session(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        Box::pin(async move {
            let found: Option<FoundHash> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, access_keys.created_at, access_keys.expires_at, revoked_at,
                     last_used_at, sessions.hash, sessions.expires_at AS session_expires_at
                 FROM sessions JOIN access_keys ON access_keys.name = sessions.key_name WHERE sessions.lookup = ?",
            )
            .bind(lookup.to_vec())
            .fetch_optional(&self.main.readers)
            .await?;
            found.map(FoundHash::found).transpose()
        })
    }

    fn open_session(
        &self,
        token: SecretHash,
        key_name: &str,
        expires_at_ms: i64,
        most: u32,
        change: Change,
    ) -> StoreFuture<'_, bool> {
        let key_name = key_name.to_owned();
        Box::pin(async move {
            let mut transaction = self.write().await?;
            let opened = sqlx::query(
                "INSERT INTO sessions (lookup, hash, key_name, created_at, expires_at)
                 SELECT ?, ?, name, ?, ? FROM access_keys WHERE name = ? AND revoked_at IS NULL",
            )
            .bind(&token.lookup[..])
            .bind(&token.hash[..])
            .bind(self.clock.now_ms())
            .bind(expires_at_ms)
            .bind(&key_name)
            .execute(&mut *transaction)
            .await?;
            if opened.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(
                "DELETE FROM sessions WHERE lookup IN (SELECT lookup FROM sessions WHERE key_name = ?
                     ORDER BY created_at DESC, lookup LIMIT -1 OFFSET ?)",
            )
            .bind(key_name)
            .bind(most)
            .execute(&mut *transaction)
            .await?;
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    fn close_session(&self, lookup: [u8; 8], change: Change) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            let closed = sqlx::query("DELETE FROM sessions WHERE lookup = ?")
                .bind(lookup.to_vec())
                .execute(&mut *transaction)
                .await?;
            if closed.rows_affected() == 0 {
                return Ok(false);
            }
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    fn add_usage(&self, used: Vec<Used>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            for Used { key_name, last_used_at_ms, usage } in used {
                sqlx::query("UPDATE access_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE name = ?")
                    .bind(last_used_at_ms)
                    .bind(&key_name)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query(
                    "INSERT INTO key_usage (key_name, day, requests, refused, deal_draws) VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT (key_name, day) DO UPDATE SET requests = key_usage.requests + excluded.requests,
                         refused = key_usage.refused + excluded.refused,
                         deal_draws = key_usage.deal_draws + excluded.deal_draws",
                )
                .bind(key_name)
                .bind(usage.day)
                .bind(signed(usage.requests))
                .bind(signed(usage.refused))
                .bind(signed(usage.deal_draws))
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn usage(&self, key_name: &str, since_day: i64) -> StoreFuture<'_, Vec<Usage>> {
        let key_name = key_name.to_owned();
        Box::pin(async move {
            let found: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
                "SELECT day, requests, refused, deal_draws FROM key_usage WHERE key_name = ? AND day >= ? ORDER BY day",
            )
            .bind(key_name)
            .bind(since_day)
            .fetch_all(&self.main.readers)
            .await?;
            let usage = found.into_iter().map(|(day, requests, refused, deal_draws)| Usage {
                day,
                requests: unsigned(requests),
                refused: unsigned(refused),
                deal_draws: unsigned(deal_draws),
            });
            Ok(usage.collect())
        })
    }

    fn forget_old(&self, ended_before_ms: i64, before_day: i64) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            sqlx::query("DELETE FROM sessions WHERE expires_at < ?")
                .bind(ended_before_ms)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("DELETE FROM key_usage WHERE day < ?").bind(before_day).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(())
        })
    }

    fn log_change(&self, change: Change) -> StoreFuture<'_, AuditPosition> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            let position = self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(position)
        })
    }

    fn audit_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        Box::pin(async move {
            // Above every time and id, so that one statement serves the first page too.
            let after = after.unwrap_or(AuditPosition { at_ms: i64::MAX, audit_id: Uuid::max() });
            let found: Vec<FoundLine> = sqlx::query_as(
                "SELECT audit_id, at, tenant, key_name, action, subject, reason, request_id FROM audit_log
                 WHERE (at, audit_id) < (?, ?) ORDER BY at DESC, audit_id DESC LIMIT ?",
            )
            .bind(after.at_ms)
            .bind(after.audit_id)
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().map(AuditRow::from).collect())
        })
    }

    fn cache_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        Box::pin(async move {
            // Above every time and id, so that one statement serves the first page too.
            let after = after.unwrap_or(AuditPosition { at_ms: i64::MAX, audit_id: Uuid::max() });
            let found: Vec<FoundLine> = sqlx::query_as(
                "SELECT audit_id, at, tenant, key_name, action, subject, reason, request_id FROM audit_log
                 -- As the index names them.
                 WHERE action IN ('cache.invalidate', 'cache.warm') AND (at, audit_id) < (?, ?) ORDER BY at DESC, audit_id DESC LIMIT ?",
            )
            .bind(after.at_ms)
            .bind(after.audit_id)
            .bind(limit)
            .fetch_all(&self.main.readers)
            .await?;
            Ok(found.into_iter().map(AuditRow::from).collect())
        })
    }
}
