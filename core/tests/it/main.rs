//! The engine through its public interface.

mod elementary;
mod generator;
mod kernel_targets;
mod keys;
mod marginals;
mod streams;
