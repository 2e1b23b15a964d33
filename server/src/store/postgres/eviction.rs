//! Making room in PostgreSQL.

use sqlx::{Postgres, Transaction};

use super::artifacts::hold_epochs;
use super::{Lock, PostgresStore, within};
use crate::store::found::{FoundEvictable, FoundRecord};
use crate::store::{
    ArtifactId, Evicted, Eviction, EvictionStore, HELD_FOR_MS, Kind, NOTED_EVERY_MS, OLDEST, StoreError, StoreFuture,
};

/// What is evicted in one transaction, at most: deleting rows takes its time, and is told of.
const MOST_BYTES: u64 = 256 << 20;

// Whoever writes an artifact takes its row first and that of its use behind it, and so does this.
const NEXT: &str = "SELECT kind, key, format, record_bytes, rows_bytes
     FROM (SELECT kind, key, format, record_bytes, rows_bytes,
                  least(cost_us, 3600000000) * 1048576
                      / greatest(65536, CASE WHEN rows_bytes > 0 THEN rows_bytes ELSE record_bytes END) AS cost
           FROM (SELECT kind, key, format, record_bytes, rows_bytes, cost_us FROM artifact_uses
                 WHERE held_until <= $1
                   AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = artifact_uses.key AND state = 'active')
                 ORDER BY used_at LIMIT $3) AS oldest
           ORDER BY cost LIMIT $2) AS chosen
     JOIN artifacts USING (kind, key, format)
     ORDER BY cost
     FOR UPDATE OF artifacts SKIP LOCKED";
const UNUSED: &str = "SELECT kind, key, format, record_bytes, rows_bytes
     FROM artifact_uses JOIN artifacts USING (kind, key, format)
     WHERE held_until <= $1 AND used_at <= $3
       AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = artifact_uses.key AND state = 'active')
     ORDER BY used_at LIMIT $2
     FOR UPDATE OF artifacts SKIP LOCKED";

impl EvictionStore for PostgresStore {
    fn used(&self, artifacts: Vec<ArtifactId>, are_held: bool) -> StoreFuture<'_, ()> {
        within(async move {
            let (mut kinds, mut keys, mut formats) = (Vec::new(), Vec::new(), Vec::new());
            for ArtifactId { kind, key, format } in artifacts {
                kinds.push(kind.name());
                keys.push(key.to_vec());
                formats.push(i64::from(format));
            }
            // What another process is just writing about is in use by what that one says.
            sqlx::query(
                "WITH now AS MATERIALIZED (SELECT coalesce($1, now_ms()) AS ms), noted AS MATERIALIZED (
                     SELECT kind, key, format FROM artifact_uses, now
                     WHERE (kind, key, format) IN (SELECT * FROM unnest($2::text[], $3::bytea[], $4::bigint[]))
                       AND (used_at < ms - $5 OR held_until < ms + $6 - $5)
                     FOR UPDATE OF artifact_uses SKIP LOCKED
                 )
                 UPDATE artifact_uses SET used_at = greatest(used_at, ms), held_until = greatest(held_until, ms + $6)
                 FROM noted, now
                 WHERE artifact_uses.kind = noted.kind AND artifact_uses.key = noted.key
                   AND artifact_uses.format = noted.format",
            )
            .bind(self.now())
            .bind(kinds)
            .bind(keys)
            .bind(formats)
            .bind(NOTED_EVERY_MS)
            .bind(held_for_ms(are_held))
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }

    fn evict(&self, eviction: Eviction, at_most: u32) -> StoreFuture<'_, Option<Evicted>> {
        Box::pin(async move {
            let Some(evicted) = within(self.evict_records(eviction, at_most)).await? else { return Ok(None) };
            // No record counts them any more. Deleting them may take long, and holds nobody up.
            let of_matrices =
                evicted.rows.iter().chain(&evicted.records).filter(|artifact| artifact.kind == Kind::Matrix);
            for id in of_matrices {
                if let Err(error) = self.delete_unneeded_chunks(id.kind, id.key).await {
                    tracing::warn!(%error, "chunks of what was evicted stay for a while");
                    break;
                }
            }
            Ok(Some(evicted))
        })
    }

    fn is_evicted(&self, id: ArtifactId) -> StoreFuture<'_, bool> {
        within(async move {
            let is_evicted = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM evictions WHERE kind = $1 AND key = $2 AND format = $3)",
            )
            .bind(id.kind.name())
            .bind(id.key.to_vec())
            .bind(i64::from(id.format));
            Ok(is_evicted.fetch_one(&self.pool).await?)
        })
    }

    fn fold_sums(&self) -> StoreFuture<'_, ()> {
        within(async {
            // Of several that do this at once each line is one's.
            sqlx::query(
                "WITH folded AS (DELETE FROM artifact_sums RETURNING kind, entries, bytes)
                 INSERT INTO artifact_sums (kind, entries, bytes)
                 SELECT kind, sum(entries), sum(bytes) FROM folded GROUP BY kind",
            )
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }
}

impl PostgresStore {
    /// Evicts all but the chunks.
    async fn evict_records(&self, eviction: Eviction, at_most: u32) -> Result<Option<Evicted>, StoreError> {
        let mut transaction = self.write().await?;
        hold_epochs(&mut transaction).await?;
        let Some(now) = self.try_lock(&mut transaction, Lock::Evicting).await? else { return Ok(None) };
        let candidates = match eviction {
            Eviction::Bytes(_) => {
                let half: i64 = sqlx::query_scalar("SELECT coalesce(sum(entries), 0)::bigint / 2 FROM artifact_sums")
                    .fetch_one(&mut *transaction)
                    .await?;
                sqlx::query_as(NEXT).bind(now).bind(i64::from(at_most)).bind(half.clamp(1, OLDEST.into()))
            }
            Eviction::UnusedForMs(unused_for_ms) => {
                sqlx::query_as(UNUSED).bind(now).bind(i64::from(at_most)).bind(now.saturating_sub(unused_for_ms))
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
            let is_stripped =
                rows_bytes > 0 && matches!(eviction, Eviction::Bytes(_)) && self.strip(&mut transaction, id).await?;
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
        Ok(Some(evicted))
    }

    /// Lets a record say that its rows are not kept any more; not where it is damaged.
    async fn strip(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        id: ArtifactId,
    ) -> Result<bool, StoreError> {
        let found: Option<FoundRecord> = sqlx::query_as(
            "SELECT content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at, record_digest
             FROM artifacts WHERE kind = $1 AND key = $2 AND format = $3",
        )
        .bind(id.kind.name())
        .bind(&id.key[..])
        .bind(i64::from(id.format))
        .fetch_optional(&mut **transaction)
        .await?;
        let Some(mut record) = found.and_then(|found| found.check(id, &self.seal)) else { return Ok(false) };
        record.num_chunks = 0;
        sqlx::query(
            "UPDATE artifacts SET num_chunks = 0, record_digest = $1 WHERE kind = $2 AND key = $3 AND format = $4",
        )
        .bind(self.seal.digest(&record).to_vec())
        .bind(id.kind.name())
        .bind(&id.key[..])
        .bind(i64::from(id.format))
        .execute(&mut **transaction)
        .await?;
        Ok(true)
    }
}

/// Removes a record, and writes down that it was evicted.
async fn remove(transaction: &mut Transaction<'static, Postgres>, id: ArtifactId, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "WITH removed AS (DELETE FROM artifacts WHERE kind = $1 AND key = $2 AND format = $3)
         INSERT INTO evictions (kind, key, format, most_chunks, evicted_at)
         SELECT kind, key, format, most_chunks, $4 FROM artifact_uses WHERE kind = $1 AND key = $2 AND format = $3
         ON CONFLICT (kind, key, format)
             DO UPDATE SET most_chunks = excluded.most_chunks, evicted_at = excluded.evicted_at",
    )
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(i64::from(id.format))
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// For how long from now something is held; what is only used is not.
fn held_for_ms(are_held: bool) -> i64 {
    if are_held { HELD_FOR_MS } else { i64::from(i32::MIN) }
}
