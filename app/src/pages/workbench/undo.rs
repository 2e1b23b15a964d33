//! Undo and redo of what is typed.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent, PointerEvent};

use super::draft::{Draft, difference};
use super::history::{History, Subject};
use super::state::Workbench;
use crate::browser::{self, now_ms};

/// The id of the button that undoes: where the focus goes when what had it is gone.
const UNDO_ID: &str = "undo";

/// The steps of the inputs, back and forth.
#[derive(Clone, Copy, Debug)]
pub struct Undo {
    history: StoredValue<History>,
    /// Whether there are steps to undo.
    can_undo: RwSignal<bool>,
    /// Whether there are steps to redo.
    can_redo: RwSignal<bool>,
    /// What was last undone or redone, for readers who do not see it.
    words: RwSignal<String>,
}

impl Undo {
    pub(super) fn new() -> Self {
        Self {
            history: StoredValue::new(History::default()),
            can_undo: RwSignal::new(false),
            can_redo: RwSignal::new(false),
            words: RwSignal::new(String::new()),
        }
    }

    /// Notes that the draft is about to be edited.
    pub(super) fn note(self, draft: RwSignal<Draft>, subject: Option<Subject>) {
        self.with(|history| draft.with_untracked(|draft| history.note(draft, subject, now_ms())));
    }

    /// Whether nothing can be undone.
    pub(super) fn is_empty(self) -> bool {
        !self.can_undo.get_untracked()
    }

    /// Acts on the steps; what shows how many there are changes only if that does.
    fn with<T>(self, act: impl FnOnce(&mut History) -> T) -> Option<T> {
        let acted = self.history.try_update_value(|history| (act(history), history.can_undo(), history.can_redo()));
        let (result, can_undo, can_redo) = acted?;
        for (signal, value) in [(self.can_undo, can_undo), (self.can_redo, can_redo)] {
            if signal.get_untracked() != value {
                signal.set(value);
            }
        }
        Some(result)
    }

    /// Takes one step and says what changed.
    fn step(self, workbench: Workbench, way: fn(&mut History, &Draft) -> Option<Draft>, done: &str, none: &str) {
        let present = workbench.draft.get_untracked();
        let words = match self.with(|history| way(history, &present)).flatten() {
            Some(draft) => {
                let words = format!("{done}: {}", difference(&present, &draft));
                workbench.apply(|current| *current = draft);
                workbench.keep_soon();
                browser::rescue_focus(UNDO_ID);
                words
            }
            None => none.to_owned(),
        };
        // The same words once more are told once more only where the text changes.
        let is_told = self.words.with_untracked(|told| *told == words);
        self.words.set(if is_told { words + "\u{a0}" } else { words });
    }

    fn undo(self, workbench: Workbench) {
        self.step(workbench, History::undo, "Undid", "There is nothing to undo.");
    }

    fn redo(self, workbench: Workbench) {
        self.step(workbench, History::redo, "Did again", "There is nothing to do again.");
    }

    /// Listens to the keys of undo and redo, and to sliders being held. The browser's own undo knows single texts and
    /// loses its way when a page sets them, so the page's takes its place in them too; a text that is no input of the
    /// draft keeps the browser's.
    pub(super) fn listen(self, workbench: Workbench) {
        let keys = window_event_listener(leptos::ev::keydown, move |event| self.on_key(workbench, &event));
        let is_slider = |event: &PointerEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            target.is_some_and(|input| input.type_() == "range")
        };
        let hold = window_event_listener(leptos::ev::pointerdown, move |event| {
            self.with(|history| history.hold(is_slider(&event)));
        });
        let release = move |_: PointerEvent| {
            self.with(|history| history.hold(false));
        };
        let released = window_event_listener(leptos::ev::pointerup, release);
        let cancelled = window_event_listener(leptos::ev::pointercancel, release);
        on_cleanup(move || {
            keys.remove();
            for listener in [hold, released, cancelled] {
                listener.remove();
            }
        });
    }

    fn on_key(self, workbench: Workbench, event: &KeyboardEvent) {
        let is_elsewhere = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .is_some_and(|element| element.closest("textarea, dialog").ok().flatten().is_some());
        if !(event.ctrl_key() || event.meta_key()) || event.alt_key() || is_elsewhere {
            return;
        }
        match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
            ("z", false) => self.undo(workbench),
            ("z", true) | ("y", false) => self.redo(workbench),
            _ => return,
        }
        event.prevent_default();
    }
}

/// The buttons that go back and forth, and what they did in words.
#[component]
pub(super) fn UndoButtons() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let undo = workbench.undo;
    // Not `disabled`: a button keeps the focus when nothing is left for it to do.
    view! {
        <button
            type="button"
            class="ghost icon needs-script"
            id=UNDO_ID
            aria-label="Undo"
            title="Undo (Ctrl Z)"
            aria-disabled=move || (!undo.can_undo.get()).then_some("true")
            on:click=move |_| undo.undo(workbench)
        >
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                <path d="M5 2 2 5l3 3M2.5 5H8.5a3.5 3.5 0 0 1 0 7H5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>
            </svg>
        </button>
        <button
            type="button"
            class="ghost icon needs-script"
            aria-label="Redo"
            title="Redo (Ctrl Shift Z)"
            aria-disabled=move || (!undo.can_redo.get()).then_some("true")
            on:click=move |_| undo.redo(workbench)
        >
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                <path d="M9 2l3 3-3 3M11.5 5H5.5a3.5 3.5 0 0 0 0 7H9" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>
            </svg>
        </button>
        <p class="unseen" role="status">{undo.words}</p>
    }
    .into_any()
}
