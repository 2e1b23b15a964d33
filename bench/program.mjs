// @ts-check
/** A program that runs beside this one, says on its first line that it is ready, and can be ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export class Program {
  /** Where it answers; empty where it answers nothing. */
  url = "";
  /** @type {import("node:child_process").ChildProcess} */
  #child;

  /** @param {import("node:child_process").ChildProcess} child */
  constructor(child) {
    this.#child = child;
  }

  /**
   * Starts it and waits until it is ready. What is not in `environment` it has from here, but for the services that it
   * would share with others.
   * @param {string} file @param {string[]} args @param {Record<string, string>} [environment]
   */
  static async start(file, args, environment = {}) {
    const child = spawn(file, args, {
      env: { ...process.env, DATABASE_URL: "", REDIS_URL: "", REDIS_HOST: "", QUEUE_REDIS_URL: "", ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const program = new Program(child);
    const told = await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => [""])]);
    if (String(told[0]) === "") throw new Error(`${file} ${args.join(" ")} ended before it was ready`);
    program.url = /ready at (\S+)/.exec(String(told[0]))?.[1] ?? "";
    return program;
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it; it is gone when this returns. @param {"SIGKILL" | "SIGTERM"} signal */
  async end(signal) {
    if (!this.isRunning) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  /** Bytes of memory it holds now, and the most it held so far. */
  memory() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const bytes = (/** @type {string} */ name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
    return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
  }
}
