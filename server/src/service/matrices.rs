//! Matrices and their rows.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use foliocast_app::api::{BlockDigest, Matrix, MatrixLinks, Page};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, Digest, KERNEL_VERSION, MODEL_VERSION, MatrixKey, block_rows, num_blocks,
};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::cursor::{List, check_limit, decode, encode, refused};
use super::runs::{Asking, NO_LIMITS, stored_config};
use super::{Inner, MatrixRows, RowBlock, RowsError, ServiceError, Services, authorise};
use crate::cache::TierName;
use crate::clock::rfc3339;
use crate::jobs::{MatrixBody, RowReader, block_digest_of, matrix_id};
use crate::measure::Asked;
use crate::store::{Before, Ending, Kind, Lookup, Origin, Record, Source, StoreError};
use crate::telemetry::note;

/// Most lines of a page of block digests.
const MOST_BLOCKS: u32 = 10_000;

/// Blocks that wait for a slow reader.
const BLOCKS_AHEAD: usize = 4;

impl Services {
    /// Looks for a matrix of which the caller has asked for a run. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn open_matrix(&self, caller: &Caller, key: MatrixKey) -> Result<OpenMatrix, ServiceError> {
        let inner = Arc::clone(&self.inner);
        let arrived = inner.clock.instant();
        let found = inner.find_matrix(caller, key, arrived).await?;
        Ok(OpenMatrix { inner, caller: caller.clone(), arrived, found })
    }

    /// A matrix of which the caller has asked for a run. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn matrix(&self, caller: &Caller, key: MatrixKey) -> Result<Matrix, ServiceError> {
        self.open_matrix(caller, key).await?.describe()
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
        let open = self.open_matrix(caller, key).await?;
        check_limit(limit, MOST_BLOCKS)?;
        let first = match cursor {
            Some(cursor) => u32::from_be_bytes(decode(List::Blocks, cursor)?.try_into().map_err(|_| refused())?),
            None => 0,
        };
        let num_scenarios = open.found.config.num_scenarios();
        let blocks = num_blocks(num_scenarios);
        let end = first.saturating_add(limit).min(blocks);
        let items = (first..end).map(|block| {
            Ok(BlockDigest {
                block,
                first_row: block * BLOCK_ROWS as u32,
                rows: block_rows(num_scenarios, block) as u32,
                digest: block_digest_of(&open.found.record, block)
                    .ok_or_else(|| ServiceError::Internal(format!("block {block} has no digest")))?,
            })
        });
        let items = items.collect::<Result<_, ServiceError>>()?;
        open.count(true);
        Ok(Page { items, next_cursor: (end < blocks).then(|| encode(List::Blocks, &end.to_be_bytes())) })
    }
}

/// A matrix that its caller may see, and has found. What is asked of it is counted as one request.
pub struct OpenMatrix {
    inner: Arc<Inner>,
    caller: Caller,
    arrived: Instant,
    found: FoundMatrix,
}

impl OpenMatrix {
    /// The digest of its rows.
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(self.found.record.content_digest)
    }

    /// The caller has it already.
    pub fn is_known(self) {
        self.count(true);
    }

    /// What there is to know of it, but for its rows.
    ///
    /// # Errors
    /// 500 where the stored record cannot be read.
    pub fn describe(self) -> Result<Matrix, ServiceError> {
        let matrix = self.found.describe()?;
        self.count(true);
        Ok(matrix)
    }

    /// Which rows [`Self::rows`] would answer: the first, and the one after the last. Reads none of them.
    ///
    /// # Errors
    /// As [`Self::rows`], whatever the compute budget.
    pub fn extent(self, range: Option<(u32, u32)>) -> Result<Range<u32>, ServiceError> {
        self.inner.refuse_when_stopping()?;
        let rows = self.found.rows(range)?;
        self.count(true);
        Ok(rows)
    }

    /// Rows `range` (first and last, from 0, inclusive; `None` for all), read where they are kept, else made again
    /// block by block.
    ///
    /// # Errors
    /// 409 where no rows are kept; 416 for rows the matrix has not; 429 where the caller may make no more rows again
    /// for the moment; 503 when the compute budget is taken.
    pub async fn rows(self, range: Option<(u32, u32)>) -> Result<MatrixRows, ServiceError> {
        let inner = &self.inner;
        inner.refuse_when_stopping()?;
        let rows = self.found.rows(range)?;
        let are_kept = self.found.record.num_chunks > 0;
        let (budget, what) = if are_kept { (&inner.reading_rows, "read") } else { (&inner.making_rows, "made again") };
        let permit = Arc::clone(budget).try_acquire_owned().map_err(|_| {
            ServiceError::unavailable(format!("as many matrices are being {what} as this server allows; ask again"), 5)
        })?;
        if !are_kept {
            let blocks = rows.end.div_ceil(BLOCK_ROWS as u32) - rows.start / BLOCK_ROWS as u32;
            let made_rows = u64::from(blocks) * BLOCK_ROWS as u64;
            let config = &self.found.config;
            let deals = config.deal_draws() / u64::from(config.num_scenarios());
            let charge = inner.charge(&self.caller, made_rows * deals).await?;
            inner.settle(&self.caller, charge, true).await;
        }
        self.count(are_kept);
        let (sender, receiver) = mpsc::channel(BLOCKS_AHEAD);
        let source = RowSource {
            reader: RowReader::new(Arc::clone(&inner.tiers), Arc::clone(&self.found.record), &self.found.config),
            rows: rows.clone(),
            columns: self.found.config.buckets().len(),
            budget: Arc::clone(budget),
        };
        tokio::spawn(source.send(permit, sender));
        Ok(MatrixRows {
            matrix: self.found.describe()?,
            first_row: rows.start,
            num_rows: rows.end - rows.start,
            blocks: Box::pin(ReceiverStream::new(receiver)),
            config: self.found.config,
        })
    }

    /// Counts the request: whether all it asked for was there.
    fn count(&self, is_there: bool) {
        let Self { inner, caller, arrived, found } = self;
        // One that was lost was counted when it was made again.
        let Some(tier) = found.found_in else { return };
        let key = found.record.id.key;
        let asked = Asked { tenant: &caller.tenant, fund_id: &found.fund_id, kind: Kind::Matrix, key };
        let (took, now_ms) = (inner.clock.instant().saturating_duration_since(*arrived), inner.clock.now_ms());
        let ending = match is_there {
            true => Ending::Hit,
            false if found.record.lost_its_rows() => Ending::Remade,
            false => Ending::Unkept,
        };
        note(|trail| {
            trail.matrix_key = Some(MatrixKey::from_bytes(key));
            (trail.tier, trail.outcome) = (Some(Origin::from(tier).name()), Some(ending.name()));
        });
        if is_there {
            inner.measures.found(asked, tier.into(), took, now_ms, || Some(key));
        } else {
            let series = inner.measures.missed(asked, ending, now_ms);
            inner.measures.answered(series, key, key, took, now_ms);
        }
    }
}

/// Rows on their way to whoever reads them.
struct RowSource {
    reader: RowReader,
    rows: Range<u32>,
    columns: usize,
    /// How many may be read or made at a time.
    budget: Arc<Semaphore>,
}

impl RowSource {
    /// Sends the rows block by block until they end, fail, or nobody reads them. `permit` is for the first blocks;
    /// while a reader pauses none is held, so that nobody keeps others from their rows by not taking his own.
    async fn send(self, permit: OwnedSemaphorePermit, sender: mpsc::Sender<Result<RowBlock, RowsError>>) {
        let Self { mut reader, rows, columns, budget } = self;
        let mut first_permit = Some(permit);
        let mut block = block_of(rows.start);
        while block <= block_of(rows.end - 1) {
            let Ok(room) = sender.reserve().await else { return };
            drop(room);
            let permit = match first_permit.take() {
                Some(permit) => permit,
                None => tokio::select! {
                    Ok(permit) = Arc::clone(&budget).acquire_owned() => permit,
                    () = sender.closed() => return,
                    else => return,
                },
            };
            let at_once = reader.blocks_at_once(block);
            let values = match read(reader, at_once.clone(), permit).await {
                Ok((used, values)) => {
                    reader = used;
                    values
                }
                Err(error) => {
                    // Nobody left to tell is as good as told.
                    let _ = sender.send(Err(error)).await;
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
}

fn block_of(row: u32) -> u32 {
    row / BLOCK_ROWS as u32
}

/// Reads or makes `blocks`, which is no work for the runtime's threads; gives the permit back and the reader.
async fn read(
    mut reader: RowReader,
    blocks: Range<u32>,
    permit: OwnedSemaphorePermit,
) -> Result<(RowReader, Vec<f32>), RowsError> {
    let reading = tokio::task::spawn_blocking(move || {
        let read = Handle::current().block_on(reader.read(blocks));
        drop(permit);
        read.map(|values| (reader, values))
    });
    match reading.await {
        Ok(read) => read.map_err(|failure| RowsError(failure.to_string())),
        Err(error) => Err(RowsError(format!("the rows could not be read: {error}"))),
    }
}

/// A matrix that was found.
struct FoundMatrix {
    record: Arc<Record>,
    /// None where it was damaged or evicted and has just been made again.
    found_in: Option<TierName>,
    body: MatrixBody,
    config: Config,
    asked_at_ms: i64,
    /// The fund whose run the caller last asked for.
    fund_id: String,
}

impl FoundMatrix {
    /// The rows that `range` asks for.
    fn rows(&self, range: Option<(u32, u32)>) -> Result<Range<u32>, ServiceError> {
        let (key, num_scenarios) = (self.config.matrix_key(), self.config.num_scenarios());
        if !self.config.keeps_rows() {
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
        Ok(first..last + 1)
    }

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
    /// The record of a matrix, and where it was found. Its answers have no place to say that they are unconfirmed: then the
    /// durable store is asked.
    async fn find_record(&self, key: MatrixKey) -> Result<Lookup<(Arc<Record>, TierName)>, StoreError> {
        if self.is_confirmed() {
            return self.tiers.record(matrix_id(key)).await;
        }
        let found = self.store.record(matrix_id(key)).await?;
        Ok(found.map(|record| (Arc::new(record), TierName::Durable)))
    }

    async fn find_matrix(
        self: &Arc<Self>,
        caller: &Caller,
        key: MatrixKey,
        arrived: Instant,
    ) -> Result<FoundMatrix, ServiceError> {
        authorise(caller, Role::Reader)?;
        let absent = || ServiceError::NotFound(format!("no matrix {key}; ask for a run of it first"));
        let access = self.store.matrix_access(&caller.tenant, *key.as_bytes()).await?;
        let (asked_at_ms, fund_id) = access.ok_or_else(absent)?;
        let asked = Asked { tenant: &caller.tenant, fund_id: &fund_id, kind: Kind::Matrix, key: *key.as_bytes() };
        let found = match self.find_record(key).await? {
            Lookup::Found(found) => Ok(found),
            Lookup::Damaged => Err(Before::Damaged),
            Lookup::Absent if self.store.is_evicted(matrix_id(key)).await? => Err(Before::Evicted),
            // It may have been made again between the two looks.
            Lookup::Absent => match self.find_record(key).await? {
                Lookup::Found(found) => Ok(found),
                Lookup::Absent | Lookup::Damaged => {
                    self.measures.missed(asked, Ending::Absent, self.clock.now_ms());
                    return Err(absent());
                }
            },
        };
        let (record, found_in) = match found {
            Ok((record, tier)) => (record, Some(tier)),
            Err(before) => {
                let input = self.store.matrix_input(&caller.tenant, *key.as_bytes()).await?.ok_or_else(absent)?;
                let access = self.access(&caller.tenant, stored_config(&input)?.run_key()).await?;
                let source = access.map_or(Source::Request, |granted| granted.source);
                self.make_again(caller, &input, Asking { asked, source, arrived }, before).await?;
                let Lookup::Found((record, _)) = self.find_record(key).await? else { return Err(absent()) };
                (record, None)
            }
        };
        let unreadable =
            |error: String| ServiceError::Internal(format!("the stored matrix {key} cannot be read: {error}"));
        let body: MatrixBody = serde_json::from_slice(&record.body).map_err(|error| unreadable(error.to_string()))?;
        let config = Config::from_matrix_json(&body.configuration, &NO_LIMITS)
            .map_err(|errors| unreadable(errors.to_string()))?;
        Ok(FoundMatrix { record, found_in, body, config, asked_at_ms, fund_id })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::StreamExt as _;

    use super::*;
    use crate::clock::SystemClock;
    use crate::service::{ServiceSettings, SimulateRequest, Simulated};

    /// Services with a matrix of 98 blocks whose rows are not kept, or are.
    async fn with_matrix(kept: bool) -> (tempfile::TempDir, Services, Caller, MatrixKey) {
        let dir = tempfile::tempdir().expect("a directory");
        let settings = ServiceSettings {
            keep_rows_factor: if kept { 0.0 } else { f64::INFINITY },
            ..ServiceSettings::in_dir(dir.path())
        };
        let services = Services::open(&settings, Arc::new(SystemClock)).await.expect("the services open");
        let caller = Caller {
            tenant: "me".to_owned(),
            role: Role::Analyst,
            key_name: crate::store::THIS_MACHINE.to_owned(),
            address: None,
            request_id: "test".to_owned(),
        };
        let body = r#"{"fundId": "f", "numScenarios": 100000, "buckets": [
            {"name": "All", "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 3}, "deals": 5}]}"#;
        let request = SimulateRequest { body: body.to_owned() };
        let simulated = services.simulate(&caller, request, Duration::from_secs(120)).await.expect("a run");
        let Simulated::Ready(answer) = simulated else { panic!("not in time") };
        let key = answer.to_run().expect("a run").matrix_key;
        (dir, services, caller, key)
    }

    async fn rows(services: &Services, caller: &Caller, key: MatrixKey) -> Result<MatrixRows, ServiceError> {
        services.open_matrix(caller, key).await?.rows(None).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_taken_budget_refuses_rows_for_a_while_but_not_what_needs_none() {
        for kept in [false, true] {
            let (_dir, services, caller, key) = with_matrix(kept).await;
            let budget = if kept { &services.inner.reading_rows } else { &services.inner.making_rows };
            let all = budget.acquire_many(budget.available_permits() as u32).await.expect("the budget");
            let refused = rows(&services, &caller, key).await.err().expect("a refusal");
            assert_eq!(refused.status(), 503);
            assert!(refused.retry_after().is_some_and(|after| after > Duration::ZERO));
            assert_eq!(
                services.open_matrix(&caller, key).await.expect("it opens").extent(Some((5, 9))).expect("an extent"),
                5..10
            );
            drop(all);
            let rows = rows(&services, &caller, key).await.expect("rows");
            assert_eq!(rows.blocks.count().await, 98);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn readers_who_pause_hold_nothing_of_the_budget() {
        for kept in [false, true] {
            let (_dir, services, caller, key) = with_matrix(kept).await;
            let budget = if kept { &services.inner.reading_rows } else { &services.inner.making_rows };
            let whole = budget.available_permits();
            let mut paused = Vec::new();
            for _ in 0..whole {
                paused.push(rows(&services, &caller, key).await.expect("rows").blocks);
            }
            let all = tokio::time::timeout(Duration::from_secs(60), budget.acquire_many(whole as u32)).await;
            drop(all.expect("the budget is given back").expect("the budget"));
            for blocks in paused {
                assert_eq!(blocks.filter(|block| futures::future::ready(block.is_ok())).count().await, 98);
            }
        }
    }
}
