//! Explained figures and terms: every link has its page, every page its parts.

use std::collections::BTreeSet;
use std::sync::Arc;

use foliocast_app::components::{Basis, FIGURE_PAGES, Results};
use foliocast_app::figures::{FIGURES, explanation, index};
use foliocast_app::glossary::TERMS;
use leptos::prelude::*;

use crate::sample;

fn is_page(name: &str) -> bool {
    explanation(name).is_some()
}

/// The names of the pages under `/figures` that a piece of HTML links to.
fn linked(html: &str) -> BTreeSet<String> {
    html.split("href=\"/figures/").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
}

#[test]
fn every_key_figure_and_every_chart_leads_to_a_page_that_exists() {
    let owner = Owner::new();
    let html = owner.with(|| {
        let summary = Signal::stored(Some(Arc::new(sample::summary(["a", "b", "c"]))));
        view! { <Results summary warnings=Signal::stored(Vec::new()) basis=RwSignal::new(Basis::Recycled)/> }.to_html()
    });
    let linked = linked(&html);
    assert!(linked.iter().all(|name| is_page(name)), "{linked:?}");
    assert!(FIGURE_PAGES.iter().all(|name| linked.contains(*name)), "{linked:?}");
    assert_eq!(html.matches("class=\"explain\"").count(), FIGURE_PAGES.len() + html.matches("class=\"card\"").count());
    for label in ["How “Median” is computed", "How “Capital put to work” is computed"] {
        assert!(html.contains(label), "{label}");
    }
}

#[test]
fn the_list_names_every_figure_and_every_term() {
    let html = index().html;
    assert_eq!(linked(&html), FIGURES.iter().map(|figure| figure.name.to_owned()).collect());
    for term in &TERMS {
        assert!(html.contains(&format!("<dt>{}</dt>", term.name)), "{}", term.name);
    }
}

#[test]
fn every_page_says_what_it_is_how_it_is_computed_how_sure_it_is_and_where_that_was_published() {
    for figure in &FIGURES {
        let page = explanation(figure.name).expect("a page");
        for part in ["Formula", "How sure it is", "Example: the opening fund", "What it does not say", "Published"] {
            assert!(page.html.contains(&format!("<h2>{part}</h2>")), "{}: {part}", figure.name);
        }
        assert!(!page.html.contains("style="), "{}", figure.name);
        assert!(!figure.formula.is_empty() && !figure.sources.is_empty() && !figure.example.is_empty());
        assert!(page.title.ends_with(figure.title));
    }
    let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    assert_eq!(names.len(), FIGURES.len(), "each has a name of its own");
    assert!(explanation("nothing").is_none());
}

#[test]
fn terms_are_short_in_order_and_lead_somewhere() {
    for term in &TERMS {
        assert!(term.definition.chars().count() <= 140, "{}: {}", term.name, term.definition.chars().count());
        assert!(term.definition.ends_with('.'), "{}", term.name);
        assert!(term.figure.is_none_or(is_page), "{}", term.name);
    }
    let key = |name: &str| (name.starts_with(|letter: char| letter.is_ascii_digit()), name.to_lowercase());
    assert!(TERMS.windows(2).all(|pair| key(pair[0].name) < key(pair[1].name)), "alphabetical");
}
