//! Computations: who follows them, who makes them, and what one attempt does.

mod attempt;
mod backoff;
mod dispatcher;
mod live;
mod rows;
mod scenario;
mod step;

pub use dispatcher::{MAX_ATTEMPTS, WorkerSettings, Workers};
pub use live::{Following, Live, Progress};
pub use rows::{RowReader, RowsFailure, block_digest_of};
pub use scenario::{MatrixBody, RUN_FORMAT, ScenarioComputer, matrix_id, run_id};
pub use step::Step;
