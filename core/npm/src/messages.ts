// What an engine and its workers say to each other. One run at a time: `id` tells what belongs to a run that has ended.
import type { Fault, PartialResult, Progress } from "./types.js";

/** From an engine to a worker. */
export type ToWorker =
  /** Before anything else; answered by `ready` or `unavailable`. */
  | { kind: "start"; module: WebAssembly.Module }
  /** A run begins: at the worker that keeps it (`isHome`), or at one that helps. */
  | {
      kind: "begin";
      id: number;
      configuration: string;
      rows: number;
      columns: number;
      isHome: boolean;
      wantsPartials: boolean;
    }
  /** Make blocks; answered by `made`. */
  | { kind: "make"; id: number; first: number; count: number }
  /** To the home: blocks that a helper made; answered by `taken`. */
  | { kind: "take"; id: number; first: number; made: MadeBlocks }
  /** To the home, once all blocks are there: hand a column out; answered by `column`. */
  | { kind: "handOut"; id: number }
  /** To a helper: put a column in order; answered by `ordered`. */
  | { kind: "order"; id: number; column: number; values: Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer> }
  /** To the home: a column that a helper put in order. */
  | { kind: "takeColumn"; id: number; column: number; ordered: OrderedColumn }
  /** To the home: do what is left; answered by `finished`, when columns that were handed out are back. */
  | { kind: "finish"; id: number; wantsRows: boolean }
  /** The run has ended, one way or the other: stop, and forget it. */
  | { kind: "end"; id: number };

/** From a worker to its engine. */
export type FromWorker =
  | { kind: "ready" }
  | { kind: "unavailable"; message: string }
  /** Blocks are made; the home keeps its own. */
  | { kind: "made"; id: number; first: number; made: MadeBlocks | undefined; progress: Progress | undefined }
  | { kind: "taken"; id: number; progress: Progress }
  | { kind: "partial"; id: number; partial: PartialResult }
  /** A column to be put in order, or none: then all have been begun with. */
  | {
      kind: "column";
      id: number;
      handedOut: { column: number; values: Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer> } | undefined;
    }
  | { kind: "ordered"; id: number; column: number; ordered: OrderedColumn }
  | { kind: "finished"; id: number; finished: FinishedRun }
  | { kind: "failed"; id: number; failure: Failure };

/** Neighbouring blocks, and their digests of 32 bytes. */
export interface MadeBlocks {
  rows: Float32Array<ArrayBuffer>;
  digests: Uint8Array<ArrayBuffer>;
}

/** A column in order. */
export interface OrderedColumn {
  statistics: Float64Array<ArrayBuffer>;
  ranks: Uint32Array<ArrayBuffer>;
}

/** What a finished run says: figures as JSON text. */
export interface FinishedRun {
  digest: string;
  summaryDigest: string;
  summary: string;
  warnings: string;
  blockDigests: Uint8Array<ArrayBuffer>;
  rows: Float32Array<ArrayBuffer> | undefined;
}

/** What was thrown. An input's faults leave the worker whole; anything else does not. */
export interface Failure {
  message: string;
  faults: Fault[];
}
