//! Parts that pages are made of.

mod badge;
mod frame;
mod results;
mod theme;

pub use badge::{Badge, BadgeKind};
pub use frame::{Footer, Header};
pub use results::{Basis, Results};
pub use theme::ThemeToggle;
