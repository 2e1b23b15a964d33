//! What a person entered before the page came alive.

use std::cell::RefCell;

#[cfg(feature = "hydrate")]
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlInputElement, HtmlSelectElement};

thread_local! {
    static REMEMBERED: RefCell<Vec<(Element, Entry)>> = const { RefCell::new(Vec::new()) };
}

/// What was entered.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a page that comes alive remembers"))]
enum Entry {
    Checked(bool),
    Text { text: String, caret: Option<u32> },
}

/// Remembers what differs from what the server sent. Coming to life puts that back.
#[cfg(feature = "hydrate")]
pub(crate) fn remember_early_inputs() {
    let Ok(elements) = document().query_selector_all("input, select") else { return };
    let elements = (0..elements.length()).filter_map(|index| elements.item(index)?.dyn_into::<Element>().ok());
    let mut changed: Vec<_> = elements
        .filter_map(|element| {
            let entry = entry_of(&element)?;
            Some((element, entry))
        })
        .collect();
    // Choosing may set texts.
    changed.sort_by_key(|(_, entry)| matches!(entry, Entry::Text { .. }));
    REMEMBERED.set(changed);
}

/// Enters what is remembered again, once, for the page to hear. All of the page must be alive: a part that still comes
/// to life expects what the server sent.
pub(crate) fn enter_early_inputs() {
    let bubbling = EventInit::new();
    bubbling.set_bubbles(true);
    for (element, entry) in REMEMBERED.take() {
        match (element.dyn_ref::<HtmlInputElement>(), element.dyn_ref::<HtmlSelectElement>(), entry) {
            (Some(input), _, Entry::Checked(is_checked)) => input.set_checked(is_checked),
            (Some(input), _, Entry::Text { text, caret }) => {
                input.set_value(&text);
                if caret.is_some() {
                    // What has no caret refuses one.
                    let _ = input.set_selection_start(caret).and_then(|()| input.set_selection_end(caret));
                }
            }
            (None, Some(select), Entry::Text { text, .. }) => select.set_value(&text),
            (None, ..) => {}
        }
        for kind in ["input", "change"] {
            if let Ok(event) = Event::new_with_event_init_dict(kind, &bubbling) {
                let _ = element.dispatch_event(&event);
            }
        }
    }
}

/// What an element says, if that is not what the server sent.
#[cfg(feature = "hydrate")]
fn entry_of(element: &Element) -> Option<Entry> {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        if matches!(input.type_().as_str(), "checkbox" | "radio") {
            return (input.checked() != input.default_checked()).then(|| Entry::Checked(input.checked()));
        }
        let caret = input.selection_start().ok().flatten();
        return (input.value() != input.default_value()).then(|| Entry::Text { text: input.value(), caret });
    }
    let select = element.dyn_ref::<HtmlSelectElement>()?;
    let sent = element.query_selector("option[selected]").ok().flatten()?.get_attribute("value")?;
    (select.value() != sent).then(|| Entry::Text { text: select.value(), caret: None })
}
