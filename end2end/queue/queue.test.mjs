// The job queue between programs in two languages: BullMQ's own package on one side, the program as it ships on the other.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { Job, Queue, QueueEvents } from "bullmq";
import { keys } from "foliocast";

const root = path.resolve(import.meta.dirname, "../..");
const binary = process.env.FOLIOCAST_BINARY ?? path.join(root, "target/release/foliocast");
const run = promisify(execFile);
/** Nothing takes so long, however busy the machine. */
const PATIENCE_MS = 60_000;

/** Where the services are: in the environment, else where `./dev services` wrote it down. @param {string} name */
function service(name) {
  const file = path.join(root, "target/services/env");
  const told = process.env[name] ?? new RegExp(`^${name}=(.*)$`, "m").exec(readFileSync(file, "utf8"))?.[1];
  assert.ok(told, `${name} is not set; start the services with ./dev services`);
  return told;
}

const psql = "psql";
const server = service("FOLIOCAST_TEST_DATABASE_URL");
const database = `queue_${process.pid}`;
// A database of Redis's that the other tests do not reach.
const redis = service("FOLIOCAST_TEST_REDIS_URL").replace(/\/\d+$/, "/9999");

/** @param {string} statement */
const sql = (statement) => execFileSync(psql, [server, "--quiet", "--command", statement]);

const environment = {
  PATH: process.env.PATH,
  DATABASE_URL: server.replace(/\/[^/]*$/, `/${database}`),
  QUEUE_REDIS_URL: redis,
};
const data = mkdtempSync(path.join(os.tmpdir(), "foliocast-queue-"));
/** @type {import("node:child_process").ChildProcess[]} */
const processes = [];
let url = "";

/** Starts the program and answers its first line. @param {string[]} words */
async function start(...words) {
  const child = spawn(binary, words, { env: environment, cwd: data, stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  const told = await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => [""])]);
  return String(told[0]);
}

/** @type {Queue} */
let queue;
/** @type {QueueEvents} */
let events;

before(async () => {
  sql(`CREATE DATABASE ${database}`);
  const connection = { url: redis };
  queue = new Queue("scenario-generation", { connection });
  await queue.obliterate({ force: true });
  events = new QueueEvents("scenario-generation", { connection });
  await events.waitUntilReady();
  url = /ready at (\S+)/.exec(await start("serve", "--listen", "127.0.0.1:0", "--no-workers"))?.[1] ?? "";
  assert.ok(url, "the server is ready");
  assert.match(await start("worker"), /^Foliocast computes/);
  // Before a server has a line to the queue, its jobs are not in it.
  const until = Date.now() + PATIENCE_MS;
  for (let ready = false; !ready; ready = await hasQueue()) {
    assert.ok(Date.now() < until, "the server has a line to the queue");
    await sleep(50);
  }
});

async function hasQueue() {
  const { tiers } = await (await fetch(`${url}/readyz`)).json();
  return tiers.some((/** @type {any} */ { tier, ready }) => tier === "queue" && ready);
}

after(async () => {
  for (const child of processes) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  }
  await events.close();
  await queue.obliterate({ force: true });
  await queue.close();
  sql(`DROP DATABASE ${database} WITH (FORCE)`);
  rmSync(data, { recursive: true, force: true });
});

const configuration = {
  fundId: "from Node",
  numScenarios: 200_000,
  buckets: [
    { name: "Seed", capitalAllocation: 40, deals: 100, moicCalibration: { median: 1.3, p90: 4 } },
    { name: "Growth", capitalAllocation: 60, deals: 50, moicCalibration: { median: 1.6, p90: 3 } },
  ],
};

test("a job that a Node program adds is made by the worker, and its progress and result are read there", async () => {
  const asked = await run(
    process.execPath,
    [path.join(import.meta.dirname, "ask.mjs"), JSON.stringify(configuration)],
    {
      env: environment,
    },
  );
  const reports = asked.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { runKey, matrixKey } = keys(JSON.stringify(configuration));
  for (const report of reports) {
    assert.ok(report.percent >= 0 && report.percent <= 100 && report.step, JSON.stringify(report));
    assert.deepEqual([report.runKey, report.matrixKey], [runKey, matrixKey]);
  }
  const last = reports.at(-1);
  assert.deepEqual([last.percent, last.step, last.result.outcome], [100, "done", "MISS"]);
  const job = await (await fetch(`${url}/api/jobs/${last.jobId}`)).json();
  assert.deepEqual([job.state, job.result], ["complete", last.result]);
  const made = await (await fetch(`${url}/api/runs/${runKey}`)).json();
  assert.equal(made.matrixKey, matrixKey);
});

test("a job that is taken on over HTTP is seen in BullMQ, with the same progress", async () => {
  /** @type {any[]} */
  const reports = [];
  events.on("progress", ({ jobId, data }) => reports.push({ jobId, data }));
  const answer = await fetch(`${url}/api/monte-carlo/simulate?wait=0`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...configuration, fundId: "over HTTP", seed: "2", numScenarios: 2_000_000 }),
  });
  assert.equal(answer.status, 202);
  const { jobId, runKey } = await answer.json();
  const until = Date.now() + PATIENCE_MS;
  let job;
  while (!(job = await Job.fromId(queue, jobId))) {
    assert.ok(Date.now() < until, "the job is in the queue");
    await sleep(20);
  }
  await job.waitUntilFinished(events);
  const ended = await Job.fromId(queue, jobId);
  assert.equal(await ended?.getState(), "completed");
  /** @type {any} */
  const progress = ended?.progress;
  assert.deepEqual([progress.percent, progress.runKey, progress.result.outcome], [100, runKey, "MISS"]);
  const own = reports.filter((report) => report.jobId === jobId).map((report) => report.data.percent);
  assert.ok(
    own.length > 0 && own.at(-1) === 100 && own.every((percent, index) => percent >= (own[index - 1] ?? 0)),
    `${own}`,
  );
});

test("options that BullMQ writes and nobody here reads do no harm", async () => {
  const again = { attempts: 3, backoff: { type: "exponential", delay: 1_000 } };
  const job = await queue.add("scenario", { configuration }, again);
  await job.waitUntilFinished(events);
  /** @type {any} */
  const progress = (await Job.fromId(queue, job.id ?? ""))?.progress;
  assert.deepEqual([progress.percent, progress.result.outcome], [100, "HIT"]);
});

test("a job that cannot be made fails with everything that is wrong with it", async () => {
  const job = await queue.add("scenario", { configuration: { ...configuration, numScenarios: 0, buckets: [] } });
  await assert.rejects(job.waitUntilFinished(events), (error) => {
    assert.match(String(error), /configuration\.numScenarios: .*; configuration\.buckets: /);
    return true;
  });
});
