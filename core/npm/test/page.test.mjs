// The installed package in a page, for as long as a page may live.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { defaultFund } from "foliocast";

import { ISOLATED, MEASURING_MEMORY, fiveBuckets, firstRun, manyRuns, visited } from "../../../bench/package.mjs";
import { Project, launchBrowser, serveFolder } from "./packed.mjs";

const fund = fiveBuckets(defaultFund("fund-1"), 10_000);

/** @type {Project} */
let project;
/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;

before(async () => {
  project = await Project.create();
  await project.install();
  const dist = project.file("node_modules/foliocast/dist");
  await writeFile(`${dist}/index.html`, "<!doctype html><title>a page</title>");
  server = await serveFolder(dist, ISOLATED);
  browser = await launchBrowser(MEASURING_MEMORY);
});

after(async () => {
  await browser?.close();
  await server?.close();
  await project?.remove();
});

test("a page that has loaded nothing yet has its first run", async (t) => {
  const times = [];
  for (let visit = 0; visit < 5; visit += 1) {
    times.push(await visited(browser, server.url, (page) => firstRun(page, fund)));
  }
  const shown = times.map((milliseconds) => milliseconds.toFixed(0)).join(", ");
  t.diagnostic(`from import() to the figures of 10,000 × 5: ${shown} ms`);
});

test("a thousand runs leave nothing behind", async (t) => {
  const looks = await visited(browser, server.url, (page) => manyRuns(browser, page, { ...fund, numScenarios: 2_000 }));
  for (const { runs, heap, all, resident } of looks) {
    const [own, whole, process] = [heap, all, resident].map((bytes) => (bytes / 1e6).toFixed(2));
    t.diagnostic(`after ${runs} runs: heap ${own} MB, with its workers' ${whole} MB, process ${process} MB`);
  }
  const [, middle, end] = looks;
  assert.ok(middle && end);
  // What 500 runs keep would be seen: their figures alone are some ten megabytes.
  assert.ok(end.all - middle.all < 1e6, `${end.all - middle.all} bytes more after 500 more runs`);
  assert.ok(end.heap - middle.heap < 1e6, `${end.heap - middle.heap} bytes more after 500 more runs`);
});

/** What a page sees of a run that it aborts: how it ended, and whether the same engine makes the next one whole. */
test("a page aborts a run, and its engine makes the next", async () => {
  const seen = await visited(browser, server.url, (page) =>
    page.evaluate(
      async ({ fund, long }) => {
        const address = "/index.js";
        const { createEngine, runKey } = await import(address);
        const engine = createEngine({ workers: 2 });
        const controller = new AbortController();
        const aborted = engine
          .run(long, { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) })
          .then(() => "finished")
          .catch((/** @type {Error} */ error) => error.message);
        const next = engine.run(fund);
        return { aborted: await aborted, isWhole: (await next).runKey === runKey(fund) };
      },
      { fund, long: { ...fund, numScenarios: 1_000_000 } },
    ),
  );
  assert.deepEqual(seen, { aborted: "enough", isWhole: true });
});
