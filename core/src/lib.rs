//! The Foliocast engine.
//!
//! What a portfolio could return: correlated scenarios of deal outcomes, made from a seed, summarised with their
//! errors, and identified by what they were made from. The crate gives the same bits natively and in WebAssembly, on
//! any number of threads; `docs/MODEL.md` is its contract.
//!
//! It knows nothing of clocks, files, networks or JavaScript, except in its one module `wasm`.

mod canonical;
pub mod codec;
pub mod error;
pub mod scenario;
#[cfg(feature = "wasm")]
pub mod wasm;

pub use error::{Error, ErrorCode, Errors};
pub use foliocast_kernel::{self as kernel, math};
