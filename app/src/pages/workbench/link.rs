//! The configuration in the address: read when the page opens, kept up to date while inputs change.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;
use wasm_bindgen::JsValue;

use super::draft::Draft;
use super::fragment;
use super::state::Workbench;

/// How long inputs must rest before the address follows them. Browsers limit how often it may change.
const REST: Duration = Duration::from_millis(400);

/// The workbench's own path. While the router is on the way here or away, the address is another page's.
const PATH: &str = "/";

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
    /// The fragment that the draft already stands for, until it was read once.
    known: StoredValue<Option<String>>,
    /// The draft that the address will follow when inputs have rested.
    waiting: StoredValue<Option<(Draft, TimeoutHandle)>>,
}

impl Link {
    pub(super) fn new() -> Self {
        Self { state: RwSignal::new(LinkState::Idle), known: StoredValue::new(None), waiting: StoredValue::new(None) }
    }

    /// Takes over the configuration in the address, now and whenever the address changes by other hands; not the one in
    /// the fragment `known`, which the draft was kept beside.
    pub(super) fn follow(self, workbench: Workbench, known: Option<String>) {
        self.known.set_value(known);
        let Location { hash, pathname, .. } = use_location();
        // Where a link of another page leads is known to the router first; the browser's address follows the page.
        Effect::new(move |_| self.load(workbench, &hash.get()));
        // The router does not know what `keep` wrote, so that it may take an address for the one it was already at.
        let listener = window_event_listener(leptos::ev::hashchange, move |_| {
            self.load(workbench, &window().location().hash().unwrap_or_default());
        });
        Effect::new(move |_| {
            if pathname.with(|path| path != PATH) {
                self.flush();
            }
        });
        on_cleanup(move || {
            listener.remove();
            self.flush();
        });
        // Once the link's figures are on the page, or none can come, it has been loaded.
        Effect::new(move |_| {
            if self.state.with(|state| *state == LinkState::Loading) && !workbench.is_behind() {
                self.state.set(LinkState::Idle);
            }
        });
    }

    fn load(self, workbench: Workbench, hash: &str) {
        let is_known = self.known.try_update_value(Option::take).flatten().is_some_and(|known| is_same(&known, hash));
        match fragment::read(hash).filter(|_| !is_known) {
            None => {
                if self.state.with_untracked(|state| *state != LinkState::Idle) {
                    self.state.set(LinkState::Idle);
                }
                // The address lost its fragment, to a link to the bare page perhaps; what is typed is still there.
                let is_valid = workbench.check.with_untracked(|check| check.config.is_some());
                self.keep(workbench.draft.get_untracked(), is_valid);
            }
            Some(Ok(draft)) => {
                if workbench.draft.with_untracked(|present| *present == draft) {
                    self.state.set(LinkState::Idle);
                } else {
                    self.state.set(LinkState::Loading);
                    workbench.begin(draft);
                }
            }
            Some(Err(error)) => self.state.set(LinkState::Broken(error.to_string())),
        }
    }

    /// Lets the address follow `draft` when inputs rest; a draft that is not valid stays out of it.
    pub(super) fn keep(self, draft: Draft, is_valid: bool) {
        self.take_waiting();
        if !is_valid
            || self.state.with_untracked(|state| matches!(state, LinkState::Broken(_))) && draft == Draft::default()
        {
            return;
        }
        self.write_after_rest(draft);
    }

    fn write_after_rest(self, draft: Draft) {
        let write = move || {
            let Some(draft) = self.take_waiting() else { return };
            if is_here() {
                write_address(&draft);
            } else {
                self.write_after_rest(draft);
            }
        };
        if let Ok(handle) = set_timeout_with_handle(write, REST) {
            self.waiting.set_value(Some((draft, handle)));
        }
    }

    /// Lets the address follow at once, if it is to follow at all.
    pub(super) fn flush(self) {
        if let Some(draft) = self.take_waiting()
            && is_here()
        {
            write_address(&draft);
        }
    }

    fn take_waiting(self) -> Option<Draft> {
        let (draft, handle) = self.waiting.try_update_value(Option::take).flatten()?;
        handle.clear();
        Some(draft)
    }
}

/// Whether the address has a configuration.
pub(super) fn is_in_address() -> bool {
    window().location().hash().is_ok_and(|hash| fragment::read(&hash).is_some())
}

/// Whether two fragments are one, each with or without `#`.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_start_matches('#') == other.trim_start_matches('#')
}

/// Whether the browser is at the workbench's address.
pub(super) fn is_here() -> bool {
    window().location().pathname().is_ok_and(|path| path == PATH)
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
    // The fund that the address asked for is in the fragment now, with whatever was changed since.
    let search = location.search().unwrap_or_default();
    let pairs = search.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("fund="));
    let search = pairs.collect::<Vec<_>>().join("&");
    let question = if search.is_empty() { "" } else { "?" };
    let path = format!("{}{question}{search}{wanted}", location.pathname().unwrap_or_default());
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        // A browser that refuses (too many changes) keeps the older address; the next change tries again.
        let _ = history.replace_state_with_url(&state, "", Some(&path));
    }
}
