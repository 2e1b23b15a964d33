//! Cursors: opaque to callers, checked when they come back.

use foliocast_core::{ErrorCode, Errors};
use uuid::Uuid;

use super::ServiceError;
use crate::store::{AuditPosition, RunPosition};

/// The kind of list a cursor belongs to; a cursor of another list is refused.
#[derive(Clone, Copy)]
pub enum List {
    /// Runs.
    Runs = 1,
    /// Blocks of a matrix.
    Blocks = 2,
    /// Funds.
    Funds = 3,
    /// Access keys.
    Keys = 4,
    /// The log of changes.
    Audit = 5,
    /// Computations.
    Computations = 6,
}

/// Writes a cursor.
pub fn encode(list: List, position: &[u8]) -> String {
    let mut text = format!("{:x}", list as u8);
    for byte in position {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Reads a cursor.
///
/// # Errors
/// 400 for a text that is no cursor of this list.
pub fn decode(list: List, cursor: &str) -> Result<Vec<u8>, ServiceError> {
    let position = cursor.strip_prefix(&format!("{:x}", list as u8)).and_then(|hex| {
        let digits: Option<Vec<u8>> = hex.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
        digits.filter(|digits| digits.len() % 2 == 0)
    });
    let position = position.ok_or_else(refused)?;
    Ok(position.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Writes the place of a run.
pub fn encode_run(position: RunPosition) -> String {
    let mut bytes = position.asked_at_ms.to_be_bytes().to_vec();
    bytes.extend(position.run_key);
    encode(List::Runs, &bytes)
}

/// Reads the place of a run.
///
/// # Errors
/// As [`decode`].
pub fn decode_run(cursor: &str) -> Result<RunPosition, ServiceError> {
    let bytes = decode(List::Runs, cursor)?;
    let (asked_at, run_key) = bytes.split_first_chunk().ok_or_else(refused)?;
    let run_key = run_key.try_into().map_err(|_| refused())?;
    Ok(RunPosition { asked_at_ms: i64::from_be_bytes(*asked_at), run_key })
}

/// Writes the place of a line of the log.
pub fn encode_audit(position: AuditPosition) -> String {
    let mut bytes = position.at_ms.to_be_bytes().to_vec();
    bytes.extend(position.audit_id.as_bytes());
    encode(List::Audit, &bytes)
}

/// Reads the place of a line of the log.
///
/// # Errors
/// As [`decode`].
pub fn decode_audit(cursor: &str) -> Result<AuditPosition, ServiceError> {
    let bytes = decode(List::Audit, cursor)?;
    let (at, audit_id) = bytes.split_first_chunk().ok_or_else(refused)?;
    let audit_id = Uuid::from_slice(audit_id).map_err(|_| refused())?;
    Ok(AuditPosition { at_ms: i64::from_be_bytes(*at), audit_id })
}

/// The error for a text that is no cursor of a list.
pub fn refused() -> ServiceError {
    let message = "this is no cursor of this list; take `nextCursor` of the page before, or leave it out";
    ServiceError::Invalid(Errors::one("cursor", ErrorCode::Type, message))
}

/// Checks how many lines a page may have.
///
/// # Errors
/// 400 for none, or for more than `most`.
pub fn check_limit(limit: u32, most: u32) -> Result<(), ServiceError> {
    if (1..=most).contains(&limit) {
        return Ok(());
    }
    let message = format!("{limit} was given; allowed is an integer from 1 to {most}");
    Err(ServiceError::Invalid(Errors::one("limit", ErrorCode::Range, message)))
}
