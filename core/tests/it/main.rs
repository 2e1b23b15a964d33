//! The engine through its public interface.

mod arbitrary;
mod canonical_form;
mod codec;
mod config_reading;
mod generator;
mod kernel_targets;
mod keys;
mod marginals;
mod streams;
