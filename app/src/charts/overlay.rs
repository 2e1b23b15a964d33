//! Other variants' distributions over the one in front.

use std::sync::Arc;

use foliocast_core::scenario::FundFigures;

/// Most overlays of a chart: each has a colour and a line of its own.
pub const MOST_OVERLAYS: usize = 3;

/// The classes that give an overlay its colour and line, by its slot.
pub(super) const OVERLAY_CLASSES: [&str; MOST_OVERLAYS] = ["variant-0", "variant-1", "variant-2"];

/// The class that gives the overlay in `slot` its colour and line.
pub(crate) fn overlay_class(slot: usize) -> &'static str {
    OVERLAY_CLASSES.get(slot).copied().unwrap_or_default()
}

/// Another variant's distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlay {
    /// Which look it has, below [`MOST_OVERLAYS`].
    pub slot: usize,
    /// What people call the variant.
    pub name: String,
    /// The fund's figures.
    pub fund: Arc<FundFigures>,
}
