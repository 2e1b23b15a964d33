//! One line to the queue, from its making to the first time that Redis did not answer: connections, and the worker that
//! takes messages. They live on a thread of their own, so that an end is one whatever they wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bullmq_rs::{BullmqError, BullmqResult, Job, QueueBuilder, RedisConnection, WorkerBuilder, WorkerHandle};
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{Ended, Jobs, Message, QUEUE, Receiver, Teller, shortened};
use crate::config::RedisUrl;

/// How long making a line may take.
const OPEN_TIME: Duration = Duration::from_secs(5);

/// How long handing messages back may take.
const HAND_BACK_TIME: Duration = Duration::from_secs(5);

/// How long a message that a paused worker takes may be on its way. One that takes longer comes back when its lock runs out.
const LATE_MESSAGE: Duration = Duration::from_millis(200);

/// Messages that one process follows at a time. Many more than it computes: a message costs little, and what is computed
/// first is for the store to say. (A worker takes one more than it handles, which then waits without a lock: if that takes
/// long, others get it, and it is the same job for both.)
const MESSAGES_AT_ONCE: usize = 64;

/// How long a message is this worker's without a word from it.
const LOCK: Duration = Duration::from_secs(15);

/// Failed attempts of a message after which nothing is done for it, and the pause before it is said: how many it may have
/// is for whoever sent it to say, and may be no number at all.
const MOST_ATTEMPTS: u32 = 100;
const NOTHING_DONE_PAUSE: Duration = Duration::from_secs(1);

/// The longest data of a message: as much as a request over HTTP may have.
const MOST_DATA_BYTES: usize = 2 << 20;

/// Connections and a worker. Dropped, everything ends at once: messages under way come back when their locks run out.
pub struct Line {
    pub jobs: Arc<Jobs>,
    worker: Option<WorkerHandle>,
    stop: CancellationToken,
    handling: Arc<Handling>,
    _thread: Thread,
}

/// What a line lives on. Dropped, nothing of it is waited for.
struct Thread(Option<Runtime>);

impl Thread {
    fn handle(&self) -> Result<&Handle, String> {
        self.0.as_ref().map(Runtime::handle).ok_or_else(|| "it ends".to_owned())
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Line {
    /// Makes one, with a worker where there is a receiver.
    ///
    /// # Errors
    /// Why not.
    pub async fn open(
        url: &RedisUrl,
        receiver: Option<Arc<dyn Receiver>>,
        stopping: &CancellationToken,
    ) -> Result<Self, String> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("queue").enable_all().build();
        // Its end is one from here on, whatever comes of the rest.
        let runtime = Thread(Some(runtime.map_err(|error| format!("no thread for it: {error}"))?));
        let (stop, services) = (CancellationToken::new(), Handle::current());
        let handling = Arc::new(Handling::default());
        let (connection, its_stop) = (RedisConnection::new(url.to_secret_text()), stop.clone());
        let its_handling = Arc::clone(&handling);
        let opening = runtime.handle()?.spawn(async move {
            let jobs: Arc<Jobs> = Arc::new(QueueBuilder::new(QUEUE).connection(connection.clone()).build().await?);
            // A worker that may not read the queue would say so once a second, for ever.
            jobs.is_paused().await?;
            let worker = match receiver {
                Some(receiver) => {
                    Some(work(connection, Arc::clone(&jobs), receiver, its_stop, its_handling, services).await?)
                }
                None => None,
            };
            BullmqResult::Ok((jobs, worker))
        });
        let opened = tokio::select! {
            opened = tokio::time::timeout(OPEN_TIME, opening) => opened,
            () = stopping.cancelled() => return Err("the process stops".to_owned()),
        };
        let (jobs, worker) = match opened {
            Ok(Ok(opened)) => opened.map_err(|error| reason(&error))?,
            Ok(Err(_)) | Err(_) => return Err(format!("Redis has not answered within {} s", OPEN_TIME.as_secs())),
        };
        Ok(Self { jobs, worker, stop, handling, _thread: runtime })
    }

    /// Whether it has a worker.
    pub fn takes_messages(&self) -> bool {
        self.worker.is_some()
    }

    /// Whether its worker should be taking messages.
    pub fn has_room(&self) -> bool {
        self.takes_messages() && self.handling.now.load(Ordering::Relaxed) < MESSAGES_AT_ONCE
    }

    /// Messages that its worker has taken so far.
    pub fn num_taken(&self) -> u64 {
        self.handling.taken.load(Ordering::Relaxed)
    }

    /// Whether its worker still takes messages, where there is one.
    pub fn is_running(&self) -> bool {
        self.worker.as_ref().is_none_or(WorkerHandle::is_running)
    }

    /// Ends it, with the messages under way given to others at once.
    pub async fn hand_back(self) {
        let Some(worker) = &self.worker else { return };
        worker.pause(true).await;
        self.stop.cancel();
        let handed_back = async {
            worker.pause(false).await;
            // A worker that was just waiting for a message takes one more though it is paused, and most likely the first of
            // those it has just given back; it gives that back, too, and takes none after it.
            tokio::time::sleep(LATE_MESSAGE).await;
            worker.pause(false).await;
        };
        // Locks are renewed until the shutdown, which therefore comes last.
        if tokio::time::timeout(HAND_BACK_TIME, handed_back).await.is_err() {
            tracing::warn!("messages of the job queue were not handed back; others get them in {} s", LOCK.as_secs());
        }
        worker.shutdown();
    }
}

/// Starts taking messages. What they ask for runs with the `services`, and ends with the line.
async fn work(
    connection: RedisConnection,
    jobs: Arc<Jobs>,
    receiver: Arc<dyn Receiver>,
    stop: CancellationToken,
    handling: Arc<Handling>,
    services: Handle,
) -> BullmqResult<WorkerHandle> {
    let worker = WorkerBuilder::new(QUEUE)
        .connection(connection)
        .concurrency(MESSAGES_AT_ONCE)
        .lock_duration(LOCK)
        // Those of workers that died are found by `recovery`.
        .skip_stalled_check(true)
        .build::<Box<RawValue>>();
    let handle = move |job: Job<Box<RawValue>>| {
        let teller = Teller { jobs: Arc::clone(&jobs), id: job.id.clone() };
        let (data_bytes, attempts_made) = (job.data.get().len(), job.attempts_made);
        let data = if data_bytes > MOST_DATA_BYTES { String::new() } else { job.data.get().to_owned() };
        let message = Message { id: job.id, added_at_ms: job.timestamp, attempts_made, data };
        let (receiver, stop, services) = (Arc::clone(&receiver), stop.clone(), services.clone());
        let handled = Handled::begin(&handling);
        async move {
            let _handled = handled;
            if attempts_made >= MOST_ATTEMPTS {
                tokio::time::sleep(NOTHING_DONE_PAUSE).await;
                return Err(format!("it has failed {attempts_made} times already").into());
            }
            if data_bytes > MOST_DATA_BYTES {
                return Err(format!("its data have {data_bytes} bytes; at most {MOST_DATA_BYTES} are taken").into());
            }
            let received = async move {
                tokio::select! {
                    ended = receiver.receive(message, teller) => ended,
                    () = stop.cancelled() => Ended::HandedBack,
                }
            };
            match AbortOnDropHandle::new(services.spawn(received)).await {
                Ok(Ended::Done) => Ok(()),
                Ok(Ended::Failed(reason)) => Err(shortened(&reason).into()),
                // The one way to give a message back without an attempt being counted.
                Ok(Ended::HandedBack) => Err(BullmqError::RateLimited.into()),
                Err(error) if error.is_panic() => {
                    Err("this message could not be handled: a fault of this program".into())
                }
                Err(_) => Err(BullmqError::RateLimited.into()),
            }
        }
    };
    worker.start(handle).await
}

/// Messages under way, and all that were taken.
#[derive(Default)]
struct Handling {
    now: AtomicUsize,
    taken: AtomicU64,
}

/// A message under way, counted until it is dropped.
struct Handled(Arc<Handling>);

impl Handled {
    fn begin(handling: &Arc<Handling>) -> Self {
        handling.now.fetch_add(1, Ordering::Relaxed);
        handling.taken.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(handling))
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What an error means to whoever reads the log, without addresses.
fn reason(error: &BullmqError) -> String {
    match error {
        BullmqError::Redis(error) => crate::redis::reason(error),
        other => other.to_string(),
    }
}
