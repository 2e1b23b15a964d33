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
    let Steps { percent, points } = steps.get_untracked();
    let figures = KeyFigure::ALL.map(|figure| figure.label().to_owned());
    let step_words = |all: [u32; 4], unit: &str| all.map(|step| format!("± {step} {unit}")).to_vec();
    let place_of = |all: [u32; 4], step: u32| all.iter().position(|&other| other == step);
    let choose_figure = Callback::new(move |place: usize| figure.set(KeyFigure::ALL[place]));
    let choose_points = Callback::new(move |place: usize| steps.update(|steps| steps.points = POINTS[place]));
    let choose_percent = Callback::new(move |place: usize| steps.update(|steps| steps.percent = PERCENTS[place]));
    view! {
        <div class="drivers-controls">
            {choice("Figure", figures.to_vec(), Some(figure.get_untracked() as usize), choose_figure)}
            {choice("Shares and weights", step_words(POINTS, "points"), place_of(POINTS, points), choose_points)}
            {choice("All else", step_words(PERCENTS, "%"), place_of(PERCENTS, percent), choose_percent)}
        </div>
    }
    .into_any()
}

/// One choice among `options`, the one at `first` to begin with.
fn choice(label: &'static str, options: Vec<String>, first: Option<usize>, choose: Callback<usize>) -> AnyView {
    let count = options.len();
    let options = options
        .into_iter()
        .enumerate()
        .map(|(place, words)| view! { <option value=place.to_string() selected=first == Some(place)>{words}</option> })
        .collect_view();
    let on_change = move |event| {
        if let Some(place) = event_target_value(&event).parse().ok().filter(|&place| place < count) {
            choose.run(place);
        }
    };
    view! { <label>{label} " " <select autocomplete="off" on:change=on_change>{options}</select></label> }.into_any()
}
