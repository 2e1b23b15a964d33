// @ts-check
/**
 * What the server answers under load: kept runs from each tier that may have them. A figure counts for its tier only
 * where the answers themselves say that they are from it.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { OwnServices } from "./own_services.mjs";
import { Program } from "./program.mjs";
import { load } from "./wrk.mjs";

const release = path.resolve(import.meta.dirname, "../target/release");
const binary = path.join(release, "foliocast");

/** For rates: enough that two cores always have something to do. */
const BUSY = { connections: 16, seconds: 4 };
/** Times that each side of a ratio is measured, in turn: what else the machine does hits both alike. */
const ROUNDS = 5;
/**
 * For latencies: as many at a time as there are cores, so that they are of the tier. With more, the programs that take part
 * (wrk, the server, Redis or a database) wait for each other's time slices, and that is what a p99 shows.
 */
const SOME = { connections: 2, seconds: 4 };
const NUM_RUNS = 8;
/**
 * How often it is looked which tier answers. Looking takes one of two cores a few milliseconds: four times a second that
 * would be more than the hundredth of the requests that a p99 leaves out.
 */
const SAMPLE_MS = 1_000;

/** @param {number} run */
const configuration = (run) =>
  JSON.stringify({
    fundId: `load-${run}`,
    numScenarios: 10_000,
    seed: `load ${run}`,
    buckets: Array.from({ length: 5 }, (_, bucket) => ({
      name: `bucket ${bucket}`,
      capitalAllocation: 20,
      deals: 10,
      moicCalibration: { median: 1.3, p90: 3.2 },
    })),
  });

/** @param {Record<string, string>} environment */
const serve = (environment) =>
  Program.start(binary, ["serve"], {
    FOLIOCAST_LISTEN: "127.0.0.1:0",
    FOLIOCAST_MAX_REQUESTS_PER_MINUTE: "0",
    RUST_LOG: "warn",
    ...environment,
  });

/** Makes the runs. Where they are kept. @param {string} url @param {number} count */
async function make(url, count) {
  const paths = [];
  for (let run = 0; run < count; run += 1) {
    const answer = await fetch(`${url}/api/monte-carlo/simulate?wait=60000`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: configuration(run),
    });
    /** @type {any} */
    const made = await answer.json();
    if (answer.status !== 200) throw new Error(`a run was answered ${answer.status}: ${JSON.stringify(made)}`);
    paths.push(`/api/runs/${made.runKey}`);
  }
  return paths;
}

/** Asks now and then, while `loading`, which tier answers. @param {string} url @param {string[]} paths @param {Promise<any>} loading */
async function tiers(url, paths, loading) {
  /** @type {string[]} */
  const seen = [];
  let isOver = false;
  void loading.catch(() => {}).then(() => (isOver = true));
  for (let sample = 0; !isOver; sample += 1) {
    const answer = await (await fetch(url + paths[sample % paths.length])).text();
    // Last in it, and the rest need not be read.
    seen.push(/"tier":"(\w+)"[^{}]*}}$/.exec(answer)?.[1] ?? "none");
    await sleep(SAMPLE_MS);
  }
  return seen;
}

/**
 * Under load, with the tier that answered it.
 * @param {string} url @param {string[]} paths @param {typeof BUSY} how @param {string} tier
 */
async function loadTier(url, paths, how, tier) {
  const loading = load(url, paths, how);
  const [loaded, seen] = await Promise.all([loading, tiers(url, paths, loading)]);
  const others = seen.filter((each) => each !== tier);
  if (others.length > 0)
    throw new Error(`${others.length} of ${seen.length} answers are not from ${tier}: ${others[0]}`);
  return { ...loaded, numSeen: seen.length };
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** @param {number} value */
const whole = (value) => Math.round(value).toLocaleString("en");

/**
 * Runs in memory, beside a bare route that returns what one of them was answered with.
 * @param {string} work @param {[name: string, environment: Record<string, string>][]} servers
 * @returns {Promise<[what: string, figure: string, beside: string][]>}
 */
async function memoryLines(work, servers) {
  /** @type {Program[]} */
  const started = [];
  try {
    const sides = [];
    for (const [name, environment] of servers) {
      const server = await serve(environment);
      started.push(server);
      const paths = await make(server.url, 1);
      sides.push({
        name,
        url: server.url,
        paths,
        ratios: /** @type {number[]} */ ([]),
        rates: /** @type {number[]} */ ([]),
      });
    }
    const file = path.join(work, "answer.json");
    const answer = await fetch(sides[0].url + sides[0].paths[0]);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    writeFileSync(file, bytes);
    const bare = await Program.start(path.join(release, "examples/bare_route"), [file]);
    started.push(bare);
    /** @type {number[]} */
    const bareRates = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { perSecond } = await load(bare.url, ["/"], BUSY);
      bareRates.push(perSecond);
      for (const side of sides) {
        const loaded = await loadTier(side.url, side.paths, BUSY, "memory");
        side.rates.push(loaded.perSecond);
        side.ratios.push(loaded.perSecond / perSecond);
      }
    }
    return sides.map(({ name, ratios, rates }) => [
      `kept run of 10,000 × 5, ${name}: from memory`,
      `${(100 * median(ratios)).toFixed(0)} % of a bare route`,
      `${whole(median(rates))}/s beside ${whole(median(bareRates))}/s, ${(bytes.length / 1e3).toFixed(0)} kB each; ` +
        `${(100 * Math.min(...ratios)).toFixed(0)}–${(100 * Math.max(...ratios)).toFixed(0)} % in ${ROUNDS} rounds`,
    ]);
  } finally {
    await Promise.all(started.map((program) => program.end("SIGTERM")));
  }
}

/**
 * Runs that no process has in memory: what is beneath answers each time.
 * @param {string} name @param {"redis" | "durable"} tier @param {Record<string, string>} environment
 * @returns {Promise<[what: string, figure: string, beside: string]>}
 */
async function latencyLine(name, tier, environment) {
  const server = await serve({ ...environment, FOLIOCAST_MEMORY_CACHE_BYTES: "0" });
  try {
    const paths = await make(server.url, NUM_RUNS);
    // The first of each brings it to the tier.
    await load(server.url, paths, { ...SOME, seconds: 1 });
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await loadTier(server.url, paths, SOME, tier));
    // Other programs only ever make a round slower.
    const [quietest] = rounds.toSorted((a, b) => a.p99Ms - b.p99Ms);
    const numSeen = rounds.reduce((sum, round) => sum + round.numSeen, 0);
    return [
      `kept runs of 10,000 × 5, from ${name}`,
      `p50 ${quietest.p50Ms.toFixed(2)} ms, p99 ${quietest.p99Ms.toFixed(2)} ms`,
      `${SOME.connections} connections, ${whole(quietest.perSecond)}/s in the quietest of ${ROUNDS} rounds ` +
        `(median p99 ${median(rounds.map((round) => round.p99Ms)).toFixed(2)} ms); ` +
        `all ${numSeen} answers looked at are from there`,
    ];
  } finally {
    await server.end("SIGTERM");
  }
}

/** Lines of the table. @param {string} work a directory @returns {Promise<[what: string, figure: string, beside: string][]>} */
export async function loadLines(work) {
  const services = new OwnServices();
  const postgres = { DATABASE_URL: services.databaseUrl };
  const both = { ...postgres, REDIS_URL: services.redisUrl };
  const sqlite = { FOLIOCAST_DATA_DIR: path.join(work, "load") };
  try {
    return [
      ...(await memoryLines(work, [
        ["SQLite", sqlite],
        ["PostgreSQL and Redis", both],
      ])),
      await latencyLine("Redis", "redis", both),
      await latencyLine("PostgreSQL", "durable", postgres),
      await latencyLine("SQLite", "durable", sqlite),
    ];
  } finally {
    services.remove();
  }
}
