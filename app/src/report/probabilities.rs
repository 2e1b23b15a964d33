//! How likely the multiples are that people ask about.

use foliocast_core::scenario::{Distribution, Interval};

use crate::charts::{Cell, Table};
use crate::format;

/// The reported probabilities with their 95 % intervals.
pub(super) fn table_of(distribution: &Distribution) -> Table {
    let mut table = Table::new(["Multiple", "Chance", "95 % interval"]);
    let (p, e) = (&distribution.probabilities, &distribution.errors.probabilities);
    let mut push = |multiple: &str, share: f64, interval: Interval| {
        table.rows.push(vec![
            Cell::words(multiple),
            Cell::number(share, format::percent(share)),
            Cell::words(format::percent_interval(interval)),
        ]);
    };
    push("below 1 ×", p.lt1, e.lt1);
    push("2 × or more", p.ge2, e.ge2);
    push("3 × or more", p.ge3, e.ge3);
    push("5 × or more", p.ge5, e.ge5);
    push("10 × or more", p.ge10, e.ge10);
    table
}
