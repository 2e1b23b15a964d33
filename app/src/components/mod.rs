//! Parts that pages are made of.

mod amounts;
mod ask;
mod badge;
mod basis;
mod comparison;
mod explain;
mod fetching;
mod frame;
mod help;
mod instant;
mod key_figure;
mod key_figures;
mod quantile_table;
mod recycling_table;
mod rested;
mod results;
mod row_links;
mod summary_line;
mod term_link;
mod theme;
mod warnings;

pub use amounts::Amounts;
pub use ask::{AskBothWays, Asked, chance_words, reached_words, returned_words};
pub use badge::{Badge, BadgeKind};
pub use basis::{Basis, BasisSwitch};
pub use comparison::{
    AllFigures, Beside, Changed, ComparisonTable, DifferingInputs, PairedNote, SideBySide, TakeComparison,
};
pub use explain::Explain;
pub use fetching::Fetching;
pub use frame::{Footer, Header};
pub use help::Help;
pub use instant::Instant;
pub use key_figure::KeyFigure;
pub use key_figures::{FIGURE_PAGES, KeyFigures};
pub use quantile_table::QuantileTable;
#[cfg(feature = "ssr")]
pub(crate) use quantile_table::{has_few_buckets, still_quantiles};
pub use recycling_table::RecyclingTable;
pub(crate) use rested::Turns;
pub use results::Results;
pub use row_links::RowLinks;
pub use summary_line::SummaryLine;
pub use term_link::TermLink;
pub use theme::ThemeToggle;
#[cfg(feature = "ssr")]
pub(crate) use warnings::warning_item;
pub use warnings::{ShowField, WarningLine, Warnings};
