//! Computations and the jobs attached to them.
