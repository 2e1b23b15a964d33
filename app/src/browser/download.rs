//! Files made in the browser: a chart or a table as SVG or PNG, what is behind it as CSV, a configuration as JSON.

use leptos::html::Section;
use leptos::prelude::{GetUntracked, NodeRef, document, window};
use leptos::svg::Svg;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Element, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement,
    Url, XmlSerializer,
};

use super::table_drawing;

/// What a drawing's look is made of; the page's style sheet stays behind when the drawing leaves.
const LOOK: [&str; 11] = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-opacity",
    "opacity",
    "font-family",
    "font-size",
    "font-weight",
    "vector-effect",
];

/// Pixels of a PNG per pixel of the page.
const PNG_SCALE: f64 = 2.0;
/// Pixels around a drawing.
pub(super) const MARGIN: f64 = 12.0;

/// Downloads a table.
pub(crate) fn download_csv(file: &str, csv: &str) {
    let _ = save_text(&format!("{file}.csv"), "text/csv;charset=utf-8", csv);
}

/// Downloads JSON text under the file's whole name.
pub(crate) fn download_json(file: &str, json: &str) {
    let _ = save_text(file, "application/json", json);
}

/// What a picture is made of.
#[derive(Clone, Copy)]
pub(crate) enum Drawn {
    /// A chart.
    Svg(NodeRef<Svg>),
    /// The table that a card shows.
    TableOf(NodeRef<Section>),
}

impl Drawn {
    fn drawing(self) -> Option<Drawing> {
        match self {
            Self::Svg(svg) => Drawing::of(&svg.get_untracked()?.into()).ok(),
            Self::TableOf(card) => {
                let table = card.get_untracked()?.query_selector(".scroll > table").ok().flatten()?;
                table_drawing::of(&table).ok()
            }
        }
    }
}

/// Downloads a drawing as it looks now.
pub(crate) fn download_svg(drawn: Drawn, file: &str) {
    if let Some(drawing) = drawn.drawing() {
        let _ = save_text(&format!("{file}.svg"), "image/svg+xml", &drawing.text);
    }
}

/// Downloads a drawing as it looks now, in twice its pixels.
pub(crate) fn download_png(drawn: Drawn, file: &'static str) {
    if let Some(drawing) = drawn.drawing() {
        spawn_local(async move {
            let _ = save_png(drawing, file).await;
        });
    }
}

/// A drawing that stands by itself.
pub(super) struct Drawing {
    text: String,
    width: f64,
    height: f64,
}

impl Drawing {
    fn of(svg: &Element) -> Result<Self, JsValue> {
        let place = svg.get_bounding_client_rect();
        let (width, height) = (place.width(), place.height());
        let copy: Element = svg.clone_node_with_deep(true)?.unchecked_into();
        copy_look(svg, &copy)?;
        let padding = padding_left(svg);
        let frame = [("x", MARGIN + padding), ("y", MARGIN), ("width", width - padding), ("height", height)];
        for (name, value) in frame {
            copy.set_attribute(name, &value.to_string())?;
        }
        copy.set_attribute("overflow", "visible")?;
        let (originals, copies) = (svg.query_selector_all("*")?, copy.query_selector_all("*")?);
        for index in 0..originals.length() {
            if let (Some(original), Some(copy)) = (originals.get(index), copies.get(index)) {
                copy_look(original.unchecked_ref(), copy.unchecked_ref())?;
            }
        }
        let drawing = XmlSerializer::new()?.serialize_to_string(&copy)?;
        Ok(Self::on_ground(&drawing, width, height, svg))
    }

    /// `content`, of so many pixels, on the ground that `element` lies on, with a margin.
    pub(super) fn on_ground(content: &str, width: f64, height: f64, element: &Element) -> Self {
        let (width, height) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>{content}</svg>",
            background(element)
        );
        Self { text, width, height }
    }
}

/// Writes an element's computed look into its copy's attributes.
fn copy_look(original: &Element, copy: &Element) -> Result<(), JsValue> {
    let Some(computed) = window().get_computed_style(original)? else { return Ok(()) };
    for property in LOOK {
        let value = computed.get_property_value(property)?;
        if !value.is_empty() && value != "none" || property == "fill" || property == "stroke" {
            copy.set_attribute(property, &value)?;
        }
    }
    Ok(())
}

/// Pixels left of the plot, where names stand.
fn padding_left(svg: &Element) -> f64 {
    let computed = window().get_computed_style(svg).ok().flatten();
    let padding = computed.and_then(|computed| computed.get_property_value("padding-left").ok());
    padding.and_then(|padding| padding.trim_end_matches("px").parse().ok()).unwrap_or(0.0)
}

/// The colour the drawing lies on; the browser writes it as `rgb(…)`.
fn background(svg: &Element) -> String {
    let card = svg.closest(".card").ok().flatten();
    let computed = card.and_then(|card| window().get_computed_style(&card).ok().flatten());
    computed
        .and_then(|computed| computed.get_property_value("background-color").ok())
        .unwrap_or_else(|| "white".to_owned())
}

async fn save_png(drawing: Drawing, file: &'static str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(&text_blob("image/svg+xml", &drawing.text)?)?;
    let image = HtmlImageElement::new()?;
    image.set_src(&url);
    let decoded = JsFuture::from(image.decode()).await;
    Url::revoke_object_url(&url)?;
    decoded?;
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((drawing.width * PNG_SCALE) as u32);
    canvas.set_height((drawing.height * PNG_SCALE) as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?.unchecked_into();
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)?;
    let save = Closure::once_into_js(move |blob: Option<Blob>| {
        if let Some(blob) = blob {
            let _ = save_blob(&format!("{file}.png"), &blob);
        }
    });
    canvas.to_blob(save.unchecked_ref())
}

fn save_text(file: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    save_blob(file, &text_blob(kind, text)?)
}

fn text_blob(kind: &str, text: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options)
}

fn save_blob(file: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(file);
    link.click();
    Url::revoke_object_url(&url)
}
