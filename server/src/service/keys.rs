//! Access keys, sessions, accounts, and the log of changes.

use std::time::Duration;

use foliocast_app::api::{AccessKey, Account, AuditLine, CallerLimits, DayOfUse, NewAccessKey, Page};
use foliocast_app::service::{Caller, Role};
use foliocast_core::{Error, ErrorCode, Errors};

use super::authentication::Credentials;
use super::cursor::{List, check_limit, decode, decode_audit, encode, encode_audit, refused};
use super::request::{Members, check, excerpt, fault};
use super::{ServiceError, Services, authorise, change};
use crate::auth::{Secret, SecretKind, check_name};
use crate::clock::rfc3339;
use crate::store::{
    Action, Actor, AuditPosition, AuditRow, COMMAND_LINE, Change, Created, KeyRow, NewKey, Revoked, THIS_MACHINE,
};

/// Most lines of a page of keys, or of the log.
const MOST_LINES: u32 = 200;
/// Days of use that an account shows.
const DAYS_SHOWN: i64 = 30;
/// How long a session lasts.
pub const SESSION_TIME: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Sessions of a key; one more ends the oldest.
const MOST_SESSIONS: u32 = 100;
/// Name of the key that the settings give.
const BOOTSTRAP: &str = "bootstrap";
/// Tenant of whoever is told none.
pub const DEFAULT_TENANT: &str = "default";
/// Longest life of a key with an end, days.
pub const MOST_DAYS: u32 = 3_650;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// A key that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// Its name.
    pub name: String,
    /// For whom it speaks.
    pub tenant: String,
    /// What it may do.
    pub role: Role,
    /// How long it works, days; `None` without end.
    pub expires_in_days: Option<u32>,
}

impl KeyRequest {
    /// Reads `{"name", "tenant"?, "role"?, "expiresInDays"?}`.
    fn read(body: &str) -> Result<Self, Errors> {
        let members = Members::read(body)?;
        let mut errors = members.unknown(&["name", "tenant", "role", "expiresInDays"]);
        let name = members.text("name", &mut errors);
        if members.get("name").is_none() {
            errors.push(fault("name", ErrorCode::Missing, "is required: a name for the key"));
        }
        let tenant = members.text("tenant", &mut errors);
        let role = members.text("role", &mut errors).and_then(|role| {
            let read = Role::from_name(&role);
            if read.is_none() {
                let message =
                    format!("{:?} was given; allowed are \"reader\", \"analyst\" and \"operator\"", excerpt(&role));
                errors.push(fault("role", ErrorCode::Range, &message));
            }
            read
        });
        let expires_in_days = members.get("expiresInDays").filter(|value| *value != "null").and_then(|value| {
            let read = serde_json::from_str::<u32>(value).ok();
            if read.is_none() {
                errors.push(days_fault(&excerpt(value)));
            }
            read
        });
        let request = Self {
            name: name.unwrap_or_default(),
            tenant: tenant.unwrap_or_else(|| DEFAULT_TENANT.to_owned()),
            role: role.unwrap_or(Role::Analyst),
            expires_in_days,
        };
        let found = request.faults();
        // Of a member that is missing or no text it was said already.
        let known: Vec<String> = errors.iter().map(|error| error.path.clone()).collect();
        errors.extend(found.into_iter().filter(|error| !known.contains(&error.path)));
        check(errors, || request)
    }

    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        for (path, name) in [("name", &self.name), ("tenant", &self.tenant)] {
            if let Err(message) = check_name(name) {
                errors.push(fault(path, ErrorCode::Range, &message));
            }
        }
        if let Some(days) = self.expires_in_days
            && !(1..=MOST_DAYS).contains(&days)
        {
            errors.push(days_fault(&days.to_string()));
        }
        errors
    }

    /// The key to be made with this secret.
    pub fn with_secret(self, secret: &Secret, now_ms: i64) -> NewKey {
        NewKey {
            name: self.name,
            tenant: self.tenant,
            role: self.role,
            secret: secret.hash(SecretKind::Key),
            expires_at_ms: self.expires_in_days.map(|days| now_ms + i64::from(days) * DAY_MS),
            must_be_first: false,
        }
    }
}

fn days_fault(seen: &str) -> Error {
    let message =
        format!("{seen} was given; allowed is an integer from 1 to {MOST_DAYS}, or nothing for a key without end");
    fault("expiresInDays", ErrorCode::Range, &message)
}

/// What the log says of a change made on the command line.
pub fn change_on_command_line(action: Action, subject: String) -> Change {
    let actor =
        Actor { tenant: DEFAULT_TENANT.to_owned(), key_name: COMMAND_LINE.to_owned(), request_id: String::new() };
    Change { actor, action, subject, reason: None }
}

/// A key as it is told.
pub fn access_key(row: KeyRow, now_ms: i64) -> AccessKey {
    AccessKey {
        usable: row.is_usable(now_ms),
        name: row.name,
        tenant: row.tenant,
        role: row.role,
        created_by: row.created_by,
        created_at: rfc3339(row.created_at_ms),
        expires_at: row.expires_at_ms.map(rfc3339),
        revoked_at: row.revoked_at_ms.map(rfc3339),
        last_used_at: row.last_used_at_ms.map(rfc3339),
    }
}

/// What became of a bootstrap key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrapped {
    /// It was made now.
    Made,
    /// It was made before and works.
    Known,
    /// There have been keys without it, or it works no longer: it has no effect.
    WithoutEffect,
}

impl Services {
    /// Makes the settings' key, an operator's, if there has never been a key.
    ///
    /// # Errors
    /// 503 where the store cannot be asked.
    pub async fn bootstrap(&self, secret: &Secret) -> Result<Bootstrapped, ServiceError> {
        let inner = &self.inner;
        let request = KeyRequest {
            name: BOOTSTRAP.to_owned(),
            tenant: DEFAULT_TENANT.to_owned(),
            role: Role::Operator,
            expires_in_days: None,
        };
        let key = NewKey { must_be_first: true, ..request.with_secret(secret, inner.clock.now_ms()) };
        let create = change_on_command_line(Action::CreateKey, BOOTSTRAP.to_owned());
        if inner.store.create_key(key, create).await? == Created::Done {
            return Ok(Bootstrapped::Made);
        }
        let hash = secret.hash(SecretKind::Key);
        let found = inner.store.key_by_secret(hash.lookup).await?;
        let works = found.is_some_and(|found| found.hash == hash.hash && found.key.is_usable(inner.clock.now_ms()));
        Ok(if works { Bootstrapped::Known } else { Bootstrapped::WithoutEffect })
    }

    /// Who the caller is, what it asked and how much it may. Reader.
    ///
    /// # Errors
    /// 503 where the store cannot be asked.
    pub async fn account(&self, caller: &Caller) -> Result<Account, ServiceError> {
        authorise(caller, Role::Reader)?;
        let inner = &self.inner;
        inner.flush_usage().await;
        let key = inner.store.key(&caller.key_name).await?;
        let usage = inner.store.usage(&caller.key_name, inner.today() - DAYS_SHOWN + 1).await?;
        // Whoever sits at the machine is not limited.
        let limits = Some(inner.settings.limits).filter(|_| caller.key_name != THIS_MACHINE);
        Ok(Account {
            tenant: caller.tenant.clone(),
            role: caller.role,
            key: key.map(|key| access_key(key, inner.clock.now_ms())),
            usage: usage
                .into_iter()
                .map(|day| DayOfUse {
                    day: rfc3339(day.day * DAY_MS).split('T').next().unwrap_or_default().to_owned(),
                    requests: day.requests,
                    refused: day.refused,
                    deal_draws: day.deal_draws,
                })
                .collect(),
            limits: CallerLimits {
                requests_per_minute: limits.and_then(|limits| limits.requests_per_minute),
                deal_draws_per_minute: limits.and_then(|limits| limits.deal_draws_per_minute),
                max_deal_draws: inner.settings.max_deal_draws,
            },
        })
    }

    /// All keys in byte order of their names; `limit` 1–200. Operator.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn keys(
        &self,
        caller: &Caller,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<AccessKey>, ServiceError> {
        authorise(caller, Role::Operator)?;
        check_limit(limit, MOST_LINES)?;
        let after =
            cursor.map(|cursor| String::from_utf8(decode(List::Keys, cursor)?).map_err(|_| refused())).transpose()?;
        self.inner.flush_usage().await;
        let mut rows = self.inner.store.keys(limit + 1, after.as_deref()).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|key| encode(List::Keys, key.name.as_bytes()));
        let now_ms = self.inner.clock.now_ms();
        Ok(Page { items: rows.into_iter().map(|row| access_key(row, now_ms)).collect(), next_cursor })
    }

    /// Makes a key, and tells its text this once. The body is `{"name", "tenant"?, "role"?, "expiresInDays"?}`.
    /// Operator, with a key: the first one is made on the command line or by the settings.
    ///
    /// # Errors
    /// 400 with all faults, 403, 409 for a name that is taken.
    pub async fn create_key(&self, caller: &Caller, body: &str) -> Result<NewAccessKey, ServiceError> {
        authorise(caller, Role::Operator)?;
        let request = KeyRequest::read(body).map_err(ServiceError::from_errors)?;
        self.make_key(caller, request).await
    }

    /// As [`Self::create_key`], read already.
    ///
    /// # Errors
    /// As [`Self::create_key`].
    pub async fn make_key(&self, caller: &Caller, request: KeyRequest) -> Result<NewAccessKey, ServiceError> {
        authorise(caller, Role::Operator)?;
        let inner = &self.inner;
        check(request.faults(), || ()).map_err(ServiceError::from_errors)?;
        if !caller.has_key() {
            // Made here, its text could get lost on the way, and nobody could ask anything any more.
            return Err(ServiceError::Conflict(
                "the first key is made on the server's machine: `foliocast keys create --name NAME --role operator`, or \
                 FOLIOCAST_BOOTSTRAP_KEY at its start"
                    .to_owned(),
            ));
        }
        let secret = Secret::new(SecretKind::Key).map_err(no_randomness)?;
        let name = request.name.clone();
        let key = request.with_secret(&secret, inner.clock.now_ms());
        match inner.store.create_key(key, change(caller, Action::CreateKey, name.clone())).await? {
            Created::Done => {}
            Created::Taken => {
                return Err(ServiceError::Conflict(format!(
                    "there is, or was, a key named {name:?}; names are never used again, so that the log stays clear"
                )));
            }
            Created::NotAllowed => return Err(no_operator_any_more()),
        }
        let row = inner.store.key(&name).await?;
        let row = row.ok_or_else(|| ServiceError::Internal("a key that was just made is gone".to_owned()))?;
        Ok(NewAccessKey { key: access_key(row, inner.clock.now_ms()), secret: secret.expose().to_owned() })
    }

    /// Revokes a key, at once in this process and within a second in others; its sessions end. Operator.
    ///
    /// # Errors
    /// 404; 409 for the last operator's key that works.
    pub async fn revoke_key(&self, caller: &Caller, name: &str) -> Result<(), ServiceError> {
        authorise(caller, Role::Operator)?;
        let revoke = change(caller, Action::RevokeKey, name.to_owned());
        let revoked = self.inner.store.revoke_key(name, true, revoke).await?;
        self.inner.known.forget();
        match revoked {
            Revoked::Now | Revoked::Before => Ok(()),
            Revoked::Unknown => Err(ServiceError::NotFound(format!("there is no key named {:?}", excerpt(name)))),
            Revoked::Last => Err(ServiceError::Conflict(
                "this is the last operator's key that works; make another one first, or revoke it on the server's \
                 machine with `foliocast keys revoke`"
                    .to_owned(),
            )),
            Revoked::NotAllowed => Err(no_operator_any_more()),
        }
    }

    /// Opens a session for whoever has a key; answers its token. Anyone with a key.
    ///
    /// # Errors
    /// As [`Self::authenticate`]; 401 for a key that was revoked meanwhile.
    pub async fn open_session(&self, caller: &Caller) -> Result<Secret, ServiceError> {
        let inner = &self.inner;
        let token = Secret::new(SecretKind::Session).map_err(no_randomness)?;
        let time_ms = i64::try_from(SESSION_TIME.as_millis()).unwrap_or(i64::MAX);
        let expires_at_ms = inner.clock.now_ms().saturating_add(time_ms);
        let open = change(caller, Action::OpenSession, caller.key_name.clone());
        let hash = token.hash(SecretKind::Session);
        if inner.store.open_session(hash, &caller.key_name, expires_at_ms, MOST_SESSIONS, open).await? {
            return Ok(token);
        }
        Err(ServiceError::Unauthorized("the access key works no longer".to_owned()))
    }

    /// Ends the session of these credentials, if they are one's.
    ///
    /// # Errors
    /// 503 where the store cannot be asked.
    pub async fn close_session(&self, caller: &Caller, credentials: &Credentials) -> Result<(), ServiceError> {
        if let Credentials::Session(token) = credentials {
            let close = change(caller, Action::CloseSession, caller.key_name.clone());
            self.inner.store.close_session(token.hash(SecretKind::Session).lookup, close).await?;
            self.inner.known.forget();
        }
        Ok(())
    }

    /// The log of changes, newest first; `limit` 1–200. Operator.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn audit_log(
        &self,
        caller: &Caller,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<AuditLine>, ServiceError> {
        authorise(caller, Role::Operator)?;
        let after = place_in_log(limit, cursor)?;
        Ok(page_of_log(self.inner.store.audit_log(limit + 1, after).await?, limit))
    }

    /// Who invalidated or warmed what, newest first; `limit` 1–200. Operator.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn cache_log(
        &self,
        caller: &Caller,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<AuditLine>, ServiceError> {
        authorise(caller, Role::Operator)?;
        let after = place_in_log(limit, cursor)?;
        Ok(page_of_log(self.inner.store.cache_log(limit + 1, after).await?, limit))
    }
}

fn place_in_log(limit: u32, cursor: Option<&str>) -> Result<Option<AuditPosition>, ServiceError> {
    check_limit(limit, MOST_LINES)?;
    cursor.map(decode_audit).transpose()
}

/// A page of `limit` lines, of which one more was looked for.
fn page_of_log(mut rows: Vec<AuditRow>, limit: u32) -> Page<AuditLine> {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().map(|row| AuditPosition { at_ms: row.at_ms, audit_id: row.audit_id });
    Page { items: rows.into_iter().map(audit_line).collect(), next_cursor: last.filter(|_| more).map(encode_audit) }
}

fn audit_line(row: AuditRow) -> AuditLine {
    let Actor { tenant, key_name, request_id } = row.actor;
    AuditLine {
        id: row.audit_id.to_string(),
        timestamp: rfc3339(row.at_ms),
        user: key_name,
        tenant,
        action: row.action,
        subject: row.subject,
        reason: row.reason,
        request_id,
    }
}

fn no_operator_any_more() -> ServiceError {
    ServiceError::Forbidden("the key used is no operator's any more".to_owned())
}

fn no_randomness(error: getrandom::Error) -> ServiceError {
    ServiceError::Internal(format!("the system has no randomness to give: {error}"))
}
