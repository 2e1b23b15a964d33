//! Who follows jobs by their events: each is a connection that stays, so a tenant may have only so many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Streams of events a tenant may read at a time, well below the connections of a server.
pub const MOST_FOLLOWED: usize = 64;
/// Streams of events that all tenants together may read at a time: as many connections again are left to everything else.
const MOST_FOLLOWED_BY_ALL: usize = 256;

/// How many streams each tenant reads. Cheap to clone.
#[derive(Clone, Default)]
pub struct Followers(Arc<Mutex<HashMap<String, usize>>>);

impl Followers {
    /// Counts one more of `tenant`, until it is dropped; `None` where there are as many as may be.
    pub fn enter(&self, tenant: &str) -> Option<Follower> {
        let mut followed = self.lock();
        if followed.values().sum::<usize>() >= MOST_FOLLOWED_BY_ALL {
            return None;
        }
        let count = followed.entry(tenant.to_owned()).or_default();
        if *count == MOST_FOLLOWED {
            return None;
        }
        *count += 1;
        Some(Follower { followers: self.clone(), tenant: tenant.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who follows.
pub struct Follower {
    followers: Followers,
    tenant: String,
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut followed = self.followers.lock();
        if let Some(count) = followed.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                followed.remove(&self.tenant);
            }
        }
    }
}
