//! The keys of the pages and the field's terms, over any page.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::TermLink;

/// What each key does, and where.
const KEYS: [(&str, &str); 10] = [
    ("?", "Show this"),
    ("Ctrl Z", "Undo the last change of an input"),
    ("Ctrl Shift Z, Ctrl Y", "Do it again"),
    ("Ctrl S", "Save the fund"),
    ("Ctrl Enter", "Run on the server"),
    ("Alt ↑, Alt ↓", "Move a bucket up or down, in its row"),
    ("← →", "Move a slider, or the line in the distribution"),
    ("Page Up, Page Down", "Move it faster"),
    ("Home, End", "Move it to its end"),
    ("Esc", "Close this"),
];

/// Terms that stand on the workbench.
const TERMS: [&str; 10] = [
    "Bucket",
    "MOIC",
    "Median",
    "P90",
    "Loss probability",
    "Cap",
    "Tail exponent",
    "Recycling",
    "Standard error",
    "Scenario",
];

/// The button that opens the help, and the help.
#[component]
pub fn Help() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // It is in the document and closed, so that nothing can refuse.
            let _ = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    Effect::new(move |_| {
        let keys = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "?" && !is_typing(&event) {
                event.prevent_default();
                open();
            }
        });
        on_cleanup(move || keys.remove());
    });
    let keys = KEYS.map(|(key, words)| view! { <dt><kbd>{key}</kbd></dt><dd>{words}</dd> });
    let terms = TERMS.map(|name| view! { <li><TermLink name/></li> });
    view! {
        <button type="button" class="ghost icon needs-script" aria-label="Keys and terms" title="Keys and terms (?)" on:click=move |_| open()>
            <span aria-hidden="true">"?"</span>
        </button>
        <dialog node_ref=dialog class="help" aria-labelledby="help-title">
            <header class="row">
                <h2 id="help-title">"Keys and terms"</h2>
                <div class="spacer"></div>
                <button type="button" class="ghost small" on:click=move |_| close()>"Close"</button>
            </header>
            <dl class="keys">{keys.collect_view()}</dl>
            <p class="note">"On a Mac, Ctrl is ⌘. Everything can be reached with Tab."</p>
            <h3>"Terms"</h3>
            <ul class="terms-list">{terms.collect_view()}</ul>
            <p><a class="link" href="/figures">"All terms, and how each figure is computed"</a></p>
        </dialog>
    }
    .into_any()
}

/// Whether a key is part of a text.
fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some())
        || event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
}
