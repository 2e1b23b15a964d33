//! Making room in SQLite.

use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use crate::store::found::{FoundEvictable, FoundRecord};
use crate::store::{
    ArtifactId, Evicted, Eviction, EvictionStore, HELD_FOR_MS, Kind, NOTED_EVERY_MS, OLDEST, StoreError, StoreFuture,
};

/// What is evicted in one transaction, at most: while chunks are deleted nobody writes.
const MOST_BYTES: u64 = 64 << 20;

const NEXT: &str = "SELECT kind, key, format, record_bytes, rows_bytes
     FROM (SELECT * FROM artifact_uses
           WHERE held_until <= ?1
             AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = artifact_uses.key AND state = 'active')
           ORDER BY used_at
           LIMIT (SELECT max(1, min(?3, coalesce(sum(entries), 0) / 2)) FROM artifact_sums))
     ORDER BY min(cost_us, 3600000000) * 1048576
              / max(65536, CASE WHEN rows_bytes > 0 THEN rows_bytes ELSE record_bytes END)
     LIMIT ?2";
const UNUSED: &str = "SELECT kind, key, format, record_bytes, rows_bytes FROM artifact_uses
     WHERE held_until <= ?1 AND used_at <= ?3
       AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = artifact_uses.key AND state = 'active')
     ORDER BY used_at LIMIT ?2";

impl EvictionStore for SqliteStore {
    fn used(&self, artifacts: Vec<ArtifactId>, are_held: bool) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let held_until = if are_held { now.saturating_add(HELD_FOR_MS) } else { i64::MIN };
            let mut transaction = self.write().await?;
            for ArtifactId { kind, key, format } in artifacts {
                sqlx::query(
                    "UPDATE artifact_uses SET used_at = max(used_at, ?1), held_until = max(held_until, ?2)
                     WHERE kind = ?3 AND key = ?4 AND format = ?5
                       AND (used_at < ?1 - ?6 OR (?7 AND held_until < ?2 - ?6))",
                )
                .bind(now)
                .bind(held_until)
                .bind(kind.name())
                .bind(&key[..])
                .bind(format)
                .bind(NOTED_EVERY_MS)
                .bind(are_held)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }

    fn evict(&self, eviction: Eviction, at_most: u32) -> StoreFuture<'_, Option<Evicted>> {
        Box::pin(async move {
            let now = self.clock.now_ms();
            let mut transaction = self.write().await?;
            let candidates = match eviction {
                Eviction::Bytes(_) => sqlx::query_as(NEXT).bind(now).bind(at_most).bind(OLDEST),
                Eviction::UnusedForMs(unused_for_ms) => {
                    sqlx::query_as(UNUSED).bind(now).bind(at_most).bind(now.saturating_sub(unused_for_ms))
                }
            };
            let candidates: Vec<FoundEvictable> = candidates.fetch_all(&mut *transaction).await?;
            let mut evicted = Evicted::default();
            for candidate in candidates {
                let is_enough = matches!(eviction, Eviction::Bytes(wanted) if evicted.bytes >= wanted);
                if is_enough || evicted.bytes >= MOST_BYTES {
                    break;
                }
                let (id, rows_bytes) = (candidate.id()?, candidate.rows_bytes());
                let is_stripped = rows_bytes > 0
                    && matches!(eviction, Eviction::Bytes(_))
                    && self.strip(&mut transaction, id).await?;
                if is_stripped {
                    evicted.bytes += rows_bytes;
                    evicted.rows.push(id);
                } else {
                    remove(&mut transaction, id, now).await?;
                    evicted.bytes += rows_bytes + candidate.record_bytes();
                    evicted.records.push(id);
                }
            }
            transaction.commit().await?;
            // No record counts them any more.
            let artifacts = evicted.rows.iter().chain(&evicted.records);
            let of_matrices: Vec<_> = artifacts.filter(|artifact| artifact.kind == Kind::Matrix).copied().collect();
            if let Err(error) = self.delete_unneeded_chunks(&of_matrices).await {
                tracing::warn!(%error, "chunks of what was evicted stay until the next start");
            }
            Ok(Some(evicted))
        })
    }

    fn is_evicted(&self, id: ArtifactId) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let is_evicted =
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM evictions WHERE kind = ? AND key = ? AND format = ?)")
                    .bind(id.kind.name())
                    .bind(id.key.to_vec())
                    .bind(id.format);
            Ok(is_evicted.fetch_one(&self.main.readers).await?)
        })
    }

    fn fold_sums(&self) -> StoreFuture<'_, ()> {
        // Whoever is alone writes them into one row.
        Box::pin(async { Ok(()) })
    }
}

impl SqliteStore {
    /// Lets a record say that its rows are not kept any more; not where it is damaged.
    async fn strip(&self, transaction: &mut Transaction<'static, Sqlite>, id: ArtifactId) -> Result<bool, StoreError> {
        let found: Option<FoundRecord> = sqlx::query_as(
            "SELECT content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at, record_digest
             FROM artifacts WHERE kind = ? AND key = ? AND format = ?",
        )
        .bind(id.kind.name())
        .bind(&id.key[..])
        .bind(id.format)
        .fetch_optional(&mut **transaction)
        .await?;
        let Some(mut record) = found.and_then(|found| found.check(id, &self.seal)) else { return Ok(false) };
        record.num_chunks = 0;
        sqlx::query("UPDATE artifacts SET num_chunks = 0, record_digest = ? WHERE kind = ? AND key = ? AND format = ?")
            .bind(self.seal.digest(&record).to_vec())
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .execute(&mut **transaction)
            .await?;
        Ok(true)
    }
}

/// Removes a record, and writes down that it was evicted.
async fn remove(transaction: &mut Transaction<'static, Sqlite>, id: ArtifactId, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO evictions (kind, key, format, most_chunks, evicted_at)
         SELECT kind, key, format, most_chunks, ?4 FROM artifact_uses WHERE kind = ?1 AND key = ?2 AND format = ?3
         ON CONFLICT DO UPDATE SET most_chunks = excluded.most_chunks, evicted_at = excluded.evicted_at",
    )
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(id.format)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    sqlx::query("DELETE FROM artifacts WHERE kind = ? AND key = ? AND format = ?")
        .bind(id.kind.name())
        .bind(&id.key[..])
        .bind(id.format)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
