//! The npm package: what it is, how it gets into other people's pages, and its element at work. What is said of its
//! functions, of bundlers and of policies is the package's own README.

mod readme;

use std::sync::LazyLock;

use foliocast_core::scenario::{Config, Distribution, FundFigures, Limits, Run};
use leptos::prelude::*;

use crate::access::html_of;
use crate::charts::StillHistogram;
use crate::components::Basis;
use crate::format;
use crate::server_functions::Article;

/// What the example runs, as its editor shows it.
pub const EXAMPLE: &str = include_str!("example.json");

/// The example's element, which its editor configures.
const ELEMENT: &str = "live-example";
/// The basis of the element's figures.
const BASIS: Basis = Basis::Recycled;

/// The example, run natively by this process on first use.
static FIGURES: LazyLock<Option<FundFigures>> = LazyLock::new(|| {
    let config = Config::from_json(EXAMPLE, &Limits::default()).ok()?;
    let mut run = Run::new(&config);
    while !run.step(u32::MAX) {}
    Some(FundFigures::from(&run.finish().summary))
});

/// The page.
pub fn article() -> Article {
    Article { title: "In your own pages".to_owned(), html: html_of(page) }
}

fn page() -> AnyView {
    let install = format!("./dev package\nnpm install ./target/package/foliocast-{}.tgz", env!("CARGO_PKG_VERSION"));
    let example = EXAMPLE.trim_end();
    let lines = example.lines().count().to_string();
    view! {
        <article class="explained embed">
            <h1>"Foliocast in your own pages"</h1>
            <p class="lead">
                "A package for web pages and for Node: the engine of this server, in WebAssembly, as functions and as an \
                 element that shows what a fund could return. The figures are the server’s to the bit, and nothing \
                 leaves the reader’s browser."
            </p>
            <h2>"Try it"</h2>
            <p>"The element runs in this page, from the package’s own code. What the editor says is what it shows."</p>
            <div class="try-out">
                <div class="editor">
                    <label for="live-configuration">"Configuration"</label>
                    <textarea
                        id="live-configuration" rows=lines data-configures=ELEMENT spellcheck="false" autocomplete="off"
                        autocapitalize="off" wrap="off"
                    >{example}</textarea>
                </div>
                <foliocast-preview id=ELEMENT label="Fund multiple" config=example>{FIGURES.as_ref().map(still)}</foliocast-preview>
            </div>
            <h2>"Install"</h2>
            <pre class="scroll" tabindex="0" aria-label="Install"><code>{install}</code></pre>
            <p>
                "The first packs the package in Foliocast’s repository; the second, in your project, installs that file. What a \
                 page loads of it is said under Bundlers."
            </p>
            <h2>"Start"</h2>
            <div inner_html=readme::start()></div>
            <div inner_html=readme::sections()></div>
            <h2>"More"</h2>
            <p>
                "A page that is to keep its runs, or to share them, asks the server: "
                <a class="link" href="/api/docs" rel="external">"the HTTP API"</a> ". What each figure says: "
                <a class="link" href="/figures">"how the figures are computed"</a> "."
            </p>
        </article>
    }
    .into_any()
}

/// What stands in the element's place until it is there: the same figures, made by this server.
fn still(fund: &FundFigures) -> AnyView {
    view! {
        <StillHistogram fund=fund.clone() basis=BASIS/>
        <p class="note">{words(BASIS.of(fund), fund.num_scenarios)}</p>
    }
    .into_any()
}

fn words(of: &Distribution, rows: u32) -> String {
    format!(
        "Computed by this server, {}: median {}, P10 – P90 {} – {}, mean {}, {} lose money, {} triple it.",
        format::rows(rows),
        format::multiple(of.quantiles.p50),
        format::multiple_digits(of.quantiles.p10),
        format::multiple(of.quantiles.p90),
        format::multiple(of.mean),
        format::percent(of.probabilities.lt1),
        format::percent(of.probabilities.ge3),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_valid_and_its_figures_stand_in_the_page() {
        let figures = FIGURES.as_ref().expect("a valid configuration");
        let html = article().html;
        assert!(html.contains(&words(BASIS.of(figures), figures.num_scenarios)));
        assert!(html.contains("<foliocast-preview id=\"live-example\""));
        assert!(!html.contains("style="));
    }
}
