//! The fund's distribution on a logarithmic axis, with a threshold to drag.

use std::fmt::Write as _;
use std::sync::Arc;

use foliocast_core::scenario::{Distribution, FundFigures, Histogram};
use leptos::prelude::*;
use leptos::svg::Svg;

use super::overlay::{OVERLAY_CLASSES, Overlay};
use super::scale::percent_attribute;
use super::threshold::{Answer, ThresholdHandle};
use super::{Cell, ChartCard, LogScale, Reached, Table, Thresholds};
use crate::browser;
use crate::components::{AskBothWays, Asked, Basis};
use crate::format;

/// The plot's own units; it stretches to the width and height at hand. Finer than pixels, so that whole units will do.
const UNITS: f64 = 10_000.0;
/// Units left of the axis for scenarios that return next to nothing, where there are enough of them to see.
const ZERO_UNITS: f64 = 360.0;
/// Units between that column and the axis.
const ZERO_GAP: f64 = 140.0;
/// Labels closer than this share of the axis would touch on a narrow screen.
const CLOSEST_TICKS: f64 = 0.085;
/// Scenarios cut off at each end of the axis, as a share; the note under the chart counts them.
const CUT: f64 = 0.001;
/// Where the bars stand in the page's chart: room above for what the threshold says.
const PLACE: Place = Place { top: 42, base: 248 };
/// Octave the axis always shows, so that "lost" and "doubled" are both in sight.
const ALWAYS: (f64, f64) = (0.5, 4.0);

/// Where bars stand in a drawing, pixels from its upper edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Of the highest bar.
    pub top: u32,
    /// Of the axis they stand on; its labels need 24 pixels below.
    pub base: u32,
}

/// A distribution laid out for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPlot {
    /// The axis.
    pub scale: LogScale,
    /// Units left of the axis.
    offset: f64,
    /// From left to right; none is empty.
    bars: Vec<Bar>,
    /// The other distributions' outlines, as path data.
    pub outlines: Vec<String>,
    /// Multiples that can be asked.
    pub thresholds: Thresholds,
    /// Scenarios outside the axis, in words.
    pub not_drawn: Option<String>,
}

/// Scenarios of one bin, in whole units from the plot's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bar {
    left: u32,
    right: u32,
    top: u32,
    is_loss: bool,
}

/// The bars as path data, parted at a threshold: every bar is drawn once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BarPaths {
    /// Below 1 and below the threshold.
    pub losses_below: String,
    /// From 1 up and below the threshold.
    pub gains_below: String,
    /// Below 1 and from the threshold up.
    pub losses_reached: String,
    /// From 1 up and from the threshold up.
    pub gains_reached: String,
}

impl HistogramPlot {
    /// Lays out `shown`, with the outlines of `others`.
    pub fn new(shown: &Distribution, others: &[&Distribution]) -> Self {
        let histogram = &shown.histogram;
        let shares = shares(histogram);
        let others: Vec<_> = others.iter().map(|other| (&other.histogram, self::shares(&other.histogram))).collect();
        let scale = scale_of(histogram, &shares, &others);
        let zero_share = shares.first().copied().unwrap_or(0.0);
        let offset = if zero_share >= CUT { ZERO_UNITS + ZERO_GAP } else { 0.0 };
        let of_others = others.iter().flat_map(|(_, shares)| shares);
        let highest = shares.iter().chain(of_others).fold(0.0, |a: f64, &b| a.max(b));
        let height = |share: f64| if highest > 0.0 { share / highest * UNITS } else { 0.0 };
        let mut plot = Self {
            scale,
            offset,
            bars: Vec::new(),
            outlines: Vec::new(),
            thresholds: Thresholds::within(histogram, &scale),
            not_drawn: None,
        };
        let bar = |left: f64, right: f64, share: f64, is_loss: bool| Bar {
            left: whole(left),
            right: whole(right),
            top: whole(UNITS - height(share)),
            is_loss,
        };
        let zero_bar = (offset > 0.0).then(|| bar(0.0, ZERO_UNITS, zero_share, true));
        let bars =
            drawn_bins(histogram, &shares, &scale).filter(|&(.., share)| share > 0.0).map(|(low, high, share)| {
                bar(plot.offset + plot.axis_units(low), plot.offset + plot.axis_units(high), share, high <= 1.0)
            });
        plot.bars = zero_bar.into_iter().chain(bars).collect();
        plot.outlines = others.iter().map(|(histogram, shares)| outline(&plot, histogram, shares, height)).collect();
        plot.not_drawn = not_drawn(histogram, &shares, &scale, offset > 0.0);
        plot
    }

    /// The bars, parted at a place given as a fraction of the whole width.
    pub fn paths(&self, threshold: f64) -> BarPaths {
        let threshold = whole(threshold * UNITS);
        let mut paths = BarPaths::default();
        for &Bar { left, right, top, is_loss } in &self.bars {
            let (below, reached) = if is_loss {
                (&mut paths.losses_below, &mut paths.losses_reached)
            } else {
                (&mut paths.gains_below, &mut paths.gains_reached)
            };
            push_bar(below, left, right.min(threshold), top);
            push_bar(reached, left.max(threshold), right, top);
        }
        paths
    }

    /// Where a multiple lies, as a fraction of the whole width.
    pub fn fraction(&self, multiple: f64) -> f64 {
        (self.offset + self.axis_units(multiple)) / UNITS
    }

    /// The multiple that can be asked nearest to a place, as a fraction of the whole width.
    pub fn nearest(&self, fraction: f64) -> Option<f64> {
        let on_axis = (fraction * UNITS - self.offset) / (UNITS - self.offset);
        self.thresholds.nearest(&self.scale, on_axis)
    }

    fn axis_units(&self, multiple: f64) -> f64 {
        self.scale.fraction(multiple) * (UNITS - self.offset)
    }
}

fn shares(histogram: &Histogram) -> Vec<f64> {
    let total: u64 = histogram.counts.iter().map(|&count| u64::from(count)).sum();
    let total = (total.max(1)) as f64;
    histogram.counts.iter().map(|&count| f64::from(count) / total).collect()
}

/// The axis that holds all but [`CUT`] at each end of every distribution; their histograms have the same edges.
fn scale_of(histogram: &Histogram, shares: &[f64], others: &[(&Histogram, Vec<f64>)]) -> LogScale {
    let (mut low, mut high) = ALWAYS;
    for shares in others.iter().map(|(_, shares)| &shares[..]).chain([shares]) {
        let mut below = 0.0;
        let first = shares.iter().position(|share| {
            below += share;
            below > CUT
        });
        let mut above = 0.0;
        let last = shares.iter().rposition(|share| {
            above += share;
            above > CUT
        });
        // The first bin reaches down to 0, which has no place on a logarithmic axis.
        if let Some(&edge) = first.and_then(|first| histogram.edges.get(first.max(1))) {
            low = low.min(edge);
        }
        let highest = histogram.edges.last().copied().unwrap_or(high);
        if let Some(last) = last {
            high = high.max(histogram.edges.get(last + 1).copied().unwrap_or(highest));
        }
    }
    LogScale::around(low, high)
}

/// Bins with an upper edge that lie on the axis: low, high, share.
fn drawn_bins<'a>(
    histogram: &'a Histogram,
    shares: &'a [f64],
    scale: &'a LogScale,
) -> impl Iterator<Item = (f64, f64, f64)> + 'a {
    histogram
        .edges
        .windows(2)
        .zip(shares)
        .skip(1)
        .map(|(edges, &share)| (edges[0], edges[1], share))
        .filter(move |&(low, high, _)| low >= scale.low() * 0.999 && high <= scale.high() * 1.001)
}

fn push_bar(path: &mut String, left: u32, right: u32, top: u32) {
    if left < right {
        let bottom = UNITS as u32;
        let _ = write!(path, "M{left} {bottom}V{top}H{right}V{bottom}Z");
    }
}

/// The nearest whole unit within the plot.
fn whole(units: f64) -> u32 {
    units.clamp(0.0, UNITS).round() as u32
}

fn outline(plot: &HistogramPlot, histogram: &Histogram, shares: &[f64], height: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    for (low, high, share) in drawn_bins(histogram, shares, &plot.scale) {
        let (left, right) = (plot.offset + plot.axis_units(low), plot.offset + plot.axis_units(high));
        let start = if path.is_empty() { 'M' } else { 'L' };
        let (left, y, right) = (whole(left), whole(UNITS - height(share)), whole(right));
        let _ = write!(path, "{start}{left} {y}H{right}");
    }
    path
}

fn not_drawn(histogram: &Histogram, shares: &[f64], scale: &LogScale, zero_drawn: bool) -> Option<String> {
    let below: f64 = histogram
        .edges
        .iter()
        .skip(1)
        .zip(shares)
        .skip(usize::from(zero_drawn))
        .filter(|&(&high, _)| high <= scale.low() * 1.001)
        .map(|(_, share)| share)
        .sum();
    let above: f64 = histogram
        .edges
        .iter()
        .zip(shares)
        .filter(|&(&low, _)| low >= scale.high() * 0.999)
        .map(|(_, share)| share)
        .sum();
    let part = |share: f64, side: &str, edge: f64| {
        (share > 0.0).then(|| format!("{} {side} {}", format::percent(share), format::multiple(edge)))
    };
    let parts: Vec<String> =
        [part(below, "below", scale.low()), part(above, "above", scale.high())].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Not drawn, of all scenarios: {}.", parts.join(" and ")))
}

fn table_of(fund: &FundFigures) -> Table {
    let (gross, recycled) = (&Basis::Gross.of(fund).histogram, &Basis::Recycled.of(fund).histogram);
    let mut table = Table::new(["From, ×", "To, ×", "With recycling", "Share", "Before recycling", "Share"]);
    let total = f64::from(fund.num_scenarios.max(1));
    let bin_of = |index: usize| {
        (recycled.counts.get(index).copied().unwrap_or(0), gross.counts.get(index).copied().unwrap_or(0))
    };
    let bins: Vec<usize> = (0..recycled.edges.len()).filter(|&index| bin_of(index) != (0, 0)).collect();
    let (Some(&first), Some(&last)) = (bins.first(), bins.last()) else { return table };
    let edge = |index: usize| match recycled.edges.get(index) {
        Some(&edge) => Cell::number(edge, format::decimal(edge, 3)),
        None => Cell::words("and above"),
    };
    for index in first..=last {
        let (with, before) = bin_of(index);
        let counted = |count: u32| Cell::number(f64::from(count), format::count(count.into()));
        let share = |count: u32| Cell::number(f64::from(count) / total, format::percent(f64::from(count) / total));
        table.rows.push(vec![edge(index), edge(index + 1), counted(with), share(with), counted(before), share(before)]);
    }
    table
}

/// The fund's multiples: bars of the chosen basis, the outline of the other, and a threshold that answers how likely
/// a multiple is reached.
#[component]
pub fn FundHistogram(
    /// The fund's figures; `None` is an empty plot.
    #[prop(into)]
    fund: Signal<Option<Arc<FundFigures>>>,
    /// Whose bars.
    #[prop(into)]
    basis: Signal<Basis>,
    /// What is asked of it.
    asked: Asked,
    /// Other variants; while there are any, their outlines take the place of the other basis's.
    #[prop(optional, into)]
    overlays: Signal<Vec<Overlay>>,
    /// What the bars are called beside other variants.
    #[prop(optional, into)]
    shown_name: Option<String>,
) -> impl IntoView {
    let threshold = asked.threshold;
    let plot = Memo::new(move |_| {
        let basis = basis.get();
        fund.with(|fund| {
            let fund = fund.as_ref()?;
            Some(overlays.with(|overlays| {
                let mut others: Vec<_> = overlays.iter().map(|overlay| basis.of(&overlay.fund)).collect();
                if others.is_empty() && fund.recycled.is_some() {
                    others.push(basis.other().of(fund));
                }
                HistogramPlot::new(basis.of(fund), &others)
            }))
        })
    });
    let answer =
        Memo::new(move |_| fund.with(|fund| Some(Answer::of(basis.get().of(fund.as_ref()?), threshold.get()))));
    // Where the multiple of the chance that is asked lies, from and to, as shares of the width.
    let reached = Memo::new(move |_| {
        if !asked.is_chance_asked.get() {
            return None;
        }
        let (low, high) = fund.with(|fund| Reached::with(basis.get().of(fund.as_ref()?), asked.chance.get()))?.ends();
        plot.with(|plot| {
            let plot = plot.as_ref()?;
            Some((plot.fraction(low), high.map_or(1.0, |high| plot.fraction(high))))
        })
    });
    let table = Signal::derive(move || fund.with(|fund| fund.as_deref().map(table_of).unwrap_or_default()));
    let svg = NodeRef::<Svg>::new();
    let edge = Memo::new(move |_| plot.with(|plot| plot.as_ref().map_or(0.5, |plot| plot.fraction(threshold.get()))));
    let paths =
        Memo::new(move |_| plot.with(|plot| plot.as_ref().map(|plot| plot.paths(edge.get())).unwrap_or_default()));
    // Which look each outline of the plot has, while other variants are drawn.
    let looks = Memo::new(move |_| overlays.with(|all| all.iter().map(|overlay| overlay.slot).collect::<Vec<_>>()));
    let not_drawn = move || plot.with(|plot| plot.as_ref().and_then(|plot| plot.not_drawn.clone()));
    let has_two = Memo::new(move |_| fund.with(|fund| fund.as_ref().is_some_and(|fund| fund.recycled.is_some())));
    let names = Memo::new(move |_| {
        overlays.with(|all| all.iter().map(|overlay| (overlay.slot, overlay.name.clone())).collect::<Vec<_>>())
    });
    let shown_name = shown_name.unwrap_or_else(|| "now".to_owned());
    let legend = move || {
        move || {
            let (shown_name, names) = (shown_name.clone(), names.get());
            if !names.is_empty() {
                let variants = names.into_iter().map(|(slot, name)| {
                    view! {
                        <span class="legend"><i class=format!("key-variant {}", OVERLAY_CLASSES[slot])></i><bdi>{name}</bdi></span>
                    }
                });
                return view! { <span class="legend"><i class="key-shown"></i><bdi>{shown_name}</bdi></span> {variants.collect_view()} }
                    .into_any();
            }
            let two = has_two.get().then(|| {
                view! {
                    <span class="legend"><i class="key-shown"></i>{basis.get().words()}</span>
                    <span class="legend"><i class="key-other"></i>{basis.get().other().words()}</span>
                }
            });
            two.into_any()
        }
    };
    let ask = move |event: leptos::ev::PointerEvent| {
        let fraction = svg.get_untracked().and_then(|svg| browser::fraction_along(&svg, &event));
        let asked = fraction.and_then(|at| plot.with_untracked(|plot| plot.as_ref()?.nearest(at)));
        if let Some(asked) = asked {
            threshold.set(asked);
        }
    };
    view! {
        <ChartCard
            title="Fund multiple"
            explained="histogram"
            note="share of scenarios by multiple of invested capital, before fees and carry, logarithmic"
            file="fund-multiple"
            svg
            table
            legend
        >
            <svg
                node_ref=svg
                class="chart histogram"
                width="100%"
                height="276"
                on:pointerdown=move |event| {
                    if let Some(svg) = svg.get_untracked() {
                        browser::hold_pointer(&svg, &event);
                    }
                    ask(event);
                }
                on:pointermove=move |event| if event.buttons() & 1 == 1 { ask(event) }
            >
                <title>"Distribution of the fund multiple"</title>
                <Bars plot paths place=PLACE looks/>
                {move || reached.get().map(|(from, to)| view! {
                    // An exact answer is a line.
                    <rect class="reached" x=percent_attribute(from) y="42" width=percent_attribute((to - from).max(0.002)) height="206" aria-hidden="true"/>
                })}
                <Axis plot place=PLACE/>
                <ThresholdHandle plot answer threshold at=edge/>
            </svg>
            <p class="chart-note">
                <span class="needs-script">"Drag the line, or use the arrow keys, to ask another multiple; it stops where the answer is an exact count. "</span>
                {not_drawn}
            </p>
            <AskBothWays fund basis asked/>
        </ChartCard>
    }
    .into_any()
}

/// The bars of one distribution and the outlines of others.
#[component]
pub(super) fn Bars(
    plot: Memo<Option<HistogramPlot>>,
    paths: Memo<BarPaths>,
    place: Place,
    /// Which look each outline has; without any, the first is the other basis's.
    #[prop(optional, into)]
    looks: Signal<Vec<usize>>,
) -> impl IntoView {
    let path = move |choose: fn(&BarPaths) -> &String| move || paths.with(|paths| choose(paths).clone());
    let outline_at = move |place: Option<usize>| {
        let outline = plot.with(|plot| plot.as_ref()?.outlines.get(place?).cloned());
        outline.unwrap_or_default()
    };
    let outline = move || outline_at(looks.with(Vec::is_empty).then_some(0));
    let variant = move |slot: usize| {
        let outline = move || outline_at(looks.with(|looks| looks.iter().position(|&look| look == slot)));
        view! { <path class=format!("outline {}", OVERLAY_CLASSES[slot]) d=outline/> }.into_any()
    };
    let height = (place.base - place.top).to_string();
    view! {
        <svg x="0" y=place.top.to_string() width="100%" height=height viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">
            <g class="bars">
                <path class="loss below" d=path(|paths| &paths.losses_below)/>
                <path class="gain below" d=path(|paths| &paths.gains_below)/>
                <path class="loss" d=path(|paths| &paths.losses_reached)/>
                <path class="gain" d=path(|paths| &paths.gains_reached)/>
            </g>
            <path class="outline" d=outline/>
            {(0..OVERLAY_CLASSES.len()).map(variant).collect_view()}
        </svg>
    }
    .into_any()
}

/// The axis of multiples below the bars, and the line at 1.
#[component]
pub(super) fn Axis(plot: Memo<Option<HistogramPlot>>, place: Place) -> impl IntoView {
    let ticks = Memo::new(move |_| {
        plot.with(|plot| {
            let Some(plot) = plot else { return Vec::new() };
            let mut ticks: Vec<(String, String)> = Vec::new();
            if plot.offset > 0.0 {
                ticks.push((percent_attribute(ZERO_UNITS / 2.0 / UNITS), "≈ 0".into()));
            }
            let marks = plot.scale.ticks(CLOSEST_TICKS).into_iter();
            ticks.extend(marks.map(|tick| (percent_attribute(plot.fraction(tick)), format::multiple_tick(tick))));
            ticks
        })
    });
    let par = move || percent_attribute(plot.with(|plot| plot.as_ref().map_or(0.5, |plot| plot.fraction(1.0))));
    let top = place.top.to_string();
    let [base, tick_end, label_line] = [0, 4, 19].map(|below| (place.base + below).to_string());
    let (tick_start, axis_line) = (base.clone(), base.clone());
    view! {
        <g aria-hidden="true">
            <line class="axis" x1="0" x2="100%" y1=axis_line.clone() y2=axis_line/>
            <line class="par" x1=par x2=par y1=top y2=base/>
            {move || ticks.get().into_iter().map(|(x, label)| view! {
                <g>
                    <line class="tick" x1=x.clone() x2=x.clone() y1=tick_start.clone() y2=tick_end.clone()/>
                    <text x=x y=label_line.clone() text-anchor="middle">{label}</text>
                </g>
            }).collect_view()}
        </g>
    }
    .into_any()
}
