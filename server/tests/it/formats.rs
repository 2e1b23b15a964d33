//! Rows written in a format read back as the same bits.

use bytes::Bytes;
use foliocast::data::{RowFormat, RowWriter};
use foliocast_core::codec::{Decoder, Header, Part};
use foliocast_core::scenario::{BLOCK_ROWS, Config, Digest};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use proptest::prelude::*;

use crate::harness::{config, rows_of, three_buckets};

/// Writes rows `first..first + rows.len() / columns` in pieces that end where blocks end.
fn write(format: RowFormat, config: &Config, first: u32, rows: &[f32]) -> Vec<u8> {
    let columns = config.buckets().len();
    let num_rows = (rows.len() / columns) as u32;
    let header = Header::new(config, Digest::from_bytes([7; 32]), first..first + num_rows).expect("rows of the matrix");
    let mut writer = RowWriter::new(format, &header);
    let mut bytes = Vec::new();
    let (mut row, mut rest) = (first as usize, rows);
    while !rest.is_empty() {
        let piece = (BLOCK_ROWS - row % BLOCK_ROWS).min(rest.len() / columns);
        let (now, later) = rest.split_at(piece * columns);
        bytes.extend(writer.rows(now));
        row += piece;
        rest = later;
    }
    bytes.extend(writer.finish());
    bytes
}

/// The header fields and values of CSV text that quotes only in its header.
pub fn read_csv(text: &str) -> (String, Vec<f32>) {
    let (header, body) = text.split_once("\r\n").expect("a header");
    assert!(body.is_empty() || body.ends_with("\r\n"), "every line ends as RFC 4180 says");
    let values = body.lines().flat_map(|line| line.split(',')).map(|field| field.parse().expect("a number"));
    (header.to_owned(), values.collect())
}

pub fn read_fcm(bytes: &[u8]) -> (Header, Vec<f32>) {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    let (mut header, mut rows) = (None, Vec::new());
    while let Some(part) = decoder.next_part().expect("sound bytes") {
        match part {
            Part::Header(found) => header = Some(found),
            Part::Chunk(chunk) => rows.extend(chunk.values),
        }
    }
    decoder.finish().expect("a whole file");
    (header.expect("a header"), rows)
}

pub fn read_parquet(bytes: Vec<u8>) -> (Vec<String>, Vec<f32>) {
    let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("a Parquet file");
    let schema = reader.metadata().file_metadata().schema_descr();
    let names = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let mut values = Vec::new();
    for row in reader.get_row_iter(None).expect("rows") {
        for (_, field) in row.expect("a row").get_column_iter() {
            let Field::Float(value) = field else { panic!("{field} is no FLOAT") };
            values.push(*value);
        }
    }
    (names, values)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_format_reads_back_the_same_rows_in_any_range() {
    let config = config(&three_buckets(2_500, "formats"));
    let all = rows_of(&config);
    for (first, last) in [(0, 2_499), (0, 0), (2_499, 2_499), (1_023, 1_024), (1_024, 2_047), (5, 2_100)] {
        let rows = &all[first as usize * 3..(last as usize + 1) * 3];
        let (_, csv) = read_csv(std::str::from_utf8(&write(RowFormat::Csv, &config, first, rows)).expect("UTF-8"));
        assert_eq!(bits(&csv), bits(rows), "CSV {first}-{last}");
        let (header, fcm) = read_fcm(&write(RowFormat::Fcm, &config, first, rows));
        assert_eq!(bits(&fcm), bits(rows), "FCM {first}-{last}");
        assert_eq!(header.rows(), first..last + 1);
        let (_, parquet) = read_parquet(write(RowFormat::Parquet, &config, first, rows));
        assert_eq!(bits(&parquet), bits(rows), "Parquet {first}-{last}");
    }
}

#[test]
fn csv_guards_names_that_spreadsheets_would_run_and_quotes_what_rfc_4180_wants_quoted() {
    let config = config(&three_buckets(1, "0"));
    let text = write(RowFormat::Csv, &config, 0, &[1.0, 0.1, 16_777_216.0]);
    insta::assert_snapshot!(String::from_utf8(text).expect("UTF-8").replace("\r\n", "␍␊\n"), @r#"
    '=SUM(A1),"Früh, ""spät""",plain␍␊
    1,0.1,16777216␍␊
    "#);
}

#[test]
fn parquet_columns_carry_the_bucket_names_and_the_file_says_what_it_is() {
    let config = config(&three_buckets(10, "0"));
    let bytes = write(RowFormat::Parquet, &config, 0, &rows_of(&config));
    let (names, _) = read_parquet(bytes.clone());
    assert_eq!(names, ["=SUM(A1)", "Früh, \"spät\"", "plain"]);
    let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("a Parquet file");
    let metadata = reader.metadata().file_metadata().key_value_metadata().expect("metadata").clone();
    let key = metadata.iter().find(|entry| entry.key == "foliocast.matrixKey").and_then(|entry| entry.value.clone());
    assert_eq!(key, Some(config.matrix_key().to_string()));
}

#[test]
fn the_bytes_of_a_format_change_only_with_its_version() {
    let config = config(&three_buckets(10, "0"));
    let rows = rows_of(&config);
    let lines = RowFormat::ALL.map(|format| {
        let bytes = write(format, &config, 0, &rows);
        format!("{format} {} {}", format.version(), blake3::hash(&bytes))
    });
    insta::assert_snapshot!(lines.join("\n"));
    let reader = SerializedFileReader::new(Bytes::from(write(RowFormat::Parquet, &config, 0, &rows)));
    let created_by = reader.expect("a Parquet file").metadata().file_metadata().created_by().map(str::to_owned);
    assert_eq!(created_by.as_deref(), Some("foliocast"), "who wrote a file has no version of its own");
}

#[test]
fn parquet_is_sent_in_row_groups_while_rows_still_come() {
    let config = config(&three_buckets(1_000_000, "0"));
    let header = Header::new(&config, Digest::from_bytes([0; 32]), 0..1_000_000).expect("rows of the matrix");
    let mut writer = RowWriter::new(RowFormat::Parquet, &header);
    let block = vec![1.25; BLOCK_ROWS * 3];
    let sent: Vec<usize> = (0..400).map(|_| writer.rows(&block).len()).collect();
    assert!(sent.iter().any(|&length| length > 0), "nothing was sent in 400 blocks");
}

proptest! {
    #[test]
    fn any_finite_f32_survives_csv(values in proptest::collection::vec(0.0_f32..=f32::MAX, 3)) {
        let config = config(&three_buckets(1, "0"));
        let text = String::from_utf8(write(RowFormat::Csv, &config, 0, &values)).expect("UTF-8");
        prop_assert_eq!(bits(&read_csv(&text).1), bits(&values));
    }
}
