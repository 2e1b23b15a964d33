// @ts-check
/** A database and a Redis of one's own, in the throw-away services that `./dev services` starts. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const file = path.resolve(import.meta.dirname, "../target/services/env");

export class OwnServices {
  /** How `foliocast` reaches them. */
  databaseUrl;
  redisUrl;
  #administration;
  #name = `foliocast_bench_${process.pid}`;

  constructor() {
    const text = readFileSync(file, "utf8");
    /** @param {string} name */
    const service = (name) => {
      const url = new RegExp(`^${name}=(.+)$`, "m").exec(text)?.[1];
      if (!url) throw new Error(`${file} does not say ${name}: './dev services' starts them`);
      return url;
    };
    this.#administration = service("FOLIOCAST_TEST_DATABASE_URL");
    this.databaseUrl = this.#administration.replace(/[^/]*$/, this.#name);
    // By process as the name is: there are 10,000, and number 0 is everybody's.
    this.redisUrl = service("FOLIOCAST_TEST_REDIS_URL").replace(/[^/]*$/, String(1 + (process.pid % 9_999)));
    this.#sql(`CREATE DATABASE ${this.#name}`);
  }

  /** @param {string} statement */
  #sql(statement) {
    execFileSync("psql", [this.#administration, "--no-psqlrc", "--quiet", "--command", statement]);
  }

  /** Removes them with whatever is in them. */
  remove() {
    execFileSync("redis-cli", ["-u", this.redisUrl, "flushdb"], { stdio: ["ignore", "ignore", "inherit"] });
    this.#sql(`DROP DATABASE IF EXISTS ${this.#name} WITH (FORCE)`);
  }
}
