//! What changes the list of funds: duplicate, delete, and store again what was deleted.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::api::Fund;
use crate::api_client::{CallError, delete, percent_encoded, put};
use crate::browser::{focus, focus_soon};
use crate::format;
use crate::pages::workbench::copy_name;

/// The id of the button that leaves a fund where it is.
const KEEP_ID: &str = "keep-fund";
/// The id of the element that takes the focus when a question goes: the page's content.
const CONTENT_ID: &str = "content";
/// So many names are tried for a copy.
const MOST_COPIES: u32 = 50;

/// Where a change of the list stands.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// Nothing was asked.
    None,
    /// Whether this fund is to be deleted.
    Asked(Fund),
    /// The server was asked.
    UnderWay(String),
    /// It was done.
    Done(String),
    /// A fund was deleted; it can be stored again.
    Deleted(Fund),
    /// It was not done.
    Failed(String),
}

/// Changes the list of funds.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    change: RwSignal<Change>,
    changed: Callback<()>,
}

impl Changes {
    /// Nothing is asked yet; `changed` is called when the list is another.
    pub fn new(changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self { change: RwSignal::new(Change::None), changed: Callback::new(move |()| changed()) }
    }

    /// Asks whether a fund is to be deleted.
    pub fn ask_to_delete(self, fund: Fund) {
        self.change.set(Change::Asked(fund));
        focus_soon(KEEP_ID.to_owned());
    }

    /// Stores a copy under the first name that is free.
    pub fn duplicate(self, fund: &Fund) {
        let fund = fund.clone();
        self.change.set(Change::UnderWay(format!("Duplicating {} …", quoted(&fund))));
        leptos::task::spawn_local(async move {
            let mut copy = Fund { fund_id: copy_name(&fund.fund_id), ..fund.clone() };
            for _ in 1..MOST_COPIES {
                match store(&copy).await {
                    Err(CallError::Refused { status: 412, .. }) => copy.fund_id = copy_name(&copy.fund_id),
                    result => {
                        let done = format!("{} was duplicated as {}.", quoted(&fund), quoted(&copy));
                        return self.end(result, Change::Done(done), "Nothing was duplicated.");
                    }
                }
            }
            self.change.try_set(Change::Failed(format!(
                "Nothing was duplicated: {} has {MOST_COPIES} copies.",
                quoted(&fund)
            )));
        });
    }

    fn delete(self, fund: Fund) {
        focus(CONTENT_ID);
        self.change.set(Change::UnderWay(format!("Deleting {} …", quoted(&fund))));
        leptos::task::spawn_local(async move {
            let result = delete(&address(&fund.fund_id)).await.and_then(|answer| answer.success());
            self.end(result, Change::Deleted(fund), "Nothing was deleted.");
        });
    }

    fn store_again(self, fund: Fund) {
        focus(CONTENT_ID);
        self.change.set(Change::UnderWay(format!("Storing {} again …", quoted(&fund))));
        leptos::task::spawn_local(async move {
            let result = store(&fund).await;
            let done = format!("{} is stored again.", quoted(&fund));
            self.end(result, Change::Done(done), "Nothing was stored.");
        });
    }

    fn end(self, result: Result<(), CallError>, done: Change, not_done: &str) {
        let change = match result {
            Ok(()) => done,
            Err(error) => Change::Failed(format!("{not_done} {error}")),
        };
        // The page may have been left meanwhile.
        if self.change.try_set(change).is_none() {
            self.changed.run(());
        }
    }
}

fn quoted(fund: &Fund) -> String {
    format!("“{}”", format::isolated(&fund.fund_id))
}

fn address(id: &str) -> String {
    format!("/api/funds/{}", percent_encoded(id))
}

/// Stores a fund that must be new, under its own name whatever name its configuration has.
async fn store(fund: &Fund) -> Result<(), CallError> {
    let mut configuration = fund.configuration.clone();
    if let Some(members) = configuration.as_object_mut() {
        members.insert("fundId".into(), fund.fund_id.as_str().into());
    }
    let size =
        fund.fund_size.as_ref().and_then(|size| serde_json::to_string(size).ok()).unwrap_or_else(|| "null".to_owned());
    let body = format!("{{\"configuration\":{configuration},\"fundSize\":{size}}}");
    put(&address(&fund.fund_id), &body, ("if-none-match", "*")).await.and_then(|answer| answer.success())
}

/// The question before a fund is deleted, and what came of a change.
#[component]
pub(super) fn ChangesNote(changes: Changes) -> impl IntoView {
    let change = changes.change;
    let told = move || match change.get() {
        Change::UnderWay(words) | Change::Done(words) => words,
        Change::Deleted(fund) => format!("{} was deleted. Its runs stay.", quoted(&fund)),
        Change::None | Change::Asked(_) | Change::Failed(_) => String::new(),
    };
    let keep = move || {
        focus(CONTENT_ID);
        change.set(Change::None);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            keep();
        }
    };
    view! {
        <div class="changes">
            <p class="note" role="status">{told}</p>
            {move || match change.get() {
                Change::Asked(fund) => {
                    let words = format!(
                        "Delete the fund {}? Its runs stay, and so do links that carry its configuration.",
                        quoted(&fund),
                    );
                    let label = words.clone();
                    Some(
                        view! {
                            <div class="notice warn" role="alertdialog" aria-label=label on:keydown=on_key>
                                <p>{words}</p>
                                <div class="row">
                                    <button type="button" class="ghost small" id=KEEP_ID on:click=move |_| keep()>"Keep it"</button>
                                    <button type="button" class="ghost small" on:click=move |_| changes.delete(fund.clone())>
                                        "Delete it"
                                    </button>
                                </div>
                            </div>
                        }
                        .into_any(),
                    )
                }
                Change::Deleted(fund) => Some(
                    view! {
                        <button type="button" class="ghost small" on:click=move |_| changes.store_again(fund.clone())>
                            "Store it again"
                        </button>
                    }
                    .into_any(),
                ),
                Change::Failed(words) => Some(view! { <p class="notice error" role="alert">{words}</p> }.into_any()),
                Change::None | Change::UnderWay(_) | Change::Done(_) => None,
            }}
        </div>
    }
    .into_any()
}
