//! Making and reading runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foliocast_app::api::{Accepted, CacheInfo, JobState, Page, RunListing, Tier};
use foliocast_app::service::{Caller, Role};
use foliocast_core::Errors;
use foliocast_core::scenario::{Config, Limits, MatrixKey, RunKey, Warning, WarningCode, default_fund};
use serde::Deserialize;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::access::Granted;
use super::budgets::Charge;
use super::cursor::{check_limit, decode_run, encode_run};
use super::jobs::job_links;
use super::request::{Asked, ShortForm, read_simulate};
use super::{Inner, RunAnswer, ServiceError, Services, SimulateRequest, Simulated, authorise, change};
use crate::cache::TierName;
use crate::clock::rfc3339;
use crate::jobs::{Progress, RUN_FORMAT, run_id};
use crate::measure;
use crate::store::{
    Action, Before, ComputationState, Ending, Key, Kind, Lookup, NewJob, Origin, Priority, Record, RunPosition, Source,
    StoreError, Submitted,
};
use crate::telemetry::{note, traceparent};

/// Most lines of a page of runs.
const MOST_RUNS: u32 = 200;

/// How often a run is looked for that is made and dropped again while it is asked for.
pub(super) const MOST_LOOKS: u32 = 3;

/// How long a reader waits for what is damaged or evicted to be made again.
const WAIT_FOR_LOST: Duration = Duration::from_secs(10);

/// For what is stored: it was within the limits of its time.
pub(super) const NO_LIMITS: Limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };

/// How often a computation that this process does not make is looked up while somebody waits for it.
pub(super) const LOOK: Duration = Duration::from_secs(1);

impl Services {
    /// Makes a run, or finds it, waiting at most `wait`. Analyst.
    ///
    /// # Errors
    /// 400 with all faults of the input, 422 for a run beyond the limits, 503 when it cannot be taken on or stored,
    /// 500 when the computation failed for good within `wait`.
    pub async fn simulate(
        &self,
        caller: &Caller,
        request: SimulateRequest,
        wait: Duration,
    ) -> Result<Simulated, ServiceError> {
        authorise(caller, Role::Analyst)?;
        let inner = &self.inner;
        let arrived = inner.clock.instant();
        inner.refuse_when_stopping()?;
        let asked = read_simulate(&request.body, &inner.limits).map_err(ServiceError::from_errors)?;
        let (config, source) = match asked {
            Asked::Full(config) => (*config, Source::Request),
            Asked::Short(form) => inner.configure(caller, &form).await?,
        };
        let key = config.run_key();
        for _ in 0..MOST_LOOKS {
            // Before it is looked for: what is confirmed later says nothing of what was found now.
            let is_confirmed = inner.is_confirmed();
            match inner.tiers.record(run_id(key)).await {
                Ok(Lookup::Found((record, tier))) => {
                    let made = inner.ask(caller, key, source, config.fund_id()).await;
                    let found = Hit { record: &record, tier, is_confirmed };
                    let asking = Asking { asked: asked_for_run(caller, config.fund_id(), key), source, arrived };
                    return inner.hit(found, asking, made).map(Simulated::Ready);
                }
                Ok(Lookup::Absent | Lookup::Damaged) => {}
                // What can be neither read nor made is said by the submission below.
                Err(error) => tracing::warn!(%error, run_key = %key, "could not look for a run"),
            }
            let charge = inner.charge(caller, config.deal_draws()).await?;
            let asking = Asking { asked: asked_for_run(caller, config.fund_id(), key), source, arrived };
            let computed = inner.compute(caller, &config, asking, wait, Some(charge), None).await?;
            if let Some(simulated) = computed {
                return Ok(simulated);
            }
        }
        Err(ServiceError::unavailable("the run is made and invalidated again and again; ask again", 1))
    }

    /// A run the caller has asked for before; made again where it was evicted since, or is damaged. Reader.
    ///
    /// # Errors
    /// 404 if it was never made, or not for this tenant, or was dropped since. Where it has to be made again: 429 and 503 as
    /// for a new one, and 503 if that takes longer than ten seconds.
    pub async fn run(&self, caller: &Caller, key: RunKey) -> Result<RunAnswer, ServiceError> {
        authorise(caller, Role::Reader)?;
        let inner = &self.inner;
        let arrived = inner.clock.instant();
        let absent = || ServiceError::NotFound(format!("no run {key}; ask `POST /api/monte-carlo/simulate` for it"));
        let Granted { made, source, fund_id } = inner.access(&caller.tenant, key).await?.ok_or_else(absent)?;
        let asking = Asking { asked: asked_for_run(caller, &fund_id, key), source, arrived };
        let mut was_looked_for = false;
        for _ in 0..MOST_LOOKS {
            let is_confirmed = inner.is_confirmed();
            let before = match inner.tiers.record(run_id(key)).await? {
                Lookup::Found((record, tier)) => {
                    return inner.hit(Hit { record: &record, tier, is_confirmed }, asking, made);
                }
                Lookup::Damaged => Before::Damaged,
                Lookup::Absent if inner.store.is_evicted(run_id(key)).await? => Before::Evicted,
                // It may have been made again between the two looks.
                Lookup::Absent if !was_looked_for => {
                    was_looked_for = true;
                    continue;
                }
                Lookup::Absent => {
                    inner.measures.missed(asking.asked, Ending::Absent, inner.clock.now_ms());
                    return Err(absent());
                }
            };
            let input = inner.store.run_input(*key.as_bytes()).await?.ok_or_else(absent)?;
            if let Some(answer) = inner.make_again(caller, &input, asking, before).await? {
                return Ok(answer);
            }
        }
        Err(ServiceError::unavailable("the run is made and evicted again and again; ask again", 1))
    }

    /// The caller's runs, newest first; `limit` 1–200. Reader.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn runs(
        &self,
        caller: &Caller,
        fund_id: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<RunListing>, ServiceError> {
        authorise(caller, Role::Reader)?;
        check_limit(limit, MOST_RUNS)?;
        let after = cursor.map(decode_run).transpose()?;
        // So that what was just asked for again is where it belongs.
        self.inner.flush_asked().await;
        let mut listed = self.inner.store.runs(&caller.tenant, RUN_FORMAT, fund_id, limit + 1, after).await?;
        let more = listed.len() > limit as usize;
        listed.truncate(limit as usize);
        let last = listed.last().map(|run| RunPosition { asked_at_ms: run.asked_at_ms, run_key: run.run_key });
        let items = listed.into_iter().map(|run| {
            let mut listing: RunListing = serde_json::from_str(&run.listing)
                .map_err(|error| ServiceError::Internal(format!("a run of the list cannot be read: {error}")))?;
            listing.asked_at = rfc3339(run.asked_at_ms);
            Ok(listing)
        });
        let items = items.collect::<Result<_, ServiceError>>()?;
        Ok(Page { items, next_cursor: last.filter(|_| more).map(encode_run) })
    }
}

impl Inner {
    pub(super) fn refuse_when_stopping(&self) -> Result<(), ServiceError> {
        if self.stopping.is_cancelled() {
            return Err(ServiceError::unavailable("the server is shutting down; ask again", 2));
        }
        Ok(())
    }

    /// There is no room for another computation.
    pub(super) fn queue_full(&self) -> ServiceError {
        let message = format!("{} computations wait already; ask again", self.settings.max_waiting);
        ServiceError::unavailable(message, 10)
    }

    /// The configuration that the short form asks for.
    pub(super) async fn configure(&self, caller: &Caller, form: &ShortForm) -> Result<(Config, Source), ServiceError> {
        let default = default_fund("default").with_fund_id(&form.fund_id).map_err(|errors| {
            let named = errors.iter().map(|error| foliocast_core::Error { path: "fundId".to_owned(), ..error.clone() });
            Errors::check(named.collect(), || ())
                .err()
                .map_or_else(|| ServiceError::Internal("an error without faults".to_owned()), ServiceError::from_errors)
        })?;
        let (config, source) = match self.store.fund(&caller.tenant, default.fund_id()).await? {
            Some(fund) => (stored_config(&fund.input)?, Source::Stored),
            None => (default, Source::Default),
        };
        let config = form.apply(config, &self.limits).map_err(ServiceError::from_errors)?;
        Ok((config, source))
    }

    /// Attaches the caller to the computation of a run and waits for it; `None` where it was made since it was looked for.
    /// `charge` is what its draws were charged; `None` where the installation makes good what it lost. `again` is set where
    /// it is made whether or not the run itself is there.
    async fn compute(
        self: &Arc<Self>,
        caller: &Caller,
        config: &Config,
        asking: Asking<'_>,
        wait: Duration,
        charge: Option<Charge>,
        again: Option<Before>,
    ) -> Result<Option<Simulated>, ServiceError> {
        let Asking { asked, source, arrived } = asking;
        let (key, matrix_key) = (config.run_key(), config.matrix_key());
        let (job_id, priority) = (Uuid::now_v7(), Priority::Interactive);
        let job = Self::new_job(caller, job_id, config, source, priority, again);
        // From before the job is written down: a request that is dropped meanwhile may leave it behind all the same.
        let attached = Attached { inner: Arc::clone(self), tenant: caller.tenant.clone(), job_id, wanted: false };
        let submitted = self.store.submit(job, self.settings.max_waiting).await;
        if let Some(charge) = charge {
            self.settle(caller, charge, matches!(submitted, Ok(Submitted::Attached { new_after: Some(_), .. }))).await;
        }
        let (computation_id, series) = match submitted? {
            Submitted::Attached { computation_id, new_after } => {
                if new_after.is_some() {
                    self.announce(caller, job_id, config, priority);
                }
                let outcome = ending(new_after);
                note(|trail| {
                    (trail.run_key, trail.matrix_key) = (Some(key), Some(matrix_key));
                    (trail.job_id, trail.computation_id) = (Some(job_id), Some(computation_id));
                    trail.outcome = Some(outcome.name());
                });
                tracing::info!(%job_id, %computation_id, outcome = outcome.name(), run_key = %key, %matrix_key, "took a job on");
                (computation_id, self.measures.missed(asked, outcome, self.clock.now_ms()))
            }
            Submitted::Made => {
                attached.keep(true);
                return Ok(None);
            }
            Submitted::QueueFull => {
                // There is no job to detach.
                attached.keep(true);
                return Err(self.queue_full());
            }
        };
        self.workers.wake();
        let ended = tokio::time::timeout(wait, self.ended(computation_id)).await;
        let answer = match ended {
            Err(_) => Ok(Simulated::Accepted(Accepted {
                job_id: job_id.to_string(),
                run_key: key,
                matrix_key,
                status: self.status(computation_id).await,
                links: job_links(job_id, key),
            })),
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) => {
                let computed = self.computed(caller, config, source, arrived).await;
                if computed.is_ok() {
                    note(|trail| trail.tier = Some(Tier::Computed.name()));
                    let took = self.clock.instant().saturating_duration_since(arrived);
                    let matrix_key = *matrix_key.as_bytes();
                    self.measures.answered(series, asked.key, matrix_key, took, self.clock.now_ms());
                }
                computed.map(Simulated::Ready)
            }
        };
        attached.keep(answer.is_ok());
        answer.map(Some)
    }

    /// What the store is asked for to have a run made; though it is there, where something it stands on was lost: `again`.
    pub(super) fn new_job(
        caller: &Caller,
        job_id: Uuid,
        config: &Config,
        source: Source,
        priority: Priority,
        again: Option<Before>,
    ) -> NewJob {
        let key = config.run_key();
        NewJob {
            job_id,
            tenant: caller.tenant.clone(),
            kind: Kind::Run,
            key: *key.as_bytes(),
            format: RUN_FORMAT,
            again,
            matrix_key: *config.matrix_key().as_bytes(),
            input: config.to_canonical_json(),
            source,
            priority,
            traceparent: traceparent(),
            change: change(caller, Action::MakeRun, key.to_string()),
        }
    }

    /// Whether a computation is being made, here or by another process; waiting where that cannot be told.
    async fn status(&self, computation_id: Uuid) -> JobState {
        if self.live.follow(computation_id).latest().here {
            return JobState::Active;
        }
        match self.store.computation(computation_id).await {
            Ok(Some(row)) if row.state == ComputationState::Active => JobState::Active,
            _ => JobState::Waiting,
        }
    }

    /// Waits until a computation is complete.
    async fn ended(&self, computation_id: Uuid) -> Result<(), ServiceError> {
        let mut following = self.live.follow(computation_id);
        loop {
            let progress = following.latest();
            if let Some(reason) = progress.not_stored {
                return Err(ServiceError::unavailable(
                    format!("the run was made but could not be stored: {reason}"),
                    10,
                ));
            }
            if !progress.here || progress.ended {
                match self.store.computation(computation_id).await {
                    Ok(None) => return Err(ServiceError::Internal("the computation is gone".to_owned())),
                    Ok(Some(row)) => match row.state {
                        ComputationState::Complete => return Ok(()),
                        ComputationState::Failed => return Err(ServiceError::Internal(row.error.unwrap_or_default())),
                        // Whoever asked again at once would undo what an operator has done.
                        ComputationState::Cancelled => match row.error {
                            Some(_) => {
                                let message =
                                    "an operator ended the computation of this run; who asks again begins it anew";
                                return Err(ServiceError::Conflict(message.to_owned()));
                            }
                            None => {
                                return Err(ServiceError::unavailable("the computation was cancelled; ask again", 1));
                            }
                        },
                        ComputationState::Waiting | ComputationState::Active => {}
                    },
                    // Another look may succeed; whoever waits is bounded by his own patience.
                    Err(error) => tracing::warn!(%error, "could not look up a computation that is waited for"),
                }
                self.refuse_when_stopping()?;
            }
            tokio::select! {
                () = following.changed_to(|now: &Progress| now.ended || now.not_stored.is_some() || !now.here) => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.stopping.cancelled() => {}
            }
        }
    }

    /// The answer to whoever waited for a run.
    async fn computed(
        &self,
        caller: &Caller,
        config: &Config,
        source: Source,
        arrived: Instant,
    ) -> Result<RunAnswer, ServiceError> {
        let key = config.run_key();
        let Lookup::Found((record, _)) = self.tiers.record(run_id(key)).await? else {
            return Err(ServiceError::unavailable("the run was invalidated as soon as it was made; ask again", 1));
        };
        self.made_for(&caller.tenant, key, source, config.fund_id()).await;
        let cache = CacheInfo {
            hit: false,
            tier: Tier::Computed,
            latency_ms: self.latency_ms(arrived),
            age_seconds: 0,
            unconfirmed: None,
        };
        answer(key, &record, source, cache)
    }

    /// Makes again what was found damaged, or was evicted; `None` where it was made since it was looked for. What the
    /// installation spoilt costs nobody anything; what it had no room for is charged like new.
    pub(super) async fn make_again(
        self: &Arc<Self>,
        caller: &Caller,
        input: &str,
        asking: Asking<'_>,
        before: Before,
    ) -> Result<Option<RunAnswer>, ServiceError> {
        let config = stored_config(input)?;
        let is_damaged = before == Before::Damaged;
        let charge = match is_damaged {
            true => None,
            false => Some(self.charge(caller, config.deal_draws()).await?),
        };
        // The run that a matrix is made again with may be there.
        let again = (is_damaged || asking.asked.kind == Kind::Matrix).then_some(before);
        match self.compute(caller, &config, asking, WAIT_FOR_LOST, charge, again).await? {
            Some(Simulated::Ready(answer)) => Ok(Some(answer)),
            Some(Simulated::Accepted(_)) => {
                let lost = if is_damaged { "found damaged" } else { "evicted" };
                Err(ServiceError::unavailable(format!("it was {lost} and is being made again; ask again"), 5))
            }
            None => Ok(None),
        }
    }

    fn hit(
        &self,
        Hit { record, tier: found_in, is_confirmed }: Hit<'_>,
        Asking { asked, source, arrived }: Asking<'_>,
        made: bool,
    ) -> Result<RunAnswer, ServiceError> {
        note(|trail| {
            trail.run_key = Some(RunKey::from_bytes(record.id.key));
            (trail.tier, trail.outcome) = (Some(Origin::from(found_in).name()), Some(Ending::Hit.name()));
        });
        let tier = if made { found_in.into() } else { Tier::Shared };
        let (now_ms, took) = (self.clock.now_ms(), self.clock.instant().saturating_duration_since(arrived));
        self.measures.found(asked, found_in.into(), took, now_ms, || matrix_key_of(record));
        let age_ms = now_ms.saturating_sub(record.made_at_ms);
        let cache = CacheInfo {
            hit: true,
            tier,
            latency_ms: took.as_secs_f64() * 1e3,
            age_seconds: u64::try_from(age_ms / 1_000).unwrap_or(0),
            // What the durable store has just answered with needs nobody else's word.
            unconfirmed: (found_in != TierName::Durable && !is_confirmed).then_some(true),
        };
        answer(RunKey::from_bytes(record.id.key), record, source, cache)
    }

    pub(super) fn latency_ms(&self, arrived: Instant) -> f64 {
        self.clock.instant().duration_since(arrived).as_secs_f64() * 1e3
    }
}

/// A request for a run, or for what stands on it.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// As it is counted.
    pub asked: measure::Asked<'a>,
    /// Whose configuration it uses.
    pub source: Source,
    /// When it came.
    pub arrived: Instant,
}

/// A run that was found.
struct Hit<'a> {
    record: &'a Record,
    tier: TierName,
    /// Whether this process had heard of all drops when it began to look.
    is_confirmed: bool,
}

/// A job whose request waits for it: detached unless the request lives to answer.
struct Attached {
    inner: Arc<Inner>,
    tenant: String,
    job_id: Uuid,
    wanted: bool,
}

impl Attached {
    fn keep(mut self, wanted: bool) {
        self.wanted = wanted;
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        if self.wanted || self.inner.stopping.is_cancelled() {
            return;
        }
        // No runtime, no store to tell: the process ends, and the next one takes the job up.
        let Ok(runtime) = Handle::try_current() else { return };
        let (inner, tenant, job_id) = (Arc::clone(&self.inner), self.tenant.clone(), self.job_id);
        let detach = async move {
            if let Err(error) = inner.detach_job(&tenant, job_id, None).await {
                tracing::warn!(%error, %job_id, "could not detach a job nobody waits for");
            }
        };
        self.inner.upkeep.spawn_on(detach, &runtime);
    }
}

pub(super) fn asked_for_run<'a>(caller: &'a Caller, fund_id: &'a str, key: RunKey) -> measure::Asked<'a> {
    measure::Asked { tenant: &caller.tenant, fund_id, kind: Kind::Run, key: *key.as_bytes() }
}

/// What is counted of a request whose run was not there.
pub(super) fn ending(new_after: Option<Before>) -> Ending {
    match new_after {
        None => Ending::Joined,
        Some(Before::Nothing) => Ending::Made,
        Some(Before::Evicted) => Ending::Remade,
        Some(Before::Dropped) => Ending::Renewed,
        Some(Before::Damaged) => Ending::Healed,
    }
}

/// Key of the matrix that a run was made from, as its record says.
fn matrix_key_of(record: &Record) -> Option<Key> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        matrix_key: MatrixKey,
    }
    serde_json::from_slice(&record.body).ok().map(|body: Body| *body.matrix_key.as_bytes())
}

/// The body of an answer: the record's, with what belongs to this answer.
fn answer(key: RunKey, record: &Record, source: Source, cache: CacheInfo) -> Result<RunAnswer, ServiceError> {
    let broken = || ServiceError::Internal(format!("the stored run {key} is no answer"));
    // A record's body ends in its warnings: `…"warnings":[…]}`.
    let body = match record.body.strip_suffix(b"]}") {
        Some(body) => record.body.slice(..body.len()),
        None => return Err(broken()),
    };
    let own_warning = match source {
        Source::Default => serde_json::to_vec(&default_fund_warning()).map_err(|_| broken())?,
        Source::Request | Source::Stored => Vec::new(),
    };
    let comma: &[u8] = if own_warning.is_empty() || body.ends_with(b"[") { b"" } else { b"," };
    let source = source.name().as_bytes();
    let own = [comma, &own_warning, b"],\"configurationSource\":\"", source, b"\""].concat();
    Ok(RunAnswer { run_key: key, body, own, cache })
}

/// What an answer says of a run whose fund has no stored configuration.
pub(crate) fn default_fund_warning() -> Warning {
    Warning {
        code: WarningCode::DefaultFund,
        path: String::new(),
        message: "this fund has no stored configuration; the default fund, which is illustrative, stands in for it"
            .to_owned(),
        figures: std::collections::BTreeMap::new(),
    }
}

/// A configuration this installation stored.
pub(super) fn stored_config(input: &str) -> Result<Config, ServiceError> {
    Config::from_json(input, &NO_LIMITS)
        .map_err(|errors| ServiceError::Internal(format!("a stored configuration cannot be read: {errors}")))
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::unavailable(format!("{error}; ask again"), 10)
    }
}
