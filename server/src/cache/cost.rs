//! What reading chunks back takes on this machine, measured while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Before anything was measured: 500 MB of raw rows per second, found, checked and decoded.
const FIRST_PS_PER_BYTE: u64 = 2_000;

/// A new measurement counts one part in this many.
const INERTIA: u64 = 8;

/// The running mean of what reading and decoding a byte of raw rows takes.
#[derive(Debug)]
pub struct ReadCost {
    ps_per_byte: AtomicU64,
}

impl Default for ReadCost {
    fn default() -> Self {
        Self { ps_per_byte: AtomicU64::new(FIRST_PS_PER_BYTE) }
    }
}

impl ReadCost {
    /// Notes that reading `raw_bytes` took `duration`.
    pub fn measured(&self, raw_bytes: u64, duration: Duration) {
        let duration_ps = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1_000);
        let Some(measured) = duration_ps.checked_div(raw_bytes) else { return };
        // Two readers at once may lose one of their measurements, which a mean survives.
        let mean = self.ps_per_byte.load(Ordering::Relaxed);
        let mean = (mean * (INERTIA - 1)).saturating_add(measured) / INERTIA;
        self.ps_per_byte.store(mean.max(1), Ordering::Relaxed);
    }

    /// What reading `raw_bytes` is expected to take.
    pub fn expected(&self, raw_bytes: u64) -> Duration {
        let duration_ps = raw_bytes.saturating_mul(self.ps_per_byte.load(Ordering::Relaxed));
        Duration::from_nanos(duration_ps / 1_000)
    }
}
