// Checks a run: makes it again, or some of its blocks, and compares.
import { abortable } from "./abortable.js";
import { canonicalJson } from "./canonical-json.js";
import { digestOf, recomputeBlock, textOf } from "./configuration.js";
import { createEngine } from "./engine.js";
import { FoliocastError } from "./errors.js";
import { asking, compiledModule } from "./module.js";
import { Slices } from "./turns.js";
import type {
  Configuration,
  Difference,
  FetchBlocks,
  RunResult,
  VerifiableRun,
  Verification,
  VerifyOptions,
  Warning,
} from "./types.js";

/** Blocks asked for at a time. */
const FETCHED_BLOCKS = 64;

/**
 * Makes a run again and compares what was claimed of it: its keys with those of its configuration, its digests and its
 * values block by block, its figures, and its bucket names and warnings where it has them.
 *
 * Made again whole (`blocks: "all"`, the default) nothing of these is left to be believed. With some blocks only, each of
 * them is proven, the matrix's digest is that of the block digests, and the figures are only those of their own digest:
 * {@link Verification.summary} says which.
 *
 * @param run - What is claimed: a run of the API, or of another engine.
 * @param fetchBlocks - Gives blocks as they are claimed, as digests or as rows; without it nothing but `run` is compared.
 * @throws A configuration that the engine refuses, what `fetchBlocks` throws, and the signal's reason.
 */
export async function verify(
  run: VerifiableRun,
  fetchBlocks?: FetchBlocks,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { blocks: wanted = "all", signal } = options;
  signal?.throwIfAborted();
  await abortable(compiledModule(), signal);
  const text = textOf(run.configuration as Configuration);
  const keys = asking((engine) => engine.keys(text));
  const canonical = JSON.parse(asking((engine) => engine.canonicalize(text))) as RunResult["configuration"];
  const numBlocks = Math.ceil((canonical.numScenarios ?? 0) / 1024);
  const planned = plannedBlocks(wanted, numBlocks);
  const { blockDigests } = run;
  if (wanted !== "all" && !blockDigests) {
    const message = "Some blocks prove nothing of the whole: give run.blockDigests, or have all blocks made.";
    throw new FoliocastError(message, { code: "NOTHING_TO_COMPARE" });
  }

  const differences: Difference[] = [];
  const compare = (what: string, claimed: unknown, computed: unknown) => {
    if (claimed !== computed) differences.push({ what, claimed: described(claimed), computed: described(computed) });
  };
  compare("rows", run.numScenarios, canonical.numScenarios);
  compare("matrix key", run.matrixKey, keys.matrixKey);
  compare("run key", run.runKey, keys.runKey);
  compare("summary digest over the figures", run.summaryDigest, figuresDigest(run.summary));
  const names = canonical.buckets.map(({ name }) => name);
  if (run.bucketNames) compareValues(run.bucketNames, names, differences, "bucketNames");
  if (blockDigests) {
    compare("block digests", blockDigests.length, numBlocks);
    compare("matrix digest over the block digests", run.digest, matrixDigest(blockDigests));
  }

  const made = wanted === "all" ? await makeWhole(text, options) : undefined;
  if (made) {
    compare("matrix digest", run.digest, made.digest);
    compare("summary digest", run.summaryDigest, made.summaryDigest);
    compareValues(run.summary, made.summary, differences, "summary");
    if (run.warnings) compareValues(ofTheRun(run.warnings), made.warnings, differences, "warnings");
  }
  const slices = new Slices();
  for (let from = 0; from < planned.length; from += FETCHED_BLOCKS) {
    const asked = planned.slice(from, from + FETCHED_BLOCKS);
    const claimed = fetchBlocks && (await abortable(Promise.resolve(fetchBlocks(asked, { signal })), signal));
    if (fetchBlocks && !(Array.isArray(claimed) && claimed.length === asked.length)) {
      const count = Array.isArray(claimed) ? `${claimed.length} blocks` : described(claimed);
      differences.push({
        what: `blocks ${asked[0]} to ${asked.at(-1)}, as fetched`,
        claimed: count,
        computed: `${asked.length} blocks`,
      });
    }
    for (const [index, block] of asked.entries()) {
      if (slices.isOver) await slices.next();
      signal?.throwIfAborted();
      const digest = made?.blockDigests[block] ?? recomputeBlock(text, block).digest;
      if (blockDigests) compare(`block ${block}`, blockDigests[block], digest);
      if (Array.isArray(claimed)) compareBlock(text, block, claimed[index], digest, differences);
    }
    options.onProgress?.({ blocksDone: Math.min(from + FETCHED_BLOCKS, planned.length), blocks: planned.length });
  }
  return { ok: differences.length === 0, differences, blocks: planned, summary: made ? "made" : "digest" };
}

/** Warnings that an engine has too: where a configuration came from only a server knows. */
function ofTheRun(warnings: readonly Warning[]): readonly Warning[] {
  return Array.isArray(warnings) ? warnings.filter((warning) => warning?.code !== "DEFAULT_FUND") : warnings;
}

/** Digest of a summary's canonical JSON. */
function figuresDigest(summary: unknown): string {
  try {
    return digestOf(canonicalJson(summary));
  } catch {
    return "none: these are no figures";
  }
}

/** What is claimed, for people, whatever it is. */
function described(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null || value === undefined ? "nothing" : `a value of type ${typeof value}`;
}

/** The run, made again by the caller's engine or by one of its own. */
async function makeWhole(text: string, { engine, signal, onProgress }: VerifyOptions): Promise<RunResult> {
  const own = engine ? undefined : createEngine();
  try {
    return await (engine ?? own)!.run(text, { signal, onProgress });
  } finally {
    own?.dispose();
  }
}

/** The blocks to be made again, rising. */
function plannedBlocks(wanted: NonNullable<VerifyOptions["blocks"]>, numBlocks: number): number[] {
  if (wanted === "all") return Array.from({ length: numBlocks }, (_, block) => block);
  if (typeof wanted !== "number") {
    const strange = wanted.find((block) => !(Number.isInteger(block) && block >= 0 && block < numBlocks));
    if (strange !== undefined) throw new RangeError(`block ${strange} of ${numBlocks}: whole numbers, counted from 0`);
    return [...new Set(wanted)].sort((a, b) => a - b);
  }
  if (!(Number.isInteger(wanted) && wanted >= 0)) throw new RangeError(`${wanted} blocks: give a whole number`);
  // Each set of so many is equally likely (Floyd's algorithm).
  const chosen = new Set<number>();
  for (let below = Math.max(0, numBlocks - wanted); below < numBlocks; below += 1) {
    const block = Math.floor(Math.random() * (below + 1));
    chosen.add(chosen.has(block) ? below : block);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Digest of a matrix: of its blocks' digests, one behind the other. */
function matrixDigest(blockDigests: readonly string[]): string {
  const bytes = new Uint8Array(32 * blockDigests.length);
  for (const [block, digest] of blockDigests.entries()) {
    if (typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) return `none: block ${block} has no digest`;
    for (let byte = 0; byte < 32; byte += 1) {
      bytes[32 * block + byte] = Number.parseInt(digest.slice(2 * byte, 2 * byte + 2), 16);
    }
  }
  return digestOf(bytes);
}

/** Whether a block is given as rows; those of another window or frame are such, too. */
function isRows(block: unknown): block is Float32Array {
  return ArrayBuffer.isView(block) && (block as Float32Array)[Symbol.toStringTag] === "Float32Array";
}

function compareBlock(text: string, block: number, claimed: unknown, digest: string, differences: Difference[]): void {
  const claimedDigest = isRows(claimed) ? digestOf(claimed) : described(claimed);
  if (claimedDigest === digest) return;
  const rows = isRows(claimed) ? recomputeBlock(text, block).rows : undefined;
  const at = rows?.findIndex((value, index) => !Object.is(value, (claimed as Float32Array)[index])) ?? -1;
  differences.push(
    rows && at >= 0
      ? {
          what: `block ${block}, value ${at}`,
          claimed: described((claimed as Float32Array)[at]),
          computed: described(rows[at]),
        }
      : { what: `block ${block}, as fetched`, claimed: claimedDigest, computed: digest },
  );
}

/** Names each value that is another one. JSON has one zero. */
function compareValues(claimed: unknown, computed: unknown, differences: Difference[], path: string): void {
  if (claimed === computed) return;
  if (typeof claimed === "object" && typeof computed === "object" && claimed && computed) {
    const names = new Set([...Object.keys(claimed), ...Object.keys(computed)]);
    const isArray = Array.isArray(computed);
    for (const name of names) {
      const member = (of: object) => (Object.hasOwn(of, name) ? (of as Record<string, unknown>)[name] : undefined);
      compareValues(member(claimed), member(computed), differences, isArray ? `${path}[${name}]` : `${path}.${name}`);
    }
    return;
  }
  differences.push({ what: path, claimed: described(claimed), computed: described(computed) });
}
