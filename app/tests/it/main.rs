//! The pages as readers without scripts get them, and the drawings as text.
#![cfg(feature = "ssr")]

mod charts;
mod configurations;
mod double;
mod format;
mod pages;
mod sample;
mod verify;
mod workbench;
