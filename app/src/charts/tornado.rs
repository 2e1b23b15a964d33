//! A tornado: what each of several inputs, moved by itself, does to one figure, the strongest on top.

use std::fmt::Write as _;

use leptos::prelude::*;
use leptos::svg::Svg;

use super::rows::short_name;
use super::scale::percent_attribute;

/// Height of the line above the rows, which says what nothing moved gives.
const HEAD_PX: usize = 22;
/// Height of an input: its name, a bar each way, and the space below. The style sheet has it too, for what lies on top.
const ROW_PX: usize = 46;
/// Height of a bar.
const BAR_PX: usize = 9;
/// Where an input's bars begin, below its name.
const BARS_PX: usize = 20;
/// Room beside the bars for the changes written there, as a share of the width at each side that has bars.
const LABEL_ROOM: f64 = 0.17;
/// Room for a name; the rest of the line is for the values.
const NAME_WIDTH: &str = "56%";

/// What one input does to the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoRow {
    /// What the input is.
    pub label: String,
    /// Whose it is, cut to what fits.
    pub of: Option<String>,
    /// From where to where it was moved.
    pub way: String,
    /// Moved down, moved up.
    pub bars: [Option<TornadoBar>; 2],
    /// Whether its changes are not told apart from chance.
    pub is_muted: bool,
}

/// What one move does to the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoBar {
    /// The change.
    pub change: f64,
    /// Half the length of its 95 % interval, where that is known.
    pub reach: Option<f64>,
    /// The change in words.
    pub label: String,
}

/// Bars laid out for drawing: paths in units of 1,000 across and a pixel down.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoPlot {
    /// Bars of what is told apart from chance: moved down, moved up.
    pub clear: [String; 2],
    /// Bars of what is not.
    pub muted: [String; 2],
    /// Intervals at the ends of all bars.
    pub whiskers: String,
    /// Where nothing changes, from 0 to 1.
    pub zero: f64,
    /// Where each bar's label stands, from 0 to 1; below zero's place it ends there, above it begins there.
    pub label_places: Vec<[Option<f64>; 2]>,
}

impl TornadoPlot {
    /// Lays out rows.
    pub fn new(rows: &[TornadoRow]) -> Self {
        let bars = || rows.iter().flat_map(|row| row.bars.iter().flatten());
        let ends = || bars().flat_map(|bar| [bar.change - reach_of(bar), bar.change + reach_of(bar)]);
        let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
        let has_left = bars().any(|bar| bar.change < 0.0);
        let (left, right) = (if has_left { LABEL_ROOM } else { 0.02 }, LABEL_ROOM);
        let span = if high > low { high - low } else { 1.0 };
        let place = |change: f64| left + (1.0 - left - right) * (change - low) / span;
        let mut plot = Self {
            clear: Default::default(),
            muted: Default::default(),
            whiskers: String::new(),
            zero: place(0.0),
            label_places: Vec::with_capacity(rows.len()),
        };
        for (index, row) in rows.iter().enumerate() {
            let mut places = [None; 2];
            for (side, bar) in row.bars.iter().enumerate() {
                let Some(bar) = bar else { continue };
                let (top, bottom) = (bar_top(index, side), bar_top(index, side) + BAR_PX);
                let (from, to) = (plot.zero * 1_000.0, place(bar.change) * 1_000.0);
                let path = if row.is_muted { &mut plot.muted[side] } else { &mut plot.clear[side] };
                let _ = write!(path, "M{from:.1} {top}H{to:.1}V{bottom}H{from:.1}Z");
                let reach = reach_of(bar);
                if reach > 0.0 {
                    let ends = [bar.change - reach, bar.change + reach].map(|end| place(end) * 1_000.0);
                    let middle = top as f64 + BAR_PX as f64 / 2.0;
                    let _ = write!(plot.whiskers, "M{:.1} {middle}H{:.1}", ends[0], ends[1]);
                }
                let outer = if bar.change < 0.0 { place(bar.change - reach) } else { place(bar.change + reach) };
                places[side] = Some(outer);
            }
            plot.label_places.push(places);
        }
        plot
    }
}

fn reach_of(bar: &TornadoBar) -> f64 {
    bar.reach.unwrap_or(0.0)
}

fn bar_top(row: usize, side: usize) -> usize {
    row * ROW_PX + BARS_PX + side * (BAR_PX + 1)
}

/// The drawing; what surrounds it is for whoever knows what the inputs are.
#[component]
pub fn Tornado(
    /// The rows, the strongest first.
    rows: Vec<TornadoRow>,
    /// What nothing moved gives, in words.
    base: String,
    /// What it shows.
    label: String,
    /// The drawing, for downloads.
    svg: NodeRef<Svg>,
) -> impl IntoView {
    let plot = TornadoPlot::new(&rows);
    let height = rows.len() * ROW_PX;
    let zero = percent_attribute(plot.zero);
    let texts = rows
        .iter()
        .zip(&plot.label_places)
        .enumerate()
        .map(|(index, (row, &places))| row_texts(index, row, places, plot.zero))
        .collect_view();
    // Near the left edge the words would stick out if they stood around the line.
    let anchor = if plot.zero < 0.2 { "start" } else { "middle" };
    let [clear_down, clear_up] = plot.clear;
    let [muted_down, muted_up] = plot.muted;
    view! {
        <svg node_ref=svg class="chart tornado" width="100%" height=(HEAD_PX + height).to_string() role="img" aria-label=label>
            <text class="base" x=zero.clone() y="12" text-anchor=anchor>{base}</text>
            <svg x="0" y=HEAD_PX.to_string() width="100%" height=height.to_string() overflow="visible">
                <svg x="0" y="0" width="100%" height=height.to_string() viewBox=format!("0 0 1000 {height}") preserveAspectRatio="none">
                    <path class="down" d=clear_down/>
                    <path class="up" d=clear_up/>
                    <path class="muted down" d=muted_down/>
                    <path class="muted up" d=muted_up/>
                    <path class="whisker" d=plot.whiskers/>
                </svg>
                <line class="par" x1=zero.clone() x2=zero y1="-4" y2=height.to_string()/>
                {texts}
            </svg>
        </svg>
    }
    .into_any()
}

fn row_texts(index: usize, row: &TornadoRow, places: [Option<f64>; 2], zero: f64) -> AnyView {
    let top = (index * ROW_PX).to_string();
    let full = match &row.of {
        Some(of) => format!("{}, {of}: {}", row.label, row.way),
        None => format!("{}: {}", row.label, row.way),
    };
    let name = match &row.of {
        Some(of) => format!("{}, {}", row.label, short_name(of)),
        None => row.label.clone(),
    };
    let labels = row.bars.iter().zip(places).enumerate().filter_map(|(side, (bar, place))| {
        let (bar, place) = (bar.as_ref()?, place?);
        let is_left = bar.change < 0.0 && place <= zero;
        let (dx, anchor) = if is_left { ("-5", "end") } else { ("5", "start") };
        let y = (bar_top(index, side) + BAR_PX - 1).to_string();
        Some(view! {
            <text class="figure" x=percent_attribute(place) dx=dx y=y text-anchor=anchor>{bar.label.clone()}</text>
        })
    });
    view! {
        <svg x="0" y=top.clone() width=NAME_WIDTH height=BARS_PX.to_string()>
            <text class="name" class:muted=row.is_muted y="14">{name}<title>{full}</title></text>
        </svg>
        <svg x=NAME_WIDTH y=top width="44%" height=BARS_PX.to_string()>
            <text x="100%" y="14" text-anchor="end">{row.way.clone()}</text>
        </svg>
        {labels.collect_view()}
    }
    .into_any()
}
