//! What charts and pages ask of the browser. Called from effects and event handlers only, which never run on the
//! server.

mod clipboard;
mod download;
mod early_inputs;
mod morph;
mod storage;
mod table_drawing;
mod visibility;

use std::time::Duration;

pub(crate) use clipboard::{Copied, copy_table, copy_text};
pub(crate) use download::{Drawn, download_csv, download_json, download_png, download_svg};
pub(crate) use early_inputs::enter_early_inputs;
#[cfg(feature = "hydrate")]
pub(crate) use early_inputs::remember_early_inputs;
use leptos::prelude::{document, request_animation_frame, set_timeout, window};
pub(crate) use morph::morph;
pub(crate) use storage::Keeping;
pub(crate) use visibility::VisibilityWatch;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, Element, Event, HtmlElement, MouseEvent, PointerEvent};

/// The page's clock, milliseconds.
pub(crate) fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// The time of day, Unix milliseconds.
pub(crate) fn unix_ms() -> f64 {
    js_sys::Date::now()
}

/// Whether the page was loaded again where it was.
pub(crate) fn is_reload() -> bool {
    let entries = window().performance().map(|performance| performance.get_entries_by_type("navigation"));
    let kind = entries.and_then(|entries| js_sys::Reflect::get(&entries.get(0), &"type".into()).ok());
    kind.is_some_and(|kind| kind == "reload")
}

/// Runs `then` in a task of its own when the next frame is painted.
pub(crate) fn after_frame(then: impl FnOnce() + 'static) {
    request_animation_frame(move || set_timeout(then, Duration::ZERO));
}

/// Switches between light and dark and remembers the choice.
pub(crate) fn switch_theme() {
    let Some(root) = document().document_element() else { return };
    let dark = match root.get_attribute("data-theme").as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches()),
    };
    let theme = if dark { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", theme);
    // A browser that refuses storage keeps the choice for this page only.
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item("theme", theme);
    }
}

/// Whether the `<details>` an event comes from is open.
pub(crate) fn is_open(event: &Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|details| details.has_attribute("open"))
}

/// Puts the focus on the element `id` once the page has it.
pub(crate) fn focus_soon(id: String) {
    leptos::task::spawn_local(async move {
        leptos::task::tick().await;
        focus(&id);
    });
}

/// Passes the focus of the element `from`, which is about to go, on to the element `to`.
pub(crate) fn hand_on_focus(from: &str, to: &str) {
    if document().active_element().is_some_and(|element| element.id() == from) {
        focus(to);
    }
}

/// Puts the focus on the element `to` if the element that has it goes with what is being changed.
pub(crate) fn rescue_focus(to: &'static str) {
    let had_focus = document().active_element().is_some_and(|element| element.tag_name() != "BODY");
    if had_focus {
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            if document().active_element().is_none_or(|element| element.tag_name() == "BODY") {
                focus(to);
            }
        });
    }
}

/// Where along an element's width a pointer is, from 0 to 1.
pub(crate) fn fraction_along(element: &Element, event: &MouseEvent) -> Option<f64> {
    let place = element.get_bounding_client_rect();
    let fraction = (f64::from(event.client_x()) - place.left()) / place.width();
    fraction.is_finite().then(|| fraction.clamp(0.0, 1.0))
}

/// Whether a slider is being held: the next input may come at any moment, however long the last one is ago.
pub(crate) fn is_slider_held() -> bool {
    document().query_selector("input[type='range']:active").is_ok_and(|held| held.is_some())
}

/// Keeps a pointer's further moves coming to an element, also outside it, until it is released.
pub(crate) fn hold_pointer(element: &Element, event: &PointerEvent) {
    // Without capture a drag merely ends at the element's border.
    let _ = element.set_pointer_capture(event.pointer_id());
}

/// An RFC 3339 instant in this reader's own time zone and language.
pub(crate) fn local_time(text: &str) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_str(text));
    (!date.get_time().is_nan()).then(|| String::from(date.to_locale_string("default", &JsValue::UNDEFINED)))
}

/// The text that is being pasted; empty where the clipboard holds none.
pub(crate) fn pasted_text(event: &ClipboardEvent) -> String {
    event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default()
}

/// Opens the browser's own window for printing this page.
pub(crate) fn print() {
    // A browser without one, in a kiosk perhaps, leaves the page as it is.
    let _ = window().print();
}

/// Puts the focus on the element with this id.
pub(crate) fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        // An element that cannot take the focus keeps the page as it is.
        let _ = element.focus();
    }
}
