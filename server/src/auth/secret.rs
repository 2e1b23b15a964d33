//! Secrets: texts of access keys and tokens of sessions. Only their hashes are kept.

use std::fmt;

use crate::store::SecretHash;

/// Begins every key that is made here, so that people and scanners know one when they see it.
const KEY_PREFIX: &str = "foliocast_";
/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Characters that a key's text may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// What a secret is for. One is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The text of an access key.
    Key,
    /// The token of a session.
    Session,
}

impl SecretKind {
    /// The context of the hash; changing it makes every secret of the kind unknown.
    const fn context(self) -> &'static str {
        match self {
            Self::Key => "foliocast 2026-03-01 access key",
            Self::Session => "foliocast 2026-03-01 session token",
        }
    }
}

/// A secret. Never written anywhere by accident: `Debug` shows dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A text that no secret can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 to 256 visible ASCII characters without spaces")]
pub struct NotASecret;

impl Secret {
    /// A new one of that kind.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn new(kind: SecretKind) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let hex = blake3::Hash::from_bytes(bytes).to_hex();
        Ok(Self(match kind {
            SecretKind::Key => format!("{KEY_PREFIX}{hex}"),
            SecretKind::Session => hex.to_string(),
        }))
    }

    /// One that somebody sent or set.
    ///
    /// # Errors
    /// [`NotASecret`].
    pub fn given(text: &str) -> Result<Self, NotASecret> {
        if LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotASecret)
    }

    /// The text, to be handed to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it. The texts are random, so that one pass of BLAKE3 is as good as many.
    pub fn hash(&self, kind: SecretKind) -> SecretHash {
        let hash = blake3::derive_key(kind.context(), self.0.as_bytes());
        let (lookup, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
        SecretHash { lookup: *lookup, hash }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
