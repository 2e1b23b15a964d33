//! Reading a file of rows as its bytes arrive.

use core::ops::Range;

use super::{Header, chunk_digest, chunk_ranges, corrupt, decode_chunk};
use crate::Error;

/// Bytes before each chunk's encoded bytes.
pub const FRAME_BYTES: usize = 44;

/// What stands before the encoded bytes of the chunk that begins at row `first_row` and has `num_values` values.
pub fn frame(first_row: u32, num_values: usize, encoded: &[u8]) -> [u8; FRAME_BYTES] {
    let mut frame = [0; FRAME_BYTES];
    frame[0..4].copy_from_slice(&first_row.to_le_bytes());
    frame[4..8].copy_from_slice(&(num_values as u32 * 4).to_le_bytes());
    frame[8..12].copy_from_slice(&(encoded.len() as u32).to_le_bytes());
    frame[12..].copy_from_slice(chunk_digest(encoded).as_bytes());
    frame
}

/// A part of a file, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// The header, first.
    Header(Header),
    /// A chunk of rows.
    Chunk(Chunk),
}

/// A chunk of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Its rows in the matrix.
    pub rows: Range<u32>,
    /// Row-major values, `rows × columns`.
    pub values: Vec<f32>,
}

/// Reads a file of rows as its bytes arrive: [`Self::push`] bytes in pieces of any size, take what is complete with
/// [`Self::next_part`], and [`Self::finish`] when there are no more.
///
/// Whatever the bytes, it holds at most what was pushed and not yet taken, plus one chunk (1 MiB).
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes not yet taken, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// Where in the file `start` is.
    offset: u64,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// The header has not been read.
    #[default]
    Header,
    /// Rows still to come of a matrix of so many columns.
    Chunks { columns: u32, rows: Range<u32> },
    /// A fault was found; it stays.
    Failed(Error),
}

impl Decoder {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next part of the file; `None` when more bytes are needed, or when all parts have been taken.
    ///
    /// # Errors
    /// Bytes that are not what they claim to be ([`crate::ErrorCode::Corrupt`]), with their place. The same again on
    /// every further call.
    pub fn next_part(&mut self) -> Result<Option<Part>, Error> {
        let part = match &self.state {
            State::Header => self.next_header(),
            State::Chunks { columns, rows } => self.next_chunk(*columns, rows.clone()),
            State::Failed(error) => return Err(error.clone()),
        };
        part.inspect_err(|error| self.state = State::Failed(error.clone()))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// A fault found before, parts that were not taken, rows or bytes that are missing, bytes after the last row.
    pub fn finish(mut self) -> Result<(), Error> {
        let pending = self.next_part()?;
        let left = self.buffer.len() - self.start;
        let message = match (pending, &self.state) {
            (Some(_), _) => "parts of the file have not been taken".to_owned(),
            (None, State::Chunks { rows, .. }) if !rows.is_empty() => {
                format!("the file is cut off: rows from {} to {} are missing", rows.start, rows.end - 1)
            }
            (None, State::Header) => "the file is cut off: its header is not complete".to_owned(),
            (None, _) if left > 0 => format!("{left} bytes after the last row"),
            (None, _) => return Ok(()),
        };
        Err(self.fault(message))
    }

    fn next_header(&mut self) -> Result<Option<Part>, Error> {
        let bytes = &self.buffer[self.start..];
        let Some(length) = Header::encoded_bytes(bytes)? else { return Ok(None) };
        let Some(bytes) = bytes.get(..length) else { return Ok(None) };
        let header = Header::decode(bytes)?;
        self.take(length);
        self.state = State::Chunks { columns: header.columns(), rows: header.rows() };
        Ok(Some(Part::Header(header)))
    }

    fn next_chunk(&mut self, columns: u32, rows: Range<u32>) -> Result<Option<Part>, Error> {
        let Some(chunk) = chunk_ranges(columns, rows.clone()).next() else { return Ok(None) };
        let bytes = &self.buffer[self.start..];
        let Some(frame) = bytes.first_chunk::<FRAME_BYTES>() else { return Ok(None) };
        let field = |at: usize| u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        // At most MAX_CHUNK_BYTES, or one block of the 50 columns that a valid configuration has at most.
        let num_values = chunk.len() * columns as usize;
        let raw_bytes = num_values * 4;
        let (first_row, claimed_bytes, encoded_bytes) = (field(0), field(4), field(8) as usize);
        if first_row != chunk.start {
            return Err(self.fault(format!("a chunk of rows from {first_row}; row {} comes next", chunk.start)));
        }
        if claimed_bytes as usize != raw_bytes {
            return Err(self.fault(format!("a chunk of {claimed_bytes} raw bytes; {raw_bytes} belong here")));
        }
        if !(1..=raw_bytes + 1).contains(&encoded_bytes) {
            return Err(self.fault(format!(
                "a chunk of {encoded_bytes} encoded bytes for {raw_bytes} raw ones; 1 to {} are possible",
                raw_bytes + 1
            )));
        }
        let Some(encoded) = bytes[FRAME_BYTES..].get(..encoded_bytes) else { return Ok(None) };
        if chunk_digest(encoded).as_bytes() != &frame[12..] {
            return Err(self.fault("the chunk's digest is not that of its bytes: they were damaged".to_owned()));
        }
        let values = decode_chunk(encoded, num_values).map_err(|error| self.fault(error.message))?;
        self.take(FRAME_BYTES + encoded_bytes);
        self.state = State::Chunks { columns, rows: chunk.end..rows.end };
        Ok(Some(Part::Chunk(Chunk { rows: chunk, values })))
    }

    fn take(&mut self, length: usize) {
        self.start += length;
        self.offset += length as u64;
    }

    /// A fault of the part that begins at this place of the file.
    fn fault(&self, message: String) -> Error {
        corrupt(format!("byte {}: {message}", self.offset))
    }
}
