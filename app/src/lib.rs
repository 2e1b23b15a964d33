//! The Foliocast interface.

pub mod api;
#[cfg(feature = "ssr")]
pub mod service;
