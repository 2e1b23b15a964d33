//! Which figure, and how far inputs are moved.

use leptos::prelude::*;

use super::lever::Steps;
use crate::components::KeyFigure;

/// Steps of multiples, exponents, years and deals, percent of their value.
const PERCENTS: [u32; 4] = [5, 10, 20, 50];
/// Steps of shares and weights, percentage points.
const POINTS: [u32; 4] = [1, 2, 5, 10];

/// The three choices.
#[component]
pub(super) fn Controls(
    /// The figure that inputs are ranked by.
    figure: RwSignal<KeyFigure>,
    /// How far they are moved.
    steps: RwSignal<Steps>,
) -> impl IntoView {
    let choose_figure = move |event| {
        let chosen = event_target_value(&event);
        if let Some(chosen) = KeyFigure::ALL.into_iter().find(|figure| figure.label() == chosen) {
            figure.set(chosen);
        }
    };
    let choose_step = move |event, set: fn(&mut Steps, u32)| {
        if let Ok(step) = event_target_value(&event).parse() {
            steps.update(|steps| set(steps, step));
        }
    };
    let figures = KeyFigure::ALL.map(|this| {
        view! { <option selected=move || figure.get() == this>{this.label()}</option> }
    });
    let options = move |all: [u32; 4], unit: &'static str, of: fn(Steps) -> u32| {
        let option = move |step: u32| {
            view! { <option value=step selected=move || of(steps.get()) == step>{format!("± {step} {unit}")}</option> }
        };
        all.map(option)
    };
    view! {
        <div class="drivers-controls">
            <label>
                "Figure" <select autocomplete="off" on:change=choose_figure>{figures}</select>
            </label>
            <label>
                "Shares and weights"
                <select autocomplete="off" on:change=move |event| choose_step(event, |steps, step| steps.points = step)>
                    {options(POINTS, "points", |steps| steps.points)}
                </select>
            </label>
            <label>
                "All else"
                <select autocomplete="off" on:change=move |event| choose_step(event, |steps, step| steps.percent = step)>
                    {options(PERCENTS, "%", |steps| steps.percent)}
                </select>
            </label>
        </div>
    }
    .into_any()
}
