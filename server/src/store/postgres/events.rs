//! What other processes did, heard on a connection of its own.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use sqlx::postgres::{PgListener, PgPool};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::PATIENCE;
use crate::store::{StoreError, StoreEvent};

/// The channel on which processes tell each other.
const CHANNEL: &str = "foliocast";
/// What is told of a computation that may be claimed; of what became of one, its id.
pub(super) const SUBMITTED: &str = "submitted";
/// What is told when something was dropped.
pub(super) const DROPPED: &str = "dropped";
/// What is told when somebody asks for what all have counted, with the question behind it.
pub(super) const REPORT: &str = "report:";

/// After this long without a word the connection is tried.
const SILENCE: Duration = Duration::from_secs(20);

/// From one try to listen to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells all processes, once the transaction is committed.
pub(super) async fn tell(transaction: &mut Transaction<'static, Postgres>, what: &str) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(what).execute(&mut **transaction).await?;
    Ok(())
}

/// Everything that is told, with [`StoreEvent::Missed`] whenever listening began again.
pub(super) fn events(pool: PgPool) -> BoxStream<'static, StoreEvent> {
    futures::stream::unfold((pool, None::<PgListener>), |(pool, mut listener)| async move {
        loop {
            let Some(listening) = &mut listener else {
                match tokio::time::timeout(PATIENCE, listen(&pool)).await {
                    Ok(Ok(begun)) => return Some((StoreEvent::Missed, (pool, Some(begun)))),
                    Ok(Err(sqlx::Error::PoolClosed)) => return None,
                    // Whoever needs the database says what is wrong with it.
                    _ => tokio::time::sleep(PAUSE).await,
                }
                continue;
            };
            let told = match tokio::time::timeout(SILENCE, listening.try_recv()).await {
                Ok(told) => told,
                // Nobody says that a connection is gone to one who only listens.
                Err(_) => match tokio::time::timeout(PAUSE, sqlx::query("SELECT 1").execute(&mut *listening)).await {
                    Ok(Ok(_)) => continue,
                    _ => Ok(None),
                },
            };
            match told {
                Ok(Some(told)) => {
                    return Some((event(told.payload()), (pool, listener)));
                }
                Ok(None) | Err(_) => listener = None,
            }
        }
    })
    .boxed()
}

fn event(told: &str) -> StoreEvent {
    if let Ok(computation_id) = Uuid::parse_str(told) {
        return StoreEvent::Changed(computation_id);
    }
    if let Some(question) = told.strip_prefix(REPORT).and_then(|question| question.parse().ok()) {
        return StoreEvent::ReportAsked(question);
    }
    if told == DROPPED { StoreEvent::Dropped } else { StoreEvent::Submitted }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
