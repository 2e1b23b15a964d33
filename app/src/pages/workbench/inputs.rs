//! The inputs panel.

use leptos::prelude::*;

use super::buckets::Buckets;
use super::draft::Field;
use super::faults::Faults;
use super::field::{FieldFault, FieldInput};
use super::fund_head::FundHead;
use super::import::Imports;
use super::link::LinkState;
use super::sliders::{RecyclingInputs, WeightSliders};
use super::state::{Size, Workbench};
use super::typed::{Unit, typed};
use crate::browser;
use crate::components::{Basis, SummaryLine};
use crate::engine::most_rows;

/// Rows that the preview may sharpen to.
const PREVIEW_ROWS: [u32; 5] = [10_000, 40_000, 100_000, 400_000, 1_000_000];

/// Groups whose messages stand beside them; all else that belongs to no field stands at the top.
const GROUPS: [&str; 10] = [
    "fundId",
    "fundSize",
    "numScenarios",
    "seed",
    "buckets",
    "correlationWeights",
    "recycling.reinvestmentRate",
    "recycling.maxRecycledShare",
    "recycling.avgHoldingPeriod",
    "recycling.fundLifetime",
];

/// Whether what is wrong at `path` is said beside its field or group.
fn has_its_place(path: &str) -> bool {
    path.starts_with("buckets[") || GROUPS.contains(&path)
}

/// The inputs panel.
#[component]
pub(super) fn Inputs(
    /// Which distribution of the fund is in front.
    basis: RwSignal<Basis>,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    view! {
        <section
            class="inputs"
            aria-label="Inputs"
            on:input:capture=move |event: leptos::ev::Event| workbench.preview.note_input(event.time_stamp())
        >
            <FundHead/>
            <Imports/>
            <LinkNote/>
            <LeftoverFaults/>
            <Buckets/>
            <WeightSliders/>
            <RecyclingInputs/>
            <RunInputs/>
            <FaultAnnouncement/>
            <SummaryLine fund=workbench.fund() basis/>
        </section>
    }
}

/// What came with the address, while that matters.
#[component]
fn LinkNote() -> impl IntoView {
    const GO_ON_ID: &str = "go-on-without-link";
    let state = expect_context::<Workbench>().link.state;
    let go_on = move |_| {
        browser::hand_on_focus(GO_ON_ID, "content");
        state.set(LinkState::Idle);
    };
    view! {
        <div role="status">
            {move || (state.get() == LinkState::Loading).then(|| view! { <p class="notice">"Loading from link …"</p> })}
        </div>
        {move || match state.get() {
            LinkState::Idle | LinkState::Loading => None,
            LinkState::Broken(message) => Some(
                view! {
                    <div class="notice error" role="alert">
                        <p>{message}</p>
                        <button type="button" class="ghost small" id=GO_ON_ID on:click=go_on>
                            "Go on with the default fund"
                        </button>
                    </div>
                },
            ),
        }}
    }
}

/// Faults that belong to no field of the panel, each with its path.
#[component]
fn LeftoverFaults() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let leftover = Memo::new(move |_| {
        workbench.faults.with(|faults| faults.iter().filter(|(path, _)| !has_its_place(path)).collect::<Vec<_>>())
    });
    move || {
        let leftover = leftover.get();
        (!leftover.is_empty()).then(|| {
            let lines = leftover.into_iter().map(|(path, message)| {
                let text = if path.is_empty() { message } else { format!("{path}: {message}") };
                view! { <li>{text}</li> }
            });
            view! { <ul class="faults" role="alert">{lines.collect_view()}</ul> }
        })
    }
}

/// The newest message beside a field, for readers who do not see it appear; sums have a line that speaks for itself.
#[component]
fn FaultAnnouncement() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let told = Memo::new(move |told: Option<&(Faults, String)>| {
        let faults = workbench.faults.get();
        let newest = faults.iter().find(|(path, message)| {
            let is_told = told.is_some_and(|(before, _)| before.at(path).as_ref() == Some(message));
            has_its_place(path) && path != "buckets" && !is_told
        });
        let words = match (newest, told) {
            (Some((_, message)), _) => message,
            (None, Some((_, words))) if !faults.is_empty() => words.clone(),
            (None, _) => String::new(),
        };
        (faults, words)
    });
    let words = Memo::new(move |_| told.with(|(_, words)| words.clone()));
    view! { <p class="unseen" role="status">{words}</p> }
}

/// Fund, seed, rows.
#[component]
fn RunInputs() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let choose_rows = move |event| {
        if let Ok(rows) = event_target_value(&event).parse() {
            workbench.preview_rows.set(rows);
        }
    };
    let limit_words = move || {
        let Size { deals, buckets } = workbench.size.get()?;
        let most = most_rows(deals, buckets);
        let words = format!("So many deals: the preview ends at {} rows.", typed(most.into(), Unit::Count));
        (most < workbench.preview_rows.get()).then(|| view! { <p class="muted small" role="status">{words}</p> })
    };
    let options = PREVIEW_ROWS.map(|rows| {
        view! {
            <option value=rows selected=move || workbench.preview_rows.get() == rows>
                {typed(rows.into(), Unit::Count)}
            </option>
        }
    });
    view! {
        <h2>"Run"</h2>
        <div class="run-inputs">
            <label class="stacked">
                <span>"Fund"</span>
                <FieldInput field=Field::FundId label="Fund" class="boxed words"/>
            </label>
            <label class="stacked">
                <span>"Fund size"</span>
                <FieldInput
                    field=Field::FundSize
                    label="Fund size: invested capital, as in 50m USD"
                    class="boxed words"
                    placeholder="none"
                />
            </label>
            <div class="stacked">
                <span id="seed-label">"Seed"</span>
                <div class="row tight">
                    <FieldInput field=Field::Seed label="Seed: equal seeds give equal scenarios" class="boxed words"/>
                    <button
                        type="button"
                        class="ghost small needs-script"
                        title="Draw other scenarios of the same fund"
                        on:click=move |_| workbench.edit(|draft| draft.seed = fresh_seed())
                    >
                        "Fresh"
                    </button>
                </div>
            </div>
            <label class="stacked">
                <span>"Rows on the server"</span>
                <FieldInput field=Field::NumScenarios label="Rows of the run on the server" class="boxed"/>
            </label>
            <label class="stacked">
                <span>"Preview sharpens to"</span>
                <select class="boxed" autocomplete="off" on:change=choose_rows>{options}</select>
            </label>
        </div>
        <FieldFault field=Field::FundId/>
        <FieldFault field=Field::FundSize/>
        <FieldFault field=Field::Seed/>
        <FieldFault field=Field::NumScenarios/>
        {limit_words}
    }
}

/// A seed nobody had before: 53 random bits in decimal, easy to read out.
fn fresh_seed() -> String {
    let mut bytes = [0; 8];
    // Without randomness the clock of the page would do worse than an old seed; the seed then stays "0".
    let _ = getrandom::fill(&mut bytes);
    (u64::from_le_bytes(bytes) >> 11).to_string()
}
