//! A power law through its median and its P90: typed apart, or as one range.

use leptos::prelude::*;
use web_sys::ClipboardEvent;

use super::draft::{BucketField, BucketId, Field};
use super::field::FieldInput;
use super::range::median_to_p90;
use super::state::{ThisBucket, Workbench};
use crate::browser::pasted_text;

/// The two quantiles and the range they make.
#[component]
pub(super) fn PowerLawInputs(
    /// Which bucket.
    id: BucketId,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let bucket = expect_context::<ThisBucket>();
    let use_range = move |(median, p90)| {
        workbench.edit(|draft| {
            if let Some(bucket) = draft.bucket_mut(id) {
                bucket.use_range(median, p90);
            }
        });
    };
    // The range as it is being typed; the two quantiles say it when nobody types one.
    let typing = RwSignal::new(None::<String>);
    let quantiles = move || bucket.read(|bucket| [bucket.median.trim().to_owned(), bucket.p90.trim().to_owned()]);
    let range = move || {
        typing.get().unwrap_or_else(|| {
            let [median, p90] = quantiles();
            format!("{median} to {p90}")
        })
    };
    let fault = Memo::new(move |_| typing.with(|typing| typing.as_deref().and_then(|text| median_to_p90(text).err())));
    let type_range = move |event| {
        let text = event_target_value(&event);
        if let Ok(ends) = median_to_p90(&text) {
            use_range(ends);
        }
        typing.set(Some(text));
    };
    let end_typing = move |_| {
        if fault.with_untracked(Option::is_none) {
            typing.set(None);
        }
    };
    let paste = move |event: ClipboardEvent| {
        if let Ok(ends) = median_to_p90(&pasted_text(&event)) {
            event.prevent_default();
            typing.set(None);
            use_range(ends);
        }
    };
    let meaning_id = format!("bucket-{id}-range-meaning");
    let fault_id = format!("bucket-{id}-range-fault");
    let described_by = {
        let (meaning, fault_id) = (meaning_id.clone(), fault_id.clone());
        move || if fault.with(Option::is_some) { fault_id.clone() } else { meaning.clone() }
    };
    let meaning = move || {
        let [median, p90] = quantiles();
        format!("Half of all deals return more than {median} ×, one in ten more than {p90} ×.")
    };
    view! {
        <div class="row">
            <label class="inline">
                "Range"
                <span class="field boxed words range" class:faulty=move || fault.with(Option::is_some)>
                    <input
                        type="text"
                        autocomplete="off"
                        spellcheck="false"
                        aria-label="Range, from the median to what one deal in ten exceeds, as in 0.5 to 3"
                        aria-invalid=move || fault.with(Option::is_some).then_some("true")
                        aria-describedby=described_by
                        prop:value=range
                        on:input=type_range
                        on:change=end_typing
                    />
                </span>
            </label>
            <div class="row" on:input=move |_| typing.set(None) on:paste=paste>
                <label class="inline">
                    "Median" <FieldInput field=Field::Bucket(id, BucketField::Median) label="Median multiple of one deal" class="boxed"/>
                </label>
                <label class="inline">
                    "P90" <FieldInput field=Field::Bucket(id, BucketField::P90) label="Multiple that one deal in ten exceeds" class="boxed"/>
                </label>
            </div>
        </div>
        <p class="fault" id=fault_id role="alert">{move || fault.get()}</p>
        <p class="muted small" id=meaning_id>{meaning}</p>
    }
    .into_any()
}
