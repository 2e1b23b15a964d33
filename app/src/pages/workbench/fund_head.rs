//! The head of the inputs: which fund it is, how it stands to the stored one, and what can be done with it.

use leptos::prelude::*;

use super::draft::Field;
use super::field::input_id;
use super::fund_menu::FundMenu;
use super::funds::{FundState, Standing};
use super::kept::KeptDraft;
use super::state::{Size, Workbench};
use super::typed::{Unit, typed};
use super::undo::UndoButtons;
use crate::browser::{self, unix_ms};
use crate::components::Instant;
use crate::format;

/// The id of the button that saves: where the focus goes when a question about saving is answered.
const SAVE_ID: &str = "save-fund";
/// The id of the button that opens the menu.
const MENU_BUTTON_ID: &str = "fund-menu-button";
const MENU_ID: &str = "fund-menu";

/// Name, standing, the buttons, and what is to be said about them.
#[component]
pub(super) fn FundHead() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let funds = workbench.funds;
    let fund_id = Memo::new(move |_| workbench.draft.with(|draft| draft.fund_id.trim().to_owned()));
    let standing = funds.standing(workbench);
    let is_default = move || standing.get() == Standing::Default;
    let title = move || if is_default() { "Default fund".to_owned() } else { fund_id.get() };
    let mark = move || match standing.get() {
        Standing::Default => None,
        Standing::Unsaved => Some(("mark", "not saved")),
        Standing::Saved => Some(("mark good", "saved")),
        Standing::Changed => Some(("mark changed", "unsaved changes")),
    };
    let subtitle = move || {
        workbench.size.get().map(|Size { deals, buckets }| {
            let plural = if buckets == 1 { "" } else { "s" };
            format!("{} deals in {buckets} bucket{plural}.", typed(deals.into(), Unit::Count))
        })
    };
    let is_open = RwSignal::new(false);
    view! {
        <div class="row">
            <h1 title=title><bdi>{title}</bdi></h1>
            {move || mark().map(|(class, words)| view! { <span class=class>{words}</span> })}
        </div>
        <p class="muted small">
            {subtitle}
            {move || is_default().then_some(" Outcome tables in the shape of published venture results, illustrative.")}
        </p>
        <div class="row fund-tools">
            <UndoButtons/>
            <button
                type="button"
                class="ghost small needs-script"
                id=SAVE_ID
                aria-disabled=move || funds.state.with(|state| *state == FundState::Saving).then_some("true")
                on:click=move |_| funds.save(workbench)
            >
                {move || if funds.state.with(|state| *state == FundState::Saving) { "Saving …" } else { "Save" }}
            </button>
            <button
                type="button"
                class="ghost small needs-script"
                id=MENU_BUTTON_ID
                aria-expanded=move || is_open.get().to_string()
                aria-controls=MENU_ID
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                "Funds and files"
            </button>
            <div class="spacer"></div>
            <button type="button" class="ghost small needs-script" on:click=move |_| workbench.reset()>
                "Reset"
            </button>
        </div>
        <div id=MENU_ID>
            {move || is_open.get().then(|| view! { <FundMenu close=move || close_menu(is_open)/> })}
        </div>
        <FundNote/>
        <KeptNote/>
    }
    .into_any()
}

fn close_menu(is_open: RwSignal<bool>) {
    browser::focus(MENU_BUTTON_ID);
    is_open.set(false);
}

/// What the server was asked about the fund and how that went; a question where saving would replace what this page
/// has not seen.
#[component]
fn FundNote() -> impl IntoView {
    const ANSWER_ID: &str = "keep-stored-fund";
    let workbench = expect_context::<Workbench>();
    let funds = workbench.funds;
    let state = funds.state;
    let done = move || {
        browser::focus(SAVE_ID);
        state.set(FundState::Idle);
    };
    let told = move || match state.get() {
        FundState::Opening(id) => format!("Opening the fund “{}” …", format::isolated(&id)),
        FundState::Saved(id) => format!("Saved as “{}”.", format::isolated(&id)),
        _ => String::new(),
    };
    let name = move || {
        // The name is a text of the draft like any other: whoever is to change it is led there.
        browser::focus(&input_id("fundId"));
        state.set(FundState::Idle);
    };
    view! {
        <p class="note fund-state" role="status">{told}</p>
        {move || match state.get() {
            FundState::Failed(words, faults) => Some(
                view! {
                    <div class="notice error" role="alert">
                        <p>{words}</p>
                        {(!faults.is_empty()).then(|| view! {
                            <ul>{faults.into_iter().map(|fault| view! { <li>{fault}</li> }).collect_view()}</ul>
                        })}
                        <button type="button" class="ghost small" on:click=move |_| done()>"Close"</button>
                    </div>
                }
                .into_any(),
            ),
            FundState::Differs { fund_id, updated_at, was_known } => {
                let id = fund_id.clone();
                let version = updated_at.clone();
                let question = match (updated_at, was_known) {
                    (Some(at), true) => view! {
                        <p>
                            "“" <bdi>{fund_id}</bdi> "” was stored again elsewhere, on " <Instant at/>
                            ", after you opened it. Saving replaces that with what is typed here."
                        </p>
                    }
                    .into_any(),
                    (Some(at), false) => view! {
                        <p>
                            "There is a fund “" <bdi>{fund_id}</bdi> "” already, stored on " <Instant at/>
                            ". Saving replaces it with what is typed here."
                        </p>
                    }
                    .into_any(),
                    (None, _) => view! {
                        <p>"“" <bdi>{fund_id}</bdi> "” was deleted after you opened it. Saving stores it again."</p>
                    }
                    .into_any(),
                };
                let exists = version.is_some();
                let replace = if exists { "Replace it" } else { "Store it again" };
                Some(
                    view! {
                        <div class="notice warn" role="alert">
                            {question}
                            <div class="row">
                                <button
                                    type="button"
                                    class="ghost small"
                                    on:click=move |_| {
                                        browser::focus(SAVE_ID);
                                        funds.save_over(workbench, version.clone());
                                    }
                                >
                                    {replace}
                                </button>
                                {exists.then(|| view! {
                                    <button
                                        type="button"
                                        class="ghost small"
                                        on:click=move |_| {
                                            browser::focus(SAVE_ID);
                                            funds.open(workbench, id.clone());
                                        }
                                    >
                                        "Open the stored one"
                                    </button>
                                    <button type="button" class="ghost small" on:click=move |_| name()>"Give mine another name"</button>
                                })}
                                <button type="button" class="ghost small" id=ANSWER_ID on:click=move |_| done()>"Do not save"</button>
                            </div>
                        </div>
                    }
                    .into_any(),
                )
            }
            _ => None,
        }}
    }
    .into_any()
}

/// What the browser kept from before and can go on with, and what is wrong with keeping.
#[component]
fn KeptNote() -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let kept = workbench.kept;
    view! {
        {move || kept.trouble.get().map(|words| view! { <p class="notice warn" role="status">{words}</p> })}
        {move || kept.offer.get().map(|offer| {
            let words = offer_words(&offer);
            view! {
                <div class="notice" role="status">
                    <p>{words}</p>
                    <div class="row">
                        <button
                            type="button"
                            class="ghost small"
                            on:click=move |_| {
                                browser::focus(SAVE_ID);
                                kept.take_offer(workbench);
                            }
                        >
                            "Continue where you left off"
                        </button>
                        <button
                            type="button"
                            class="ghost small"
                            on:click=move |_| {
                                browser::focus(SAVE_ID);
                                kept.leave_offer(workbench);
                            }
                        >
                            "Leave it"
                        </button>
                    </div>
                </div>
            }
        })}
    }
    .into_any()
}

fn offer_words(offer: &KeptDraft) -> String {
    let name = offer.draft.text(Field::FundId).unwrap_or_default().trim();
    let seconds = ((unix_ms() - offer.saved_at_ms).max(0.0) / 1e3) as u64;
    let age = if seconds < 60 { "less than a minute".to_owned() } else { format::age_seconds(seconds) };
    let buckets = offer.draft.buckets.len();
    let plural = if buckets == 1 { "" } else { "s" };
    let name = if name == "default" {
        "the default fund, changed".to_owned()
    } else {
        format!("“{}”", format::isolated(name))
    };
    format!("You worked on {name} ({buckets} bucket{plural}) {age} ago in this browser.")
}
