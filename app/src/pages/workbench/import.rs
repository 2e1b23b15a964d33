//! Taking configurations in: from a file, dropped on the page, or pasted.

use foliocast_core::Error;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Element, File, HtmlInputElement};

use super::file::{MAX_BYTES, read};
use super::state::Workbench;
use crate::format;

/// What came of the last import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// In a word, what was opened.
    done: String,
    /// Why nothing was, and everything that is wrong.
    refused: Option<(String, Vec<String>)>,
}

impl Workbench {
    /// Opens what a text holds, as one step; where anything is wrong with it, that is told and nothing changes.
    fn import(self, origin: &str, text: &str) {
        let import = match read(text) {
            Ok(draft) => {
                self.open(draft);
                let name = self.draft.with_untracked(|draft| format::isolated(draft.fund_id.trim()));
                Import { done: format!("Opened “{name}” from {origin}."), refused: None }
            }
            Err(errors) => refused(origin, &errors),
        };
        self.imported.set(import);
    }

    /// Takes back what was said of an import: it was about other inputs.
    pub(super) fn forget_import(self) {
        if self.imported.with_untracked(|import| *import != Import::default()) {
            self.imported.set(Import::default());
        }
    }

    /// Opens a file.
    fn import_file(self, file: File) {
        let name = format::isolated(&file.name());
        if file.size() > MAX_BYTES as f64 {
            let size = format::size_bytes(file.size() as u64);
            let most = format::size_bytes(MAX_BYTES as u64);
            let words = format!("“{name}” was not opened: it has {size}, and a configuration at most {most}.");
            return self.imported.set(Import { done: String::new(), refused: Some((words, Vec::new())) });
        }
        leptos::task::spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            match text {
                Some(text) => self.import(&format!("“{name}”"), &text),
                None => self.imported.set(Import {
                    done: String::new(),
                    refused: Some((format!("“{name}” was not opened: the browser could not read it."), Vec::new())),
                }),
            }
        });
    }
}

fn refused(origin: &str, errors: &[Error]) -> Import {
    let faults = errors.iter().map(ToString::to_string).collect();
    let words = format!("Nothing was opened from {origin}, and nothing changed:");
    Import { done: String::new(), refused: Some((words, faults)) }
}

/// The place to choose a file or paste a text.
#[component]
pub(super) fn ImportBox() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let pasted = NodeRef::<html::Textarea>::new();
    let choose = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            workbench.import_file(file);
        }
        // The same file can then be chosen again after it was corrected.
        input.set_value("");
    };
    let open = move |_| {
        if let Some(area) = pasted.get_untracked() {
            workbench.import("the pasted text", &area.value());
        }
    };
    view! {
        <h2>"Import"</h2>
        <p class="note">"A configuration, a run or a fund as JSON: choose a file, drop it on the page, or paste its text."</p>
        <div class="import">
            <label class="stacked">
                <span>"File"</span>
                <input type="file" accept=".json,application/json" on:change=choose/>
            </label>
            <label class="stacked">
                <span>"JSON text"</span>
                <textarea class="mono" rows="3" spellcheck="false" autocomplete="off" node_ref=pasted></textarea>
            </label>
            <button type="button" class="ghost small" on:click=open>"Open the text"</button>
        </div>
    }
    .into_any()
}

/// What came of an import, and the sign that a file can be dropped. Takes what is dropped on the page or pasted beside
/// its inputs.
#[component]
pub(super) fn Imports() -> impl IntoView {
    const CLOSE_ID: &str = "close-import";
    let workbench = expect_context::<Workbench>();
    let imported = workbench.imported;
    let is_over = RwSignal::new(false);
    Effect::new(move |_| {
        let over = window_event_listener(leptos::ev::dragover, move |event: DragEvent| {
            if event.data_transfer().is_some_and(|data| has_files(&data)) {
                event.prevent_default();
                if !is_over.get_untracked() {
                    is_over.set(true);
                }
            }
        });
        let left = window_event_listener(leptos::ev::dragleave, move |event: DragEvent| {
            if event.related_target().is_none() {
                is_over.set(false);
            }
        });
        let dropped = window_event_listener(leptos::ev::drop, move |event: DragEvent| {
            is_over.set(false);
            let file = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0));
            if let Some(file) = file {
                event.prevent_default();
                workbench.import_file(file);
            }
        });
        let pasted = window_event_listener(leptos::ev::paste, move |event: ClipboardEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let is_typed =
                target.is_some_and(|target| target.closest("input, textarea, select").ok().flatten().is_some());
            let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default();
            if !is_typed && text.trim_start().starts_with('{') {
                event.prevent_default();
                workbench.import("the pasted text", &text);
            }
        });
        on_cleanup(move || {
            over.remove();
            left.remove();
            dropped.remove();
            pasted.remove();
        });
    });
    let close = move |_| {
        crate::browser::hand_on_focus(CLOSE_ID, "content");
        imported.set(Import::default());
    };
    view! {
        <p class="note fund-state" role="status">{move || imported.with(|import| import.done.clone())}</p>
        {move || imported.with(|import| import.refused.clone()).map(|(words, faults)| view! {
            <div class="notice error" role="alert">
                <p>{words}</p>
                <ul>{faults.into_iter().map(|fault| view! { <li>{fault}</li> }).collect_view()}</ul>
                <button type="button" class="ghost small" id=CLOSE_ID on:click=close>"Close"</button>
            </div>
        })}
        {move || is_over.get().then(|| view! { <div class="drop-sign" aria-hidden="true"><p>"Drop the file to open its configuration"</p></div> })}
    }
    .into_any()
}

fn has_files(data: &DataTransfer) -> bool {
    data.types().includes(&"Files".into(), 0)
}
