// @ts-check
/** What is under test: one server after the other on the same data, or several processes on one PostgreSQL. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { OwnServices } from "../own_services.mjs";
import { Program } from "../program.mjs";

/** @typedef {import("./random.mjs").Random} Random */

const binary = path.resolve(import.meta.dirname, "../../target/release/foliocast");

/** Less than is made in the first minutes: what memory still takes once that much is in it, it does not take for results. */
const MEMORY_CACHE_BYTES = 32 << 20;

/** A process that is started again when it has ended. */
export class Part {
  name;
  #args;
  #environment;
  /** @type {Program | null} */
  program = null;
  /** Settles when it is ready. */
  up = Promise.resolve();
  peakBytes = 0;

  /** @param {string} name @param {string[]} args @param {Record<string, string>} environment */
  constructor(name, args, environment) {
    this.name = name;
    this.#args = args;
    this.#environment = environment;
  }

  async start() {
    this.program = await Program.start(binary, this.#args, {
      FOLIOCAST_LISTEN: "127.0.0.1:0",
      FOLIOCAST_MAX_REQUESTS_PER_MINUTE: "0",
      RUST_LOG: "error",
      ...this.#environment,
    });
  }

  /** @param {"SIGKILL" | "SIGTERM"} signal */
  async end(signal) {
    const ending = this.program;
    if (!ending?.isRunning) return;
    this.program = null;
    this.peakBytes = Math.max(this.peakBytes, ending.memory().peak);
    await ending.end(signal);
  }
}

/** What both kinds have in common. */
class Installation {
  /** Times that a process was ended. */
  numEnds = 0;
  /** All of them, and those that are ended now and then. @type {Part[]} */
  parts = [];
  /** @type {Part[]} */
  mortals = [];
  #numAsked = 0;
  #numMortalsEnded = 0;

  async start() {
    for (const part of this.parts) await part.start();
  }

  /** Where to ask next: the servers take turns. */
  async url() {
    for (;;) {
      const urls = this.parts.map((part) => part.program?.url ?? "").filter((url) => url !== "");
      if (urls.length > 0) return urls[this.#numAsked++ % urls.length];
      await Promise.all(this.parts.map((part) => part.up));
    }
  }

  /** Ends one process, mostly without letting it finish anything, and starts it again. @param {Random} random */
  async reap(random) {
    const part = this.mortals[this.#numMortalsEnded++ % this.mortals.length];
    this.numEnds += 1;
    const ended = part.end(random() < 0.7 ? "SIGKILL" : "SIGTERM");
    part.up = ended.then(() => part.start());
    await part.up;
  }

  /** Those whose memory can be watched from the beginning to the end. */
  get immortals() {
    return this.parts.filter((part) => !this.mortals.includes(part));
  }

  /** @param {"SIGKILL" | "SIGTERM"} signal */
  async end(signal) {
    await Promise.all(this.parts.map((part) => part.end(signal)));
  }
}

/** `foliocast serve` by itself, on SQLite. */
export class Single extends Installation {
  #directory = mkdtempSync(path.join(os.tmpdir(), "foliocast-soak-"));

  constructor() {
    super();
    this.parts = [new Part("server", ["serve"], { FOLIOCAST_DATA_DIR: this.#directory })];
    this.mortals = this.parts;
  }

  remove() {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Two servers and two workers on PostgreSQL and Redis; one of each lives from the beginning to the end. */
export class Fleet extends Installation {
  #services = new OwnServices();

  constructor() {
    super();
    const environment = {
      DATABASE_URL: this.#services.databaseUrl,
      REDIS_URL: this.#services.redisUrl,
      FOLIOCAST_MEMORY_CACHE_BYTES: String(MEMORY_CACHE_BYTES),
    };
    /** @param {string} name @param {string[]} args */
    const part = (name, ...args) => new Part(name, args, environment);
    this.mortals = [part("server ended at times", "serve", "--no-workers"), part("worker ended at times", "worker")];
    this.parts = [part("server", "serve", "--no-workers"), part("worker", "worker"), ...this.mortals];
  }

  remove() {
    this.#services.remove();
  }
}
