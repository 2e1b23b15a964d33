//! Having results made before anybody asks for them.

use std::collections::HashSet;
use std::time::Duration;

use foliocast_app::api::{
    ConfigurationSource, ForeseenWarming, JobOutcome, JobResult, RejectedConfiguration, WarmEstimate, WarmJob,
    WarmJobStatus, Warmed, Warming,
};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Config, MatrixKey, default_fund};
use foliocast_core::{Error, ErrorCode, Errors};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::invalidation::{logged_line, reason_in};
use super::request::{Members, ShortForm, check, excerpt, fault, text_or_integer, within};
use super::{Inner, ServiceError, Services, authorise, change};
use crate::clock::rfc3339;
use crate::jobs::{RUN_FORMAT, matrix_id};
use crate::store::{Action, Change, Foreseen, JobCount, Lookup, Priority, Source, StoreError, Submitted};

/// Funds and configurations of one request, and runs that come of them.
const MOST_FUNDS: usize = 100;
const MOST_CONFIGS: usize = 1_000;
const MOST_RUNS: usize = 1_000;

/// Funds that the log names.
const MOST_NAMED: usize = 5;

/// Results of late that an estimate goes by.
const RECENT_RESULTS: u32 = 100;

/// Somebody wants results to be there.
pub(super) struct WarmRequest {
    priority: Priority,
    reason: Option<String>,
    dry_run: bool,
    wanted: Vec<Wanted>,
}

/// What is wanted.
pub(super) enum Wanted {
    /// A configuration, for the funds named beside it, or where there are none for its own.
    Given { config: usize, text: String, fund_ids: Vec<String> },
    /// A fund's own configuration.
    Own { fund: usize, fund_id: String },
}

impl WarmRequest {
    /// Reads `{"fundIds"?, "taxonomyVersion"?, "priority"?, "configs"?, "reason"?, "dryRun"?}`.
    pub(super) fn read(body: &str) -> Result<Self, Errors> {
        let members = Members::read(body)?;
        let mut errors = members.unknown(&["fundIds", "taxonomyVersion", "priority", "configs", "reason", "dryRun"]);
        let fund_ids = fund_ids(&list(&members, "fundIds", MOST_FUNDS, &mut errors), &mut errors);
        let version = given_text(&members, "taxonomyVersion", &mut errors).filter(|version| {
            let is_one = is_version(version);
            if !is_one {
                let message = format!("{:?} was given; expected a text such as \"v1.2\"", excerpt(version));
                errors.push(fault("taxonomyVersion", ErrorCode::Range, &message));
            }
            is_one
        });
        let priority = match given_text(&members, "priority", &mut errors).as_deref() {
            None | Some("low") => Priority::Low,
            Some("high") => Priority::High,
            Some(other) => {
                let message = format!("{:?} was given; allowed are \"high\" and \"low\"", excerpt(other));
                errors.push(fault("priority", ErrorCode::Range, &message));
                Priority::Low
            }
        };
        let reason = reason_in(&members, &mut errors);
        let dry_run = members.flag("dryRun", &mut errors);
        let configs = list(&members, "configs", MOST_CONFIGS, &mut errors);
        let wanted = wanted(&configs, fund_ids, version.as_deref(), &mut errors);
        check(errors, || Self { priority, reason, dry_run, wanted })
    }

    /// The same for a server that starts, which does nothing before others' requests.
    pub(super) fn read_for_start(body: &str) -> Result<Self, Errors> {
        let request = Self::read(body)?;
        let mut errors = Vec::new();
        if request.dry_run {
            errors.push(fault("dryRun", ErrorCode::Conflict, "has no effect at a start; leave it out"));
        }
        if request.priority != Priority::Low {
            errors.push(fault("priority", ErrorCode::Range, "\"high\" was given; allowed is \"low\" at a start"));
        }
        check(errors, || request)
    }

    /// What is wanted, one run at a time.
    pub(super) fn into_single_runs(self) -> impl Iterator<Item = Wanted> {
        self.wanted.into_iter().flat_map(|wanted| match wanted {
            Wanted::Given { config, text, fund_ids } if fund_ids.len() > 1 => fund_ids
                .into_iter()
                .map(|fund_id| Wanted::Given { config, text: text.clone(), fund_ids: vec![fund_id] })
                .collect(),
            one => vec![one],
        })
    }
}

/// A member that is a text, where it is there and not null.
fn given_text(members: &Members, name: &str, errors: &mut Vec<Error>) -> Option<String> {
    members.get(name).filter(|value| *value != "null")?;
    members.text(name, errors)
}

/// The elements of a member that is a list, as they are written.
fn list(members: &Members, name: &str, most: usize, errors: &mut Vec<Error>) -> Vec<String> {
    let Some(value) = members.get(name).filter(|value| *value != "null") else { return Vec::new() };
    match serde_json::from_str::<Vec<Box<RawValue>>>(value) {
        Ok(elements) if elements.len() <= most => elements.iter().map(|element| element.get().to_owned()).collect(),
        Ok(elements) => {
            let message = format!("{} were given; allowed are {most} at most", elements.len());
            errors.push(fault(name, ErrorCode::Range, &message));
            Vec::new()
        }
        Err(_) => {
            errors.push(fault(name, ErrorCode::Type, &format!("{} was given; expected a list", excerpt(value))));
            Vec::new()
        }
    }
}

/// Funds' ids as configurations have them: of texts that look alike one.
fn fund_ids(texts: &[String], errors: &mut Vec<Error>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let path = format!("fundIds[{index}]");
        let Some(id) = text_or_integer(text, &path, 128, errors) else { continue };
        match default_fund("default").with_fund_id(&id) {
            Ok(config) if ids.iter().any(|id| id == config.fund_id()) => {
                errors.push(fault(&path, ErrorCode::Duplicate, "this fund occurs twice; keep one"));
            }
            Ok(config) => ids.push(config.fund_id().to_owned()),
            Err(faults) => errors.extend(faults.iter().map(|error| Error { path: path.clone(), ..error.clone() })),
        }
    }
    ids
}

/// Whether this is a version of the bucket vocabulary: `v<int>.<int>` without leading zeros.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| {
        (1..=9).contains(&part.len())
            && part.bytes().all(|digit| digit.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    text.strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// Each configuration for its own fund, or where it names none for each of `fund_ids`; without configurations each fund's
/// own.
fn wanted(configs: &[String], fund_ids: Vec<String>, version: Option<&str>, errors: &mut Vec<Error>) -> Vec<Wanted> {
    let no_effect = "has no effect here; leave it out";
    if configs.is_empty() {
        if version.is_some() {
            errors.push(fault("taxonomyVersion", ErrorCode::Conflict, no_effect));
        }
        if fund_ids.is_empty() && errors.is_empty() {
            let message = "is required where there are no configs: the funds whose own configurations are wanted";
            errors.push(fault("fundIds", ErrorCode::Missing, message));
        }
        return fund_ids.into_iter().enumerate().map(|(fund, fund_id)| Wanted::Own { fund, fund_id }).collect();
    }
    // What cannot be read is said when it is read as a configuration.
    let read: Vec<Option<Members>> = configs.iter().map(|text| Members::parse(text).ok()).collect();
    let lacks = |members: &Option<Members>, name| members.as_ref().is_some_and(|members| members.get(name).is_none());
    let unnamed = read.iter().filter(|members| lacks(members, "fundId")).count();
    let runs = configs.len() - unnamed + unnamed * fund_ids.len();
    if runs > MOST_RUNS {
        let message = format!("{runs} runs would be made; allowed are {MOST_RUNS} at most");
        errors.push(fault("configs", ErrorCode::Range, &message));
        return Vec::new();
    }
    if !fund_ids.is_empty() && unnamed == 0 {
        errors.push(fault(
            "fundIds",
            ErrorCode::Conflict,
            "has no effect: every configuration names its fund; leave it out",
        ));
    }
    if version.is_some() && !read.iter().any(|members| lacks(members, "taxonomyVersion")) {
        errors.push(fault("taxonomyVersion", ErrorCode::Conflict, no_effect));
    }
    let mut wanted = Vec::new();
    for (config, (text, members)) in configs.iter().zip(&read).enumerate() {
        let is_unnamed = lacks(members, "fundId");
        if is_unnamed && fund_ids.is_empty() {
            let message = "is required, here or with fundIds";
            errors.push(fault(&format!("configs[{config}].fundId"), ErrorCode::Missing, message));
        }
        let version = version.filter(|_| lacks(members, "taxonomyVersion"));
        // Of any fund, until it is read.
        let fund_id = fund_ids.first().filter(|_| is_unnamed);
        let fund_ids = if is_unnamed { fund_ids.clone() } else { Vec::new() };
        let text = with_members(text, &[("taxonomyVersion", version), ("fundId", fund_id.map(String::as_str))]);
        wanted.push(Wanted::Given { config, text, fund_ids });
    }
    wanted
}

/// The text of an object with more members in front.
fn with_members(object: &str, members: &[(&str, Option<&str>)]) -> String {
    let Some(rest) = object.strip_prefix('{') else { return object.to_owned() };
    let given = members
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("\"{name}\":{}", serde_json::Value::from(value))));
    let given: Vec<String> = given.collect();
    let comma = if given.is_empty() || rest.trim_start().starts_with('}') { "" } else { "," };
    format!("{{{}{comma}{rest}", given.join(","))
}

/// What becomes of runs that are wanted.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) scheduled: u64,
    already_cached: u64,
    already_under_way: u64,
    jobs: Vec<WarmJob>,
    pub(super) rejected: Vec<RejectedConfiguration>,
    /// What is wrong with configurations.
    faults: Vec<Error>,
    /// Funds that runs are wanted for, in their order.
    funds: Vec<String>,
    /// No more is taken on.
    is_full: bool,
    /// What is to be made, but for what shares its rows with something before it.
    draws: u64,
    /// Matrices whose rows are made, or kept.
    matrices: HashSet<[u8; 32]>,
    /// Where nothing is to be done, the runs that would be made.
    foreseen: Option<HashSet<[u8; 32]>>,
}

impl Tally {
    fn is_nothing_but_faults(&self) -> bool {
        let others = self.rejected.iter().any(|rejected| rejected.retry_after_seconds.is_some());
        !self.faults.is_empty() && !others && self.scheduled + self.already_cached + self.already_under_way == 0
    }

    fn reject(&mut self, wanted: &Wanted, fund_id: Option<&str>, details: Vec<Error>, retry_after: Option<Duration>) {
        let config = match wanted {
            Wanted::Given { config, .. } => Some(*config as u32),
            Wanted::Own { .. } => None,
        };
        self.rejected.push(RejectedConfiguration {
            config,
            fund_id: fund_id.map(str::to_owned),
            details,
            retry_after_seconds: retry_after.map(|after| after.as_secs_f64().ceil() as u64),
        });
    }

    /// In words, for the log.
    pub(super) fn subject(&self, priority: Priority) -> String {
        let named = self.funds.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match self.funds.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "funds {named}{more}, priority {}: {} scheduled, {} kept, {} under way, {} rejected",
            priority.name(),
            self.scheduled,
            self.already_cached,
            self.already_under_way,
            self.rejected.len()
        )
    }
}

impl Wanted {
    /// Its place in the request.
    fn path(&self) -> String {
        match self {
            Self::Given { config, .. } => format!("configs[{config}]"),
            Self::Own { fund, .. } => format!("fundIds[{fund}]"),
        }
    }
}

impl Services {
    /// Has results made that are not there, or only tells which that would be. Each configuration is judged by itself: what is wrong with one is no reason not
    /// to make the others. Operator.
    ///
    /// # Errors
    /// 400 with all faults of the request, or where no configuration is any good; 422 where all are beyond the limits; 503
    /// where the durable store does not answer: what was scheduled before stays, and is in the log.
    pub async fn warm(&self, caller: &Caller, body: &str) -> Result<Warming, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        inner.refuse_when_stopping()?;
        let WarmRequest { priority, reason, dry_run, wanted } =
            WarmRequest::read(body).map_err(ServiceError::from_errors)?;
        let before = inner.store.job_counts(Duration::ZERO).await?;
        let mut tally = Tally { foreseen: dry_run.then(HashSet::new), ..Tally::default() };
        let mut scheduled = Ok(());
        for wanted in &wanted {
            scheduled = inner.schedule_all(caller, wanted, priority, &mut tally).await;
            if scheduled.is_err() {
                break;
            }
        }
        if scheduled.is_ok() && tally.is_nothing_but_faults() {
            return Err(check(tally.faults, || ()).err().map_or_else(
                || ServiceError::Internal("an error without faults".to_owned()),
                ServiceError::from_errors,
            ));
        }
        if dry_run {
            scheduled?;
            return Ok(Warming::Foreseen(ForeseenWarming {
                dry_run,
                would_schedule: tally.scheduled,
                already_cached: tally.already_cached,
                already_under_way: tally.already_under_way,
                estimated: inner.estimate(&before, &tally, priority).await?,
                rejected: tally.rejected,
            }));
        }
        inner.workers.wake();
        let change = Change { reason: reason.clone(), ..change(caller, Action::Warm, tally.subject(priority)) };
        let logged = inner.store.log_change(change).await;
        scheduled?;
        let estimated = inner.estimate(&before, &tally, priority).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "could not estimate what warming takes");
            NO_ESTIMATE
        });
        Ok(Warming::Done(Warmed {
            scheduled: tally.scheduled,
            already_cached: tally.already_cached,
            already_under_way: tally.already_under_way,
            estimated,
            jobs: tally.jobs,
            rejected: tally.rejected,
            audit_log: logged_line(logged?, caller, reason),
        }))
    }
}

const NO_ESTIMATE: WarmEstimate = WarmEstimate { total_duration_ms: None, completion_time: None };

impl Inner {
    /// Takes on what is wanted, as far as it can be.
    pub(super) async fn schedule_all(
        &self,
        caller: &Caller,
        wanted: &Wanted,
        priority: Priority,
        tally: &mut Tally,
    ) -> Result<(), ServiceError> {
        let configured = match wanted {
            Wanted::Given { text, fund_ids, .. } => match Config::from_json(text, &self.limits) {
                Ok(config) if fund_ids.is_empty() => Ok(vec![(config, Source::Request)]),
                Ok(config) => fund_ids
                    .iter()
                    .map(|fund_id| config.with_fund_id(fund_id).map(|config| (config, Source::Request)))
                    .collect(),
                Err(errors) => Err(errors),
            },
            Wanted::Own { fund_id, .. } => {
                let form = ShortForm { fund_id: fund_id.clone(), runs: None, time_horizon_years: None, seed: None };
                match self.configure(caller, &form).await {
                    Ok(configured) => Ok(vec![configured]),
                    Err(ServiceError::Invalid(errors) | ServiceError::Impossible(errors)) => Err(errors),
                    Err(error @ ServiceError::Internal(_)) => {
                        Err(Errors::one("", ErrorCode::Corrupt, error.to_string()))
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        match configured {
            Ok(configured) => {
                for (config, source) in configured {
                    self.schedule(caller, wanted, &config, source, priority, tally).await?;
                }
            }
            Err(errors) => {
                let part = wanted.path();
                let details: Vec<Error> = errors.iter().map(|error| within(&part, error)).collect();
                tally.faults.extend(details.iter().cloned());
                let fund_id = match wanted {
                    Wanted::Given { .. } => None,
                    Wanted::Own { fund_id, .. } => Some(fund_id.as_str()),
                };
                tally.reject(wanted, fund_id, details, None);
            }
        }
        Ok(())
    }

    /// Attaches a job to the computation of a run, unless that is made.
    async fn schedule(
        &self,
        caller: &Caller,
        wanted: &Wanted,
        config: &Config,
        source: Source,
        priority: Priority,
        tally: &mut Tally,
    ) -> Result<(), ServiceError> {
        if !tally.funds.iter().any(|fund| fund == config.fund_id()) {
            tally.funds.push(config.fund_id().to_owned());
        }
        if let Some(foreseen) = &mut tally.foreseen {
            let key = *config.run_key().as_bytes();
            match self.store.foresee(key, RUN_FORMAT).await? {
                Foreseen::Made => tally.already_cached += 1,
                // What is wanted twice is made once.
                Foreseen::New if foreseen.insert(key) => self.count_draws(config, tally).await,
                Foreseen::New | Foreseen::UnderWay => tally.already_under_way += 1,
            }
            return Ok(());
        }
        let refused = |error: &ServiceError| vec![fault(&wanted.path(), ErrorCode::Range, &error.to_string())];
        // What is warmed leaves room in the queue for those who wait.
        let most_waiting = self.settings.max_waiting / 2;
        let full = || {
            let message =
                format!("{most_waiting} computations wait already, as many as leave room for others; ask again");
            ServiceError::unavailable(message, 60)
        };
        if tally.is_full {
            tally.reject(wanted, Some(config.fund_id()), refused(&full()), full().retry_after());
            return Ok(());
        }
        // What is wanted soon goes before limits; what has time keeps within them, like everything else.
        let charge = match priority {
            Priority::Low => match self.charge(caller, config.deal_draws()).await {
                Ok(charge) => Some(charge),
                Err(error) => {
                    tally.reject(wanted, Some(config.fund_id()), refused(&error), error.retry_after());
                    return Ok(());
                }
            },
            Priority::Interactive | Priority::High => None,
        };
        let job_id = Uuid::now_v7();
        let job = Self::new_job(caller, job_id, config, source, priority, None);
        let submitted = self.store.submit(job, most_waiting).await;
        if let Some(charge) = charge {
            let is_made = matches!(submitted, Ok(Submitted::Attached { new_after: Some(_), .. }));
            self.settle(caller, charge, is_made).await;
        }
        let status = match submitted? {
            Submitted::Attached { new_after: Some(_), .. } => {
                self.announce(caller, job_id, config, priority);
                self.count_draws(config, tally).await;
                WarmJobStatus::Scheduled
            }
            Submitted::Attached { new_after: None, .. } => {
                tally.already_under_way += 1;
                WarmJobStatus::Joined
            }
            Submitted::Made => {
                tally.already_cached += 1;
                return Ok(());
            }
            Submitted::QueueFull => {
                tally.is_full = true;
                tally.reject(wanted, Some(config.fund_id()), refused(&full()), full().retry_after());
                return Ok(());
            }
        };
        tally.jobs.push(WarmJob {
            job_id: job_id.to_string(),
            config_hash: config.matrix_key(),
            run_key: config.run_key(),
            fund_id: config.fund_id().to_owned(),
            configuration_source: configuration_source(source),
            status,
        });
        Ok(())
    }

    /// Counts what is made, and what that takes.
    async fn count_draws(&self, config: &Config, tally: &mut Tally) {
        tally.scheduled += 1;
        let matrix_key = config.matrix_key();
        if tally.matrices.insert(*matrix_key.as_bytes()) && !self.keeps_rows_of(matrix_key).await {
            tally.draws = tally.draws.saturating_add(config.deal_draws());
        }
    }

    /// Whether the rows of a matrix are kept, so that a run of it need not make them.
    async fn keeps_rows_of(&self, key: MatrixKey) -> bool {
        matches!(self.store.record(matrix_id(key)).await, Ok(Lookup::Found(record)) if record.num_chunks > 0)
    }

    /// What making the scheduled runs takes, by what the latest ones took, and when that is done, behind what goes first.
    async fn estimate(
        &self,
        before: &[JobCount],
        tally: &Tally,
        priority: Priority,
    ) -> Result<WarmEstimate, StoreError> {
        if tally.scheduled == 0 {
            return Ok(WarmEstimate { total_duration_ms: Some(0.0), ..NO_ESTIMATE });
        }
        let results = self.store.recent_results(RECENT_RESULTS).await?;
        let results: Vec<JobResult> = results.iter().filter_map(|result| serde_json::from_str(result).ok()).collect();
        let made = results.iter().filter(|result| result.outcome == JobOutcome::Miss);
        let (made_ms, made_draws) = made.fold((0.0, 0.0), |(ms, draws), result| match result.deal_draws {
            Some(deal_draws) => (ms + result.matrix_ms, draws + deal_draws as f64),
            None => (ms, draws),
        });
        if made_draws == 0.0 {
            return Ok(NO_ESTIMATE);
        }
        let count = results.len() as f64;
        let rest_ms = results.iter().map(|result| result.total_ms - result.matrix_ms).sum::<f64>() / count;
        let mean_ms = results.iter().map(|result| result.total_ms).sum::<f64>() / count;
        let total_ms = tally.draws as f64 * made_ms / made_draws + tally.scheduled as f64 * rest_ms;
        let goes_first = |count: &&JobCount| count.state == "active" || count.priority <= priority;
        let ahead = before.iter().filter(goes_first).map(|count| count.count).sum::<u64>();
        let reporters = self.store.reporters().await?;
        let others = reporters.iter().filter(|reporter| reporter.process_id != self.process.id);
        // Each process leaves one of several to others than the low ones.
        let usable = |slots: u32| match priority {
            Priority::Low if slots > 1 => u64::from(slots - 1),
            _ => u64::from(slots),
        };
        let slots = others.map(|other| usable(other.worker_slots)).sum::<u64>() + usable(self.worker_slots());
        let completion_time = (slots > 0).then(|| {
            let wait_ms = (total_ms + ahead as f64 * mean_ms) / slots as f64;
            rfc3339(self.clock.now_ms().saturating_add(wait_ms.ceil() as i64))
        });
        Ok(WarmEstimate { total_duration_ms: Some(total_ms), completion_time })
    }
}

fn configuration_source(source: Source) -> ConfigurationSource {
    match source {
        Source::Request => ConfigurationSource::Request,
        Source::Stored => ConfigurationSource::Stored,
        Source::Default => ConfigurationSource::Default,
    }
}
