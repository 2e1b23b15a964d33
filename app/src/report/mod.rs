//! A run to take away: one page, on the screen, on paper and as a file that stands by itself.
//!
//! Everything in it is a function of the [`Report`] that the file embeds, so that whoever has the configuration can
//! write the whole file again and compare it letter by letter.

mod article;
mod document;
mod probabilities;

pub(crate) use article::without_marks;
use foliocast_core::scenario::{Digest, MatrixKey, RunKey, Summary, Warning};
use serde::{Deserialize, Serialize};

pub use document::{EmbeddedReport, NoReport};

use crate::api::{ConfigurationSource, Run};

/// The version of the embedded data, as a file names it.
const SCHEMA: &str = "foliocast.report/1";

/// A run as a report embeds it: what is the same for everyone who asks for it, and where it was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// `foliocast.report/1`.
    pub schema: String,
    /// Version of the program that wrote it: another one may print the same figures otherwise.
    pub program: String,
    /// Host, port and path of the run's page, where the host is known.
    pub address: String,
    /// When the run was made, RFC 3339 UTC.
    pub created_at: String,
    /// Key of the run.
    pub run_key: RunKey,
    /// Key of its matrix.
    pub matrix_key: MatrixKey,
    /// Content digest of the matrix.
    pub digest: Digest,
    /// Digest of the summary's canonical JSON.
    pub summary_digest: Digest,
    /// Version of the scenario model.
    pub model_version: u32,
    /// Version of the kernel.
    pub kernel: u32,
    /// The canonical configuration, complete (a JSON object).
    pub configuration: serde_json::Value,
    /// Whose configuration it was.
    pub configuration_source: ConfigurationSource,
    /// What the run says.
    pub summary: Summary,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The report of `run`, taken from the server at `host` (`127.0.0.1:8080`; empty where it is not known).
    pub fn new(run: Run, host: &str) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            address: format!("{host}/runs/{}", run.run_key),
            created_at: run.created_at,
            run_key: run.run_key,
            matrix_key: run.matrix_key,
            digest: run.digest,
            summary_digest: run.summary_digest,
            model_version: run.model_version,
            kernel: run.kernel,
            configuration: run.configuration,
            configuration_source: run.configuration_source,
            summary: run.summary,
            warnings: run.warnings,
        }
    }

    /// Whether this program writes reports as the one that wrote this did.
    pub fn is_of_this_program(&self) -> bool {
        self.schema == SCHEMA && self.program == env!("CARGO_PKG_VERSION")
    }

    /// A name for its file: letters that every file system takes.
    pub fn file_name(&self) -> String {
        format!("foliocast-report-{}.html", &self.run_key.to_string()[..12])
    }

    /// The page's content as HTML, without links, scripts and styles.
    pub fn to_article(&self) -> String {
        article::html(self)
    }

    /// The whole file: the article, its style sheet and the data it is made from. Nothing is asked from anywhere.
    pub fn to_document(&self, style_sheet: &str) -> String {
        document::html(self, style_sheet)
    }

    fn fund_id(&self) -> &str {
        self.configuration.get("fundId").and_then(|fund| fund.as_str()).unwrap_or_default()
    }
}
