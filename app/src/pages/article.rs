//! Pages that the server writes whole: reports, how figures are computed, the npm package, signing in, the account. They come as ready HTML, so that neither
//! their texts nor what draws them is part of the browser's bundle.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use super::ProblemMessage;
use crate::assets::Assets;
use crate::browser;
use crate::server_functions::{Article, fetch_article};

/// A run on one page, to print or to take away as a file. What it says is the same as in the file.
#[component]
pub fn ReportPage() -> impl IntoView {
    article_page("report", "key")
}

/// The list of figures, and the page of one.
#[component]
pub fn FigurePage() -> impl IntoView {
    article_page("figure", "name")
}

/// How a fund's figures get into other people's pages, with the npm package's element at work.
#[component]
pub fn EmbedPage() -> impl IntoView {
    let description = "A fund’s distribution of outcomes in your own pages: the Foliocast engine as an npm package and as an \
                       element, with the server’s figures to the bit.";
    // A script inside the article would not run where a link leads here: its HTML is put into the page as text.
    view! {
        <Meta name="description" content=description/>
        {article_page("embed", "")}
        <script type="module" nonce=use_nonce() src=Assets::current().url("embed.js")></script>
    }
    .into_any()
}

/// Where an access key is given for a session.
#[component]
pub fn SignInPage() -> impl IntoView {
    article_page("sign-in", "")
}

/// Who one is here; for operators all keys and the log of changes.
#[component]
pub fn AccountPage() -> impl IntoView {
    article_page("account", "")
}

/// The page of an article of this `kind` that the parameter `parameter` of the address names.
fn article_page(kind: &'static str, parameter: &'static str) -> AnyView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get(parameter).unwrap_or_default()));
    let answer = Resource::new_blocking(move || name.get(), move |name| fetch_article(kind.to_owned(), name));
    view! {
        <Transition fallback=|| view! { <section class="page" role="status"><h1>"Fetching the page…"</h1></section> }>
            {move || {
                let name = name.get();
                Suspend::new(async move {
                    match answer.await {
                        Ok(Article { title, html }) => view! {
                            <Title text=title/>
                            <section class="page written">
                                {(kind == "report").then(|| report_tools(&name))}
                                <div inner_html=html></div>
                            </section>
                        }
                        .into_any(),
                        Err(problem) => view! { <ProblemMessage problem subject=kind/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

fn report_tools(key: &str) -> AnyView {
    view! {
        <nav class="page-head report-tools" aria-label="Report">
            <a class="link" href=format!("/runs/{key}")>"Back to the run"</a>
            <div class="spacer"></div>
            <a class="ghost" rel="external" download="" href=format!("/api/runs/{key}/report")>"Download as one HTML file"</a>
            <button type="button" class="primary needs-script" on:click=|_| browser::print()>"Print"</button>
        </nav>
    }
    .into_any()
}
