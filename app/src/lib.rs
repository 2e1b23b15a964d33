//! The Foliocast interface: pages rendered on the server, alive in the browser.
//!
//! The server calls [`shell()`] per request, with [`Assets`] and [`service::ServiceContext`] as Leptos context; the
//! browser's bundle calls `hydrate`. Rules that keep both sides equal: the first render reads serialised resources
//! only; browser interfaces act in effects; every number goes through [`mod@format`].

#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod access;
pub mod api;
pub mod api_client;
mod app;
mod assets;
mod browser;
pub mod charts;
pub mod components;
pub mod default_run;
#[cfg(feature = "ssr")]
pub mod embed;
pub mod engine;
#[cfg(feature = "ssr")]
pub mod figures;
pub mod format;
pub mod glossary;
mod number_style;
#[cfg(feature = "ssr")]
pub mod operations;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod report;
#[cfg(feature = "ssr")]
mod routes;
mod server_functions;
#[cfg(feature = "ssr")]
pub mod service;
mod shell;
pub mod verify;

pub use app::App;
pub use assets::Assets;
pub use number_style::NumberStyle;
#[cfg(feature = "ssr")]
pub use routes::page_routes;
pub use shell::shell;

/// Brings the server's page to life, with what was entered before (a configuration in the address replaces it). Sets
/// `data-alive` on the root element when done: controls that need scripts show from then on.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    browser::remember_early_inputs();
    leptos::mount::hydrate_body(App);
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-alive", "");
    }
}
