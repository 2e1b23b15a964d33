//! A table into the clipboard, for a spreadsheet.

use std::time::Duration;

use leptos::prelude::*;

use super::Table;
use crate::browser::{self, Copied};

/// How long it says what became of the copy: a refusal is a sentence to read.
const FEEDBACK: Duration = Duration::from_secs(6);

/// The button that copies the table behind a chart, with its numbers in full, and a word on whether that worked.
#[component]
pub(crate) fn CopyTable(
    /// The table.
    table: Signal<Table>,
) -> impl IntoView {
    let feedback = RwSignal::new("");
    let copy = move |_| {
        let (text, html) = table.with_untracked(|table| (table.to_tsv(), table.to_html()));
        leptos::task::spawn_local(async move {
            let words = match browser::copy_table(&text, &html).await {
                Copied::Done => "Copied",
                Copied::Refused => "Not copied: this browser refuses. Take the CSV.",
                Copied::PlainHttp => "Not copied: a page that came over plain HTTP may not. Take the CSV.",
            };
            // The card may have gone meanwhile.
            let _ = feedback.try_set(words);
            set_timeout(
                move || {
                    let _ = feedback.try_set("");
                },
                FEEDBACK,
            );
        });
    };
    view! {
        <span class="note" role="status">{feedback}</span>
        <button type="button" on:click=copy>"Copy"</button>
    }
    .into_any()
}
