// @ts-check
/** A whole run in the native engine: what a second thread brings, and how long the summary takes. */
import { execFileSync } from "node:child_process";
import path from "node:path";

const ROUNDS = 7;
const SCENARIOS = 1_000_000;
const BUCKETS = 10;

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** What one run takes, milliseconds. @param {string} program `run_bench` of some build @param {number} threads */
export function timedRun(program, threads) {
  const said = execFileSync(program, [SCENARIOS, BUCKETS, 1, threads].map(String), { encoding: "utf8" });
  const [, rows, summary] = /rows and digests ([\d.]+) ms, summary ([\d.]+) ms/.exec(said) ?? [];
  if (rows === undefined || summary === undefined) throw new Error(`${program} said ${said}`);
  return { rowsMs: Number(rows), summaryMs: Number(summary) };
}

/** Lines of the table. @returns {[what: string, figure: string, beside: string][]} */
export function runLines() {
  const program = path.resolve(import.meta.dirname, "../target/release/examples/run_bench");
  // In turn, so that all meet the same machine.
  const rounds = Array.from({ length: ROUNDS }, () => [1, 2].map((threads) => timedRun(program, threads)));
  /** @param {"rowsMs" | "summaryMs"} part @returns {[ratio: number, one: number, two: number]} */
  const figures = (part) => {
    const times = rounds.map(([one, two]) => [one?.[part] ?? NaN, two?.[part] ?? NaN]);
    return [
      median(times.map(([one, two]) => one / two)),
      median(times.map(([one]) => one)),
      median(times.map(([, two]) => two)),
    ];
  };
  const [rowsRatio, rowsOne, rowsTwo] = figures("rowsMs");
  const [summaryRatio, summaryOne, summaryTwo] = figures("summaryMs");
  return [
    [
      "rows and digests of 1,000,000 × 10 × 1, 2 threads beside 1",
      `${rowsRatio.toFixed(2)} ×`,
      `${rowsTwo.toFixed(0)} ms beside ${rowsOne.toFixed(0)} ms, medians of ${ROUNDS} in turn`,
    ],
    [
      "summary of 1,000,000 × 10, 2 threads",
      `${summaryTwo.toFixed(0)} ms`,
      `one thread ${summaryOne.toFixed(0)} ms, ${summaryRatio.toFixed(2)} ×, recycling on`,
    ],
  ];
}

if (process.argv[1] === import.meta.filename) for (const line of runLines()) console.log(line.join("  "));
