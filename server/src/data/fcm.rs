//! Rows in Foliocast's own format, as `core`'s codec writes them.

use foliocast_core::codec::{Header, encode_chunk, frame};

/// Collects rows into the chunks of the format.
pub struct FcmWriter {
    /// The header's bytes, until they are sent.
    header: Vec<u8>,
    columns: usize,
    /// First row and number of values of each chunk still to come.
    chunks: Box<dyn Iterator<Item = (u32, usize)> + Send>,
    /// The next chunk's.
    next: Option<(u32, usize)>,
    values: Vec<f32>,
}

impl FcmWriter {
    pub fn new(header: &Header) -> Self {
        let columns = header.columns() as usize;
        let mut chunks = header.chunks().map(move |rows| (rows.start, rows.len() * columns));
        let next = chunks.next();
        Self { header: header.encode(), columns, chunks: Box::new(chunks), next, values: Vec::new() }
    }

    pub fn rows(&mut self, rows: &[f32]) -> Vec<u8> {
        debug_assert_eq!(rows.len() % self.columns, 0, "rows are whole");
        self.values.extend_from_slice(rows);
        let mut bytes = std::mem::take(&mut self.header);
        while let Some((first_row, num_values)) = self.next
            && self.values.len() >= num_values
        {
            let rest = self.values.split_off(num_values);
            let encoded = encode_chunk(&self.values);
            bytes.extend(frame(first_row, num_values, &encoded));
            bytes.extend(encoded);
            self.values = rest;
            self.next = self.chunks.next();
        }
        bytes
    }

    pub fn finish(self) -> Vec<u8> {
        debug_assert!(self.next.is_none() && self.values.is_empty(), "all rows were written, and no more");
        self.header
    }
}
