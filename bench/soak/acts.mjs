// @ts-check
/** What clients do, and how often beside each other. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { between, pick } from "./random.mjs";

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {import("./ledger.mjs").Known} Known */
/** @typedef {(address: string, init?: RequestInit) => Promise<Response>} Ask */
/** @typedef {(random: Random) => Promise<void>} Act */

/** Few enough that everything was asked for before memory is compared: a process remembers what there is, and no more. */
const NUM_FUNDS = 12;
/** Between two drops of results, milliseconds: at least, and at most. */
const DROP_MS = [5_000, 30_000];

/** @type {Known[]} */
const corpus = readFileSync(path.resolve(import.meta.dirname, "../../core/tests/corpus/corpus.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

export class Acts {
  #ask;
  #ledger;
  /** @type {[weight: number, what: string, act: Act][]} */
  #mix = [
    [5, "run", (random) => this.#run(random)],
    [3, "job", (random) => this.#job(random)],
    [1, "cancelled job", (random) => this.#cancelledJob(random)],
    [6, "kept run", (random) => this.#keptRun(random)],
    [2, "rows", (random) => this.#rows(random)],
    [1, "broken request", (random) => this.#brokenRequest(random)],
  ];

  /** @param {Ask} ask @param {import("./ledger.mjs").Ledger} ledger */
  constructor(ask, ledger) {
    this.#ask = ask;
    this.#ledger = ledger;
  }

  /** @param {Random} random @returns {[what: string, act: Act]} */
  choose(random) {
    let at = random() * this.#mix.reduce((sum, [weight]) => sum + weight, 0);
    const [, what, act] = this.#mix.find(([weight]) => (at -= weight) < 0) ?? this.#mix[0];
    return [what, act];
  }

  /** @param {string} address @param {any} body */
  #post(address, body) {
    const headers = { "content-type": "application/json" };
    return this.#ask(address, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** The same numbers under one of many names: another run, often the same matrix. @param {Random} random */
  #order(random) {
    const known = pick(corpus, random);
    const fundId = `fund-${Math.floor(random() * NUM_FUNDS)}`;
    return { known, fundId, request: { ...known.request, fundId } };
  }

  /** @type {Act} */
  async #run(random) {
    const { request, ...run } = this.#order(random);
    const askedAt = Date.now();
    const answer = await this.#post("/api/monte-carlo/simulate?wait=60000", request);
    const body = await answer.json();
    if (answer.status === 202) this.#ledger.owed.set(body.jobId, { ...run, asOf: askedAt });
    else if (answer.status === 200) this.#ledger.compare(body, run, askedAt);
    else if (answer.status !== 503) this.#ledger.expect("status of a run", answer.status, 200);
  }

  /** @type {Act} */
  async #job(random) {
    const { request, ...run } = this.#order(random);
    const askedAt = Date.now();
    const answer = await this.#post("/api/monte-carlo/simulate?wait=0", request);
    const body = await answer.json();
    if (answer.status === 200) return this.#ledger.compare(body, run, askedAt);
    if (answer.status === 503) return;
    this.#ledger.expect("status of a job", answer.status, 202);
    this.#ledger.owed.set(body.jobId, { ...run, asOf: askedAt });
    await this.settle(body.jobId);
  }

  /** Follows a job to its end and compares its run. @param {string} id */
  async settle(id) {
    const run = this.#ledger.owed.get(id);
    if (!run) return;
    await (await this.#ask(`/api/jobs/${id}/events`)).text();
    const answer = await this.#ask(`/api/jobs/${id}`);
    const job = await answer.json();
    if (answer.status === 503 || job.state === "waiting" || job.state === "active") return;
    this.#ledger.expect(`state of job ${id}`, job.state, "complete");
    this.#ledger.owed.delete(id);
    if (job.state === "complete") await this.#compareKept(job.runKey, run);
  }

  /** @type {Act} */
  async #cancelledJob(random) {
    const answer = await this.#post("/api/monte-carlo/simulate?wait=0", this.#order(random).request);
    const body = await answer.json();
    if (answer.status === 202) await (await this.#ask(`/api/jobs/${body.jobId}`, { method: "DELETE" })).arrayBuffer();
  }

  /** @type {Act} */
  async #keptRun(random) {
    const found = pick([...this.#ledger.kept], random);
    if (found) await this.#compareKept(...found);
  }

  /** Compares a run that was answered before; false where it could not be asked for now. @param {string} runKey @param {import("./ledger.mjs").Kept} kept */
  async #compareKept(runKey, kept) {
    const [askedAt, begun] = [Date.now(), performance.now()];
    const answer = await this.#ask(`/api/runs/${runKey}`);
    const run = await answer.json();
    if (answer.status === 200) {
      this.#ledger.latenciesMs.push(performance.now() - begun);
      this.#ledger.compare(run, kept, askedAt);
      return true;
    }
    if (answer.status === 503) {
      this.#ledger.count("  kept runs not for the moment");
      if (!this.#ledger.kept.has(runKey)) this.#ledger.kept.set(runKey, kept);
      return false;
    }
    if (answer.status === 404 && this.#ledger.mayBeGone(kept)) {
      this.#ledger.count("  gone, as it was dropped");
      this.#ledger.kept.delete(runKey);
      return true;
    }
    this.#ledger.expect(`status of run ${runKey}`, `${answer.status} ${JSON.stringify(run)}`, "200");
    return true;
  }

  /**
   * All runs that were answered are there, or were dropped since. What cannot be asked for now is asked for again.
   * @param {() => boolean} isOver
   */
  async compareAllKept(isOver) {
    const left = new Map(this.#ledger.kept);
    do {
      for (const [runKey, kept] of left) if (await this.#compareKept(runKey, kept)) left.delete(runKey);
    } while (left.size > 0 && !isOver());
    for (const runKey of left.keys()) this.#ledger.expect(`run ${runKey}`, "no answer", "an answer");
  }

  /** @type {Act} */
  async #rows(random) {
    const found = pick([...this.#ledger.kept], random);
    if (!found) return;
    const [, kept] = found;
    const { matrixKey, request } = kept.known;
    const format = pick(["fcm", "csv", "parquet"], random);
    const answer = await this.#ask(`/api/matrices/${matrixKey}/data?format=${format}`);
    if (answer.status === 503 || (answer.status === 404 && this.#ledger.mayLackRows(kept))) {
      await answer.arrayBuffer();
      return;
    }
    this.#ledger.expect(`status of ${format} rows`, answer.status, 200);
    const bytes = await answer.arrayBuffer().catch((error) => {
      // Rows that are dropped while they are sent break off.
      if (!this.#ledger.mayLackRows(kept)) throw error;
      this.#ledger.count("  rows that broke off, as they were dropped");
    });
    if (format === "csv" && bytes) {
      const lines = new TextDecoder().decode(bytes).split("\r\n").length - 2;
      this.#ledger.expect(`rows of ${matrixKey}`, lines, request.numScenarios ?? 10_000);
    }
  }

  /** @type {Act} */
  async #brokenRequest(random) {
    const text = JSON.stringify(pick(corpus, random).request);
    const answer = await this.#ask("/api/monte-carlo/simulate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text.slice(0, 1 + Math.floor(random() * (text.length - 2))),
    });
    await answer.arrayBuffer();
    this.#ledger.expect("status of broken JSON", answer.status, 400);
  }

  /** How long until something is dropped again. @param {Random} random */
  dropPauseMs(random) {
    return between(random, DROP_MS);
  }

  /** Drops a fund's results mostly, at times a matrix's, and everything now and then. @type {Act} */
  async drop(random) {
    const scope = pick(
      [
        ...Array(12).fill({ scope: "fund", fundId: `fund-${Math.floor(random() * NUM_FUNDS)}` }),
        ...Array(6).fill({ scope: "matrix", matrixKey: pick(corpus, random).matrixKey }),
        { scope: "kind", kind: "run" },
        { scope: "all" },
      ],
      random,
    );
    const drop = this.#ledger.beginDrop(scope);
    // One that is cut off may have dropped something or not, and be known everywhere or not: its end stays open.
    const answer = await this.#post("/api/cache/invalidate", scope);
    const body = await answer.json();
    if (answer.status === 503) return this.#ledger.count("  drops that must be asked for again");
    this.#ledger.expect("status of a drop", answer.status, 200);
    if (body.unacknowledged?.length > 0) this.#ledger.count("  drops that not all acknowledged");
    drop.endedAt = Date.now();
    this.#ledger.dropsMs.push(body.duration);
  }
}
