//! The envelope of a value in Redis: who reads it knows that this installation wrote it, under that key, as it is.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `FCRV` |
//! | 1 | version of the envelope: 1 |
//! | 4 | format of the artifact, little-endian |
//! | 32 | BLAKE3 keyed hash of what is above, the name of the Redis key and what is below |
//! | the rest | the payload |

use bytes::Bytes;

const MAGIC: [u8; 4] = *b"FCRV";
const VERSION: u8 = 1;
/// Bytes before the hash.
const HEAD_BYTES: usize = 9;
/// Bytes before the payload.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + blake3::OUT_LEN;

/// Context of the key of the hashes; changing it makes every value in Redis damaged.
const MAC_CONTEXT: &str = "foliocast 2026-05-01 values in Redis";

/// Seals and opens envelopes of one installation.
#[derive(Clone)]
pub struct Envelopes {
    mac_key: [u8; 32],
}

/// What an envelope held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The payload.
    Payload(Bytes),
    /// This installation wrote it, in another format or in a way this program does not know.
    OfAnotherFormat,
    /// Not what this installation wrote there.
    Damaged,
}

impl Envelopes {
    /// Those of the installation with this secret.
    pub fn of(installation_secret: &[u8; 32]) -> Self {
        Self { mac_key: blake3::derive_key(MAC_CONTEXT, installation_secret) }
    }

    /// Puts a payload into an envelope for a key.
    pub fn seal(&self, key: &str, format: u32, payload: &[u8]) -> Vec<u8> {
        let mut head = [0; HEAD_BYTES];
        head[..4].copy_from_slice(&MAGIC);
        head[4] = VERSION;
        head[5..].copy_from_slice(&format.to_le_bytes());
        let mut sealed = Vec::with_capacity(OVERHEAD_BYTES + payload.len());
        sealed.extend_from_slice(&head);
        sealed.extend_from_slice(self.mac(&head, key, payload).as_bytes());
        sealed.extend_from_slice(payload);
        sealed
    }

    /// Opens what was found under a key.
    pub fn open(&self, key: &str, format: u32, value: Bytes) -> Opened {
        let Some((head, rest)) = value.split_first_chunk::<HEAD_BYTES>() else { return Opened::Damaged };
        let Some((mac, payload)) = rest.split_first_chunk::<{ blake3::OUT_LEN }>() else { return Opened::Damaged };
        // `Hash` compares in constant time.
        if self.mac(head, key, payload) != *mac {
            return Opened::Damaged;
        }
        if head[..4] != MAGIC || head[4] != VERSION || head[5..] != format.to_le_bytes() {
            return Opened::OfAnotherFormat;
        }
        Opened::Payload(value.slice(OVERHEAD_BYTES..))
    }

    fn mac(&self, head: &[u8; HEAD_BYTES], key: &str, payload: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.mac_key);
        hasher.update(head);
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key.as_bytes());
        hasher.update(payload);
        hasher.finalize()
    }
}
