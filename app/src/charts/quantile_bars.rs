//! How far each bucket and the fund spread: 5–95 %, quartiles, median.

use std::fmt::Write as _;
use std::sync::Arc;

use foliocast_core::scenario::{Distribution, Interval, Quantiles, Summary};
use leptos::prelude::*;
use leptos::svg::Svg;

use super::rows::row_name;
use super::scale::percent_attribute;
use super::{Cell, ChartCard, LogScale, ShownBuckets, Table};
use crate::components::Basis;
use crate::format;

/// Height of a row; the plot's vertical unit is a tenth of a row.
const ROW_PX: usize = 28;
/// Labels closer than this share of the axis would touch on a narrow screen.
const CLOSEST_TICKS: f64 = 0.14;

/// Quantile bars laid out for drawing: paths in units of 1,000 across and 10 per row.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantilePlot {
    /// The axis.
    pub scale: LogScale,
    /// Names, in drawing order; the fund is last.
    pub names: Vec<String>,
    /// 5–95 % of the buckets.
    pub whiskers: String,
    /// Quartiles of the buckets.
    pub boxes: String,
    /// Medians of the buckets.
    pub medians: String,
    /// The same three for the fund.
    pub fund: [String; 3],
    /// What is left to the table, in words.
    pub note: Option<String>,
}

impl QuantilePlot {
    /// Lays out a summary's buckets and its fund on `basis`.
    pub fn new(summary: &Summary, basis: Basis) -> Self {
        let shown = ShownBuckets::of(summary);
        let buckets = shown.indices.iter().filter_map(|&index| summary.buckets.get(index));
        let rows: Vec<(&str, &Quantiles<f64>)> = buckets
            .map(|bucket| (bucket.name.as_str(), &bucket.distribution.quantiles))
            .chain([("Fund", &basis.of_summary(summary).quantiles)])
            .collect();
        let high = rows.iter().fold(2.0, |high: f64, (_, quantiles)| high.max(quantiles.p95));
        let low = rows.iter().fold(0.5, |low: f64, (_, quantiles)| low.min(quantiles.p5));
        // A bucket of few deals has quantiles of 0, which have no place on a logarithmic axis.
        let scale = LogScale::around(low.max(high / 1_000.0).max(0.02), high);
        let mut plot = Self {
            scale,
            names: rows.iter().map(|(name, _)| (*name).to_owned()).collect(),
            whiskers: String::new(),
            boxes: String::new(),
            medians: String::new(),
            fund: Default::default(),
            note: shown.note().or_else(|| {
                let is_cut = rows.iter().any(|(_, quantiles)| quantiles.p5 < scale.low() * 0.999);
                is_cut.then(|| format!("What is below {} ends at the left edge.", format::multiple(scale.low())))
            }),
        };
        let last = rows.len() - 1;
        for (row, (_, quantiles)) in rows.iter().enumerate() {
            let [mut whisker, mut quartiles, mut median] = [String::new(), String::new(), String::new()];
            let x = |multiple: f64| scale.fraction(multiple) * 1_000.0;
            let middle = row * 10 + 5;
            let _ = write!(whisker, "M{:.1} {middle}H{:.1}", x(quantiles.p5), x(quantiles.p95));
            let (top, bottom) = (row * 10 + 3, row * 10 + 7);
            let (left, right) = (x(quantiles.p25), x(quantiles.p75));
            let _ = write!(quartiles, "M{left:.1} {top}H{right:.1}V{bottom}H{left:.1}Z");
            let _ = write!(median, "M{:.1} {}V{}", x(quantiles.p50), row * 10 + 2, row * 10 + 8);
            if row == last {
                plot.fund = [whisker, quartiles, median];
            } else {
                plot.whiskers.push_str(&whisker);
                plot.boxes.push_str(&quartiles);
                plot.medians.push_str(&median);
            }
        }
        plot
    }
}

fn table_of(summary: &Summary) -> Table {
    const HEADS: [&str; 5] = ["5 %", "25 %", "50 %", "75 %", "95 %"];
    // The ends of the quantiles' own 95 % intervals, in the order of the quantiles.
    let ends = HEADS.into_iter().flat_map(|head| [format!("{head}: 95 % from"), format!("{head}: 95 % to")]);
    let figures = ["Multiple, ×"].into_iter().chain(HEADS).chain(["Mean", "± s.e."]).map(str::to_owned);
    let mut table = Table::new(figures.chain(ends));
    let mut push = |name: &str, distribution: &Distribution| {
        let quantiles = &distribution.quantiles;
        let figures = [quantiles.p5, quantiles.p25, quantiles.p50, quantiles.p75, quantiles.p95, distribution.mean];
        let mut row = vec![Cell::words(name)];
        row.extend(figures.map(|figure| Cell::number(figure, format::multiple_digits(figure))));
        row.push(Cell::optional(distribution.errors.mean, format::standard_error));
        let e = &distribution.errors.quantiles;
        for interval in [e.p5, e.p25, e.p50, e.p75, e.p95] {
            let end = |end: fn(&Interval) -> f64| Cell::optional(interval.as_ref().map(end), format::multiple_digits);
            row.extend([end(|interval| interval.low), end(|interval| interval.high)]);
        }
        table.rows.push(row);
    };
    for bucket in &summary.buckets {
        push(&bucket.name, &bucket.distribution);
    }
    push("Fund before recycling", &summary.fund.gross);
    push("Fund with recycling", &summary.fund.recycled);
    table
}

/// Quantile bars per bucket and for the fund.
#[component]
pub fn QuantileBars(
    /// The summary; `None` is an empty plot.
    #[prop(into)]
    summary: Signal<Option<Arc<Summary>>>,
    /// The fund's basis.
    #[prop(into)]
    basis: Signal<Basis>,
) -> impl IntoView {
    let plot = Memo::new(move |_| {
        let basis = basis.get();
        summary.with(|summary| summary.as_deref().map(|summary| QuantilePlot::new(summary, basis)))
    });
    let table = Signal::derive(move || summary.with(|summary| summary.as_deref().map(table_of).unwrap_or_default()));
    let svg = NodeRef::<Svg>::new();
    // What is built anew only when it changes: names, axis, note. Bars change in place.
    let names = Memo::new(move |_| plot.with(|plot| plot.as_ref().map(|plot| plot.names.clone())));
    let scale = Memo::new(move |_| plot.with(|plot| plot.as_ref().map(|plot| plot.scale)));
    let note = Memo::new(move |_| plot.with(|plot| plot.as_ref().and_then(|plot| plot.note.clone())));
    let rows = move || names.with(|names| names.as_ref().map_or(1, Vec::len));
    view! {
        <ChartCard title="Where the spread comes from" explained="quantiles" note="5–95 % · quartiles · median, logarithmic" file="spread" svg table>
            <svg node_ref=svg class="chart rows" width="100%" height=move || (rows() * ROW_PX + 24).to_string() role="img" aria-label="Quantile bars per bucket; the figures are in the table">
                {move || names.get().map(|names| draw(&names, scale, plot))}
            </svg>
            {move || note.get().map(|note| view! { <p class="chart-note">{note}</p> })}
        </ChartCard>
    }
    .into_any()
}

fn draw(names: &[String], scale: Memo<Option<LogScale>>, plot: Memo<Option<QuantilePlot>>) -> AnyView {
    let height = names.len() * ROW_PX;
    let labels =
        names.iter().enumerate().map(|(row, name)| row_name(name, row * ROW_PX + ROW_PX / 2 + 4)).collect_view();
    let path = move |choose: fn(&QuantilePlot) -> &String| {
        move || plot.with(|plot| plot.as_ref().map(|plot| choose(plot).clone()).unwrap_or_default())
    };
    view! {
        {labels}
        <g>
            {move || scale.get().map(|scale| ticks(&scale, height))}
            <svg x="0" y="0" width="100%" height=height.to_string() viewBox=format!("0 0 1000 {}", names.len() * 10) preserveAspectRatio="none">
                <path class="whisker" d=path(|plot| &plot.whiskers)/>
                <path class="quartiles" d=path(|plot| &plot.boxes)/>
                <path class="median" d=path(|plot| &plot.medians)/>
                <path class="whisker fund" d=path(|plot| &plot.fund[0])/>
                <path class="quartiles fund" d=path(|plot| &plot.fund[1])/>
                <path class="median fund" d=path(|plot| &plot.fund[2])/>
            </svg>
        </g>
    }
    .into_any()
}

fn ticks(scale: &LogScale, height: usize) -> AnyView {
    scale
        .ticks(CLOSEST_TICKS)
        .into_iter()
        .map(|tick| {
            let x = percent_attribute(scale.fraction(tick));
            let class = if tick == 1.0 { "par" } else { "grid" };
            view! {
                <g>
                    <line class=class x1=x.clone() x2=x.clone() y1="0" y2=height.to_string()/>
                    <text x=x y=(height + 16).to_string() text-anchor="middle">{format::multiple_tick(tick)}</text>
                </g>
            }
        })
        .collect_view()
        .into_any()
}
