//! Who changed what. A change and its line in the log are written together or not at all.

use uuid::Uuid;

/// Who changes something, and in which request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// In which tenant.
    pub tenant: String,
    /// With which key; [`COMMAND_LINE`] and [`THIS_MACHINE`] for what needs none.
    pub key_name: String,
    /// In which request; empty outside of one.
    pub request_id: String,
}

impl Actor {
    /// Whether this is somebody with a key, which may have been revoked meanwhile.
    pub fn has_key(&self) -> bool {
        !self.key_name.contains(' ')
    }
}

/// Whoever runs the program itself. No key can have this name.
pub const COMMAND_LINE: &str = "command line";
/// Whoever asks from this machine while there are no keys. No key can have this name.
pub const THIS_MACHINE: &str = "this machine";
/// Whoever reaches a server that was told to do without keys. No key can have this name.
pub const THIS_NETWORK: &str = "this network";

/// Whoever adds a job to the queue in Redis. No key can have this name.
pub const THE_QUEUE: &str = "the queue";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A computation was asked for.
    MakeRun,
    /// A tenant was given what others had made.
    ShareRun,
    /// A job was detached.
    DetachJob,
    /// A computation was ended for all who waited for it.
    CancelComputation,
    /// A computation was to be tried again.
    RetryComputation,
    /// A fund was stored.
    PutFund,
    /// A fund was forgotten.
    DeleteFund,
    /// A key was made.
    CreateKey,
    /// A key was revoked.
    RevokeKey,
    /// Somebody signed in.
    OpenSession,
    /// Somebody signed out.
    CloseSession,
    /// Results were dropped.
    Invalidate,
    /// Results were to be made before anybody asks.
    Warm,
}

impl Action {
    /// Its name in tables and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MakeRun => "run.make",
            Self::ShareRun => "run.share",
            Self::DetachJob => "job.detach",
            Self::CancelComputation => "computation.cancel",
            Self::RetryComputation => "computation.retry",
            Self::PutFund => "fund.put",
            Self::DeleteFund => "fund.delete",
            Self::CreateKey => "key.create",
            Self::RevokeKey => "key.revoke",
            Self::OpenSession => "session.open",
            Self::CloseSession => "session.close",
            Self::Invalidate => "cache.invalidate",
            Self::Warm => "cache.warm",
        }
    }
}

/// A line to be written with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// To what: a key, an id, a name.
    pub subject: String,
    /// Why, where a reason was given.
    pub reason: Option<String>,
}

/// A place in the log, newest first: what comes after this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditPosition {
    /// When it was written, Unix milliseconds.
    pub at_ms: i64,
    /// Its id.
    pub audit_id: Uuid,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub audit_id: Uuid,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: Actor,
    /// What was done, by name.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why, where a reason was given.
    pub reason: Option<String>,
}
