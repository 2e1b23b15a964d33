//! Access keys, the sessions that stand for them in browsers, what they were used for, and the log of all changes.

use foliocast_app::service::Role;

use super::{AuditPosition, AuditRow, Change, StoreFuture};

/// What is kept of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHash {
    /// The first bytes of the hash, by which a row is found.
    pub lookup: [u8; 8],
    /// All of it; to be compared in constant time.
    pub hash: [u8; 32],
}

/// An access key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name, unique for ever.
    pub name: String,
    /// For whom it speaks.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// By whom it was made.
    pub created_by: String,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it stops working, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked, Unix milliseconds.
    pub revoked_at_ms: Option<i64>,
    /// When it was last used, Unix milliseconds; a little late.
    pub last_used_at_ms: Option<i64>,
}

impl KeyRow {
    /// Whether it works at a time.
    pub fn is_usable(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms.is_none_or(|expires| now_ms < expires)
    }
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its name.
    pub name: String,
    /// For whom it speaks.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// What is kept of its text.
    pub secret: SecretHash,
    /// When it stops working, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// Only if there has never been a key.
    pub must_be_first: bool,
}

/// What became of a [`NewKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It works.
    Done,
    /// There is, or was, a key of that name; or it must be the first and is not.
    Taken,
    /// Whoever asked is no operator any more.
    NotAllowed,
}

/// What became of a key's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It no longer works.
    Now,
    /// It was revoked before.
    Before,
    /// There is no key of that name.
    Unknown,
    /// It is the last operator's that works, and stays.
    Last,
    /// Whoever asked is no operator any more.
    NotAllowed,
}

/// A key as it is found by a secret: its own, or that of a session.
#[derive(Clone, Debug)]
pub struct FoundSecret {
    /// The key.
    pub key: KeyRow,
    /// Hash of the secret.
    pub hash: [u8; 32],
    /// When the session ends, Unix milliseconds; `None` for a key's own secret.
    pub session_expires_at_ms: Option<i64>,
}

/// What was done with a key on a day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Requests answered.
    pub requests: u64,
    /// Requests that a limit refused.
    pub refused: u64,
    /// Deal draws charged.
    pub deal_draws: u64,
}

/// What is to be added to a key's usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The key.
    pub key_name: String,
    /// When it was last used, Unix milliseconds.
    pub last_used_at_ms: i64,
    /// What is added.
    pub usage: Usage,
}

/// Keeps keys, sessions, usage and the log.
pub trait KeyStore: Send + Sync {
    /// Makes a key. Whoever asks with a key must be an operator when it is written, not only when the request came.
    fn create_key(&self, key: NewKey, change: Change) -> StoreFuture<'_, Created>;

    /// Whether there has ever been a key.
    fn has_keys(&self) -> StoreFuture<'_, bool>;

    /// Keys in byte order of their names.
    fn keys(&self, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<KeyRow>>;

    /// The key of that name.
    fn key(&self, name: &str) -> StoreFuture<'_, Option<KeyRow>>;

    /// Revokes a key and ends its sessions, unless it is the last operator's that works and `keep_last`. As with
    /// [`Self::create_key`], whoever asks with a key must be an operator.
    fn revoke_key(&self, name: &str, keep_last: bool, change: Change) -> StoreFuture<'_, Revoked>;

    /// The key whose text has a hash that begins so.
    fn key_by_secret(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>>;

    /// The key of the session whose token has a hash that begins so.
    fn key_by_session(&self, lookup: [u8; 8]) -> StoreFuture<'_, Option<FoundSecret>>;

    /// Opens a session of a key, unless the key was revoked meanwhile: whether it was opened. Of a key's sessions the
    /// newest `most` stay.
    fn open_session(
        &self,
        token: SecretHash,
        key_name: &str,
        expires_at_ms: i64,
        most: u32,
        change: Change,
    ) -> StoreFuture<'_, bool>;

    /// Ends a session; whether there was one.
    fn close_session(&self, lookup: [u8; 8], change: Change) -> StoreFuture<'_, bool>;

    /// Adds to what keys were used for.
    fn add_usage(&self, used: Vec<Used>) -> StoreFuture<'_, ()>;

    /// What a key was used for since a day, oldest first.
    fn usage(&self, key_name: &str, since_day: i64) -> StoreFuture<'_, Vec<Usage>>;

    /// Forgets sessions that ended before this time (Unix milliseconds) and usage of days before this one.
    fn forget_old(&self, ended_before_ms: i64, before_day: i64) -> StoreFuture<'_, ()>;

    /// Writes a line of something that is no change of this store's alone.
    fn log_change(&self, change: Change) -> StoreFuture<'_, AuditPosition>;

    /// The log, newest first.
    fn audit_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>>;

    /// What of the log is about the cache, newest first.
    fn cache_log(&self, limit: u32, after: Option<AuditPosition>) -> StoreFuture<'_, Vec<AuditRow>>;
}
