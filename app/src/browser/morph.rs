//! Changing a part of the page into what it is to be, without making anew what stays: focus, selection, what was scrolled
//! and opened are kept.

use std::collections::{HashMap, HashSet};

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// Names an element among its siblings, wherever it stands.
const KEY: &str = "data-key";

/// Lets `element` contain what `html` says.
pub(crate) fn morph(element: &Element, html: &str) {
    let Ok(fresh) = document().create_element("div") else { return };
    fresh.set_inner_html(html);
    morph_children(element, &fresh);
}

fn morph_children(old: &Node, fresh: &Node) {
    let fresh_children = children(fresh);
    let stays: HashSet<String> = fresh_children.iter().filter_map(key).collect();
    let mut keyed = HashMap::new();
    for child in children(old) {
        match key(&child) {
            // First of all, so that what follows need not be moved, by which it would lose the focus.
            Some(key) if !stays.contains(&key) => {
                let _ = old.remove_child(&child);
            }
            Some(key) => {
                keyed.insert(key, child);
            }
            None => {}
        }
    }
    let mut place = old.first_child();
    for child in fresh_children {
        let found = match key(&child) {
            Some(key) => keyed.remove(&key),
            None => place.clone().filter(|old| key(old).is_none() && are_alike(old, &child)),
        };
        match found {
            Some(found) => {
                if place.as_ref() == Some(&found) {
                    place = found.next_sibling();
                } else {
                    // What cannot be moved stays where it is, and is put right all the same.
                    let _ = old.insert_before(&found, place.as_ref());
                }
                morph_node(&found, &child);
            }
            None => {
                let _ = old.insert_before(&child, place.as_ref());
            }
        }
    }
    while let Some(rest) = place {
        place = rest.next_sibling();
        let _ = old.remove_child(&rest);
    }
}

fn morph_node(old: &Node, fresh: &Node) {
    if let (Some(old), Some(fresh)) = (old.dyn_ref::<Element>(), fresh.dyn_ref::<Element>()) {
        morph_attributes(old, fresh);
        morph_children(old, fresh);
    } else if old.node_value() != fresh.node_value() {
        old.set_node_value(fresh.node_value().as_deref());
    }
}

fn morph_attributes(old: &Element, fresh: &Element) {
    // What the reader has opened stays open.
    let is_readers = |name: &str| name == "open";
    let names = |element: &Element| element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect();
    let old_names: Vec<String> = names(old);
    for name in old_names.iter().filter(|name| !is_readers(name) && !fresh.has_attribute(name)) {
        let _ = old.remove_attribute(name);
    }
    let fresh_names: Vec<String> = names(fresh);
    for name in fresh_names.iter().filter(|name| !is_readers(name)) {
        let value = fresh.get_attribute(name);
        if old.get_attribute(name) != value {
            let _ = old.set_attribute(name, &value.unwrap_or_default());
        }
    }
}

fn are_alike(old: &Node, fresh: &Node) -> bool {
    old.node_type() == fresh.node_type() && old.node_name() == fresh.node_name()
}

fn key(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>()?.get_attribute(KEY)
}

/// The children as they are now, whatever becomes of them.
fn children(node: &Node) -> Vec<Node> {
    let list = node.child_nodes();
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}
