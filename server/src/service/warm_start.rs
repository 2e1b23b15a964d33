//! What a server makes ready when it starts: slowly, and only while there is nothing else to do.

use std::time::{Duration, Instant};

use foliocast_app::service::{Caller, Role};
use foliocast_core::Errors;
use foliocast_core::scenario::RunKey;
use uuid::Uuid;

use super::keys::DEFAULT_TENANT;
use super::runs::stored_config;
use super::warming::{Tally, WarmRequest};
use super::{Inner, ServiceError, Services, change};
use crate::cache::{Holding, TierName};
use crate::jobs::run_id;
use crate::store::{Action, Lookup, Priority, RunAsks, Source, StoreError, Submitted, THIS_MACHINE};

/// How far back it is looked what was asked for.
const ASKED_WITHIN_MS: i64 = 7 * 24 * 3_600_000;

/// How often it is looked whether there is something else to do.
const LOOK: Duration = Duration::from_secs(1);

/// What is to be made ready.
pub struct WarmStart {
    request: Option<WarmRequest>,
    most_asked: u32,
}

impl WarmStart {
    /// The runs of a warm request's text, if any, and so many of those that were asked for most.
    ///
    /// # Errors
    /// All faults of the text.
    pub fn new(request: Option<&str>, most_asked: u32) -> Result<Self, Errors> {
        Ok(Self { request: request.map(WarmRequest::read_for_start).transpose()?, most_asked })
    }
}

impl Services {
    /// Makes what is wanted ready, unless the server stops before. Whatever is taken on is of low priority, one at a time and
    /// only while nothing waits, so that many servers that start under load add nothing to it; of what one has taken on
    /// the others find it there.
    pub async fn warm_on_start(&self, start: WarmStart) {
        if let Err(error) = self.inner.warm_on_start(start).await {
            tracing::warn!(%error, "not all that is wanted at the start was made ready");
        }
    }
}

impl Inner {
    async fn warm_on_start(&self, start: WarmStart) -> Result<(), ServiceError> {
        let (mut brought, mut scheduled, mut evicted) = (0_u64, 0_u64, Vec::new());
        if start.most_asked > 0 {
            let since_ms = self.clock.now_ms().saturating_sub(ASKED_WITHIN_MS);
            for asked in self.store.most_asked(since_ms, start.most_asked).await? {
                if self.stopping.is_cancelled() {
                    return Ok(());
                }
                let begun = Instant::now();
                match self.bring(&asked).await {
                    Ok(Brought::There) => brought += 1,
                    Ok(Brought::Evicted) => evicted.push(asked),
                    Ok(Brought::Left) => {}
                    Err(error) => tracing::warn!(%error, "a run that is asked for often could not be looked for"),
                }
                // Half of the time, the store is left to others.
                tokio::time::sleep(begun.elapsed()).await;
            }
        }
        for asked in evicted {
            if !self.has_nothing_to_do().await? {
                return Ok(());
            }
            match self.make_evicted(&asked).await {
                Ok(is_new) => scheduled += u64::from(is_new),
                Err(error) => tracing::warn!(%error, "a run that is asked for often could not be made again"),
            }
        }
        let mut rejected = 0;
        if let Some(request) = start.request {
            let tally = self.make_wanted(request).await?;
            scheduled += tally.scheduled;
            rejected = tally.rejected.len();
        }
        tracing::info!(brought, scheduled, rejected, "made ready what is wanted at the start");
        Ok(())
    }

    /// Takes on the runs of a file that are not there.
    async fn make_wanted(&self, request: WarmRequest) -> Result<Tally, ServiceError> {
        let mut tally = Tally::default();
        let caller = starter(DEFAULT_TENANT);
        for wanted in request.into_single_runs() {
            if !self.has_nothing_to_do().await? {
                break;
            }
            self.schedule_all(&caller, &wanted, Priority::Low, &mut tally).await?;
            self.workers.wake();
        }
        for rejected in &tally.rejected {
            let details: Vec<String> = rejected.details.iter().map(ToString::to_string).collect();
            tracing::warn!(reason = details.join("; "), "FOLIOCAST_WARM_ON_START: a run cannot be made ready");
        }
        let made = change(&caller, Action::Warm, format!("at the start: {}", tally.subject(Priority::Low)));
        self.store.log_change(made).await?;
        Ok(tally)
    }

    /// Brings a run to the tiers above the durable store, while half of the memory is left to requests.
    async fn bring(&self, asked: &RunAsks) -> Result<Brought, StoreError> {
        let id = run_id(RunKey::from_bytes(asked.run_key));
        if self.store.is_evicted(id).await? {
            return Ok(Brought::Evicted);
        }
        if self.is_memory_half_full().await {
            return Ok(Brought::Left);
        }
        // What is dropped or damaged is made by whoever asks for it.
        Ok(match self.tiers.record(id).await? {
            Lookup::Found(_) => Brought::There,
            Lookup::Absent | Lookup::Damaged => Brought::Left,
        })
    }

    /// Has an evicted run made again for the tenant that asks for it most: whether it was taken on.
    async fn make_evicted(&self, asked: &RunAsks) -> Result<bool, ServiceError> {
        let Some(input) = self.store.run_input(asked.run_key).await? else { return Ok(false) };
        let config = stored_config(&input)?;
        let access = self.store.access(&asked.tenant, asked.run_key).await?;
        let source = access.map_or(Source::Request, |access| access.source);
        let (caller, job_id) = (starter(&asked.tenant), Uuid::now_v7());
        let job = Self::new_job(&caller, job_id, &config, source, Priority::Low, None);
        let submitted = self.store.submit(job, self.settings.max_waiting / 2).await?;
        let is_new = matches!(submitted, Submitted::Attached { new_after: Some(_), .. });
        if is_new {
            self.announce(&caller, job_id, &config, Priority::Low);
            self.workers.wake();
        }
        Ok(is_new)
    }

    /// Waits until no computation waits; false where the server stops before.
    async fn has_nothing_to_do(&self) -> Result<bool, StoreError> {
        while !self.stopping.is_cancelled() {
            let counts = self.store.job_counts(Duration::ZERO).await?;
            if !counts.iter().any(|count| count.state == "waiting" && count.count > 0) {
                return Ok(true);
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.stopping.cancelled() => {}
            }
        }
        Ok(false)
    }

    /// Whether the other half of the memory is what requests are to fill.
    async fn is_memory_half_full(&self) -> bool {
        match self.tiers.holding(TierName::Memory).await {
            Ok(Holding { bytes, limit_bytes: Some(limit_bytes), .. }) => bytes >= limit_bytes / 2,
            _ => true,
        }
    }
}

/// What became of a run that is asked for often.
enum Brought {
    /// It is in the faster tiers.
    There,
    /// It is to be made again.
    Evicted,
    /// Nothing.
    Left,
}

/// Who makes things ready.
fn starter(tenant: &str) -> Caller {
    Caller {
        tenant: tenant.to_owned(),
        role: Role::Operator,
        key_name: THIS_MACHINE.to_owned(),
        address: None,
        request_id: "start".to_owned(),
    }
}
