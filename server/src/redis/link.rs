//! The one connection of a process: whatever is asked is answered within the soft time-out, or not at all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation};
use tokio::sync::{Notify, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Breaker, RedisSettings};

/// From one probe of a Redis that does not answer to the next.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How long connecting and a probe may take each.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Begins the key that probes of a process write and read, and leave to expire.
const PROBE_KEY: &str = "foliocast:probe:";
const PROBE_KEPT_SECONDS: u64 = 60;

/// The connection to Redis, shared by everything in the process. Cheap to clone.
#[derive(Clone)]
pub struct RedisLink {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    /// What is in this Redis.
    holds: &'static str,
    soft_timeout: Duration,
    /// The key of this process's probes.
    probe: String,
    connection: Mutex<ConnectionManager>,
    breaker: Breaker,
    /// Told when the breaker opens, so that probing begins.
    opened: Notify,
    /// How often Redis has come back.
    returns: watch::Sender<u64>,
    failures: AtomicU64,
    timeouts: AtomicU64,
}

/// What went wrong since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Everything that was asked and not answered, time-outs among it.
    pub failures: u64,
    /// What was not answered within the soft time-out.
    pub timeouts: u64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Redis is away, or cannot do it: go on without.
    Away,
    /// There is something of another type under that key: nothing of ours, and no trouble of Redis's.
    WrongType,
}

impl RedisLink {
    /// Connects, waiting for at most some two seconds: a Redis that is not there comes later. Ends with `stopping`.
    ///
    /// # Errors
    /// An address that no connection can be made to.
    pub async fn start(settings: &RedisSettings, stopping: CancellationToken) -> RedisResult<Self> {
        let client = Client::open(settings.url.connection_info().clone())?;
        let connection = Mutex::new(lazy_connection(&client)?);
        let inner = Arc::new(Inner {
            client,
            holds: settings.holds,
            soft_timeout: settings.soft_timeout,
            probe: format!("{PROBE_KEY}{}", Uuid::now_v7()),
            connection,
            breaker: Breaker::default(),
            opened: Notify::new(),
            returns: watch::Sender::new(0),
            failures: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
        });
        let link = Self { inner };
        if let Err(reason) = link.inner.reconnect().await
            && link.inner.breaker.open(&reason)
        {
            link.inner.say_opened(&reason);
        }
        tokio::spawn(Arc::clone(&link.inner).probe(stopping));
        Ok(link)
    }

    /// Runs a pipeline.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Unanswered> {
        let mut connection = self.inner.connection();
        self.ask(async move { pipeline.query_async(&mut connection).await }).await
    }

    /// Runs a script, which Redis is sent when it does not have it.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Unanswered> {
        let mut connection = self.inner.connection();
        self.ask(async move { script.invoke_async(&mut connection).await }).await
    }

    /// Runs a pipeline that nothing depends on: what becomes of it is no sign of whether Redis works, and it may take longer.
    ///
    /// # Errors
    /// In words, why there is no answer.
    pub async fn aside<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, String> {
        if let Some(trouble) = self.trouble() {
            return Err(trouble);
        }
        let mut connection = self.inner.connection();
        match tokio::time::timeout(PROBE_TIMEOUT, pipeline.query_async(&mut connection)).await {
            Ok(answer) => answer.map_err(|error| reason(&error)),
            Err(_) => Err(format!("it has not answered within {} s", PROBE_TIMEOUT.as_secs())),
        }
    }

    /// Deletes keys, whatever is there.
    ///
    /// # Errors
    /// [`Unanswered::Away`].
    pub async fn unlink(&self, keys: &[String]) -> Result<(), Unanswered> {
        let mut connection = self.inner.connection();
        self.ask(async move { redis::cmd("UNLINK").arg(keys).query_async::<()>(&mut connection).await }).await
    }

    /// Makes another connection at the next command: over this one came what nobody can have written, so that its
    /// answers may be out of step with what is asked.
    pub fn renew(&self) {
        if let Ok(connection) = lazy_connection(&self.inner.client) {
            self.inner.set_connection(connection);
        }
    }

    /// Why Redis is not asked at present; `None` while it is.
    pub fn trouble(&self) -> Option<String> {
        self.inner.breaker.trouble()
    }

    /// What went wrong since the start.
    pub fn counts(&self) -> LinkCounts {
        LinkCounts {
            failures: self.inner.failures.load(Ordering::Relaxed),
            timeouts: self.inner.timeouts.load(Ordering::Relaxed),
        }
    }

    /// Changes whenever Redis has come back.
    pub fn returns(&self) -> watch::Receiver<u64> {
        self.inner.returns.subscribe()
    }

    async fn ask<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> Result<T, Unanswered> {
        let inner = &self.inner;
        if inner.breaker.is_open() {
            return Err(Unanswered::Away);
        }
        let reason = match tokio::time::timeout(inner.soft_timeout, answer).await {
            Ok(Ok(answer)) => {
                inner.breaker.succeeded();
                return Ok(answer);
            }
            Ok(Err(error)) if code(&error).as_deref() == Some("WRONGTYPE") => {
                inner.breaker.succeeded();
                return Err(Unanswered::WrongType);
            }
            Ok(Err(error)) => reason(&error),
            Err(_) => {
                inner.timeouts.fetch_add(1, Ordering::Relaxed);
                format!("it has not answered within {} ms", inner.soft_timeout.as_millis())
            }
        };
        inner.failures.fetch_add(1, Ordering::Relaxed);
        if inner.breaker.failed(&reason) {
            inner.say_opened(&reason);
            inner.opened.notify_one();
        }
        Err(Unanswered::Away)
    }
}

impl Inner {
    fn connection(&self) -> ConnectionManager {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_connection(&self, connection: ConnectionManager) {
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Probes while the breaker is open.
    async fn probe(self: Arc<Self>, stopping: CancellationToken) {
        loop {
            if !self.breaker.is_open() {
                tokio::select! {
                    () = self.opened.notified() => {}
                    () = stopping.cancelled() => return,
                }
            }
            let mut ticks = tokio::time::interval(PROBE_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // The first tick is at once; what has just failed is given a second.
            ticks.reset();
            while self.breaker.is_open() {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = stopping.cancelled() => return,
                }
                match self.reconnect().await {
                    Ok(()) => {
                        if self.breaker.close() {
                            tracing::info!(holds = self.holds, "Redis answers again");
                            self.returns.send_modify(|returns| *returns += 1);
                        }
                    }
                    Err(reason) => {
                        self.breaker.open(&reason);
                    }
                }
            }
        }
    }

    /// Makes a new connection, and uses it from now on if Redis does over it what is asked of it here. A new one, since
    /// the old one may be a line that nobody is at the other end of, or one on which answers have come out of step.
    async fn reconnect(&self) -> Result<(), String> {
        let connection = lazy_connection(&self.client).map_err(|error| reason(&error))?;
        let mut tried = connection.clone();
        let check = async move {
            // A write, too: a Redis that has no room left, or is a replica, is no use here, and would be found out by the
            // next three results, every second again.
            let mut pipeline = redis::pipe();
            pipeline.cmd("PING").ignore();
            pipeline.cmd("SET").arg(&self.probe).arg(&self.probe).arg("EX").arg(PROBE_KEPT_SECONDS).ignore();
            pipeline.cmd("GET").arg(&self.probe);
            pipeline.query_async::<(Option<String>,)>(&mut tried).await
        };
        match tokio::time::timeout(PROBE_TIMEOUT * 2, check).await {
            Ok(Ok((Some(read),))) if read == self.probe => {}
            Ok(Ok(_)) => return Err("it did not keep what was written to it".to_owned()),
            Ok(Err(error)) => return Err(reason(&error)),
            Err(_) => return Err(format!("it has not answered within {} s", PROBE_TIMEOUT.as_secs() * 2)),
        }
        self.set_connection(connection);
        Ok(())
    }

    fn say_opened(&self, reason: &str) {
        tracing::warn!(reason, holds = self.holds, "Redis is not used until it answers again");
    }
}

/// Connects when it is first used. It tries once: trying again is up to the probe. Answers are waited for by whoever asks.
fn lazy_connection(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(PROBE_TIMEOUT))
        .set_response_timeout(None);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// What an error means to whoever reads the log: neither address nor name nor password.
pub(crate) fn reason(error: &RedisError) -> String {
    if error.is_timeout() {
        return "it has not answered in time".to_owned();
    }
    if error.is_connection_refusal() {
        return "it refuses connections".to_owned();
    }
    match (error.kind(), code(error)) {
        (ErrorKind::AuthenticationFailed, _) => "it does not take this password, or user".to_owned(),
        (_, Some(code)) => format!("it answers with the error {code}"),
        (ErrorKind::Io, _) if error.to_string().contains("certificate") => "its certificate is not trusted".to_owned(),
        (ErrorKind::Io, _) => "the connection fails".to_owned(),
        (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => "it answers nonsense".to_owned(),
        _ => format!("it cannot be used: {}", error.category()),
    }
}

/// The code of the first error reply, `OOM` or `LOADING`, where it is one.
fn code(error: &RedisError) -> Option<String> {
    let replies = error.clone().into_server_errors()?;
    replies.first().map(|(_, reply)| reply.code().to_owned())
}
