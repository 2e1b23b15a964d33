//! One chunk of f32 values: byte planes, then LZ4; stored as they are where that is not smaller.

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use super::corrupt;
use crate::{Error, scenario::Digest};

/// The values follow as they are, little-endian.
const STORED: u8 = 0;
/// An LZ4 block of the values' byte planes follows: all first bytes, all second bytes, all third, all fourth.
const PLANES_LZ4: u8 = 1;

/// Encodes `values`: one byte that tells the method, then the data; at most `4 · values.len() + 1` bytes.
pub fn encode_chunk(values: &[f32]) -> Vec<u8> {
    let raw_bytes = values.len() * 4;
    // Sign and exponent bytes repeat, mantissas do not: planes put what repeats side by side.
    let mut planes = vec![0; raw_bytes];
    let (first, rest) = planes.split_at_mut(values.len());
    let (second, rest) = rest.split_at_mut(values.len());
    let (third, fourth) = rest.split_at_mut(values.len());
    for ((((value, a), b), c), d) in values.iter().zip(first).zip(second).zip(third).zip(fourth) {
        [*a, *b, *c, *d] = value.to_le_bytes();
    }
    let mut encoded = vec![0; 1 + get_maximum_output_size(raw_bytes)];
    let packed_bytes = compress_into(&planes, &mut encoded[1..]).unwrap_or(raw_bytes);
    if packed_bytes < raw_bytes {
        encoded[0] = PLANES_LZ4;
        encoded.truncate(1 + packed_bytes);
        encoded.shrink_to_fit();
    } else {
        encoded.clear();
        encoded.push(STORED);
        encoded.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    encoded
}

/// Decodes a chunk of `num_values` values. What is allocated is bounded by that and by 256 times the encoded bytes.
///
/// The bytes are not trusted, but damage that leaves a well-formed chunk is found by [`chunk_digest`] only: compare it
/// first.
///
/// # Errors
/// Bytes that are no chunk of `num_values` values ([`crate::ErrorCode::Corrupt`]).
pub fn decode_chunk(encoded: &[u8], num_values: usize) -> Result<Vec<f32>, Error> {
    let raw_bytes = num_values.saturating_mul(4);
    match encoded.split_first() {
        Some((&STORED, stored)) => {
            if stored.len() != raw_bytes {
                return Err(corrupt(format!("a stored chunk of {} bytes; {raw_bytes} belong here", stored.len())));
            }
            Ok(stored.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        }
        Some((&PLANES_LZ4, packed)) => {
            // A byte of an LZ4 block stands for at most 255 bytes.
            if raw_bytes / 256 > packed.len() {
                return Err(corrupt(format!("{} bytes cannot unpack to {raw_bytes}", packed.len())));
            }
            let mut planes = vec![0; raw_bytes];
            let len = decompress_into(packed, &mut planes)
                .map_err(|error| corrupt(format!("the chunk's LZ4 block is broken: {error}")))?;
            if len != raw_bytes {
                return Err(corrupt(format!("the chunk's LZ4 block holds {len} bytes; {raw_bytes} belong here")));
            }
            let (first, rest) = planes.split_at(num_values);
            let (second, rest) = rest.split_at(num_values);
            let (third, fourth) = rest.split_at(num_values);
            let bytes = first.iter().zip(second).zip(third).zip(fourth);
            Ok(bytes.map(|(((&a, &b), &c), &d)| f32::from_le_bytes([a, b, c, d])).collect())
        }
        Some((method, _)) => Err(corrupt(format!("the chunk's method is {method}; 0 (stored) and 1 (LZ4) are known"))),
        None => Err(corrupt("an empty chunk")),
    }
}

/// BLAKE3 of a chunk's encoded bytes: to be checked once, when the bytes enter a process.
pub fn chunk_digest(encoded: &[u8]) -> Digest {
    blake3::hash(encoded).into()
}
