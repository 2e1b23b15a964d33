//! Runs, keys and what was moved, as tables for people.

use std::fmt::Write as _;

use foliocast_app::api::{AccessKey, Run};
use foliocast_core::scenario::Distribution;

use crate::store::moving::Moved;

/// The run in a few lines: what it is, its distributions, its warnings.
pub fn of_run(run: &Run) -> String {
    let mut text = String::new();
    let fund = run.configuration["fundId"].as_str().unwrap_or("?");
    let _ = writeln!(
        text,
        "Fund {fund}: {} scenarios × {} buckets in {:.1} ms ({:.0} million deal draws per second, {} threads)",
        run.num_scenarios,
        run.bucket_names.len(),
        run.generation.duration_ms,
        run.generation.draws_per_second / 1e6,
        run.generation.threads,
    );
    let _ = writeln!(text, "Multiples of invested capital, before fees and carry\n");
    let fund = &run.summary.fund;
    let buckets = run.summary.buckets.iter().map(|bucket| (bucket.name.as_str(), &bucket.distribution));
    let rows: Vec<(&str, &Distribution)> =
        buckets.chain([("fund, before recycling", &fund.gross), ("fund, with recycling", &fund.recycled)]).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "{:width$}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}",
        "", "mean", "± s.e.", "p5", "p25", "median", "p75", "p95", "P(< 1)"
    );
    for (name, distribution) in rows {
        let quantiles = &distribution.quantiles;
        let error = distribution.errors.mean.map_or_else(|| "–".to_owned(), |error| format!("{error:.3}"));
        let _ = writeln!(
            text,
            "{name:width$}  {:>8.3}  {error:>8}  {:>8.3}  {:>8.3}  {:>8.3}  {:>8.3}  {:>8.3}  {:>6.1} %",
            distribution.mean,
            quantiles.p5,
            quantiles.p25,
            quantiles.p50,
            quantiles.p75,
            quantiles.p95,
            distribution.probabilities.lt1 * 100.0,
        );
    }
    for warning in &run.warnings {
        let about = if warning.path.is_empty() { String::new() } else { format!(" ({})", warning.path) };
        let _ = writeln!(text, "\nwarning{about}: {}", warning.message);
    }
    let _ = writeln!(text, "\nrunKey         {}", run.run_key);
    let _ = writeln!(text, "matrixKey      {}", run.matrix_key);
    let _ = writeln!(text, "digest         {}", run.digest);
    let _ = write!(text, "summaryDigest  {}", run.summary_digest);
    text
}

/// Keys, one a line.
pub fn of_keys(keys: &[AccessKey]) -> String {
    let head = ["NAME", "ROLE", "TENANT", "STATE", "LAST USED", "MADE BY"].map(str::to_owned);
    let lines = keys.iter().map(|key| {
        let state = match (&key.revoked_at, &key.expires_at) {
            (Some(at), _) => format!("revoked {at}"),
            (None, Some(at)) if key.usable => format!("until {at}"),
            (None, Some(at)) => format!("ran out {at}"),
            (None, None) => "works".to_owned(),
        };
        let last_used = key.last_used_at.clone().unwrap_or_else(|| "never".to_owned());
        [key.name.clone(), key.role.name().to_owned(), key.tenant.clone(), state, last_used, key.created_by.clone()]
    });
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(lines).collect();
    let widths: [usize; 6] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].len()).max().unwrap_or(0));
    let written = lines.iter().map(|line| {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    written.collect::<Vec<_>>().join("\n")
}

/// What was moved, a table of the database a line, and all together.
pub fn of_moved(moved: &[Moved]) -> String {
    let (rows, bytes) = moved.iter().fold((0, 0), |(rows, bytes), of| (rows + of.size.rows, bytes + of.size.bytes));
    let mut text = format!("{:<17}  {:>12}  {:>16}\n", "MOVED", "ROWS", "BYTES");
    for Moved { table, size } in moved {
        let _ = writeln!(text, "{table:<17}  {:>12}  {:>16}", size.rows, size.bytes);
    }
    let _ = write!(text, "{:<17}  {rows:>12}  {bytes:>16}", "all");
    text
}
