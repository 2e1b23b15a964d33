//! Files of rows: what goes in comes out, and damage never passes.

use foliocast_core::{
    ErrorCode,
    codec::{Chunk, Decoder, Header, Part, chunk_blocks, chunk_ranges, decode_chunk, encode_chunk, frame},
    scenario::{Config, Digest, Limits, default_fund},
};
use proptest::prelude::*;

use super::arbitrary;

fn config(num_buckets: usize, num_scenarios: u32) -> Config {
    let buckets: Vec<_> = (0..num_buckets)
        .map(|index| {
            serde_json::json!({
                "name": format!("bucket {index}"),
                "capitalAllocation": 100.0 / num_buckets as f64,
                "moicCalibration": {"median": 1, "p90": 3},
            })
        })
        .collect();
    let text = serde_json::json!({"fundId": 1, "numScenarios": num_scenarios, "buckets": buckets}).to_string();
    Config::from_json(&text, &Limits::default()).unwrap()
}

/// Values in the shape of multiples, different in every cell.
fn values(rows: core::ops::Range<u32>, columns: u32) -> Vec<f32> {
    rows.flat_map(|row| (0..columns).map(move |column| ((row * 31 + column * 7) % 997) as f32 * 0.013)).collect()
}

fn encode(header: &Header) -> Vec<u8> {
    let mut file = header.encode();
    for rows in header.chunks() {
        let values = values(rows.clone(), header.columns());
        let encoded = encode_chunk(&values);
        file.extend(frame(rows.start, values.len(), &encoded));
        file.extend(encoded);
    }
    file
}

fn decode(file: &[u8], piece: usize) -> Result<(Header, Vec<Chunk>), foliocast_core::Error> {
    let mut decoder = Decoder::default();
    let mut header = None;
    let mut chunks = Vec::new();
    for piece in file.chunks(piece) {
        decoder.push(piece);
        while let Some(part) = decoder.next_part()? {
            match part {
                Part::Header(read) => header = Some(read),
                Part::Chunk(chunk) => chunks.push(chunk),
            }
        }
    }
    decoder.finish()?;
    Ok((header.expect("a file that ends well has a header"), chunks))
}

fn digest() -> Digest {
    Digest::from_bytes(core::array::from_fn(|index| index as u8))
}

proptest! {
    #[test]
    fn any_values_come_back_bit_for_bit(bits in prop::collection::vec(any::<u32>(), 0..5_000)) {
        let values: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        let encoded = encode_chunk(&values);
        prop_assert!(encoded.len() <= 4 * values.len() + 1);
        let decoded = decode_chunk(&encoded, values.len()).unwrap();
        prop_assert!(decoded.iter().map(|value| value.to_bits()).eq(bits));
    }

    #[test]
    fn any_rows_of_any_matrix_come_back_however_the_bytes_arrive(
        value in arbitrary::configurations(5_000_000_000),
        range in (any::<u32>(), 1..3_000_u32),
        piece in prop_oneof![1..64_usize, 64..100_000_usize],
    ) {
        let config = Config::from_json(&value.to_string(), &Limits::default()).unwrap();
        let start = range.0 % config.num_scenarios();
        let rows = start..start.saturating_add(range.1).min(config.num_scenarios());
        let header = Header::new(&config, digest(), rows.clone()).unwrap();
        let (read, chunks) = decode(&encode(&header), piece).unwrap();
        prop_assert_eq!(read.matrix_key(), config.matrix_key());
        prop_assert_eq!(read.matrix_json(), config.matrix_json());
        prop_assert_eq!(read.digest(), digest());
        prop_assert_eq!(read.rows(), rows.clone());
        prop_assert!(read.bucket_names().eq(config.buckets().iter().map(|bucket| bucket.name.as_str())));
        let all: Vec<f32> = chunks.into_iter().flat_map(|chunk| chunk.values).collect();
        prop_assert_eq!(all, values(rows, read.columns()));
    }

    #[test]
    fn no_bytes_make_the_chunk_decoder_fail_otherwise_than_by_saying_so(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        num_values in 0..2_000_usize,
    ) {
        match decode_chunk(&bytes, num_values) {
            Ok(values) => prop_assert_eq!(values.len(), num_values),
            Err(error) => prop_assert_eq!(error.code, ErrorCode::Corrupt),
        }
    }

    #[test]
    fn chunks_cut_rows_at_the_same_places_in_every_range(columns in 1..=50_u32, start in 0..2_000_000_u32, length in 1..2_000_000_u32) {
        let whole: Vec<_> = chunk_ranges(columns, 0..4_000_000).collect();
        let part: Vec<_> = chunk_ranges(columns, start..start + length).collect();
        prop_assert_eq!(part[0].start, start);
        prop_assert_eq!(part[part.len() - 1].end, start + length);
        prop_assert!(part.windows(2).all(|pair| pair[0].end == pair[1].start));
        prop_assert!(part[1..].iter().all(|rows| rows.start % 1_024 == 0 && whole.iter().any(|whole| whole.start == rows.start)));
        prop_assert!(part.iter().all(|rows| rows.len() * columns as usize * 4 <= 1 << 20));
    }
}

#[test]
fn a_chunk_is_at_most_a_mebibyte_and_at_least_a_block() {
    assert_eq!([1, 3, 10, 50].map(chunk_blocks), [256, 85, 25, 5]);
    // Columns beyond the model's 50 still make whole blocks.
    assert_eq!([257, u32::MAX].map(chunk_blocks), [1, 1]);
}

#[test]
fn rows_outside_the_matrix_are_refused() {
    let config = config(2, 10);
    #[expect(clippy::reversed_empty_ranges, reason = "a caller's mistake")]
    let wrong = [0..0, 3..3, 0..11, 10..11, 5..2];
    for rows in wrong {
        assert_eq!(Header::new(&config, digest(), rows).unwrap_err().code, ErrorCode::Range);
    }
    assert!(Header::new(&config, digest(), 9..10).is_ok());
}

#[test]
fn every_flipped_bit_of_a_file_is_detected() {
    let header = Header::new(&config(3, 40), digest(), 0..40).unwrap();
    let file = encode(&header);
    assert!(decode(&file, file.len()).is_ok());
    for index in 0..file.len() {
        for bit in 0..8 {
            let mut damaged = file.clone();
            damaged[index] ^= 1 << bit;
            let error = decode(&damaged, damaged.len()).expect_err(&format!("bit {bit} of byte {index}"));
            assert_eq!(error.code, ErrorCode::Corrupt);
        }
    }
}

#[test]
fn a_file_cut_off_anywhere_or_with_more_behind_it_is_detected() {
    let header = Header::new(&config(1, 300_000), digest(), 262_000..263_000).unwrap();
    let file = encode(&header);
    assert_eq!(header.chunks().count(), 2);
    for length in 0..file.len() {
        let error = decode(&file[..length], 1_000).expect_err(&format!("{length} of {} bytes", file.len()));
        assert_eq!(error.code, ErrorCode::Corrupt);
    }
    let mut longer = file;
    longer.push(0);
    assert_eq!(
        decode(&longer, longer.len()).unwrap_err().to_string(),
        format!("byte {}: 1 bytes after the last row", longer.len() - 1)
    );
}

#[test]
fn chunks_in_the_wrong_order_are_detected() {
    let header = Header::new(&config(1, 600_000), digest(), 0..600_000).unwrap();
    let head = header.encode();
    let rows: Vec<_> = header.chunks().collect();
    let framed = |index: usize| {
        let values = values(rows[index].clone(), 1);
        let encoded = encode_chunk(&values);
        [frame(rows[index].start, values.len(), &encoded).to_vec(), encoded].concat()
    };
    let swapped = [head, framed(1), framed(0), framed(2)].concat();
    insta::assert_snapshot!(decode(&swapped, swapped.len()).unwrap_err());
}

#[test]
fn a_fault_stays_and_so_does_its_message() {
    let mut decoder = Decoder::default();
    decoder.push(b"GIF89a");
    let error = decoder.next_part().unwrap_err();
    decoder.push(&encode(&Header::new(&config(1, 1), digest(), 0..1).unwrap()));
    assert_eq!(decoder.next_part().unwrap_err(), error);
    assert_eq!(decoder.finish().unwrap_err(), error);
}

/// A header with `bytes` written at `offset`, and a digest that fits again.
fn forged(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = Header::new(&default_fund("default"), digest(), 0..10_000).unwrap().encode();
    file.truncate(file.len() - 32);
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    let digest = blake3::hash(&file);
    file.extend(digest.as_bytes());
    file
}

#[test]
fn hostile_headers_are_refused_before_anything_is_allocated_for_them() {
    let huge = u32::MAX.to_le_bytes();
    let cases = [
        ("another magic", forged(0, b"PK")),
        ("another format", forged(8, &[2, 0])),
        ("another model", forged(10, &[9, 0])),
        ("4 billion rows", forged(16, &huge)),
        ("4 billion columns", forged(20, &huge)),
        ("other blocks", forged(24, &huge)),
        ("other chunks", forged(28, &[0; 4])),
        ("rows from beyond the end", forged(32, &[0xff; 8])),
        ("more rows than there are", forged(40, &[0x11, 0x27, 0, 0, 0, 0, 0, 0])),
        ("no rows", forged(40, &[0; 8])),
        ("another matrix's key", forged(48, &[0; 32])),
        ("4 GB of configuration", forged(112, &huge)),
        ("other text", forged(116, b"[")),
    ];
    let mut table = String::new();
    for (what, file) in cases {
        let mut decoder = Decoder::default();
        decoder.push(&file);
        let error = loop {
            match decoder.next_part() {
                Ok(Some(_)) => {}
                Ok(None) => break decoder.finish().unwrap_err(),
                Err(error) => break error,
            }
        };
        table.push_str(&format!("{what}: {error}\n"));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_chunk_too_short_for_its_values_is_refused_without_room_for_them() {
    for num_values in [1_000_000, usize::MAX / 4, usize::MAX] {
        for method in [0, 1] {
            let error = decode_chunk(&[method, 0x1f, 0, 1, 0], num_values).unwrap_err();
            assert_eq!(error.code, ErrorCode::Corrupt);
        }
    }
    let zeros = vec![0.0; 262_144];
    assert_eq!(decode_chunk(&encode_chunk(&zeros), zeros.len()).unwrap(), zeros);
}

#[test]
fn hostile_frames_are_refused_before_anything_is_allocated_for_them() {
    let header = Header::new(&config(2, 100), digest(), 0..100).unwrap();
    let encoded = encode_chunk(&values(0..100, 2));
    let with = |change: &dyn Fn(&mut [u8; 44]), encoded: &[u8]| {
        let mut framed = frame(0, 200, encoded);
        change(&mut framed);
        let file = [header.encode(), framed.to_vec(), encoded.to_vec()].concat();
        decode(&file, file.len()).unwrap_err().to_string()
    };
    let bomb = [&[1_u8][..], &[0x1f, 0, 1, 0], &[0xff; 700], &[0]].concat();
    let cases = [
        with(&|frame| frame[0] = 1, &encoded),
        with(&|frame| frame[4..8].copy_from_slice(&[0xff; 4]), &encoded),
        with(&|frame| frame[8..12].copy_from_slice(&[0xff; 4]), &encoded),
        with(&|frame| frame[8..12].copy_from_slice(&[0; 4]), &encoded),
        with(&|frame| frame[12] ^= 1, &encoded),
        with(&|_| (), &[7, 0, 0]),
        with(&|_| (), &[0; 800]),
        with(&|_| (), &bomb),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}
