//! The twin of `present` on the server.

pub(crate) fn switch_theme() {}
