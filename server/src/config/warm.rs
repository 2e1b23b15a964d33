//! What is made ready when a server starts.

use std::path::Path;

use clap::Args;

/// What is made ready when a server starts, when there is nothing else to do.
#[derive(Args, Clone, Debug)]
pub struct WarmConfig {
    /// File with runs to be made if they are not there: what `POST /api/cache/warm` takes. None where empty.
    #[arg(long, env = "FOLIOCAST_WARM_ON_START", value_name = "FILE", default_value = "", hide_default_value = true)]
    warm_on_start: String,
    /// So many of the runs that were asked for most in the last seven days are brought to memory, and made again where they
    /// were evicted.
    #[arg(long, env = "FOLIOCAST_WARM_MOST_ASKED", default_value_t = 0, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub warm_most_asked: u32,
}

impl WarmConfig {
    /// The file, where one is set.
    pub fn file(&self) -> Option<&Path> {
        Some(Path::new(&self.warm_on_start)).filter(|file| !file.as_os_str().is_empty())
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        vec![
            ("FOLIOCAST_WARM_ON_START", self.warm_on_start.clone()),
            ("FOLIOCAST_WARM_MOST_ASKED", self.warm_most_asked.to_string()),
        ]
    }
}
