// The job queue between programs in two languages: BullMQ's own package on one side, the program as it ships on the other.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { Job, Queue, QueueEvents } from "bullmq";
import { matrixKey as matrixKeyOf, runKey as runKeyOf } from "foliocast";

import { OwnServices } from "../../bench/own_services.mjs";
import { Program } from "../../bench/program.mjs";

const binary = path.resolve(import.meta.dirname, "../../target/release/foliocast");
const run = promisify(execFile);
/** Nothing takes so long, however busy the machine. */
const PATIENCE_MS = 60_000;

const services = new OwnServices();
const environment = { DATABASE_URL: services.databaseUrl, QUEUE_REDIS_URL: services.redisUrl };
const connection = { url: services.redisUrl };
const queue = new Queue("scenario-generation", { connection });
const events = new QueueEvents("scenario-generation", { connection });
/** @type {Program[]} */
const programs = [];
let url = "";

before(async () => {
  await events.waitUntilReady();
  const server = await Program.start(binary, ["serve", "--no-workers"], {
    ...environment,
    FOLIOCAST_LISTEN: "127.0.0.1:0",
  });
  programs.push(server, await Program.start(binary, ["worker"], environment));
  ({ url } = server);
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
  for (const program of programs) await program.end("SIGTERM");
  await events.close();
  await queue.close();
  services.remove();
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
  const [runKey, matrixKey] = [runKeyOf(configuration), matrixKeyOf(configuration)];
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
  await job.waitUntilFinished(events, PATIENCE_MS);
  const ended = await Job.fromId(queue, jobId);
  assert.equal(await ended?.getState(), "completed");
  /** @type {any} */
  const progress = ended?.progress;
  assert.deepEqual([progress.percent, progress.runKey, progress.result.outcome], [100, runKey, "MISS"]);
  const percents = () => reports.filter((report) => report.jobId === jobId).map((report) => report.data.percent);
  // The end may be read before the last event is.
  while (percents().at(-1) !== 100) {
    assert.ok(Date.now() < until, "the last report comes");
    await sleep(20);
  }
  const own = percents();
  assert.ok(
    own.length > 0 && own.at(-1) === 100 && own.every((percent, index) => percent >= (own[index - 1] ?? 0)),
    `${own}`,
  );
});

test("options that BullMQ writes and nobody here reads do no harm", async () => {
  const again = { attempts: 3, backoff: { type: "exponential", delay: 1_000 } };
  const job = await queue.add("scenario", { configuration }, again);
  await job.waitUntilFinished(events, PATIENCE_MS);
  /** @type {any} */
  const progress = (await Job.fromId(queue, job.id ?? ""))?.progress;
  assert.deepEqual([progress.percent, progress.result.outcome], [100, "HIT"]);
});

test("a job that cannot be made fails with everything that is wrong with it", async () => {
  const job = await queue.add("scenario", { configuration: { ...configuration, numScenarios: 0, buckets: [] } });
  await assert.rejects(job.waitUntilFinished(events, PATIENCE_MS), (error) => {
    assert.match(String(error), /configuration\.numScenarios: .*; configuration\.buckets: /);
    return true;
  });
});
