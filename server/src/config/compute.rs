//! How much is computed at once, and how much at most.

use clap::Args;
use foliocast_core::scenario::Limits;

/// How much is computed at once, and how much at most.
#[derive(Args, Clone, Debug)]
pub struct ComputeConfig {
    /// Computations at once.
    #[arg(long, env = "WORKER_CONCURRENCY", default_value_t = 2, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub worker_concurrency: u16,
    /// A computation without progress for this long is given up, milliseconds.
    #[arg(long, env = "WORKER_TIMEOUT", default_value_t = 300_000, value_name = "MS", value_parser = clap::value_parser!(u64).range(1_000..=86_400_000))]
    pub worker_timeout_ms: u64,
    /// Most deal draws (scenarios × deals) of one run.
    #[arg(long, env = "FOLIOCAST_MAX_DEAL_DRAWS", default_value_t = Limits::default().max_deal_draws, value_name = "DRAWS", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_deal_draws: u64,
}

impl ComputeConfig {
    /// What a run may cost here.
    pub fn limits(&self) -> Limits {
        Limits { max_deal_draws: self.max_deal_draws, ..Limits::default() }
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        vec![
            ("WORKER_CONCURRENCY", self.worker_concurrency.to_string()),
            ("WORKER_TIMEOUT", self.worker_timeout_ms.to_string()),
            ("FOLIOCAST_MAX_DEAL_DRAWS", self.max_deal_draws.to_string()),
        ]
    }
}
