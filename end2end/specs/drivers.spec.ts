import type { Page } from "@playwright/test";

import { expect, expectSharp, inputs, openWorkbench, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

/** High enough for the inputs and the card at once. */
const WHOLE = { width: 1440, height: 3200 };

const card = (page: Page) => page.getByRole("region", { name: "What drives it" });
const ways = (page: Page) =>
  card(page)
    .getByRole("list", { name: /^Inputs by effect/ })
    .getByRole("button");
/** What is said of how far the study is; the card's other status is about copying. */
const state = (page: Page) => card(page).getByRole("status").first();
const withoutEffect = (page: Page) => card(page).getByRole("list", { name: "Inputs without effect" });
const moneySentence = (page: Page) => card(page).getByText(/^Of all inputs, .* moves the chance to lose money most/);
const choose = (page: Page, name: string, option: string) =>
  card(page).getByRole("combobox", { name }).selectOption(option);

/** Brings the card into view and waits until every input is ranked. */
async function openDrivers(page: Page, address?: string): Promise<void> {
  await openWorkbench(page, address);
  await card(page).scrollIntoViewIfNeeded();
  await expect(card(page).getByText(/^(Of all|None of the) inputs/)).toBeVisible();
}

/** Names without the marks that keep their direction. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "").replace(/\u00a0/g, " ");
const names = async (page: Page) => (await ways(page).allInnerTexts()).map(plain);

test("a new user reads which share of capital moves the chance to lose money most, and it does", async ({ page }) => {
  await openDrivers(page);
  const said = plain((await card(page).locator("p").allInnerTexts()).join(" "));
  const found =
    /Of the shares of capital it is that of (.+?): from (\d+) % to (\d+) %.*? goes from ([\d.]+) % to ([\d.]+) %/.exec(
      said,
    );
  expect(found, said).not.toBeNull();
  const [, bucket, from, to, before, after] = found ?? [];
  expect(["Seed", "Series A", "Series B"]).toContain(bucket);
  // The name leads to the input.
  await card(page)
    .getByRole("button", { name: /^Show all/ })
    .click();
  await card(page)
    .getByRole("list", { name: /^Inputs by effect/ })
    .getByRole("button", { name: new RegExp(`^Capital, .*${bucket}`) })
    .click();
  const capital = inputs(page).getByRole("textbox", { name: `Capital, percent, ${bucket}` });
  await expect(capital).toBeFocused();
  await expect(capital).toHaveValue(from ?? "");
  expect(Number(after)).not.toBe(Number(before));
  expect(Math.abs(Number(to) - Number(from))).toBe(5);
});

test("the figure chosen decides the order, and the table has what the bars show", async ({ page }) => {
  await openDrivers(page);
  const byLoss = await names(page);
  expect(byLoss).toHaveLength(12);
  await choose(page, "Figure", "Top 1 % gives");
  await expect(card(page).getByText(/^Of all inputs, .* moves what the top 1 % give most/)).toBeVisible();
  const byTop = await names(page);
  expect(byTop).not.toEqual(byLoss);
  await card(page).getByRole("button", { name: "Show all 25 inputs" }).click();
  await expect(ways(page)).toHaveCount(25);
  expect((await names(page)).slice(0, 12)).toEqual(byTop);

  await card(page).getByText("Table", { exact: true }).click();
  const heads = card(page).getByRole("table").getByRole("rowheader");
  expect((await heads.allInnerTexts()).map(plain)).toEqual(await names(page));
});

test("a longer step is computed anew, and says how far each input went", async ({ page }) => {
  await openDrivers(page);
  const words = (name: RegExp) =>
    card(page)
      .getByRole("listitem")
      .filter({ has: page.getByRole("button", { name }) });
  await expect(words(/^Lose all, .*Seed/)).toContainText(/40.% → 35.% … 45.%/);
  await choose(page, "Shares and weights", "± 10 points");
  await expect(words(/^Lose all, .*Seed/)).toContainText(/40.% → 30.% … 50.%/);
  await choose(page, "All else", "± 50 %");
  await expect(words(/^All multiples, .*Seed/)).toContainText(/×\s0\.5 … ×\s1\.5/);
  await card(page)
    .getByText(/steps? not made in full/)
    .click();
});

test("what has no effect is listed with the reason, and leads to its input", async ({ page }) => {
  const [early, late] = smallFund.buckets;
  const fund = {
    ...smallFund,
    correlationWeights: { macro: 0.5, systematic: 0.5, idiosyncratic: 0 },
    buckets: [early, late],
  };
  await openDrivers(page, addressOf(fund));
  await expect(withoutEffect(page)).toContainText(
    "the idiosyncratic weight is 0, so that all deals of a bucket return the same",
  );
  await expect(withoutEffect(page)).toContainText("recycling is off");
  await withoutEffect(page)
    .getByRole("button", { name: /Deals, .*Early/ })
    .click();
  await expect(inputs(page).getByRole("textbox", { name: "Deals, Early", exact: true })).toBeFocused();
});

test("new inputs pale the bars until theirs are there", async ({ page }) => {
  await page.setViewportSize(WHOLE);
  await openDrivers(page);
  await expect(moneySentence(page)).toBeVisible();
  const before = await moneySentence(page).innerText();
  await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("20");
  await expect(state(page)).toHaveText(/^Bars of earlier inputs/);
  await expect(moneySentence(page)).not.toHaveText(before);
  await expect(state(page)).toHaveText("");

  await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("70");
  await expect(state(page)).toHaveText("Bars of the last valid inputs.");
});

/** Counts what is asked of workers, by kind. */
const countRequests = (page: Page) =>
  page.addInitScript(() => {
    const asked: Record<string, number> = {};
    Object.assign(window, { asked });
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message: string) {
      const [kind = ""] = Object.keys(JSON.parse(message));
      asked[kind] = (asked[kind] ?? 0) + 1;
      post.call(this, message);
    };
  });

const requests = (page: Page, kind: string) =>
  page.evaluate((kind) => (window as unknown as { asked: Record<string, number> }).asked[kind] ?? 0, kind);

test("nothing is computed while the card is out of view, and no bar twice", async ({ page }) => {
  await countRequests(page);
  await openWorkbench(page);
  expect(await requests(page, "compare")).toBe(0);
  await card(page).scrollIntoViewIfNeeded();
  await expect(moneySentence(page)).toBeVisible();
  expect(await requests(page, "compare")).toBe(25);
  await choose(page, "Figure", "Median");
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect(card(page)).not.toBeInViewport();
  await card(page).scrollIntoViewIfNeeded();
  await expect(card(page).getByText(/moves the median most/)).toBeVisible();
  expect(await requests(page, "compare")).toBe(25);
});

test("an input ends the study of those before it", async ({ page }) => {
  await page.setViewportSize(WHOLE);
  await countRequests(page);
  await openWorkbench(page);
  await card(page).scrollIntoViewIfNeeded();
  const field = inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true });
  // Each as soon as the one before is under way.
  let asked = 0;
  for (const deals of ["30", "35", "40"]) {
    await expect.poll(() => requests(page, "compare")).toBeGreaterThan(asked);
    asked = await requests(page, "compare");
    await field.fill(deals);
    await expect(state(page)).toHaveText(/earlier inputs|when inputs rest/);
  }
  await expect(state(page)).toHaveText("");
  await expectSharp(page);
  const words = card(page)
    .getByRole("listitem")
    .filter({ has: page.getByRole("button", { name: /^Deals, .*Seed/ }) });
  await card(page)
    .getByRole("button", { name: /^Show all/ })
    .click();
  await expect(words).toContainText(/40 → 36 … 44/);
});

test("the keyboard reaches every control and every input by its bar", async ({ page }) => {
  await openDrivers(page);
  await card(page).getByRole("combobox", { name: "Figure" }).focus();
  await page.keyboard.press("Tab");
  await expect(card(page).getByRole("combobox", { name: "Shares and weights" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(card(page).getByRole("combobox", { name: "All else" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(ways(page).first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(inputs(page).locator(":focus")).toHaveCount(1);
});

test("where the engine fails that is said, and can be tried again", async ({ page }) => {
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    let isBroken = true;
    Worker.prototype.postMessage = function (message: string) {
      const request = JSON.parse(message);
      if (!request.compare || !isBroken) return post.call(this, message);
      isBroken = false;
      const failed = { id: request.compare.id, message: "out of memory" };
      queueMicrotask(() => this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ failed }) })));
    };
  });
  await openWorkbench(page);
  await card(page).scrollIntoViewIfNeeded();
  await expect(card(page).getByRole("alert")).toContainText("could not be computed: out of memory.");
  await card(page).getByRole("button", { name: "Try again" }).click();
  await expect(moneySentence(page)).toBeVisible();
  await expect(card(page).getByRole("alert")).toHaveCount(0);
});

test("the worker answers for the newest base alone, and compares as the engine does", async ({ page }) => {
  await page.goto("/runs");
  const assets: Record<string, string> = JSON.parse((await page.locator("script#assets").textContent()) ?? "{}");
  const fund = (numScenarios: number, deals: number) =>
    JSON.stringify({ ...smallFund, numScenarios, buckets: smallFund.buckets.map((bucket) => ({ ...bucket, deals })) });
  const answers = await page.evaluate(
    async ({ script, engine, module, long, base, other }) => {
      const worker = new Worker(script, { type: "module" });
      const answers: Record<string, { id?: number }>[] = [];
      const compared = new Promise<void>((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = ({ data }) => {
          answers.push(JSON.parse(data));
          if (answers.at(-1)?.compared) resolve();
        };
      });
      const post = (message: object) => worker.postMessage(JSON.stringify(message));
      post({ start: { engine, module } });
      // Takes longer than the next message.
      post({ base: { id: 1, configuration: long } });
      post({ base: { id: 2, configuration: base } });
      post({ compare: { id: 1, configurations: [other] } });
      post({ compare: { id: 2, configurations: [other, base] } });
      await compared;
      worker.terminate();
      return answers;
    },
    {
      script: assets["engine-worker.js"] ?? "",
      engine: assets["engine.js"] ?? "",
      module: assets["engine_bg.wasm"] ?? "",
      long: fund(1_000_000, 1_000),
      base: fund(2_000, 4),
      other: fund(2_000, 5),
    },
  );
  type Compared = { id: number; comparisons: { gross: { mean: { difference: number } } }[] };
  const [ready, based, compared] = answers as [object, { based: { id: number } }, { compared: Compared }];
  expect(answers).toHaveLength(3);
  expect(ready).toEqual({ ready: {} });
  expect(based.based.id).toBe(2);
  expect(compared.compared.id).toBe(2);
  const differences = compared.compared.comparisons.map(({ gross }) => gross.mean.difference);
  expect(differences[0]).not.toBe(0);
  expect(differences[1]).toBe(0);
});
