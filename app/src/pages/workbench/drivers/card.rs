//! The card What drives it.

use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::svg::Svg;

use super::super::draft::Check;
use super::super::in_view::{at_rest, follow_view};
use super::super::state::{Size, Workbench};
use super::super::typed::{Unit, typed};
use super::bars::bars;
use super::controls::Controls;
use super::lever::Steps;
use super::progress::Progress;
use super::ranking::Ranking;
use super::reasons::reasons;
use super::sentences::sentences;
use super::studies::Studies;
use super::study::{Study, Subject};
use crate::charts::ChartCard;
use crate::components::{Basis, KeyFigure, ShowField};
use crate::engine::{PreviewState, stages};
use crate::format;

/// How long inputs must rest before a study of them begins.
const REST: Duration = Duration::from_millis(500);

/// Every input moved by a step, ranked by what that does to a figure.
#[component]
pub(in crate::pages::workbench) fn Drivers(
    /// Which distribution of the fund is in front.
    basis: RwSignal<Basis>,
    /// Leads to an input.
    show_field: ShowField,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let studies = Studies::new();
    let figure = RwSignal::new(KeyFigure::LosesMoney);
    let steps = RwSignal::new(Steps::default());
    let place = NodeRef::<Div>::new();
    let is_in_view = follow_view(place);
    // Out of view nothing follows the inputs.
    let subject = Memo::new(move |_| is_in_view.get().then(|| subject_of(workbench, steps.get())).flatten());
    at_rest(
        subject,
        REST,
        move |subject| {
            studies.study.with_untracked(|study| {
                study.as_ref().is_some_and(|study| study.is_complete && study.subject == *subject)
            })
        },
        move || studies.cancel(),
        move |subject| studies.start(subject),
    );

    let ranking = Memo::new(move |_| {
        let (figure, basis) = (figure.get(), basis.get());
        studies.study.with(|study| study.as_deref().map(|study| Ranking::new(study, figure, basis)))
    });
    let is_behind = Memo::new(move |_| {
        let is_of = |study: &Study| subject.with(|subject| subject.as_ref() == Some(&study.subject));
        is_in_view.get() && studies.study.with(|study| study.as_deref().is_some_and(|study| !is_of(study)))
    });
    let note = Signal::derive(move || {
        let rows = |ranking: &Ranking| format!("{} of this browser, ", format::rows(ranking.num_scenarios));
        let rows = ranking.with(|ranking| ranking.as_ref().map(rows).unwrap_or_default());
        format!("each input moved by itself; {rows}the same draws for all")
    });
    let table =
        Signal::derive(move || ranking.with(|ranking| ranking.as_ref().map(Ranking::table).unwrap_or_default()));
    let svg = NodeRef::<Svg>::new();
    let legend = || {
        view! {
            <span class="legend"><i class="key-other-full"></i>"moved down"</span>
            <span class="legend"><i class="key-mean"></i>"moved up"</span>
        }
    };
    let has_all = RwSignal::new(false);
    let drawn = move || {
        ranking.with(|ranking| {
            let ranking = ranking.as_ref()?;
            let words = if ranking.is_complete { sentences(ranking) } else { Vec::new() };
            let words = words.into_iter().map(|words| view! { <p>{words}</p> }).collect_view();
            Some(view! {
                <div class="drivers-words">{words}</div>
                {bars(ranking, has_all, show_field, svg)}
                {reasons(ranking, show_field)}
            })
        })
    };
    view! {
        <div class="results" node_ref=place>
            <ChartCard title="What drives it" explained="change" note file="drivers" svg table legend>
                <Controls figure steps/>
                <Progress studies is_behind has_study=Signal::derive(move || ranking.with(Option::is_some)) retry=move || study_now(studies, subject)/>
                <div class="drivers" class:earlier=is_behind>{drawn}</div>
            </ChartCard>
        </div>
    }
    .into_any()
}

/// What the present inputs ask to be studied; `None` where they are not valid, or no engine runs here.
fn subject_of(workbench: Workbench, steps: Steps) -> Option<Subject> {
    let is_ready = workbench.preview.state.with(|state| *state == PreviewState::Ready);
    if !is_ready || !workbench.check.with(Check::allows_preview) {
        return None;
    }
    let Size { deals, buckets } = workbench.size.get()?;
    let rows = *stages(workbench.preview_rows.get(), deals, buckets).first()?;
    let mut draft = workbench.draft.get();
    draft.num_scenarios = typed(rows.into(), Unit::Count);
    Some(Subject { draft, steps })
}

fn study_now(studies: Studies, subject: Memo<Option<Subject>>) {
    if let Some(subject) = subject.get_untracked() {
        studies.start(subject);
    }
}
