//! Any bytes as a file of rows, or as parts of one with digests that fit.
#![no_main]

use std::{ops::Range, sync::LazyLock};

use foliocast_core::{
    Error, ErrorCode,
    codec::{Decoder, Header, Part, decode_chunk, encode_chunk, frame},
    scenario::{Digest, MatrixKey, default_fund},
};
use libfuzzer_sys::fuzz_target;

/// A valid header; making it again for every input would take most of the time.
static HEADER: LazyLock<Vec<u8>> = LazyLock::new(|| header_of(0..10_000));

fuzz_target!(|data: &[u8]| {
    let Some((&[mode, parameter], rest)) = data.split_first_chunk() else { return };
    match mode % 5 {
        0 => checked(rest, parameter),
        1 => header(rest, parameter),
        2 => json(rest, parameter),
        3 => chunk(rest, parameter),
        _ => values(rest),
    }
});

/// A header with some of its bytes replaced, and its digest made to fit.
fn header(changes: &[u8], piece: u8) {
    let mut bytes = HEADER.clone();
    bytes.truncate(bytes.len() - 32);
    for change in changes.chunks_exact(2) {
        if let Some(byte) = bytes.get_mut(usize::from(change[0])) {
            *byte = change[1];
        }
    }
    checked(&signed(bytes), piece);
}

/// A header around any text, with its key, its length and its digest made to fit.
fn json(text: &[u8], piece: u8) {
    let mut bytes = HEADER.clone();
    bytes.truncate(112);
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text);
    let key = MatrixKey::from(blake3::hash(text));
    bytes[48..80].copy_from_slice(key.as_bytes());
    checked(&signed(bytes), piece);
}

/// The bytes as the one chunk of a file, with a frame that fits.
fn chunk(encoded: &[u8], rows: u8) {
    let rows = u32::from(rows) + 1;
    let num_values = rows as usize * 3;
    let file = [&header_of(0..rows)[..], &frame(0, num_values, encoded), encoded].concat();
    match (read(&file, rows as u8), decode_chunk(encoded, num_values)) {
        (Ok(read), Ok(decoded)) => assert_eq!((read, decoded.len()), (num_values, num_values)),
        (Err(_), decoded) => assert!(decoded.is_err() || encoded.len() > 4 * num_values + 1),
        (Ok(_), Err(error)) => panic!("{error}"),
    }
}

/// The bytes as values, there and back.
fn values(bytes: &[u8]) {
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let encoded = encode_chunk(&values);
    assert!(encoded.len() <= 4 * values.len() + 1);
    let decoded = decode_chunk(&encoded, values.len()).expect("what was encoded");
    assert!(decoded.iter().map(|value| value.to_bits()).eq(values.iter().map(|value| value.to_bits())));
}

fn header_of(rows: Range<u32>) -> Vec<u8> {
    let header = Header::new(&default_fund("default"), Digest::from_bytes([0; 32]), rows).expect("rows are there");
    header.encode()
}

fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = blake3::hash(&bytes);
    bytes.extend(digest.as_bytes());
    bytes
}

/// Reads a file in pieces, whatever comes of it.
fn checked(bytes: &[u8], piece: u8) {
    drop(read(bytes, piece));
}

/// Reads a file in pieces; how many values it holds.
fn read(bytes: &[u8], piece: u8) -> Result<usize, Error> {
    let mut decoder = Decoder::default();
    let result = read_parts(&mut decoder, bytes, piece);
    if let Err(error) = &result {
        assert_eq!(error.code, ErrorCode::Corrupt);
        assert!(error.message.starts_with("byte "), "{error}");
        assert_eq!(decoder.next_part().as_ref(), Err(error));
    }
    let values = result?;
    decoder.finish()?;
    Ok(values)
}

fn read_parts(decoder: &mut Decoder, bytes: &[u8], piece: u8) -> Result<usize, Error> {
    let mut values = 0;
    for piece in bytes.chunks(usize::from(piece) * 16 + 1) {
        decoder.push(piece);
        while let Some(part) = decoder.next_part()? {
            if let Part::Chunk(chunk) = part {
                values += chunk.values.len();
            }
        }
    }
    Ok(values)
}
