//! Time, as a thing that is handed in.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Milliseconds since the Unix epoch, UTC.
    fn now_ms(&self) -> i64;

    /// A monotonic reading, for durations.
    fn instant(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that moves when it is told to, for tests.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<(i64, Instant)>,
}

impl ManualClock {
    /// Starts at `now_ms` milliseconds since the Unix epoch.
    pub fn at(now_ms: i64) -> Self {
        Self { now: Mutex::new((now_ms, Instant::now())) }
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let mut now = self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        now.0 += i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        now.1 += by;
    }

    /// Sets the time of day back, as a correction of the machine's clock does; durations stay what they are.
    pub fn set_back(&self, by: Duration) {
        let mut now = self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        now.0 -= i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).0
    }

    fn instant(&self) -> Instant {
        self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).1
    }
}

/// Milliseconds since the Unix epoch as RFC 3339 in UTC, to the millisecond: `2026-03-01T12:00:00.000Z`.
pub fn rfc3339(unix_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(unix_ms) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => String::from("unknown"),
    }
}

/// What [`rfc3339`] wrote, as Unix milliseconds; `None` for any other text.
pub fn from_rfc3339(text: &str) -> Option<i64> {
    let unix_ms = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (rfc3339(unix_ms) == text).then_some(unix_ms)
}
