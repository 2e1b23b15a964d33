// The element <foliocast-preview> in a page with a strict content security policy.
import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import axe from "axe-core";
import { createEngine, defaultFund, validate } from "foliocast";

import { POLICY, launchBrowser, root, serveFolder } from "./packed.mjs";

/** @import { Page } from "@playwright/test" */
/** @import { TestContext } from "node:test" */
/** @import { FoliocastPreview } from "foliocast/preview" */

/** @type {Awaited<ReturnType<typeof launchBrowser>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
/** @type {string} */
let folder;

const engine = createEngine();

const buckets = [
  { name: "Seed", capitalAllocation: 60, deals: 20, lossProbability: 0.4, moicCalibration: { median: 1.2, p90: 4 } },
  { name: "Growth", capitalAllocation: 40, deals: 8, moicCalibration: { median: 1.6, p90: 3 } },
];
const fund = { fundId: "fund-1", numScenarios: 20_000, buckets };
const other = { ...fund, seed: "other", numScenarios: 3000 };
/** Longer than any test waits. */
const endless = { ...defaultFund("fund-1"), numScenarios: 10_000_000 };
const wrong = { ...fund, numScenarios: 0, buckets: [{ ...buckets[0], deals: 0 }] };

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "foliocast-preview-"));
  await symlink(path.join(root, "core/npm/dist"), path.join(folder, "foliocast"));
  await writeFile(
    path.join(folder, "page.js"),
    `window.heard = [];
    for (const name of ["foliocast-result", "foliocast-error"]) {
      document.addEventListener(name, ({ type, detail }) => heard.push({ type, detail: { ...detail } }));
    }`,
  );
  await writeFile(
    path.join(folder, "page.css"),
    "main { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr) } #themed { --foliocast-color: #123456 }",
  );
  browser = await launchBrowser();
  server = await serveFolder(folder, { "content-security-policy": POLICY });
});

after(async () => {
  engine.dispose();
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** @param {object} of */
const attribute = (of) => JSON.stringify(of).replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/**
 * A page of this content, which must stay quiet.
 * @param {TestContext} t @param {string} content @param {{ width?: number, lang?: string, script?: string }} [options]
 */
async function opened(t, content, { width = 1200, lang = "en", script = "./foliocast/preview.js" } = {}) {
  const name = `${t.name.replaceAll(/\W+/g, "-")}.html`;
  await writeFile(
    path.join(folder, name),
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
    <title>A page</title><link rel="stylesheet" href="./page.css"><script type="module" src="./page.js"></script>
    <script type="module" src="${script}"></script></head><body><main><h1>A page</h1>${content}</main></body></html>`,
  );
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  t.after(() => context.close());
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(server.url + name);
  return { page, complaints };
}

/** The events so far, with the members of what they bring. @param {Page} page @returns {Promise<any[]>} */
const heard = (page) => page.evaluate("heard");

/** Waits for the event of that number, from 1. @param {Page} page @param {number} count @returns {Promise<any>} */
async function event(page, count) {
  await page.waitForFunction((count) => /** @type {any} */ (window).heard.length >= count, count);
  return (await heard(page))[count - 1];
}

/** Waits until the page has so many workers, and no more. @param {Page} page @param {number} count */
async function workers(page, count) {
  while (page.workers().length < count) await page.waitForEvent("worker");
  assert.equal(page.workers().length, count);
}

/** @param {Page} page */
const card = (page, id = "one") => page.locator(`#${id} [part=card]`);

/** The figures as programs read them, by name. @param {Page} page @returns {Promise<Record<string, string>>} */
const exact = (page, id = "one") =>
  card(page, id)
    .locator("[part=figures] > div")
    .evaluateAll((all) =>
      Object.fromEntries(
        all.map((one) => [one.querySelector("dt")?.textContent, one.querySelector("data")?.getAttribute("value")]),
      ),
    );

/** @param {any} run what an engine gave */
function expected({ summary }) {
  const { quantiles, probabilities, mean } = summary.fund.recycled;
  return {
    Median: String(quantiles.p50),
    "P10 – P90": `${quantiles.p10} ${quantiles.p90}`,
    Mean: String(mean),
    "Loses money": String(probabilities.lt1),
    Triples: String(probabilities.ge3),
  };
}

/** @param {Page} page @param {(element: FoliocastPreview) => void} change */
const change = (page, change) => page.locator("#one").evaluate(/** @type {any} */ (change));

test("figures are the engine's, to the bit, and are written in the page's numbers", async (t) => {
  const run = await engine.run(fund);
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" label="Aurora" config="${attribute(fund)}"></foliocast-preview>`,
    { lang: "de" },
  );
  const { type, detail } = await event(page, 1);
  assert.equal(type, "foliocast-result");
  assert.equal(detail.runKey, run.runKey);
  assert.equal(detail.summaryDigest, run.summaryDigest);
  assert.deepEqual(await exact(page), expected(run));

  const multiple = new Intl.NumberFormat("de", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat("de", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const { quantiles, probabilities, histogram } = run.summary.fund.recycled;
  const values = await card(page).locator("[part=value]").allTextContents();
  assert.equal(values[0], `${multiple.format(quantiles.p50)}\u{a0}×`);
  assert.equal(values[3], percent.format(probabilities.lt1));
  assert.equal(await card(page).locator("[part=state]").textContent(), "20.000 scenarios");
  assert.equal(await card(page).locator("[part=label]").textContent(), "Aurora");
  const words = await card(page).getByRole("img").getAttribute("aria-label");
  assert.ok(words?.includes(`median ${multiple.format(quantiles.p50)}\u{a0}×`), words ?? "");
  assert.ok((await card(page).getByRole("status").textContent())?.includes("lose money"));

  await card(page).getByText("Table", { exact: true }).click();
  const bins = card(page).getByRole("table", { name: "Scenarios by multiple" });
  const counts = await bins.locator("tbody td:nth-child(2)").allTextContents();
  const total = counts.reduce((sum, text) => sum + Number(text.replaceAll(".", "")), 0);
  assert.equal(total, fund.numScenarios);
  const first = histogram.counts.findIndex((count) => count > 0);
  assert.equal(counts[0], String(histogram.counts[first]));
  assert.equal(await card(page).locator("[part=run-key]").textContent(), run.runKey);
  // Every bin within the axis is drawn, and cut in two where P10 or P90 is in it: bars are not fewer than those.
  const paths = await card(page)
    .locator("[part~=bar]")
    .evaluateAll((all) => all.map((path) => path.getAttribute("d") ?? ""));
  assert.ok(paths.join("").split("M").length > 10);
  assert.equal(await page.locator("#one").evaluate((element) => element.outerHTML.includes("style=")), false);
  assert.deepEqual(complaints, []);
});

test("another configuration runs anew, the same one does not", async (t) => {
  const { page, complaints } = await opened(t, `<foliocast-preview id="one"></foliocast-preview>`);
  await card(page).getByText("no configuration").waitFor();
  await page.locator("#one").evaluate((element, of) => Object.assign(element, { config: of }), fund);
  const set = await event(page, 1);
  assert.deepEqual(await exact(page), expected(await engine.run(fund)));
  await page.locator("#one").evaluate((element, of) => {
    Object.assign(element, { config: structuredClone(of) });
    element.setAttribute("config", JSON.stringify(of));
  }, fund);
  await page.locator("#one").evaluate((element, of) => element.setAttribute("config", of), JSON.stringify(other));
  const changed = await event(page, 2);
  assert.notEqual(changed.detail.runKey, set.detail.runKey);
  assert.deepEqual(await exact(page), expected(await engine.run(other)));

  await change(page, (element) => (element.scenarios = 5000));
  const { detail } = await event(page, 3);
  const fewer = await engine.run({ ...other, numScenarios: 5000 });
  assert.equal(detail.runKey, fewer.runKey);
  assert.equal(await page.locator("#one").getAttribute("scenarios"), "5000");
  await change(page, (element) => (element.label = "Renamed"));
  assert.equal(await card(page).locator("[part=label]").textContent(), "Renamed");
  await change(page, (element) => (element.scenarios = null));
  assert.equal((await event(page, 4)).detail.runKey, changed.detail.runKey);
  await change(page, (element) => element.setAttribute("scenarios", "many"));
  const refused = await event(page, 5);
  assert.equal(refused.type, "foliocast-error");
  assert.match(await card(page).locator("[part=fault]").innerText(), /^numScenarios/);
  assert.deepEqual(complaints, []);
});

test("the newest of many changes is what is shown", async (t) => {
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" config="${attribute(endless)}"></foliocast-preview>`,
  );
  await card(page)
    .getByText(/of 10,000,000 scenarios · previewing… \d+%/)
    .waitFor();
  for (let seed = 0; seed < 20; seed += 1) {
    const next = JSON.stringify({ ...other, seed: String(seed) });
    await page.locator("#one").evaluate((element, next) => element.setAttribute("config", next), next);
  }
  const last = await engine.run({ ...other, seed: "19" });
  await page.waitForFunction((key) => /** @type {any} */ (window).heard.at(-1)?.detail.runKey === key, last.runKey);
  assert.deepEqual(await exact(page), expected(last));
  const all = await heard(page);
  assert.ok(all.every(({ type }) => type === "foliocast-result"));
  assert.deepEqual(complaints, []);
});

test("what was set before the element was defined is seen", async (t) => {
  const { page, complaints } = await opened(t, `<foliocast-preview id="one"></foliocast-preview>`, {
    script: "./page.js",
  });
  await page.locator("#one").evaluate((element, of) => Object.assign(element, { config: of, scenarios: 2000 }), fund);
  await page.addScriptTag({ url: "./foliocast/preview.js", type: "module" });
  const { detail } = await event(page, 1);
  assert.equal(detail.runKey, (await engine.run({ ...fund, numScenarios: 2000 })).runKey);
  // A second copy, as of another version of the package.
  await page.addScriptTag({ url: "./foliocast/preview.js?again", type: "module" });
  assert.deepEqual(complaints, []);
});

test("a refused configuration is shown with all its faults, and figures come back with a valid one", async (t) => {
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" config="${attribute(wrong)}"></foliocast-preview>`,
  );
  const { type, detail } = await event(page, 1);
  assert.equal(type, "foliocast-error");
  const faults = validate(wrong);
  assert.ok(faults.length >= 3);
  assert.deepEqual(detail.errors, faults);
  const shown = await card(page).locator("[part=fault]").allTextContents();
  assert.deepEqual(
    shown,
    faults.map(({ path, message }) => (path ? `${path} ${message}` : message)),
  );
  await card(page).locator("[part=figures]").waitFor({ state: "hidden" });

  await page.locator("#one").evaluate((element, of) => Object.assign(element, { config: of }), fund);
  await event(page, 2);
  await card(page).locator("[part=problem]").waitFor({ state: "hidden" });
  // A text that is no JSON, as while somebody types; and one whose first of two members JSON.parse would lose.
  for (const text of ['{"fundId": ', JSON.stringify(fund).replace("{", '{"fundId":"fund-2",')]) {
    const count = (await heard(page)).length;
    await page.locator("#one").evaluate((element, text) => element.setAttribute("config", text), text);
    assert.equal((await event(page, count + 1)).type, "foliocast-error");
    await card(page).getByText("figures of the last valid configuration").waitFor();
  }
  assert.deepEqual(await exact(page), expected(await engine.run(fund)));
  assert.deepEqual(complaints, []);
});

test("colours are the page's to say", async (t) => {
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" config="${attribute(fund)}"></foliocast-preview>
     <foliocast-preview id="themed" config="${attribute(fund)}"></foliocast-preview>`,
  );
  await event(page, 2);
  /** @param {string} id */
  const colour = (id) =>
    page
      .locator(`#${id} [part~=bar-gain]`)
      .last()
      .evaluate((bar) => getComputedStyle(bar).fill);
  assert.equal(await colour("themed"), "rgb(18, 52, 86)");
  const light = await colour("one");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await colour("one"), light);
  assert.equal(await colour("themed"), "rgb(18, 52, 86)");
  assert.deepEqual(complaints, []);
});

test("elements share workers, which end with the last of them, whatever it is doing", async (t) => {
  await writeFile(
    path.join(folder, "workers.js"),
    `import { configurePreview } from "./foliocast/preview.js"; configurePreview({ workers: 2 });`,
  );
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" config="${attribute(fund)}"></foliocast-preview>
     <foliocast-preview id="two" config="${attribute(other)}"></foliocast-preview>`,
    { script: "./workers.js" },
  );
  await event(page, 2);
  await workers(page, 2);
  assert.deepEqual(await exact(page, "one"), expected(await engine.run(fund)));
  assert.deepEqual(await exact(page, "two"), expected(await engine.run(other)));

  await page.locator("#two").evaluate((element) => element.remove());
  // To another place, which is to leave and to come.
  await page.locator("#one").evaluate((element) => document.body.append(element));
  assert.equal(page.workers().length, 2);
  assert.equal((await heard(page)).length, 2, "what is shown is of what is asked");

  await page.locator("#one").evaluate((element, of) => Object.assign(element, { config: of }), endless);
  await card(page)
    .getByText(/of 10,000,000 scenarios · previewing… \d+%/)
    .waitFor();
  const gone = Promise.all(page.workers().map((worker) => new Promise((resolve) => worker.on("close", resolve))));
  await page.locator("#one").evaluate((element) => {
    Object.assign(window, { kept: element });
    element.remove();
  });
  await gone;
  assert.equal(page.workers().length, 0);
  await page.evaluate((of) => {
    const { kept } = /** @type {any} */ (window);
    kept.config = of;
    document.body.append(kept);
  }, other);
  assert.equal((await event(page, 3)).detail.runKey, (await engine.run(other)).runKey);
  await workers(page, 2);
  assert.deepEqual(complaints, []);
});

test("an engine that is not there is said, and may be elsewhere", async (t) => {
  await writeFile(
    path.join(folder, "elsewhere.js"),
    `import { configurePreview } from "./foliocast/preview.js";
    configurePreview({ module: "./nowhere.wasm" });
    window.configure = configurePreview;`,
  );
  const { page, complaints } = await opened(
    t,
    `<foliocast-preview id="one" config="${attribute(fund)}"></foliocast-preview>`,
    { script: "./elsewhere.js" },
  );
  const { type, detail } = await event(page, 1);
  assert.equal(type, "foliocast-error");
  assert.equal(detail.code, "ENGINE_UNAVAILABLE");
  assert.match(await card(page).locator("[part=problem]").innerText(), /There is no engine here\n.*nowhere\.wasm/);
  assert.ok(complaints.every((text) => text.includes("404")));
  await page.evaluate(`configure({ module: "./foliocast/foliocast_bg.wasm", workerUrl: "./foliocast/worker.js" })`);
  assert.equal((await event(page, 2)).type, "foliocast-result");
  await card(page).locator("[part=problem]").waitFor({ state: "hidden" });
});

for (const width of [360, 1200]) {
  test(`axe finds nothing at ${width} px, in light and in dark`, async (t) => {
    const { page, complaints } = await opened(
      t,
      `<foliocast-preview id="one" label="Aurora I" config="${attribute(defaultFund("fund-1"))}"></foliocast-preview>
       <foliocast-preview id="two" label="Refused" config="${attribute(wrong)}"></foliocast-preview>
       <foliocast-preview id="three" label="Nothing"></foliocast-preview>`,
      { width },
    );
    await event(page, 2);
    await card(page).getByText("Table", { exact: true }).click();
    await page.evaluate(axe.source);
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
      assert.deepEqual(violations, []);
      const screenshots = process.env.SCREENSHOTS;
      if (screenshots) {
        await page.screenshot({ path: path.join(screenshots, `preview-${width}-${colorScheme}.png`), fullPage: true });
      }
    }
    const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(isWider, false);
    assert.deepEqual(complaints, []);
  });
}

test("a server imports it, and nothing happens", async () => {
  const { FoliocastPreview, configurePreview } = await import("foliocast/preview");
  assert.equal(typeof FoliocastPreview, "function");
  configurePreview({ workers: 1 });
});
