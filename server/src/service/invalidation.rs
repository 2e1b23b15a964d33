//! Dropping results: from the moment the call returns, nobody who reaches the durable store is answered with them.

use std::sync::Arc;
use std::time::Duration;

use foliocast_app::api::{Contents, ForeseenInvalidation, Invalidated, InvalidatedCounts, Invalidation, LoggedLine};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::{MatrixKey, default_fund};
use foliocast_core::{Error, ErrorCode, Errors};

use super::membership::LEASE;
use super::request::{Members, check, excerpt, fault};
use super::{ServiceError, Services, authorise, change};
use crate::clock::rfc3339;
use crate::store::{Acknowledgements, Action, AuditPosition, Change, Kind, Scope, StoreError};

/// Most characters of a reason.
const MOST_REASON: usize = 200;

/// From one look whether all have acknowledged to the next.
const LOOK: Duration = Duration::from_millis(10);

/// Why, where a reason is given.
pub(super) fn reason_in(members: &Members, errors: &mut Vec<Error>) -> Option<String> {
    members.get("reason").filter(|value| *value != "null")?;
    let reason = members.text("reason", errors)?;
    if reason.chars().count() > MOST_REASON || reason.contains(char::is_control) {
        let message = format!("at most {MOST_REASON} characters without control characters are allowed");
        errors.push(fault("reason", ErrorCode::Range, &message));
    }
    Some(reason)
}

/// The line of the log that an answer names.
pub(super) fn logged_line(logged: AuditPosition, caller: &Caller, reason: Option<String>) -> LoggedLine {
    LoggedLine {
        id: logged.audit_id.to_string(),
        timestamp: rfc3339(logged.at_ms),
        user: caller.key_name.clone(),
        reason,
    }
}

/// Somebody wants results dropped.
struct InvalidationRequest {
    scope: Scope,
    /// The scope in words, for the log.
    subject: String,
    reason: Option<String>,
    dry_run: bool,
}

impl InvalidationRequest {
    /// Reads `{"scope", "fundId"?, "matrixKey"?, "kind"?, "reason"?, "dryRun"?}`.
    fn read(body: &str) -> Result<Self, Errors> {
        let members = Members::read(body)?;
        let mut errors = members.unknown(&["scope", "fundId", "matrixKey", "kind", "reason", "dryRun"]);
        let text = |path: &str, errors: &mut Vec<Error>| {
            members.get(path).filter(|value| *value != "null")?;
            members.text(path, errors)
        };
        let scope = text("scope", &mut errors);
        let (fund_id, matrix_key) = (text("fundId", &mut errors), text("matrixKey", &mut errors));
        let kind = text("kind", &mut errors);
        let reason = reason_in(&members, &mut errors);
        let dry_run = members.flag("dryRun", &mut errors);
        let needed = match scope.as_deref() {
            Some("all") => "",
            Some("fund") => "fundId",
            Some("matrix") => "matrixKey",
            Some("kind") => "kind",
            Some(other) => {
                let message =
                    format!("{:?} was given; allowed are \"all\", \"fund\", \"matrix\" and \"kind\"", excerpt(other));
                errors.push(fault("scope", ErrorCode::Range, &message));
                ""
            }
            None => {
                if !errors.iter().any(|error| error.path == "scope") {
                    let message = "is required: \"all\", \"fund\", \"matrix\" or \"kind\"";
                    errors.push(fault("scope", ErrorCode::Missing, message));
                }
                ""
            }
        };
        for (path, given) in
            [("fundId", fund_id.is_some()), ("matrixKey", matrix_key.is_some()), ("kind", kind.is_some())]
        {
            if path == needed && !given && !errors.iter().any(|error| error.path == path) {
                errors.push(fault(path, ErrorCode::Missing, "is required with this scope"));
            } else if path != needed && given && scope.is_some() {
                errors.push(fault(path, ErrorCode::Conflict, "has no effect with this scope; leave it out"));
            }
        }
        let found = match needed {
            "fundId" => fund_id.and_then(|text| match default_fund("default").with_fund_id(&text) {
                // As configurations have it: of texts that look alike one.
                Ok(config) => Some((format!("fund {}", config.fund_id()), Scope::Fund(config.fund_id().to_owned()))),
                Err(faults) => {
                    errors.extend(faults.iter().map(|error| Error { path: "fundId".to_owned(), ..error.clone() }));
                    None
                }
            }),
            "matrixKey" => matrix_key.and_then(|text| match text.parse::<MatrixKey>() {
                Ok(key) => Some((format!("matrix {key}"), Scope::Matrix(*key.as_bytes()))),
                Err(_) => {
                    let message = format!("{:?} was given; expected 64 hexadecimal digits", excerpt(&text));
                    errors.push(fault("matrixKey", ErrorCode::Range, &message));
                    None
                }
            }),
            "kind" => kind.and_then(|text| match Kind::from_name(&text) {
                Some(kind) => Some((format!("kind {}", kind.name()), Scope::Kind(kind))),
                None => {
                    let message = format!("{:?} was given; allowed are \"matrix\" and \"run\"", excerpt(&text));
                    errors.push(fault("kind", ErrorCode::Range, &message));
                    None
                }
            }),
            _ => Some(("all".to_owned(), Scope::All)),
        };
        let (subject, scope) = found.unwrap_or_else(|| (String::new(), Scope::All));
        check(errors, || Self { scope, subject, reason, dry_run })
    }
}

impl Services {
    /// Drops results: in the durable store, in Redis, and in every process that has not lost its lease by then; or only tells
    /// what that would remove. Operator.
    ///
    /// # Errors
    /// 400 with all faults of the input; 503 where the durable store does not answer: then nothing was dropped, or
    /// whatever was is not yet forgotten everywhere.
    pub async fn invalidate(&self, caller: &Caller, body: &str) -> Result<Invalidation, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        let begun = inner.clock.instant();
        let InvalidationRequest { scope, subject, reason, dry_run } =
            InvalidationRequest::read(body).map_err(ServiceError::from_errors)?;
        if dry_run {
            let crate::store::Contents { runs, matrices, bytes, under_way } = inner.store.contents(scope).await?;
            let would_invalidate = Contents { runs, matrices, bytes, under_way };
            return Ok(Invalidation::Foreseen(ForeseenInvalidation { dry_run, would_invalidate }));
        }
        let change = Change { reason: reason.clone(), ..change(caller, Action::Invalidate, subject) };
        // A task, so that it is done to its end in every tier whether or not the request lives.
        let tiers = Arc::clone(&inner.tiers);
        let dropping = inner.upkeep.spawn(async move { tiers.drop_in(scope, Some(change)).await });
        let dropped = dropping.await.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let (dropping, forgotten) = dropped?;
        let acknowledgements = self.everybody_knows(dropping.number).await?;
        let durable = dropping.dropped.iter().filter(|dropped| dropped.was_there).count() as u64;
        let logged = dropping.logged.ok_or_else(|| ServiceError::Internal("the log has no line of it".to_owned()))?;
        Ok(Invalidation::Done(Invalidated {
            invalidated: InvalidatedCounts {
                memory: forgotten.memory + acknowledgements.in_memory,
                redis: forgotten.redis,
                durable,
                postgres: durable,
            },
            duration: inner.clock.instant().saturating_duration_since(begun).as_secs_f64() * 1e3,
            unacknowledged: acknowledgements.lost,
            audit_log: logged_line(logged, caller, reason),
        }))
    }

    /// Waits until every other process has acknowledged a drop, or its lease has run out.
    async fn everybody_knows(&self, number: u64) -> Result<Acknowledgements, StoreError> {
        // Every lease that held when it was dropped has run out by then, or was renewed by one who has heard of it.
        let patience = LEASE + Duration::from_secs(1);
        let begun = tokio::time::Instant::now();
        loop {
            let mut found = self.inner.store.acknowledgements(number).await?;
            if found.awaited.is_empty() {
                return Ok(found);
            }
            if begun.elapsed() >= patience {
                found.lost.append(&mut found.awaited);
                return Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
