//! Where a number comes from, in a few words.

use leptos::prelude::*;

/// What a badge says about what it stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BadgeKind {
    /// Made in this browser, quickly: "preview, 10,000 rows, this browser, 1.4 ms".
    #[default]
    Preview,
    /// The server's kept result: "authoritative, 1,000,000 rows, memory, 0.8 ms, stored bytes checked".
    Authoritative,
    /// Recomputed and equal: "same bits as the server, 10 of 10 blocks verified".
    Verified,
    /// Something a reader should know.
    Warn,
    /// Something failed or differs.
    Error,
}

impl BadgeKind {
    fn class(self) -> &'static str {
        match self {
            Self::Preview => "badge preview",
            Self::Authoritative => "badge authoritative",
            Self::Verified => "badge verified",
            Self::Warn => "badge warn",
            Self::Error => "badge error",
        }
    }
}

/// A pill with a mark that differs by shape, not by colour alone.
#[component]
pub fn Badge(
    /// What it says about what it stands beside.
    #[prop(into)]
    kind: Signal<BadgeKind>,
    /// The words.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let mark = move || match kind.get() {
        BadgeKind::Preview => "M3 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
        BadgeKind::Authoritative => "M2.5 2.5h7v7h-7z",
        BadgeKind::Verified => "M1.8 6.6 4.8 9.4 10.4 2.6 9.3 1.8 4.7 7.4 2.8 5.5z",
        BadgeKind::Warn => "M6 1.2 11.4 10.8H.6z",
        BadgeKind::Error => {
            "M2.4 1.2 6 4.8 9.6 1.2 10.8 2.4 7.2 6 10.8 9.6 9.6 10.8 6 7.2 2.4 10.8 1.2 9.6 4.8 6 1.2 2.4z"
        }
    };
    view! {
        <span class=move || kind.get().class()>
            <svg width="10" height="10" viewBox="0 0 12 12" aria-hidden="true"><path d=mark fill="currentColor"/></svg>
            <span>{text}</span>
        </span>
    }
}
