// The packed package as a registry would take it: what is in it, what it exports, its types, its size.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { Project, root, tarball } from "./packed.mjs";

/** What a browser loads, compressed, in kB of 1,000 bytes. */
const MOST_BYTES = 150_000;

/** What pages load is minified, with a map. */
const MAPPED = new Set(["index", "preview", "worker"]);

/** @type {Project} */
let project;
/** @type {string} */
let folder;

before(async () => {
  project = await Project.create(path.join(root, "core/npm/test/projects/types"));
  await project.install();
  const examples = path.join(root, "core/npm/examples");
  await cp(path.join(examples, "node/run.mjs"), project.file("run.mjs"));
  await cp(path.join(examples, "html/main.js"), project.file("page.js"));
  await cp(project.file("node_modules/foliocast/dist"), project.file("foliocast"), { recursive: true });
  folder = project.file("node_modules/foliocast");
});

after(() => project?.remove());

/** Runs a tool of this repository; a failure says what it printed. @param {string} tool @param {string[]} args */
async function passes(tool, ...args) {
  const file = path.join(root, "node_modules/.bin", tool);
  const failed = await promisify(execFile)(file, args, { cwd: project.folder }).catch((error) => error);
  if (failed instanceof Error) {
    const { stdout, stderr } = /** @type {Error & {stdout: string, stderr: string}} */ (failed);
    assert.fail(`${tool} ${args.join(" ")}\n${stdout}\n${stderr}`);
  }
}

test("there is in it what is meant to be, and nothing that runs at its installation", async () => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
  const modules = ["index", "inline", "node-worker", "node", "preview", "worker"];
  assert.deepEqual(
    files.filter((file) => !file.endsWith(".d.ts")),
    [
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "README.md",
      "dist/foliocast_bg.wasm",
      ...modules.flatMap((name) => (MAPPED.has(name) ? [`dist/${name}.js`, `dist/${name}.js.map`] : `dist/${name}.js`)),
      "package.json",
    ],
  );
  const declarations = files.filter((file) => file.endsWith(".d.ts"));
  for (const file of declarations) assert.match(file, /^dist\/[^/]+\.d\.ts$/);

  const manifest = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  for (const member of Object.keys(manifest)) {
    assert.doesNotMatch(member, /dependencies/i, "it stands by itself");
  }
  for (const script of Object.keys(manifest.scripts ?? {})) {
    assert.doesNotMatch(script, /install|prepare|pack|publish/, "it runs nothing on other people's machines");
  }
});

test("publint has nothing to say", () => passes("publint", tarball(), "--strict"));

test("every entry point has types that resolve as its code does", () =>
  // ES modules only: neither `require` nor the resolution that knows no `exports` is promised anything. The module is a
  // file for its address; what an import of it gives is decided by each bundler, and no type is true of all of them.
  passes("attw", tarball(), "--profile", "esm-only", "--exclude-entrypoints", "foliocast_bg.wasm"));

/** @type {[name: string, options: object, files: string[]][]} */
const PROGRAMS = [
  [
    "a page with a bundler",
    { module: "ESNext", moduleResolution: "bundler", lib: ["ES2022", "DOM"], types: [] },
    ["main.ts", "browser.ts", "page.js"],
  ],
  [
    "a program of Node",
    { module: "Node16", moduleResolution: "Node16", lib: ["ES2022"], types: ["node"] },
    ["main.ts", "run.mjs"],
  ],
];

for (const [name, options, include] of PROGRAMS) {
  test(`its types are right for ${name}, all of them`, async () => {
    const compilerOptions = {
      checkJs: true,
      noEmit: true,
      skipLibCheck: false,
      strict: true,
      target: "ES2022",
      typeRoots: [path.join(root, "node_modules/@types")],
      ...options,
    };
    await writeFile(project.file("tsconfig.json"), JSON.stringify({ compilerOptions, files: include }));
    await passes("tsc", "--project", project.file("tsconfig.json"));
  });
}

test("a browser loads little", async (t) => {
  let total = 0;
  for (const name of ["foliocast_bg.wasm", "index.js", "worker.js"]) {
    const bytes = gzipSync(await readFile(path.join(folder, "dist", name)), { level: 9 }).length;
    t.diagnostic(`${name}: ${(bytes / 1000).toFixed(1)} kB with gzip`);
    total += bytes;
  }
  t.diagnostic(`in all: ${(total / 1000).toFixed(1)} kB`);
  assert.ok(total <= MOST_BYTES, `${total} bytes, more than ${MOST_BYTES}`);
});
