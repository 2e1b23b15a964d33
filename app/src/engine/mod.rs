//! The browser's own engine: the engine module in Web Workers.
//!
//! The script they run is `app/worker/engine-worker.js`; `message` mirrors its messages.

mod message;
mod preview;
mod worker;

pub use message::{FromWorker, PreviewResult, ToWorker};
pub use preview::{Detail, Frame, PreviewEngine, PreviewState, most_rows, stages};
pub use worker::EngineWorker;
pub(crate) use worker::pool_size;
