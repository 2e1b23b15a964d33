// @ts-check
/** How long the engine module takes to follow an edit: what the page's worker does between an input event and a chart. */
import { Preview, defaultFund } from "../scripts/npm/bindings.mjs";

const ROUNDS = 60;

/** @typedef {{name: string, capitalAllocation: number, [member: string]: unknown}} Bucket */
/** @typedef {{numScenarios: number, buckets: Bucket[], correlationWeights?: object, [member: string]: unknown}} Fund */

/** @returns {Fund} */
const fiveBuckets = () => ({
  fundId: "bench",
  numScenarios: 10_000,
  buckets: Array.from({ length: 5 }, (_, bucket) => ({
    name: `bucket ${bucket}`,
    capitalAllocation: 20,
    deals: 1,
    moicCalibration: { median: 1.3, p90: 3.2 },
  })),
});

/** Edits that no round repeats. @type {[what: string, edit: (fund: Fund, round: number) => void][]} */
const EDITS = [
  ["a bucket's losses", (fund, round) => (fund.buckets[0].lossProbability = 0.1 + round / 1000)],
  [
    "the correlation weights",
    (fund, round) =>
      (fund.correlationWeights = { macro: 0.2 + round / 1000, systematic: 0.2, idiosyncratic: 0.6 - round / 1000 }),
  ],
  [
    "allocations",
    (fund, round) => {
      fund.buckets[0].capitalAllocation += round % 2 ? 5 : -5;
      fund.buckets[1].capitalAllocation -= round % 2 ? 5 : -5;
    },
  ],
];

/** Median and 95th percentile of the milliseconds of one edit. @param {Fund} fund @param {(typeof EDITS)[0][1]} edit */
function timeEdit(fund, edit) {
  const preview = new Preview();
  /** @type {number[]} */
  const timesMs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    edit(fund, round);
    const text = JSON.stringify(fund);
    const begun = performance.now();
    preview.update(text);
    while (!preview.step(64));
    preview.summary();
    timesMs.push(performance.now() - begun);
  }
  preview.free();
  // The first rounds make everything, with code that is not compiled yet.
  const sorted = timesMs.slice(10).sort((a, b) => a - b);
  return [0.5, 0.95].map((share) => sorted[Math.floor(share * sorted.length)]);
}

/** Lines of the table. @returns {[what: string, figure: string, beside: string][]} */
export function previewLines() {
  /** @type {[string, () => Fund][]} */
  const funds = [
    ["default fund", () => JSON.parse(defaultFund("bench"))],
    ["10,000 × 5 × 1", fiveBuckets],
  ];
  return funds.flatMap(([name, fund]) =>
    EDITS.map(([what, edit]) => {
      const [p50, p95] = timeEdit(fund(), edit);
      /** @type {[string, string, string]} */
      const line = [
        `preview of the ${name}: ${what}`,
        `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`,
        "WebAssembly in Node",
      ];
      return line;
    }),
  );
}
