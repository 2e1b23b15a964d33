//! Which buckets a chart has room for.

use foliocast_core::scenario::Summary;

/// Where names begin: left of the plot, in the padding the style sheet gives a chart of rows.
pub(super) const NAMES_X: &str = "-110";

/// Rows a chart of buckets shows; the table behind it has them all.
const MOST_ROWS: usize = 12;

/// The buckets a chart shows: all of a dozen, else the dozen that contributes most to the variance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownBuckets {
    /// Their indices, in canonical order.
    pub indices: Vec<usize>,
    /// How many are left to the table.
    pub left_out: usize,
}

impl ShownBuckets {
    /// Chooses for one summary.
    pub fn of(summary: &Summary) -> Self {
        let mut indices: Vec<usize> = (0..summary.buckets.len()).collect();
        let left_out = indices.len().saturating_sub(MOST_ROWS);
        if left_out > 0 {
            let weight = |index: &usize| {
                summary.fund.contribution_to_variance.get(*index).copied().flatten().unwrap_or(f64::NEG_INFINITY)
            };
            indices.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
            indices.truncate(MOST_ROWS);
            indices.sort_unstable();
        }
        Self { indices, left_out }
    }

    /// "38 more in the table", or nothing.
    pub fn note(&self) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "The {MOST_ROWS} buckets that contribute most to the variance; {} more in the table.",
                self.left_out
            )
        })
    }
}

/// A name that fits beside a bar, cut in its middle, since names often differ at their ends; the whole one goes into
/// the row's title.
pub fn short_name(name: &str) -> String {
    const HEAD: usize = 9;
    const TAIL: usize = 5;
    let length = name.chars().count();
    if length <= HEAD + TAIL + 1 {
        return name.to_owned();
    }
    let head: String = name.chars().take(HEAD).collect();
    let tail: String = name.chars().skip(length - TAIL).collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}
