//! Which message stands beside which field.

use std::collections::BTreeMap;

use foliocast_core::Error;

/// Messages by the path of the field or group they stand beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<String, Vec<String>>);

impl Faults {
    /// Sorts errors by their paths.
    pub fn new<'a>(errors: impl IntoIterator<Item = &'a Error>) -> Self {
        let mut faults = Self::default();
        for error in errors {
            let messages = faults.0.entry(error.path.clone()).or_default();
            if !messages.contains(&error.message) {
                messages.push(error.message.clone());
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
