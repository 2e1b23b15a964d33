//! Having results made before anybody asks for them.

use std::collections::HashSet;

use foliocast_app::api::{JobOutcome, JobResult, RejectedConfiguration, WarmEstimate, WarmJob, WarmJobStatus, Warmed};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Config, default_fund};
use foliocast_core::{Error, ErrorCode, Errors};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::invalidation::{logged_line, reason_in};
use super::request::{Members, ShortForm, check, excerpt, fault, text_or_integer, within};
use super::{Inner, ServiceError, Services, authorise, change};
use crate::clock::rfc3339;
use crate::store::{Action, Change, JobCount, Priority, Source, StoreError, Submitted};

/// Funds and configurations of one request, and runs that come of them.
const MOST_FUNDS: usize = 100;
const MOST_CONFIGS: usize = 1_000;
const MOST_RUNS: usize = 1_000;

/// Results of late that an estimate goes by.
const RECENT_RESULTS: u32 = 100;

/// Somebody wants results to be there.
struct WarmRequest {
    priority: Priority,
    reason: Option<String>,
    wanted: Vec<Wanted>,
}

/// One run that is wanted.
struct Wanted {
    /// Its place among the configurations given; `None` where it is a fund's own.
    config: Option<usize>,
    /// The fund it is for; `None` where the configuration says it.
    fund_id: Option<String>,
    /// The configuration as JSON text; `None` for the fund's own.
    text: Option<String>,
}

impl WarmRequest {
    /// Reads `{"fundIds"?, "taxonomyVersion"?, "priority"?, "configs"?, "reason"?}`.
    fn read(body: &str) -> Result<Self, Errors> {
        let members = Members::read(body)?;
        let mut errors = members.unknown(&["fundIds", "taxonomyVersion", "priority", "configs", "reason"]);
        let funds = list(&members, "fundIds", MOST_FUNDS, &mut errors);
        let fund_ids = funds.iter().enumerate().filter_map(|(index, text)| fund_id(index, text, &mut errors)).collect();
        let version = members.get("taxonomyVersion").map(str::to_owned);
        let priority = match members.text("priority", &mut errors).as_deref() {
            None | Some("low") => Priority::Low,
            Some("high") => Priority::High,
            Some(other) => {
                let message = format!("{:?} was given; allowed are \"high\" and \"low\"", excerpt(other));
                errors.push(fault("priority", ErrorCode::Range, &message));
                Priority::Low
            }
        };
        let reason = reason_in(&members, &mut errors);
        let configs = list(&members, "configs", MOST_CONFIGS, &mut errors);
        let wanted = wanted(&configs, fund_ids, version.as_deref(), &mut errors);
        check(errors, || Self { priority, reason, wanted })
    }
}

/// The elements of a member that is a list, as they are written.
fn list(members: &Members, name: &str, most: usize, errors: &mut Vec<Error>) -> Vec<String> {
    let Some(value) = members.get(name) else { return Vec::new() };
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

/// A fund's id as configurations have it: of texts that look alike one.
fn fund_id(index: usize, text: &str, errors: &mut Vec<Error>) -> Option<String> {
    let path = format!("fundIds[{index}]");
    let id = text_or_integer(text, &path, 128, errors)?;
    match default_fund("default").with_fund_id(&id) {
        Ok(config) => Some(config.fund_id().to_owned()),
        Err(faults) => {
            errors.extend(faults.iter().map(|error| Error { path: path.clone(), ..error.clone() }));
            None
        }
    }
}

/// The runs that are wanted: each configuration for its own fund, or where it names none for each of `fund_ids`; without
/// configurations each fund's own.
fn wanted(configs: &[String], fund_ids: Vec<String>, version: Option<&str>, errors: &mut Vec<Error>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    if configs.is_empty() {
        let of_fund = |fund_id| Wanted { config: None, fund_id: Some(fund_id), text: None };
        wanted.extend(fund_ids.iter().cloned().map(of_fund));
        if let Some(version) = version {
            let message = format!("{} has no effect without configs; leave it out", excerpt(version));
            errors.push(fault("taxonomyVersion", ErrorCode::Conflict, &message));
        }
        if fund_ids.is_empty() && errors.is_empty() {
            let message = "is required where there are no configs: the funds whose own configurations are wanted";
            errors.push(fault("fundIds", ErrorCode::Missing, message));
        }
        return wanted;
    }
    for (index, text) in configs.iter().enumerate() {
        // What cannot be read is said when the configuration is.
        let members = Members::parse(text).ok();
        let has = |name: &str| members.as_ref().is_some_and(|members| members.get(name).is_some());
        let mut given = Vec::new();
        if let Some(version) = version.filter(|_| !has("taxonomyVersion")) {
            given.push(("taxonomyVersion", version.to_owned()));
        }
        if members.is_none() || has("fundId") {
            wanted.push(Wanted { config: Some(index), fund_id: None, text: Some(with_members(text, &given)) });
            continue;
        }
        if fund_ids.is_empty() {
            let message = "is required, here or with fundIds";
            errors.push(fault(&format!("configs[{index}].fundId"), ErrorCode::Missing, message));
        }
        for fund_id in &fund_ids {
            let named = ("fundId", serde_json::Value::from(fund_id.as_str()).to_string());
            let text = with_members(text, &[given.as_slice(), &[named]].concat());
            wanted.push(Wanted { config: Some(index), fund_id: Some(fund_id.clone()), text: Some(text) });
        }
    }
    if wanted.len() > MOST_RUNS {
        let message = format!("{} runs would be made; allowed are {MOST_RUNS} at most", wanted.len());
        errors.push(fault("configs", ErrorCode::Range, &message));
        wanted.clear();
    }
    wanted
}

/// The text of an object with more members in front.
fn with_members(object: &str, members: &[(&str, String)]) -> String {
    let Some(rest) = object.strip_prefix('{') else { return object.to_owned() };
    let is_empty = rest.trim_start().starts_with('}');
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let comma = if members.is_empty() || is_empty { "" } else { "," };
    format!("{{{}{comma}{rest}", members.join(","))
}

/// What becomes of runs that are wanted.
#[derive(Default)]
struct Tally {
    scheduled: u64,
    already_cached: u64,
    already_under_way: u64,
    jobs: Vec<WarmJob>,
    rejected: Vec<RejectedConfiguration>,
    /// What is to be made, but for what shares its rows with something before it.
    draws: u64,
    /// Matrices whose rows are to be made.
    matrices: HashSet<[u8; 32]>,
}

impl Services {
    /// Has results made that are not there. Each configuration is judged by itself: what is wrong with one is no reason not
    /// to make the others. Operator.
    ///
    /// # Errors
    /// 400 with all faults of the request, or where no configuration is any good; 503 where the durable store does not
    /// answer: what was scheduled before stays.
    pub async fn warm(&self, caller: &Caller, body: &str) -> Result<Warmed, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        inner.refuse_when_stopping()?;
        let WarmRequest { priority, reason, wanted } = WarmRequest::read(body).map_err(ServiceError::from_errors)?;
        let before = inner.store.job_counts(std::time::Duration::ZERO).await?;
        let mut tally = Tally::default();
        let mut faults = Vec::new();
        for wanted in &wanted {
            match inner.configuration(caller, wanted).await? {
                Ok((config, source)) => inner.schedule(caller, wanted, &config, source, priority, &mut tally).await?,
                Err(errors) => {
                    tally.rejected.push(rejected(wanted, errors.iter().cloned().collect()));
                    faults.extend(errors.iter().cloned());
                }
            }
        }
        if tally.rejected.len() == wanted.len() && !faults.is_empty() {
            return Err(ServiceError::Invalid(
                check(faults, || ())
                    .err()
                    .unwrap_or_else(|| Errors::one("configs", ErrorCode::Range, "no configuration could be read")),
            ));
        }
        inner.workers.wake();
        let subject = format!(
            "{} runs, priority {}: {} scheduled, {} kept, {} under way, {} rejected",
            wanted.len(),
            priority.name(),
            tally.scheduled,
            tally.already_cached,
            tally.already_under_way,
            tally.rejected.len()
        );
        let change = Change { reason: reason.clone(), ..change(caller, Action::Warm, subject) };
        let logged = inner.store.log_change(change).await?;
        let estimated = inner.estimate(&before, &tally, priority).await?;
        Ok(Warmed {
            scheduled: tally.scheduled,
            already_cached: tally.already_cached,
            already_under_way: tally.already_under_way,
            estimated,
            jobs: tally.jobs,
            rejected: tally.rejected,
            audit_log: logged_line(logged, caller, reason),
        })
    }
}

impl Inner {
    /// The configuration that is wanted, by the validator of every run.
    async fn configuration(
        &self,
        caller: &Caller,
        wanted: &Wanted,
    ) -> Result<Result<(Config, Source), Errors>, ServiceError> {
        let Some(text) = &wanted.text else {
            let form = ShortForm {
                fund_id: wanted.fund_id.clone().unwrap_or_default(),
                runs: None,
                time_horizon_years: None,
                seed: None,
            };
            return self.configure(caller, &form).await.map(Ok);
        };
        let read = Config::from_json(text, &self.limits).map(|config| (config, Source::Request));
        Ok(read.map_err(|errors| {
            let part = format!("configs[{}]", wanted.config.unwrap_or_default());
            let inside = errors.iter().map(|error| within(&part, error)).collect();
            check(inside, || ()).err().unwrap_or(errors)
        }))
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
        // What is wanted soon goes before limits; what has time keeps within them, like everything else.
        let charge = match priority {
            Priority::Low => match self.charge(caller, config.deal_draws()).await {
                Ok(charge) => Some(charge),
                Err(error) => {
                    tally.rejected.push(rejected(wanted, vec![fault("", ErrorCode::Range, &error.to_string())]));
                    return Ok(());
                }
            },
            Priority::Interactive | Priority::High => None,
        };
        let job_id = Uuid::now_v7();
        let job = Self::new_job(caller, job_id, config, source, priority, false);
        let submitted = self.store.submit(job, self.settings.max_waiting).await;
        if let Some(charge) = charge {
            let is_made = matches!(submitted, Ok(Submitted::Attached { new_after: Some(_), .. }));
            self.settle(caller, charge, is_made).await;
        }
        let status = match submitted? {
            Submitted::Attached { new_after: Some(_), .. } => {
                self.announce(caller, job_id, config, priority);
                tally.scheduled += 1;
                if tally.matrices.insert(*config.matrix_key().as_bytes()) {
                    tally.draws = tally.draws.saturating_add(config.deal_draws());
                }
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
                let message = format!("{} computations wait already; ask again", self.settings.max_waiting);
                tally.rejected.push(rejected(wanted, vec![fault("", ErrorCode::Range, &message)]));
                return Ok(());
            }
        };
        tally.jobs.push(WarmJob {
            job_id: job_id.to_string(),
            config_hash: config.matrix_key(),
            run_key: config.run_key(),
            fund_id: config.fund_id().to_owned(),
            status,
        });
        Ok(())
    }

    /// What making the scheduled runs takes, by what the latest ones took, and when that is done, behind what goes first.
    async fn estimate(
        &self,
        before: &[JobCount],
        tally: &Tally,
        priority: Priority,
    ) -> Result<WarmEstimate, StoreError> {
        let nothing = WarmEstimate { total_duration_ms: None, completion_time: None };
        let results = self.store.recent_results(RECENT_RESULTS).await?;
        let results: Vec<JobResult> = results.iter().filter_map(|result| serde_json::from_str(result).ok()).collect();
        if results.is_empty() || tally.scheduled == 0 {
            let none = (tally.scheduled == 0).then_some(0.0);
            return Ok(WarmEstimate { total_duration_ms: none, ..nothing });
        }
        let made = results.iter().filter(|result| result.outcome == JobOutcome::Miss);
        let (made_ms, made_draws) = made.fold((0.0, 0.0), |(ms, draws), result| match result.deal_draws {
            Some(deal_draws) => (ms + result.matrix_ms, draws + deal_draws as f64),
            None => (ms, draws),
        });
        if made_draws == 0.0 {
            return Ok(nothing);
        }
        let count = results.len() as f64;
        let rest_ms = results.iter().map(|result| result.total_ms - result.matrix_ms).sum::<f64>() / count;
        let mean_ms = results.iter().map(|result| result.total_ms).sum::<f64>() / count;
        let total_ms = tally.draws as f64 * made_ms / made_draws + tally.scheduled as f64 * rest_ms;
        let goes_first = |count: &&JobCount| count.state == "active" || count.priority <= priority;
        let ahead = before.iter().filter(goes_first).map(|count| count.count).sum::<u64>();
        let slots: u64 = self.store.reporters().await?.iter().map(|reporter| u64::from(reporter.worker_slots)).sum();
        let completion_time = (slots > 0).then(|| {
            let wait_ms = (total_ms + ahead as f64 * mean_ms) / slots as f64;
            rfc3339(self.clock.now_ms().saturating_add(wait_ms.ceil() as i64))
        });
        Ok(WarmEstimate { total_duration_ms: Some(total_ms), completion_time })
    }
}

fn rejected(wanted: &Wanted, details: Vec<Error>) -> RejectedConfiguration {
    RejectedConfiguration { config: wanted.config.map(|index| index as u32), fund_id: wanted.fund_id.clone(), details }
}
