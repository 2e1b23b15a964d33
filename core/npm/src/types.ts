// What the engine takes and gives. Figures and configurations are those of the HTTP API, by its own document.
import type { components } from "./openapi.js";

type Schemas = components["schemas"];

/** A scenario configuration, as the API takes it. */
export type Configuration = Schemas["ScenarioConfiguration"];
/** Statistics of a run, all as multiples of invested capital before fees and carry. */
export type Summary = Schemas["Summary"];
/** One distribution of multiples. */
export type Distribution = Schemas["Distribution"];
/** What a reader should know of a run. */
export type Warning = Schemas["Warning"];

/**
 * A configuration: an object, or JSON text. Text is read by the engine's one parser as it is, so that a member that
 * occurs twice is refused instead of lost.
 */
export type ConfigurationInput = Configuration | string;

/** One fault of an input. */
export interface Fault {
  /** What kind of thing is wrong, stable for programs. */
  code: string;
  /** Where, in the words of the input: `buckets[2].moicCalibration.p90`; empty for the whole. */
  path: string;
  /** For people: what was seen, what is allowed, what to do. */
  message: string;
}

/** What a run is called, and what proves it: the members that a run of the API has too. */
export interface VerifiableRun {
  /** The configuration, complete or not. */
  configuration: unknown;
  /** Key of the run, 64 hexadecimal digits. */
  runKey: string;
  /** Key of its matrix, 64 hexadecimal digits. */
  matrixKey: string;
  /** Digest of the matrix, 64 hexadecimal digits. */
  digest: string;
  /** Digest of the summary, 64 hexadecimal digits. */
  summaryDigest: string;
  /** Rows. */
  numScenarios: number;
  /** The figures. */
  summary: Summary;
  /** Digests of all blocks of 1,024 rows, in order, where they are known: then they are checked against `digest`. */
  blockDigests?: readonly string[];
  /** Columns, in canonical order. */
  bucketNames?: readonly string[];
  /** What a reader should know. */
  warnings?: readonly Warning[];
}

/** A finished run. */
export interface RunResult extends VerifiableRun {
  /** The canonical configuration, complete. */
  configuration: Configuration;
  /** Columns, in canonical order. */
  bucketNames: string[];
  /** What a reader should know. */
  warnings: Warning[];
  /** Digests of all blocks of 1,024 rows, in order. */
  blockDigests: string[];
  /** The rows where they were asked for: row-major, `numScenarios × bucketNames.length`. */
  rows?: Float32Array;
  /** Time from the beginning of the work to its end, milliseconds. */
  durationMs: number;
}

/** What the first rows of a run say: to the bit what a run of so many scenarios reports. */
export interface PartialResult {
  /** Rows so far. */
  numScenarios: number;
  /** The figures. */
  summary: Summary;
  /** What a reader should know. */
  warnings: Warning[];
}

/** How far a run is. */
export interface Progress {
  /** Blocks of 1,024 rows made. */
  blocksDone: number;
  /** Blocks in all. */
  blocks: number;
}

/** What may be asked of a run. */
export interface RunOptions {
  /** Ends the run: the promise is rejected at once with the signal's reason, and the workers stop within milliseconds. */
  signal?: AbortSignal;
  /** Hears how far the run is, at most every 50 ms and once when all blocks are made. */
  onProgress?: (progress: Progress) => void;
  /**
   * Hears what the first rows say, as soon as there are 1,024, 10,240, 102,400 … of them; less often where there are many
   * buckets or no workers, and never above 10,000,000 scenarios.
   */
  onPartial?: (partial: PartialResult) => void;
  /** Whether the result has the rows; they are copied only then. Runs above 10,000,000 scenarios keep none. */
  rows?: boolean;
}

/** Where the work is done. */
export interface EngineOptions {
  /**
   * Workers; as many as the machine has threads, at most 8, unless said otherwise. 0 for the calling thread, in slices of
   * at most 8 ms: this is also what is left where workers cannot be started.
   */
  workers?: number;
  /** Address of the worker's script, where a bundler or a policy wants it elsewhere: that of `foliocast/worker`. */
  workerUrl?: string | URL;
}

/** What one block of a run is: its digest, or its rows (row-major). */
export type Block = string | Float32Array;

/** Fetches blocks from whoever claims the run, in the order of their indices. */
export type FetchBlocks = (
  blocks: readonly number[],
  options: { signal?: AbortSignal },
) => Promise<readonly Block[]> | readonly Block[];

/** What may be asked of a verification. */
export interface VerifyOptions {
  /**
   * Blocks to make again: all of them (the default; the summary is then made again too), so many at random, or these.
   * Some of them prove a run only together with all block digests, which `run.blockDigests` must then have.
   */
  blocks?: "all" | number | readonly number[];
  /** The engine that makes all of them; one of its own, ended afterwards, unless given. */
  engine?: import("./engine.js").Engine;
  /** Ends the verification: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Hears how far it is. */
  onProgress?: (progress: Progress) => void;
}

/** Something that is not what was claimed. */
export interface Difference {
  /** What: `matrix key`, `block 17`, `summary` … */
  what: string;
  /** As it was claimed. */
  claimed: string;
  /** As it is. */
  computed: string;
}

/** What a verification found. */
export interface Verification {
  /** Whether everything compared is equal. */
  ok: boolean;
  /** All that differs. */
  differences: Difference[];
  /** The blocks that were made again. */
  blocks: number[];
  /**
   * How the figures were checked: made again from all rows (`made`), or only against their digest (`digest`), as when
   * not all blocks were made.
   */
  summary: "made" | "digest";
}

/** What this engine is. */
export interface EngineVersion {
  /** Version of this package. */
  package: string;
  /** Version of the scenario model: what a run means. */
  model: number;
  /** Version of the kernel: with the model's, what the bits depend on. */
  kernel: number;
  /** Instruction set of the kernel: `simd128`. */
  target: string;
}

/** Where the engine's WebAssembly module is, or what it is. */
export type ModuleSource =
  | string
  | URL
  | Request
  | Response
  | PromiseLike<Response>
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | CompiledModule;

/** `WebAssembly.Module`, where the types of a program's environment know it. */
export type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;
