//! A run that follows its configuration while it is being edited.

use super::{
    BLOCK_ROWS, Bucket, Config, FundFigures, FundOutcomes, Generator, Limits, MAX_KEPT_SCENARIOS, Scratch, Summary,
    SummaryPlan, Warning, num_blocks,
    run::run_warnings,
    shocks::KeptShocks,
    summary::{RankedColumn, summarise_ranked},
};

/// Vectors of 1,024 normals that are kept: 16 MB. Enough for what a first frame shows, whatever the fund.
const MAX_KEPT_VECTORS: usize = 2_048;

/// Whole blocks of each bucket's column, kept while the configuration is edited.
///
/// Only what an edit changes is made again: a bucket's column when its name, marginal, deals, loss probability or cap
/// change, everything when the seed or the correlation weights do, and nothing for allocations, recycling, other
/// buckets, or more scenarios. The normals behind the first blocks are kept too: they depend on the seed and the
/// bucket's name alone, so that most edits draw nothing there. The figures are, to the bit, those of the run with as many scenarios as are asked for.
///
/// ```
/// use foliocast_core::scenario::{Preview, default_fund};
///
/// let mut preview = Preview::new(&default_fund("fund-1"));
/// while !preview.step(1) {}
/// let (summary, _warnings) = preview.summary(preview.rows_available()).expect("all rows are made");
/// assert_eq!(summary.num_scenarios, 10_000);
/// ```
#[derive(Debug)]
pub struct Preview {
    config: Config,
    generator: Generator,
    scratch: Scratch,
    /// The shock that all buckets share, block by block, as far as any column has come.
    macro_shocks: Vec<[f64; BLOCK_ROWS]>,
    /// In the configuration's order.
    columns: Vec<Column>,
}

/// The blocks of one bucket that are made.
#[derive(Debug)]
struct Column {
    /// What they were made from; the allocation does not matter.
    bucket: Bucket,
    /// Whole blocks, also where the configuration's last one is cut.
    values: Vec<f32>,
    /// The normals behind the first blocks; they outlive `values`.
    shocks: Vec<KeptShocks>,
    /// The order of as many of its rows as were last summarised.
    ranked: Option<RankedColumn>,
}

impl Column {
    fn new(bucket: &Bucket) -> Self {
        Self::with_shocks(bucket, Vec::new())
    }

    fn with_shocks(bucket: &Bucket, shocks: Vec<KeptShocks>) -> Self {
        Self { bucket: bucket.clone(), values: Vec::new(), shocks, ranked: None }
    }

    fn blocks(&self) -> u32 {
        (self.values.len() / BLOCK_ROWS) as u32
    }

    /// Where the normals of a block are kept, if it is one of the first `kept_blocks`.
    fn shocks_of(&mut self, block: u32, kept_blocks: usize) -> Option<&mut KeptShocks> {
        let block = block as usize;
        if block < kept_blocks && block >= self.shocks.len() {
            self.shocks.resize_with(block + 1, KeptShocks::default);
        }
        self.shocks.get_mut(block).filter(|_| block < kept_blocks)
    }
}

impl Preview {
    /// A preview with no rows yet.
    pub fn new(config: &Config) -> Self {
        let columns = config.buckets().iter().map(Column::new);
        Self {
            columns: columns.collect(),
            generator: Generator::new(config),
            scratch: Scratch::default(),
            macro_shocks: Vec::new(),
            config: config.clone(),
        }
    }

    /// Follows an edit, keeping every column that it leaves as it was.
    pub fn update(&mut self, config: &Config) {
        let mut kept = core::mem::take(&mut self.columns);
        if self.config.seed() != config.seed() {
            self.macro_shocks.clear();
            kept.clear();
        }
        let same_weights = self.config.correlation_weights() == config.correlation_weights();
        let kept_blocks = kept_blocks(config);
        self.columns = config
            .buckets()
            .iter()
            .map(|bucket| {
                // Names are unique, and a stream is its bucket's name.
                let Some(index) = kept.iter().position(|column| column.bucket.name == bucket.name) else {
                    return Column::new(bucket);
                };
                let mut column = kept.swap_remove(index);
                column.shocks.truncate(kept_blocks);
                column.shocks.iter_mut().for_each(|shocks| shocks.truncate(vectors(bucket)));
                if same_weights && same_column(&column.bucket, bucket) {
                    Column { bucket: bucket.clone(), ..column }
                } else {
                    Column::with_shocks(bucket, column.shocks)
                }
            })
            .collect();
        self.generator = Generator::new(config);
        self.config = config.clone();
    }

    /// Makes at most `max_blocks` further blocks of rows (of the columns that miss them); `true` when the
    /// configuration's scenarios are all there.
    pub fn step(&mut self, max_blocks: u32) -> bool {
        let blocks = num_blocks(self.config.num_scenarios().min(MAX_KEPT_SCENARIOS));
        let kept_blocks = kept_blocks(&self.config);
        for _ in 0..max_blocks {
            let block = self.blocks_made();
            if block >= blocks {
                break;
            }
            if self.macro_shocks.len() <= block as usize {
                self.macro_shocks.push(self.generator.macro_shock(block, &mut self.scratch));
            }
            let macro_shock = &self.macro_shocks[block as usize];
            for (bucket, column) in self.columns.iter_mut().enumerate().filter(|(_, column)| column.blocks() == block) {
                let mut values = [0.0; BLOCK_ROWS];
                let shocks = (macro_shock, column.shocks_of(block, kept_blocks));
                self.generator.column_with_shocks(bucket, block, shocks, &mut self.scratch, &mut values);
                column.values.extend_from_slice(&values);
            }
        }
        self.blocks_made() >= blocks
    }

    /// The configuration that is followed.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Rows that all columns have, at most the configuration's. A preview holds at most [`MAX_KEPT_SCENARIOS`].
    pub fn rows_available(&self) -> u32 {
        let rows = u64::from(self.blocks_made()) * BLOCK_ROWS as u64;
        rows.min(u64::from(self.config.num_scenarios().min(MAX_KEPT_SCENARIOS))) as u32
    }

    /// What the run whose `numScenarios` is `rows` reports of the fund: the part of [`Self::summary`] that a reader looks
    /// at first, without what it costs to rank the buckets. `None` for no rows, or more than there are.
    pub fn fund(&self, rows: u32) -> Option<FundFigures> {
        Some(self.outcomes(rows)?.figures())
    }

    /// The fund's multiple in each of the first `rows` rows, for comparisons; `None` for no rows, or more than there are.
    pub fn outcomes(&self, rows: u32) -> Option<FundOutcomes> {
        let plan = SummaryPlan::new(&self.config_of(rows)?);
        let columns = self.columns.iter().map(|column| &column.values[..rows as usize]).collect();
        Some(FundOutcomes::new(&plan, columns))
    }

    /// What the run whose `numScenarios` is `rows` reports, with its warnings; `None` for no rows, or more than there
    /// are. Columns whose order is known from the summary before are not sorted again.
    pub fn summary(&mut self, rows: u32) -> Option<(Summary, Vec<Warning>)> {
        let config = self.config_of(rows)?;
        let plan = SummaryPlan::new(&config);
        for column in &mut self.columns {
            if column.ranked.as_ref().is_none_or(|ranked| ranked.rows() != rows as usize) {
                column.ranked = Some(RankedColumn::new(&plan, &column.values[..rows as usize]));
            }
        }
        let columns = self.columns.iter().filter_map(|column| Some((&column.values[..], column.ranked.as_ref()?)));
        let (columns, ranked) = columns.unzip();
        let summarised = summarise_ranked(&plan, columns, ranked);
        Some((summarised.summary, run_warnings(&config, summarised.warning)))
    }

    /// The configuration with so many scenarios, where their rows are there.
    fn config_of(&self, rows: u32) -> Option<Config> {
        if rows == 0 || rows > self.rows_available() {
            return None;
        }
        // Fewer rows than the configuration's, which is within its limits.
        let unlimited = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
        self.config.with_num_scenarios(rows, &unlimited).ok()
    }

    fn blocks_made(&self) -> u32 {
        self.columns.iter().map(Column::blocks).min().unwrap_or(0)
    }
}

/// Vectors of normals behind one block of a bucket's column.
fn vectors(bucket: &Bucket) -> usize {
    1 + bucket.deals as usize
}

/// Blocks whose normals are kept.
fn kept_blocks(config: &Config) -> usize {
    MAX_KEPT_VECTORS / config.buckets().iter().map(vectors).sum::<usize>().max(1)
}

fn same_column(a: &Bucket, b: &Bucket) -> bool {
    let Bucket { name, capital_allocation: _, marginal, deals, loss_probability, max_moic } = a;
    *name == b.name
        && *marginal == b.marginal
        && *deals == b.deals
        && *loss_probability == b.loss_probability
        && *max_moic == b.max_moic
}
