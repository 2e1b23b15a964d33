// Checks a run: makes it again, or some of its blocks, and compares.
import { canonicalJson } from "./canonical-json.js";
import { digestOf, recomputeBlock, textOf } from "./configuration.js";
import { createEngine } from "./engine.js";
import { asking, compiledModule } from "./module.js";
import { turn } from "./turns.js";
import type {
  Block,
  Configuration,
  Difference,
  FetchBlocks,
  RunResult,
  VerifiableRun,
  Verification,
  VerifyOptions,
} from "./types.js";

/** Blocks asked for at a time. */
const FETCHED_BLOCKS = 64;

/**
 * Makes a run again and compares what was claimed of it: its keys with those of its configuration, its digests and its
 * values block by block, its figures.
 *
 * Made again whole (`blocks: "all"`, the default) nothing is left to be believed. With some blocks only, each of these is
 * proven, the matrix's digest against `blockDigests` where the run has them, and the figures only against their own digest:
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
  await compiledModule();
  const text = textOf(run.configuration as Configuration);
  const keys = asking((engine) => engine.keys(text));
  const { numScenarios } = JSON.parse(asking((engine) => engine.canonicalize(text))) as { numScenarios: number };

  const differences: Difference[] = [];
  const compare = (what: string, claimed: unknown, computed: unknown) => {
    if (claimed !== computed) differences.push({ what, claimed: String(claimed), computed: String(computed) });
  };
  compare("rows", run.numScenarios, numScenarios);
  compare("matrix key", run.matrixKey, keys.matrixKey);
  compare("run key", run.runKey, keys.runKey);
  compare("summary digest over the figures", run.summaryDigest, digestOf(canonicalJson(run.summary)));
  const numBlocks = Math.ceil(numScenarios / 1024);
  if (run.blockDigests) {
    compare("block digests", run.blockDigests.length, numBlocks);
    compare("matrix digest over the block digests", run.digest, matrixDigest(run.blockDigests));
  }

  const planned = plannedBlocks(wanted, numBlocks);
  const made = wanted === "all" ? await makeWhole(text, options) : undefined;
  if (made) {
    compare("matrix digest", run.digest, made.digest);
    compare("summary digest", run.summaryDigest, made.summaryDigest);
    compareFigures(run.summary, made.summary, differences);
  }
  for (let from = 0; from < planned.length; from += FETCHED_BLOCKS) {
    signal?.throwIfAborted();
    const asked = planned.slice(from, from + FETCHED_BLOCKS);
    const claimed = await fetchBlocks?.(asked, { signal });
    for (const [index, block] of asked.entries()) {
      const digest = made?.blockDigests[block] ?? recomputeBlock(text, block).digest;
      if (run.blockDigests) compare(`block ${block}`, run.blockDigests[block], digest);
      if (claimed) compareBlock(text, block, claimed[index], digest, differences);
      if (!made) await turn();
    }
    options.onProgress?.({ blocksDone: Math.min(from + FETCHED_BLOCKS, planned.length), blocks: planned.length });
  }
  return { ok: differences.length === 0, differences, blocks: planned, summary: made ? "made" : "digest" };
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
  const digits = blockDigests.join("");
  if (!/^([0-9a-f]{64})*$/.test(digits)) return "none: these are not digests";
  return digestOf(Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
}

function compareBlock(
  text: string,
  block: number,
  claimed: Block | undefined,
  digest: string,
  differences: Difference[],
): void {
  const claimedDigest = claimed instanceof Float32Array ? digestOf(claimed) : (claimed ?? "nothing");
  if (claimedDigest === digest) return;
  const rows = claimed instanceof Float32Array ? recomputeBlock(text, block).rows : undefined;
  const at = rows?.findIndex((value, index) => !Object.is(value, (claimed as Float32Array)[index])) ?? -1;
  differences.push(
    rows && at >= 0
      ? {
          what: `block ${block}, value ${at}`,
          claimed: String((claimed as Float32Array)[at]),
          computed: String(rows[at]),
        }
      : { what: `block ${block}, as fetched`, claimed: claimedDigest, computed: digest },
  );
}

/** Names each figure that is another one. */
function compareFigures(claimed: unknown, computed: unknown, differences: Difference[], path = "summary"): void {
  if (Object.is(claimed, computed)) return;
  if (typeof claimed === "object" && typeof computed === "object" && claimed && computed) {
    const names = new Set([...Object.keys(claimed), ...Object.keys(computed)]);
    const isArray = Array.isArray(computed);
    for (const name of names) {
      const member = (of: object) => (of as Record<string, unknown>)[name];
      compareFigures(member(claimed), member(computed), differences, isArray ? `${path}[${name}]` : `${path}.${name}`);
    }
    return;
  }
  differences.push({ what: path, claimed: String(claimed), computed: String(computed) });
}
