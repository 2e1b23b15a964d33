//! How each figure is computed: what it means, its formula, its error, where the method was published, an example with
//! the opening fund's own numbers, and what it does not say. [`FIGURES`] is the one place; pages and links follow it.

mod article;
mod example;
mod texts;
mod working;

use foliocast_core::scenario::Summary;

pub use example::{Kind, Line};
pub use texts::FIGURES;

use crate::server_functions::Article;

/// A figure and how it is computed.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Name of its page under `/figures`.
    pub name: &'static str,
    /// As pages call it.
    pub title: &'static str,
    /// What it is, in words.
    pub definition: &'static str,
    /// The formula, a line each; `_` and `^` lower and raise the next letter or what is in braces. S scenarios have the
    /// multiples x_1 … x_S.
    pub formula: &'static [&'static str],
    /// How its error is found, or why it has none.
    pub error: &'static str,
    /// Where the method was published.
    pub sources: &'static [&'static str],
    /// What a reader should not take from it.
    pub says_not: &'static str,
    /// Figures of the opening fund, by their place in a summary.
    pub example: &'static [Line],
    /// The example's arithmetic with its own numbers.
    working: fn(&Summary) -> String,
}

/// The page of one figure; `None` where none has this name.
pub fn explanation(name: &str) -> Option<Article> {
    let figure = FIGURES.iter().find(|figure| figure.name == name)?;
    Some(Article { title: format!("How it is computed: {}", figure.title), html: article::of_figure(figure) })
}

/// The list of figures, and the terms they are made of.
pub fn index() -> Article {
    Article { title: "How the figures are computed".to_owned(), html: article::of_index() }
}
