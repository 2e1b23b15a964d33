//! Signing in, and one's account: written whole by the server, with forms that work without scripts.

mod account;
mod sign_in;

pub use account::Notice;
pub use sign_in::SignIn;

pub(crate) use account::account_article;
pub(crate) use sign_in::sign_in_article;

use leptos::prelude::*;

/// The HTML of a view that never comes alive.
pub(crate) fn html_of(view: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new();
    let html = owner.with(|| view().to_html());
    owner.cleanup();
    crate::report::without_marks(&html)
}
