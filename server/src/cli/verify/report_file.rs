//! A report: the run made again from the configuration inside, everything the file embeds compared with it, and the file
//! written again to see that it prints no other figures.

use std::fs::File;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use foliocast_app::api::ConfigurationSource;
use foliocast_app::report::{EmbeddedReport, Report as Printed};
use foliocast_core::scenario::{Config, KERNEL_VERSION, Limits, MODEL_VERSION, Run, num_blocks};
use serde_json::Value;

use super::super::Failure;
use super::super::progress::Progress;
use super::Report;
use crate::http::report_style_sheet;
use crate::service::default_fund_warning;

/// Most bytes of a report; one of fifty buckets has a tenth.
const LIMIT_BYTES: u64 = 16 << 20;

/// Most differing figures that are named one by one.
const MAX_NAMED: usize = 10;

/// Whether a file wants to be a report: by its name, or by its first bytes.
pub fn is_one(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    if ["html", "htm"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return true;
    }
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut first));
    read.is_ok() && first.trim_ascii_start().first() == Some(&b'<')
}

pub fn verify(path: &Path, wanted: Option<u32>) -> Result<Report, Failure> {
    let bad = |what: String| Failure::BadInput(format!("{}: {what}", path.display()));
    if wanted.is_some() {
        return Err(bad(
            "a report is made again as a whole, since its figures come from all blocks; leave --blocks out".to_owned(),
        ));
    }
    let text = read(path).map_err(bad)?;
    let file = EmbeddedReport::read(&text).map_err(|error| bad(format!("no report of Foliocast: {error}")))?;
    let claimed = &file.report;
    if claimed.kernel != KERNEL_VERSION || claimed.model_version != MODEL_VERSION {
        return Err(anyhow!(
            "the run was made by model {} and kernel {}, and this program has model {MODEL_VERSION} and kernel {KERNEL_VERSION}: its last bits may rightly differ, so nothing was compared",
            claimed.model_version,
            claimed.kernel
        )
        .into());
    }
    // What the server computed counts, not what this machine's settings allow.
    let limits = Limits { max_deal_draws: u64::MAX, ..Limits::default() };
    let config = Config::from_json(&claimed.configuration.to_string(), &limits)
        .map_err(|errors| bad(format!("the report's configuration is not valid:\n{errors}")))?;
    let made = make(&config, claimed)?;
    let mut report = Report::new();
    report.compare("configuration in its canonical form", &claimed.configuration, &made.configuration);
    report.compare("run key", &claimed.run_key, &made.run_key);
    report.compare("matrix key", &claimed.matrix_key, &made.matrix_key);
    report.compare("digest of the matrix", &claimed.digest, &made.digest);
    report.compare("summary digest", &claimed.summary_digest, &made.summary_digest);
    figures(claimed, &made, &mut report)?;
    hearsay(claimed, &mut report);
    printed(&file, &made, &mut report);
    Ok(report)
}

/// What only the file can say: it must at least look like what it is, so that nothing else is printed in its place.
fn hearsay(claimed: &Printed, report: &mut Report) {
    let host = claimed.address.strip_suffix(&format!("/runs/{}", claimed.run_key));
    let is_host = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]_".contains(&byte));
    if !host.is_some_and(is_host) {
        report.differences.push(format!("address: {:?} is not <host>/runs/<run key>", claimed.address));
    }
    if claimed.created_at.parse::<jiff::Timestamp>().is_err() {
        report.differences.push(format!("time: {:?} is no RFC 3339 instant", claimed.created_at));
    }
    report.unchecked.push(format!(
        "when and where it was made ({}, {}), and whose configuration it was",
        claimed.created_at, claimed.address
    ));
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(format!("a report has at most {LIMIT_BYTES} bytes, and this file has more"));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8: byte {} begins no character", error.utf8_error().valid_up_to()))
}

/// The report that this program would write of the same configuration; when and where it was taken, and whose
/// configuration it was, is the file's to say.
fn make(config: &Config, claimed: &Printed) -> Result<Printed, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let progress = Progress::begin("recomputing", num_blocks(config.num_scenarios()));
    let outcome = Run::new(config).complete(threads, &|now| {
        progress.at(now.blocks_done);
        ControlFlow::Continue(())
    });
    progress.end();
    let outcome = outcome.map_err(|_| anyhow!("the run was stopped"))?;
    let own = (claimed.configuration_source == ConfigurationSource::Default).then(default_fund_warning);
    Ok(Printed {
        run_key: config.run_key(),
        matrix_key: config.matrix_key(),
        digest: outcome.digest,
        summary_digest: outcome.summary_digest,
        configuration: serde_json::from_str(&config.to_canonical_json()).context("the canonical configuration")?,
        summary: outcome.summary,
        warnings: outcome.warnings.into_iter().chain(own).collect(),
        ..claimed.clone()
    })
}

/// Compares every figure of the summary and every warning, by its place.
fn figures(claimed: &Printed, made: &Printed, report: &mut Report) -> Result<(), Failure> {
    let as_json =
        |printed: &Printed| serde_json::to_value((&printed.summary, &printed.warnings)).context("the summary as JSON");
    let (claimed, made) = (as_json(claimed)?, as_json(made)?);
    let mut found = Vec::new();
    let compared = [("summary", 0), ("warnings", 1)]
        .map(|(name, part)| differences(name, &claimed[part], &made[part], &mut found));
    if found.is_empty() {
        report
            .agreed
            .push(format!("{} figures of the summary and {} members of the warnings", compared[0], compared[1]));
    }
    report.differences.extend(found.iter().take(MAX_NAMED).cloned());
    if found.len() > MAX_NAMED {
        report.differences.push(format!("{} more figures", found.len() - MAX_NAMED));
    }
    Ok(())
}

/// Notes what differs between two values by its path, and counts the plain values compared.
fn differences(path: &str, claimed: &Value, made: &Value, found: &mut Vec<String>) -> usize {
    match (claimed, made) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().map(|(name, value)| differences(&format!("{path}.{name}"), value, &b[name], found)).sum()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().map(|(at, (a, b))| differences(&format!("{path}[{at}]"), a, b, found)).sum()
        }
        _ => {
            if claimed != made {
                found.push(format!("{path}: claimed {}, recomputed {}", shortened(claimed), shortened(made)));
            }
            1
        }
    }
}

fn shortened(value: &Value) -> String {
    const MOST_LETTERS: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Compares what the file prints with what this program prints of the same run.
fn printed(file: &EmbeddedReport<'_>, made: &Printed, report: &mut Report) {
    // Whatever is embedded is printed, and was compared above.
    if !report.differences.is_empty() {
        return;
    }
    if !file.report.is_of_this_program() {
        report.differences.push(format!(
            "the printed page: Foliocast {} wrote it, and this is {}, which may print the same figures otherwise; its own version can compare it",
            file.report.program,
            env!("CARGO_PKG_VERSION")
        ));
        return;
    }
    match file.first_difference(made, &report_style_sheet()) {
        None => report.agreed.push("every letter of the printed page".to_owned()),
        Some(at) => report.differences.push(format!(
            "the printed page, line {}: it has {:?}, and this program writes {:?}",
            at.line, at.found, at.expected
        )),
    }
}
