//! What a file of rows says about itself.

use core::ops::Range;

use super::{chunk_blocks, chunk_ranges, corrupt};
use crate::{
    Error, ErrorCode,
    scenario::{BLOCK_ROWS, Bucket, Config, Digest, KERNEL_VERSION, Limits, MODEL_VERSION, MatrixKey},
};

/// The version of the file format.
pub const FORMAT_VERSION: u16 = 1;

/// As PNG's: a byte above 127, line ends of both kinds and an end-of-file, so that text transfers show.
const MAGIC: [u8; 8] = *b"\x89FCM\r\n\x1a\n";

/// Bytes before the matrix's JSON.
const FIXED_BYTES: usize = 116;

/// Bytes of the header's digest.
const DIGEST_BYTES: usize = 32;

/// Most bytes of the matrix's JSON. The largest valid one has less than a quarter of this.
const MAX_JSON_BYTES: u32 = 1 << 20;

/// What a file of rows says about itself: which matrix, made how, and which rows of it follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    kernel_version: u32,
    digest: Digest,
    rows: Range<u32>,
    matrix: Config,
}

impl Header {
    /// A file of `rows` of the matrix of `config`, whose content digest is `digest`, made by this kernel.
    ///
    /// # Errors
    /// No rows, or rows beyond the matrix ([`ErrorCode::Range`]).
    pub fn new(config: &Config, digest: Digest, rows: Range<u32>) -> Result<Self, Error> {
        if rows.is_empty() || rows.end > config.num_scenarios() {
            let message = format!(
                "rows {} to {} (exclusive) are not in a matrix of {} rows",
                rows.start,
                rows.end,
                config.num_scenarios()
            );
            return Err(Error { path: "rows".to_owned(), code: ErrorCode::Range, message });
        }
        Ok(Self { kernel_version: KERNEL_VERSION, digest, rows, matrix: config.clone() })
    }

    /// The kernel that made the rows; another kernel may round differently.
    pub fn kernel_version(&self) -> u32 {
        self.kernel_version
    }

    /// Key of the matrix.
    pub fn matrix_key(&self) -> MatrixKey {
        self.matrix.matrix_key()
    }

    /// Content digest of the whole matrix, whichever rows follow.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Canonical JSON of what the matrix was made from; [`Config::from_matrix_json`] reads it.
    pub fn matrix_json(&self) -> String {
        self.matrix.matrix_json()
    }

    /// Rows of the whole matrix.
    pub fn num_scenarios(&self) -> u32 {
        self.matrix.num_scenarios()
    }

    /// Columns: buckets, in byte order of their names.
    pub fn columns(&self) -> u32 {
        self.matrix.buckets().len() as u32
    }

    /// Names of the columns.
    pub fn bucket_names(&self) -> impl Iterator<Item = &str> {
        self.matrix.buckets().iter().map(|bucket: &Bucket| bucket.name.as_str())
    }

    /// The rows that follow.
    pub fn rows(&self) -> Range<u32> {
        self.rows.clone()
    }

    /// The rows of each chunk that follows, in order.
    pub fn chunks(&self) -> impl Iterator<Item = Range<u32>> + Clone + use<> {
        chunk_ranges(self.columns(), self.rows())
    }

    /// The header's bytes: the beginning of a file.
    pub fn encode(&self) -> Vec<u8> {
        let json = self.matrix_json();
        let mut bytes = Vec::with_capacity(FIXED_BYTES + json.len() + DIGEST_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend((MODEL_VERSION as u16).to_le_bytes());
        bytes.extend(self.kernel_version.to_le_bytes());
        bytes.extend(self.num_scenarios().to_le_bytes());
        bytes.extend(self.columns().to_le_bytes());
        bytes.extend((BLOCK_ROWS as u32).to_le_bytes());
        bytes.extend(chunk_blocks(self.columns()).to_le_bytes());
        bytes.extend(u64::from(self.rows.start).to_le_bytes());
        bytes.extend((self.rows.len() as u64).to_le_bytes());
        bytes.extend(self.matrix_key().as_bytes());
        bytes.extend(self.digest.as_bytes());
        bytes.extend((json.len() as u32).to_le_bytes());
        bytes.extend(json.as_bytes());
        let digest = blake3::hash(&bytes);
        bytes.extend(digest.as_bytes());
        bytes
    }

    /// How many bytes the header that `bytes` begin with has in all; `None` while more of it are needed to tell.
    pub(super) fn encoded_bytes(bytes: &[u8]) -> Result<Option<usize>, Error> {
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(corrupt("byte 0: no .fcm file (its first 8 bytes are not 89 46 43 4D 0D 0A 1A 0A)"));
        }
        if let Some(&version) = bytes.get(8..).and_then(<[u8]>::first_chunk) {
            let version = u16::from_le_bytes(version);
            if version != FORMAT_VERSION {
                return Err(corrupt(format!(
                    "byte 8: format version {version}; this program reads version {FORMAT_VERSION}"
                )));
            }
        }
        let Some(json_bytes) = Fields::new(bytes).json_bytes() else { return Ok(None) };
        if json_bytes > MAX_JSON_BYTES {
            return Err(corrupt(format!(
                "byte 112: {json_bytes} bytes of configuration; at most {MAX_JSON_BYTES} are read"
            )));
        }
        Ok(Some(FIXED_BYTES + json_bytes as usize + DIGEST_BYTES))
    }

    /// Reads a header of exactly [`Self::encoded_bytes`].
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (content, digest) = bytes
            .split_last_chunk::<DIGEST_BYTES>()
            .filter(|(content, _)| content.len() >= FIXED_BYTES)
            .ok_or_else(|| corrupt("the header is cut off"))?;
        if blake3::hash(content).as_bytes() != digest {
            return Err(corrupt(format!(
                "byte {}: the header's digest is not that of its bytes: they were damaged",
                content.len()
            )));
        }
        let fields = Fields::new(content);
        let model_version = u16::from_le_bytes(fields.at(10));
        if u32::from(model_version) != MODEL_VERSION {
            return Err(corrupt(format!(
                "byte 10: rows of model version {model_version}; this program knows version {MODEL_VERSION}"
            )));
        }
        let json = &content[FIXED_BYTES..];
        let matrix_key = MatrixKey::from_bytes(fields.at(48));
        if MatrixKey::from(blake3::hash(json)) != matrix_key {
            return Err(corrupt("byte 48: the matrix key is not that of the configuration"));
        }
        let unlimited = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        let json = core::str::from_utf8(json).map_err(|_| corrupt("byte 116: the configuration is not UTF-8"))?;
        let matrix = Config::from_matrix_json(json, &unlimited)
            .map_err(|errors| corrupt(format!("byte 116: the configuration is not valid: {errors}")))?;
        if matrix.matrix_key() != matrix_key {
            return Err(corrupt("byte 116: the configuration is not in canonical form"));
        }
        let columns = matrix.buckets().len() as u32;
        for (offset, what, expected) in [
            (16, "rows of the matrix", matrix.num_scenarios()),
            (20, "columns", columns),
            (24, "rows of a block", BLOCK_ROWS as u32),
            (28, "blocks of a chunk", chunk_blocks(columns)),
        ] {
            let seen = u32::from_le_bytes(fields.at(offset));
            if seen != expected {
                return Err(corrupt(format!("byte {offset}: {seen} {what}; {expected} belong here")));
            }
        }
        let first = u64::from_le_bytes(fields.at(32));
        let count = u64::from_le_bytes(fields.at(40));
        let end = first.checked_add(count).filter(|&end| count > 0 && end <= u64::from(matrix.num_scenarios()));
        let Some(end) = end else {
            return Err(corrupt(format!(
                "byte 32: {count} rows from row {first} on; the matrix has {} rows",
                matrix.num_scenarios()
            )));
        };
        Ok(Self {
            kernel_version: u32::from_le_bytes(fields.at(12)),
            digest: Digest::from_bytes(fields.at(80)),
            // Both are at most `num_scenarios`.
            rows: first as u32..end as u32,
            matrix,
        })
    }
}

/// The fixed part of a header.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The `N` bytes at `offset`, or zeros where there are none: callers ask within [`FIXED_BYTES`] that are there.
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.0.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }

    /// Bytes of the matrix's JSON, once the fixed part is there.
    fn json_bytes(&self) -> Option<u32> {
        (self.0.len() >= FIXED_BYTES).then(|| u32::from_le_bytes(self.at(FIXED_BYTES - 4)))
    }
}
