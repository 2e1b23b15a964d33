//! The engine through its public interface.

mod elementary;
mod generator;
mod kernel_targets;
mod keys;
mod marginals;
mod streams;
mod arbitrary;
mod canonical_form;
mod codec;
mod config_reading;
mod keys;
mod warnings;
