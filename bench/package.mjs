// @ts-check
/**
 * What the packed npm package costs a page, in one table: how soon the first figures are there, what more workers bring,
 * and whether memory stays. `./dev package` packs what `node bench/package.mjs` then measures.
 */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { pathToFileURL } from "node:url";

import { Project, launchBrowser, serveFolder } from "../core/npm/test/packed.mjs";

/** @import { Browser, Page } from "@playwright/test" */
/** @import { Configuration } from "foliocast" */

const FIRST_VISITS = 12;
const ROUNDS = 9;
const LOOKS = [100, 500, 1_000];
/** Memory is measured when it is asked for, and not with the next collection of garbage. */
export const MEASURING_MEMORY = "--enable-blink-features=ForceEagerMeasureMemory";

/** Pages that are cut off from others may ask how much memory they and their workers hold. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** What each round says. @param {number[]} dividends @param {number[]} divisors */
const ratios = (dividends, divisors) => dividends.map((dividend, round) => dividend / (divisors[round] ?? NaN));

/** @param {number} processId */
const residentBytes = (processId) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, "utf8"))?.[1]) * 1024;

/** Five buckets of the default fund's kind. @param {Configuration} fund the default fund @param {number} numScenarios */
export function fiveBuckets(fund, numScenarios) {
  const kinds = [...fund.buckets, ...fund.buckets].slice(0, 5);
  const buckets = kinds.map((bucket, index) => ({ ...bucket, name: `bucket ${index}`, capitalAllocation: 20 }));
  return { ...fund, numScenarios, buckets };
}

/**
 * A page whose browser has seen nothing of the package.
 * @template T @param {Browser} browser @param {string} url @param {(page: Page) => Promise<T>} visit
 */
export async function visited(browser, url, visit) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await visit(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from `import()` to the figures of a first run. @param {Page} page @param {Configuration} configuration */
export const firstRun = (page, configuration) =>
  page.evaluate(async (configuration) => {
    const address = "/index.js";
    const begun = performance.now();
    const { createEngine } = await import(address);
    await createEngine().run(configuration);
    return performance.now() - begun;
  }, configuration);

/**
 * Milliseconds that the machine takes for the same with nothing in it, which no package can be below: an empty script is
 * imported, as many bytes are fetched while an empty worker starts, and that worker answers.
 * @param {Page} page
 */
const emptyVisit = (page) =>
  page.evaluate(async () => {
    const address = "/empty.js";
    const begun = performance.now();
    await import(address);
    const bytes = fetch("/foliocast_bg.wasm").then((response) => response.arrayBuffer());
    const worker = new Worker("/empty-worker.js", { type: "module" });
    const answer = new Promise((resolve) => (worker.onmessage = resolve));
    worker.postMessage(await bytes);
    await answer;
    return performance.now() - begun;
  });

/**
 * Milliseconds of runs with one worker, with four, and of two runs at once with one worker each, which is what two of the
 * machine's cores give where nothing is shared: in turn, so that all meet the same machine.
 * @param {Page} page @param {Configuration} configuration
 */
const inTurn = (page, configuration) =>
  page.evaluate(
    async ({ configuration, rounds }) => {
      const address = "/index.js";
      const { createEngine } = await import(address);
      const engines = [1, 4, 1].map((workers) => createEngine({ workers }));
      const [one, four, other] = engines;
      /** @type {[number[], number[], number[]]} */
      const timesMs = [[], [], []];
      // The round before the first starts the workers, whose code is not compiled yet.
      for (let round = -1; round < rounds; round += 1) {
        for (const [index, taking] of [[one], [four], [one, other]].entries()) {
          const begun = performance.now();
          await Promise.all(taking.map((engine) => engine?.run(configuration)));
          if (round >= 0) timesMs[index]?.push(performance.now() - begun);
        }
      }
      for (const engine of engines) engine.dispose();
      return timesMs;
    },
    { configuration, rounds: ROUNDS },
  );

/**
 * Milliseconds from an abort in the middle of a run to its rejection, and by how much a short run right after it is later
 * than one that waits for nothing: how long workers stay with what nobody wants.
 * @param {Page} page @param {Configuration} long @param {Configuration} short
 */
const aborted = (page, long, short) =>
  page.evaluate(
    async ({ long, short, rounds }) => {
      const address = "/index.js";
      const { createEngine } = await import(address);
      const engine = createEngine();
      /** @type {number[]} */
      const rejectedMs = [];
      /** @type {number[]} */
      const lateMs = [];
      const timed = async () => {
        const begun = performance.now();
        await engine.run(short);
        return performance.now() - begun;
      };
      await engine.run(long);
      for (let round = 0; round < rounds; round += 1) {
        const alone = await timed();
        const controller = new AbortController();
        /** @type {Promise<void>} */
        const halfway = new Promise((resolve) => {
          const onProgress = (/** @type {{ blocksDone: number, blocks: number }} */ { blocksDone, blocks }) =>
            blocksDone > blocks / 2 && resolve();
          engine.run(long, { signal: controller.signal, onProgress }).catch(() => {
            rejectedMs.push(performance.now() - abortedAt);
          });
        });
        await halfway;
        const abortedAt = performance.now();
        controller.abort();
        lateMs.push((await timed()) - alone);
      }
      engine.dispose();
      return { rejectedMs, lateMs };
    },
    { long, short, rounds: ROUNDS },
  );

/**
 * What the page holds once all garbage is gone, bytes: its heap, that and its workers', and its process, where the
 * memory of WebAssembly is too, which is in neither.
 * @param {Browser} browser @param {Page} page
 */
async function memory(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const all = await page.evaluate(async () => {
    // Not in the types yet.
    const { bytes } = await /** @type {any} */ (performance).measureUserAgentSpecificMemory();
    return Number(bytes);
  });
  const ofBrowser = await browser.newBrowserCDPSession();
  const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
  await ofBrowser.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return {
    heap: metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? NaN,
    all,
    // Others are kept ready and hold no page: they are smaller.
    resident: Math.max(...renderers.map(({ id }) => residentBytes(id))),
  };
}

/**
 * Runs that no other repeats, with one engine.
 * @param {Browser} browser @param {Page} page @param {Configuration} configuration
 */
export async function manyRuns(browser, page, configuration) {
  const engine = await page.evaluateHandle(async () => {
    const address = "/index.js";
    const { createEngine } = await import(address);
    return createEngine();
  });
  const looks = [];
  let done = 0;
  for (const runs of LOOKS) {
    await engine.evaluate(
      async (engine, { configuration, from, to }) => {
        for (let run = from; run < to; run += 1) await engine.run({ ...configuration, seed: String(run) });
      },
      { configuration, from: done, to: runs },
    );
    done = runs;
    looks.push({ runs, ...(await memory(browser, page)) });
  }
  return looks;
}

/** Lines of the table. @returns {Promise<[what: string, figure: string, beside: string][]>} */
export async function packageLines() {
  const project = await Project.create();
  const browser = await launchBrowser(MEASURING_MEMORY);
  /** @type {Awaited<ReturnType<typeof serveFolder>> | undefined} */
  let server;
  try {
    await project.install();
    const dist = project.file("node_modules/foliocast/dist");
    const { defaultFund } = await import(pathToFileURL(`${dist}/node.js`).href);
    const fund = defaultFund("bench");
    const [short, preview, million] = [1_000, 10_000, 1_000_000].map((scenarios) => fiveBuckets(fund, scenarios));
    // A document to begin from, of the same origin.
    writeFileSync(`${dist}/index.html`, "<!doctype html><link rel=icon href='data:,'><title>bench</title>");
    writeFileSync(`${dist}/empty.js`, "export {};");
    writeFileSync(`${dist}/empty-worker.js`, "onmessage = () => postMessage(0);");
    server = await serveFolder(dist, ISOLATED);
    const { url } = server;

    /** @type {number[]} */
    const firstMs = [];
    /** @type {number[]} */
    const emptyMs = [];
    for (let visit = 0; visit < FIRST_VISITS; visit += 1) {
      firstMs.push(await visited(browser, url, (page) => firstRun(page, preview)));
      emptyMs.push(await visited(browser, url, emptyVisit));
    }
    const [one, four, apart] = await visited(browser, url, (page) => inTurn(page, million));
    const { rejectedMs, lateMs } = await visited(browser, url, (page) => aborted(page, million, short));
    const looks = await visited(browser, url, (page) => manyRuns(browser, page, preview));

    return [
      [
        "from import() to the figures of 10,000 × 5",
        `${median(firstMs).toFixed(0)} ms`,
        `median of ${FIRST_VISITS} first visits, at least ${Math.min(...firstMs).toFixed(0)} ms; ` +
          `with nothing in it ${median(emptyMs).toFixed(0)} ms`,
      ],
      [
        "1,000,000 × 5 with 4 workers beside 1",
        `${median(ratios(one, four)).toFixed(2)} ×`,
        `${median(four).toFixed(0)} ms beside ${median(one).toFixed(0)} ms, medians of ${ROUNDS} in turn; ` +
          `two runs that share nothing ${median(ratios(one, apart).map((ratio) => 2 * ratio)).toFixed(2)} ×`,
      ],
      [
        "from abort() to the rejection of 1,000,000 × 5",
        `${median(rejectedMs).toFixed(1)} ms`,
        `at most ${Math.max(...rejectedMs).toFixed(1)} ms; a short run right after it is ${median(lateMs).toFixed(1)} ms ` +
          `late, at most ${Math.max(...lateMs).toFixed(1)} ms`,
      ],
      ...looks.map(({ runs, heap, all, resident }) => {
        /** @type {[string, string, string]} */
        const line = [
          `heap of a page after ${runs.toLocaleString("en")} runs of 10,000 × 5`,
          `${(heap / 1e6).toFixed(2)} MB`,
          `${(all / 1e6).toFixed(2)} MB with its workers'; its process has ${(resident / 1e6).toFixed(0)} MB resident`,
        ];
        return line;
      }),
    ];
  } finally {
    await server?.close();
    await browser.close();
    await project.remove();
  }
}

if (process.argv[1] === import.meta.filename) {
  const table = await packageLines();
  console.log(`\n${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, Node ${process.versions.node}\n`);
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column].length)));
  for (const [what, figure, beside] of table)
    console.log(`${what.padEnd(widths[0])}  ${figure.padStart(widths[1])}  ${beside}`);
}
