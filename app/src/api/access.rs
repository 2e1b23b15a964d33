//! Shapes of access: keys, accounts, the log of changes.

use serde::{Deserialize, Serialize};

/// An access key. Its text is told once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessKey {
    /// Its name, unique for ever.
    pub name: String,
    /// Whose funds, runs and jobs it opens.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// By whom it was made: a key's name, or `command line`.
    pub created_by: String,
    /// When it was made, RFC 3339 UTC.
    pub created_at: String,
    /// When it stops working; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// When it was revoked; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// When it was last used, some seconds late; absent where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    /// Whether it works now.
    pub usable: bool,
}

/// What a caller may do; each role may do what the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read what its tenant may see.
    Reader,
    /// Run things.
    Analyst,
    /// Steer the installation: keys, the log of changes.
    Operator,
}

impl Role {
    /// All roles, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Analyst, Self::Operator];

    /// Its name in answers and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A key that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewAccessKey {
    /// What is known of it.
    pub key: AccessKey,
    /// Its text, to be sent as `Authorization: Bearer …`. It is not kept: this is the only time it is told.
    pub secret: String,
}

/// Who asks, what was asked before, and how much may be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whose funds, runs and jobs.
    pub tenant: String,
    /// What may be done.
    pub role: Role,
    /// The key; absent where the installation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<AccessKey>,
    /// What the key was used for: the last 30 days (UTC), oldest first, days without use left out.
    pub usage: Vec<DayOfUse>,
    /// How much may be asked.
    pub limits: CallerLimits,
}

/// What a key was used for on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DayOfUse {
    /// The day, UTC, as `2026-03-01`.
    pub day: String,
    /// Requests answered.
    pub requests: u64,
    /// Requests that a limit refused.
    pub refused: u64,
    /// Deal draws charged.
    pub deal_draws: u64,
}

/// How much may be asked. An absent limit is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallerLimits {
    /// Requests a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,
    /// Deal draws (scenarios × deals) a minute, of runs that must be computed and rows that must be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_draws_per_minute: Option<u64>,
    /// Deal draws of one run.
    pub max_deal_draws: u64,
}

/// A line of the log of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// When, RFC 3339 UTC.
    pub timestamp: String,
    /// Name of the key; `command line`, `this machine` or `this network` where there was none.
    pub user: String,
    /// In which tenant.
    pub tenant: String,
    /// What was done: `run.make`, `run.share`, `job.detach`, `fund.put`, `fund.delete`, `key.create`, `key.revoke`,
    /// `session.open`, `session.close`, `cache.invalidate`, `cache.warm`, `computation.cancel`, `computation.retry`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why, where a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// In which request; empty outside of one.
    pub request_id: String,
}
