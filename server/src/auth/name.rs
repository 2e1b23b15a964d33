//! Names of keys and tenants.

/// Most characters of a name.
const MOST_CHARACTERS: usize = 64;

/// Checks a name: it stands in the log, in addresses and in audit lines, and no two look alike.
///
/// # Errors
/// What was seen and what is allowed.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let begins_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if begins_well && name.len() <= MOST_CHARACTERS && name.bytes().all(is_inner) {
        return Ok(());
    }
    let mut shown: String = name.chars().take(40).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    Err(format!(
        "{shown:?} was given; allowed are 1 to {MOST_CHARACTERS} characters a–z, 0–9, `.`, `_` and `-`, the first one a letter or digit"
    ))
}
