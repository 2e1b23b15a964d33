//! Variants that were put aside, to be compared with what is typed.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::draft::Draft;
use super::state::Size;
use crate::charts::MOST_OVERLAYS;
use crate::engine::Pinned;

/// Most variants that can be pinned: with the present one there are four.
pub const MOST_PINS: usize = MOST_OVERLAYS;

/// A variant that was put aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// Its number, never used again.
    pub id: u32,
    /// Which of the looks of [`crate::charts::Overlay`] it has.
    pub slot: usize,
    /// What people call it.
    pub name: String,
    /// The inputs.
    pub draft: Draft,
    /// The request's text.
    pub request: Arc<str>,
    /// How large its fund is.
    pub size: Size,
}

/// The pinned variants. They outlive the page within a visit.
#[derive(Clone, Copy, Debug)]
pub struct Pins {
    all: RwSignal<Vec<Pin>>,
    last_id: StoredValue<u32>,
}

impl Pins {
    /// None yet.
    pub fn new() -> Self {
        Self { all: RwSignal::new(Vec::new()), last_id: StoredValue::new(0) }
    }

    /// The pinned variants, the oldest first.
    pub fn all(self) -> Signal<Vec<Pin>> {
        self.all.into()
    }

    /// Looks at the pinned variants.
    pub fn with<T>(self, look: impl FnOnce(&[Pin]) -> T) -> T {
        self.all.with(|pins| look(pins))
    }

    /// What `read` says of pin `id`; `None` once it is gone.
    pub fn read<T>(self, id: u32, read: impl FnOnce(&Pin) -> T) -> Option<T> {
        self.all.with(|pins| pins.iter().find(|pin| pin.id == id).map(read))
    }

    /// Puts a valid draft aside and gives its number; `None` where there are as many as can be.
    pub fn pin(self, draft: Draft, request: &str, size: Size) -> Option<u32> {
        let slot = self.all.with_untracked(|pins| (0..MOST_PINS).find(|&slot| pins.iter().all(|pin| pin.slot != slot)));
        let id = self.last_id.try_update_value(|last_id| {
            *last_id += 1;
            *last_id
        });
        let (slot, id) = (slot?, id?);
        let name = ["A", "B", "C"].get(slot).map_or_else(|| id.to_string(), |&name| name.to_owned());
        self.all.update(|pins| pins.push(Pin { id, slot, name, draft, request: request.into(), size }));
        Some(id)
    }

    /// Gives pin `id` another name.
    pub fn rename(self, id: u32, name: String) {
        self.all.update(|pins| {
            if let Some(pin) = pins.iter_mut().find(|pin| pin.id == id) {
                pin.name = name;
            }
        });
    }

    /// Takes pin `id` off the page.
    pub fn unpin(self, id: u32) {
        self.all.update(|pins| pins.retain(|pin| pin.id != id));
    }

    /// As JSON that a browser keeps.
    pub(super) fn to_kept(self) -> Value {
        let kept = |pin: &Pin| json!({"name": pin.name, "slot": pin.slot, "draft": pin.draft.to_kept()});
        self.all.with_untracked(|pins| pins.iter().map(kept).collect())
    }

    /// Puts aside again what [`to_kept`](Self::to_kept) wrote, where nothing is pinned; what cannot be read is left out.
    pub(super) fn take_kept(self, kept: &Value) {
        if self.all.with_untracked(|pins| !pins.is_empty()) {
            return;
        }
        for kept in kept.as_array().into_iter().flatten().take(MOST_PINS) {
            let pinned = || {
                let draft = Draft::from_kept(kept.get("draft")?)?;
                let check = draft.check();
                let config = check.config?;
                let deals = config.buckets().iter().map(|bucket| bucket.deals).sum();
                let size = Size { deals, buckets: config.buckets().len() as u32 };
                let id = self.pin(draft, &check.request, size)?;
                let slot = kept.get("slot")?.as_u64()? as usize;
                let name = kept.get("name")?.as_str()?.to_owned();
                Some((id, slot, name))
            };
            if let Some((id, slot, name)) = pinned() {
                self.all.update(|pins| {
                    let is_free = slot < MOST_PINS && pins.iter().all(|pin| pin.id == id || pin.slot != slot);
                    if let Some(pin) = pins.iter_mut().find(|pin| pin.id == id) {
                        pin.slot = if is_free { slot } else { pin.slot };
                        pin.name = name;
                    }
                });
            }
        }
    }

    /// What the engine compares with.
    pub(super) fn pinned(self) -> Arc<[Pinned]> {
        self.all.with(|pins| {
            pins.iter().map(|pin| Pinned { pin: pin.id, configuration: pin.request.to_string() }).collect()
        })
    }

    /// The size that holds `size` and every pinned fund.
    pub(super) fn around(self, size: Size) -> Size {
        self.all.with(|pins| {
            pins.iter().fold(size, |Size { deals, buckets }, pin| Size {
                deals: deals.max(pin.size.deals),
                buckets: buckets.max(pin.size.buckets),
            })
        })
    }
}

impl Default for Pins {
    fn default() -> Self {
        Self::new()
    }
}
