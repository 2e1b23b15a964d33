//! Where the pages are.

use std::sync::LazyLock;

use leptos_axum::{AxumRouteListing, generate_route_list};

use crate::app::App;

/// The routes of all pages, for a server's router. Making the list also sets Leptos up to spawn its tasks on Tokio.
///
/// Made once per process, and nothing can be rendered before it is: while Leptos makes the list, resources that are
/// created anywhere in the process never load, so a page that is rendered meanwhile would never be answered. Ask for
/// the list here and nowhere else.
pub fn page_routes() -> &'static [AxumRouteListing] {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));
    &ROUTES
}
