// @ts-check
/**
 * The native engine beside that of another commit, in turn: `./dev bench --compare REV` builds both and prints, for each
 * figure of the kernel and of a whole run, how much faster this one is.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";

import { timedRun } from "./run.mjs";

const KERNEL_ROUNDS = 3;
const RUN_ROUNDS = 9;

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Million deal draws per second by target, deals and marginal. @param {string} examples @returns {Map<string, number>} */
function kernel(examples) {
  const lines = execFileSync(path.join(examples, "kernel_bench"), { encoding: "utf8" }).trimEnd().split("\n").slice(1);
  return new Map(
    lines.map((line) => {
      const [target, deals, marginal, speed] = line.trim().split(/\s{2,}/);
      return [`${target}, deals: ${deals}, ${marginal}`, Number(speed)];
    }),
  );
}

/** Milliseconds by part and threads. @param {string} examples @returns {Map<string, number>} */
function run(examples) {
  const parts = [1, 2].flatMap((threads) => {
    const { rowsMs, summaryMs } = timedRun(path.join(examples, "run_bench"), threads);
    /** @type {[string, number][]} */
    const lines = [
      [`1,000,000 × 10 × 1, rows and digests, threads: ${threads}`, rowsMs],
      [`1,000,000 × 10 × 1, summary, threads: ${threads}`, summaryMs],
    ];
    return lines;
  });
  return new Map(parts);
}

/**
 * Rounds of both, each first in every other one, so that both meet the same machine.
 * @param {number} rounds @param {(examples: string) => Map<string, number>} measure @param {boolean} isTime
 */
function compared(rounds, measure, isTime) {
  /** @type {Map<string, {mine: number[], other: number[]}>} */
  const all = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 ? [other, mine] : [mine, other];
    for (const examples of order) {
      for (const [what, figure] of measure(examples)) {
        const figures = all.get(what) ?? { mine: [], other: [] };
        figures[examples === mine ? "mine" : "other"].push(figure);
        all.set(what, figures);
      }
    }
  }
  for (const [what, figures] of all) {
    const ratios = figures.mine.map((figure, round) => figure / (figures.other[round] ?? NaN));
    const faster = isTime ? ratios.map((ratio) => 1 / ratio) : ratios;
    const unit = isTime ? "ms" : "M draws/s";
    const beside = `${median(figures.mine).toFixed(1)} beside ${median(figures.other).toFixed(1)} ${unit}`;
    console.log(`${what.padEnd(48)}  ${median(faster).toFixed(3)} ×  ${beside}`);
  }
}

const [mine, other] = process.argv.slice(2).map((folder) => path.resolve(folder));
if (!mine || !other) throw new Error("usage: node bench/compare.mjs EXAMPLES OTHER_EXAMPLES");
compared(KERNEL_ROUNDS, kernel, false);
compared(RUN_ROUNDS, run, true);
