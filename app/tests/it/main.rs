//! The interface: its logic, the pages as readers without scripts get them, the drawings as text.
#![cfg(feature = "ssr")]

mod charts;
mod comparison;
mod configurations;
mod double;
mod figures;
mod format;
mod money;
mod number_style;
mod pages;
mod preview_stages;
mod report;
mod sample;
mod tornado;
mod verify;
mod workbench;
