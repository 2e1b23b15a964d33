//! The pinned variants, by name: opened again, renamed, taken off the page.

use leptos::prelude::*;

use super::pins::{MOST_PINS, Pins};
use super::state::Workbench;
use crate::browser;
use crate::charts::overlay_class;

/// The id of the button that pins; the focus goes there when the last variant goes.
const PIN_ID: &str = "pin";

/// Why what is typed cannot be pinned now.
fn refusal(workbench: Workbench) -> Option<&'static str> {
    if workbench.check.with(|check| check.config.is_none()) {
        return Some("What is typed is not valid yet: see the messages beside the fields");
    }
    workbench.pins.with(|pins| {
        if workbench.check.with(|check| pins.iter().any(|pin| *pin.request == *check.request)) {
            Some("These inputs are pinned already")
        } else if pins.len() >= MOST_PINS {
            Some("Three variants are pinned, as many as there can be: unpin one first")
        } else {
            None
        }
    })
}

/// Puts what is typed aside, to compare what comes next with it.
#[component]
pub(super) fn PinButton() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let refusal = Memo::new(move |_| refusal(workbench));
    let told = RwSignal::new(String::new());
    let pin = move |_| {
        if refusal.with_untracked(Option::is_some) {
            return;
        }
        let request = workbench.check.with_untracked(|check| check.request.clone());
        let Some(size) = workbench.size.get_untracked() else { return };
        if let Some(id) = workbench.pins.pin(workbench.draft.get_untracked(), &request, size) {
            let name = workbench.pins.read(id, |pin| pin.name.clone()).unwrap_or_default();
            workbench.keep_soon();
            told.set(format!("Pinned as {name}. Change any input to compare with it."));
        }
    };
    view! {
        <button
            type="button"
            class="ghost needs-script"
            id=PIN_ID
            title=move || refusal.get().unwrap_or("Keep this variant on the page and see what changes from it")
            aria-disabled=move || refusal.with(Option::is_some).then_some("true")
            on:click=pin
        >
            "Pin to compare"
        </button>
        <p class="unseen" role="status">{told}</p>
    }
    .into_any()
}

/// The pinned variants.
#[component]
pub(super) fn PinStrip() -> impl IntoView {
    let pins = expect_context::<Workbench>().pins;
    let ids = Memo::new(move |_| pins.with(|pins| pins.iter().map(|pin| pin.id).collect::<Vec<_>>()));
    // The pins of an earlier visit to the page come with its life: the server knows none.
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    move || {
        (is_alive.get() && ids.with(|ids| !ids.is_empty())).then(|| {
            view! {
                <section class="pins" aria-label="Pinned variants">
                    <span class="muted small" aria-hidden="true">"Pinned"</span>
                    <For each=move || ids.get() key=|id| *id let:id>
                        <PinChip pins id/>
                    </For>
                </section>
            }
        })
    }
}

#[component]
fn PinChip(pins: Pins, id: u32) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let name = Memo::new(move |_| pins.read(id, |pin| pin.name.clone()).unwrap_or_default());
    let class = pins.read(id, |pin| overlay_class(pin.slot)).unwrap_or_default();
    let open = move |_| {
        if let Some(draft) = untrack(|| pins.read(id, |pin| pin.draft.clone())) {
            workbench.open(draft);
        }
    };
    let open_id = format!("open-pin-{id}");
    let unpin = move |_| {
        let next = untrack(|| pins.with(|pins| pins.iter().map(|pin| pin.id).find(|&other| other != id)));
        pins.unpin(id);
        workbench.keep_soon();
        browser::focus_soon(next.map_or_else(|| PIN_ID.to_owned(), |next| format!("open-pin-{next}")));
    };
    view! {
        <span class="pin">
            <i class=format!("key-variant {class}") aria-hidden="true"></i>
            <input
                type="text"
                class="pin-name"
                maxlength="24"
                autocomplete="off"
                spellcheck="false"
                aria-label=move || format!("Name of the pinned variant {}", name.get())
                prop:value=name
                on:change=move |event| {
                    let typed = event_target_value(&event).trim().to_owned();
                    if !typed.is_empty() {
                        pins.rename(id, typed);
                        workbench.keep_soon();
                    }
                }
            />
            <button
                type="button"
                class="link small"
                id=open_id
                title="Put this variant’s inputs back into the panel"
                aria-label=move || format!("Open the inputs of {}", name.get())
                on:click=open
            >
                "Open"
            </button>
            <button type="button" class="ghost icon" aria-label=move || format!("Unpin {}", name.get()) on:click=unpin>
                <svg width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
                    <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>
                </svg>
            </button>
        </span>
    }
    .into_any()
}
