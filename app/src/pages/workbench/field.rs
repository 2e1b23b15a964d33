//! One text of the draft as an input, with what is wrong beside it.

use leptos::prelude::*;

use super::draft::Field;
use super::state::Workbench;
use super::typed::Unit;

/// The id of the element that says what is wrong at `path`.
pub(super) fn fault_id(path: &str) -> String {
    let plain: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("fault-{plain}")
}

/// The id of the input for the setting at `path`.
pub(super) fn input_id(path: &str) -> String {
    fault_id(path).replacen("fault", "input", 1)
}

/// A native input for one text of the draft.
#[component]
pub(super) fn FieldInput(
    /// Which text.
    field: Field,
    /// What a screen reader calls it.
    #[prop(into)]
    label: Signal<String>,
    /// The element's id, where something must find it.
    #[prop(optional, into)]
    id: Option<String>,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// What stands there while nothing is typed.
    #[prop(optional)]
    placeholder: &'static str,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    // Memos, so that an input changes the elements it concerns and no others.
    let text = workbench.text(field);
    let path = workbench.path(field);
    let fault = Memo::new(move |_| {
        let path = path.get()?;
        workbench.faults.with(|faults| faults.at(&path)).map(|_| fault_id(&path))
    });
    let own_id = move || id.clone().or_else(|| path.with(|path| path.as_deref().map(input_id)));
    let unit = field.unit();
    let sign = unit.map_or("", Unit::sign);
    view! {
        <span class=format!("field {class}") class:faulty=move || fault.with(Option::is_some)>
            <input
                type="text"
                id=own_id
                inputmode=if unit.is_some() { "decimal" } else { "text" }
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                aria-label=label
                aria-invalid=move || fault.with(Option::is_some).then_some("true")
                aria-describedby=move || fault.get()
                value=text.get_untracked()
                prop:value=text
                on:input=move |event| workbench.type_into(field, event_target_value(&event))
            />
            {(!sign.is_empty()).then(|| view! { <span class="unit" aria-hidden="true">{sign}</span> })}
        </span>
    }
}

/// What is wrong at the path of `field`, as a line of its own.
#[component]
pub(super) fn FieldFault(
    /// Which text.
    field: Field,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let path = workbench.path(field);
    let fault = Memo::new(move |_| {
        let path = path.get()?;
        let message = workbench.faults.with(|faults| faults.at(&path))?;
        Some((fault_id(&path), message))
    });
    move || fault.get().map(|(id, message)| view! { <p class="fault" id=id>{message}</p> })
}

/// What is wrong at exactly one path that is no single field: sums, the whole.
#[component]
pub(super) fn GroupFault(
    /// The path.
    path: &'static str,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let fault = Memo::new(move |_| workbench.faults.with(|faults| faults.at(path)));
    move || fault.get().map(|message| view! { <p class="fault" id=fault_id(path)>{message}</p> })
}
