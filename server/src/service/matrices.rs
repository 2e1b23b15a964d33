//! Matrices and their rows.

use std::ops::Range;
use std::sync::Arc;

use foliocast_app::api::{BlockDigest, Matrix, MatrixLinks, Page};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, Digest, KERNEL_VERSION, MODEL_VERSION, MatrixKey, block_rows, num_blocks,
};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::cursor::{List, check_limit, decode, encode, refused};
use super::runs::{NO_LIMITS, stored_config};
use super::{Inner, MatrixRows, RowBlock, RowsError, ServiceError, Services, authorise};
use crate::clock::rfc3339;
use crate::jobs::{MatrixBody, RowReader, block_digest_of, matrix_id};
use crate::store::{Lookup, Record, Source};

/// Most lines of a page of block digests.
const MOST_BLOCKS: u32 = 10_000;

/// Blocks that wait for a slow reader.
const BLOCKS_AHEAD: usize = 4;

impl Services {
    /// A matrix of which the caller has asked for a run. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn matrix(&self, caller: &Caller, key: MatrixKey) -> Result<Matrix, ServiceError> {
        let found = self.inner.find_matrix(caller, key).await?;
        found.describe()
    }

    /// Block digests in order; `limit` 1–10,000. Reader.
    ///
    /// # Errors
    /// 404; 400 for a limit or cursor that is none.
    pub async fn matrix_blocks(
        &self,
        caller: &Caller,
        key: MatrixKey,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<BlockDigest>, ServiceError> {
        let found = self.inner.find_matrix(caller, key).await?;
        check_limit(limit, MOST_BLOCKS)?;
        let first = match cursor {
            Some(cursor) => u32::from_be_bytes(decode(List::Blocks, cursor)?.try_into().map_err(|_| refused())?),
            None => 0,
        };
        let num_scenarios = found.config.num_scenarios();
        let blocks = num_blocks(num_scenarios);
        let end = first.saturating_add(limit).min(blocks);
        let items = (first..end).map(|block| {
            Ok(BlockDigest {
                block,
                first_row: block * BLOCK_ROWS as u32,
                rows: block_rows(num_scenarios, block) as u32,
                digest: block_digest_of(&found.record, block)
                    .ok_or_else(|| ServiceError::Internal(format!("block {block} has no digest")))?,
            })
        });
        let items = items.collect::<Result<_, ServiceError>>()?;
        Ok(Page { items, next_cursor: (end < blocks).then(|| encode(List::Blocks, &end.to_be_bytes())) })
    }

    /// Rows `range` (first and last, from 0, inclusive; `None` for all), read where they are kept, else made again
    /// block by block. Reader.
    ///
    /// # Errors
    /// 404; 409 where no rows are kept; 416 for rows the matrix has not; 503 when the compute budget is taken.
    pub async fn matrix_rows(
        &self,
        caller: &Caller,
        key: MatrixKey,
        range: Option<(u32, u32)>,
    ) -> Result<MatrixRows, ServiceError> {
        let inner = &self.inner;
        inner.refuse_when_stopping()?;
        let found = inner.find_matrix(caller, key).await?;
        let num_scenarios = found.config.num_scenarios();
        if !found.config.keeps_rows() {
            return Err(ServiceError::RowsNotKept(format!(
                "no rows are kept for more than 10,000,000 scenarios; this matrix has {num_scenarios}. Its block digests \
                 are at /api/matrices/{key}/blocks"
            )));
        }
        let (first, last) = range.unwrap_or((0, num_scenarios - 1));
        if first > last || last >= num_scenarios {
            return Err(ServiceError::RangeNotSatisfiable {
                message: format!(
                    "rows {first} to {last} were asked for; the matrix has rows 0 to {}",
                    num_scenarios - 1
                ),
                num_rows: num_scenarios,
            });
        }
        let (budget, what) = match found.record.num_chunks {
            0 => (&inner.making_rows, "made again"),
            _ => (&inner.reading_rows, "read"),
        };
        let permit = Arc::clone(budget).try_acquire_owned().map_err(|_| {
            ServiceError::unavailable(format!("as many matrices are being {what} as this server allows; ask again"), 5)
        })?;
        let (sender, receiver) = mpsc::channel(BLOCKS_AHEAD);
        let mut reader = RowReader::new(Arc::clone(&inner.tiers), Arc::clone(&found.record), &found.config);
        let runtime = Handle::current();
        let (rows, columns) = (first..last + 1, found.config.buckets().len());
        let send_rows = move || {
            let _permit = permit;
            runtime.block_on(send(&mut reader, rows, columns, &sender));
        };
        // A thread of its own: making rows is no work for the runtime's threads.
        std::thread::Builder::new()
            .name("rows".to_owned())
            .spawn(send_rows)
            .map_err(|error| ServiceError::unavailable(format!("no thread to read rows on: {error}"), 5))?;
        Ok(MatrixRows {
            matrix: found.describe()?,
            first_row: first,
            num_rows: last - first + 1,
            blocks: Box::pin(ReceiverStream::new(receiver)),
            config: found.config,
        })
    }
}

/// Sends `rows` block by block until they end, fail, or nobody reads them.
async fn send(
    reader: &mut RowReader,
    rows: Range<u32>,
    columns: usize,
    sender: &mpsc::Sender<Result<RowBlock, RowsError>>,
) {
    let block_of = |row: u32| row / BLOCK_ROWS as u32;
    let mut block = block_of(rows.start);
    while block <= block_of(rows.end - 1) {
        let at_once = reader.blocks_at_once(block);
        let values = match reader.read(at_once.clone()).await {
            Ok(values) => values,
            Err(failure) => {
                // Nobody left to tell is as good as told.
                let _ = sender.send(Err(RowsError(failure.to_string()))).await;
                return;
            }
        };
        for (block, values) in at_once.clone().zip(values.chunks(BLOCK_ROWS * columns)) {
            let block_start = block * BLOCK_ROWS as u32;
            let start = rows.start.max(block_start);
            let end = rows.end.min(block_start + (values.len() / columns) as u32);
            if start >= end {
                continue;
            }
            let wanted = (start - block_start) as usize * columns..(end - block_start) as usize * columns;
            let block = RowBlock { first_row: start, columns, rows: values[wanted].to_vec() };
            if sender.send(Ok(block)).await.is_err() {
                return;
            }
        }
        block = at_once.end;
    }
}

/// A matrix that its caller may see.
struct FoundMatrix {
    record: Arc<Record>,
    body: MatrixBody,
    config: Config,
    asked_at_ms: i64,
}

impl FoundMatrix {
    fn describe(&self) -> Result<Matrix, ServiceError> {
        let key = self.config.matrix_key();
        let num_scenarios = self.config.num_scenarios();
        let configuration = serde_json::from_str(&self.body.configuration)
            .map_err(|error| ServiceError::Internal(format!("the stored matrix {key} cannot be read: {error}")))?;
        Ok(Matrix {
            matrix_key: key,
            digest: Digest::from_bytes(self.record.content_digest),
            model_version: MODEL_VERSION,
            kernel: KERNEL_VERSION,
            configuration,
            num_scenarios,
            bucket_names: self.config.buckets().iter().map(|bucket| bucket.name.clone()).collect(),
            block_rows: BLOCK_ROWS as u32,
            num_blocks: num_blocks(num_scenarios),
            size_bytes: self.config.row_bytes(),
            rows_kept: self.config.keeps_rows(),
            generation: self.body.generation,
            created_at: rfc3339(self.record.made_at_ms),
            asked_at: rfc3339(self.asked_at_ms),
            links: MatrixLinks {
                self_: format!("/api/matrices/{key}"),
                data: self.config.keeps_rows().then(|| format!("/api/matrices/{key}/data")),
                blocks: format!("/api/matrices/{key}/blocks"),
            },
        })
    }
}

impl Inner {
    async fn find_matrix(self: &Arc<Self>, caller: &Caller, key: MatrixKey) -> Result<FoundMatrix, ServiceError> {
        authorise(caller, Role::Reader)?;
        let arrived = self.clock.instant();
        let absent = || ServiceError::NotFound(format!("no matrix {key}; ask for a run of it first"));
        let asked_at_ms = self.store.matrix_access(&caller.tenant, *key.as_bytes()).await?.ok_or_else(absent)?;
        let mut found = self.tiers.record(matrix_id(key)).await?;
        if found == Lookup::Damaged {
            let input = self.store.matrix_input(&caller.tenant, *key.as_bytes()).await?.ok_or_else(absent)?;
            let access = self.access(&caller.tenant, stored_config(&input)?.run_key()).await?;
            let source = access.map_or(Source::Request, |(_, source)| source);
            self.make_again(caller, &input, source, arrived).await?;
            found = self.tiers.record(matrix_id(key)).await?;
        }
        let Lookup::Found((record, _)) = found else { return Err(absent()) };
        let unreadable =
            |error: String| ServiceError::Internal(format!("the stored matrix {key} cannot be read: {error}"));
        let body: MatrixBody = serde_json::from_slice(&record.body).map_err(|error| unreadable(error.to_string()))?;
        let config = Config::from_matrix_json(&body.configuration, &NO_LIMITS)
            .map_err(|errors| unreadable(errors.to_string()))?;
        Ok(FoundMatrix { record, body, config, asked_at_ms })
    }
}
