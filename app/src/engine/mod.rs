//! The browser's own engine: the engine module in Web Workers and, for what may not be late, in the page's own thread.
//!
//! The workers' script is `app/engine/worker.js`; `message` mirrors its messages.

mod message;
mod page;
mod preview;
mod worker;

pub use message::{FromWorker, Paired, PairedVariant, Part, Pinned, PreviewResult, ToWorker};
pub use preview::{Detail, Frame, PreviewEngine, PreviewState, lead_rows, most_rows, stages};
pub use worker::EngineWorker;
pub(crate) use worker::pool_size;
