//! The engine through its public interface.

mod arbitrary;
mod canonical_form;
mod codec;
mod comparison;
mod config_reading;
mod corpus;
mod elementary;
mod figures;
mod gathered;
mod generator;
mod kernel_targets;
mod keys;
mod machine_code;
mod marginals;
mod outlook;
mod preview;
mod recycling;
mod run;
mod statistics;
mod streams;
mod summary;
mod summary_json;
mod summary_laws;
mod warnings;
