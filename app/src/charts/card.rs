//! What surrounds a chart: its title, its legend, the table behind it, and the ways to take it away.

use leptos::prelude::*;
use leptos::svg::Svg;

use super::Table;
use super::copy_table::CopyTable;
use crate::browser::{self, Drawn};
use crate::components::Explain;

/// A chart with its title, table and downloads.
#[component]
pub fn ChartCard(
    /// What it shows.
    title: &'static str,
    /// Unit and kind of figure, in small letters.
    #[prop(into)]
    note: Signal<String>,
    /// Name of downloaded files, without extension; also the card's id.
    file: &'static str,
    /// The page that says how its figures are computed.
    explained: &'static str,
    /// The drawing; where there is none, the table that the card shows is what can be had as a picture.
    #[prop(optional)]
    svg: Option<NodeRef<Svg>>,
    /// What is behind it.
    #[prop(into)]
    table: Signal<Table>,
    /// What the colours mean.
    #[prop(optional, into)]
    legend: ViewFnOnce,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let title_id = format!("{file}-title");
    let label_id = title_id.clone();
    let card = NodeRef::new();
    let drawn = svg.map_or(Drawn::TableOf(card), Drawn::Svg);
    view! {
        <section node_ref=card class="card" aria-labelledby=label_id>
            <header>
                <h2 id=title_id>{title}</h2>
                <Explain page=explained of=format!("“{title}”")/>
                <span class="note">{note}</span>
                {legend.run()}
            </header>
            {children()}
            <ChartFooter title file drawn table/>
        </section>
    }
    .into_any()
}

/// What stands under a chart: the table behind it and the ways to take it away.
#[component]
pub(super) fn ChartFooter(
    /// What the chart shows.
    title: &'static str,
    /// Name of downloaded files, without extension.
    file: &'static str,
    /// What is taken away as a picture.
    drawn: Drawn,
    /// What is behind it.
    table: Signal<Table>,
) -> impl IntoView {
    view! {
        <footer>
            <TableBehind table caption=title/>
            <div class="tools needs-script" role="group" aria-label=format!("Take away: {title}")>
                <CopyTable table/>
                <button type="button" on:click=move |_| browser::download_svg(drawn, file)>"SVG"</button>
                <button type="button" on:click=move |_| browser::download_png(drawn, file)>"PNG"</button>
                <button type="button" on:click=move |_| browser::download_csv(file, &table.get_untracked().to_csv())>"CSV"</button>
            </div>
        </footer>
    }
    .into_any()
}

/// The table behind a chart, folded. It is rendered once for readers without scripts, and follows the chart only
/// while it is open.
#[component]
pub fn TableBehind(
    /// The table.
    #[prop(into)]
    table: Signal<Table>,
    /// What it is the table of.
    #[prop(into)]
    caption: String,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let shown = Memo::new(move |previous: Option<&Table>| match previous {
        Some(previous) if !open.get() => previous.clone(),
        _ => table.get(),
    });
    let toggle = move |event: leptos::ev::Event| open.set(browser::is_open(&event));
    view! {
        <details class="behind" on:toggle=toggle>
            <summary>"Table"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Table: {caption}")>
                {move || shown.with(render_table)}
            </div>
        </details>
    }
    .into_any()
}

/// A table as people read it.
pub(crate) fn render_table(table: &Table) -> AnyView {
    let heads = table.columns.iter().map(|head| view! { <th scope="col">{head.clone()}</th> }).collect_view();
    let rows = table
        .rows
        .iter()
        .map(|row| {
            let cells = row
                .iter()
                .enumerate()
                .map(|(index, cell)| match index {
                    0 => view! { <th scope="row"><bdi>{cell.text().to_owned()}</bdi></th> }.into_any(),
                    _ if cell.is_number() => view! { <td>{cell.text().to_owned()}</td> }.into_any(),
                    _ => view! { <td><bdi>{cell.text().to_owned()}</bdi></td> }.into_any(),
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <table class="figures">
            <thead><tr>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
