//! What a request's line in the log says beside its status: noted on the way down, told once at the end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foliocast_core::scenario::{MatrixKey, RunKey};
use tracing::Instrument as _;
use uuid::Uuid;

use super::TraceSpan;

tokio::task_local! {
    static TRAIL: Arc<Mutex<Trail>>;
}

/// What was done for a request.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// Whose request it is.
    pub tenant: Option<String>,
    /// Name of the key that was shown.
    pub key_name: Option<String>,
    /// The run it is about.
    pub run_key: Option<RunKey>,
    /// The matrix it is about.
    pub matrix_key: Option<MatrixKey>,
    /// Where that was found, or that it was computed.
    pub tier: Option<&'static str>,
    /// What came of looking for it, as statistics count it.
    pub outcome: Option<&'static str>,
    /// The job that it got.
    pub job_id: Option<Uuid>,
    /// The computation that it began or joined.
    pub computation_id: Option<Uuid>,
}

/// Runs a request; with what was noted on its way.
pub async fn followed<T>(request: impl Future<Output = T>) -> (T, Trail) {
    let trail = Arc::<Mutex<Trail>>::default();
    let answer = TRAIL.scope(Arc::clone(&trail), request).await;
    let noted = std::mem::take(&mut *lock(&trail));
    (answer, noted)
}

/// Notes something of the request that this task works for, if it works for one. Of more than one thing that a request is
/// about, the last stays.
pub fn note(change: impl FnOnce(&mut Trail)) {
    // Elsewhere there is no line to say it in.
    let _ = TRAIL.try_with(|trail| change(&mut lock(trail)));
}

fn lock(trail: &Mutex<Trail>) -> MutexGuard<'_, Trail> {
    trail.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The request that a task works for, for other tasks that work for it, too.
#[derive(Clone, Debug)]
pub struct Scope {
    trail: Option<Arc<Mutex<Trail>>>,
    traced: TraceSpan,
    logged: tracing::Span,
}

impl Scope {
    /// This task's.
    pub fn current() -> Self {
        Self { trail: TRAIL.try_with(Arc::clone).ok(), traced: TraceSpan::current(), logged: tracing::Span::current() }
    }

    /// Works for the request.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        let work = self.traced.around(work).instrument(self.logged.clone());
        match &self.trail {
            Some(trail) => TRAIL.scope(Arc::clone(trail), work).await,
            None => work.await,
        }
    }
}
