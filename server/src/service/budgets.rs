//! How much may be asked, by whom, and what was.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foliocast_app::service::Caller;

use super::shared_budget::{OneByOne, Receipt, SharedBudget};
use super::{Inner, ServiceError};
use crate::clock::Clock;
use crate::redis::{RedisBudget, RedisLink};
use crate::store::{THIS_MACHINE, THIS_NETWORK, Usage, Used};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Keys that are none, from one address, a minute.
const FAILURES_PER_MINUTE: u64 = 30;

/// How much each key, or each address where no key is needed, may ask. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Requests a minute.
    pub requests_per_minute: Option<u64>,
    /// Deal draws a minute, of runs that must be computed and rows that must be made again. One run may always take as
    /// many as a run may have.
    pub deal_draws_per_minute: Option<u64>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { requests_per_minute: Some(6_000), deal_draws_per_minute: Some(20_000_000_000) }
    }
}

/// Whose budget counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// A key's.
    Key(String),
    /// An address's; of IPv6 the network that one customer is given.
    Address(IpAddr),
}

impl Subject {
    /// The budget of an address; of unknown ones all have the same.
    pub(super) fn address(address: Option<IpAddr>) -> Self {
        Self::Address(match address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)).to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address => address,
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => write!(f, "key {name}"),
            Self::Address(address) => write!(f, "address {address}"),
        }
    }
}

/// Whose budget a caller's is; `None` for whoever sits at the machine of an installation without keys.
pub(super) fn counted_as(caller: &Caller) -> Option<Subject> {
    match caller.key_name.as_str() {
        THIS_MACHINE => None,
        THIS_NETWORK => Some(Subject::address(caller.address)),
        name => Some(Subject::Key(name.to_owned())),
    }
}

/// The budgets, and what was used of them.
pub(super) struct Budgets {
    requests: Option<OneByOne>,
    deal_draws: Option<SharedBudget>,
    /// Keys that are none.
    pub(super) failures: SharedBudget,
    unwritten: Mutex<HashMap<(String, i64), Used>>,
}

impl Budgets {
    /// Budgets that are shared through Redis, where there is a connection, hidden there by the installation's secret.
    pub(super) fn new(
        settings: &LimitSettings,
        max_deal_draws: u64,
        redis: Option<(&RedisLink, &[u8; 32])>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let budget = |name, per_minute: u64, size: u64| {
            let shared = redis.map(|(link, secret)| RedisBudget::new(link.clone(), name, secret, per_minute, size));
            SharedBudget::new(per_minute, size, shared, clock)
        };
        let draws_of = |draws: u64| budget("deal-draws", draws, draws.max(max_deal_draws));
        Self {
            requests: settings
                .requests_per_minute
                .map(|requests| OneByOne::new(budget("requests", requests, requests), requests, Arc::clone(clock))),
            deal_draws: settings.deal_draws_per_minute.map(draws_of),
            failures: budget("failures", FAILURES_PER_MINUTE, FAILURES_PER_MINUTE),
            unwritten: Mutex::default(),
        }
    }

    fn unwritten(&self) -> MutexGuard<'_, HashMap<(String, i64), Used>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deal draws that were charged, until it is known whether they are made.
#[must_use]
pub(super) struct Charge {
    deal_draws: u64,
    /// Where they were taken from, as far as they were.
    receipt: Option<Receipt>,
}

impl Inner {
    pub(super) fn today(&self) -> i64 {
        self.clock.now_ms().div_euclid(DAY_MS)
    }

    /// Counts a request against its caller's budget.
    pub(super) async fn count_request(&self, caller: &Caller) -> Result<(), ServiceError> {
        let Some(subject) = counted_as(caller) else { return Ok(()) };
        let taken = match &self.budgets.requests {
            Some(budget) => budget.take(&subject).await,
            None => Ok(()),
        };
        self.note_use(caller, |usage| match taken {
            Ok(()) => usage.requests += 1,
            Err(_) => usage.refused += 1,
        });
        taken.map_err(|retry_after| ServiceError::TooMany {
            message: format!(
                "more than {} requests in a minute; ask again later",
                self.settings.limits.requests_per_minute.unwrap_or_default()
            ),
            retry_after,
        })
    }

    /// Charges deal draws that are about to be made.
    pub(super) async fn charge(&self, caller: &Caller, deal_draws: u64) -> Result<Charge, ServiceError> {
        let (Some(subject), Some(budget)) = (counted_as(caller), &self.budgets.deal_draws) else {
            return Ok(Charge { deal_draws, receipt: None });
        };
        match budget.take(&subject, deal_draws).await {
            Ok(receipt) => Ok(Charge { deal_draws, receipt: Some(receipt) }),
            Err(retry_after) => {
                self.note_use(caller, |usage| usage.refused += 1);
                Err(ServiceError::TooMany {
                    message: format!(
                        "this takes {deal_draws} deal draws, and there are not that many left of {} a minute; ask again \
                         later, or for fewer scenarios",
                        self.settings.limits.deal_draws_per_minute.unwrap_or_default()
                    ),
                    retry_after,
                })
            }
        }
    }

    /// Notes that what was charged is made for this caller; else somebody makes it already, or nobody does, and the
    /// caller gets it back.
    pub(super) async fn settle(&self, caller: &Caller, charge: Charge, is_made: bool) {
        if is_made {
            self.note_use(caller, |usage| usage.deal_draws += charge.deal_draws);
        } else if let (Some(budget), Some(subject), Some(receipt)) =
            (&self.budgets.deal_draws, counted_as(caller), charge.receipt)
        {
            budget.give_back(&subject, charge.deal_draws, receipt).await;
        }
    }

    fn note_use(&self, caller: &Caller, note: impl FnOnce(&mut Usage)) {
        let Some(Subject::Key(key_name)) = counted_as(caller) else { return };
        let day = self.today();
        let mut unwritten = self.budgets.unwritten();
        let used = unwritten.entry((key_name.clone(), day)).or_insert_with(|| Used {
            key_name,
            last_used_at_ms: 0,
            usage: Usage { day, ..Usage::default() },
        });
        used.last_used_at_ms = self.clock.now_ms();
        note(&mut used.usage);
    }

    /// Writes down what keys were used for.
    pub(super) async fn flush_usage(&self) {
        let mut used: Vec<Used> = std::mem::take(&mut *self.budgets.unwritten()).into_values().collect();
        if used.is_empty() {
            return;
        }
        // In one order everywhere, so that processes that write at once wait for each other instead of in a circle.
        used.sort_unstable_by(|a, b| (&a.key_name, a.usage.day).cmp(&(&b.key_name, b.usage.day)));
        if let Err(error) = self.store.add_usage(used.clone()).await {
            tracing::warn!(%error, "could not note what keys were used for; will try again");
            let mut unwritten = self.budgets.unwritten();
            for used in used {
                let key = (used.key_name.clone(), used.usage.day);
                let added = used.usage;
                let used = unwritten
                    .entry(key)
                    .or_insert(Used { usage: Usage { day: added.day, ..Usage::default() }, ..used });
                used.usage.requests += added.requests;
                used.usage.refused += added.refused;
                used.usage.deal_draws += added.deal_draws;
            }
        }
    }
}
