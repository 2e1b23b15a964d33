//! Artifacts in PostgreSQL.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use sqlx::{Postgres, Transaction};

use super::{LOCKS, Lock, PostgresStore, within};
use crate::store::found::{FoundRecord, KNOWN_DAMAGED, key, kind, signed, unsigned};
use crate::store::{
    ArtifactId, ArtifactStore, Change, Dropped, Dropping, Key, Kind, Lookup, NEW_FOR_MS, Outcome, Record, Scope, Seal,
    StoreError, StoreFuture,
};

impl ArtifactStore for PostgresStore {
    fn record(&self, id: ArtifactId) -> StoreFuture<'_, Lookup<Record>> {
        within(async move {
            let row: Option<FoundRecord> = sqlx::query_as(
                "SELECT content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at, record_digest
                 FROM artifacts WHERE kind = $1 AND key = $2 AND format = $3",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .fetch_optional(&self.pool)
            .await?;
            let Some(row) = row else { return Ok(Lookup::Absent) };
            let found_digest = row.record_digest.clone();
            if let Some(record) = row.check(id, &self.seal) {
                return Ok(Lookup::Found(record));
            }
            if found_digest == KNOWN_DAMAGED {
                return Ok(Lookup::Damaged);
            }
            self.damaged.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(kind = id.kind.name(), key = %blake3::Hash::from(id.key), "found a damaged record");
            sqlx::query(
                "UPDATE artifacts SET num_chunks = 0, record_digest = $1
                 WHERE kind = $2 AND key = $3 AND format = $4 AND record_digest = $5",
            )
            .bind(&KNOWN_DAMAGED[..])
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .bind(found_digest)
            .execute(&self.pool)
            .await?;
            Ok(Lookup::Damaged)
        })
    }

    fn chunk(&self, id: ArtifactId, chunk: u32) -> StoreFuture<'_, Option<Bytes>> {
        within(async move {
            let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
                "SELECT digest, encoded FROM artifact_chunks WHERE kind = $1 AND key = $2 AND format = $3 AND chunk = $4",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .bind(i64::from(chunk))
            .fetch_optional(&self.pool)
            .await?;
            let Some((digest, encoded)) = row else { return Ok(None) };
            if blake3::hash(&encoded).as_bytes().as_slice() == digest {
                return Ok(Some(encoded.into()));
            }
            self.damaged.fetch_add(1, Ordering::Relaxed);
            let key = blake3::Hash::from(id.key);
            tracing::warn!(kind = id.kind.name(), %key, chunk, "dropped a damaged chunk");
            sqlx::query(
                "DELETE FROM artifact_chunks
                 WHERE kind = $1 AND key = $2 AND format = $3 AND chunk = $4 AND digest = $5",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .bind(i64::from(chunk))
            .bind(digest)
            .execute(&self.pool)
            .await?;
            Ok(None)
        })
    }

    fn put_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, ()> {
        within(async move {
            sqlx::query(
                "INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (kind, key, format, chunk)
                     DO UPDATE SET digest = excluded.digest, encoded = excluded.encoded",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .bind(i64::from(chunk))
            .bind(blake3::hash(&encoded).as_bytes().to_vec())
            .bind(&encoded[..])
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }

    fn restore_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, bool> {
        within(async move {
            // The record stays as it is until the chunk is there: what evicts rows changes it first, and deletes them
            // after that.
            let restored = sqlx::query(
                "INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded)
                 SELECT kind, key, format, $4, $5, $6 FROM artifacts
                 WHERE kind = $1 AND key = $2 AND format = $3 AND num_chunks > $4 FOR SHARE
                 ON CONFLICT (kind, key, format, chunk)
                     DO UPDATE SET digest = excluded.digest, encoded = excluded.encoded",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .bind(i64::from(chunk))
            .bind(blake3::hash(&encoded).as_bytes().to_vec())
            .bind(&encoded[..])
            .execute(&self.pool)
            .await?;
            Ok(restored.rows_affected() > 0)
        })
    }

    fn epoch(&self, kind: Kind, key: Key) -> StoreFuture<'_, u64> {
        within(async move {
            let epoch: Option<i64> =
                sqlx::query_scalar("SELECT epoch FROM artifact_epochs WHERE kind = $1 AND key = $2")
                    .bind(kind.name())
                    .bind(&key[..])
                    .fetch_optional(&self.pool)
                    .await?;
            Ok(unsigned(epoch.unwrap_or(0)))
        })
    }

    fn epochs(&self) -> StoreFuture<'_, Vec<(Kind, Key, u64)>> {
        within(async move {
            let found: Vec<(String, Vec<u8>, i64)> =
                sqlx::query_as("SELECT kind, key, epoch FROM artifact_epochs").fetch_all(&self.pool).await?;
            // A newer program's kinds are nothing this one keeps.
            let known = found.into_iter().filter_map(|(kind_name, artifact_key, epoch)| {
                Some((kind(&kind_name).ok()?, key(&artifact_key).ok()?, unsigned(epoch)))
            });
            Ok(known.collect())
        })
    }

    fn drop_chunks(&self, id: ArtifactId) -> StoreFuture<'_, ()> {
        within(async move {
            // Another attempt may have stored a record that counts them meanwhile.
            sqlx::query(
                "DELETE FROM artifact_chunks WHERE kind = $1 AND key = $2 AND format = $3
                   AND NOT EXISTS (SELECT 1 FROM artifacts
                                   WHERE kind = $1 AND key = $2 AND format = $3 AND num_chunks > 0)",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(i64::from(id.format))
            .execute(&self.pool)
            .await?;
            Ok(())
        })
    }

    fn collect_chunks(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut collected = 0;
            for (kind_name, artifact_key) in self.unneeded_chunks().await? {
                collected += u64::from(self.delete_unneeded_chunks(kind(&kind_name)?, key(&artifact_key)?).await? > 0);
            }
            Ok(collected)
        })
    }

    fn drop_artifacts(&self, scope: Scope, change: Option<Change>) -> StoreFuture<'_, Dropping> {
        Box::pin(async move {
            let dropping = within(self.drop_in(scope, change)).await?;
            // Without their record nobody reads them. Deleting them may take long, and holds nobody up.
            for Dropped { kind, key, .. } in dropping.dropped.iter().filter(|dropped| dropped.num_chunks > 0) {
                if let Err(error) = self.delete_unneeded_chunks(*kind, *key).await {
                    tracing::warn!(%error, "chunks of what was dropped stay for a while");
                    break;
                }
            }
            Ok(dropping)
        })
    }

    fn num_damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }
}

impl PostgresStore {
    /// Kinds and keys of chunks that no record counts and nobody is just writing.
    fn unneeded_chunks(&self) -> StoreFuture<'_, Vec<(String, Vec<u8>)>> {
        within(async move {
            // Reads the key's index alone, never a chunk.
            let unneeded = sqlx::query_as(
                "SELECT DISTINCT kind, key FROM artifact_chunks AS chunks
                 WHERE NOT EXISTS (SELECT 1 FROM artifacts
                                   WHERE artifacts.kind = chunks.kind AND artifacts.key = chunks.key
                                     AND artifacts.format = chunks.format AND num_chunks > 0)
                   AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = chunks.key AND state = 'active')",
            );
            Ok(unneeded.fetch_all(&self.pool).await?)
        })
    }

    /// Deletes chunks that no record counts and nobody is just writing: how many.
    pub(super) fn delete_unneeded_chunks(&self, kind: Kind, key: Key) -> StoreFuture<'_, u64> {
        within(async move {
            let deleted = sqlx::query(
                "DELETE FROM artifact_chunks AS chunks WHERE kind = $1 AND key = $2
                   AND NOT EXISTS (SELECT 1 FROM artifacts
                                   WHERE kind = $1 AND key = $2 AND format = chunks.format AND num_chunks > 0)
                   AND NOT EXISTS (SELECT 1 FROM computations WHERE matrix_key = $2 AND state = 'active')",
            )
            .bind(kind.name())
            .bind(&key[..])
            .execute(&self.pool)
            .await?;
            Ok(deleted.rows_affected())
        })
    }
}

/// Lets the transaction write records: no epoch rises until it ends.
pub(super) async fn hold_epochs(transaction: &mut Transaction<'static, Postgres>) -> Result<(), StoreError> {
    let hold = sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)").bind(LOCKS).bind(Lock::Epochs as i32);
    hold.execute(&mut **transaction).await?;
    Ok(())
}

/// Writes a record within a transaction that holds the epochs, unless its key was dropped since making it began.
pub(super) async fn put_record(
    transaction: &mut Transaction<'static, Postgres>,
    record: &Record,
    seal: &Seal,
    now: i64,
) -> Result<Outcome, StoreError> {
    let id = record.id;
    let epoch: Option<i64> = sqlx::query_scalar("SELECT epoch FROM artifact_epochs WHERE kind = $1 AND key = $2")
        .bind(id.kind.name())
        .bind(&id.key[..])
        .fetch_optional(&mut **transaction)
        .await?;
    if unsigned(epoch.unwrap_or(0)) != record.epoch {
        return Ok(Outcome::Superseded);
    }
    // Two runs of one matrix may make it at the same time, with the same content: chunks once kept stay counted.
    sqlx::query(
        "INSERT INTO artifacts (kind, key, format, content_digest, body, block_digests, num_chunks, chunk_bytes,
                                cost_us, epoch, made_at, record_digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (kind, key, format) DO UPDATE SET
             content_digest = excluded.content_digest, body = excluded.body, block_digests = excluded.block_digests,
             num_chunks = excluded.num_chunks, chunk_bytes = excluded.chunk_bytes, cost_us = excluded.cost_us,
             epoch = excluded.epoch, made_at = excluded.made_at, record_digest = excluded.record_digest
         WHERE excluded.num_chunks >= artifacts.num_chunks OR excluded.content_digest <> artifacts.content_digest",
    )
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(i64::from(id.format))
    .bind(&record.content_digest[..])
    .bind(&record.body[..])
    .bind(&record.block_digests[..])
    .bind(i64::from(record.num_chunks))
    .bind(signed(record.chunk_bytes))
    .bind(signed(record.cost_us))
    .bind(signed(record.epoch))
    .bind(record.made_at_ms)
    .bind(seal.digest(record).to_vec())
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "UPDATE artifact_uses SET used_at = greatest(used_at, $1), held_until = greatest(held_until, $1 + $2)
         WHERE kind = $3 AND key = $4 AND format = $5",
    )
    .bind(now)
    .bind(NEW_FOR_MS)
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(i64::from(id.format))
    .execute(&mut **transaction)
    .await?;
    Ok(Outcome::Done)
}
