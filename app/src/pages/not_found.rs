//! No such page, and pages that cannot be shown.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::api::Problem;

/// No such page; the answer's status is 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Not found"/>
        <section class="message">
            <p class="eyebrow">"404"</p>
            <h1>"There is no page at this address"</h1>
            <p>"It may have been mistyped or cut off on the way. A run’s address ends in 64 hexadecimal digits."</p>
            <p class="actions">
                <a class="primary" href="/">"Open the workbench"</a>
                <a class="ghost" href="/runs">"See the runs"</a>
            </p>
        </section>
    }
    .into_any()
}

/// What went wrong with what a page is about, in the server's words; the answer's status follows the problem.
#[component]
pub fn ProblemMessage(
    /// What went wrong.
    problem: Problem,
    /// What was looked for: "run", "list of runs", "figure".
    subject: &'static str,
) -> impl IntoView {
    let (status, eyebrow, heading) = match problem.code.as_str() {
        "NOT_FOUND" => (404, "404", format!("There is no such {subject}")),
        "FORBIDDEN" => (403, "403", format!("This {subject} is not yours to see")),
        "UNAUTHORIZED" | "UNAUTHENTICATED" => (401, "401", format!("This {subject} needs a key")),
        "UNREACHABLE" => (503, "no connection", format!("The {subject} could not be fetched")),
        "UNAVAILABLE" => (503, "503", format!("The {subject} cannot be read just now")),
        _ => (500, "error", format!("The {subject} could not be shown")),
    };
    set_status(status);
    let details = problem.details.iter().map(|detail| view! { <li>{detail.to_string()}</li> }).collect_view();
    let request = (!problem.request_id.is_empty())
        .then(|| view! { <p class="note">"Request " <code>{problem.request_id.clone()}</code></p> });
    view! {
        <Title text=heading.clone()/>
        <section class="message" role="alert">
            <p class="eyebrow">{eyebrow}</p>
            <h1>{heading}</h1>
            <p>{problem.message.clone()}</p>
            <ul>{details}</ul>
            {(status == 404 && subject != "figure").then(|| view! {
                <p>"A run is found by those who asked for it. Asking again with the same configuration gives the same key and the same bits."</p>
            })}
            <p class="actions">
                {(status == 401).then(|| view! { <a class="primary" href=sign_in_address() rel="external">"Sign in"</a> })}
                <a class="primary" href="/">"Open the workbench"</a>
                <a class="ghost" href="/runs">"See the runs"</a>
            </p>
            {request}
        </section>
    }
    .into_any()
}

#[cfg(feature = "ssr")]
fn set_status(status: u16) {
    let status = server_fn::http_export::StatusCode::from_u16(status);
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), status) {
        response.set_status(status);
    }
}

#[cfg(not(feature = "ssr"))]
fn set_status(_: u16) {}

/// Where a key is given, with the way back.
fn sign_in_address() -> String {
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    let search = if search.is_empty() { search } else { format!("?{search}") };
    format!("/login?next={}", leptos_router::location::Url::escape(&format!("{path}{search}")))
}
