//! From what a request shows to whom it speaks for.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foliocast_app::service::Caller;
use moka::future::Cache;

use super::budgets::Subject;
use super::{Inner, ServiceError, Services};
use crate::auth::{Secret, SecretKind};
use crate::store::{FoundSecret, KeyRow, StoreError};

/// How long what is known of a secret counts without looking it up: a key that another process revoked works no longer
/// than this.
const FRESH: Duration = Duration::from_secs(1);
/// How long it counts while the durable store does not answer.
const WITHOUT_STORE: Duration = Duration::from_secs(30);
/// How long the durable store is waited for where there is an answer from before, and where there is none.
const SHORT: Duration = Duration::from_millis(250);
const LONG: Duration = Duration::from_secs(60);
/// How long a secret that was good is remembered, so that whoever has it is not kept out with those who guess.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// Secrets remembered.
const MOST_REMEMBERED: u64 = 10_000;

/// What a request shows.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An access key.
    Key(Secret),
    /// A session's token.
    Session(Secret),
}

impl Credentials {
    fn parts(&self) -> (&Secret, SecretKind) {
        match self {
            Self::Key(secret) => (secret, SecretKind::Key),
            Self::Session(secret) => (secret, SecretKind::Session),
        }
    }
}

/// What this process knows of keys.
pub(super) struct Known {
    /// By hash of the secret; the hashes of keys and of sessions differ.
    secrets: Cache<[u8; 32], Seen>,
    /// Rises when a key is revoked or a session ends: what was looked up before is not remembered then.
    generation: AtomicU64,
    /// There has been a key; never untrue again.
    has_keys: AtomicBool,
    /// When it was last looked whether there is one.
    looked_at: Mutex<Option<Instant>>,
    /// When the durable store last did not answer.
    unanswered_at: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Seen {
    key: Arc<KeyRow>,
    session_expires_at_ms: Option<i64>,
    at: Instant,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            secrets: Cache::builder().max_capacity(MOST_REMEMBERED).time_to_idle(REMEMBERED).build(),
            generation: AtomicU64::new(0),
            has_keys: AtomicBool::new(false),
            looked_at: Mutex::new(None),
            unanswered_at: Mutex::new(None),
        }
    }
}

impl Known {
    /// Forgets everything: a key was revoked, or a session ended.
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.secrets.invalidate_all();
    }
}

impl Services {
    /// Whether there has ever been a key, so that requests need one. A key that another process makes counts within a
    /// second.
    ///
    /// # Errors
    /// 503 while that cannot be told.
    pub async fn has_keys(&self) -> Result<bool, ServiceError> {
        let (known, now) = (&self.inner.known, self.inner.clock.instant());
        if known.has_keys.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let looked_at = *known.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let age = looked_at.map(|at| now.saturating_duration_since(at));
        if age.is_some_and(|age| age < FRESH) {
            return Ok(false);
        }
        // Who has an answer from before does not wait long for another.
        let patience = if age.is_some_and(|age| age < WITHOUT_STORE) { SHORT } else { LONG };
        match self.inner.ask_store(patience, || self.inner.store.has_keys()).await {
            Ok(has_keys) => {
                known.has_keys.store(has_keys, Ordering::Relaxed);
                *known.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                Ok(has_keys)
            }
            Err(error) if age.is_some_and(|age| age < WITHOUT_STORE) => {
                tracing::warn!(%error, "could not look whether there are access keys");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether some key works, so that somebody could be let in.
    ///
    /// # Errors
    /// 503 while that cannot be told.
    pub async fn has_usable_key(&self) -> Result<bool, ServiceError> {
        let (mut after, now_ms) = (None::<String>, self.inner.clock.now_ms());
        loop {
            let keys = self.inner.store.keys(200, after.as_deref()).await?;
            if keys.iter().any(|key| key.is_usable(now_ms)) {
                return Ok(true);
            }
            let Some(last) = keys.last() else { return Ok(false) };
            after = Some(last.name.clone());
        }
    }

    /// For whom a request with these credentials speaks; `None` for a session that is none, or no longer one.
    ///
    /// # Errors
    /// 401 for a key that is none, or no longer one; 429 for a client that has shown too many such, or asks more than it
    /// may; 503 while it cannot be told.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        address: Option<IpAddr>,
        request_id: &str,
    ) -> Result<Option<Caller>, ServiceError> {
        let inner = &self.inner;
        let (secret, kind) = credentials.parts();
        let hash = secret.hash(kind);
        let remembered = inner.known.secrets.get(&hash.hash).await;
        let from = Subject::address(address);
        // Only keys: a cookie that is good no longer is a browser's that was signed in, and no guess.
        if kind == SecretKind::Key
            && remembered.is_none()
            && let Err(retry_after) = inner.budgets.failures.has_left(&from).await
        {
            let message = "too many wrong keys came from this address; one that worked here within the last hour still \
                           does, any other has to wait";
            return Err(ServiceError::TooMany { message: message.to_owned(), retry_after });
        }
        let now = inner.clock.instant();
        let seen = match remembered {
            Some(seen) if now.saturating_duration_since(seen.at) < FRESH => Some(seen),
            remembered => {
                let is_known =
                    remembered.as_ref().is_some_and(|seen| now.saturating_duration_since(seen.at) < WITHOUT_STORE);
                let patience = if is_known { SHORT } else { LONG };
                match inner.ask_store(patience, || inner.look_up(credentials)).await {
                    Ok(seen) => seen,
                    Err(error) => match remembered {
                        Some(seen) if now.saturating_duration_since(seen.at) < WITHOUT_STORE => {
                            tracing::warn!(%error, "could not look up an access key; what was known of it counts");
                            Some(seen)
                        }
                        _ => return Err(error.into()),
                    },
                }
            }
        };
        let now_ms = inner.clock.now_ms();
        let good = seen.filter(|seen| {
            seen.key.is_usable(now_ms) && seen.session_expires_at_ms.is_none_or(|expires| now_ms < expires)
        });
        let Some(Seen { key, .. }) = good else {
            if kind == SecretKind::Key {
                let _ = inner.budgets.failures.take(&from, 1).await;
            }
            // The answer is the same for a key that never was, was revoked or ran out: it tells nobody which.
            return match kind {
                SecretKind::Session => Ok(None),
                SecretKind::Key => Err(ServiceError::Unauthorized(
                    "the access key is not one of this installation's, or works no longer; ask an operator for one"
                        .to_owned(),
                )),
            };
        };
        let caller = Caller {
            tenant: key.tenant.clone(),
            role: key.role,
            key_name: key.name.clone(),
            address,
            request_id: request_id.to_owned(),
        };
        inner.count_request(&caller).await?;
        Ok(Some(caller))
    }

    /// Counts a request of somebody who needs no key.
    ///
    /// # Errors
    /// 429 for a client that asks more than it may.
    pub async fn admit(&self, caller: &Caller) -> Result<(), ServiceError> {
        self.inner.count_request(caller).await
    }
}

impl Inner {
    /// Asks the durable store with some patience; not at all where there is little, and it did not answer a moment ago.
    async fn ask_store<T, F>(&self, patience: Duration, ask: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let unanswered_at = || self.known.unanswered_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.instant();
        let is_away = unanswered_at().is_some_and(|at| now.saturating_duration_since(at) < FRESH);
        if is_away && patience == SHORT {
            return Err(StoreError::Failed("it did not answer a moment ago".to_owned()));
        }
        let answered = tokio::time::timeout(patience, ask())
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed(format!("no answer within {} ms", patience.as_millis()))));
        *unanswered_at() = answered.is_err().then_some(now);
        answered
    }

    async fn look_up(&self, credentials: &Credentials) -> Result<Option<Seen>, StoreError> {
        let (secret, kind) = credentials.parts();
        let expected = secret.hash(kind);
        let generation = self.known.generation.load(Ordering::SeqCst);
        let at = self.clock.instant();
        let found = match kind {
            SecretKind::Key => self.store.key_by_secret(expected.lookup).await?,
            SecretKind::Session => self.store.key_by_session(expected.lookup).await?,
        };
        // Equality of BLAKE3's own type takes the same time whatever is compared.
        let found =
            found.filter(|found| blake3::Hash::from_bytes(found.hash) == blake3::Hash::from_bytes(expected.hash));
        let Some(FoundSecret { key, session_expires_at_ms, .. }) = found else {
            self.known.secrets.invalidate(&expected.hash).await;
            return Ok(None);
        };
        let seen = Seen { key: Arc::new(key), session_expires_at_ms, at };
        self.known.secrets.insert(expected.hash, seen.clone()).await;
        if self.known.generation.load(Ordering::SeqCst) != generation {
            // It may have been revoked between the look and the insertion.
            self.known.secrets.invalidate(&expected.hash).await;
        }
        Ok(Some(seen))
    }

    /// Whether a caller who was let in before would be now; also where that cannot be told.
    pub(super) async fn is_still_let_in(&self, caller: &Caller) -> bool {
        if !caller.has_key() {
            return true;
        }
        match self.store.key(&caller.key_name).await {
            Ok(key) => key.is_some_and(|key| key.is_usable(self.clock.now_ms())),
            Err(_) => true,
        }
    }
}
