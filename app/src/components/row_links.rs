//! Where a run's rows can be had.

use foliocast_core::scenario::MAX_KEPT_SCENARIOS;
use leptos::prelude::*;

/// Links to a run's rows in each format; where the server keeps none, that.
#[component]
pub fn RowLinks(
    /// Address of the rows.
    data: String,
    /// Rows of the run.
    num_scenarios: u32,
) -> impl IntoView {
    if num_scenarios > MAX_KEPT_SCENARIOS {
        return view! { <span class="note">"Rows are not kept above 10,000,000 scenarios."</span> }.into_any();
    }
    let link = |name: &'static str, format: &'static str| {
        view! { <a class="link" rel="external" download="" href=format!("{data}?format={format}")>{name}</a> }
    };
    view! {
        <span class="download-links">
            "Rows: " {link("Parquet", "parquet")} " · " {link("CSV", "csv")} " · " {link("FCM", "fcm")}
        </span>
    }
    .into_any()
}
