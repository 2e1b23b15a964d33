//! The table of allocation buckets, edited in place.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::draft::{BucketField, BucketId, DraftBucket, Field, MAX_BUCKETS, Shape};
use super::field::{FieldInput, GroupFault, fault_id};
use super::shape::ShapeInputs;
use super::state::Workbench;
use super::typed::{Unit, number, typed};
use crate::browser::focus_soon;
use crate::components::TermLink;

/// The table of allocation buckets.
#[component]
pub(super) fn Buckets() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let add = move |_| {
        let mut added = None;
        workbench.edit(|draft| added = draft.add_bucket());
        if let Some(id) = added {
            focus_soon(name_id(id));
        }
    };
    let is_full = move || workbench.order.with(Vec::len) >= MAX_BUCKETS;
    view! {
        <h2><TermLink name="Bucket" words="Buckets"/></h2>
        <table class="buckets">
            <thead>
                <tr>
                    <th scope="col">"Stage"</th>
                    <th scope="col" title="Share of the fund’s capital">"Capital"</th>
                    <th scope="col" title="Deals the bucket’s capital is spread over, equally">"Deals"</th>
                    <th scope="col" title="Probability that a deal returns nothing">"Lose all"</th>
                    <th scope="col" title="Most that one deal returns, as a multiple; empty is no cap">"Cap"</th>
                    <th scope="col"><span class="unseen">"More"</span></th>
                </tr>
            </thead>
            <For each=move || workbench.order.get() key=|id| *id let:id>
                <BucketRows id/>
            </For>
        </table>
        <div class="row below-table">
            <button type="button" class="ghost small needs-script" on:click=add disabled=is_full>
                "Add bucket"
            </button>
            <div class="spacer"></div>
            <Allocated/>
        </div>
        <GroupFault path="buckets"/>
    }
}

/// How much of the capital is given to buckets.
#[component]
fn Allocated() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let allocated = Memo::new(move |_| workbench.draft.with(|draft| draft.allocated()));
    // The model takes 100 ± 0.01.
    let is_whole = move || allocated.get().is_some_and(|percent| (percent - 100.0).abs() < 0.010_000_5);
    let words = move || match allocated.get() {
        None => "a share is missing".to_owned(),
        Some(percent) => {
            let text = typed(percent, Unit::Percent);
            let off = typed((percent - 100.0).abs(), Unit::Percent);
            match percent {
                _ if is_whole() => format!("{text} % allocated"),
                _ if percent < 100.0 => format!("{text} % allocated, {off} % left"),
                _ => format!("{text} % allocated, {off} % too much"),
            }
        }
    };
    view! {
        <span class="small" class:good=is_whole class:bad=move || !is_whole() role="status">{words}</span>
    }
}

fn name_id(id: BucketId) -> String {
    format!("bucket-{id}-name")
}

pub(super) fn more_id(id: BucketId) -> String {
    format!("bucket-{id}-more")
}

/// The rows of one bucket: its figures, its details while open, what is wrong with it.
#[component]
fn BucketRows(
    /// Which bucket.
    id: BucketId,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let is_open = RwSignal::new(false);
    let details_id = format!("bucket-{id}-details");
    let bucket = workbench.provide_bucket(id);
    let name = Memo::new(move |_| bucket.read(|bucket| bucket.name.trim().to_owned()));
    let field = move |field| Field::Bucket(id, field);
    let label = move |what: &'static str| Signal::derive(move || format!("{what}, {}", name.get()));
    let share = move || {
        let percent = bucket.read(|bucket| number(&bucket.capital, Unit::Percent)).unwrap_or(0.0);
        format!("{}%", percent.clamp(0.0, 100.0))
    };
    let move_by = move |by: isize, focus_id: String| {
        workbench.edit(|draft| draft.move_bucket(id, by));
        focus_soon(focus_id);
    };
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowUp" => -1,
            "ArrowDown" => 1,
            _ => return,
        };
        if event.alt_key() {
            event.prevent_default();
            let focused = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
            move_by(by, focused.unwrap_or_else(|| name_id(id)));
        }
    };
    let remove = move |_| {
        let place = workbench.draft.with_untracked(|draft| draft.place(id)).unwrap_or(0);
        workbench.edit(|draft| draft.remove_bucket(id));
        let neighbour = workbench
            .draft
            .with_untracked(|draft| draft.buckets.get(place).or(draft.buckets.last()).map(|bucket| bucket.id));
        if let Some(neighbour) = neighbour {
            focus_soon(name_id(neighbour));
        }
    };
    let is_first = move || workbench.order.with(|order| order.first() == Some(&id));
    let is_last = move || workbench.order.with(|order| order.last() == Some(&id));
    let is_only = move || workbench.order.with(Vec::len) == 1;
    view! {
        <tbody on:keydown=on_key>
            <tr>
                <td>
                    <FieldInput field=field(BucketField::Name) label=label("Name") id=name_id(id) class="words strong"/>
                </td>
                <td>
                    <FieldInput field=field(BucketField::Capital) label=label("Capital, percent")/>
                    <svg class="share" height="4" aria-hidden="true"><rect width=share height="4" rx="2"/></svg>
                </td>
                <td><FieldInput field=field(BucketField::Deals) label=label("Deals")/></td>
                <td><FieldInput field=field(BucketField::Loss) label=label("Lose all, percent of deals")/></td>
                <td><FieldInput field=field(BucketField::Cap) label=label("Cap, multiple") placeholder="none"/></td>
                <td>
                    <button
                        type="button"
                        class="ghost icon needs-script"
                        id=more_id(id)
                        aria-expanded=move || is_open.get().to_string()
                        aria-controls=details_id.clone()
                        aria-label=move || format!("{}: how one deal comes out, order, remove", name.get())
                        on:click=move |_| is_open.update(|open| *open = !*open)
                    >
                        <svg class="chevron" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                            <path d="M2.5 4.5 6 8l3.5-3.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>
                        </svg>
                    </button>
                </td>
            </tr>
            <BucketFaults id/>
            <tr class="details" id=details_id hidden=move || !is_open.get()>
                <td colspan="6">
                    {move || is_open.get().then(|| view! { <ShapeInputs id/> })}
                    <div class="row tight">
                        <button
                            type="button"
                            class="ghost small"
                            id=format!("bucket-{id}-up")
                            aria-disabled=move || is_first().then_some("true")
                            title="Alt + ↑"
                            on:click=move |_| move_by(-1, format!("bucket-{id}-up"))
                        >
                            "Move up"
                        </button>
                        <button
                            type="button"
                            class="ghost small"
                            id=format!("bucket-{id}-down")
                            aria-disabled=move || is_last().then_some("true")
                            title="Alt + ↓"
                            on:click=move |_| move_by(1, format!("bucket-{id}-down"))
                        >
                            "Move down"
                        </button>
                        <div class="spacer"></div>
                        <button
                            type="button"
                            class="ghost small danger"
                            aria-label=move || format!("Remove {}", name.get())
                            disabled=is_only
                            on:click=remove
                        >
                            "Remove"
                        </button>
                    </div>
                </td>
            </tr>
            <tr class="shape-line" hidden=move || is_open.get()>
                <td colspan="6" class="muted small">{move || bucket.read(shape_words)}</td>
            </tr>
        </tbody>
    }
}

/// One deal's shape in a few words.
fn shape_words(bucket: &DraftBucket) -> String {
    match bucket.shape {
        Shape::PowerLaw => format!("Power law · median {} ×, P90 {} ×", bucket.median.trim(), bucket.p90.trim()),
        Shape::Table => {
            let bands = bucket.bands.len();
            let last = bucket.bands.last().map_or("", |band| band.to.trim());
            format!("Outcome table · {bands} bands to {last} ×, tail exponent {}", bucket.tail_exponent.trim())
        }
    }
}

/// What is wrong with a bucket, one line per field.
#[component]
fn BucketFaults(
    /// Which bucket.
    id: BucketId,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let faults = Memo::new(move |_| {
        let Some(place) = workbench.place(id) else { return Vec::new() };
        let path = format!("buckets[{place}]");
        workbench.faults.with(|faults| {
            faults
                .within(&path)
                .into_iter()
                .map(|(fault, message)| {
                    let words = field_words(fault[path.len()..].trim_start_matches('.'));
                    (fault_id(&fault), format!("{words}{message}"))
                })
                .collect::<Vec<_>>()
        })
    });
    move || {
        let faults = faults.get();
        (!faults.is_empty()).then(|| {
            let lines = faults.into_iter().map(|(id, text)| view! { <p class="fault" id=id>{text}</p> });
            view! { <tr class="fault-line"><td colspan="6">{lines.collect_view()}</td></tr> }
        })
    }
}

/// What the page calls a member of a bucket.
fn field_words(member: &str) -> String {
    match member {
        "" => String::new(),
        "name" => "Name: ".into(),
        "capitalAllocation" => "Capital: ".into(),
        "deals" => "Deals: ".into(),
        "lossProbability" => "Lose all: ".into(),
        "maxMoic" => "Cap: ".into(),
        "moicCalibration.median" => "Median: ".into(),
        "moicCalibration.p90" => "P90: ".into(),
        "outcomeTable.tailExponent" => "Tail exponent: ".into(),
        "outcomeTable.bands" | "outcomeTable" => "Outcome table: ".into(),
        _ => match member.strip_prefix("outcomeTable.bands[").and_then(|rest| rest.split_once(']')) {
            Some((band, part)) => {
                let number = band.parse::<usize>().map_or(0, |band| band + 1);
                let part = if part == ".share" { "deals" } else { "up to" };
                format!("Band {number}, {part}: ")
            }
            None => format!("{member}: "),
        },
    }
}
