//! What each bucket contributes: its share of capital, of the mean and of the variance, side by side.

use std::fmt::Write as _;
use std::sync::Arc;

use foliocast_core::scenario::Summary;
use leptos::prelude::*;
use leptos::svg::Svg;

use super::rows::row_name;
use super::scale::percent_attribute;
use super::{Cell, ChartCard, ShownBuckets, Table};
use crate::format;

/// Height of a bucket's three bars and the space below them.
const ROW_PX: usize = 46;
/// Height of one bar.
const BAR_PX: usize = 12;

/// One bucket's shares.
struct Contribution {
    name: String,
    capital: Option<f64>,
    mean: Option<f64>,
    variance: Option<f64>,
}

impl Contribution {
    fn figures(&self) -> [Option<f64>; 3] {
        [self.capital, self.mean, self.variance]
    }
}

fn contributions(summary: &Summary) -> Vec<Contribution> {
    let fund = &summary.fund;
    let of = |shares: &[Option<f64>], index: usize| shares.get(index).copied().flatten();
    let bucket = |(index, bucket): (usize, &foliocast_core::scenario::BucketSummary)| {
        let mean = of(&fund.contribution_to_mean, index);
        // A bucket's share of the mean is its capital share times its mean over the fund's: solved for capital.
        let capital = mean
            .map(|share| share * fund.gross.mean / bucket.distribution.mean)
            .filter(|capital| capital.is_finite())
            .map(|capital| capital.clamp(0.0, 1.0));
        let variance = of(&fund.contribution_to_variance, index);
        Contribution { name: bucket.name.clone(), capital, mean, variance }
    };
    summary.buckets.iter().enumerate().map(bucket).collect()
}

/// Shares of capital, mean and variance per bucket, beside the bucket's own mean and spread with their errors.
pub(crate) fn table_of(summary: &Summary) -> Table {
    let mut table = Table::new([
        "Bucket",
        "Capital",
        "Mean",
        "Variance",
        "Mean multiple, ×",
        "± s.e.",
        "Std. dev., ×",
        "± s.e. of std. dev.",
    ]);
    for (contribution, bucket) in contributions(summary).iter().zip(&summary.buckets) {
        let distribution = &bucket.distribution;
        let mut row = vec![Cell::words(&contribution.name)];
        row.extend(contribution.figures().map(|share| Cell::optional(share, format::percent)));
        row.push(Cell::number(distribution.mean, format::multiple_digits(distribution.mean)));
        row.push(Cell::optional(distribution.errors.mean, format::standard_error));
        row.push(Cell::optional(distribution.std_dev, format::multiple_digits));
        row.push(Cell::optional(distribution.errors.std_dev, format::standard_error));
        table.rows.push(row);
    }
    table
}

/// What each bucket contributes to the fund's mean and variance before recycling.
#[component]
pub fn ContributionBars(
    /// The summary; `None` is an empty plot.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
) -> impl IntoView {
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let svg = NodeRef::<Svg>::new();
    // Names and note are built anew only when they change; bars and figures change in place.
    let plot = Memo::new(move |_| summary.with(|summary| summary.as_deref().map(ContributionPlot::new)));
    let names = Memo::new(move |_| plot.with(|plot| plot.as_ref().map(|plot| plot.names.clone())));
    let rows = move || names.with(|names| names.as_ref().map_or(1, Vec::len));
    let note = Memo::new(move |_| {
        summary.with(|summary| {
            let summary = summary.as_deref()?;
            let reason = |name: &str| summary.fund.reasons.get(name).cloned();
            let left_out = ShownBuckets::of(summary).note();
            left_out.or_else(|| reason("contributionToVariance")).or_else(|| reason("contributionToMean"))
        })
    });
    let legend = || {
        view! {
            <span class="legend"><i class="key-capital"></i>"capital"</span>
            <span class="legend"><i class="key-mean"></i>"mean"</span>
            <span class="legend"><i class="key-variance"></i>"variance"</span>
        }
    };
    view! {
        <ChartCard title="What each bucket contributes" explained="contribution" note="share of the fund, before recycling" file="contributions" svg table legend>
            <svg node_ref=svg class="chart rows" width="100%" height=move || (rows() * ROW_PX).to_string() role="img" aria-label="Contribution bars per bucket; the figures are in the table">
                {move || names.get().map(|names| draw(&names, plot))}
            </svg>
            {move || note.get().map(|note| view! { <p class="chart-note">{note}</p> })}
            <p class="chart-note">"No error is computed for shares of the mean and of the variance."</p>
        </ChartCard>
    }
    .into_any()
}

/// The bars laid out for drawing: paths in units of 1,000 across and a pixel down.
#[derive(Clone, Debug, PartialEq)]
struct ContributionPlot {
    names: Vec<String>,
    /// Capital, mean, variance.
    paths: [String; 3],
    /// Per row and series: where the bar ends, and its figure.
    figures: Vec<[(String, String); 3]>,
    /// Where the bars begin.
    zero: String,
}

impl ContributionPlot {
    fn new(summary: &Summary) -> Self {
        let all = contributions(summary);
        let rows: Vec<&Contribution> =
            ShownBuckets::of(summary).indices.into_iter().filter_map(|index| all.get(index)).collect();
        let figures = || rows.iter().flat_map(|row| row.figures()).flatten();
        let low = figures().fold(0.0, f64::min);
        // Room at the right for the figure beside the longest bar.
        let high = figures().fold(0.1, f64::max) * 1.32;
        let fraction = |share: f64| (share - low) / (high - low);
        let mut plot = Self {
            names: rows.iter().map(|row| row.name.clone()).collect(),
            paths: Default::default(),
            figures: Vec::new(),
            zero: percent_attribute(fraction(0.0)),
        };
        for (row, contribution) in rows.iter().enumerate() {
            let mut labels: [(String, String); 3] = Default::default();
            for (series, share) in contribution.figures().into_iter().enumerate() {
                let (top, bottom) = (bar_top(row, series), bar_bottom(row, series));
                let (left, right) = (fraction(share.unwrap_or(0.0).min(0.0)), fraction(share.unwrap_or(0.0).max(0.0)));
                let (left, right) = (left * 1_000.0, right * 1_000.0);
                let _ = write!(plot.paths[series], "M{left:.1} {top}H{right:.1}V{bottom}H{left:.1}Z");
                labels[series] =
                    (percent_attribute(right / 1_000.0), share.map_or(format::ABSENT.to_owned(), format::percent));
            }
            plot.figures.push(labels);
        }
        plot
    }
}

fn bar_top(row: usize, series: usize) -> usize {
    row * ROW_PX + 2 + series * BAR_PX
}

fn bar_bottom(row: usize, series: usize) -> usize {
    bar_top(row, series) + BAR_PX - 3
}

fn draw(names: &[String], plot: Memo<Option<ContributionPlot>>) -> AnyView {
    let labels = names.iter().enumerate().map(|(row, name)| row_name(name, row * ROW_PX + 2 * BAR_PX)).collect_view();
    let part = move |choose: fn(&ContributionPlot) -> &String| {
        move || plot.with(|plot| plot.as_ref().map(|plot| choose(plot).clone()).unwrap_or_default())
    };
    let figure = move |row: usize, series: usize| {
        let figure = Memo::new(move |_| {
            plot.with(|plot| plot.as_ref().and_then(|plot| Some(plot.figures.get(row)?[series].clone())))
                .unwrap_or_default()
        });
        view! {
            <text class="figure" x=move || figure.get().0 dx="6" y=bar_bottom(row, series).to_string()>
                {move || figure.get().1}
            </text>
        }
        .into_any()
    };
    let figures = (0..names.len()).flat_map(|row| (0..3).map(move |series| figure(row, series))).collect_view();
    let height = names.len() * ROW_PX;
    // Where there is no plot any more, the line is about to go; until then it needs some place.
    let zero = move || plot.with(|plot| plot.as_ref().map_or("0".to_owned(), |plot| plot.zero.clone()));
    view! {
        {labels}
        <g>
            <svg x="0" y="0" width="100%" height=height.to_string() viewBox=format!("0 0 1000 {height}") preserveAspectRatio="none">
                <path class="capital" d=part(|plot| &plot.paths[0])/>
                <path class="mean" d=part(|plot| &plot.paths[1])/>
                <path class="variance" d=part(|plot| &plot.paths[2])/>
            </svg>
            <line class="axis" x1=zero x2=zero y1="0" y2=height.to_string()/>
            {figures}
        </g>
    }
    .into_any()
}
