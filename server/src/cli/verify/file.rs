//! A file of rows: every row it holds, or those of some blocks, made again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use foliocast_core::codec::{Chunk, Decoder, Header, Part};
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, Generator, KERNEL_VERSION, Limits, Scratch, block_digest, block_rows, matrix_digest, num_blocks,
};

use super::super::Failure;
use super::super::progress::Progress;
use super::{Report, choose_blocks};

/// Most differing blocks that are named one by one.
const MAX_NAMED: usize = 10;

pub fn verify(path: &Path, wanted: Option<u32>) -> Result<Report, Failure> {
    let bad = |what: String| Failure::BadInput(format!("{}: {what}", path.display()));
    let mut file = File::open(path).map_err(|error| bad(error.to_string()))?;
    let mut decoder = Decoder::default();
    let mut audit: Option<Audit> = None;
    let mut report = Report::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer).with_context(|| path.display().to_string())?;
        decoder.push(&buffer[..length]);
        loop {
            match decoder.next_part() {
                Ok(Some(Part::Header(header))) => audit = Some(Audit::begin(&header, wanted)?),
                Ok(Some(Part::Chunk(chunk))) => audit.as_mut().into_iter().for_each(|audit| audit.chunk(&chunk)),
                Ok(None) => break,
                // Nothing of a file whose header cannot be read is comparable; a bad chunk is a difference.
                Err(error) if audit.is_none() => return Err(bad(error.to_string())),
                Err(error) => {
                    report.differences.push(format!("the file is damaged: {error}"));
                    return Ok(report);
                }
            }
        }
        if length == 0 {
            break;
        }
    }
    let Some(audit) = audit else {
        return Err(bad("the file is cut off: its header is not complete".to_owned()));
    };
    if let Err(error) = decoder.finish() {
        report.differences.push(format!("the file is damaged: {error}"));
    }
    audit.end(&mut report);
    Ok(report)
}

/// The comparison of a file's rows with rows made again.
struct Audit {
    header: Header,
    generator: Generator,
    scratch: Scratch,
    /// Blocks whose rows are compared.
    chosen: BTreeSet<u32>,
    /// Whether every block was chosen.
    all: bool,
    /// The block at hand, made again.
    block: Option<(u32, Vec<f32>)>,
    compared_rows: u64,
    differing: BTreeSet<u32>,
    progress: Progress,
}

impl Audit {
    fn begin(header: &Header, wanted: Option<u32>) -> Result<Self, Failure> {
        if header.kernel_version() != KERNEL_VERSION {
            return Err(anyhow::anyhow!(
                "the rows were made by kernel {}, and this program has kernel {KERNEL_VERSION}: their last bits may rightly differ, so nothing was compared",
                header.kernel_version()
            )
            .into());
        }
        let limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        let config = Config::from_matrix_json(&header.matrix_json(), &limits).context("the file's configuration")?;
        // Only blocks the file has rows of can be compared.
        let rows = header.rows();
        let first = rows.start / BLOCK_ROWS as u32;
        let blocks = num_blocks(rows.end) - first;
        let chosen = choose_blocks(blocks.saturating_mul(BLOCK_ROWS as u32), wanted);
        Ok(Self {
            header: header.clone(),
            generator: Generator::new(&config),
            scratch: Scratch::default(),
            all: chosen.len() as u32 == blocks,
            chosen: chosen.into_iter().map(|block| first + block).collect(),
            block: None,
            compared_rows: 0,
            differing: BTreeSet::new(),
            progress: Progress::begin("comparing", num_blocks(rows.end)),
        })
    }

    fn chunk(&mut self, chunk: &Chunk) {
        let columns = self.header.columns() as usize;
        for (row, values) in chunk.rows.clone().zip(chunk.values.chunks_exact(columns)) {
            let (block, row_in_block) = (row / BLOCK_ROWS as u32, row as usize % BLOCK_ROWS);
            if !self.chosen.contains(&block) {
                continue;
            }
            if self.block.as_ref().is_none_or(|(made, _)| *made != block) {
                let made = make(&self.generator, &mut self.scratch, self.header.num_scenarios(), block);
                self.block = Some((block, made));
                self.progress.at(block);
            }
            let made = self.block.as_ref().map_or(&[][..], |(_, rows)| &rows[row_in_block * columns..][..columns]);
            self.compared_rows += 1;
            if !values.iter().map(|value| value.to_bits()).eq(made.iter().map(|value| value.to_bits())) {
                self.differing.insert(block);
            }
        }
    }

    fn end(mut self, report: &mut Report) {
        if self.differing.is_empty() {
            report.agreed.push(format!("{} rows of {} blocks", self.compared_rows, self.chosen.len()));
        }
        for block in self.differing.iter().take(MAX_NAMED) {
            report.differences.push(format!("rows of block {block}"));
        }
        if self.differing.len() > MAX_NAMED {
            report.differences.push(format!("rows of {} more blocks", self.differing.len() - MAX_NAMED));
        }
        if self.all {
            let scenarios = self.header.num_scenarios();
            let digests: Vec<_> = (0..num_blocks(scenarios))
                .map(|block| block_digest(&make(&self.generator, &mut self.scratch, scenarios, block)))
                .collect();
            report.compare("digest of the matrix", &self.header.digest(), &matrix_digest(&digests));
        }
        self.progress.end();
    }
}

fn make(generator: &Generator, scratch: &mut Scratch, num_scenarios: u32, block: u32) -> Vec<f32> {
    let mut rows = vec![0.0; block_rows(num_scenarios, block) * generator.num_columns()];
    generator.block(block, scratch, &mut rows);
    rows
}
