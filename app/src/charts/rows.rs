//! Which buckets a chart has room for.

use foliocast_core::scenario::Summary;
use leptos::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Where names begin: left of the plot, in the padding the style sheet gives a chart of rows.
const NAMES_X: &str = "-110";
/// Room for a name; the rest of the padding parts it from the plot.
const NAMES_WIDTH: &str = "106";
/// Pixels of a name above its baseline.
const NAME_ASCENT: usize = 14;

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

/// A name that fits beside a bar, cut in its middle, since names often differ at their ends. What people see as one
/// letter stays whole, and wide ones (CJK, emoji) count two.
pub fn short_name(name: &str) -> String {
    const HEAD: usize = 9;
    const TAIL: usize = 5;
    if name.width() <= HEAD + TAIL + 1 {
        return name.to_owned();
    }
    let (mut head, mut room) = (0, HEAD);
    for letter in name.graphemes(true) {
        let Some(left) = room.checked_sub(letter.width()) else { break };
        room = left;
        head += letter.len();
    }
    let (mut tail, mut room) = (name.len(), TAIL);
    for letter in name[head..].graphemes(true).rev() {
        let Some(left) = room.checked_sub(letter.width()) else { break };
        room = left;
        tail -= letter.len();
    }
    format!("{}…{}", name[..head].trim_end(), name[tail..].trim_start())
}

/// A name left of the plot, at the height of the row whose text stands on `baseline`: cut to what fits, clipped where
/// its letters are broader than most, whole in its title.
pub(super) fn row_name(name: &str, baseline: usize) -> AnyView {
    view! {
        <svg x=NAMES_X y=(baseline - NAME_ASCENT).to_string() width=NAMES_WIDTH height=(NAME_ASCENT * 3 / 2).to_string()>
            <text class="name" y=NAME_ASCENT.to_string()>{short_name(name)}<title>{name.to_owned()}</title></text>
        </svg>
    }
    .into_any()
}
