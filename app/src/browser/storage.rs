//! What this browser keeps for the page. A browser may refuse at any time: storage can be switched off or full.

use leptos::prelude::window;
use web_sys::Storage;

/// For how long, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// For this tab, also while it reloads.
    Tab,
    /// For all tabs, also after they are closed.
    Browser,
}

impl Keeping {
    fn storage(self) -> Option<Storage> {
        match self {
            Self::Tab => window().session_storage(),
            Self::Browser => window().local_storage(),
        }
        .ok()
        .flatten()
    }

    /// What is kept under `key`.
    pub(crate) fn read(self, key: &str) -> Option<String> {
        self.storage()?.get_item(key).ok().flatten()
    }

    /// Keeps `text` under `key`; whether that worked.
    pub(crate) fn write(self, key: &str, text: &str) -> bool {
        self.storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    /// Forgets what is kept under `key`.
    pub(crate) fn forget(self, key: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.remove_item(key);
        }
    }

    /// Keys that begin with `prefix`.
    pub(crate) fn keys(self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.storage() else { return Vec::new() };
        let keys = (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten());
        keys.filter(|key| key.starts_with(prefix)).collect()
    }
}
