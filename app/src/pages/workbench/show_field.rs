//! The way from a warning to the input it is about.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::buckets::more_id;
use super::field::input_id;
use super::state::Workbench;

/// Puts the focus on the input for the setting at `path`; of the bucket with the name `bucket` where it is a bucket's,
/// since a run orders buckets by itself. Inputs that are folded away are reached by what unfolds them.
pub(super) fn show_field(workbench: Workbench, path: &str, bucket: Option<&str>) {
    let member = path.split_once("].").map_or(path, |(_, member)| member);
    let (path, otherwise) = workbench.draft.with_untracked(|draft| {
        let place = bucket.and_then(|name| draft.buckets.iter().position(|bucket| bucket.name.trim() == name));
        match place {
            Some(place) => (format!("buckets[{place}].{member}"), Some(more_id(draft.buckets[place].id))),
            None => (path.to_owned(), None),
        }
    });
    // A path of several settings leads to the first of them.
    let first = document().query_selector(&format!("[id^='{}']", input_id(&path))).ok().flatten();
    let element = first.or_else(|| document().get_element_by_id(&otherwise?));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus keeps the page as it is.
        let _ = element.focus();
    }
}
