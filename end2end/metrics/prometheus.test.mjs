// The dashboard and the alerts that ship, against a real Prometheus that collects from a real server: every query must
// find what it asks for.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { OwnServices } from "../../bench/own_services.mjs";
import { Program } from "../../bench/program.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const binary = path.join(root, "target/release/foliocast");
const rules = path.join(root, "deploy/prometheus/rules.yml");
const dashboard = JSON.parse(readFileSync(path.join(root, "deploy/grafana/foliocast.json"), "utf8"));
/** Nothing takes so long, however busy the machine. */
const PATIENCE_MS = 120_000;
const KEY = "the-operator-of-these-tests-0123456789";

const dir = mkdtempSync(path.join(tmpdir(), "foliocast-prometheus-"));
const services = new OwnServices();
/** @type {Program | undefined} */
let server;
/** @type {import("node:child_process").ChildProcess | undefined} */
let prometheus;
let prometheusUrl = "";

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (listener.address());
      listener.close(() => resolve(port));
    });
  });
}

/** @param {string} address @param {RequestInit} [init] */
async function ask(address, init) {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const answer = await fetch(server?.url + address, { ...init, headers });
  assert.ok(answer.ok, `${address}: ${answer.status} ${await answer.clone().text()}`);
  return answer;
}

/** One of each: a run that is made, one that is kept, rows. */
async function use() {
  const configuration = { fundId: "metrics", numScenarios: 5_000, buckets: [bucket("Seed", 60), bucket("Late", 40)] };
  const body = JSON.stringify({ ...configuration, seed: `${Date.now()}` });
  const { matrixKey } = await (await ask("/api/monte-carlo/simulate", { method: "POST", body })).json();
  await ask("/api/monte-carlo/simulate", { method: "POST", body });
  await (await ask(`/api/matrices/${matrixKey}/data?format=csv`)).text();
}

/** @param {string} name @param {number} capitalAllocation */
function bucket(name, capitalAllocation) {
  return { name, capitalAllocation, moicCalibration: { median: 1, p90: 3 } };
}

/** @param {string} expression @returns {Promise<{ metric: Record<string, string>, value: [number, string] }[]>} */
async function query(expression) {
  const answer = await fetch(`${prometheusUrl}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query: expression }),
  });
  const { status, data, error } = await answer.json();
  assert.equal(status, "success", `${expression}: ${error}`);
  return data.result;
}

/** Waits until a query finds something that is a number. @param {string} expression */
async function found(expression) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const result = await query(expression);
    if (result.some(({ value }) => Number.isFinite(Number(value[1])))) return;
    assert.ok(Date.now() < until, `${expression} finds nothing`);
    await use();
    await sleep(500);
  }
}

before(async () => {
  server = await Program.start(binary, ["serve"], {
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    FOLIOCAST_LISTEN: "127.0.0.1:0",
    FOLIOCAST_BOOTSTRAP_KEY: KEY,
  });
  const keyFile = path.join(dir, "key");
  writeFileSync(keyFile, KEY);
  const configuration = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: "foliocast",
        authorization: { credentials_file: keyFile },
        static_configs: [{ targets: [new URL(server.url).host] }],
      },
    ],
  };
  // JSON is YAML.
  const configurationFile = path.join(dir, "prometheus.yml");
  writeFileSync(configurationFile, JSON.stringify(configuration));
  const port = await freePort();
  prometheusUrl = `http://127.0.0.1:${port}`;
  prometheus = spawn(
    "prometheus",
    [
      `--config.file=${configurationFile}`,
      `--storage.tsdb.path=${path.join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  prometheus.on("error", (error) => {
    throw new Error(`${error.message}: the package prometheus is missing; './dev setup' installs it`);
  });
  const until = Date.now() + PATIENCE_MS;
  while (
    !(await fetch(`${prometheusUrl}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    assert.ok(Date.now() < until && prometheus.exitCode === null, "Prometheus starts");
    await sleep(100);
  }
});

after(async () => {
  if (prometheus?.exitCode === null) {
    const ended = once(prometheus, "exit");
    prometheus.kill("SIGTERM");
    await ended;
  }
  await server?.end("SIGTERM");
  services.remove();
  rmSync(dir, { recursive: true });
});

test("the server is collected from, with its key", async () => {
  await found('up{job="foliocast"} == 1');
});

test("every query of the dashboard finds something", async () => {
  const expressions = dashboard.panels.flatMap((/** @type {any} */ panel) =>
    panel.targets.map((/** @type {any} */ target) => target.expr),
  );
  assert.ok(expressions.length > 15);
  for (const expression of expressions) await found(expression.replaceAll("$__rate_interval", "1m"));
});

/** The rules as Prometheus has evaluated them. @returns {Promise<any[]>} */
async function evaluated() {
  const { data } = await (await fetch(`${prometheusUrl}/api/v1/rules`)).json();
  return data.groups.flatMap((/** @type {any} */ group) => group.rules);
}

test("every rule is healthy, and every alert would see what it looks at", async () => {
  const rules = await evaluated();
  assert.ok(rules.length >= 15, `${rules.length} rules`);
  for (const rule of rules) {
    // An alert compares what it looks at: without the comparison there must be something.
    const looked = rule.type === "alerting" ? rule.query.replace(/ (==|>|<) [0-9.]+$/, "") : rule.query;
    assert.ok(rule.type !== "alerting" || looked !== rule.query, `${rule.name} compares at its end`);
    await found(looked);
  }
  for (const rule of await evaluated()) {
    assert.equal(rule.health, "ok", `${rule.name}: ${rule.lastError}`);
    // Nothing is wrong, and nothing is on the way to be.
    if (rule.type === "alerting") assert.equal(rule.state, "inactive", rule.name);
  }
});
