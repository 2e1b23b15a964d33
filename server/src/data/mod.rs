//! Matrices as files: the formats rows are downloaded in, written block by block, never as a whole.

mod csv;
mod fcm;
mod parquet;

use std::fmt;
use std::str::FromStr;

use foliocast_core::codec::Header;

use self::csv::CsvWriter;
use self::fcm::FcmWriter;
use self::parquet::ParquetWriter;

/// A format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFormat {
    /// Foliocast's own: a header and chunks of whole blocks; exact, and the smallest.
    Fcm,
    /// RFC 4180 text, bucket names as header, shortest decimals that read back as the same f32.
    Csv,
    /// Apache Parquet, one required FLOAT column per bucket.
    Parquet,
}

impl RowFormat {
    /// All formats, the preferred one first.
    pub const ALL: [Self; 3] = [Self::Fcm, Self::Csv, Self::Parquet];

    /// Its name: the value of `format=` and the extension of a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fcm => "fcm",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Fcm => "application/vnd.foliocast.matrix",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Changes when the bytes of the same rows change; part of the entity tag.
    pub const fn version(self) -> u32 {
        match self {
            Self::Fcm | Self::Csv | Self::Parquet => 1,
        }
    }
}

impl fmt::Display for RowFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RowFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| format!("`{name}` is not a format of rows; allowed are fcm, csv and parquet"))
    }
}

/// Writes rows in one of the formats, block by block: feed it with [`RowWriter::rows`], end it with
/// [`RowWriter::finish`], and send on what each returns.
pub struct RowWriter(Writer);

enum Writer {
    Fcm(FcmWriter),
    Csv(CsvWriter),
    Parquet(Box<ParquetWriter>),
}

impl RowWriter {
    /// A writer of the rows that `header` announces.
    pub fn new(format: RowFormat, header: &Header) -> Self {
        Self(match format {
            RowFormat::Fcm => Writer::Fcm(FcmWriter::new(header)),
            RowFormat::Csv => Writer::Csv(CsvWriter::new(header)),
            RowFormat::Parquet => Writer::Parquet(Box::new(ParquetWriter::new(header))),
        })
    }

    /// Takes the next rows, row-major and whole; returns what can be sent on, which may be nothing yet.
    pub fn rows(&mut self, rows: &[f32]) -> Vec<u8> {
        match &mut self.0 {
            Writer::Fcm(writer) => writer.rows(rows),
            Writer::Csv(writer) => writer.rows(rows),
            Writer::Parquet(writer) => writer.rows(rows),
        }
    }

    /// The rest, after the last row.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Writer::Fcm(writer) => writer.finish(),
            Writer::Csv(writer) => writer.finish(),
            Writer::Parquet(writer) => writer.finish(),
        }
    }
}
