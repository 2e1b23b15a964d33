//! The pages as readers without scripts get them, and the drawings as text.
#![cfg(feature = "ssr")]

mod configurations;
mod double;
mod sample;
mod verify;
mod workbench;

