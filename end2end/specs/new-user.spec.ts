/**
 * What somebody does who sees the page for the first time, found by what the page says. Pictures of each task are in
 * `artifacts/screenshots`.
 */
import { readFile } from "node:fs/promises";

import type { Locator, Page } from "@playwright/test";

import { expect, expectSharp, figureValue, openWorkbench, runOnServer, test } from "../fixtures.js";

const photograph = (page: Page, task: string) =>
  page.screenshot({ path: `artifacts/screenshots/new-user-${task}.png`, fullPage: true });

/** Scrolls a part of the page into view until it is there to stay: parts above may still grow. */
async function lookAt(part: Locator, words: RegExp): Promise<void> {
  await expect(async () => {
    await part.scrollIntoViewIfNeeded();
    await expect(part).toContainText(words, { timeout: 3_000 });
  }).toPass();
}

/** Types the three shares of the capital. */
async function allocate(page: Page, shares: [number, number, number]): Promise<void> {
  for (const [index, bucket] of ["Seed", "Series A", "Series B"].entries()) {
    await page.getByRole("textbox", { name: `Capital, percent, ${bucket}` }).fill(String(shares[index]));
  }
  await expect(page.getByText("100 % allocated")).toBeVisible();
}

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openWorkbench(page);
});

test("changes how many of Seed's deals are lost, and reads what that does", async ({ page }) => {
  const [median, loses] = [await figureValue(page, "Median"), await figureValue(page, "Loses money")];
  await page.getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("60");
  await expectSharp(page);
  expect(await figureValue(page, "Median")).toBeLessThan(median);
  expect(await figureValue(page, "Loses money")).toBeGreaterThan(loses);
  await photograph(page, "1-loss-rate");
});

test("finds the share of capital that moves the chance to lose money most", async ({ page }) => {
  const card = page.getByRole("region", { name: "What drives it" });
  await lookAt(card, /Of the shares of capital it is that of/);
  const sentence = card.getByText(/^Of the shares of capital it is that of/);
  const named = (await sentence.innerText()).match(/that of ⁨(.+?)⁩/)?.[1];
  // The bars say the same: the first share of capital from above is the one that is named.
  const first = card.getByRole("button", { name: /^Capital, / }).first();
  await expect(first).toContainText(named ?? "a name");
  await expect(card.getByRole("combobox", { name: "Figure" })).toHaveValue(/\d/);
  await first.click();
  await expect(page.getByRole("textbox", { name: `Capital, percent, ${named}` })).toBeFocused();
  await photograph(page, "2-what-drives-it");
});

test("compares 40/35/25 with 50/30/20", async ({ page }) => {
  await allocate(page, [40, 35, 25]);
  await page.getByRole("button", { name: "Pin to compare" }).click();
  await page.getByRole("textbox", { name: "Name of the pinned variant A" }).fill("40/35/25");
  await allocate(page, [50, 30, 20]);
  await expectSharp(page);
  const comparison = page.getByRole("region", { name: "Compared with pinned" });
  await expect(comparison).toContainText("From 40/35/25 to now: median −");
  await expect(comparison).toContainText("Capital, ⁨Seed⁩ 40 % → 50 %");
  const loses = comparison
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: "Loses money" }) })
    .getByRole("cell");
  // More in Seed loses money more often, and that is no chance: ten errors and more.
  await expect(loses.nth(1)).toContainText(/\+0\.\d+ ± 0\.0\d+/);
  await photograph(page, "3-compare");
});

test("saves a fund, shares it and opens it again", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await allocate(page, [40, 35, 25]);
  await page.getByRole("textbox", { name: "Fund", exact: true }).fill("My first fund");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("saved", { exact: true })).toBeVisible();
  await expectSharp(page);
  const median = await figureValue(page, "Median");
  await photograph(page, "4-save");

  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const shared = await context.newPage();
  await shared.goto(await page.evaluate(() => navigator.clipboard.readText()));
  await expect(shared.getByRole("heading", { name: "My first fund" })).toBeVisible();
  await expectSharp(shared);
  expect(await figureValue(shared, "Median")).toBe(median);

  const later = await context.newPage();
  await later.goto("/");
  await later.getByRole("link", { name: "Funds", exact: true }).click();
  await later
    .getByRole("link", { name: /My first fund/ })
    .first()
    .click();
  await expect(later.getByRole("heading", { name: "My first fund" })).toBeVisible();
  await expect(later.getByRole("textbox", { name: "Capital, percent, Seed" })).toHaveValue("40");
  await expectSharp(later);
  expect(await figureValue(later, "Median")).toBe(median);
  await photograph(later, "4-open-again");
});

test("takes a one-page report away", async ({ page }) => {
  await runOnServer(page, "20,000");
  const median = await figureValue(page, "Median");
  await page.getByRole("link", { name: "One-page report" }).click();
  await expect(page.getByRole("article")).toContainText(median.toFixed(2));
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as one HTML file" }).click();
  const report = await readFile(await (await download).path(), "utf8");
  expect(report).toContain("<title>");
  expect(report).toContain(median.toFixed(2));
  await photograph(page, "5-report");
});
