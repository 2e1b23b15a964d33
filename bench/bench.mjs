// @ts-check
/**
 * How fast the engine and the server are on this machine, beside NumPy, in one table. `./dev bench` builds what it
 * needs; bench/README.md says how to read it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

import { MatrixBlocks } from "../scripts/npm/bindings.mjs";

import { loadLines } from "./load.mjs";
import { packageLines } from "./package.mjs";
import { previewLines } from "./preview.mjs";
import { Program } from "./program.mjs";
import { runLines } from "./run.mjs";
import { warmingLines } from "./warming.mjs";

const root = path.resolve(import.meta.dirname, "..");
const python = process.env.PYTHON ?? "python3";
const binary = path.join(root, "target/release/foliocast");
/** Tables that `--keep` leaves in RESULTS.md. */
const KEPT_TABLES = 4;
const work = mkdtempSync(path.join(os.tmpdir(), "foliocast-bench-"));

/** @type {[what: string, figure: string, beside: string][]} */
const table = [];

/** @param {number} scenarios @param {number} deals @param {number} [buckets] */
const configuration = (scenarios, deals, buckets = 10) =>
  JSON.stringify({
    fundId: "bench",
    numScenarios: scenarios,
    buckets: Array.from({ length: buckets }, (_, bucket) => ({
      name: `bucket ${bucket}`,
      capitalAllocation: 100 / buckets,
      deals,
      moicCalibration: { median: 1.3, p90: 3.2 },
    })),
  });

/** @param {string} file @param {string[]} args */
const output = (file, ...args) => execFileSync(file, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });

/** @param {number[]} values @param {number} share */
const quantile = (values, share) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
};

/** The engine module on one thread of Node, million deal draws per second. @param {number} deals */
function moduleSpeed(deals) {
  const scenarios = 102_400;
  const matrix = new MatrixBlocks(configuration(scenarios, deals));
  let bestMs = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now();
    for (let block = 0; block < matrix.numBlocks; block += 1) matrix.digest(block);
    bestMs = Math.min(bestMs, performance.now() - begun);
  }
  matrix.free();
  return (scenarios * 10 * deals) / bestMs / 1e3;
}

function kernel() {
  const numpy = JSON.parse(output(python, "bench/numpy_peer.py"));
  /** @param {number} speed @param {number} deals */
  const ratio = (speed, deals) => `${(speed / numpy[deals]).toFixed(1)} × NumPy (${numpy[deals].toFixed(1)})`;
  const lines = output("target/release/examples/kernel_bench").trimEnd().split("\n").slice(1);
  for (const line of lines) {
    const [target, deals, marginal, speed, cycles] = line.trim().split(/\s{2,}/);
    const beside = marginal === "power law" ? ratio(Number(speed), Number(deals)) : "";
    table.push([
      `${target}, ${deals} ${Number(deals) === 1 ? "deal" : "deals"}, ${marginal}`,
      `${speed} M draws/s`,
      [`${cycles} cycles`, beside].filter(Boolean).join(" · "),
    ]);
  }
  for (const deals of [1, 30]) {
    const speed = moduleSpeed(deals);
    table.push([
      `WebAssembly in Node, ${deals} ${deals === 1 ? "deal" : "deals"}, power law`,
      `${speed.toFixed(1)} M draws/s`,
      ratio(speed, deals),
    ]);
  }
}

/** The whole program, from its start to its exit. @param {string} text the configuration @param {number} rounds */
function program(text, rounds) {
  const file = path.join(work, "cold.json");
  writeFileSync(file, text);
  const runs = Array.from({ length: rounds }, () =>
    JSON.parse(output(python, "bench/command.py", binary, "simulate", file)),
  );
  return {
    wallMs: quantile(
      runs.map((run) => run.wallMs),
      0.5,
    ),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
  };
}

function coldRuns() {
  const million = program(configuration(1_000_000, 1), 5);
  table.push([
    "simulate 1,000,000 × 10 × 1, cold",
    `${million.wallMs.toFixed(0)} ms`,
    "median of 5, start of the program included",
  ]);
  const beyondMatrix = million.peakBytes / 1e6 - 40;
  table.push(["its peak memory beyond the matrix", `${beyondMatrix.toFixed(0)} MB`, "the matrix is 40 MB"]);
  const short = program(configuration(10_000, 1, 5), 25);
  table.push(["simulate 10,000 × 5 × 1, cold", `${short.wallMs.toFixed(1)} ms`, "median of 25"]);
}

async function keptRun() {
  const server = await Program.start(binary, ["serve"], {
    FOLIOCAST_LISTEN: "127.0.0.1:0",
    FOLIOCAST_DATA_DIR: work,
    RUST_LOG: "warn",
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const { url } = server;
    const answer = await fetch(`${url}/api/monte-carlo/simulate?wait=60000`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: configuration(100_000, 1),
    });
    /** @type {any} */
    const run = await answer.json();
    /** @type {number[]} */
    const latenciesMs = [];
    for (let request = 0; request < 5_000; request += 1) {
      latenciesMs.push(await latencyMs(`${url}/api/runs/${run.runKey}`, agent));
    }
    const kept = latenciesMs.slice(500);
    const figure = `p50 ${quantile(kept, 0.5).toFixed(2)} ms, p99 ${quantile(kept, 0.99).toFixed(2)} ms`;
    table.push(["kept run over HTTP, from memory", figure, "one connection, this client's own time included"]);
  } finally {
    agent.destroy();
    await server.end("SIGTERM");
  }
}

/** @param {string} url @param {http.Agent} agent @returns {Promise<number>} */
const latencyMs = (url, agent) =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    http
      .get(url, { agent }, (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) resolve(performance.now() - begun);
          else reject(new Error(`${url} answered ${response.statusCode}`));
        });
      })
      .on("error", reject);
  });

/** Puts a table before those of earlier days, of which the last few stay. @param {string} title @param {string[]} lines */
function keep(title, lines) {
  const file = path.join(import.meta.dirname, "RESULTS.md");
  const [head = "", ...sections] = readFileSync(file, "utf8").split(/^(?=## )/m);
  const section = ["## " + title, "", "```text", ...lines, "```", ""].join("\n");
  const kept = [section, ...sections.map((older) => older.trimEnd() + "\n")].slice(0, KEPT_TABLES);
  writeFileSync(file, [head.trimEnd() + "\n", ...kept].join("\n"));
}

try {
  kernel();
  table.push(...runLines());
  table.push(...previewLines());
  table.push(...(await packageLines()));
  coldRuns();
  await keptRun();
  table.push(...(await loadLines(work)));
  table.push(...(await warmingLines(work)));
} finally {
  rmSync(work, { recursive: true, force: true });
}
const commit = output("git", "describe", "--always", "--dirty").trim();
const day = new Date().toISOString().slice(0, 10);
const title = `${day}, ${commit}: ${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, Node ${process.versions.node}`;
const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column].length)));
const lines = table.map(
  ([what, figure, beside]) => `${what.padEnd(widths[0])}  ${figure.padStart(widths[1])}  ${beside}`,
);
console.log(`\n${title}\n\n${lines.join("\n")}`);
if (process.argv.includes("--keep")) keep(title, lines);
