//! The engine through its public interface.

mod elementary;
mod generator;
mod kernel_targets;
mod keys;
mod machine_code;
mod marginals;
mod statistics;
mod streams;
