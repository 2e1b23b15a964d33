//! What this browser keeps of what is typed, so that nothing is lost when a page reloads or a tab is closed.
//!
//! Every tab keeps its own draft as it is typed, valid or not, twice: for itself (while it reloads), and for later (under
//! a key of its own, so that tabs do not overwrite one another). A page that opens takes, in this order: the configuration
//! in its address, unless the tab kept its draft at that very address; the tab's draft; the default fund. What was typed
//! elsewhere and is newest is offered beside it.

use std::time::Duration;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::draft::Draft;
use super::fragment;
use super::funds::StoredFund;
use super::link;
use super::state::Workbench;
use crate::browser::{Keeping, is_reload, now_ms, unix_ms};

/// Version of what is kept. Members may come without another; what is not known is passed over.
const VERSION: u64 = 1;
/// Under this key, with the tenant of whoever is signed in, a tab keeps its draft for itself: tenants that share a browser
/// are not offered each other's.
const KEY: &str = "foliocast.draft";
/// So many drafts of tabs are kept for later; the oldest go.
const MOST_TABS: usize = 8;
/// How long inputs must rest before they are kept, milliseconds. The address has followed them by then.
const REST_MS: f64 = 600.0;
/// Longest text that is kept, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Why what was kept is not there.
const DAMAGED: &str = "What this browser had kept of your inputs is damaged and was left out.";
/// Why what is typed may be lost.
const NOT_KEPT: &str = "This browser does not keep what you type: its storage is full or switched off. Export the fund \
     or copy the link before you leave.";

/// The key of this tab's own draft.
fn own_key() -> String {
    let tenant = document().document_element().and_then(|root| root.get_attribute("data-tenant"));
    tenant.map_or_else(|| KEY.to_owned(), |tenant| format!("{KEY}@{tenant}"))
}

/// What the keys of drafts for later begin with; the tab's name follows.
fn key_prefix() -> String {
    format!("{}.", own_key())
}

/// A draft that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptDraft {
    /// What was typed.
    pub draft: Draft,
    /// When, Unix milliseconds.
    pub saved_at_ms: f64,
    /// The fund as it was stored when it was last seen.
    stored: Option<StoredFund>,
    /// The fragment of the address at the time.
    fragment: String,
    /// The one at the last edit. A page that is loaded again while its address follows that comes back with it.
    fragment_before: String,
    /// The name of the tab.
    tab: String,
    /// All of it as it is kept, but for what was offered beside it.
    source: Value,
}

/// What this browser keeps.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// What was typed elsewhere or before, to go on with.
    pub offer: RwSignal<Option<KeptDraft>>,
    /// What is wrong with what is kept, or with keeping.
    pub trouble: RwSignal<Option<String>>,
    /// Whether the page took over what the tab had kept.
    was_restored: StoredValue<bool>,
    /// The name of this tab.
    tab: StoredValue<String>,
    /// The fragment of the workbench's address, as it last was.
    fragment: StoredValue<String>,
    /// The one at the last edit, which the address has yet to follow.
    fragment_before: StoredValue<String>,
    /// When inputs last changed; `None` when that is kept.
    changed_at_ms: StoredValue<Option<f64>>,
}

impl Kept {
    pub(super) fn new() -> Self {
        Self {
            offer: RwSignal::new(None),
            trouble: RwSignal::new(None),
            was_restored: StoredValue::new(false),
            tab: StoredValue::new(String::new()),
            fragment: StoredValue::new(String::new()),
            fragment_before: StoredValue::new(String::new()),
            changed_at_ms: StoredValue::new(None),
        }
    }

    /// Whether the page took over what the tab had kept.
    pub(super) fn was_restored(self) -> bool {
        self.was_restored.get_value()
    }

    /// Takes over what the tab kept, as the rule has it, and goes on keeping. `is_return` says that the inputs were in
    /// the page's memory all along. Gives the fragment of the address that the draft already stands for.
    pub(super) fn begin(self, workbench: Workbench, is_return: bool, asks_for_fund: bool) -> Option<String> {
        let (own, own_offer) = self.read_own().unzip();
        let own_offer = own_offer.flatten();
        self.tab.set_value(own.as_ref().map_or_else(new_tab, |own| own.tab.clone()));
        self.keep_on_leaving(workbench);
        let hash = window().location().hash().unwrap_or_default();
        let in_address = fragment::read(&hash).map(Result::ok);
        let is_own = |own: &KeptDraft| match &in_address {
            _ if is_return => workbench.draft.with_untracked(|draft| draft.asks_the_same(&own.draft)),
            Some(_) if is_reload() && own.fragment_before == hash => true,
            None => !asks_for_fund,
            Some(draft) => own.fragment == hash || draft.as_ref().is_some_and(|draft| draft.asks_the_same(&own.draft)),
        };
        if let Some(own) = own.as_ref().filter(|own| is_own(own)) {
            if !is_return {
                self.was_restored.set_value(true);
                workbench.begin(own.draft.clone());
                workbench.pins.take_kept(own.source.get("pins").unwrap_or(&Value::Null));
            }
            workbench.funds.stored.set(own.stored.clone());
            self.offer.set(own_offer);
            return (!is_return).then_some(hash);
        }
        let present = match in_address.flatten() {
            Some(draft) if !is_return => draft,
            _ => workbench.draft.get_untracked(),
        };
        let is_other =
            |kept: &KeptDraft| ![&present, &Draft::default()].iter().any(|draft| draft.asks_the_same(&kept.draft));
        self.offer.set(own.or_else(|| self.newest_of_others()).filter(is_other));
        None
    }

    /// Goes on with what was offered: a step that can be undone.
    pub fn take_offer(self, workbench: Workbench) {
        if let Some(kept) = self.offer.get_untracked() {
            self.offer.set(None);
            workbench.open(kept.draft);
            workbench.funds.stored.set(kept.stored);
        }
    }

    /// What is open already needs no offer.
    pub(super) fn withdraw_offer_of(self, draft: &Draft) {
        if self.offer.with_untracked(|offer| offer.as_ref().is_some_and(|kept| kept.draft.asks_the_same(draft))) {
            self.offer.set(None);
        }
    }

    /// Leaves what was offered: this tab then has a draft of its own.
    pub fn leave_offer(self, workbench: Workbench) {
        self.offer.set(None);
        self.write(workbench);
    }

    /// Keeps the draft once inputs rest.
    pub(super) fn soon(self, workbench: Workbench) {
        self.fragment_before.try_set_value(window().location().hash().unwrap_or_default());
        let was_kept = self.changed_at_ms.try_update_value(|changed| changed.replace(now_ms()).is_none());
        if was_kept == Some(true) {
            self.wait(workbench, REST_MS);
        }
    }

    fn wait(self, workbench: Workbench, ms: f64) {
        let look = move || {
            // A page that was left kept its draft then.
            let Some(Some(changed_at_ms)) = self.changed_at_ms.try_get_value() else { return };
            match REST_MS - (now_ms() - changed_at_ms) {
                left if left > 0.0 => self.wait(workbench, left),
                _ => self.write(workbench),
            }
        };
        set_timeout(look, Duration::from_millis(ms.ceil() as u64));
    }

    /// A page may end without a word after it was hidden. Its address stays as it is then: a page that is being loaded
    /// again comes back with the one that it had before.
    fn keep_on_leaving(self, workbench: Workbench) {
        let keep = move || {
            if self.changed_at_ms.try_get_value().flatten().is_some() {
                self.write(workbench);
            }
        };
        let hidden = window_event_listener_untyped("pagehide", move |_| keep());
        let changed = window_event_listener_untyped("visibilitychange", move |_| keep());
        on_cleanup(move || {
            hidden.remove();
            changed.remove();
            keep();
        });
    }

    fn write(self, workbench: Workbench) {
        // A page that was left has no draft any more.
        let Some(draft) = workbench.draft.try_with_untracked(Draft::to_kept) else { return };
        let stored = workbench.funds.stored.try_with_untracked(|stored| stored.as_ref().map(StoredFund::to_kept));
        self.changed_at_ms.try_set_value(None);
        if link::is_here() {
            self.fragment.try_set_value(window().location().hash().unwrap_or_default());
        }
        let tab = self.tab.try_get_value().unwrap_or_default();
        let text = json!({
            "version": VERSION,
            "tab": tab,
            "savedAt": unix_ms(),
            "fragment": self.fragment.try_get_value(),
            "fragmentBefore": self.fragment_before.try_get_value(),
            "draft": draft,
            "fund": stored.flatten(),
            "pins": workbench.pins.to_kept(),
            // Until it is taken or left, it must not get lost either.
            "offer": self.offer.try_with_untracked(|offer| offer.as_ref().map(|offer| offer.source.clone())).flatten(),
        })
        .to_string();
        let is_kept = text.len() <= MAX_BYTES && Keeping::Tab.write(&own_key(), &text);
        if is_kept {
            // The tab has it; where there is no room for more, it is not kept for after the tab.
            let _ = Keeping::Browser.write(&format!("{}{tab}", key_prefix()), &text);
        }
        let trouble = (!is_kept).then(|| NOT_KEPT.to_owned());
        if self.trouble.try_with_untracked(|present| *present != trouble) == Some(true) {
            self.trouble.set(trouble);
        }
    }

    fn read_own(self) -> Option<(KeptDraft, Option<KeptDraft>)> {
        let text = Keeping::Tab.read(&own_key())?;
        match KeptDraft::read(&text) {
            Ok(kept) => Some(kept),
            Err(words) => {
                self.trouble.set(Some(words));
                None
            }
        }
    }

    /// The newest draft of other tabs. What cannot be read goes, and so do the oldest.
    fn newest_of_others(self) -> Option<KeptDraft> {
        let mut kept = Vec::new();
        for key in Keeping::Browser.keys(&key_prefix()) {
            match Keeping::Browser.read(&key).map(|text| KeptDraft::read(&text)) {
                Some(Ok((draft, _))) => kept.push((key, draft)),
                Some(Err(words)) => {
                    self.trouble.set(Some(words));
                    Keeping::Browser.forget(&key);
                }
                None => {}
            }
        }
        kept.sort_by(|(_, one), (_, other)| other.saved_at_ms.total_cmp(&one.saved_at_ms));
        for (key, _) in kept.iter().skip(MOST_TABS) {
            Keeping::Browser.forget(key);
        }
        kept.into_iter().next().map(|(_, draft)| draft)
    }
}

impl KeptDraft {
    /// Reads what a tab kept, and what it was offered and had not taken or left.
    ///
    /// # Errors
    /// Why it cannot be used, for people.
    fn read(text: &str) -> Result<(Self, Option<Self>), String> {
        let mut kept: Value = serde_json::from_str(text).map_err(|_| DAMAGED.to_owned())?;
        if kept.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(
                "What this browser had kept of your inputs is of another version of Foliocast and was left out.".into(),
            );
        }
        let offer = kept.as_object_mut().and_then(|members| members.remove("offer")).and_then(Self::of);
        Ok((Self::of(kept).ok_or_else(|| DAMAGED.to_owned())?, offer))
    }

    fn of(source: Value) -> Option<Self> {
        let text = |name: &str| source.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            draft: Draft::from_kept(source.get("draft")?)?,
            saved_at_ms: source.get("savedAt")?.as_f64()?,
            stored: source.get("fund").and_then(StoredFund::from_kept),
            fragment: text("fragment")?,
            fragment_before: text("fragmentBefore").unwrap_or_default(),
            tab: text("tab")?,
            source,
        })
    }
}

/// A name for a tab that nobody else has.
fn new_tab() -> String {
    let mut bytes = [0; 8];
    // Without randomness the moment tells tabs apart well enough.
    let number = if getrandom::fill(&mut bytes).is_ok() { u64::from_le_bytes(bytes) } else { unix_ms() as u64 };
    format!("{number:016x}")
}
