//! A figure against the number of rows, with its 95 % interval as a band.

use std::fmt::Write as _;

use foliocast_core::scenario::Interval;
use leptos::prelude::*;
use leptos::svg::Svg;

use super::scale::percent_attribute;

/// The plot's own units, as in the histogram.
const UNITS: f64 = 10_000.0;
/// Where the plot lies in the drawing, pixels.
const TOP: f64 = 10.0;
const HEIGHT: f64 = 150.0;
/// Labels closer than this share of the width would touch on a narrow screen.
const CLOSEST_TICKS: f64 = 0.16;

/// What so many rows say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergencePoint {
    /// Rows.
    pub rows: u32,
    /// The figure.
    pub value: f64,
    /// Its 95 % interval, where there is one.
    pub interval: Option<Interval>,
}

/// Points laid out for drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConvergencePlot {
    /// The intervals, as path data.
    pub band: String,
    /// The figure, as path data.
    pub line: String,
    /// Places of the points, as fractions of width and height.
    pub points: Vec<(f64, f64)>,
    /// Heights of round values, as a fraction, with the value.
    pub levels: Vec<(f64, f64)>,
    /// Places of rows that are named, as a fraction of the width.
    pub columns: Vec<(f64, u32)>,
}

impl ConvergencePlot {
    /// Lays out points, rising in rows.
    pub fn new(points: &[ConvergencePoint]) -> Self {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return Self::default() };
        let ends = |point: &ConvergencePoint| match point.interval {
            Some(Interval { low, high }) => [low.min(point.value), high.max(point.value)],
            None => [point.value; 2],
        };
        let mut low = points.iter().map(|point| ends(point)[0]).fold(f64::INFINITY, f64::min);
        let mut high = points.iter().map(|point| ends(point)[1]).fold(f64::NEG_INFINITY, f64::max);
        if high <= low {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low, high) = (low - room, high + room);
        }
        let across = |rows: u32| {
            let span = f64::from(last.rows) / f64::from(first.rows);
            if span > 1.0 { (f64::from(rows) / f64::from(first.rows)).log2() / span.log2() } else { 0.5 }
        };
        let down = |value: f64| (high - value) / (high - low);
        let mut plot = Self {
            points: points.iter().map(|point| (across(point.rows), down(point.value))).collect(),
            levels: round_values(low, high).into_iter().map(|value| (down(value), value)).collect(),
            ..Self::default()
        };
        for &(x, y) in &plot.points {
            let start = if plot.line.is_empty() { 'M' } else { 'L' };
            let _ = write!(plot.line, "{start}{:.0} {:.0}", x * UNITS, y * UNITS);
        }
        let with_band = || points.iter().filter(|point| point.interval.is_some());
        for (point, end) in with_band().map(|point| (point, 1)).chain(with_band().rev().map(|point| (point, 0))) {
            let start = if plot.band.is_empty() { 'M' } else { 'L' };
            let _ = write!(plot.band, "{start}{:.0} {:.0}", across(point.rows) * UNITS, down(ends(point)[end]) * UNITS);
        }
        if !plot.band.is_empty() {
            plot.band.push('Z');
        }
        // The most rows are always named; others as far as there is room.
        for point in points.iter().rev() {
            let x = across(point.rows);
            if plot.columns.iter().all(|&(other, _)| (other - x).abs() >= CLOSEST_TICKS) {
                plot.columns.push((x, point.rows));
            }
        }
        plot
    }
}

/// Three to six round values between two others.
fn round_values(low: f64, high: f64) -> Vec<f64> {
    let span = high - low;
    let mut unit = 1.0_f64;
    while unit > span {
        unit /= 10.0;
    }
    while unit * 10.0 <= span {
        unit *= 10.0;
    }
    let step =
        [0.1, 0.2, 0.5, 1.0, 2.0].map(|part| part * unit).into_iter().find(|step| span / step < 5.0).unwrap_or(unit);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|count| count as f64 * step).collect()
}

/// The figure as a line over its band.
#[component]
pub fn ConvergenceChart(
    /// The points, rising in rows.
    #[prop(into)]
    points: Signal<Vec<ConvergencePoint>>,
    /// A value in words.
    #[prop(into)]
    value_words: Callback<f64, String>,
    /// A number of rows in words.
    #[prop(into)]
    rows_words: Callback<u32, String>,
    /// What is drawn, for who does not see it.
    #[prop(into)]
    label: Signal<String>,
    /// The drawing, to be downloaded.
    svg: NodeRef<Svg>,
) -> impl IntoView {
    let plot = Memo::new(move |_| points.with(|points| ConvergencePlot::new(points)));
    let path = move |choose: fn(&ConvergencePlot) -> &String| move || plot.with(|plot| choose(plot).clone());
    let y = |fraction: f64| format!("{:.1}", TOP + fraction * HEIGHT);
    let frame = move || {
        plot.with(|plot| {
            let levels = plot.levels.iter().map(|&(at, value)| {
                view! {
                    <line class="grid" x1="0" x2="100%" y1=y(at) y2=y(at)/>
                    <text x="-6" y=y(at) dy="4" text-anchor="end">{value_words.run(value)}</text>
                }
            });
            let columns = plot.columns.iter().map(|&(at, rows)| {
                let x = percent_attribute(at);
                let anchor = if at > 0.95 {
                    "end"
                } else if at < 0.05 {
                    "start"
                } else {
                    "middle"
                };
                view! {
                    <line class="tick" x1=x.clone() x2=x.clone() y1=y(1.0) y2=y(1.03)/>
                    <text x=x y=format!("{}", TOP + HEIGHT + 18.0) text-anchor=anchor>{rows_words.run(rows)}</text>
                }
            });
            view! { <g aria-hidden="true">{levels.collect_view()} {columns.collect_view()}</g> }.into_any()
        })
    };
    let marks = move || {
        let points = plot.with(|plot| plot.points.clone());
        points
            .into_iter()
            .map(|(x, at)| view! { <circle class="mark" cx=percent_attribute(x) cy=y(at) r="3"/> }.into_any())
            .collect_view()
    };
    view! {
        <svg node_ref=svg class="chart convergence" width="100%" height="186" role="img" aria-label=label>
            {frame}
            <svg x="0" y=TOP.to_string() width="100%" height=HEIGHT.to_string() viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">
                <path class="band" d=path(|plot| &plot.band)/>
                <path class="line" d=path(|plot| &plot.line)/>
            </svg>
            <g aria-hidden="true">{marks}</g>
        </svg>
    }
    .into_any()
}
