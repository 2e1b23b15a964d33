//! Funds: stored configurations, with an optional size.

use std::borrow::Cow;

use foliocast_app::api::{Fund, FundSize, Page};
use foliocast_app::service::{Caller, Role};
use foliocast_core::scenario::Config;
use foliocast_core::{Error, ErrorCode, Errors};

use super::cursor::{List, check_limit, decode, encode, refused};
use super::request::{Members, check, excerpt, fault, within};
use super::runs::stored_config;
use super::{Inner, ServiceError, Services, authorise, change};
use crate::clock::rfc3339;
use crate::store::{Action, FundMustBe, FundRow};

/// Most lines of a page of funds.
const MOST_FUNDS: u32 = 200;

/// Largest size of a fund.
const MAX_AMOUNT: f64 = 1e15;

impl Services {
    /// The caller's funds in byte order of their ids; `limit` 1–200. Reader.
    ///
    /// # Errors
    /// 400 for a limit or cursor that is none.
    pub async fn funds(&self, caller: &Caller, limit: u32, cursor: Option<&str>) -> Result<Page<Fund>, ServiceError> {
        authorise(caller, Role::Reader)?;
        check_limit(limit, MOST_FUNDS)?;
        let after =
            cursor.map(|cursor| String::from_utf8(decode(List::Funds, cursor)?).map_err(|_| refused())).transpose()?;
        let mut rows = self.inner.store.funds(&caller.tenant, limit + 1, after.as_deref()).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|fund| encode(List::Funds, fund.fund_id.as_bytes()));
        let items = rows.into_iter().map(fund).collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor })
    }

    /// A fund. Reader.
    ///
    /// # Errors
    /// 404.
    pub async fn fund(&self, caller: &Caller, id: &str) -> Result<Fund, ServiceError> {
        authorise(caller, Role::Reader)?;
        let row = self.inner.store.fund(&caller.tenant, id).await?;
        fund(row.ok_or_else(|| no_fund(id))?)
    }

    /// Stores a fund; `true` when it is new. The body is `{"configuration": {…}, "fundSize": {"amount", "currency"}}`
    /// with `fundSize` optional; `configuration.fundId` may be left out and must else equal `id`. Analyst.
    ///
    /// # Errors
    /// 400 with all faults, 412 for a fund that is not what it must be, 422 for a configuration beyond the limits.
    pub async fn put_fund(
        &self,
        caller: &Caller,
        id: &str,
        body: &str,
        must_be: FundMustBe,
    ) -> Result<(Fund, bool), ServiceError> {
        authorise(caller, Role::Analyst)?;
        let (config, size) = self.inner.read_fund(id, body).map_err(ServiceError::from_errors)?;
        let now = self.inner.clock.now_ms();
        let is_new = self.inner.store.fund(&caller.tenant, id).await?.is_none();
        let row = FundRow {
            fund_id: id.to_owned(),
            input: config.to_canonical_json(),
            size: size.map(|size| (size.amount, size.currency)),
            created_at_ms: now,
            updated_at_ms: now,
        };
        let put = change(caller, Action::PutFund, id.to_owned());
        let stored = self.inner.store.put_fund(&caller.tenant, row, must_be, put).await?;
        Ok((fund(stored.ok_or_else(|| not_what_it_must_be(id, must_be))?)?, is_new))
    }

    /// Forgets a fund's configuration; its runs stay. Analyst.
    ///
    /// # Errors
    /// 404.
    pub async fn delete_fund(&self, caller: &Caller, id: &str) -> Result<(), ServiceError> {
        authorise(caller, Role::Analyst)?;
        let delete = change(caller, Action::DeleteFund, id.to_owned());
        if self.inner.store.delete_fund(&caller.tenant, id, delete).await? { Ok(()) } else { Err(no_fund(id)) }
    }
}

impl Inner {
    fn read_fund(&self, id: &str, body: &str) -> Result<(Config, Option<FundSize>), Errors> {
        let members = Members::read(body)?;
        let mut errors = members.unknown(&["configuration", "fundSize"]);
        let config = match members.get("configuration") {
            None => {
                errors.push(fault(
                    "configuration",
                    ErrorCode::Missing,
                    "is required: the fund's scenario configuration",
                ));
                None
            }
            Some(text) => match Config::from_json(&with_fund_id(text, id), &self.limits) {
                Ok(config) => Some(config),
                Err(found) => {
                    errors.extend(found.iter().map(|error| within("configuration", error)));
                    None
                }
            },
        };
        if let Some(config) = config.as_ref().filter(|config| config.fund_id() != id) {
            let message = format!(
                "{:?} was given; it must be the fund of the address, {:?}",
                excerpt(config.fund_id()),
                excerpt(id)
            );
            errors.push(fault("configuration.fundId", ErrorCode::Conflict, &message));
        }
        let size = members.get("fundSize").filter(|text| *text != "null").and_then(|text| read_size(text, &mut errors));
        match config {
            Some(config) => check(errors, || (config, size)),
            None => Err(check(errors, || ()).err().unwrap_or_else(|| {
                Errors::one("configuration", ErrorCode::Missing, "is required: the fund's scenario configuration")
            })),
        }
    }
}

/// The text of a configuration, of the fund `id` where it names none itself.
fn with_fund_id<'a>(text: &'a str, id: &str) -> Cow<'a, str> {
    let names_none = Members::parse(text).is_ok_and(|members| members.get("fundId").is_none());
    let Some(rest) = text.strip_prefix('{').filter(|_| names_none) else { return Cow::Borrowed(text) };
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    Cow::Owned(format!("{{\"fundId\":{}{comma}{rest}", serde_json::Value::from(id)))
}

fn read_size(text: &str, errors: &mut Vec<Error>) -> Option<FundSize> {
    let size: FundSize = match serde_json::from_str(text) {
        Ok(size) => size,
        Err(error) => {
            let message = format!("expected {{\"amount\": number, \"currency\": \"EUR\"}}: {error}");
            errors.push(fault("fundSize", ErrorCode::Type, &message));
            return None;
        }
    };
    if !(size.amount > 0.0 && size.amount <= MAX_AMOUNT) {
        let message = format!("{} was given; allowed is a number above 0 and at most 10¹⁵", size.amount);
        errors.push(fault("fundSize.amount", ErrorCode::Range, &message));
    }
    if size.currency.len() != 3 || !size.currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
        let message = format!("{:?} was given; expected an ISO 4217 code such as \"EUR\"", excerpt(&size.currency));
        errors.push(fault("fundSize.currency", ErrorCode::Range, &message));
    }
    Some(size)
}

fn fund(row: FundRow) -> Result<Fund, ServiceError> {
    let config = stored_config(&row.input)?;
    let configuration = serde_json::from_str(&row.input)
        .map_err(|error| ServiceError::Internal(format!("the stored fund cannot be read: {error}")))?;
    Ok(Fund {
        fund_id: row.fund_id,
        configuration,
        fund_size: row.size.map(|(amount, currency)| FundSize { amount, currency }),
        run_key: config.run_key(),
        matrix_key: config.matrix_key(),
        created_at: rfc3339(row.created_at_ms),
        updated_at: rfc3339(row.updated_at_ms),
    })
}

fn no_fund(id: &str) -> ServiceError {
    ServiceError::NotFound(format!("no fund {:?} is stored", excerpt(id)))
}

fn not_what_it_must_be(id: &str, must_be: FundMustBe) -> ServiceError {
    let id = excerpt(id);
    ServiceError::Changed(match must_be {
        FundMustBe::StoredAt(at) => format!(
            "the fund {id:?} was stored again or deleted since {}; read it and decide, then send the entity tag it has now",
            rfc3339(at)
        ),
        FundMustBe::New | FundMustBe::Any => {
            format!("a fund {id:?} is stored already; send its entity tag in `If-Match` to replace it")
        }
    })
}
