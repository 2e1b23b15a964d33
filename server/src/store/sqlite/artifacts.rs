//! Artifacts in SQLite.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use sqlx::{Sqlite, Transaction};

use super::SqliteStore;
use super::drops::in_scope;
use crate::store::found::{FoundRecord, KNOWN_DAMAGED, key, kind, num_chunks, signed, unsigned};
use crate::store::{
    ArtifactId, ArtifactStore, Change, Dropped, Dropping, Key, Kind, Lookup, NEW_FOR_MS, Outcome, Record, Scope, Seal,
    StoreError, StoreFuture,
};

/// Artifacts whose chunks are looked at in one transaction.
const COLLECTED_AT_ONCE: usize = 64;

impl ArtifactStore for SqliteStore {
    fn record(&self, id: ArtifactId) -> StoreFuture<'_, Lookup<Record>> {
        Box::pin(async move {
            let row: Option<FoundRecord> = sqlx::query_as(
                "SELECT content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at, record_digest
                 FROM artifacts WHERE kind = ? AND key = ? AND format = ?",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .fetch_optional(&self.main.readers)
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
                "UPDATE artifacts SET num_chunks = 0, record_digest = ?
                 WHERE kind = ? AND key = ? AND format = ? AND record_digest = ?",
            )
            .bind(&KNOWN_DAMAGED[..])
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .bind(found_digest)
            .execute(&self.main.writer)
            .await?;
            Ok(Lookup::Damaged)
        })
    }

    fn chunk(&self, id: ArtifactId, chunk: u32) -> StoreFuture<'_, Option<Bytes>> {
        Box::pin(async move {
            let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
                "SELECT digest, encoded FROM artifact_chunks WHERE kind = ? AND key = ? AND format = ? AND chunk = ?",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .bind(chunk)
            .fetch_optional(&self.chunks.readers)
            .await?;
            let Some((digest, encoded)) = row else { return Ok(None) };
            if blake3::hash(&encoded).as_bytes().as_slice() == digest {
                return Ok(Some(encoded.into()));
            }
            self.damaged.fetch_add(1, Ordering::Relaxed);
            let key = blake3::Hash::from(id.key);
            tracing::warn!(kind = id.kind.name(), %key, chunk, "dropped a damaged chunk");
            sqlx::query(
                "DELETE FROM artifact_chunks WHERE kind = ? AND key = ? AND format = ? AND chunk = ? AND digest = ?",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .bind(chunk)
            .bind(digest)
            .execute(&self.chunks.writer)
            .await?;
            Ok(None)
        })
    }

    fn put_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.leaves_room(encoded.len())?;
            sqlx::query(
                "INSERT INTO artifact_chunks (kind, key, format, chunk, digest, encoded) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET digest = excluded.digest, encoded = excluded.encoded",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .bind(chunk)
            .bind(blake3::hash(&encoded).as_bytes().to_vec())
            .bind(&encoded[..])
            .execute(&self.chunks.writer)
            .await?;
            Ok(())
        })
    }

    fn restore_chunk(&self, id: ArtifactId, chunk: u32, encoded: Bytes) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            // Held until the chunk is there: what evicts rows changes their record first, and deletes them after that.
            let mut transaction = self.write().await?;
            let is_counted: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM artifacts WHERE kind = ? AND key = ? AND format = ? AND num_chunks > ?)",
            )
            .bind(id.kind.name())
            .bind(&id.key[..])
            .bind(id.format)
            .bind(chunk)
            .fetch_one(&mut *transaction)
            .await?;
            if is_counted {
                self.put_chunk(id, chunk, encoded).await?;
            }
            Ok(is_counted)
        })
    }

    fn epoch(&self, kind: Kind, key: Key) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let epoch: Option<i64> = sqlx::query_scalar("SELECT epoch FROM artifact_epochs WHERE kind = ? AND key = ?")
                .bind(kind.name())
                .bind(&key[..])
                .fetch_optional(&self.main.readers)
                .await?;
            Ok(unsigned(epoch.unwrap_or(0)))
        })
    }

    fn epochs(&self) -> StoreFuture<'_, Vec<(Kind, Key, u64)>> {
        Box::pin(async move {
            let found: Vec<(String, Vec<u8>, i64)> =
                sqlx::query_as("SELECT kind, key, epoch FROM artifact_epochs").fetch_all(&self.main.readers).await?;
            // A newer program's kinds are nothing this one keeps.
            let known = found.into_iter().filter_map(|(kind_name, artifact_key, epoch)| {
                Some((kind(&kind_name).ok()?, key(&artifact_key).ok()?, unsigned(epoch)))
            });
            Ok(known.collect())
        })
    }

    fn drop_chunks(&self, id: ArtifactId) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            sqlx::query("DELETE FROM artifact_chunks WHERE kind = ? AND key = ? AND format = ?")
                .bind(id.kind.name())
                .bind(&id.key[..])
                .bind(id.format)
                .execute(&self.chunks.writer)
                .await?;
            Ok(())
        })
    }

    fn collect_chunks(&self) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            // Reads the key's index alone, never a chunk.
            let kept: Vec<(String, Vec<u8>, u32)> =
                sqlx::query_as("SELECT DISTINCT kind, key, format FROM artifact_chunks")
                    .fetch_all(&self.chunks.readers)
                    .await?;
            let mut collected = 0;
            for some in kept.chunks(COLLECTED_AT_ONCE) {
                let some = some.iter().map(|(kind_name, artifact_key, format)| {
                    Ok(ArtifactId { kind: kind(kind_name)?, key: key(artifact_key)?, format: *format })
                });
                collected += self.delete_unneeded_chunks(&some.collect::<Result<Vec<_>, StoreError>>()?).await?;
            }
            Ok(collected)
        })
    }

    fn drop_artifacts(&self, scope: Scope, change: Option<Change>) -> StoreFuture<'_, Dropping> {
        Box::pin(async move {
            let mut transaction = self.write().await?;
            let mut dropped = Vec::new();
            for (kind_name, artifact_key) in in_scope(&mut transaction, scope).await? {
                // Tiers may have chunks of rows that were evicted here.
                let most_chunks: i64 = sqlx::query_scalar(
                    "SELECT coalesce(max(most_chunks), 0) FROM (
                         SELECT most_chunks FROM artifact_uses WHERE kind = ?1 AND key = ?2
                         UNION ALL SELECT most_chunks FROM evictions WHERE kind = ?1 AND key = ?2)",
                )
                .bind(&kind_name)
                .bind(&artifact_key)
                .fetch_one(&mut *transaction)
                .await?;
                let epoch: i64 = sqlx::query_scalar(
                    "INSERT INTO artifact_epochs (kind, key, epoch) VALUES (?, ?, 1)
                     ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
                )
                .bind(&kind_name)
                .bind(&artifact_key)
                .fetch_one(&mut *transaction)
                .await?;
                let removed = sqlx::query("DELETE FROM artifacts WHERE kind = ? AND key = ?")
                    .bind(&kind_name)
                    .bind(&artifact_key)
                    .execute(&mut *transaction)
                    .await?;
                dropped.push(Dropped {
                    kind: kind(&kind_name)?,
                    key: key(&artifact_key)?,
                    epoch: unsigned(epoch),
                    was_there: removed.rows_affected() > 0,
                    num_chunks: num_chunks(Some(most_chunks)),
                });
            }
            let logged = match change {
                Some(change) => Some(self.log(&mut transaction, change).await?),
                None => None,
            };
            transaction.commit().await?;
            for Dropped { kind, key, .. } in &dropped {
                let deleted = sqlx::query("DELETE FROM artifact_chunks WHERE kind = ? AND key = ?")
                    .bind(kind.name())
                    .bind(&key[..])
                    .execute(&self.chunks.writer)
                    .await;
                if let Err(error) = deleted {
                    tracing::warn!(%error, "chunks of what was dropped stay for a while");
                    break;
                }
            }
            Ok(Dropping { number: 0, dropped, logged })
        })
    }

    fn num_damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }
}

impl SqliteStore {
    /// Deletes the chunks of artifacts that no record counts and nobody is just writing: of how many.
    pub(super) async fn delete_unneeded_chunks(&self, artifacts: &[ArtifactId]) -> Result<u64, StoreError> {
        // Held until they are gone, so that no record comes to count them meanwhile.
        let mut records = self.write().await?;
        let mut chunks = self.chunks.write().await?;
        let mut deleted = 0;
        for ArtifactId { kind, key, format } in artifacts {
            let is_needed: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM artifacts
                                WHERE kind = ?1 AND key = ?2 AND format = ?3 AND num_chunks > 0)
                     OR EXISTS (SELECT 1 FROM computations WHERE matrix_key = ?2 AND state = 'active')",
            )
            .bind(kind.name())
            .bind(&key[..])
            .bind(format)
            .fetch_one(&mut *records)
            .await?;
            if !is_needed {
                sqlx::query("DELETE FROM artifact_chunks WHERE kind = ? AND key = ? AND format = ?")
                    .bind(kind.name())
                    .bind(&key[..])
                    .bind(format)
                    .execute(&mut *chunks)
                    .await?;
                deleted += 1;
            }
        }
        chunks.commit().await?;
        Ok(deleted)
    }
}

/// Writes a record within a transaction, unless its key was dropped since making it began.
pub(super) async fn put_record(
    transaction: &mut Transaction<'static, Sqlite>,
    record: &Record,
    seal: &Seal,
    now: i64,
) -> Result<Outcome, StoreError> {
    let id = record.id;
    let epoch: Option<i64> = sqlx::query_scalar("SELECT epoch FROM artifact_epochs WHERE kind = ? AND key = ?")
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
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET
             content_digest = excluded.content_digest, body = excluded.body, block_digests = excluded.block_digests,
             num_chunks = excluded.num_chunks, chunk_bytes = excluded.chunk_bytes, cost_us = excluded.cost_us,
             epoch = excluded.epoch, made_at = excluded.made_at, record_digest = excluded.record_digest
         WHERE excluded.num_chunks >= artifacts.num_chunks OR excluded.content_digest <> artifacts.content_digest",
    )
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(id.format)
    .bind(&record.content_digest[..])
    .bind(&record.body[..])
    .bind(&record.block_digests[..])
    .bind(record.num_chunks)
    .bind(signed(record.chunk_bytes))
    .bind(signed(record.cost_us))
    .bind(signed(record.epoch))
    .bind(record.made_at_ms)
    .bind(seal.digest(record).to_vec())
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "UPDATE artifact_uses SET used_at = max(used_at, ?1), held_until = max(held_until, ?1 + ?2)
         WHERE kind = ?3 AND key = ?4 AND format = ?5",
    )
    .bind(now)
    .bind(NEW_FOR_MS)
    .bind(id.kind.name())
    .bind(&id.key[..])
    .bind(id.format)
    .execute(&mut **transaction)
    .await?;
    Ok(Outcome::Done)
}
