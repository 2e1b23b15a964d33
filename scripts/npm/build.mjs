// @ts-check
/**
 * From core/npm/src and the engine module to core/npm/dist: a file for each entry, the module, and the types.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { buildSync } from "esbuild";

const root = path.resolve(import.meta.dirname, "../..");
const npm = path.join(root, "core/npm");
const dist = path.join(npm, "dist");
const module = path.join(npm, "pkg/engine_bg.wasm");
const { version } = JSON.parse(readFileSync(path.join(npm, "package.json"), "utf8"));

/**
 * Bundles an entry.
 * @param {string} name @param {import("esbuild").BuildOptions} options
 */
const bundle = (name, options = {}) =>
  buildSync({
    entryPoints: [path.join(npm, "src", `${name}.ts`)],
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile: path.join(dist, `${name}.js`),
    ...options,
    define: { PACKAGE_VERSION: JSON.stringify(version), ...options.define },
  });

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
// What pages load without a bundler is small; maps lead back to what can be read.
const forPages = { minify: true, sourcemap: /** @type {const} */ ("linked") };
for (const name of ["index", "worker"]) bundle(name, forPages);
for (const name of ["node", "node-worker"]) bundle(name, { platform: "node" });
const worker = buildSync({
  entryPoints: [path.join(npm, "src/worker.ts")],
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  write: false,
}).outputFiles[0]?.text;
bundle("inline", {
  define: {
    INLINE_MODULE: JSON.stringify(gzipSync(readFileSync(module), { level: 9 }).toString("base64")),
    INLINE_WORKER: JSON.stringify(worker),
  },
});
copyFileSync(module, path.join(dist, "foliocast_bg.wasm"));
// The element stands on the entry beside it, so that a page has one engine.
bundle("preview", { ...forPages, external: ["./index.js"] });
execFileSync(path.join(root, "node_modules/.bin/tsc"), ["--project", path.join(npm, "tsconfig.json")], {
  stdio: "inherit",
});
