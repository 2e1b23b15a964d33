//! Statistical charts as SVG: rendered on the server, alive in the browser, without `style` attributes.
//!
//! Each series is one path whose `d` is one computed text, so that a redraw sets a handful of attributes. Plots lie in
//! a nested `<svg>` that stretches to the width at hand; texts lie outside it in percent and never scale. Each chart
//! has a [`Table`] behind it, which is also its CSV.

mod card;
mod contribution_bars;
mod convergence;
mod copy_table;
mod exceedance;
mod heat_table;
mod histogram;
mod overlay;
mod quantile_bars;
mod reached;
mod rows;
mod scale;
#[cfg(feature = "ssr")]
mod still_histogram;
mod survival;
mod table;
mod threshold;
mod tornado;

#[cfg(feature = "ssr")]
pub(crate) use card::render_table;
pub use card::{ChartCard, TableBehind};
pub use contribution_bars::ContributionBars;
#[cfg(feature = "ssr")]
pub(crate) use contribution_bars::table_of as contributions_table;
pub use convergence::{ConvergenceChart, ConvergencePlot, ConvergencePoint};
pub(crate) use copy_table::CopyTable;
pub use exceedance::{Exceedance, Thresholds, wilson_interval};
pub use heat_table::HeatTable;
pub use histogram::{BarPaths, FundHistogram, HistogramPlot};
pub(crate) use overlay::overlay_class;
pub use overlay::{MOST_OVERLAYS, Overlay};
pub use quantile_bars::{QuantileBars, QuantilePlot};
pub use reached::Reached;
pub use rows::{ShownBuckets, short_name};
pub use scale::LogScale;
#[cfg(feature = "ssr")]
pub(crate) use still_histogram::StillHistogram;
pub use survival::{SurvivalCurve, SurvivalPlot};
pub use table::{Cell, Table};
pub use tornado::{Tornado, TornadoBar, TornadoPlot, TornadoRow};
