//! Budgets that all processes share: a token bucket for each subject, filled by Redis's own clock.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::{RedisLink, Unanswered};

/// Context of the key that hides subjects; changing it makes every budget full again.
const SUBJECT_CONTEXT: &str = "foliocast 2026-05-01 subjects of budgets in Redis";

/// Takes between `ARGV[1]` and `ARGV[2]` of a bucket of size `ARGV[4]` that `ARGV[3]` flow into a minute: as much as
/// there is, or nothing. Answers what was taken and, where that is nothing because there is not enough, the microseconds
/// until there is. A negative amount gives back. A bucket that is full again is forgotten.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local least, most = tonumber(ARGV[1]), tonumber(ARGV[2])
        local per_us, size = tonumber(ARGV[3]) / 60000000, tonumber(ARGV[4])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
        local left, at = tonumber(kept[1] or ''), tonumber(kept[2] or '')
        if not left or not at then
            left, at = size, now
        end
        left = math.min(size, left + math.max(0, now - at) * per_us)
        if left < least then
            return {0, math.ceil((least - left) / per_us)}
        end
        local taken = math.min(most, math.floor(left))
        if taken == 0 then
            return {0, 0}
        end
        left = left - taken
        if left >= size then
            redis.call('UNLINK', KEYS[1])
        else
            -- Lua's own way to write a number loses microseconds.
            redis.call('HSET', KEYS[1], 'left', string.format('%.17g', left), 'at', string.format('%.17g', now))
            redis.call('PEXPIRE', KEYS[1], math.ceil((size - left) / per_us / 1000) + 1000)
        end
        return {taken, 0}
        ",
    )
});

/// What came of asking for a part of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So much was taken.
    Some(u64),
    /// There is not enough before this time has passed; nothing was taken.
    NotBefore(Duration),
}

/// A budget per subject, the same for all processes of an installation.
#[derive(Clone)]
pub struct RedisBudget {
    link: RedisLink,
    name: &'static str,
    subject_key: [u8; 32],
    per_minute: u64,
    size: u64,
}

impl RedisBudget {
    /// `per_minute` for each subject, at most `size` at once. `secret` is the installation's.
    pub fn new(link: RedisLink, name: &'static str, secret: &[u8; 32], per_minute: u64, size: u64) -> Self {
        let subject_key = blake3::derive_key(SUBJECT_CONTEXT, secret);
        Self { link, name, subject_key, per_minute: per_minute.max(1), size: size.max(1) }
    }

    /// Takes `cost` of a subject's budget; one that is above the budget's size takes all of it.
    ///
    /// # Errors
    /// [`Unanswered::Away`].
    pub async fn take(&self, subject: &str, cost: u64) -> Result<Taken, Unanswered> {
        let cost = cost.min(self.size);
        self.change(subject, signed(cost), signed(cost)).await
    }

    /// Takes `most` of a subject's budget or, where there is not so much, what there is.
    ///
    /// # Errors
    /// [`Unanswered::Away`].
    pub async fn take_up_to(&self, subject: &str, most: u64) -> Result<Taken, Unanswered> {
        self.change(subject, 1, signed(most.min(self.size))).await
    }

    /// Whether there is anything left of a subject's budget; takes nothing.
    ///
    /// # Errors
    /// [`Unanswered::Away`].
    pub async fn has_left(&self, subject: &str) -> Result<Taken, Unanswered> {
        self.change(subject, 1, 0).await
    }

    /// Gives back what was taken and not used.
    ///
    /// # Errors
    /// [`Unanswered::Away`]; then it is lost.
    pub async fn give_back(&self, subject: &str, cost: u64) -> Result<(), Unanswered> {
        let cost = signed(cost.min(self.size));
        self.change(subject, -cost, -cost).await.map(|_| ())
    }

    /// The key of a subject's budget. Who it is cannot be read from it, nor found by trying all addresses.
    pub fn key(&self, subject: &str) -> String {
        format!("foliocast:budget:{}:{}", self.name, blake3::keyed_hash(&self.subject_key, subject.as_bytes()))
    }

    async fn change(&self, subject: &str, least: i64, most: i64) -> Result<Taken, Unanswered> {
        let key = self.key(subject);
        let mut invocation = TAKE.prepare_invoke();
        invocation.key(&key).arg(least).arg(most).arg(self.per_minute).arg(self.size);
        match self.link.script::<(i64, i64)>(&invocation).await {
            Ok((0, wait_us)) if wait_us > 0 => Ok(Taken::NotBefore(Duration::from_micros(wait_us.unsigned_abs()))),
            Ok((taken, 0)) if taken == most || (least..=most).contains(&taken) => {
                Ok(Taken::Some(taken.max(0).unsigned_abs()))
            }
            Ok(_) => {
                self.link.renew();
                Err(Unanswered::Away)
            }
            Err(Unanswered::WrongType) => {
                // Whatever it is, it is no budget.
                self.link.unlink(&[key]).await?;
                Err(Unanswered::Away)
            }
            Err(Unanswered::Away) => Err(Unanswered::Away),
        }
    }
}

/// As scripts count, which have 53 bits for it.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
