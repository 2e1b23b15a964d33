//! What other processes did with the store they share with this one.

use std::sync::Arc;

use futures::StreamExt as _;
use uuid::Uuid;

use super::Inner;
use crate::store::{ComputationState, StoreEvent};

/// Lets those who wait look as soon as there is something to see, until the services shut down. Whoever waits also looks
/// now and then by himself: what is told may be lost.
pub async fn listen(inner: Arc<Inner>) {
    let mut events = inner.store.events();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = inner.stopping.cancelled() => return,
        };
        match event {
            None => return,
            Some(StoreEvent::Submitted) => inner.workers.wake(),
            Some(StoreEvent::Changed(computation_id)) => {
                inner.live.nudge(computation_id);
                // One that waited for its matrix, or for the next attempt, may be next.
                inner.workers.wake();
                inner.stop_if_unwanted(computation_id).await;
            }
            Some(StoreEvent::Dropped) => inner.hear(),
            Some(StoreEvent::ReportAsked(question)) => inner.ask_for_report(question),
            Some(StoreEvent::Missed) => {
                inner.hear();
                inner.report_asked.notify_one();
                inner.live.nudge_all();
                inner.workers.wake();
            }
        }
    }
}

impl Inner {
    /// Has what others dropped looked up.
    fn hear(&self) {
        if let Some(membership) = &self.membership {
            membership.tell();
        }
    }

    /// Stops an attempt that runs here at what another process has cancelled.
    async fn stop_if_unwanted(&self, computation_id: Uuid) {
        if !self.workers.makes(computation_id) {
            return;
        }
        if let Ok(Some(row)) = self.store.computation(computation_id).await
            && row.state == ComputationState::Cancelled
        {
            self.workers.stop_unwanted(computation_id);
        }
    }
}
