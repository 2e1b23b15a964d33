// The packed package as other people get it: installed into folders that nothing of this repository reaches.
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify, stripVTControlCharacters } from "node:util";

import { chromium } from "@playwright/test";

export const root = path.resolve(import.meta.dirname, "../../..");

/** All that the engine needs of a page's policy; `inline` has its worker in a blob. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
export const INLINE_POLICY = POLICY.replace("worker-src 'self'", "worker-src blob:");

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The tarball under test: that of `./dev package`, unless another is named. */
export function tarball() {
  const { version } = JSON.parse(readFileSync(path.join(root, "core/npm/package.json"), "utf8"));
  const file = process.env.PACKAGE_TARBALL ?? path.join(root, `target/package/foliocast-${version}.tgz`);
  if (!existsSync(file)) throw new Error(`${file} is not there: run ./dev package`);
  return file;
}

/** A program that failed says all that it printed. @param {string} cwd @param {string} file @param {string[]} args */
async function run(cwd, file, ...args) {
  try {
    return (await promisify(execFile)(file, args, { cwd, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stdout, stderr } = /** @type {{stdout: string, stderr: string}} */ (error);
    throw new Error(`${file} ${args.join(" ")} failed\n${stdout}\n${stderr}`);
  }
}

/** A folder outside the repository with the package in it, removed with all that was made there. */
export class Project {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /**
   * A copy of `source`, or an empty one, with what its lock file names and the package on top.
   * @param {string} [source]
   */
  static async create(source) {
    const project = new Project(await realpath(await mkdtemp(path.join(tmpdir(), "foliocast-project-"))));
    if (source) {
      // Of a working copy: what somebody has installed or built there is not the project's.
      const filter = (/** @type {string} */ file) => !["node_modules", "dist"].includes(path.basename(file));
      await cp(source, project.folder, { recursive: true, filter });
    }
    return project;
  }

  /** @param {string} [under] the folder inside the project that has the lock file */
  async install(under = "") {
    const folder = this.file(under);
    const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    if (existsSync(path.join(folder, "package-lock.json"))) await run(folder, "npm", "ci", ...quietly);
    await run(folder, "npm", "install", "--no-save", ...quietly, tarball());
  }

  /** @param {string[]} parts */
  file(...parts) {
    return path.join(this.folder, ...parts);
  }

  /** What `file` prints in `under`. @param {string} under @param {string} file @param {string[]} args */
  run(under, file, ...args) {
    return run(this.file(under), file, ...args);
  }

  async remove() {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Serves a folder as any plain file server does.
 * @param {string} folder @param {Record<string, string>} [headers] of every answer
 */
export async function serveFolder(folder, headers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    // Browsers ask for it by themselves, and its absence would be an error of the page's.
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    const file = path.join(folder, decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    try {
      const content = await readFile(file);
      const type = TYPES[/** @type {keyof typeof TYPES} */ (path.extname(file))] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "cache-control": "no-store", ...headers }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Starts a development server of the project's and waits for the address that it prints.
 * @param {string} folder @param {string[]} args of Node
 */
export async function startServer(folder, ...args) {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      const address = /http:\/\/\S+/.exec(stripVTControlCharacters(line));
      if (address) resolve(address[0]);
    });
    void ended.then(() => reject(new Error(`${args.join(" ")} ended before it was ready\n${output}`)));
  });
  return {
    url: /** @type {string} */ (url),
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** The browser that the other tests drive, with the same settings. @param {string[]} args further ones */
export function launchBrowser(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", ...args],
  });
}
