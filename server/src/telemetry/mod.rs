//! What connects a request with what is done for it: the line that it gets in the log, and spans for a collector.
//!
//! The names are the same in both: `request_id`, `job_id`, `computation_id`, `run_key`, `matrix_key`, `tier`, `outcome`.
//! Neither ever holds a configuration, or anything that lets somebody in.

mod export;
mod span;
mod trail;

pub use export::Export;
pub use span::{Parts, TraceSpan, lookup, traceparent};
pub use trail::{Scope, Trail, followed, note};
