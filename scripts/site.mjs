// @ts-check
/**
 * Lays out what the server serves as files: target/site/assets/<name>.<hash>.<extension>, each beside its Brotli and
 * gzip encodings, and target/site/manifest.json, which maps logical names (`app.js`) to paths.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { buildSync } from "esbuild";

const root = path.resolve(import.meta.dirname, "..");
const site = path.join(root, "target/site");
const build = path.join(root, "target/build");

/** Kinds of file that are small already. */
const COMPRESSED_KINDS = new Set([".woff2", ".png"]);

/** @type {Record<string, string>} */
const manifest = {};

rmSync(site, { recursive: true, force: true });
mkdirSync(path.join(site, "assets"), { recursive: true });

/**
 * Writes a file under a name made of its content.
 * @param {string} name logical name; its folder is dropped from the file's name
 * @param {Uint8Array | string} content
 */
function add(name, content) {
  const bytes = Buffer.from(content);
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const file = `assets/${stem}.${hash}${ext}`;
  writeFileSync(path.join(site, file), bytes);
  if (!COMPRESSED_KINDS.has(ext)) {
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(path.join(site, `${file}.br`), brotliCompressSync(bytes, { params: quality }));
    writeFileSync(path.join(site, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  }
  manifest[name] = file;
}

/** @param {string} file */
const read = (file) => readFileSync(path.join(root, file));

/** A script and all that it imports by name, as one. @param {string} file */
const bundled = (file) =>
  buildSync({ entryPoints: [file], bundle: true, format: "esm", minify: true, target: "es2022", write: false })
    .outputFiles[0].contents;

for (const name of ["app", "engine"]) {
  add(`${name}.js`, bundled(path.join(build, name, `${name}.js`)));
  add(`${name}_bg.wasm`, read(`target/build/${name}/${name}_bg.wasm`));
}
add("engine-worker.js", bundled(path.join(root, "app/engine/worker.js")));
// The npm package, as anybody else's page has it.
add("embed.js", bundled(path.join(root, "app/engine/embed.js")));
add("package-worker.js", bundled(path.join(root, "core/npm/dist/worker.js")));

for (const file of readdirSync(path.join(root, "app/public"))) {
  add(file, read(`app/public/${file}`));
}

for (const [font, family] of [
  ["inter", "inter-latin-wght-normal"],
  ["jetbrains-mono", "jetbrains-mono-latin-wght-normal"],
]) {
  add(`fonts/${family}.woff2`, read(`node_modules/@fontsource-variable/${font}/files/${family}.woff2`));
}

// Styles name their fonts logically; in the site both lie in one folder.
const css = read("target/build/style/app.css")
  .toString()
  .replaceAll(/url\("?(fonts\/[^")]+)"?\)/g, (_, name) => {
    if (!manifest[name]) throw new Error(`style/: there is no font ${name}`);
    return `url("${path.basename(manifest[name])}")`;
  });
add("app.css", css);
add("report.css", read("target/build/style/report.css"));

writeFileSync(path.join(site, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
