//! What processes share through Redis: the one connection of a process, and budgets. Redis is never needed: whatever it
//! does not answer in time is done without it.

mod breaker;
mod budget;
mod link;

use std::time::Duration;

pub use breaker::{Breaker, FAILURES_TO_OPEN};
pub use budget::{RedisBudget, Taken};
pub(crate) use link::reason;
pub use link::{LinkCounts, RedisLink, Unanswered};

use crate::config::RedisUrl;

/// How long anything waits for Redis: what takes longer is quicker without it.
pub const SOFT_TIMEOUT: Duration = Duration::from_millis(100);

/// Which Redis, and how it is used.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// Where it is.
    pub url: RedisUrl,
    /// What is in it, for the log.
    pub holds: &'static str,
    /// How long results stay there.
    pub ttl: Duration,
    /// How long anything waits for it.
    pub soft_timeout: Duration,
}

impl RedisSettings {
    /// As a server uses it that is told no more than where it is.
    pub fn at(url: RedisUrl) -> Self {
        Self { url, holds: "results and limits", ttl: Duration::from_secs(86_400), soft_timeout: SOFT_TIMEOUT }
    }
}
