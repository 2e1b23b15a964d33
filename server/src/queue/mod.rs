//! The job queue that others see and feed: `scenario-generation`, in the form of BullMQ 5, so that its dashboards and
//! producers in other languages work. The store decides everything; a message is a hint that there may be something to
//! do, and shows how far it is. Without the queue's Redis everything is made all the same.

mod line;
mod recovery;
mod watch;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bullmq_rs::{JobOptions, JobState, Queue};
use futures::future::BoxFuture;
use redis::RedisResult;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::line::Line;
use self::watch::Watch;
use crate::config::RedisUrl;
use crate::redis::{RedisLink, RedisSettings};

/// Its name.
pub const QUEUE: &str = "scenario-generation";

/// The name of the jobs that this installation adds.
const JOB: &str = "scenario";

/// How long anything waits for the queue's Redis, which is on nobody's way to an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// From one look whether Redis answers to the next.
const LOOK: Duration = Duration::from_secs(1);

/// What a look writes, and leaves to expire.
const PROBE_KEY: &str = "foliocast:probe:queue";
const PROBE_KEPT_SECONDS: u64 = 60;

/// How long ended jobs stay to be seen. BullMQ keeps them for ever, and this Redis throws nothing away by itself.
const COMPLETED_STAY: Duration = Duration::from_secs(3_600);
const FAILED_STAY: Duration = Duration::from_secs(7 * 86_400);

/// Ended jobs cleared at once.
const CLEARED_AT_ONCE: u64 = 1_000;

/// Messages on their way to Redis at most; beyond, jobs go without, and are found by looking.
const MOST_ON_THE_WAY: usize = 64;

/// Messages that wait in the queue at most for this installation to add more: where nobody takes any, they would only fill
/// Redis.
const MOST_WAITING: u64 = 10_000;

/// As BullMQ has them, with data that is passed on as it is written.
type Jobs = Queue<Box<RawValue>>;

/// Which Redis the queue is in.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// Where it is.
    pub url: RedisUrl,
}

impl QueueSettings {
    /// In the Redis at `url`.
    pub fn at(url: RedisUrl) -> Self {
        Self { url }
    }
}

/// A message, as it came: anybody who can write to the queue's Redis may have sent it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The queue's name for it.
    pub id: String,
    /// When it was added, Unix milliseconds.
    pub added_at_ms: u64,
    /// Attempts that failed.
    pub attempts_made: u32,
    /// JSON text.
    pub data: String,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// What it asks for is there.
    Done,
    /// It never will be, and why.
    Failed(String),
    /// Somebody else is to have it.
    HandedBack,
}

/// Does what messages ask for. One may come more than once.
pub trait Receiver: Send + Sync {
    /// Does what a message asks for.
    fn receive(self: Arc<Self>, message: Message, teller: Teller) -> BoxFuture<'static, Ended>;
}

/// Tells those who watch the queue how far a message is.
#[derive(Clone)]
pub struct Teller {
    jobs: Arc<Jobs>,
    id: String,
}

impl Teller {
    /// Tells the progress; whether Redis took it.
    pub async fn tell(&self, progress: Value) -> bool {
        match tokio::time::timeout(TIMEOUT, self.jobs.update_progress(&self.id, progress)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::debug!(%error, id = ?self.id, "could not tell the queue of progress"),
            Err(_) => tracing::debug!(id = ?self.id, "telling the queue of progress got no answer"),
        }
        false
    }
}

/// The queue, as one process has it. Cheap to clone.
#[derive(Clone)]
pub struct JobQueue {
    inner: Arc<Inner>,
}

/// Whether there is a line to the queue.
#[derive(Default)]
enum State {
    /// Not yet, or Redis does not answer.
    #[default]
    None,
    /// Yes.
    Open(Arc<Jobs>),
    /// Redis answers, and does not do what a queue needs.
    Refused(String),
}

struct Inner {
    settings: QueueSettings,
    link: RedisLink,
    line: Mutex<State>,
    on_the_way: Arc<Semaphore>,
    told_of_eviction: AtomicBool,
    /// Messages that nobody has taken yet, at the last look; and with those of a queue that is paused.
    num_waiting: AtomicU64,
    num_held: AtomicU64,
    stopping: CancellationToken,
}

impl JobQueue {
    /// Looks whether Redis answers, waiting for at most some two seconds; nothing else before [`Self::run`].
    ///
    /// # Errors
    /// An address that no connection can be made to.
    pub async fn start(settings: &QueueSettings, stopping: CancellationToken) -> RedisResult<Self> {
        let redis =
            RedisSettings { holds: "the job queue", soft_timeout: TIMEOUT, ..RedisSettings::at(settings.url.clone()) };
        let inner = Inner {
            settings: settings.clone(),
            link: RedisLink::start(&redis, stopping.clone()).await?,
            line: Mutex::default(),
            on_the_way: Arc::new(Semaphore::new(MOST_ON_THE_WAY)),
            told_of_eviction: AtomicBool::new(false),
            num_waiting: AtomicU64::new(0),
            num_held: AtomicU64::new(0),
            stopping,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Why the queue is not used at present; `None` while it is.
    pub fn trouble(&self) -> Option<String> {
        self.inner.link.trouble().or_else(|| match &*self.line() {
            State::Open(_) => None,
            State::Refused(reason) => Some(reason.clone()),
            State::None => Some("there is no line to it yet".to_owned()),
        })
    }

    /// Adds a message, behind whoever calls. `priority` as BullMQ has it: 0 goes first. Nothing depends on it: where Redis
    /// is away, nothing is added.
    pub fn announce(&self, id: Uuid, data: &Value, priority: u32) {
        let jobs = match &*self.line() {
            State::Open(jobs) if self.inner.num_held.load(Ordering::Relaxed) < MOST_WAITING => Arc::clone(jobs),
            _ => return,
        };
        let Ok(room) = Arc::clone(&self.inner.on_the_way).try_acquire_owned() else { return };
        let Ok(data) = RawValue::from_string(data.to_string()) else { return };
        let options = JobOptions {
            job_id: Some(id.to_string()),
            priority: (priority > 0).then_some(priority),
            ..JobOptions::default()
        };
        tokio::spawn(async move {
            match tokio::time::timeout(TIMEOUT, jobs.add(JOB, data, Some(options))).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, job_id = %id, "a job is not in the queue"),
                Err(_) => tracing::debug!(job_id = %id, "a job may not be in the queue: adding it got no answer"),
            }
            drop(room);
        });
    }

    /// Keeps a line to the queue, and has `receiver` do what messages ask for, where there is one; ends when the process
    /// stops, with what is under way handed back. A line over which Redis did not answer is cut and made anew: what
    /// would come over it later may be out of step.
    pub async fn run(self, receiver: Option<Arc<dyn Receiver>>) {
        let inner = &self.inner;
        while !inner.stopping.is_cancelled() {
            if self.answers().await == Some(true) {
                match Line::open(&inner.settings.url, receiver.clone(), &inner.stopping).await {
                    Ok(line) => {
                        self.look_at_eviction().await;
                        *self.line() = State::Open(Arc::clone(&line.jobs));
                        self.while_it_holds(&line).await;
                        // Unless it says already why it ended.
                        if matches!(*self.line(), State::Open(_)) {
                            *self.line() = State::None;
                        }
                        if inner.stopping.is_cancelled() {
                            line.hand_back().await;
                        }
                        continue;
                    }
                    Err(_) if inner.stopping.is_cancelled() => return,
                    Err(reason) => self.refused(reason),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = inner.stopping.cancelled() => {}
            }
        }
    }

    /// Returns when the process stops, or the line is not to be trusted any more.
    async fn while_it_holds(&self, line: &Line) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watch = Watch::default();
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = self.inner.stopping.cancelled() => return,
            }
            tokio::select! {
                holds = watch.holds(self, line) => if !holds {
                    tracing::info!("the line to the job queue is made anew");
                    return;
                },
                () = self.inner.stopping.cancelled() => return,
            }
        }
    }

    /// Whether Redis takes what is written to it, and has of the queue what it should have; none where it does not answer,
    /// which is counted by the link, which says when it is back.
    async fn answers(&self) -> Option<bool> {
        let mut look = redis::pipe();
        look.cmd("SET").arg(PROBE_KEY).arg(1).arg("EX").arg(PROBE_KEPT_SECONDS).ignore();
        for (name, _) in KINDS {
            look.cmd("TYPE").arg(key(name));
        }
        let found = self.inner.link.pipeline::<Vec<String>>(&look).await.ok()?;
        let other = KINDS.iter().zip(&found).find(|((_, kind), found)| *found != "none" && found != kind);
        if let Some(((name, _), found)) = other {
            self.refused(format!("{} is a {found}, which is not BullMQ's; it must be deleted", key(name)));
            return Some(false);
        }
        let mut count = redis::pipe();
        count.cmd("LLEN").arg(key("wait")).cmd("LLEN").arg(key("paused")).cmd("ZCARD").arg(key("prioritized"));
        let (waiting, paused, prioritized) = self.inner.link.pipeline::<(u64, u64, u64)>(&count).await.ok()?;
        self.inner.num_waiting.store(waiting + prioritized, Ordering::Relaxed);
        self.inner.num_held.store(waiting + prioritized + paused, Ordering::Relaxed);
        Some(true)
    }

    /// Removes jobs that ended long ago.
    async fn clear(&self, jobs: &Jobs) {
        for (state, set, stay) in
            [(JobState::Completed, "completed", COMPLETED_STAY), (JobState::Failed, "failed", FAILED_STAY)]
        {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let mut old = redis::pipe();
            old.cmd("ZCOUNT").arg(key(set)).arg("-inf").arg(now.saturating_sub(stay).as_millis() as u64);
            // Asked first, since clearing leaves an event even where there was nothing to clear.
            while matches!(self.inner.link.pipeline::<(u64,)>(&old).await, Ok((1..,))) {
                match tokio::time::timeout(TIMEOUT, jobs.clean(stay, CLEARED_AT_ONCE, state)).await {
                    Ok(Ok(cleared)) if !cleared.is_empty() => {}
                    Ok(Ok(_)) => break,
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "could not clear the job queue");
                        return;
                    }
                    Err(_) => {
                        tracing::debug!("clearing the job queue got no answer");
                        return;
                    }
                }
            }
        }
    }

    /// Says once that this Redis may throw messages away.
    async fn look_at_eviction(&self) {
        let told = self.inner.link.pipeline::<(String,)>(redis::pipe().cmd("INFO").arg("memory")).await;
        let Ok((memory,)) = told else { return };
        if let Some(policy) = evicts(&memory)
            && !self.inner.told_of_eviction.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                policy,
                "the Redis of the job queue throws things away when it is full: messages of others may be lost. Set its \
                 maxmemory-policy to noeviction, or give the queue a Redis of its own (QUEUE_REDIS_URL)"
            );
        }
    }

    /// Notes why there is no line, and says so the first time.
    fn refused(&self, reason: String) {
        let mut line = self.line();
        if !matches!(&*line, State::Refused(known) if *known == reason) {
            tracing::warn!(reason, "the job queue is not used until Redis lets it be");
            *line = State::Refused(reason);
        }
    }

    fn line(&self) -> MutexGuard<'_, State> {
        self.inner.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key of the queue's in Redis, as BullMQ names them.
fn key(name: &str) -> String {
    format!("bull:{QUEUE}:{name}")
}

/// What BullMQ keeps under its own names. A message can have such a name, too, and would be in their place.
const KINDS: [(&str, &str); 14] = [
    ("wait", "list"),
    ("active", "list"),
    ("paused", "list"),
    ("prioritized", "zset"),
    ("delayed", "zset"),
    ("completed", "zset"),
    ("failed", "zset"),
    ("marker", "zset"),
    ("stalled", "set"),
    ("events", "stream"),
    ("meta", "hash"),
    ("id", "string"),
    ("pc", "string"),
    ("limiter", "string"),
];

/// A text for the log and for dashboards: one line, and not of any length.
fn shortened(text: &str) -> String {
    const MOST_CHARACTERS: usize = 1_000;
    text.chars().take(MOST_CHARACTERS).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// The policy by which a Redis throws things away, by its own `INFO memory`; none where it does not.
fn evicts(memory: &str) -> Option<&str> {
    let field = |name: &str| memory.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let is_bounded = field("maxmemory").is_some_and(|bytes| bytes != "0");
    field("maxmemory_policy").filter(|policy| is_bounded && *policy != "noeviction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_redis_with_a_bound_and_a_policy_throws_things_away() {
        let memory = |maxmemory: u32, policy: &str| {
            format!("# Memory\r\nused_memory:1\r\nmaxmemory:{maxmemory}\r\nmaxmemory_policy:{policy}\r\n")
        };
        assert_eq!(evicts(&memory(1, "allkeys-lru")), Some("allkeys-lru"));
        assert_eq!(evicts(&memory(0, "allkeys-lru")), None);
        assert_eq!(evicts(&memory(1, "noeviction")), None);
        assert_eq!(evicts(""), None);
    }
}
