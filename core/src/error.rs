//! One error type for everything that can be wrong with an input: a path, a code and a message for people.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing is wrong, stable for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The text is not JSON (broken, too deep, a lone surrogate, trailing text).
    Syntax,
    /// A required member is missing.
    Missing,
    /// A member that the contract does not know.
    Unknown,
    /// A member or a name that occurs twice.
    Duplicate,
    /// A value of the wrong type (a string where a number belongs, null where it is not allowed).
    Type,
    /// A value outside the allowed range or length.
    Range,
    /// Values that do not fit together (sums, both or neither of two alternatives, an infinite mean).
    Conflict,
    /// A run over a limit of this installation or of the model (deal draws, bytes of rows).
    TooLarge,
    /// Encoded bytes that are not what they claim to be.
    Corrupt,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Error {
    /// Where, in the words of the input: `buckets[2].moicCalibration.p90`; empty for the whole.
    pub path: String,
    /// What kind of thing is wrong.
    pub code: ErrorCode,
    /// For people: what was seen, what is allowed, what to do.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for Error {}

/// Everything that is wrong with one input, in the order of the input; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Errors(Vec<Error>);

impl Errors {
    /// An input with one fault.
    pub fn one(path: impl Into<String>, code: ErrorCode, message: impl Into<String>) -> Self {
        Self(vec![Error { path: path.into(), code, message: message.into() }])
    }

    /// `Ok(value)` if nothing was wrong, else all of it.
    pub fn check<T>(errors: Vec<Error>, value: impl FnOnce() -> T) -> Result<T, Self> {
        if errors.is_empty() { Ok(value()) } else { Err(Self(errors)) }
    }

    /// The faults, in the order of the input.
    pub fn iter(&self) -> core::slice::Iter<'_, Error> {
        self.0.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}
