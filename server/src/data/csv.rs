//! Rows as RFC 4180 text.

use std::io::Write as _;

use foliocast_core::codec::Header;

/// Writes a header of bucket names, then one line per row.
pub struct CsvWriter {
    columns: usize,
    /// The header, until it is sent.
    header: Vec<u8>,
}

impl CsvWriter {
    pub fn new(header: &Header) -> Self {
        let fields: Vec<String> = header.bucket_names().map(header_field).collect();
        let header = format!("{}\r\n", fields.join(",")).into_bytes();
        Self { columns: fields.len(), header }
    }

    pub fn rows(&mut self, rows: &[f32]) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.header);
        text.reserve(rows.len() * 12);
        for row in rows.chunks_exact(self.columns) {
            for (column, value) in row.iter().enumerate() {
                if column > 0 {
                    text.push(b',');
                }
                // Display of f32 is the shortest decimal that reads back as the same f32, without exponent.
                let _ = write!(text, "{value}");
            }
            text.extend_from_slice(b"\r\n");
        }
        text
    }

    pub fn finish(self) -> Vec<u8> {
        self.header
    }
}

/// A bucket's name as a header field: a spreadsheet would run a name that begins with one of `= + - @` as a formula,
/// so it gets a leading quote.
fn header_field(name: &str) -> String {
    let guarded = if name.starts_with(['=', '+', '-', '@']) { format!("'{name}") } else { name.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
