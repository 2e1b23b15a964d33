//! The configuration in the address: read when the page opens, kept up to date while inputs change.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::draft::Draft;
use super::fragment;
use super::state::Workbench;

/// How long inputs must rest before the address follows them. Browsers limit how often it may change.
const REST: Duration = Duration::from_millis(400);

/// What came with the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing, or it was taken over and shown.
    Idle,
    /// The configuration of a link is being shown for the first time.
    Loading,
    /// The link cannot be used, for this reason.
    Broken(String),
}

/// The configuration in the address.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// What came with the address.
    pub state: RwSignal<LinkState>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Link {
    pub(super) fn new() -> Self {
        Self { state: RwSignal::new(LinkState::Idle), waiting: StoredValue::new(None) }
    }

    /// Takes over the configuration in the address, now and whenever the address changes by other hands.
    pub(super) fn follow(self, workbench: Workbench) {
        self.load(workbench);
        let listener = window_event_listener(leptos::ev::hashchange, move |_| self.load(workbench));
        on_cleanup(move || listener.remove());
        // Once the link's figures are on the page, it has been loaded.
        Effect::new(move |_| {
            if workbench.preview.frame.with(Option::is_some) && self.state.with_untracked(|s| *s == LinkState::Loading)
            {
                self.state.set(LinkState::Idle);
            }
        });
    }

    fn load(self, workbench: Workbench) {
        let hash = window().location().hash().unwrap_or_default();
        match fragment::read(&hash) {
            None => {}
            Some(Ok(draft)) => {
                self.state.set(LinkState::Loading);
                workbench.open(draft);
            }
            Some(Err(error)) => self.state.set(LinkState::Broken(error.to_string())),
        }
    }

    /// Lets the address follow `draft` when inputs rest; a draft that is not valid stays out of it.
    pub(super) fn keep(self, draft: Draft, is_valid: bool) {
        if let Some(waiting) = self.waiting.get_value() {
            waiting.clear();
        }
        if !is_valid
            || self.state.with_untracked(|state| matches!(state, LinkState::Broken(_))) && draft == Draft::default()
        {
            return;
        }
        let handle = set_timeout_with_handle(move || write_address(&draft), REST).ok();
        self.waiting.set_value(handle);
    }
}

/// The address that opens `draft`.
pub(super) fn address(draft: &Draft) -> String {
    let location = window().location();
    let base = location.href().unwrap_or_default();
    let base = base.split('#').next().unwrap_or_default();
    format!("{base}#{}", fragment::write(draft))
}

/// Puts `draft` into the address without a new entry in the history. The default fund needs no fragment.
fn write_address(draft: &Draft) {
    let location = window().location();
    let hash = location.hash().unwrap_or_default();
    let wanted = if *draft == Draft::default() { String::new() } else { format!("#{}", fragment::write(draft)) };
    if hash == wanted {
        return;
    }
    let path = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default() + &wanted;
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        // A browser that refuses (too many changes) keeps the older address; the next change tries again.
        let _ = history.replace_state_with_url(&state, "", Some(&path));
    }
}
