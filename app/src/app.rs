//! The root: header, routes, footer.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::browser;
use crate::components::{Footer, Header};
use crate::pages::workbench::{LastDraft, Pins};
use crate::pages::{
    AccountPage, CachePage, ComparePage, EmbedPage, FigurePage, FundsPage, JobPage, JobsPage, NotFoundPage, ReportPage,
    RunPage, RunsPage, SignInPage, WorkbenchPage,
};

/// Stands on top of the content where the page's script does not run or ends early.
pub(crate) const WITHOUT_SCRIPT: &str = "The figures on this page can be read, but its inputs and buttons need a script \
     that does not run here. Loading the page again may help.";
/// Id of the element that holds the page.
const CONTENT: &str = "content";

/// The app: what is inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(LastDraft::default());
    provide_context(Pins::new());
    // Followed as a link it would take the place of a configuration in the address.
    let skip = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        browser::focus(CONTENT);
    };
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Foliocast".into() } else { format!("{title} · Foliocast") }/>
        <Router>
            <a class="skip" href=format!("#{CONTENT}") on:click=skip>"Skip to content"</a>
            <Header/>
            <main id=CONTENT tabindex="-1">
                // Browsers that run scripts read what is inside as text, so it must not be elements to hydrate.
                <noscript inner_html=format!("<p class=\"notice warn without-script\">{WITHOUT_SCRIPT}</p>")></noscript>
                <Routes fallback=|| view! { <NotFoundPage/> }.into_any()>
                    <Route path=path!("/") view=WorkbenchPage ssr=SsrMode::Async/>
                    <Route path=path!("/funds") view=FundsPage ssr=SsrMode::Async/>
                    <Route path=path!("/runs") view=RunsPage ssr=SsrMode::Async/>
                    <Route path=path!("/compare") view=ComparePage ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:key") view=RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:key/report") view=ReportPage ssr=SsrMode::Async/>
                    <Route path=path!("/figures") view=FigurePage ssr=SsrMode::Async/>
                    <Route path=path!("/embed") view=EmbedPage ssr=SsrMode::Async/>
                    <Route path=path!("/login") view=SignInPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/cache") view=CachePage ssr=SsrMode::Async/>
                    <Route path=path!("/jobs") view=JobsPage ssr=SsrMode::Async/>
                    <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async/>
                    <Route path=path!("/figures/:name") view=FigurePage ssr=SsrMode::Async/>
                </Routes>
            </main>
            <Footer/>
        </Router>
    }
}
