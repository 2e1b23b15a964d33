//! Rows as Apache Parquet: one required FLOAT column per bucket, row groups small enough to stream.

use std::sync::Arc;

use foliocast_core::codec::Header;
use parquet::basic::{Compression, Repetition, Type as PhysicalType};
use parquet::data_type::FloatType;
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

/// Values of a row group: what is held before anything can be sent (4 MiB).
const GROUP_VALUES: usize = 1 << 20;

/// Who wrote a file: of no version of the program, since the same rows are the same bytes until
/// [`RowFormat::version`](super::RowFormat::version) says otherwise.
const CREATED_BY: &str = "foliocast";

/// Collects rows column by column and sends a row group whenever there are enough of them.
pub struct ParquetWriter {
    file: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Vec<f32>>,
    group_rows: usize,
}

impl ParquetWriter {
    pub fn new(header: &Header) -> Self {
        let file = open(header).expect("a schema of distinct required FLOAT columns is valid");
        let columns = header.columns() as usize;
        Self { file, columns: vec![Vec::new(); columns], group_rows: (GROUP_VALUES / columns.max(1)).max(1) }
    }

    pub fn rows(&mut self, rows: &[f32]) -> Vec<u8> {
        for row in rows.chunks_exact(self.columns.len()) {
            for (column, &value) in self.columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        if self.columns[0].len() >= self.group_rows { self.flush() } else { Vec::new() }
    }

    pub fn finish(mut self) -> Vec<u8> {
        let mut bytes = self.flush();
        bytes.extend(self.file.into_inner().expect("writing to memory does not fail"));
        bytes
    }

    fn flush(&mut self) -> Vec<u8> {
        if !self.columns[0].is_empty() {
            write_group(&mut self.file, &mut self.columns).expect("writing to memory does not fail");
        }
        // The writer counts what passed through it, so its buffer can be taken away between row groups.
        self.file.flush().expect("writing to memory does not fail");
        std::mem::take(self.file.inner_mut())
    }
}

fn open(header: &Header) -> Result<SerializedFileWriter<Vec<u8>>> {
    let fields: Vec<_> = header
        .bucket_names()
        .map(|name| {
            let column = Type::primitive_type_builder(name, PhysicalType::FLOAT);
            column.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
        })
        .collect::<Result<_>>()?;
    let schema = Type::group_type_builder("scenarios").with_fields(fields).build()?;
    // What the rows are of, and which, as the header of the other formats says it.
    let metadata = [
        ("foliocast.matrix", header.matrix_json()),
        ("foliocast.matrixKey", header.matrix_key().to_string()),
        ("foliocast.digest", header.digest().to_string()),
        ("foliocast.firstRow", header.rows().start.to_string()),
    ];
    let metadata = metadata.map(|(name, value)| KeyValue::new(name.to_owned(), value)).to_vec();
    // MOIC values hardly repeat, so a dictionary would only be built to be thrown away.
    let properties = WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(CREATED_BY.to_owned())
        .set_key_value_metadata(Some(metadata))
        .build();
    SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))
}

fn write_group(file: &mut SerializedFileWriter<Vec<u8>>, columns: &mut [Vec<f32>]) -> Result<()> {
    let mut group = file.next_row_group()?;
    for values in columns {
        let mut column = group.next_column()?.expect("the schema has a column per bucket");
        column.typed::<FloatType>().write_batch(values, None, None)?;
        column.close()?;
        values.clear();
    }
    group.close()?;
    Ok(())
}
