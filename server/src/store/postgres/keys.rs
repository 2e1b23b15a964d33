//! Access keys, sessions, usage and the log of changes in PostgreSQL.

use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::{Lock, PostgresStore, findable, within};
use crate::store::found::{FoundHash, FoundKey, FoundLine, signed, unsigned};
use crate::store::{
    Actor, AuditPosition, AuditRow, Change, Created, FoundSecret, KeyRow, KeyStore, NewKey, Revoked, SecretHash,
    StoreError, StoreFuture, Usage, Used,
};

impl PostgresStore {
    /// Whether whoever changes keys may do so now.
    async fn may_change_keys(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        actor: &Actor,
        now: i64,
    ) -> Result<bool, StoreError> {
        if !actor.has_key() {
            return Ok(true);
        }
        let is_operator = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = $1 AND role = 'operator' AND revoked_at IS NULL
                 AND (expires_at IS NULL OR expires_at > $2))",
        );
        Ok(is_operator.bind(&actor.key_name).bind(now).fetch_one(&mut **transaction).await?)
    }
}

impl KeyStore for PostgresStore {
    fn create_key(&self, key: NewKey, change: Change) -> StoreFuture<'_, Created> {
        within(async move {
            let mut transaction = self.write().await?;
            let now = self.lock(&mut transaction, Lock::Keys).await?;
            if !self.may_change_keys(&mut transaction, &change.actor, now).await? {
                return Ok(Created::NotAllowed);
            }
            let made = sqlx::query(
                "INSERT INTO access_keys (name, tenant, role, lookup, hash, created_by, created_at, expires_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT ($9 AND EXISTS (SELECT 1 FROM access_keys))
                 ON CONFLICT (name) DO NOTHING",
            )
            .bind(key.name)
            .bind(key.tenant)
            .bind(key.role.name())
            .bind(&key.secret.lookup[..])
            .bind(&key.secret.hash[..])
            .bind(&change.actor.key_name)
            .bind(now)
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
        within(async move {
            let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM access_keys)");
            Ok(found.fetch_one(&self.pool).await?)
        })
    }

    fn keys(&self, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<KeyRow>> {
        // A name has at least one character, so everything comes after the empty text.
        let after = after.unwrap_or_default().replace('\0', "\u{1}");
        within(async move {
            let found: Vec<FoundKey> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at
                 FROM access_keys WHERE name > $1 ORDER BY name LIMIT $2",
            )
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            found.into_iter().map(FoundKey::row).collect()
        })
    }

    fn key(&self, name: &str) -> StoreFuture<'_, Option<KeyRow>> {
        let name = findable(name);
        within(async move {
            let Some(name) = name else { return Ok(None) };
            let found: Option<FoundKey> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at
                 FROM access_keys WHERE name = $1",
            )
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
            found.map(FoundKey::row).transpose()
        })
    }

    fn revoke_key(&self, name: &str, keep_last: bool, change: Change) -> StoreFuture<'_, Revoked> {
        let name = findable(name);
        within(async move {
            let Some(name) = name else { return Ok(Revoked::Unknown) };
            let mut transaction = self.write().await?;
            let now = self.lock(&mut transaction, Lock::Keys).await?;
            if !self.may_change_keys(&mut transaction, &change.actor, now).await? {
                return Ok(Revoked::NotAllowed);
            }
            let is_last: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = $1 AND role = 'operator' AND revoked_at IS NULL)
                     AND NOT EXISTS (SELECT 1 FROM access_keys WHERE name <> $1 AND role = 'operator'
                         AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2))",
            )
            .bind(&name)
            .bind(now)
            .fetch_one(&mut *transaction)
            .await?;
            if keep_last && is_last {
                return Ok(Revoked::Last);
            }
            let revoked = sqlx::query("UPDATE access_keys SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL")
                .bind(now)
                .bind(&name)
                .execute(&mut *transaction)
                .await?;
            if revoked.rows_affected() == 0 {
                let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM access_keys WHERE name = $1)")
                    .bind(name)
                    .fetch_one(&mut *transaction)
                    .await?;
                return Ok(if known { Revoked::Before } else { Revoked::Unknown });
            }
            sqlx::query("DELETE FROM sessions WHERE key_name = $1").bind(name).execute(&mut *transaction).await?;
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(Revoked::Now)
        })
    }

    fn key_by_secret(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        within(async move {
            let found: Option<FoundHash> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, created_at, expires_at, revoked_at, last_used_at, hash,
                     NULL AS session_expires_at
                 FROM access_keys WHERE lookup = $1",
            )
            .bind(lookup.to_vec())
            .fetch_optional(&self.pool)
            .await?;
            found.map(FoundHash::found).transpose()
        })
    }

    fn key_by_session(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>> {
        within(async move {
            let found: Option<FoundHash> = sqlx::query_as(
                "SELECT name, tenant, role, created_by, access_keys.created_at, access_keys.expires_at, revoked_at,
                     last_used_at, sessions.hash, sessions.expires_at AS session_expires_at
                 FROM sessions JOIN access_keys ON access_keys.name = sessions.key_name WHERE sessions.lookup = $1",
            )
            .bind(lookup.to_vec())
            .fetch_optional(&self.pool)
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
        within(async move {
            let mut transaction = self.write().await?;
            // Holding the key's row: it is not revoked meanwhile, and its sessions are counted one after the other.
            let opened = sqlx::query(
                "INSERT INTO sessions (lookup, hash, key_name, created_at, expires_at)
                 SELECT $1, $2, name, coalesce($3, now_ms()), $4 FROM access_keys
                 WHERE name = $5 AND revoked_at IS NULL FOR NO KEY UPDATE",
            )
            .bind(&token.lookup[..])
            .bind(&token.hash[..])
            .bind(self.now())
            .bind(expires_at_ms)
            .bind(&key_name)
            .execute(&mut *transaction)
            .await?;
            if opened.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(
                "DELETE FROM sessions WHERE lookup IN (SELECT lookup FROM sessions WHERE key_name = $1
                     ORDER BY created_at DESC, lookup OFFSET $2)",
            )
            .bind(key_name)
            .bind(i64::from(most))
            .execute(&mut *transaction)
            .await?;
            self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    fn close_session(&self, lookup: [u8; 8], change: Change) -> StoreFuture<'_, bool> {
        within(async move {
            let mut transaction = self.write().await?;
            let closed = sqlx::query("DELETE FROM sessions WHERE lookup = $1")
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
        within(async move {
            let mut transaction = self.write().await?;
            for Used { key_name, last_used_at_ms, usage } in used {
                sqlx::query("UPDATE access_keys SET last_used_at = greatest(last_used_at, $1) WHERE name = $2")
                    .bind(last_used_at_ms)
                    .bind(&key_name)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query(
                    "INSERT INTO key_usage (key_name, day, requests, refused, deal_draws) VALUES ($1, $2, $3, $4, $5)
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
        within(async move {
            let found: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
                "SELECT day, requests, refused, deal_draws FROM key_usage WHERE key_name = $1 AND day >= $2 ORDER BY day",
            )
            .bind(key_name)
            .bind(since_day)
            .fetch_all(&self.pool)
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
        within(async move {
            let mut transaction = self.write().await?;
            if !self.may_prune(&mut transaction).await? {
                return Ok(());
            }
            sqlx::query("DELETE FROM sessions WHERE expires_at < $1")
                .bind(ended_before_ms)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("DELETE FROM key_usage WHERE day < $1").bind(before_day).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(())
        })
    }

    fn log_change(&self, change: Change) -> StoreFuture<'_, AuditPosition> {
        within(async move {
            let mut transaction = self.write().await?;
            let position = self.log(&mut transaction, change).await?;
            transaction.commit().await?;
            Ok(position)
        })
    }

    fn audit_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        within(async move {
            // Above every time and id, so that one statement serves the first page too.
            let after = after.unwrap_or(AuditPosition { at_ms: i64::MAX, audit_id: Uuid::max() });
            let found: Vec<FoundLine> = sqlx::query_as(
                "SELECT audit_id, at, tenant, key_name, action, subject, reason, request_id FROM audit_log
                 WHERE (at, audit_id) < ($1, $2) ORDER BY at DESC, audit_id DESC LIMIT $3",
            )
            .bind(after.at_ms)
            .bind(after.audit_id)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(AuditRow::from).collect())
        })
    }

    fn cache_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>> {
        within(async move {
            // Above every time and id, so that one statement serves the first page too.
            let after = after.unwrap_or(AuditPosition { at_ms: i64::MAX, audit_id: Uuid::max() });
            let found: Vec<FoundLine> = sqlx::query_as(
                "SELECT audit_id, at, tenant, key_name, action, subject, reason, request_id FROM audit_log
                 -- As the index names them.
                 WHERE action IN ('cache.invalidate', 'cache.warm') AND (at, audit_id) < ($1, $2) ORDER BY at DESC, audit_id DESC LIMIT $3",
            )
            .bind(after.at_ms)
            .bind(after.audit_id)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(found.into_iter().map(AuditRow::from).collect())
        })
    }
}
