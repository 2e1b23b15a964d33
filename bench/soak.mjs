// @ts-check
/**
 * Endurance: several clients ask a real server for what comes to their minds, while it is killed and started again on
 * the same data. Every answer is compared with the corpus, every job that was taken on must end in its result.
 *
 * `./dev soak [SECONDS]`; SOAK_SEED repeats the order of what is asked.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = path.resolve(import.meta.dirname, "..");
const binary = path.join(root, "target/release/foliocast");
const seconds = Number(process.argv[2] ?? 600);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1e6);
const CLIENTS = 6;
/** Between two ends of the server, milliseconds: at least, and at most. */
const LIFE_MS = [5_000, 30_000];
/** Differences that are told; after that many the rest is only counted. */
const TOLD = 20;

/** @typedef {{ digest: string, summaryDigest: string, runKey: string, matrixKey: string, request: any }} Known */

/** @type {Known[]} */
const corpus = readFileSync(path.join(root, "core/tests/corpus/corpus.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

/** mulberry32: small, and good enough to choose what to ask. @param {number} state */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @type {Map<string, number>} */
const counts = new Map();
/** @param {string} what */
const count = (what) => counts.set(what, (counts.get(what) ?? 0) + 1);

let numDifferences = 0;
/** @param {string} what @param {unknown} seen @param {unknown} expected */
function expect(what, seen, expected) {
  if (seen === expected) return;
  numDifferences += 1;
  if (numDifferences <= TOLD) console.error(`DIFFERENT ${what}: saw ${seen}, expected ${expected}`);
}

/** One process after the other on the same data. */
class Server {
  directory = mkdtempSync(path.join(os.tmpdir(), "foliocast-soak-"));
  url = "";
  numEnds = 0;
  /** Settles while a process answers. */
  up = Promise.resolve();
  peakBytes = 0;
  /** @type {import("node:child_process").ChildProcess | null} */
  #process = null;

  async start() {
    const child = spawn(binary, ["serve"], {
      env: { ...process.env, FOLIOCAST_LISTEN: "127.0.0.1:0", FOLIOCAST_DATA_DIR: this.directory, RUST_LOG: "error" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    const told = await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => [""])]);
    const ready = /ready at (\S+)/.exec(String(told[0]));
    if (!ready) throw new Error("the server ended before it was ready");
    this.url = ready[1];
  }

  /** @param {"SIGKILL" | "SIGTERM"} signal */
  async end(signal) {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    this.peakBytes = Math.max(this.peakBytes, this.residentBytes());
    const ended = once(child, "exit");
    this.numEnds += 1;
    child.kill(signal);
    await ended;
  }

  /** Most memory that this process held so far. */
  residentBytes() {
    const status = readFileSync(`/proc/${this.#process?.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }
}

const server = new Server();
/** Jobs that were taken on, and not cancelled. @type {Map<string, Known>} */
const owed = new Map();
/** What was answered as kept, by its run key. @type {Map<string, Known>} */
const kept = new Map();
/** @type {number[]} */
const latenciesMs = [];

/** @param {string} address @param {RequestInit} [init] */
const ask = (address, init) => fetch(server.url + address, { ...init, signal: AbortSignal.timeout(120_000) });

/** @param {string} address @param {any} body */
const post = (address, body) =>
  ask(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** @param {Known} known @param {any} run */
function compare(known, run) {
  expect(`digest of ${run.runKey}`, run.digest, known.digest);
  expect(`summaryDigest of ${run.runKey}`, run.summaryDigest, known.summaryDigest);
  kept.set(run.runKey, known);
}

/** Follows a job to its end and compares its run. @param {string} id @param {Known} known */
async function settle(id, known) {
  await (await ask(`/api/jobs/${id}/events`)).text();
  const job = await (await ask(`/api/jobs/${id}`)).json();
  if (job.state === "waiting" || job.state === "active") return;
  expect(`state of job ${id}`, job.state, "complete");
  owed.delete(id);
  compare(known, await (await ask(`/api/runs/${job.runKey}`)).json());
}

/** @type {[weight: number, what: string, act: (random: () => number) => Promise<void>][]} */
const ACTS = [
  [
    5,
    "run",
    async (random) => {
      const known = pick(corpus, random);
      const answer = await post("/api/monte-carlo/simulate?wait=60000", ofFund(known, random));
      if (answer.status === 202) owed.set((await answer.json()).jobId, known);
      else if (answer.status === 200) compare(known, await answer.json());
      else if (answer.status !== 503) expect("status of a run", answer.status, 200);
    },
  ],
  [
    3,
    "job",
    async (random) => {
      const known = pick(corpus, random);
      const answer = await post("/api/monte-carlo/simulate?wait=0", ofFund(known, random));
      const body = await answer.json();
      if (answer.status === 200) return compare(known, body);
      if (answer.status === 503) return;
      expect("status of a job", answer.status, 202);
      owed.set(body.jobId, known);
      await settle(body.jobId, known);
    },
  ],
  [
    1,
    "cancelled job",
    async (random) => {
      const answer = await post("/api/monte-carlo/simulate?wait=0", ofFund(pick(corpus, random), random));
      if (answer.status !== 202) return;
      await ask(`/api/jobs/${(await answer.json()).jobId}`, { method: "DELETE" });
    },
  ],
  [
    6,
    "kept run",
    async (random) => {
      const found = pick([...kept], random);
      if (!found) return;
      const begun = performance.now();
      const answer = await ask(`/api/runs/${found[0]}`);
      const run = await answer.json();
      latenciesMs.push(performance.now() - begun);
      expect(`status of run ${found[0]}`, answer.status, 200);
      compare(found[1], run);
    },
  ],
  [
    2,
    "rows",
    async (random) => {
      const found = pick([...kept], random);
      if (!found) return;
      const format = pick(["fcm", "csv", "parquet"], random);
      const answer = await ask(`/api/matrices/${found[1].matrixKey}/data?format=${format}`);
      const bytes = await answer.arrayBuffer();
      if (answer.status === 503) return;
      expect(`status of ${format} rows`, answer.status, 200);
      if (format === "csv") {
        const lines = new TextDecoder().decode(bytes).split("\r\n").length - 2;
        expect(`rows of ${found[1].matrixKey}`, lines, found[1].request.numScenarios ?? 10_000);
      }
    },
  ],
  [
    1,
    "broken request",
    async (random) => {
      const text = JSON.stringify(pick(corpus, random).request);
      const answer = await ask("/api/monte-carlo/simulate", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: text.slice(0, 1 + Math.floor(random() * (text.length - 2))),
      });
      expect("status of broken JSON", answer.status, 400);
    },
  ],
];

/** @template T @param {T[]} items @param {() => number} random */
const pick = (items, random) => items[Math.floor(random() * items.length)];

/** The same numbers under one of many names: another run, often the same matrix. @param {Known} known @param {() => number} random */
const ofFund = (known, random) => ({ ...known.request, fundId: `fund-${Math.floor(random() * 50)}` });

const endsAt = Date.now() + seconds * 1000;
const isOver = () => Date.now() > endsAt;

/** @param {number} number */
async function client(number) {
  const random = generator(seed + number);
  const weights = ACTS.reduce((sum, [weight]) => sum + weight, 0);
  while (!isOver()) {
    let at = random() * weights;
    const [, what, act] = ACTS.find(([weight]) => (at -= weight) < 0) ?? ACTS[0];
    await server.up;
    const life = server.numEnds;
    try {
      await act(random);
      count(what);
    } catch (error) {
      // A request may be cut off by the end of a server, and by nothing else.
      await sleep(200);
      if (server.numEnds === life) expect(what, error, "an answer");
      count("cut off by an end");
    }
  }
}

async function reaper() {
  const random = generator(seed - 1);
  while (!isOver()) {
    await sleep(LIFE_MS[0] + random() * (LIFE_MS[1] - LIFE_MS[0]));
    const ended = server.end(random() < 0.7 ? "SIGKILL" : "SIGTERM");
    server.up = ended.then(() => server.start());
    await server.up;
  }
}

console.log(`soak for ${seconds} s, seed ${seed}`);
await server.start();
try {
  await Promise.all([reaper(), ...Array.from({ length: CLIENTS }, (_, number) => client(number))]);
  // Whatever was taken on ends in its result.
  while (owed.size > 0) for (const [id, known] of owed) await settle(id, known);
  for (const [runKey, known] of kept) compare(known, await (await ask(`/api/runs/${runKey}`)).json());
  const readiness = await (await ask("/readyz")).json();
  await server.end("SIGTERM");
  latenciesMs.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => latenciesMs[Math.floor(share * latenciesMs.length)]?.toFixed(1);
  for (const [what, times] of [...counts].sort()) console.log(`${what.padEnd(20)} ${times}`);
  console.log(`${"ends of the server".padEnd(20)} ${server.numEnds}`);
  console.log(`${"runs kept".padEnd(20)} ${kept.size}`);
  console.log(`kept run, with everything else going on: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  console.log(`most memory of one process: ${(server.peakBytes / 1e6).toFixed(0)} MB`);
  console.log(JSON.stringify(readiness));
  console.log(`${numDifferences} differences`);
} finally {
  await server.end("SIGKILL");
  rmSync(server.directory, { recursive: true, force: true });
}
process.exitCode = numDifferences === 0 ? 0 : 1;
