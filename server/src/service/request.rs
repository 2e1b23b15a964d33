//! Reading requests: which form, which members, nothing twice, nothing unknown.

use std::collections::HashSet;
use std::fmt;

use foliocast_core::scenario::{Config, Limits};
use foliocast_core::{Error, ErrorCode, Errors};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::listed;

/// What `simulate` was asked.
#[derive(Debug)]
pub enum Asked {
    /// The full form: a configuration of its own.
    Full(Box<Config>),
    /// The short form: a fund's configuration, with changes.
    Short(ShortForm),
}

/// The short form.
#[derive(Clone, Debug, PartialEq)]
pub struct ShortForm {
    /// Whose configuration.
    pub fund_id: String,
    /// Rows instead of the configuration's.
    pub runs: Option<u32>,
    /// Years the fund lives instead of the configuration's.
    pub time_horizon_years: Option<f64>,
    /// Seed instead of the configuration's.
    pub seed: Option<String>,
}

const SHORT_MEMBERS: [&str; 4] = ["fundId", "runs", "timeHorizonYears", "seed"];
const SHORT_ONLY: [&str; 2] = ["runs", "timeHorizonYears"];

/// Members of an object that are looked at, far more than any request has.
const MAX_MEMBERS: usize = 20_000;

/// The members of an object in their order, each as it is written; beyond [`MAX_MEMBERS`] only the first too many.
pub struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads an object.
    ///
    /// # Errors
    /// Text that is no JSON object, and members that are too many or occur twice.
    pub fn read(text: &str) -> Result<Self, Errors> {
        let members = Self::parse(text)?;
        if members.0.len() > MAX_MEMBERS {
            let message = format!("the object has more than {MAX_MEMBERS} members, far more than any request needs");
            return Err(Errors::one("", ErrorCode::Range, message));
        }
        let mut names = HashSet::with_capacity(members.0.len());
        let repeated = members.0.iter().filter(|(name, _)| !names.insert(name.as_str()));
        let message = "this member occurs twice; keep one";
        let errors = repeated.map(|(name, _)| fault(&excerpt(name), ErrorCode::Duplicate, message)).collect();
        check(errors, || members)
    }

    /// Reads an object whose members may be anything.
    ///
    /// # Errors
    /// Text that is no JSON object.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        serde_json::from_str(text).map_err(|error| {
            let code = if error.is_data() { ErrorCode::Type } else { ErrorCode::Syntax };
            Errors::one("", code, format!("expected one JSON object: {error}"))
        })
    }

    /// A member as it is written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.get())
    }

    /// A member that must be a text where there is one; what is none is said.
    pub fn text(&self, name: &str, errors: &mut Vec<Error>) -> Option<String> {
        let value = self.get(name)?;
        let read = serde_json::from_str(value).ok();
        if read.is_none() {
            errors.push(fault(name, ErrorCode::Type, &format!("{} was given; expected a text", excerpt(value))));
        }
        read
    }

    /// A member that is true or false, and false where it is not there or null.
    pub fn flag(&self, name: &str, errors: &mut Vec<Error>) -> bool {
        match self.get(name) {
            None | Some("null" | "false") => false,
            Some("true") => true,
            Some(value) => {
                let message = format!("{} was given; expected true or false", excerpt(value));
                errors.push(fault(name, ErrorCode::Type, &message));
                false
            }
        }
    }

    /// Errors for members that are none of `known`.
    pub fn unknown(&self, known: &[&str]) -> Vec<Error> {
        let unknown = self.0.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let message = format!("this member is not known; known are {}", known.join(", "));
        unknown.map(|(name, _)| fault(&excerpt(name), ErrorCode::Unknown, &message)).collect()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while members.len() <= MAX_MEMBERS
                    && let Some(member) = map.next_entry()?
                {
                    members.push(member);
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads the body of `simulate`: the member `buckets` decides the form.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_simulate(text: &str, limits: &Limits) -> Result<Asked, Errors> {
    let members = match Members::read(text) {
        Ok(members) => members,
        // Of neither form: nothing more is to be said of so many members.
        Err(errors) if errors.iter().any(|error| error.code == ErrorCode::Range) => return Err(errors),
        // The engine's parser says best what is wrong with a text, and where.
        Err(_) => return Config::from_json(text, limits).map(|config| Asked::Full(Box::new(config))),
    };
    if members.get("buckets").is_none() {
        return read_short(&members).map(Asked::Short);
    }
    let mixed = SHORT_ONLY.iter().filter(|name| members.get(name).is_some());
    let mixed: Vec<Error> = mixed
        .map(|name| {
            let instead = if *name == "runs" { "numScenarios" } else { "recycling.fundLifetime" };
            let message = format!(
                "belongs to the short form, and `buckets` makes this the full form; write {instead}, or leave out `buckets`"
            );
            fault(name, ErrorCode::Conflict, &message)
        })
        .collect();
    Errors::check(mixed, || ())?;
    Config::from_json(text, limits).map(|config| Asked::Full(Box::new(config)))
}

fn read_short(members: &Members) -> Result<ShortForm, Errors> {
    let mut errors = members.unknown(&SHORT_MEMBERS);
    for error in &mut errors {
        error.message = "this member is not known in the short form (no `buckets`), which has fundId, runs, \
                         timeHorizonYears and seed; the full form needs `buckets`"
            .to_owned();
    }
    let fund_id = match members.get("fundId") {
        Some(value) => text_or_integer(value, "fundId", 128, &mut errors),
        None => {
            errors.push(fault(
                "fundId",
                ErrorCode::Missing,
                "is required: a text of 1 to 128 characters, or an integer",
            ));
            None
        }
    };
    let seed = members.get("seed").and_then(|value| text_or_integer(value, "seed", 256, &mut errors));
    let runs = members.get("runs").and_then(|value| {
        let allowed = "an integer from 1 to 100,000,000";
        number(value, "runs", 1.0..=1e8, true, allowed, &mut errors).map(|runs| runs as u32)
    });
    let time_horizon_years = members.get("timeHorizonYears").and_then(|value| {
        number(value, "timeHorizonYears", 1.0..=30.0, false, "a number of years from 1 to 30", &mut errors)
    });
    check(errors, || ShortForm { fund_id: fund_id.unwrap_or_default(), runs, time_horizon_years, seed })
}

impl ShortForm {
    /// `config` with this form's changes.
    ///
    /// # Errors
    /// Changes that do not go with the configuration, in the words of the short form.
    pub fn apply(&self, mut config: Config, limits: &Limits) -> Result<Config, Errors> {
        let mut errors = Vec::new();
        let mut change = |member: &str, config: &mut Config, changed: Result<Config, Errors>| match changed {
            Ok(changed) => *config = changed,
            Err(found) => errors.extend(found.iter().map(|error| Error { path: member.to_owned(), ..error.clone() })),
        };
        if let Some(seed) = &self.seed {
            let changed = config.with_seed(seed);
            change("seed", &mut config, changed);
        }
        if let Some(years) = self.time_horizon_years {
            let changed = config.with_fund_lifetime(years);
            change("timeHorizonYears", &mut config, changed);
        }
        let changed = config.with_num_scenarios(self.runs.unwrap_or(config.num_scenarios()), limits);
        change("runs", &mut config, changed);
        Errors::check(errors, || config)
    }
}

/// A text, or an integer as its decimal text, like the configuration's members of the same name.
pub fn text_or_integer(value: &str, path: &str, max_length: usize, errors: &mut Vec<Error>) -> Option<String> {
    let allowed = format!("expected a text of 1 to {max_length} characters, or an integer up to ±(2⁵³ − 1)");
    let read = match serde_json::from_str::<serde_json::Value>(value) {
        Ok(serde_json::Value::String(text)) => Some(text),
        Ok(serde_json::Value::Number(number)) => number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0)
            .map(|number| format!("{}", number as i64)),
        _ => None,
    };
    if read.is_none() {
        errors.push(fault(path, ErrorCode::Type, &format!("{} was given; {allowed}", excerpt(value))));
    }
    read
}

fn number(
    value: &str,
    path: &str,
    range: std::ops::RangeInclusive<f64>,
    whole: bool,
    allowed: &str,
    errors: &mut Vec<Error>,
) -> Option<f64> {
    match serde_json::from_str::<f64>(value) {
        Ok(number) if range.contains(&number) && (!whole || number.fract() == 0.0) => Some(number),
        Ok(_) => {
            errors.push(fault(path, ErrorCode::Range, &format!("{} was given; allowed is {allowed}", excerpt(value))));
            None
        }
        Err(_) => {
            errors.push(fault(path, ErrorCode::Type, &format!("{} was given; expected {allowed}", excerpt(value))));
            None
        }
    }
}

/// The beginning of what was given, for a message.
pub fn excerpt(value: &str) -> String {
    let mut shown: String = value.chars().take(40).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}

/// `Ok(value)` if nothing was wrong, else what was, [`listed`].
pub fn check<T>(errors: Vec<Error>, value: impl FnOnce() -> T) -> Result<T, Errors> {
    Errors::check(listed(errors), value)
}

/// One thing that is wrong.
pub fn fault(path: &str, code: ErrorCode, message: &str) -> Error {
    Error { path: path.to_owned(), code, message: message.to_owned() }
}

/// An error of a part, in the words of the whole.
pub fn within(part: &str, error: &Error) -> Error {
    let path = if error.path.is_empty() { part.to_owned() } else { format!("{part}.{}", error.path) };
    Error { path, ..error.clone() }
}
