//! The page Scenarios: inputs on the left, what they mean on the right, alive.

mod actions;
mod buckets;
mod comparison_card;
pub mod convergence;
mod draft;
pub mod drivers;
mod faults;
mod field;
pub mod file;
pub mod fragment;
mod fund_head;
mod fund_menu;
mod fund_size;
mod funds;
pub mod history;
mod import;
mod in_view;
mod inputs;
mod kept;
mod link;
mod outlook;
mod paste_table;
mod pasted;
mod pin_strip;
mod pins;
mod power_law;
mod preset_menu;
mod presets;
mod range;
mod server_run;
mod shape;
mod shortcuts;
mod show_field;
mod sliders;
mod state;
mod status;
mod typed;
mod undo;
mod weights;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

pub use draft::{
    BucketField, BucketId, Change, Check, Draft, DraftBand, DraftBucket, Field, Shape, changes, difference,
};
pub use faults::Faults;
pub use fund_menu::copy_name;
pub use fund_size::{NO_CURRENCY, fund_size, fund_size_text};
pub use outlook::{cap_words, tail_words};
pub use pasted::{PastedTable, read_table};
pub use pins::{MOST_PINS, Pin, Pins};
pub use presets::{PRESETS, Preset, Weighting};
pub use range::median_to_p90;
pub use typed::{Unit, number, number_in, typed, typed_in};
pub use weights::{WEIGHT_NAMES, Weights};

use crate::Assets;
use crate::browser::enter_early_inputs;
use crate::components::{Amounts, Basis, Results};
use crate::default_run::default_run;
use actions::Actions;
use comparison_card::ComparisonCard;
use convergence::Convergence;
use drivers::Drivers;
use funds::FundState;
use inputs::Inputs;
use pin_strip::PinStrip;
pub(crate) use state::LastDraft;
pub use state::Size;
use state::Workbench;
use status::{Provenance, Standing};

/// The page Scenarios.
#[component]
pub fn WorkbenchPage() -> impl IntoView {
    let last = expect_context::<LastDraft>();
    let workbench = Workbench::new(last.or_default(), expect_context::<Pins>());
    provide_context(workbench);
    Amounts::provide(workbench.fund_size);
    // Known to both sides; a configuration in the address, which only the browser knows, comes before it.
    let asked = use_query_map().with_untracked(|query| query.get("fund")).filter(|id| !id.is_empty());
    if let Some(id) = asked.clone() {
        workbench.funds.state.set(FundState::Opening(id));
    }
    let run = default_run();
    let basis = RwSignal::new(Basis::default());
    let show_field = Callback::new(move |(path, bucket): (String, Option<String>)| {
        show_field::show_field(workbench, &path, bucket.as_deref());
    });
    // Nothing is about to change in a page without scripts.
    let is_alive = RwSignal::new(false);
    let is_busy = Signal::derive(move || is_alive.get() && workbench.is_busy());
    // Browser interfaces act from here on, after the first render.
    Effect::new(move |_| {
        workbench.come_alive(&Assets::current(), last, asked.clone());
        is_alive.set(true);
    });
    view! {
        <Title text="Scenarios"/>
        <div class="workbench">
            <Inputs basis/>
            <div class="outcome">
                <Actions/>
                <Standing/>
                <PinStrip/>
                <Transition>
                    {move || Suspend::new(async move {
                        if let Ok(run) = run.await {
                            workbench.opening.set(Some(Arc::new(run.into())));
                        }
                        // This part comes alive last.
                        Effect::new(move |_| {
                            if !link::is_in_address() && !workbench.kept.was_restored() {
                                enter_early_inputs();
                            }
                        });
                        // Without the server's figures the first preview frame fills the panel.
                        view! {
                            <Results
                                summary=workbench.summary()
                                fund=workbench.fund()
                                warnings=workbench.warnings()
                                basis
                                is_busy
                                show_field
                                overlays=workbench.overlays()
                                comparison=move || view! { <ComparisonCard basis/> }
                            >
                                <Provenance/>
                            </Results>
                        }
                    })}
                </Transition>
                {move || is_alive.get().then(|| view! {
                    <Convergence basis/>
                    <Drivers basis show_field/>
                })}
            </div>
        </div>
    }
    .into_any()
}
