//! How one deal of a bucket comes out: a power law or an outcome table.

use leptos::prelude::*;

use super::draft::{BucketField, BucketId, DraftBucket, Field, MAX_BANDS, Shape};
use super::field::FieldInput;
use super::outlook::Outlook;
use super::paste_table::{PasteTable, TablePaste};
use super::power_law::PowerLawInputs;
use super::preset_menu::PresetMenu;
use super::state::{ThisBucket, Workbench};
use super::typed::{Unit, number, typed};
use crate::browser::focus_soon;

/// The choice and its numbers.
#[component]
pub(super) fn ShapeInputs(
    /// Which bucket.
    id: BucketId,
) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let bucket = expect_context::<ThisBucket>();
    let shape = Memo::new(move |_| bucket.read(|bucket| Some(bucket.shape)));
    let choose = move |shape| {
        workbench.edit(|draft| {
            if let Some(bucket) = draft.bucket_mut(id) {
                bucket.shape = shape;
            }
        });
    };
    let choice = move |this: Shape, words: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=format!("bucket-{id}-shape")
                    prop:checked=move || shape.get() == Some(this)
                    on:input=move |_| choose(this)
                />
                {words}
            </label>
        }
    };
    view! {
        <fieldset class="plain">
            <legend>"How one deal comes out"</legend>
            <div class="row">{choice(Shape::PowerLaw, "Power law")} {choice(Shape::Table, "Outcome table")}</div>
            <PresetMenu id/>
            {move || match shape.get() {
                Some(Shape::PowerLaw) => view! { <PowerLawInputs id/> }.into_any(),
                Some(Shape::Table) => view! { <TableInputs id/> }.into_any(),
                None => ().into_any(),
            }}
        </fieldset>
        <Outlook/>
    }
    .into_any()
}

#[component]
fn TableInputs(id: BucketId) -> impl IntoView {
    let workbench = expect_context::<Workbench>();
    let bucket = expect_context::<ThisBucket>();
    let bands = Memo::new(move |_| bucket.read(|bucket| bucket.bands.len()));
    let change = move |change: fn(&mut DraftBucket, usize), band: usize| {
        workbench.edit(|draft| {
            if let Some(bucket) = draft.bucket_mut(id) {
                change(bucket, band);
            }
        });
    };
    let remove_id = move |band: usize| format!("bucket-{id}-remove-band-{band}");
    let remove = move |band: usize| {
        change(DraftBucket::remove_band, band);
        // The last row goes; the one before it takes the focus.
        if let Some(above) = band.checked_sub(1)
            && bands.get_untracked() == band
        {
            focus_soon(remove_id(above));
        }
    };
    let from = move |band: usize| {
        let Some(below) = band.checked_sub(1) else { return "0".to_owned() };
        bucket
            .read(|bucket| number(bucket.text(BucketField::BandTo(below)).unwrap_or_default(), Unit::Multiple))
            .map_or("—".to_owned(), |edge| typed(edge, Unit::Multiple))
    };
    let tail = move || {
        bucket.read(|bucket| {
            let edge = number(&bucket.bands.last()?.to, Unit::Multiple)?;
            let left = 100.0 - bucket.banded()?;
            Some(format!("{} % of deals above {} ×", typed(left, Unit::Percent), typed(edge, Unit::Multiple)))
        })
    };
    let row = move |band: usize| {
        view! {
            <tr>
                <td class="muted">{move || from(band)} " –"</td>
                <td>
                    <FieldInput
                        field=Field::Bucket(id, BucketField::BandTo(band))
                        label=format!("Band {}, up to, multiple", band + 1)
                        class="boxed"
                    />
                </td>
                <td>
                    <FieldInput
                        field=Field::Bucket(id, BucketField::BandShare(band))
                        label=format!("Band {}, percent of deals", band + 1)
                        class="boxed"
                    />
                </td>
                <td>
                    <button
                        type="button"
                        class="ghost icon"
                        id=remove_id(band)
                        aria-label=format!("Remove band {}", band + 1)
                        aria-disabled=move || (bands.get() == 1).then_some("true")
                        on:click=move |_| remove(band)
                    >
                        <svg width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
                            <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>
                        </svg>
                    </button>
                </td>
            </tr>
        }
    };
    let is_full = move || bands.get() >= MAX_BANDS;
    let paste = TablePaste::new(workbench, id);
    view! {
        <table class="bands" on:paste=move |event| paste.over_bands(&event)>
            <thead>
                <tr>
                    <th scope="col">"From"</th>
                    <th scope="col">"Up to"</th>
                    <th scope="col">"Deals"</th>
                    <th scope="col"><span class="unseen">"Remove"</span></th>
                </tr>
            </thead>
            // Rows stay while bands come and go: what follows a removed one moves up into its row, and the focus stays.
            <tbody><For each=move || 0..bands.get() key=|band| *band children=row/></tbody>
        </table>
        <div class="row">
            <button
                type="button"
                class="ghost small"
                aria-disabled=move || is_full().then_some("true")
                on:click=move |_| change(|bucket, _| bucket.add_band(), 0)
            >
                "Add band"
            </button>
            <label class="inline">
                "Tail exponent"
                <FieldInput field=Field::Bucket(id, BucketField::TailExponent) label="Exponent of the tail above the last band" class="boxed"/>
            </label>
            <span class="muted small">{tail}</span>
        </div>
        <PasteTable paste/>
    }
    .into_any()
}
