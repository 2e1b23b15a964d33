//! What tells a record that this installation wrote from one that somebody else put there, or that was damaged at rest.

use super::{Key, Record};

/// Separates the seal's key from whatever else is derived from the secret.
const CONTEXT: &str = "foliocast 2026-06 seal of durable records";

/// Begins what is hashed; the number rises with its layout.
const LAYOUT: &[u8] = b"foliocast.record/2\0";

/// Seals records with the installation's secret.
#[derive(Clone)]
pub struct Seal([u8; 32]);

impl Seal {
    /// The one of the installation with this secret.
    pub fn of(installation_secret: &[u8; 32]) -> Self {
        Self(blake3::derive_key(CONTEXT, installation_secret))
    }

    /// BLAKE3, keyed, over everything in the record.
    pub fn digest(&self, record: &Record) -> Key {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(LAYOUT);
        hasher.update(record.id.kind.name().as_bytes());
        hasher.update(&[0]);
        hasher.update(&record.id.key);
        hasher.update(&record.id.format.to_le_bytes());
        hasher.update(&record.content_digest);
        for part in [&record.body, &record.block_digests] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.update(&record.num_chunks.to_le_bytes());
        for number in [record.chunk_bytes, record.cost_us, record.epoch] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(&record.made_at_ms.to_le_bytes());
        *hasher.finalize().as_bytes()
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

/// A secret for an installation that has none yet.
pub(super) fn new_secret() -> Result<[u8; 32], super::StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| super::StoreError::Failed(format!("no randomness to be had: {error}")))?;
    Ok(secret)
}
