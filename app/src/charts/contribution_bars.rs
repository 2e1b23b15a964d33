//! What each bucket contributes: its share of capital, of the mean and of the variance, side by side.

use std::fmt::Write as _;
use std::sync::Arc;

use foliocast_core::scenario::Summary;
use leptos::prelude::*;
use leptos::svg::Svg;

use super::rows::NAMES_X;
use super::scale::percent_attribute;
use super::{Cell, ChartCard, ShownBuckets, Table, short_name};
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

fn table_of(summary: &Summary) -> Table {
    let mut table = Table::new(["Bucket", "Capital", "Mean", "Variance", "Mean multiple, ×", "± s.e.", "Std. dev., ×"]);
    for (contribution, bucket) in contributions(summary).iter().zip(&summary.buckets) {
        let distribution = &bucket.distribution;
        let mut row = vec![Cell::words(&contribution.name)];
        row.extend(contribution.figures().map(|share| Cell::optional(share, format::percent)));
        row.push(Cell::number(distribution.mean, format::multiple_digits(distribution.mean)));
        row.push(Cell::optional(distribution.errors.mean, format::standard_error));
        row.push(Cell::optional(distribution.std_dev, format::multiple_digits));
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
    let height = move || {
        let rows =
            summary.with(|summary| summary.as_deref().map_or(1, |summary| ShownBuckets::of(summary).indices.len()));
        (rows * ROW_PX).to_string()
    };
    let reason = move || {
        summary.with(|summary| {
            let reasons = &summary.as_ref()?.fund.reasons;
            let of = |name: &str| reasons.get(name).cloned();
            of("contributionToVariance").or_else(|| of("contributionToMean"))
        })
    };
    let note = move || {
        let left_out = summary.with(|summary| summary.as_deref().and_then(|summary| ShownBuckets::of(summary).note()));
        left_out.or_else(reason).map(|note| view! { <p class="chart-note">{note}</p> })
    };
    let legend = || {
        view! {
            <span class="legend"><i class="key-capital"></i>"capital"</span>
            <span class="legend"><i class="key-mean"></i>"mean"</span>
            <span class="legend"><i class="key-variance"></i>"variance"</span>
        }
    };
    view! {
        <ChartCard title="What each bucket contributes" note="share of the fund, before recycling" file="contributions" svg table legend>
            <svg node_ref=svg class="chart rows" width="100%" height=height role="img" aria-label="Contribution bars per bucket; the figures are in the table">
                {move || summary.with(|summary| summary.as_deref().map(draw))}
            </svg>
            {note}
        </ChartCard>
    }
    .into_any()
}

fn draw(summary: &Summary) -> AnyView {
    let all = contributions(summary);
    let rows: Vec<&Contribution> =
        ShownBuckets::of(summary).indices.into_iter().filter_map(|index| all.get(index)).collect();
    let figures = || rows.iter().flat_map(|row| row.figures()).flatten();
    let low = figures().fold(0.0, f64::min);
    // Room at the right for the figure beside the longest bar.
    let high = figures().fold(0.1, f64::max) * 1.32;
    let fraction = |share: f64| (share - low) / (high - low);
    let mut paths = [String::new(), String::new(), String::new()];
    let mut texts = Vec::new();
    for (row, contribution) in rows.iter().enumerate() {
        texts.push(
            view! {
                <text class="name" x=NAMES_X y=(row * ROW_PX + 2 * BAR_PX).to_string()>
                    {short_name(&contribution.name)}<title>{contribution.name.clone()}</title>
                </text>
            }
            .into_any(),
        );
    }
    let mut labels = Vec::new();
    for (row, contribution) in rows.iter().enumerate() {
        for (series, share) in contribution.figures().into_iter().enumerate() {
            let top = row * ROW_PX + 2 + series * BAR_PX;
            let (left, right) = (fraction(share.unwrap_or(0.0).min(0.0)), fraction(share.unwrap_or(0.0).max(0.0)));
            let (left, right, bottom) = (left * 1_000.0, right * 1_000.0, top + BAR_PX - 3);
            let _ = write!(paths[series], "M{left:.1} {top}H{right:.1}V{bottom}H{left:.1}Z");
            let label = share.map_or(format::ABSENT.to_owned(), format::percent);
            let x = percent_attribute(right / 1_000.0);
            labels.push(
                view! { <text class="figure" x=x dx="6" y=(top + BAR_PX - 3).to_string()>{label}</text> }.into_any(),
            );
        }
    }
    let height = rows.len() * ROW_PX;
    let [capital, mean, variance] = paths;
    let zero = percent_attribute(fraction(0.0));
    view! {
        {texts}
        <g>
            <svg x="0" y="0" width="100%" height=height.to_string() viewBox=format!("0 0 1000 {height}") preserveAspectRatio="none">
                <path class="capital" d=capital/>
                <path class="mean" d=mean/>
                <path class="variance" d=variance/>
            </svg>
            <line class="axis" x1=zero.clone() x2=zero y1="0" y2=height.to_string()/>
            {labels}
        </g>
    }
    .into_any()
}
