// The packed package in other people's projects: each is made afresh outside this repository, built with its own tools,
// opened in Chromium, and must show what the corpus says, made in workers, without an error.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Program } from "../../../bench/program.mjs";
import { INLINE_POLICY, POLICY, Project, launchBrowser, root, serveFolder, startServer, tarball } from "./packed.mjs";

/** @import { Browser, Page } from "@playwright/test" */
/** @import { TestContext } from "node:test" */

const examples = path.join(root, "core/npm/examples");
const projects = path.join(root, "core/npm/test/projects");
const binary = process.env.FOLIOCAST_BINARY ?? path.join(root, "target/release/foliocast");

/** A run of several blocks and several buckets, so that workers share it. */
const { request, ...expected } = readFileSync(path.join(root, "core/tests/corpus/corpus.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line))
  .find(({ request }) => request.numScenarios >= 5000 && request.buckets.length >= 3);
const fund = JSON.stringify(request);

/** @type {Browser} */
let browser;

// Not in every test: what is missing is said once.
tarball();

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

/** A project for the time of a test. @param {TestContext} t @param {string} [source] */
async function fresh(t, source) {
  const project = await Project.create(source);
  t.after(() => project.remove());
  return project;
}

/** @param {TestContext} t @param {string} folder @param {Record<string, string>} [headers] */
async function served(t, folder, headers = { "content-security-policy": POLICY }) {
  const server = await serveFolder(folder, headers);
  t.after(() => server.close());
  return server.url;
}

/** A page, and the errors it has met so far. @param {TestContext} t @param {string} url */
async function opened(t, url) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  return { page, errors };
}

/** The value of a term. @param {string} name */
const term = (name) => `dt:text-is("${name}") + dd`;

/** What the page shows once it shows all, term by term. @param {Page} page @param {string} [but] a key it had before */
async function shown(page, but = "") {
  const done = page.locator(`${term("Run key")}:not(:empty):not(:text-is("${but}"))`);
  await done.or(page.locator("[role=alert]:not(:empty)")).first().waitFor();
  const problems = await page.getByRole("alert").filter({ hasText: /./ }).allTextContents();
  assert.deepEqual(problems, []);
  const [terms, values] = [await page.locator("dt").allTextContents(), await page.locator("dd").allTextContents()];
  return Object.fromEntries(terms.map((name, index) => [name, values[index]]));
}

/** What the corpus says, in a page's words. @param {Record<string, string>} figures */
function assertExpected(figures) {
  assert.equal(figures["Run key"], expected.runKey);
  assert.equal(figures["Matrix digest"], expected.digest);
  assert.equal(figures["Summary digest"], expected.summaryDigest);
}

/** @param {TestContext} t @param {string} url */
async function assertRunsInWorkers(t, url) {
  const { page, errors } = await opened(t, url);
  const figures = await shown(page);
  assertExpected(figures);
  assert.ok(page.workers().length > 0, "no worker");
  assert.deepEqual(errors, []);
  return { page, errors, figures };
}

/** A page of one script. @param {string} script */
const pageOf = (script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Foliocast</title><body><script type="module" src="${script}"></script></body></html>`;

/** @param {string} folder @param {string} script */
async function writePage(folder, script) {
  await writeFile(path.join(folder, "index.html"), pageOf(script));
  await writeFile(path.join(folder, "fund.json"), fund);
}

/** The example of plain HTML, laid out as it says. @param {TestContext} t */
async function plainPage(t) {
  const project = await fresh(t, path.join(examples, "html"));
  await project.install();
  await cp(project.file("node_modules/foliocast/dist"), project.file("foliocast"), { recursive: true });
  await writeFile(project.file("fund.json"), fund);
  return project;
}

// Two at a time: half of the time goes into unpacking.
describe("the package in a fresh project", { concurrency: 2 }, () => {
  test("of Node, with a server that it checks", async (t) => {
    const project = await fresh(t, path.join(examples, "node"));
    await project.install();
    await writeFile(project.file("fund.json"), fund);
    const lines = (await project.run("", process.execPath, "run.mjs")).trimEnd().split("\n");
    const figures = Object.fromEntries(lines.map((line) => line.split(/ {2,}/)));
    assert.equal(figures["run key"], expected.runKey);
    assert.equal(figures["matrix digest"], expected.digest);
    assert.equal(figures["summary digest"], expected.summaryDigest);
    assert.ok(Number(figures.p50) > 0);

    const server = await Program.start(binary, ["serve"], {
      FOLIOCAST_LISTEN: "127.0.0.1:0",
      FOLIOCAST_DATA_DIR: project.file("data"),
      RUST_LOG: "warn",
    });
    t.after(() => server.end("SIGTERM"));
    const output = await project.run("", process.execPath, "run.mjs", "fund.json", "--server", server.url);
    assert.match(output, /^the same as the server's, in \d+ blocks$/m);
  });

  test("of plain HTML", async (t) => {
    const project = await plainPage(t);
    const { figures } = await assertRunsInWorkers(t, await served(t, project.folder));
    assert.match(figures["Median multiple"], /^\d+\.\d\d ×$/);
    assert.match(figures["Probability of a loss"], /^\d+\.\d%$/);

    await t.test("whose policy has no place for workers: on the page's thread", async (t) => {
      const policy = POLICY.replace("worker-src 'self'", "worker-src 'none'");
      const { page } = await opened(t, await served(t, project.folder, { "content-security-policy": policy }));
      assertExpected(await shown(page));
      assert.equal(page.workers().length, 0);
    });

    await t.test("whose policy has no place for WebAssembly: says so", async (t) => {
      const policy = POLICY.replace(" 'wasm-unsafe-eval'", "");
      const { page } = await opened(t, await served(t, project.folder, { "content-security-policy": policy }));
      await page
        .getByRole("alert")
        .filter({ hasText: /WebAssembly/ })
        .waitFor();
    });
  });

  test("of plain HTML, with the package at another origin", async (t) => {
    const project = await fresh(t);
    await project.install();
    const elsewhere = await served(t, project.file("node_modules/foliocast/dist"), {
      "access-control-allow-origin": "*",
    });
    await cp(path.join(projects, "show.js"), project.file("show.js"));
    /** @param {string} name @param {string} code */
    const page = async (name, code) => {
      await mkdir(project.file(name));
      await writePage(project.file(name), "./main.js");
      await writeFile(project.file(name, "main.js"), `import { showRun } from "../show.js";\n${code}`);
      return `${await served(t, project.folder, {})}${name}/`;
    };

    await t.test("in workers from `inline`", async (t) => {
      const code = `import { createEngine } from "${elsewhere}inline.js";\nawait showRun(createEngine());`;
      await assertRunsInWorkers(t, await page("inline", code));
    });

    await t.test("in workers from a blob that imports the worker", async (t) => {
      const code = `
        import { createEngine } from "${elsewhere}index.js";
        const script = new Blob(['import "${elsewhere}worker.js";'], { type: "text/javascript" });
        await showRun(createEngine({ workerUrl: URL.createObjectURL(script) }));`;
      await assertRunsInWorkers(t, await page("blob", code));
    });

    await t.test("else on the page's thread", async (t) => {
      const code = `import { createEngine } from "${elsewhere}index.js";\nawait showRun(createEngine());`;
      const { page: opening } = await opened(t, await page("plain", code));
      assertExpected(await shown(opening));
      assert.equal(opening.workers().length, 0);
    });
  });

  test("of Vite and React", async (t) => {
    const project = await fresh(t, path.join(examples, "vite-react"));
    await project.install();
    const typed = `import type { Configuration } from "foliocast";\n\nexport const fund: Configuration = ${fund};\n`;
    await writeFile(project.file("src/fund.ts"), typed);
    const vite = project.file("node_modules/vite/bin/vite.js");

    /** An edit makes another run, and taking it back the first one. @param {TestContext} t @param {string} url */
    const follow = async (t, url) => {
      const { page, errors, figures } = await assertRunsInWorkers(t, url);
      const deals = page.getByRole("slider").first();
      const before = await deals.inputValue();
      await deals.fill(String(Number(before) + 1));
      const edited = await shown(page, expected.runKey);
      await deals.fill(before);
      assert.deepEqual(await shown(page, edited["Run key"]), figures);
      assert.deepEqual(errors, []);
    };

    await t.test("while it is developed", async (t) => {
      const server = await startServer(project.folder, vite, "--host", "127.0.0.1");
      t.after(() => server.close());
      await follow(t, server.url);
    });

    await t.test("as it is built", async (t) => {
      await project.run("", "npm", "run", "build");
      const server = await startServer(project.folder, vite, "preview", "--host", "127.0.0.1");
      t.after(() => server.close());
      await follow(t, server.url);
      await follow(t, await served(t, project.file("dist")));
    });
  });

  test("of webpack", async (t) => {
    const project = await fresh(t, projects);
    await project.install("webpack");
    await project.run("webpack", "npm", "run", "build");
    await writePage(project.file("webpack/dist"), "./main.js");
    const { page } = await assertRunsInWorkers(t, await served(t, project.file("webpack/dist")));
    assert.ok(await page.evaluate(() => customElements.get("foliocast-preview") !== undefined));
  });

  test("of esbuild", async (t) => {
    const project = await fresh(t, projects);
    await project.install("esbuild");
    await project.run("esbuild", "npm", "run", "build");
    for (const [name, policy] of [
      ["beside", POLICY],
      ["elsewhere", POLICY],
      ["inline", INLINE_POLICY],
    ]) {
      await t.test(name, async (t) => {
        const folder = project.file("esbuild/dist", name);
        await writePage(folder, "./main.js");
        await assertRunsInWorkers(t, await served(t, folder, { "content-security-policy": policy }));
      });
    }
    await t.test("inline, whose policy has no place for a blob: on the page's thread", async (t) => {
      const { page } = await opened(t, await served(t, project.file("esbuild/dist/inline")));
      assertExpected(await shown(page));
      assert.equal(page.workers().length, 0);
    });
  });
});
