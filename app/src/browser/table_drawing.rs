//! A table as a drawing: what its cells look like, where they stand.

use std::fmt::Write as _;

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleDeclaration, DomRect, Element, HtmlElement};

use super::download::{Drawing, MARGIN};

/// Draws the cells of `table` as they look now, all of them, also those that are scrolled out of sight.
pub(super) fn of(table: &Element) -> Result<Drawing, JsValue> {
    // Heads that stick to the edge stand in their own place where nothing is scrolled.
    let scroller = table.parent_element();
    let scrolled = scroller.as_ref().map(|scroller| (scroller.scroll_top(), scroller.scroll_left()));
    scroll_to(scroller.as_ref(), Some((0, 0)));
    let drawing = drawn(table);
    scroll_to(scroller.as_ref(), scrolled);
    drawing
}

fn scroll_to(scroller: Option<&Element>, place: Option<(i32, i32)>) {
    if let (Some(scroller), Some((top, left))) = (scroller, place) {
        scroller.set_scroll_top(top);
        scroller.set_scroll_left(left);
    }
}

fn drawn(table: &Element) -> Result<Drawing, JsValue> {
    let place = table.get_bounding_client_rect();
    let mut content = String::new();
    let cells = table.query_selector_all("th, td")?;
    for index in 0..cells.length() {
        let cell = cells.get(index).and_then(|cell| cell.dyn_into::<HtmlElement>().ok());
        if let Some(cell) = cell
            && let Some(look) = window().get_computed_style(&cell)?
        {
            push_cell(&mut content, &cell, &look, &place)?;
        }
    }
    Ok(Drawing::on_ground(&content, place.width(), place.height(), table))
}

/// A cell is a drawing of its own, so that what does not fit is cut off as in the table.
fn push_cell(
    content: &mut String,
    cell: &HtmlElement,
    look: &CssStyleDeclaration,
    table: &DomRect,
) -> Result<(), JsValue> {
    let place = cell.get_bounding_client_rect();
    let (width, height) = (place.width(), place.height());
    let of = |property: &str| look.get_property_value(property).map(|value| attribute(&value));
    let pixels = |property: &str| {
        look.get_property_value(property).ok().and_then(|value| value.trim_end_matches("px").parse::<f64>().ok())
    };
    let _ = write!(
        content,
        "<svg x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"><rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
        place.left() - table.left() + MARGIN,
        place.top() - table.top() + MARGIN,
        of("background-color")?,
    );
    if pixels("border-bottom-width").is_some_and(|width| width > 0.0) {
        let _ = write!(content, "<path d=\"M0 {height}H{width}\" stroke=\"{}\"/>", of("border-bottom-color")?);
    }
    let (x, anchor) = match look.get_property_value("text-align")?.as_str() {
        "right" | "end" => (width - pixels("padding-right").unwrap_or(0.0), "end"),
        _ => (pixels("padding-left").unwrap_or(0.0), "start"),
    };
    let _ = write!(
        content,
        "<g fill=\"{}\" font-family=\"{}\" font-size=\"{}\" font-weight=\"{}\" text-anchor=\"{anchor}\" dominant-baseline=\"central\">",
        of("color")?,
        of("font-family")?,
        of("font-size")?,
        of("font-weight")?,
    );
    let lines = lines(cell);
    for (index, line) in lines.iter().enumerate() {
        let y = height * (index as f64 + 0.5) / lines.len() as f64;
        let _ = write!(content, "<text x=\"{x}\" y=\"{y}\">{}</text>", attribute(line));
    }
    content.push_str("</g></svg>");
    Ok(())
}

/// The lines of a cell; where cells are stacked, the head that the style sheet puts before them is the first.
fn lines(cell: &HtmlElement) -> Vec<String> {
    let before = window().get_computed_style_with_pseudo_elt(cell, "::before").ok().flatten();
    let content = before.and_then(|before| before.get_property_value("content").ok());
    let head = content.filter(|content| content.starts_with('"')).and_then(|_| cell.get_attribute("data-label"));
    let text = cell.inner_text();
    head.into_iter().chain(text.lines().map(str::to_owned)).collect()
}

/// A text inside an element or an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
