//! Where results are kept, and how much of them.

use std::path::PathBuf;

use clap::Args;

/// Where results are kept, and how much of them.
#[derive(Args, Clone, Debug)]
pub struct StorageConfig {
    /// Directory of the databases; made if missing. One server at a time.
    #[arg(long, env = "FOLIOCAST_DATA_DIR", default_value = "./data", value_name = "DIRECTORY")]
    pub data_dir: PathBuf,
    /// Most bytes of results kept in memory.
    #[arg(long, env = "FOLIOCAST_MEMORY_CACHE_BYTES", default_value_t = 256 << 20, value_name = "BYTES")]
    pub memory_cache_bytes: u64,
}

impl StorageConfig {
    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        vec![
            ("FOLIOCAST_DATA_DIR", self.data_dir.display().to_string()),
            ("FOLIOCAST_MEMORY_CACHE_BYTES", self.memory_cache_bytes.to_string()),
        ]
    }
}
