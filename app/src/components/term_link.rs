//! A term of the field where it is used, with what it means.

use leptos::prelude::*;

use super::explain::address;
use crate::glossary::{TERMS, Term};

/// A term with its definition: on hovering, for readers who do not see it, and behind the link at length.
#[component]
pub fn TermLink(
    /// Its name in the glossary.
    name: &'static str,
    /// How it is written here, where that is not its name.
    #[prop(optional)]
    words: Option<&'static str>,
) -> impl IntoView {
    let found = TERMS.iter().find(|term| term.name == name);
    let definition = found.map_or("", |term| term.definition);
    let href = found.and_then(|Term { figure, .. }| *figure).map_or_else(|| "/figures".to_owned(), address);
    view! { <a class="term" href=href title=definition aria-description=definition>{words.unwrap_or(name)}</a> }
        .into_any()
}
