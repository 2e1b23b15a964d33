// @ts-check
/**
 * Endurance: several clients ask a real installation for what comes to their minds, while its processes are killed and
 * started again on the same data. Every answer is compared with the corpus, every job that was taken on must end in its
 * result. With `--fleet` it is several processes on one PostgreSQL and Redis, results are dropped now and then, and the
 * memory of those that live from the beginning to the end must not rise.
 *
 * `./dev soak [SECONDS] [--fleet]`; SOAK_SEED repeats the order of what is asked.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, parseArgs } from "node:util";

import { Acts } from "./soak/acts.mjs";
import { Fleet, Single } from "./soak/installations.mjs";
import { Ledger } from "./soak/ledger.mjs";
import { MemorySeries } from "./soak/memory_series.mjs";
import { between, generator } from "./soak/random.mjs";

const { values: flags, positionals } = parseArgs({
  options: { fleet: { type: "boolean", default: false } },
  allowPositionals: true,
});
const seconds = Number(positionals[0] ?? 600);
if (!(seconds > 0)) throw new Error(`'${positionals[0]}' is no number of seconds: ./dev soak [SECONDS] [--fleet]`);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1e6);
const CLIENTS = 6;
/** Between two ends of a process, milliseconds: at least, and at most. */
const LIFE_MS = [5_000, 30_000];
/** How long what is owed at the end may take, and then what was kept: a worker's job waits for its lease when it is killed. */
const SETTLE_MS = 120_000;

const endsAt = Date.now() + seconds * 1000;
const isOver = () => Date.now() > endsAt;

const installation = flags.fleet ? new Fleet() : new Single();
const ledger = new Ledger();
const acts = new Acts(
  async (address, init) =>
    fetch((await installation.url()) + address, { ...init, signal: AbortSignal.timeout(120_000) }),
  ledger,
);

/** Does something that the end of a process may cut off, and nothing else. @param {string} what @param {() => Promise<void>} act */
async function attempt(what, act) {
  const numEnds = installation.numEnds;
  try {
    await act();
    ledger.count(what);
  } catch (error) {
    await sleep(200);
    // What `fetch` failed of is in the cause alone.
    if (installation.numEnds === numEnds) ledger.expect(what, inspect(error), "an answer");
    ledger.count("cut off by an end");
  }
}

/** @param {number} number */
async function client(number) {
  const random = generator(seed + number);
  while (!isOver()) {
    const [what, act] = acts.choose(random);
    await attempt(what, () => act(random));
  }
}

async function reaper() {
  const random = generator(seed - 1);
  while (!isOver()) {
    await sleep(between(random, LIFE_MS));
    await installation.reap(random);
  }
}

async function dropper() {
  const random = generator(seed - 2);
  while (!isOver()) {
    await sleep(acts.dropPauseMs(random));
    await attempt("drop", () => acts.drop(random));
  }
}

/** Whatever was taken on ends in its result. */
async function settleAll() {
  const patienceEndsAt = Date.now() + SETTLE_MS;
  while (ledger.owed.size > 0 && Date.now() < patienceEndsAt)
    for (const id of ledger.owed.keys()) await attempt("settling", () => acts.settle(id));
  for (const id of ledger.owed.keys()) ledger.expect(`job ${id}`, "no end", "its result");
}

/** @param {number[]} timesMs */
function quantiles(timesMs) {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * sorted.length)]?.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

console.log(`soak ${flags.fleet ? "of a fleet " : ""}for ${seconds} s, seed ${seed}`);
let isFlat = true;
try {
  await installation.start();
  const memory = new MemorySeries(installation.immortals);
  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  await Promise.all([reaper(), ...(flags.fleet ? [dropper()] : []), ...clients]).finally(() => memory.stop());
  await settleAll();
  const patienceEndsAt = Date.now() + SETTLE_MS;
  await acts.compareAllKept(() => Date.now() > patienceEndsAt);
  const readiness = await (await fetch(`${await installation.url()}/readyz`)).json();
  for (const { name, program } of installation.parts)
    ledger.expect(`${name} runs at the end`, program?.isRunning, true);
  await installation.end("SIGTERM");
  for (const [what, times] of [...ledger.counts].sort()) console.log(`${what.padEnd(44)} ${times}`);
  console.log(`${"ends of a process".padEnd(44)} ${installation.numEnds}`);
  console.log(`${"runs kept".padEnd(44)} ${ledger.kept.size}`);
  console.log(`kept run, with everything else going on: ${quantiles(ledger.latenciesMs)}`);
  if (flags.fleet) console.log(`drop, until every process has forgotten: ${quantiles(ledger.dropsMs)}`);
  for (const { name, peakBytes } of installation.parts)
    console.log(`most memory of the ${name}: ${(peakBytes / 1e6).toFixed(0)} MB`);
  isFlat = memory.report();
  console.log(JSON.stringify(readiness));
  console.log(`${ledger.numDifferences} differences`);
} finally {
  await installation.end("SIGKILL");
  installation.remove();
}
process.exitCode = ledger.numDifferences === 0 && isFlat ? 0 : 1;
