//! Multiples as money, where the page knows how large the fund is.

use leptos::prelude::*;

use crate::api::FundSize;
use crate::format;

/// What turns the fund's multiples into money; pages that know no size show multiples alone.
#[derive(Clone, Copy)]
pub struct Amounts(Signal<Option<FundSize>>);

impl Amounts {
    /// Lets the parts of the page inside the present one know the fund's size.
    pub fn provide(size: impl Into<Signal<Option<FundSize>>>) {
        provide_context(Self(size.into()));
    }

    /// What the present part of the page knows.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self(Signal::stored(None)))
    }

    /// Whether there is a size.
    pub fn are_known(self) -> bool {
        self.0.with(Option::is_some)
    }

    /// What so many times the invested capital is in money: `$112 m`.
    pub fn of(self, multiple: f64) -> Option<String> {
        self.0.with(|size| size.as_ref().map(|size| format::money(multiple * size.amount, &size.currency)))
    }

    /// A text of a multiple with its money behind it: `2.24 × · $112 m`.
    pub fn beside(self, text: String, multiple: f64) -> String {
        match self.of(multiple) {
            Some(money) => format!("{text} · {money}"),
            None => text,
        }
    }
}
