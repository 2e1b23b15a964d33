//! One line to the queue, from its making to the first time that Redis did not answer: connections, and the worker that
//! takes messages. They live on a thread of their own, so that an end is one whatever they wait for.

use std::sync::Arc;
use std::time::Duration;

use bullmq_rs::{BullmqError, BullmqResult, Job, QueueBuilder, RedisConnection, WorkerBuilder, WorkerHandle};
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{Ended, Jobs, Message, QUEUE, Receiver, Teller};
use crate::config::RedisUrl;

/// How long making a line may take.
const OPEN_TIME: Duration = Duration::from_secs(5);

/// How long handing messages back may take.
const HAND_BACK_TIME: Duration = Duration::from_secs(2);

/// How long a message that a paused worker takes may be on its way. One that takes longer comes back when its lock runs out.
const LATE_MESSAGE: Duration = Duration::from_millis(200);

/// Messages that one process follows at a time. Many more than it computes: a message costs little, and what is computed
/// first is for the store to say. (A worker takes one more than it handles, which then waits without a lock.)
const MESSAGES_AT_ONCE: usize = 64;

/// How long a message is this worker's without a word from it, and how often it is looked for those of workers that died.
/// The lock must not be shorter than the interval: else messages are taken from workers that live.
const LOCK: Duration = Duration::from_secs(15);
const STALLED_INTERVAL: Duration = Duration::from_secs(10);

/// How often a message comes back whose worker died: after how many attempts its job is given up is for the store to
/// say. Not for ever, since one that cannot even be read is among them; beyond, it is in no list any more.
const MOST_STALLS: u32 = 100;

/// Connections and a worker. Dropped, everything ends at once: messages under way come back when their locks run out.
pub struct Line {
    pub jobs: Arc<Jobs>,
    worker: Option<WorkerHandle>,
    stop: CancellationToken,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Line {
    /// Makes one, with a worker where there is a receiver.
    ///
    /// # Errors
    /// Why not.
    pub async fn open(url: &RedisUrl, receiver: Option<Arc<dyn Receiver>>) -> Result<Self, String> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("queue").enable_all().build();
        let runtime = runtime.map_err(|error| format!("no thread for it: {error}"))?;
        let (stop, services) = (CancellationToken::new(), Handle::current());
        let (connection, its_stop) = (RedisConnection::new(url.to_secret_text()), stop.clone());
        let opening = runtime.spawn(async move {
            let jobs: Arc<Jobs> = Arc::new(QueueBuilder::new(QUEUE).connection(connection.clone()).build().await?);
            // A worker that may not read the queue would say so once a second, for ever.
            jobs.is_paused().await?;
            let worker = match receiver {
                Some(receiver) => Some(work(connection, Arc::clone(&jobs), receiver, its_stop, services).await?),
                None => None,
            };
            BullmqResult::Ok((jobs, worker))
        });
        // From here on it ends with its runtime, whatever comes of it.
        let opened = tokio::time::timeout(OPEN_TIME, opening).await;
        let (jobs, worker) = match opened {
            Ok(Ok(Ok(opened))) => opened,
            Ok(Ok(Err(error))) => {
                runtime.shutdown_background();
                return Err(reason(&error));
            }
            Ok(Err(_)) | Err(_) => {
                runtime.shutdown_background();
                return Err(format!("Redis has not answered within {} s", OPEN_TIME.as_secs()));
            }
        };
        Ok(Self { jobs, worker, stop, runtime: Some(runtime) })
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

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Starts taking messages. What they ask for runs with the `services`, and ends with the line.
async fn work(
    connection: RedisConnection,
    jobs: Arc<Jobs>,
    receiver: Arc<dyn Receiver>,
    stop: CancellationToken,
    services: Handle,
) -> BullmqResult<WorkerHandle> {
    let worker = WorkerBuilder::new(QUEUE)
        .connection(connection)
        .concurrency(MESSAGES_AT_ONCE)
        .lock_duration(LOCK)
        .stalled_interval(STALLED_INTERVAL)
        .max_stalled_count(MOST_STALLS)
        .build::<Box<RawValue>>();
    let handle = move |job: Job<Box<RawValue>>| {
        let teller = Teller { jobs: Arc::clone(&jobs), id: job.id.clone() };
        let message = Message { id: job.id, added_at_ms: job.timestamp, data: job.data.get().to_owned() };
        let (receiver, stop, services) = (Arc::clone(&receiver), stop.clone(), services.clone());
        async move {
            let received = async move {
                tokio::select! {
                    ended = receiver.receive(message, teller) => ended,
                    () = stop.cancelled() => Ended::HandedBack,
                }
            };
            match AbortOnDropHandle::new(services.spawn(received)).await {
                Ok(Ended::Done) => Ok(()),
                Ok(Ended::Failed(reason)) => Err(reason.into()),
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

/// What an error means to whoever reads the log, without addresses.
fn reason(error: &BullmqError) -> String {
    match error {
        BullmqError::Redis(error) => format!("Redis: {}", error.category()),
        other => other.to_string(),
    }
}
