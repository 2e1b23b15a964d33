//! What messages of the job queue mean: which job they are of, or which one they ask for, and how far it is.

use std::sync::Arc;
use std::time::Duration;

use foliocast_app::api::{JobOutcome, JobResult};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{Config, MatrixKey, RunKey};
use foliocast_core::{Error, ErrorCode, Errors};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::{Asked, Members, check, excerpt, fault, read_simulate, within};
use super::runs::{LOOK, MOST_LOOKS, asked_for_run, ending};
use super::{DEFAULT_TENANT, Inner, ServiceError};
use crate::auth::check_name;
use crate::jobs::{Step, run_id};
use crate::queue::{Ended, Message, Receiver, Teller};
use crate::store::{ComputationState, JobRow, Lookup, Priority, Source, Submitted, THE_QUEUE};

/// Between two reports of progress.
const REPORT_PAUSE: Duration = Duration::from_millis(250);

/// Between two tries to do what cannot be done for the moment: at first, and at most. The message stays here meanwhile, for
/// others would fare no better.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_RETRY_PAUSE: Duration = Duration::from_secs(10);

/// How often the last report, which has the result, is tried.
const MOST_END_REPORTS: u32 = 3;

/// What a message says.
#[derive(Debug)]
struct Order {
    tenant: String,
    priority: Priority,
    /// Of what is to be made, as whoever sent it has it.
    run_key: Option<String>,
    /// JSON text, as `simulate` is asked.
    configuration: Option<String>,
}

impl Order {
    /// Refuses a key that is not the one it must have.
    fn check_key(&self, key: RunKey) -> Result<(), ServiceError> {
        let Some(expected) = self.run_key.as_ref().filter(|expected| **expected != key.to_string()) else {
            return Ok(());
        };
        let message = format!("{:?} was given; the run's is {key}", excerpt(expected));
        Err(ServiceError::from_errors(Errors::one("runKey", ErrorCode::Conflict, message)))
    }

    /// Reads `{"configuration"?, "tenant"?, "priority"?, "runKey"?, "matrixKey"?}`.
    fn read(data: &str) -> Result<Self, Errors> {
        let members = Members::read(data)?;
        let mut errors = members.unknown(&["configuration", "tenant", "priority", "runKey", "matrixKey"]);
        let tenant = members.text("tenant", &mut errors).unwrap_or_else(|| DEFAULT_TENANT.to_owned());
        if let Err(message) = check_name(&tenant) {
            errors.push(fault("tenant", ErrorCode::Range, &message));
        }
        let priority = members.text("priority", &mut errors).map_or(Some(Priority::High), |name| {
            let read = Priority::from_name(&name);
            if read.is_none() {
                let message = "allowed are \"interactive\", \"high\" and \"low\"";
                errors.push(fault("priority", ErrorCode::Range, &format!("{:?} was given; {message}", excerpt(&name))));
            }
            read
        });
        let run_key = members.text("runKey", &mut errors);
        let configuration = members.get("configuration").map(str::to_owned);
        check(errors, || Self { tenant, priority: priority.unwrap_or(Priority::High), run_key, configuration })
    }
}

/// What of a job is told to those who watch the queue.
struct Told {
    /// None where there is nothing to do.
    job_id: Option<Uuid>,
    run_key: String,
    matrix_key: String,
}

impl Told {
    fn of(row: &JobRow) -> Self {
        Self {
            job_id: Some(row.job_id),
            run_key: RunKey::from_bytes(row.key).to_string(),
            matrix_key: MatrixKey::from_bytes(row.matrix_key).to_string(),
        }
    }

    fn progress(&self, percent: f64, step: &str) -> Value {
        let mut progress =
            json!({"percent": percent, "step": step, "runKey": self.run_key, "matrixKey": self.matrix_key});
        if let Some(job_id) = self.job_id {
            progress["jobId"] = job_id.to_string().into();
        }
        progress
    }

    /// Tells that there is a result, and what making it took: the library's own result has no room for it.
    async fn end(&self, result: Value, teller: &Teller) {
        let mut end = self.progress(100.0, Step::Done.name());
        end["result"] = result;
        for _ in 0..MOST_END_REPORTS {
            if teller.tell(end.clone()).await {
                return;
            }
        }
    }
}

impl Receiver for Inner {
    fn receive(self: Arc<Self>, message: Message, teller: Teller) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            let mut pause = RETRY_PAUSE;
            loop {
                match self.take_up(&message, &teller).await {
                    Ok(()) => return Ended::Done,
                    Err(error) if error.retry_after().is_none() => return Ended::Failed(in_a_sentence(&error)),
                    Err(error) => {
                        if pause == RETRY_PAUSE {
                            tracing::warn!(id = ?excerpt(&message.id), %error, "a message of the job queue waits");
                        }
                        // When the process stops, the line hands the message back, and takes none again before it does.
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_RETRY_PAUSE);
                    }
                }
            }
        })
    }
}

impl Inner {
    /// Adds the job of a new computation to the queue, where there is one.
    pub(super) fn announce(&self, caller: &Caller, job_id: Uuid, config: &Config, priority: Priority) {
        let Some(queue) = &self.queue else { return };
        let data = json!({
            "tenant": caller.tenant,
            "runKey": config.run_key().to_string(),
            "matrixKey": config.matrix_key().to_string(),
        });
        queue.announce(job_id, &data, priority as u32);
    }

    /// Does what a message asks for: looks at the job it is of, or takes it on, and follows it to its end. Who makes it is
    /// for the store to say.
    async fn take_up(self: &Arc<Self>, message: &Message, teller: &Teller) -> Result<(), ServiceError> {
        let order = Order::read(&message.data).map_err(ServiceError::from_errors)?;
        self.workers.wake();
        // One of this installation is named by its job; what others send has a job of its own, the same whenever it comes.
        let own = Uuid::parse_str(&message.id).ok();
        let job_id = foreign_job_id(message);
        for job_id in own.into_iter().chain([job_id]) {
            if let Some(row) = self.store.job(&order.tenant, job_id).await? {
                order.check_key(RunKey::from_bytes(row.key))?;
                return self.follow(row.computation.computation_id, &Told::of(&row), teller).await;
            }
        }
        let Some(configuration) = &order.configuration else {
            let message = "there is no such job any more, and no `configuration` to make one of";
            return Err(ServiceError::NotFound(message.to_owned()));
        };
        self.take_on(&order, configuration, job_id, message, teller).await
    }

    /// Takes on what somebody else's message asks for: its row is written before anything is done.
    async fn take_on(
        self: &Arc<Self>,
        order: &Order,
        configuration: &str,
        job_id: Uuid,
        message: &Message,
        teller: &Teller,
    ) -> Result<(), ServiceError> {
        let begun = self.clock.instant();
        let caller = Caller {
            tenant: order.tenant.clone(),
            role: Role::Analyst,
            key_name: THE_QUEUE.to_owned(),
            address: None,
            // Quoted: what others name their messages may be anything.
            request_id: excerpt(&message.id).escape_debug().to_string(),
        };
        let asked = read_simulate(configuration, &self.limits).map_err(|errors| {
            let inside: Vec<Error> = errors.iter().map(|error| within("configuration", error)).collect();
            Errors::check(inside, || ())
                .err()
                .map_or_else(|| ServiceError::Internal("an error without faults".to_owned()), ServiceError::from_errors)
        })?;
        let (config, source) = match asked {
            Asked::Full(config) => (*config, Source::Request),
            Asked::Short(form) => self.configure(&caller, &form).await?,
        };
        let key = config.run_key();
        order.check_key(key)?;
        let told = Told { job_id: None, run_key: key.to_string(), matrix_key: config.matrix_key().to_string() };
        for _ in 0..MOST_LOOKS {
            if let Lookup::Found((_, tier)) = self.tiers.record(run_id(key)).await? {
                self.ask(&caller, key, source, config.fund_id()).await;
                if self.access(&caller.tenant, key).await?.is_none() {
                    return Err(ServiceError::unavailable("who asked could not be noted", 1));
                }
                let took = self.clock.instant().saturating_duration_since(begun);
                let matrix_key = || Some(*config.matrix_key().as_bytes());
                let asked = asked_for_run(&caller, config.fund_id(), key);
                self.measures.found(asked, tier.into(), took, self.clock.now_ms(), matrix_key);
                let result = JobResult {
                    outcome: JobOutcome::Hit,
                    tier: tier.into(),
                    row_bytes: config.row_bytes(),
                    deal_draws: Some(config.deal_draws()),
                    matrix_ms: 0.0,
                    total_ms: took.as_secs_f64() * 1e3,
                };
                told.end(serde_json::to_value(result).unwrap_or_default(), teller).await;
                return Ok(());
            }
            let job = Self::new_job(&caller, job_id, &config, source, order.priority, None);
            match self.store.submit(job, self.settings.max_waiting).await? {
                Submitted::Attached { computation_id, new_after } => {
                    // How long it takes until its turn comes is the queue's own affair, and no answer's latency.
                    let asked = asked_for_run(&caller, config.fund_id(), key);
                    self.measures.missed(asked, ending(new_after), self.clock.now_ms());
                    self.workers.wake();
                    return self.follow(computation_id, &Told { job_id: Some(job_id), ..told }, teller).await;
                }
                // It has come to be meanwhile.
                Submitted::Made => {}
                Submitted::QueueFull => {
                    let message = format!("{} computations wait already", self.settings.max_waiting);
                    return Err(ServiceError::unavailable(message, 1));
                }
            }
        }
        Err(ServiceError::unavailable("the run is made and invalidated again and again", 1))
    }

    /// Tells how far a computation is until it ends.
    async fn follow(&self, computation_id: Uuid, told: &Told, teller: &Teller) -> Result<(), ServiceError> {
        let mut following = self.live.follow(computation_id);
        let mut last = None;
        loop {
            let progress = following.latest();
            let mut now = (progress.percent, progress.step.name().to_owned());
            if !progress.here || progress.ended {
                let row = self.store.computation(computation_id).await?;
                let row = row.ok_or_else(|| ServiceError::NotFound("the job was forgotten".to_owned()))?;
                match row.state {
                    ComputationState::Complete => {
                        let result = row.result.and_then(|result| serde_json::from_str(&result).ok());
                        told.end(result.unwrap_or_default(), teller).await;
                        return Ok(());
                    }
                    ComputationState::Failed => return Err(ServiceError::Internal(row.error.unwrap_or_default())),
                    ComputationState::Cancelled => {
                        let why = match row.error {
                            Some(_) => "cancelled: an operator ended it",
                            None => "cancelled: nobody waited for it any more",
                        };
                        return Err(ServiceError::NotFound(why.to_owned()));
                    }
                    ComputationState::Waiting | ComputationState::Active => now = (row.percent, row.step),
                }
            }
            if last.as_ref() != Some(&now) {
                teller.tell(told.progress(now.0, &now.1)).await;
                last = Some(now);
            }
            tokio::select! {
                () = async {
                    following.changed_to(|_| true).await;
                    tokio::time::sleep(REPORT_PAUSE).await;
                } => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// The job of a message that somebody else sent: made of all that it says, so that one that comes again, after its worker
/// died, is the same job, and neither another message nor another attempt at it is.
fn foreign_job_id(message: &Message) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("foliocast 2026-06 job of a message");
    hasher.update(&message.added_at_ms.to_le_bytes());
    hasher.update(&message.attempts_made.to_le_bytes());
    hasher.update(&(message.id.len() as u64).to_le_bytes());
    hasher.update(message.id.as_bytes());
    hasher.update(message.data.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// An error with all its faults, as BullMQ shows the reason of a failure: one text.
fn in_a_sentence(error: &ServiceError) -> String {
    let details = error.details();
    let faults = details.iter().map(|fault| match fault.path.is_empty() {
        true => fault.message.clone(),
        false => format!("{}: {}", fault.path, fault.message),
    });
    if details.is_empty() { error.to_string() } else { faults.collect::<Vec<_>>().join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, added_at_ms: u64, attempts_made: u32, data: &str) -> Message {
        Message { id: id.to_owned(), added_at_ms, attempts_made, data: data.to_owned() }
    }

    #[test]
    fn a_message_has_the_same_job_whenever_it_comes_and_no_other_message_has_it() {
        let seven = foreign_job_id(&message("7", 1, 0, "{}"));
        assert_eq!(seven, foreign_job_id(&message("7", 1, 0, "{}")));
        for other in [
            message("7", 2, 0, "{}"),
            message("8", 1, 0, "{}"),
            message("7", 1, 1, "{}"),
            message("7", 1, 0, "{ }"),
            message("7{", 1, 0, "}"),
        ] {
            assert_ne!(seven, foreign_job_id(&other), "{other:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_message_is_said() {
        let errors = Order::read(r#"{"tenant":7,"priority":"now","runKey":[],"more":1}"#).unwrap_err();
        let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["more", "tenant", "priority", "runKey"]);
        let named = Order::read(r#"{"tenant":"two words"}"#).unwrap_err();
        assert_eq!(named.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["tenant"]);
        let order = Order::read("{}").unwrap();
        assert_eq!((order.tenant.as_str(), order.priority), (DEFAULT_TENANT, Priority::High));
    }
}
