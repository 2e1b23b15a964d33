//! Settings that this build does not know: said at the start, never ignored in silence.

/// Looks through `variables` (names with values) for settings without effect: a sentence for each. `known` are the names
/// this build reads. An empty value means that a setting is not set.
pub fn without_effect<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, known: &[&str]) -> Vec<String> {
    let set = variables.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
    let unknown = set.filter(|name| name.starts_with("FOLIOCAST_") && !known.contains(name));
    let mut warnings: Vec<String> =
        unknown.map(|name| format!("{name} is set, but this build knows no such setting: it has no effect")).collect();
    warnings.sort();
    warnings
}
