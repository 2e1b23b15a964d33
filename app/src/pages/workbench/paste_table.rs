//! The ways a table comes from a spreadsheet: into a box, or over the bands.

use leptos::prelude::*;
use web_sys::ClipboardEvent;

use super::draft::{BucketId, DraftBand};
use super::pasted::read_table;
use super::preset_menu::left_out_words;
use super::state::{ThisBucket, Workbench};
use crate::browser::pasted_text;

/// What became of the last table that was pasted.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    /// It replaced the bands by these, understood in these words.
    Used(Vec<DraftBand>, String),
    /// Nothing changed: what was not understood.
    Refused(Vec<String>),
}

/// Takes tables from a spreadsheet into a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct TablePaste {
    workbench: Workbench,
    id: BucketId,
    outcome: RwSignal<Option<Outcome>>,
}

impl TablePaste {
    /// For bucket `id`, before anything was pasted.
    pub(super) fn new(workbench: Workbench, id: BucketId) -> Self {
        Self { workbench, id, outcome: RwSignal::new(None) }
    }

    /// Takes what is pasted over the bands where it is more than one cell.
    pub(super) fn over_bands(self, event: &ClipboardEvent) {
        if self.take_cells(event) {
            event.prevent_default();
        }
    }

    /// Takes what is pasted where it is more than one cell; whether it is.
    fn take_cells(self, event: &ClipboardEvent) -> bool {
        let text = pasted_text(event);
        let has_cells = text.trim().contains(['\n', '\t']);
        if has_cells {
            self.take(&text);
        }
        has_cells
    }

    /// Replaces the table by the one in `text`, in one edit; where that is none, nothing changes.
    fn take(self, text: &str) {
        match read_table(text) {
            Err(faults) => self.outcome.set(Some(Outcome::Refused(faults))),
            Ok(table) => {
                let mut words = format!("Table replaced. {}", table.understood);
                let bands = table.bands.clone();
                self.workbench.edit(|draft| {
                    let Some(bucket) = draft.bucket_mut(self.id) else { return };
                    if let Some(loss) = table.loss {
                        bucket.loss = loss;
                    }
                    if let Some(cap) = bucket.use_table(table.bands) {
                        words.push(' ');
                        words.push_str(&left_out_words(&cap));
                    }
                });
                self.outcome.set(Some(Outcome::Used(bands, words)));
            }
        }
    }
}

/// A box to paste into, and what became of the last table pasted here or over the bands.
#[component]
pub(super) fn PasteTable(
    /// Where it goes.
    paste: TablePaste,
) -> impl IntoView {
    let bucket = expect_context::<ThisBucket>();
    let text = RwSignal::new(String::new());
    // It is said as long as it is true.
    let used = move || {
        paste.outcome.with(|outcome| match outcome {
            Some(Outcome::Used(bands, words)) => bucket.read(|bucket| bucket.bands == *bands).then(|| words.clone()),
            _ => None,
        })
    };
    let refused = move || {
        paste.outcome.with(|outcome| match outcome {
            Some(Outcome::Refused(faults)) => {
                let lines = faults.iter().map(|fault| view! { <li>{fault.clone()}</li> }).collect_view();
                Some(view! { <ul class="faults" role="alert"><li>"Nothing was changed."</li>{lines}</ul> })
            }
            _ => None,
        })
    };
    view! {
        <details class="paste">
            <summary>"Paste from a spreadsheet"</summary>
            <label class="stacked">
                <span>"Two columns: up to which multiple, and the share of deals, as in “1–5  25.3 %”; “50+” is the open last band"</span>
                <textarea
                    rows="5"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                    // The text stays in the box, to be corrected where it was not understood.
                    on:paste=move |event: ClipboardEvent| { paste.take_cells(&event); }
                ></textarea>
            </label>
            <button type="button" class="ghost small" on:click=move |_| paste.take(&text.get_untracked())>"Use as table"</button>
        </details>
        <p class="good small" role="status">{used}</p>
        {refused}
    }
    .into_any()
}
