//! Settings that this build cannot follow: said at the start, never ignored in silence.

/// What others rely on is at stake: with one of these the server does not start.
const REFUSED: [(&str, &str); 1] = [("QUEUE_REDIS_URL", NO_QUEUE)];

const NO_QUEUE: &str = "this build uses no queue in Redis; unset it";

/// What [`check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsupported {
    /// Why the server must not start: a sentence per setting.
    pub refusals: Vec<String>,
    /// What has no effect here: a sentence per setting.
    pub warnings: Vec<String>,
}

/// Looks through `variables` (names with values) for settings without effect. `known` are the names this build reads.
/// An empty value means that a setting is not set.
pub fn check<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, known: &[&str]) -> Unsupported {
    let mut found = Unsupported::default();
    for (name, _) in variables.into_iter().filter(|(_, value)| !value.is_empty()) {
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            // Not its value: it may hold a password.
            found.refusals.push(format!("{name} is set, but {reason}"));
        } else if name.starts_with("FOLIOCAST_") && !known.contains(&name) {
            found.warnings.push(format!("{name} is set, but this build knows no such setting: it has no effect"));
        }
    }
    found.refusals.sort();
    found.warnings.sort();
    found
}
