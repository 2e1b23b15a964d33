// @ts-check
/**
 * What those who wait for a run feel of results that are made before anybody asks for them: runs that arrive now and then,
 * with 500 configurations being warmed and without.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Program } from "./program.mjs";

const binary = path.resolve(import.meta.dirname, "../target/release/foliocast");

const NUM_WARMED = 500;
/** From one run that somebody waits for to the next. */
const ARRIVES_EVERY_MS = 100;
/** Runs that are waited for without warming, before it and after it. */
const NUM_ALONE = 100;

/** A fund as people have it: three buckets, 45 deals. @param {string} seed */
const configuration = (seed) => ({
  fundId: "bench",
  numScenarios: 100_000,
  seed,
  buckets: [10, 15, 20].map((deals, bucket) => ({
    name: `bucket ${bucket}`,
    capitalAllocation: [20, 30, 50][bucket],
    deals,
    moicCalibration: { median: 1.3, p90: 3.2 },
  })),
});

/** @param {string} url @param {unknown} body @returns {Promise<any>} */
async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const json = await answer.json();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(json)}`);
  return json;
}

/** @param {number[]} values @param {number} share */
const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];

/**
 * Asks for a new run now and then while `isOn`, whatever became of those before: what each was waited for, milliseconds.
 * @param {string} url @param {(asked: number) => Promise<boolean> | boolean} isOn
 */
async function interactive(url, isOn) {
  /** @type {Promise<number>[]} */
  const waited = [];
  while (await isOn(waited.length)) {
    const begun = performance.now();
    const asked = post(`${url}/api/monte-carlo/simulate?wait=60000`, configuration(`interactive ${begun}`));
    waited.push(asked.then(() => performance.now() - begun));
    await sleep(Math.max(0, ARRIVES_EVERY_MS - (performance.now() - begun)));
  }
  return Promise.all(waited);
}

/** Lines of the table. @param {string} work a directory @returns {Promise<[what: string, figure: string, beside: string][]>} */
export async function warmingLines(work) {
  const server = await Program.start(binary, ["serve"], {
    FOLIOCAST_LISTEN: "127.0.0.1:0",
    FOLIOCAST_DATA_DIR: path.join(work, "warming"),
    FOLIOCAST_MAX_REQUESTS_PER_MINUTE: "0",
    FOLIOCAST_MAX_DEAL_DRAWS_PER_MINUTE: "0",
    RUST_LOG: "warn",
  });
  try {
    const { url } = server;
    const alone = await interactive(url, (asked) => asked < NUM_ALONE);
    const configs = Array.from({ length: NUM_WARMED }, (_, number) => configuration(`warmed ${number}`));
    const { scheduled } = await post(`${url}/api/cache/warm`, { configs, priority: "low" });
    if (scheduled !== NUM_WARMED) throw new Error(`${scheduled} of ${NUM_WARMED} were scheduled`);
    const beside = await interactive(url, async (asked) => {
      // A look costs the server little, and not every time.
      if (asked % 10 !== 0) return true;
      /** @type {any} */
      const { jobs } = await (await fetch(`${url}/api/cache/stats`)).json();
      return jobs.waiting > 10;
    });
    const after = await interactive(url, (asked) => asked < NUM_ALONE);
    const [p95, withoutP95] = [quantile(beside, 0.95), quantile([...alone, ...after], 0.95)];
    return [
      [
        `runs of 100,000 × 3 waited for while ${NUM_WARMED} are warmed`,
        `p95 ${(p95 / withoutP95).toFixed(2)} × without`,
        `${p95.toFixed(1)} ms beside ${withoutP95.toFixed(1)} ms; p50 ${quantile(beside, 0.5).toFixed(1)} beside ` +
          `${quantile([...alone, ...after], 0.5).toFixed(1)} ms; ${beside.length} arrived meanwhile, one every ` +
          `${ARRIVES_EVERY_MS} ms`,
      ],
    ];
  } finally {
    await server.end("SIGTERM");
  }
}
