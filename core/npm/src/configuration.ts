// Configurations: what is wrong with them, and what they are called.
import { FoliocastError } from "./errors.js";
import { asking } from "./module.js";
import type { Configuration, ConfigurationInput, Fault } from "./types.js";

/**
 * A configuration as the engine's parser reads it.
 *
 * @internal
 */
export function textOf(configuration: ConfigurationInput): string {
  if (typeof configuration === "string") return configuration;
  try {
    const text = JSON.stringify(configuration, refuseWhatJsonDrops);
    if (typeof text === "string") return text;
  } catch (error) {
    if (error instanceof FoliocastError) throw error;
    // It contains itself, or an integer that JSON has not.
    const message = error instanceof Error ? error.message : String(error);
    throw FoliocastError.of([{ code: "type", path: "", message: `not a configuration: ${message}` }]);
  }
  const message = `a configuration is an object or JSON text, not ${typeof configuration}`;
  throw FoliocastError.of([{ code: "type", path: "", message }]);
}

/** JSON would write null for these numbers, which may mean something else. */
function refuseWhatJsonDrops(name: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw FoliocastError.of([
    { code: "type", path: name, message: `${value} is no number that a configuration can have` },
  ]);
}

/**
 * Every fault of a configuration, in the order of its text; none where it is valid.
 *
 * ```js
 * validate({ fundId: "fund-1", buckets: [] }); // [{ code: "range", path: "buckets", message: "…" }]
 * ```
 */
export function validate(configuration: ConfigurationInput): Fault[] {
  try {
    canonicalize(configuration);
    return [];
  } catch (error) {
    if (error instanceof FoliocastError && error.errors.length > 0) return [...error.errors];
    throw error;
  }
}

/** The complete canonical configuration, as canonical JSON (RFC 8785). Equal texts, equal runs. */
export function canonicalize(configuration: ConfigurationInput): string {
  return asking((engine) => engine.canonicalize(textOf(configuration)));
}

/** Key of a configuration's matrix, 64 hexadecimal digits: what its rows are made from. */
export function matrixKey(configuration: ConfigurationInput): string {
  return asking((engine) => engine.keys(textOf(configuration))).matrixKey;
}

/** Key of a configuration's run, 64 hexadecimal digits: its matrix, fund, allocations and recycling. */
export function runKey(configuration: ConfigurationInput): string {
  return asking((engine) => engine.keys(textOf(configuration))).runKey;
}

/** The default fund's configuration, for a fund of this id. */
export function defaultFund(fundId: string): Configuration {
  return JSON.parse(asking((engine) => engine.defaultFund(fundId)));
}

/**
 * Makes one block of a run by itself.
 *
 * @param block - Its index, from 0; a block has 1,024 rows, the last one perhaps fewer.
 * @returns Its rows (row-major, one column for each bucket in canonical order) and their digest, 64 hexadecimal digits.
 */
export function recomputeBlock(
  configuration: ConfigurationInput,
  block: number,
): { rows: Float32Array; digest: string } {
  return asking((engine) => {
    const blocks = new engine.MatrixBlocks(textOf(configuration));
    try {
      const rows = blocks.rows(block);
      return { rows, digest: digestOf(rows) };
    } finally {
      blocks.free();
    }
  });
}

/**
 * BLAKE3 of some bytes, or of the UTF-8 of a text, 64 hexadecimal digits.
 *
 * @internal
 */
export function digestOf(content: string | ArrayBufferView): string {
  const bytes =
    typeof content === "string"
      ? new TextEncoder().encode(content)
      : new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  return asking((engine) => engine.blake3(bytes));
}
