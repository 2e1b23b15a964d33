//! The default fund's numbers, so that the first HTML already shows them.

use foliocast_core::scenario::{Digest, MatrixKey, RunKey, Summary, Warning};
use serde::{Deserialize, Serialize};

/// The default fund, run natively by this process: the same bits a browser's preview makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultRun {
    /// Its canonical configuration, as JSON text.
    pub configuration: String,
    /// Key of the run.
    pub run_key: RunKey,
    /// Key of its matrix.
    pub matrix_key: MatrixKey,
    /// Content digest of the matrix.
    pub digest: Digest,
    /// What it says.
    pub summary: Summary,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

#[cfg(feature = "ssr")]
impl DefaultRun {
    /// Computed on first use (tens of milliseconds); a server calls it once before it listens.
    pub fn of_this_process() -> &'static Self {
        use std::sync::LazyLock;

        use foliocast_core::scenario::{Run, default_fund};

        static DEFAULT_RUN: LazyLock<DefaultRun> = LazyLock::new(|| {
            let config = default_fund("default");
            let mut run = Run::new(&config);
            while !run.step(u32::MAX) {}
            let outcome = run.finish();
            DefaultRun {
                configuration: config.to_canonical_json(),
                run_key: config.run_key(),
                matrix_key: config.matrix_key(),
                digest: outcome.digest,
                summary: outcome.summary,
                warnings: outcome.warnings,
            }
        });
        &DEFAULT_RUN
    }
}

/// The default fund's run as a resource: computed in-process while the server renders, read from the page by the
/// first render in the browser, asked for by later ones.
pub fn default_run() -> leptos::prelude::Resource<Result<DefaultRun, crate::api::Problem>> {
    leptos::prelude::Resource::new_blocking(|| (), |()| crate::server_functions::fetch_default_run())
}
