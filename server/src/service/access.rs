//! Who has asked for which run: read from memory on the hit path, written down behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foliocast_app::service::Caller;
use foliocast_core::scenario::RunKey;
use moka::future::Cache;

use super::{Inner, change};
use crate::store::{Access, Action, Key, Source, StoreError};

/// Accesses remembered in memory.
const REMEMBERED: u64 = 100_000;

type TenantRun = (String, Key);

/// That a tenant has asked for a run, as far as answers depend on it.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Whether it was made for it.
    pub made: bool,
    /// From whose configuration.
    pub source: Source,
    /// The fund it is a run of.
    pub fund_id: Arc<str>,
}

/// Accesses this process knows of, and when runs were last asked for.
pub struct Asked {
    known: Cache<TenantRun, Granted>,
    unwritten: Mutex<HashMap<TenantRun, (Source, i64)>>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { known: Cache::new(REMEMBERED), unwritten: Mutex::default() }
    }
}

impl Asked {
    fn unwritten(&self) -> MutexGuard<'_, HashMap<TenantRun, (Source, i64)>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whether a tenant has asked for a run.
    pub(super) async fn access(&self, tenant: &str, key: RunKey) -> Result<Option<Granted>, StoreError> {
        let tenant_run = (tenant.to_owned(), *key.as_bytes());
        if let Some(known) = self.asked.known.get(&tenant_run).await {
            return Ok(Some(known));
        }
        let Some(Access { made, source, fund_id, .. }) = self.store.access(tenant, tenant_run.1).await? else {
            return Ok(None);
        };
        let granted = Granted { made, source, fund_id: fund_id.into() };
        self.asked.known.insert(tenant_run, granted.clone()).await;
        Ok(Some(granted))
    }

    /// Notes that a tenant asks for a run of a fund that is there: whether it was made for this tenant.
    pub(super) async fn ask(&self, caller: &Caller, key: RunKey, source: Source, fund_id: &str) -> bool {
        let tenant = caller.tenant.as_str();
        let (made, fund_id) = match self.access(tenant, key).await {
            Ok(Some(Granted { made, fund_id, .. })) => {
                let asked_at_ms = self.clock.now_ms();
                self.asked.unwritten().insert((tenant.to_owned(), *key.as_bytes()), (source, asked_at_ms));
                (made, fund_id)
            }
            Ok(None) => {
                let shared = change(caller, Action::ShareRun, key.to_string());
                // Without this the tenant could not read the run again; that is no reason not to answer now.
                if let Err(error) = self.store.grant(tenant, *key.as_bytes(), source, shared).await {
                    tracing::warn!(%error, run_key = %key, "could not note who asked for a run");
                    return false;
                }
                (false, fund_id.into())
            }
            Err(error) => {
                tracing::warn!(%error, run_key = %key, "could not tell who asked for a run");
                return false;
            }
        };
        let granted = Granted { made, source, fund_id };
        self.asked.known.insert((tenant.to_owned(), *key.as_bytes()), granted).await;
        made
    }

    /// Notes that a run was just made for a tenant.
    pub(super) async fn made_for(&self, tenant: &str, key: RunKey, source: Source, fund_id: &str) {
        let granted = Granted { made: true, source, fund_id: fund_id.into() };
        self.asked.known.insert((tenant.to_owned(), *key.as_bytes()), granted).await;
    }

    /// Writes down when runs were last asked for.
    pub(super) async fn flush_asked(&self) {
        let unwritten = std::mem::take(&mut *self.asked.unwritten());
        if unwritten.is_empty() {
            return;
        }
        let asked: Vec<_> = unwritten
            .into_iter()
            .map(|((tenant, run_key), (source, asked_at_ms))| (tenant, run_key, source, asked_at_ms))
            .collect();
        if let Err(error) = self.store.touch(asked.clone()).await {
            tracing::warn!(%error, "could not note when runs were asked for; will try again");
            let mut unwritten = self.asked.unwritten();
            for (tenant, run_key, source, asked_at_ms) in asked {
                unwritten.entry((tenant, run_key)).or_insert((source, asked_at_ms));
            }
        }
    }
}
