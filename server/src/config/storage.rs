//! Where results are kept, and how much of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cache::DurableLimits;

/// Where results are kept, and how much of them.
#[derive(Args, Clone, Debug)]
pub struct StorageConfig {
    /// Directory of the databases; made if missing. One server at a time.
    #[arg(long, env = "FOLIOCAST_DATA_DIR", default_value = "./data", value_name = "DIRECTORY")]
    pub data_dir: PathBuf,
    /// Most bytes of results kept in memory.
    #[arg(long, env = "FOLIOCAST_MEMORY_CACHE_BYTES", default_value_t = 256 << 20, value_name = "BYTES")]
    pub memory_cache_bytes: u64,
    /// Most bytes of results kept in the database, rows included; 0 for as many as there are. What was evicted is made
    /// again when somebody asks for it.
    #[arg(long, env = "FOLIOCAST_DURABLE_MAX_BYTES", default_value_t = 0, value_name = "BYTES", value_parser = max_bytes)]
    pub durable_max_bytes: u64,
    /// Days that a result stays in the database after somebody last asked for it; 0 for ever.
    #[arg(long, env = "FOLIOCAST_DURABLE_MAX_AGE_DAYS", default_value_t = 0, value_name = "DAYS")]
    pub durable_max_age_days: u32,
}

/// Less has no room for what a busy minute makes.
const LEAST_MAX_BYTES: u64 = 16 << 20;

fn max_bytes(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(bytes) if bytes == 0 || bytes >= LEAST_MAX_BYTES => Ok(bytes),
        _ => Err(format!("allowed is 0, for no limit, or an integer from {LEAST_MAX_BYTES}")),
    }
}

impl StorageConfig {
    /// How much the database may have.
    pub fn durable_limits(&self) -> DurableLimits {
        let days = u64::from(self.durable_max_age_days);
        DurableLimits {
            max_bytes: Some(self.durable_max_bytes).filter(|bytes| *bytes > 0),
            max_unused: Some(Duration::from_secs(days * 24 * 3_600)).filter(|age| !age.is_zero()),
        }
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        vec![
            ("FOLIOCAST_DATA_DIR", self.data_dir.display().to_string()),
            ("FOLIOCAST_MEMORY_CACHE_BYTES", self.memory_cache_bytes.to_string()),
            ("FOLIOCAST_DURABLE_MAX_BYTES", self.durable_max_bytes.to_string()),
            ("FOLIOCAST_DURABLE_MAX_AGE_DAYS", self.durable_max_age_days.to_string()),
        ]
    }
}
