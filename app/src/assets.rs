//! Where the build put its files: logical names and the hashed addresses they are served under.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

/// The id of the script element that carries the map to the browser.
pub(crate) const ELEMENT_ID: &str = "assets";

/// Logical asset names (`app.js`, `engine_bg.wasm`) and their addresses (`/assets/app.3f2a….js`).
///
/// The server provides one as Leptos context; in the browser it is read back from the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets(Arc<BTreeMap<String, String>>);

impl Assets {
    /// From pairs of logical name and address.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(entries.into_iter().collect()))
    }

    /// The address of `name`. A name the build does not know is asked for under `/assets/`, unhashed.
    pub fn url(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| format!("/assets/{name}"))
    }

    /// The map of this page: the context on the server, the page's own copy in the browser.
    pub fn current() -> Self {
        use_context().unwrap_or_else(Self::from_document)
    }

    /// As JSON that is safe inside a script element.
    pub(crate) fn to_script_json(&self) -> String {
        serde_json::to_string(&*self.0).unwrap_or_default().replace('<', "\\u003c")
    }

    #[cfg(feature = "hydrate")]
    fn from_document() -> Self {
        let text = document().get_element_by_id(ELEMENT_ID).and_then(|element| element.text_content());
        let entries = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self(Arc::new(entries))
    }

    #[cfg(not(feature = "hydrate"))]
    fn from_document() -> Self {
        Self::default()
    }
}
