//! The share of deals above each multiple, both axes logarithmic: what one deal of a bucket does.

use std::fmt::Write as _;

use foliocast_core::scenario::DealOutlook;
use leptos::prelude::*;
use leptos::svg::Svg;

use super::card::ChartFooter;
use super::scale::percent_attribute;
use super::{Cell, LogScale, Table};
use crate::browser::Drawn;
use crate::format;

/// The plot's own units, as in the histogram.
const UNITS: f64 = 10_000.0;
/// Where the plot lies in the drawing, pixels.
const TOP: f64 = 8.0;
const HEIGHT: f64 = 132.0;
/// Points of the curve within the first band, where it bends.
const BEND_POINTS: u32 = 24;
/// Labels closer than this share of the axis would touch in the panel.
const CLOSEST_TICKS: f64 = 0.13;
/// The axis of shares ends at one deal in ten thousand, or as far below as the table's last band needs, ten millionths
/// at most.
const DECADES: (i32, i32) = (4, 7);
/// Multiples a reader asks about, in the table behind the curve.
const ASKED: [f64; 9] = [0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// A survival curve laid out for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct SurvivalPlot {
    /// The axis of multiples.
    pub scale: LogScale,
    /// Powers of ten that the axis of shares goes down.
    pub decades: i32,
    /// The curve up to where the tail begins, as path data.
    pub body: String,
    /// The tail, as path data.
    pub tail: String,
    /// The drop at the cap, as path data; empty without one.
    pub cap: String,
    /// Edges of the table on the curve, as fractions of width and height.
    pub edges: Vec<(f64, f64)>,
    /// The share that returns something, as a fraction of the height; what is above it is lost.
    pub kept: f64,
}

impl SurvivalPlot {
    /// Lays out what a deal does.
    pub fn new(outlook: &DealOutlook) -> Self {
        let edges: Vec<(f64, f64)> = outlook.edges().collect();
        let (first, last) = (edges.first().copied().unwrap_or((1.0, 1.0)), edges.last().copied().unwrap_or((1.0, 1.0)));
        let cap = outlook.at_cap();
        let is_constant = outlook.tail_exponent().is_none();
        let furthest = outlook.quantile(1.0 - 0.1_f64.powi(DECADES.0)).max(last.0 * 2.0);
        let high = cap.map_or(furthest, |cap| furthest.min(cap.multiple * 1.1));
        let scale = LogScale::around(first.0.min(1.0) / 8.0, high.max(2.0));
        let decades = (DECADES.0..DECADES.1).find(|&decades| last.1 > 2.0 * 0.1_f64.powi(decades)).unwrap_or(DECADES.1);
        let mut plot = Self {
            scale,
            decades,
            body: String::new(),
            tail: String::new(),
            cap: String::new(),
            edges: Vec::new(),
            kept: 0.0,
        };
        plot.kept = plot.height(1.0 - outlook.loss_probability());
        // Below the first edge the curve bends, or lies flat.
        let bend = (0..BEND_POINTS).map(|point| {
            let multiple = scale.low() * (first.0 / scale.low()).powf(f64::from(point) / f64::from(BEND_POINTS));
            (multiple, outlook.survival(multiple))
        });
        // A power law has no edges of its own; its tail is what lies beyond the P90 it was fitted through.
        let tail_from = if edges.len() > 1 || is_constant { last.0 } else { outlook.quantile(0.9).max(first.0) };
        let body = bend.chain(edges.iter().copied()).chain([(tail_from, outlook.survival(tail_from))]);
        plot.body = plot.path(body);
        let end = cap.map_or((scale.high(), outlook.survival(scale.high())), |cap| {
            if cap.multiple < scale.high() {
                (cap.multiple, cap.share_of_deals)
            } else {
                (scale.high(), outlook.survival(scale.high()))
            }
        });
        if is_constant {
            plot.cap = plot.path([(last.0, last.1), (last.0, 0.0)]);
        } else {
            plot.tail = plot.path([(tail_from, outlook.survival(tail_from)), end]);
            if cap.is_some_and(|cap| cap.multiple == end.0) {
                plot.cap = plot.path([end, (end.0, 0.0)]);
            }
        }
        let is_table = edges.len() > 1 || outlook.survival(first.0 / 2.0) > first.1;
        plot.edges = edges
            .iter()
            .filter(|_| is_table)
            .map(|&(multiple, share)| (scale.fraction(multiple), plot.height(share)))
            .collect();
        plot
    }

    /// How far down a share lies, as a fraction of the height; more than 1 is below the axis, where nothing shows.
    pub fn height(&self, share: f64) -> f64 {
        if share <= 0.0 { 1.0 } else { (-share.log10() / f64::from(self.decades)).clamp(0.0, 4.0) }
    }

    fn path(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (multiple, share) in points {
            let start = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = (self.scale.fraction(multiple) * UNITS, self.height(share) * UNITS);
            let _ = write!(path, "{start}{x:.0} {y:.0}");
        }
        path
    }
}

fn table_of(outlook: &DealOutlook) -> Table {
    let mut table = Table::new(["Multiple, ×", "Deals at or above"]);
    let cap = outlook.at_cap().map(|cap| cap.multiple);
    let mut multiples: Vec<f64> = outlook.edges().map(|edge| edge.0).chain(ASKED).chain(cap).collect();
    multiples.sort_by(f64::total_cmp);
    multiples.dedup();
    table.rows.push(vec![Cell::number(0.0, "more than 0"), share_cell(1.0 - outlook.loss_probability())]);
    for multiple in multiples {
        table.rows.push(vec![
            Cell::number(multiple, format::multiple_digits(multiple)),
            share_cell(outlook.survival(multiple)),
        ]);
    }
    table
}

fn share_cell(share: f64) -> Cell {
    Cell::number(share, format::percent(share))
}

/// The share of deals above each multiple; the edges of a table are marked, the tail is dashed.
#[component]
pub fn SurvivalCurve(
    /// What one deal does; `None` is an empty plot.
    #[prop(into)]
    outlook: Signal<Option<DealOutlook>>,
    /// Whose deals, for who does not see them.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let plot = Memo::new(move |_| outlook.with(|outlook| outlook.as_ref().map(SurvivalPlot::new)));
    let table = Signal::derive(move || outlook.with(|outlook| outlook.as_ref().map(table_of).unwrap_or_default()));
    let path = move |choose: fn(&SurvivalPlot) -> &String| {
        move || plot.with(|plot| plot.as_ref().map(|plot| choose(plot).clone()).unwrap_or_default())
    };
    let lost = move || plot.with(|plot| plot.as_ref().map_or(0.0, |plot| plot.kept) * HEIGHT).to_string();
    let svg = NodeRef::<Svg>::new();
    let y = |fraction: f64| format!("{:.1}", TOP + fraction * HEIGHT);
    let marks = move || {
        let edges = plot.with(|plot| plot.as_ref().map(|plot| plot.edges.clone()).unwrap_or_default());
        edges
            .into_iter()
            .map(|(across, down)| {
                view! { <circle class="edge" cx=percent_attribute(across) cy=y(down) r="3"/> }.into_any()
            })
            .collect_view()
    };
    let axis = Memo::new(move |_| plot.with(|plot| plot.as_ref().map(|plot| (plot.scale, plot.decades))));
    let axes = move || {
        let Some((scale, decades)) = axis.get() else {
            return ().into_any();
        };
        let shares = (0..=decades).map(|decade| {
            let down = y(f64::from(decade) / f64::from(decades));
            let label = format!("{} %", format::plain(100.0 / f64::from(10_i32.pow(decade as u32))));
            view! {
                <line class="grid" x1="0" x2="100%" y1=down.clone() y2=down.clone()/>
                <text x="-6" y=down dy="4" text-anchor="end">{label}</text>
            }
            .into_any()
        });
        let multiples = scale.ticks(CLOSEST_TICKS).into_iter().map(|tick| {
            let x = percent_attribute(scale.fraction(tick));
            view! {
                <line class="tick" x1=x.clone() x2=x.clone() y1=y(1.0) y2="144"/>
                <text x=x y="157" text-anchor="middle">{format::multiple_tick(tick)}</text>
            }
            .into_any()
        });
        view! { <g aria-hidden="true">{shares.collect_view()} {multiples.collect_view()}</g> }.into_any()
    };
    view! {
        <figure class="survival">
            <svg node_ref=svg class="chart" width="100%" height="162" role="img" aria-label=move || format!("Share of deals above each multiple, {}", name.get())>
                {axes}
                <svg x="0" y=TOP.to_string() width="100%" height=HEIGHT.to_string() viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">
                    <path class="curve" d=path(|plot| &plot.body)/>
                    <path class="curve tail" d=path(|plot| &plot.tail)/>
                    <path class="curve cap" d=path(|plot| &plot.cap)/>
                </svg>
                <rect class="lost" x="0" y=TOP.to_string() width="4" height=lost/>
                {marks}
            </svg>
            <ChartFooter title="Share of deals above each multiple" file="one-deal" drawn=Drawn::Svg(svg) table/>
        </figure>
    }
    .into_any()
}
