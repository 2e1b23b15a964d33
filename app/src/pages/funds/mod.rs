//! The caller's stored funds, by name.

mod changes;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use self::changes::{Changes, ChangesNote};
use super::ProblemMessage;
use super::workbench::file::file_name;
use crate::api::{Fund, FundSize, Page};
use crate::api_client::percent_encoded;
use crate::components::{Fetching, Instant};
use crate::format;
use crate::server_functions::fetch_funds;

/// The list of stored funds; `?cursor=` is where it goes on. It can be read without scripts; changing it needs them.
#[component]
pub fn FundsPage() -> impl IntoView {
    let query = use_query_map();
    let cursor = move || query.with(|query| query.get("cursor"));
    let page = Resource::new_blocking(cursor, fetch_funds);
    let changes = Changes::new(move || page.refetch());
    view! {
        <Title text="Funds"/>
        <section class="page">
            <header class="page-head">
                <h1>"Funds"</h1>
                <span class="note">"configurations that the server keeps under their names"</span>
            </header>
            <ChangesNote changes/>
            <Transition fallback=|| view! { <Fetching words="Fetching the funds…"/> }>
                {move || Suspend::new(async move {
                    let is_first = cursor().is_none();
                    match page.await {
                        Ok(page) if page.items.is_empty() => view! { <NoFunds is_first/> }.into_any(),
                        Ok(page) => view! { <FundList page is_first changes/> }.into_any(),
                        Err(problem) => view! { <ProblemMessage problem subject="list of funds"/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn NoFunds(is_first: bool) -> impl IntoView {
    let words = if is_first {
        "No funds yet. Open the workbench, shape a fund, give it a name and press Save: it is kept here."
    } else {
        "No further funds."
    };
    let back = if is_first { ("/", "Open the workbench") } else { ("/funds", "First funds") };
    view! {
        <div class="card empty">
            <p>{words}</p>
            <p class="actions"><a class="primary" href=back.0>{back.1}</a></p>
        </div>
    }
    .into_any()
}

#[component]
fn FundList(page: Page<Fund>, is_first: bool, changes: Changes) -> impl IntoView {
    let rows = page.items.into_iter().map(|fund| row(fund, changes)).collect_view();
    let first = (!is_first).then(|| view! { <a class="ghost" href="/funds">"First funds"</a> });
    let more = page.next_cursor.map(|cursor| {
        let address = format!("/funds?cursor={}", percent_encoded(&cursor));
        view! { <a class="ghost" rel="next" href=address>"More funds"</a> }
    });
    view! {
        <div class="card">
            <div class="scroll" tabindex="0" role="region" aria-label="Funds">
                // Roles are written out because narrow screens stack the cells of a row.
                <table class="figures runs funds stacks" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Fund"</th>
                            <th scope="col" role="columnheader">"Deals"</th>
                            <th scope="col" role="columnheader">"Buckets"</th>
                            <th scope="col" role="columnheader">"Size"</th>
                            <th scope="col" role="columnheader">"Stored"</th>
                            <th scope="col" role="columnheader" class="words">"What to do"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
            <nav class="pager" aria-label="Pages of funds">{first} {more}</nav>
        </div>
    }
    .into_any()
}

fn row(fund: Fund, changes: Changes) -> AnyView {
    let id = fund.fund_id.clone();
    let encoded = percent_encoded(&id);
    let buckets = fund.configuration.get("buckets").and_then(|buckets| buckets.as_array().cloned()).unwrap_or_default();
    let deals: u64 = buckets.iter().filter_map(|bucket| bucket.get("deals")?.as_u64()).sum();
    let about = move |what: &str| format!("{what} {}", format::isolated(&id));
    let (labels, copied) = (["Runs of", "Export", "Duplicate", "Delete"].map(about), fund.clone());
    let [runs_label, export_label, duplicate_label, delete_label] = labels;
    let deleted = StoredValue::new(fund.clone());
    view! {
        <tr role="row">
            <th scope="row" role="rowheader" class="name">
                <a class="link" href=format!("/?fund={encoded}")><bdi>{fund.fund_id.clone()}</bdi></a>
            </th>
            <td role="cell" data-label="Deals">{format::count(deals)}</td>
            <td role="cell" data-label="Buckets">{format::count(buckets.len() as u64)}</td>
            <td role="cell" data-label="Size">{size_words(fund.fund_size.as_ref())}</td>
            <td role="cell" data-label="Stored"><Instant at=fund.updated_at/></td>
            <td role="cell" class="words choices" data-label="What to do">
                <a class="link" href=format!("/runs?fund={encoded}") aria-label=runs_label>"Runs"</a>
                <a
                    class="link"
                    rel="external"
                    download=file_name(&fund.fund_id)
                    href=format!("/api/funds/{encoded}")
                    aria-label=export_label
                >
                    "Export"
                </a>
                <button type="button" class="link needs-script" aria-label=duplicate_label on:click=move |_| changes.duplicate(&copied)>
                    "Duplicate"
                </button>
                <button
                    type="button"
                    class="link danger needs-script"
                    aria-label=delete_label
                    on:click=move |_| changes.ask_to_delete(deleted.get_value())
                >
                    "Delete"
                </button>
            </td>
        </tr>
    }
    .into_any()
}

fn size_words(size: Option<&FundSize>) -> String {
    size.map_or_else(
        || "not given".to_owned(),
        |FundSize { amount, currency }| format!("{currency}\u{a0}{}", format::decimal(*amount, 0)),
    )
}
