//! What goes into the clipboard.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Clipboard};

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// It is in the clipboard.
    Done,
    /// The browser, or whoever sits before it, said no.
    Refused,
    /// A page that came over plain HTTP has no clipboard.
    PlainHttp,
}

/// Puts a text into the clipboard; whether that worked. A page that came over plain HTTP has no clipboard.
pub(crate) async fn copy_text(text: &str) -> bool {
    match clipboard() {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

/// Puts a table into the clipboard, as HTML and as text; as text alone where a browser takes nothing else.
pub(crate) async fn copy_table(text: &str, html: &str) -> Copied {
    let Some(clipboard) = clipboard() else {
        return if window().is_secure_context() { Copied::Refused } else { Copied::PlainHttp };
    };
    if let Ok(items) = items(&[("text/html", html), ("text/plain", text)])
        && JsFuture::from(clipboard.write(&items)).await.is_ok()
    {
        return Copied::Done;
    }
    if copy_text(text).await { Copied::Done } else { Copied::Refused }
}

fn clipboard() -> Option<Clipboard> {
    Reflect::get(&window().navigator(), &"clipboard".into()).ok()?.dyn_into().ok()
}

/// One item of the clipboard with several representations.
fn items(representations: &[(&str, &str)]) -> Result<Array, JsValue> {
    let constructor: Function = Reflect::get(&window(), &"ClipboardItem".into())?.dyn_into()?;
    let data = Object::new();
    for (kind, text) in representations {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&JsValue::from_str(text)), &options)?;
        Reflect::set(&data, &JsValue::from_str(kind), &blob)?;
    }
    Ok(Array::of1(&Reflect::construct(&constructor, &Array::of1(&data))?))
}
