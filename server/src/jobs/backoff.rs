//! How long a failed computation waits before its next attempt.

use std::time::Duration;

use uuid::Uuid;

/// `min(1 s · 2^(attempt − 1), 60 s)`, spread by ± 25 % so that what failed together does not return together. The
/// spread comes from the id: the same computation always waits as long.
pub fn backoff(computation_id: Uuid, attempt: u32) -> Duration {
    let doubled = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
    let base_ms = doubled.saturating_mul(1_000).min(60_000);
    let spread = u64::from(computation_id.as_bytes()[15]);
    Duration::from_millis(base_ms * 3 / 4 + base_ms * spread / (2 * 255))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_within_a_quarter() {
        for (attempt, base_ms) in [(1, 1_000), (2, 2_000), (3, 4_000), (7, 60_000), (64, 60_000), (u32::MAX, 60_000)] {
            for last_byte in [0, 127, 255] {
                let mut bytes = [0; 16];
                bytes[15] = last_byte;
                let wait_ms = backoff(Uuid::from_bytes(bytes), attempt).as_millis();
                assert!((base_ms * 3 / 4..=base_ms * 5 / 4).contains(&wait_ms), "attempt {attempt}: {wait_ms} ms");
            }
        }
    }
}
