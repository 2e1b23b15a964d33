//! SQLite is for one process alone: there is nobody to tell.

use std::time::Duration;

use uuid::Uuid;

use super::SqliteStore;
use crate::store::{Acknowledged, Acknowledgements, Dropping, Member, MemberStore, StoreFuture};

impl MemberStore for SqliteStore {
    fn attend(&self, _: &Member, _: Duration, _: u64, _: Vec<Acknowledged>) -> StoreFuture<'_, Vec<Dropping>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn leave(&self, _: Uuid) -> StoreFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn acknowledgements(&self, _: u64) -> StoreFuture<'_, Acknowledgements> {
        Box::pin(async { Ok(Acknowledgements::default()) })
    }

    fn forget_drops(&self, _: Duration) -> StoreFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}
