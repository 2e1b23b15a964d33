//! The pages as readers without scripts get them, and the drawings as text.
#![cfg(feature = "ssr")]

mod double;

mod sample;
