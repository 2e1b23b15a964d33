//! What JavaScript sees of the engine: the one module that the page's workers, the npm package and the tests share.
//!
//! Configurations cross as JSON text, because only text keeps duplicate members and the spelling of numbers for the one
//! parser to judge; summaries and warnings cross as JSON text too, so that a page hands them on without copying objects.
//! Every export that reads a configuration throws a `FoliocastError`.

use core::cell::OnceCell;

use js_sys::{ArrayBuffer, Float32Array, Float64Array, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use crate::{
    Errors, canonical,
    kernel::Target,
    scenario::{
        self, BLOCK_ROWS, Column, Comparison, Config, Digest, FundOutcomes, GatheredRun, Generator, KERNEL_VERSION,
        Limits, MAX_KEPT_SCENARIOS, MODEL_VERSION, Matrix, OrderedColumn, RunOutcome, RunProgress, Scratch, Summary,
        Warning, block_digest, block_rows, default_fund, f64_checksum, num_blocks, summarise_matrix,
    },
};

#[wasm_bindgen(typescript_custom_section)]
const FOLIOCAST_ERROR: &str = r#"
/** One fault of an input. */
export interface Fault {
  /** Where, in the words of the input: `buckets[2].moicCalibration.p90`; empty for the whole. */
  path: string;
  /** What kind of thing is wrong, stable for programs. */
  code: string;
  /** For people: what was seen, what is allowed, what to do. */
  message: string;
}

/** What a refused input throws. `code` and `path` are the first fault's; `errors` has all of them. */
export interface FoliocastError extends Error {
  name: "FoliocastError";
  code: string;
  path: string;
  errors: Fault[];
}
"#;

/// What this engine is.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct EngineInfo {
    /// Version of the scenario model.
    pub model_version: u32,
    /// Version of the kernel.
    pub kernel_version: u32,
    /// Instruction set of the kernel: `simd128`.
    pub target: String,
}

/// The names of a configuration's content.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Key of the matrix, 64 hexadecimal digits.
    pub matrix_key: String,
    /// Key of the run, 64 hexadecimal digits.
    pub run_key: String,
}

/// How far a run is.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Blocks made.
    pub blocks_done: u32,
    /// Blocks in all.
    pub blocks: u32,
}

/// What a finished run says.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Digest of the matrix, 64 hexadecimal digits.
    pub digest: String,
    /// Digest of the summary, 64 hexadecimal digits.
    pub summary_digest: String,
    /// The summary as JSON text.
    pub summary: String,
    /// The warnings as JSON text.
    pub warnings: String,
}

/// What rows say.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Summarised {
    /// The summary as JSON text.
    pub summary: String,
    /// Digest of the summary, 64 hexadecimal digits.
    pub summary_digest: String,
    /// The warnings as JSON text.
    pub warnings: String,
}

/// The engine's versions and instruction set.
#[wasm_bindgen(js_name = engineInfo)]
pub fn engine_info() -> Result<Ts<EngineInfo>, JsValue> {
    let target = format!("{:?}", Target::detect()).to_ascii_lowercase();
    typed(EngineInfo { model_version: MODEL_VERSION, kernel_version: KERNEL_VERSION, target })
}

/// A configuration in canonical form, as canonical JSON (RFC 8785).
#[wasm_bindgen]
pub fn canonicalize(json: &str) -> Result<String, JsValue> {
    Ok(config_of_any_size(json)?.to_canonical_json())
}

/// The keys of a configuration.
#[wasm_bindgen]
pub fn keys(json: &str) -> Result<Ts<Keys>, JsValue> {
    let config = config_of_any_size(json)?;
    typed(Keys { matrix_key: config.matrix_key().to_string(), run_key: config.run_key().to_string() })
}

/// The default fund's configuration under the given fund id, as canonical JSON.
#[wasm_bindgen(js_name = defaultFund)]
pub fn default_fund_json(fund_id: &str) -> Result<String, JsValue> {
    Ok(default_fund("default").with_fund_id(fund_id).map_err(thrown)?.to_canonical_json())
}

/// BLAKE3 of the f64 sums of the first and the last block, which the f32 rows do not show. Builds are compared with it.
#[wasm_bindgen(js_name = f64Checksum)]
pub fn f64_checksum_of(json: &str) -> Result<String, JsValue> {
    Ok(f64_checksum(&config_of_any_size(json)?, Target::detect()).to_string())
}

/// BLAKE3 of some bytes, 64 hexadecimal digits: of a block's rows, of a matrix's block digests, of canonical JSON.
#[wasm_bindgen(js_name = blake3)]
pub fn blake3_of(bytes: &[u8]) -> String {
    Digest::from(blake3::hash(bytes)).to_string()
}

/// Summarises rows made elsewhere (row-major, one column for each bucket in canonical order): to the bit what the run
/// that made them reports.
#[wasm_bindgen]
pub fn summarise(json: &str, rows: &Float32Array) -> Result<Ts<Summarised>, JsValue> {
    let config = Config::from_json(json, &COPY_LIMITS).map_err(thrown)?;
    let values = u64::from(config.num_scenarios()) * config.buckets().len() as u64;
    if u64::from(rows.length()) != values || values * 4 > COPY_LIMITS.max_row_bytes {
        let message = format!(
            "{} values are given, and the configuration's rows have {values}: give all of them, at most {}",
            rows.length(),
            COPY_LIMITS.max_row_bytes / 4
        );
        return Err(js_sys::RangeError::new(&message).into());
    }
    let matrix = Matrix { rows: rows.to_vec(), columns: config.buckets().len() };
    let (summary, digest, warnings) = summarise_matrix(&config, &matrix).map_err(thrown)?;
    typed(Summarised {
        summary: json_text(&summary)?,
        summary_digest: digest.to_string(),
        warnings: json_text(&warnings)?,
    })
}

/// A run, made in steps so that its thread stays alive, and with the help of other threads' engines where there are any:
/// they make blocks (`MatrixBlocks.write`), which the run takes, and put its columns in order (`ColumnOrder`).
#[wasm_bindgen]
pub struct Run {
    /// Until it is finished.
    run: Option<GatheredRun>,
    /// Once it is finished; kept, so that `finish` and `rows` can be called again.
    outcome: Option<RunOutcome>,
    progress: RunProgress,
}

#[wasm_bindgen]
impl Run {
    /// Begins a run of a configuration.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &str) -> Result<Run, JsValue> {
        let run = GatheredRun::new(&Config::from_json(json, &Limits::WASM_MODULE).map_err(thrown)?);
        Ok(Self { progress: run.progress(), run: Some(run), outcome: None })
    }

    /// Makes at most `maxBlocks` further blocks of 1,024 rows; `true` when all are there.
    pub fn step(&mut self, #[wasm_bindgen(js_name = maxBlocks)] max_blocks: u32) -> bool {
        let Some(run) = &mut self.run else { return true };
        let is_done = run.step(max_blocks);
        self.progress = run.progress();
        is_done
    }

    /// Makes those of `count` blocks from `first` on that are not there yet.
    pub fn make(&mut self, first: u32, count: u32) {
        if let Some(run) = &mut self.run {
            run.make(first..first.saturating_add(count));
            self.progress = run.progress();
        }
    }

    /// Takes neighbouring blocks that another engine made from the same configuration, from block `first` on.
    pub fn take(&mut self, first: u32, rows: &Float32Array, digests: &Uint8Array) -> Result<(), JsValue> {
        let run = self.run.as_mut().ok_or_else(is_finished)?;
        let digests = digests.to_vec();
        let (digests, rest) = digests.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(js_sys::RangeError::new("each block has a digest of 32 bytes").into());
        }
        let digests: Vec<Digest> = digests.iter().map(|bytes| Digest::from_bytes(*bytes)).collect();
        run.take(first, &rows.to_vec(), &digests).map_err(thrown)?;
        self.progress = run.progress();
        Ok(())
    }

    /// How far the run is.
    pub fn progress(&self) -> Result<Ts<Progress>, JsValue> {
        typed(Progress { blocks_done: self.progress.blocks_done, blocks: self.progress.blocks })
    }

    /// JSON text `{summary, warnings, numScenarios}` of the first `rows` rows: what the run of so many scenarios reports;
    /// undefined where these are not all there.
    #[wasm_bindgen(js_name = summaryOfFirst)]
    pub fn summary_of_first(&self, rows: u32) -> Result<Option<String>, JsValue> {
        let reported = self.run.as_ref().and_then(|run| run.summary_of_first(rows));
        let reported = reported.map(|(summary, warnings)| PreviewSummary { summary, warnings, num_scenarios: rows });
        reported.as_ref().map(json_text).transpose()
    }

    /// Whether all blocks are there and all columns in order, wherever that was done.
    #[wasm_bindgen(getter, js_name = isInOrder)]
    pub fn is_in_order(&self) -> bool {
        self.run.as_ref().is_none_or(GatheredRun::is_in_order)
    }

    /// Hands out a column that nobody has begun with, to be put in order by another engine's `ColumnOrder`; undefined where
    /// there is none, and before all blocks are there. It is written into `room`, if that is large enough.
    #[wasm_bindgen(
        js_name = handOut,
        unchecked_return_type = "{ column: number; values: Uint32Array | Float64Array } | undefined"
    )]
    pub fn hand_out(&mut self, room: Option<ArrayBuffer>) -> JsValue {
        let Some((column, values)) = self.run.as_mut().and_then(GatheredRun::hand_out) else {
            return JsValue::UNDEFINED;
        };
        let values: JsValue = match values {
            Column::Bucket(bits) => written(&bits, room).into(),
            Column::Fund(values) => {
                let length = values.len() as u32;
                let room = room.filter(|room| room.byte_length() >= 8 * length);
                let room = room.unwrap_or_else(|| ArrayBuffer::new(8 * length));
                let array = Float64Array::new_with_byte_offset_and_length(&room, 0, length);
                array.copy_from(&values);
                array.into()
            }
        };
        let result = js_sys::Object::new();
        set(&result, "column", &JsValue::from(column as u32));
        set(&result, "values", &values);
        result.into()
    }

    /// Takes a column that was handed out back, in order.
    #[wasm_bindgen(js_name = takeColumn)]
    pub fn take_column(&mut self, column: u32, statistics: &Float64Array, ranks: &Uint32Array) -> Result<(), JsValue> {
        let run = self.run.as_mut().ok_or_else(is_finished)?;
        let ordered = OrderedColumn { statistics: statistics.to_vec(), ranks: ranks.to_vec() };
        run.take_column(column as usize, ordered).map_err(thrown)
    }

    /// Does some milliseconds of what is left between here and the outcome; `true` when nothing is left that can be done
    /// here (columns may still be handed out).
    #[wasm_bindgen(js_name = finishStep)]
    pub fn finish_step(&mut self) -> bool {
        let Some(run) = &mut self.run else { return true };
        let is_done = run.finish_step();
        self.progress = run.progress();
        is_done
    }

    /// What the run says; what is left to do is done first.
    pub fn finish(&mut self) -> Result<Ts<Outcome>, JsValue> {
        if let Some(run) = self.run.take() {
            self.progress.blocks_done = self.progress.blocks;
            self.outcome = Some(run.finish());
        }
        let outcome =
            self.outcome.as_ref().ok_or_else(|| JsValue::from(js_sys::Error::new("the run has no outcome")))?;
        typed(Outcome {
            digest: outcome.digest.to_string(),
            summary_digest: outcome.summary_digest.to_string(),
            summary: json_text(&outcome.summary)?,
            warnings: json_text(&outcome.warnings)?,
        })
    }

    /// A copy of a finished run's rows: row-major, one column for each bucket in canonical order.
    pub fn rows(&self) -> Result<Float32Array, JsValue> {
        let matrix = self.outcome.as_ref().and_then(|outcome| outcome.matrix.as_ref());
        matrix.map(|matrix| Float32Array::from(matrix.rows.as_slice())).ok_or_else(|| {
            let message = match self.outcome {
                Some(_) => "above 10,000,000 scenarios no rows are kept: make the blocks wanted with MatrixBlocks",
                None => "the run is not finished: call finish() first",
            };
            js_sys::Error::new(message).into()
        })
    }

    /// The digests of a finished run's blocks, 32 bytes each, in order.
    #[wasm_bindgen(js_name = blockDigests)]
    pub fn block_digests(&self) -> Result<Uint8Array, JsValue> {
        let outcome = self.outcome.as_ref();
        let outcome = outcome.ok_or_else(|| js_sys::Error::new("the run is not finished: call finish() first"))?;
        Ok(bytes_of(&outcome.block_digests))
    }
}

/// A column of a run that another engine has, put in order here in steps.
#[wasm_bindgen]
pub struct ColumnOrder {
    /// Until it is finished.
    order: Option<scenario::ColumnOrder>,
}

#[wasm_bindgen]
impl ColumnOrder {
    /// Begins with a column that `Run.handOut` gave.
    #[wasm_bindgen(constructor)]
    pub fn new(
        json: &str,
        column: u32,
        #[wasm_bindgen(unchecked_param_type = "Uint32Array | Float64Array")] values: &JsValue,
    ) -> Result<ColumnOrder, JsValue> {
        let config = Config::from_json(json, &Limits::WASM_MODULE).map_err(thrown)?;
        let values = match (values.dyn_ref::<Uint32Array>(), values.dyn_ref::<Float64Array>()) {
            (Some(bits), _) => Column::Bucket(bits.to_vec().into()),
            (_, Some(values)) => Column::Fund(values.to_vec().into()),
            _ => return Err(js_sys::TypeError::new("a column is a Uint32Array or a Float64Array").into()),
        };
        let order = scenario::ColumnOrder::new(&config, column as usize, values).map_err(thrown)?;
        Ok(Self { order: Some(order) })
    }

    /// Some milliseconds of work; `true` when the column is in order.
    pub fn step(&mut self) -> bool {
        self.order.as_mut().is_none_or(scenario::ColumnOrder::step)
    }

    /// The column in order, for `Run.takeColumn`; once. Its ranks are written into `room`, if that is large enough.
    #[wasm_bindgen(unchecked_return_type = "{ statistics: Float64Array; ranks: Uint32Array }")]
    pub fn finish(&mut self, room: Option<ArrayBuffer>) -> Result<JsValue, JsValue> {
        let ordered = self.order.take().ok_or_else(is_finished)?.finish();
        let result = js_sys::Object::new();
        set(&result, "statistics", &Float64Array::from(ordered.statistics.as_slice()));
        set(&result, "ranks", &written(&ordered.ranks, room));
        Ok(result.into())
    }
}

/// Values at the beginning of a buffer, a new one where `room` is too small: memory that was used before costs less than
/// fresh memory.
fn written(values: &[u32], room: Option<ArrayBuffer>) -> Uint32Array {
    let length = values.len() as u32;
    let room = room.filter(|room| room.byte_length() >= 4 * length).unwrap_or_else(|| ArrayBuffer::new(4 * length));
    let array = Uint32Array::new_with_byte_offset_and_length(&room, 0, length);
    array.copy_from(values);
    array
}

fn is_finished() -> JsValue {
    js_sys::Error::new("it is finished already").into()
}

/// Digests one behind the other.
fn bytes_of(digests: &[Digest]) -> Uint8Array {
    Uint8Array::from(digests.iter().flat_map(Digest::as_bytes).copied().collect::<Vec<u8>>().as_slice())
}

/// Any block of a matrix by itself, for audits.
#[wasm_bindgen]
pub struct MatrixBlocks {
    generator: Generator,
    scratch: Scratch,
    num_scenarios: u32,
    /// Room for one block.
    rows: Vec<f32>,
}

#[wasm_bindgen]
impl MatrixBlocks {
    /// Prepares a configuration's matrix.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &str) -> Result<MatrixBlocks, JsValue> {
        let config = config_of_any_size(json)?;
        Ok(Self {
            generator: Generator::new(&config),
            scratch: Scratch::default(),
            num_scenarios: config.num_scenarios(),
            rows: vec![0.0; BLOCK_ROWS * config.buckets().len()],
        })
    }

    /// Blocks of the matrix.
    #[wasm_bindgen(getter, js_name = numBlocks)]
    pub fn num_blocks(&self) -> u32 {
        num_blocks(self.num_scenarios)
    }

    /// Digest of block `block`, 64 hexadecimal digits.
    pub fn digest(&mut self, block: f64) -> Result<String, JsValue> {
        Ok(block_digest(self.block(block)?).to_string())
    }

    /// Rows of block `block`: row-major, one column for each bucket in canonical order.
    pub fn rows(&mut self, block: f64) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.block(block)?))
    }

    /// Makes block `block` for `Run.take`: writes its rows, as many values as it has, and 32 bytes of digest.
    pub fn write(&mut self, block: u32, rows: &Float32Array, digest: &Uint8Array) -> Result<(), JsValue> {
        let made = self.block(block.into())?;
        if rows.length() as usize != made.len() || digest.length() != 32 {
            let message = format!("block {block} has {} values and 32 bytes of digest", made.len());
            return Err(js_sys::RangeError::new(&message).into());
        }
        rows.copy_from(made);
        digest.copy_from(block_digest(made).as_bytes());
        Ok(())
    }

    /// A number as JavaScript has it: as an integer parameter, 2³² and 0.5 would silently be block 0.
    fn block(&mut self, block: f64) -> Result<&[f32], JsValue> {
        let number = block as u32;
        if f64::from(number) != block || number >= self.num_blocks() {
            let [seen, blocks] = [block, self.num_blocks().into()].map(scenario::number::number);
            let message = format!("block {seen} of {blocks}: blocks are whole numbers, counted from 0");
            return Err(js_sys::RangeError::new(&message).into());
        }
        let block = number;
        let rows = &mut self.rows[..block_rows(self.num_scenarios, block) * self.generator.num_columns()];
        self.generator.block(block, &mut self.scratch, rows);
        Ok(rows)
    }
}

/// A run that follows its configuration while it is edited: only the columns that an edit changes are made again.
#[wasm_bindgen]
#[derive(Default)]
pub struct Preview {
    /// Nothing before the first configuration.
    preview: Option<scenario::Preview>,
    /// The fund's multiples in the rows that are there, once somebody asked for them: one preview may be compared with
    /// several.
    outcomes: OnceCell<FundOutcomes>,
}

#[wasm_bindgen]
impl Preview {
    /// A preview with no configuration yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Preview {
        Self::default()
    }

    /// Follows an edit. A refused configuration leaves the preview as it was.
    pub fn update(&mut self, json: &str) -> Result<(), JsValue> {
        let config = Config::from_json(json, &Limits::WASM_MODULE).map_err(thrown)?;
        // A preview keeps rows of runs that keep none, so theirs must fit here too.
        config
            .with_num_scenarios(config.num_scenarios().min(MAX_KEPT_SCENARIOS), &Limits::WASM_MODULE)
            .map_err(thrown)?;
        self.outcomes.take();
        match &mut self.preview {
            Some(preview) => preview.update(&config),
            None => self.preview = Some(scenario::Preview::new(&config)),
        }
        Ok(())
    }

    /// Makes at most `maxBlocks` further blocks of 1,024 rows; `true` when the configuration's rows are all there.
    pub fn step(&mut self, #[wasm_bindgen(js_name = maxBlocks)] max_blocks: u32) -> bool {
        let Some(preview) = &mut self.preview else { return true };
        let rows = preview.rows_available();
        let is_done = preview.step(max_blocks);
        if preview.rows_available() != rows {
            self.outcomes.take();
        }
        is_done
    }

    /// JSON text `{numScenarios, gross, recycled}` of the rows that are there: the fund's distributions of `summary`,
    /// sooner than the whole of it. `recycled` is null where recycling is off.
    pub fn fund(&self) -> Result<String, JsValue> {
        json_text(&self.outcomes()?.figures())
    }

    /// JSON text `{numScenarios, gross, recycled}`: how each figure of the fund differs from that of `base`, another preview
    /// with as many rows, with the standard error of the pair and of separate runs. `recycled` is null where recycling is
    /// off in both.
    #[wasm_bindgen(js_name = compareWith)]
    pub fn compare_with(&self, base: &Preview) -> Result<String, JsValue> {
        let [base, other] = [base.outcomes()?, self.outcomes()?];
        let comparison = Comparison::new(base, other).map_err(|error| js_sys::RangeError::new(&error.to_string()))?;
        json_text(&comparison)
    }

    /// JSON text `{summary, warnings, numScenarios}` of the rows that are there: what the run of so many scenarios
    /// reports.
    pub fn summary(&mut self) -> Result<String, JsValue> {
        let reported = self.preview.as_mut().and_then(|preview| {
            let num_scenarios = preview.rows_available();
            let (summary, warnings) = preview.summary(num_scenarios)?;
            Some(PreviewSummary { summary, warnings, num_scenarios })
        });
        json_text(&reported.ok_or_else(no_rows)?)
    }
}

impl Preview {
    /// The fund's multiples in the rows that are there.
    fn outcomes(&self) -> Result<&FundOutcomes, JsValue> {
        if let Some(outcomes) = self.outcomes.get() {
            return Ok(outcomes);
        }
        let outcomes = self.preview.as_ref().and_then(|preview| preview.outcomes(preview.rows_available()));
        let outcomes = outcomes.ok_or_else(no_rows)?;
        Ok(self.outcomes.get_or_init(|| outcomes))
    }
}

fn no_rows() -> JsValue {
    js_sys::Error::new("the preview has no rows yet: call update(json), then step(1)").into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreviewSummary {
    summary: Summary,
    warnings: Vec<Warning>,
    num_scenarios: u32,
}

/// Where rows made elsewhere are copied into this module's memory: what it cost to draw them does not matter.
const COPY_LIMITS: Limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: Limits::WASM_MODULE.max_row_bytes };

/// Where at most one block is held, how large a run may be is for whoever runs it to say.
fn config_of_any_size(json: &str) -> Result<Config, JsValue> {
    Config::from_json(json, &Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX }).map_err(thrown)
}

/// A value as a JavaScript object of its own TypeScript type.
fn typed<T: Tsify + Serialize>(value: T) -> Result<Ts<T>, JsValue> {
    js_sys::JSON::parse(&canonical::to_string(&value)).map(Ts::new_unchecked)
}

fn json_text(value: &impl Serialize) -> Result<String, JsValue> {
    Ok(canonical::to_string(value))
}

/// A JavaScript `FoliocastError`.
fn thrown(errors: Errors) -> JsValue {
    let error = js_sys::Error::new(&errors.to_string());
    error.set_name("FoliocastError");
    let faults = js_sys::JSON::parse(&canonical::to_string(&errors)).unwrap_or(JsValue::UNDEFINED);
    let first = Reflect::get_u32(&faults, 0).unwrap_or(JsValue::UNDEFINED);
    for member in ["code", "path"] {
        let value = Reflect::get(&first, &member.into()).unwrap_or(JsValue::UNDEFINED);
        set(&error, member, &value);
    }
    set(&error, "errors", &faults);
    error.into()
}

fn set(object: &JsValue, member: &str, value: &JsValue) {
    // A fresh object takes any member.
    let _ = Reflect::set(object, &member.into(), value);
}
