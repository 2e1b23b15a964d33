//! A record as bytes: every member in one order, numbers little-endian, what varies in length behind its length.

use bytes::{Buf as _, BufMut as _, Bytes};

use crate::store::{ArtifactId, Key, Kind, Record};

/// The version of the encoding.
const VERSION: u8 = 1;

/// The bytes of a record.
pub fn encode_record(record: &Record) -> Vec<u8> {
    let Record { id, content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at_ms } =
        record;
    let mut bytes = Vec::with_capacity(160 + body.len() + block_digests.len());
    bytes.put_u8(VERSION);
    bytes.put_u8(match id.kind {
        Kind::Matrix => 1,
        Kind::Run => 2,
    });
    bytes.put_slice(&id.key);
    bytes.put_u32_le(id.format);
    bytes.put_slice(content_digest);
    bytes.put_u32_le(*num_chunks);
    for number in [*chunk_bytes, *cost_us, *epoch] {
        bytes.put_u64_le(number);
    }
    bytes.put_i64_le(*made_at_ms);
    for part in [body, block_digests] {
        bytes.put_u64_le(part.len() as u64);
        bytes.put_slice(part);
    }
    bytes
}

/// The record of these bytes, if they are one and nothing more.
pub fn decode_record(mut bytes: Bytes) -> Option<Record> {
    let from = &mut bytes;
    if from.try_get_u8().ok()? != VERSION {
        return None;
    }
    let kind = match from.try_get_u8().ok()? {
        1 => Kind::Matrix,
        2 => Kind::Run,
        _ => return None,
    };
    let key = take_key(from)?;
    let id = ArtifactId { kind, key, format: from.try_get_u32_le().ok()? };
    let content_digest = take_key(from)?;
    let num_chunks = from.try_get_u32_le().ok()?;
    let chunk_bytes = from.try_get_u64_le().ok()?;
    let cost_us = from.try_get_u64_le().ok()?;
    let epoch = from.try_get_u64_le().ok()?;
    let made_at_ms = from.try_get_i64_le().ok()?;
    let body = take_part(from)?;
    let block_digests = take_part(from)?;
    let record =
        Record { id, content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at_ms };
    from.is_empty().then_some(record)
}

fn take_key(from: &mut Bytes) -> Option<Key> {
    let mut key = [0; 32];
    from.try_copy_to_slice(&mut key).ok()?;
    Some(key)
}

fn take_part(from: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(from.try_get_u64_le().ok()?).ok()?;
    (length <= from.len()).then(|| from.split_to(length))
}
