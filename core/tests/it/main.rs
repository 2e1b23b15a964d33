//! The engine through its public interface.

mod arbitrary;
mod canonical_form;
mod codec;
mod config_reading;
mod keys;
mod warnings;
