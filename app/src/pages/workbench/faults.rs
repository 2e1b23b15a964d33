//! Which message stands beside which field.

use std::collections::BTreeMap;

use foliocast_core::{Error, ErrorCode};

use super::typed::shares_in_percent;

/// Messages by the path of the field or group they stand beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<String, Vec<String>>);

impl Faults {
    /// Sorts errors by their paths; shares are told in percent, as the fields show them.
    pub fn new<'a>(errors: impl IntoIterator<Item = &'a Error>) -> Self {
        let mut faults = Self::default();
        for error in errors {
            let messages = faults.0.entry(error.path.clone()).or_default();
            let message =
                if speaks_of_shares(error) { shares_in_percent(&error.message) } else { error.message.clone() };
            if !messages.contains(&message) {
                messages.push(message);
            }
        }
        faults
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// What is wrong at `path` itself.
    pub fn at(&self, path: &str) -> Option<String> {
        self.0.get(path).map(|messages| messages.join("; "))
    }

    /// What is wrong at `path` or inside it, each with its own path.
    pub fn within(&self, path: &str) -> Vec<(String, String)> {
        let is_within =
            |fault: &str| fault.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        self.iter().filter(|(fault, _)| is_within(fault)).collect()
    }

    /// All of them: path and messages.
    pub fn iter(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|(path, messages)| (path.clone(), messages.join("; ")))
    }
}

/// Whether the numbers of an error's message are shares of 1.
fn speaks_of_shares(error: &Error) -> bool {
    let path = error.path.as_str();
    let is_sum = path.ends_with(".outcomeTable.bands") && error.code == ErrorCode::Conflict;
    is_sum
        || path.starts_with("correlationWeights")
        || path.ends_with(".share")
        || path.ends_with(".lossProbability")
        || ["recycling.reinvestmentRate", "recycling.maxRecycledShare"].contains(&path)
}
