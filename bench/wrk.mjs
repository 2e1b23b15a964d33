// @ts-check
/** wrk as a function: many connections that ask as fast as they are answered. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

/** @typedef {{ perSecond: number, p50Ms: number, p99Ms: number }} Load */

const MS = { us: 1e-3, ms: 1, s: 1e3 };

/**
 * One thread of wrk asks `url` for `paths` in turn; every answer must be a good one.
 * @param {string} url @param {string[]} paths @param {{ connections: number, seconds: number }} how
 * @returns {Promise<Load>}
 */
export async function load(url, paths, { connections, seconds }) {
  const args = ["--threads", "1", "--connections", `${connections}`, "--duration", `${seconds}s`, "--latency"];
  // A script costs wrk time of its own: one path goes without.
  const asked =
    paths.length === 1
      ? [url + paths[0]]
      : ["--script", path.join(import.meta.dirname, "paths.lua"), url, "--", ...paths];
  const { stdout } = await promisify(execFile)("wrk", [...args, ...asked]);
  // What only takes long is in the figures.
  const failed = /Non-2xx|Socket errors: (?!connect 0, read 0, write 0)/.test(stdout);
  if (failed) throw new Error(`some of wrk's requests failed:\n${stdout}`);
  /** @param {string} share */
  const latencyMs = (share) => {
    const [, figure, unit] = new RegExp(`^\\s+${share}%\\s+([\\d.]+)(us|ms|s)$`, "m").exec(stdout) ?? [];
    return Number(figure) * MS[/** @type {keyof typeof MS} */ (unit)];
  };
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return { perSecond, p50Ms: latencyMs("50"), p99Ms: latencyMs("99") };
}
