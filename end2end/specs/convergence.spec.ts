import type { Page } from "@playwright/test";

import { deals, expect, expectSharp, figureValue, openWorkbench, rowsOnServer, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

const card = (page: Page) => page.getByRole("region", { name: "How sure it is", exact: true });

/** Scrolls to the card and waits until it has looked at all rows. */
async function look(page: Page, rows: string): Promise<void> {
  await card(page).scrollIntoViewIfNeeded();
  await expect(card(page).getByText(new RegExp(`${rows} rows give ±`))).toBeVisible();
}

test("a figure is drawn against the number of rows, and rows that are enough are named", async ({ page }) => {
  await openWorkbench(page);
  const median = await figureValue(page, "Median");
  await look(page, "100,000");
  await card(page).getByText("Table", { exact: true }).click();
  const rows = card(page).getByRole("table").getByRole("row");
  // A head, and 500, 1,000, 2,000 … 100,000 rows.
  await expect(rows).toHaveCount(9);
  await expect(rows.last()).toContainText("100,000");
  expect(Number.parseFloat((await rows.last().getByRole("cell").first().innerText()).trim())).toBe(median);

  const reach = card(page).getByRole("textbox", { name: /^Half of the 95 % interval/ });
  await reach.fill("0.02");
  await expect(card(page)).toContainText(/about [\d,]+ rows are enough\. 100,000 rows give ± 0\.0\d+\s×/);
  await reach.fill("0.005");
  await expect(card(page)).toContainText(/To know it to ±\s+×\s+needs about [\d,]+ rows\. 100,000 rows give/);
  const button = card(page).getByRole("button", { name: /^Set the run to [\d,]+ rows$/ });
  const needed = (await button.innerText()).replace(/[^\d]/g, "");
  await button.click();
  await expect(rowsOnServer(page)).toHaveValue(Number(needed).toLocaleString("en"));
});

test("another figure is known otherwise, and a share is asked in points", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, numScenarios: 10_000 }));
  await look(page, "100,000");
  await card(page).getByRole("combobox", { name: "Figure" }).selectOption("Loses money");
  await expect(card(page).getByRole("img", { name: "Loses money against the number of rows" })).toBeVisible();
  await expect(card(page)).toContainText(/100,000 rows give ± 0\.\d+\spoints/);
  await card(page).getByRole("textbox", { name: "Half of the 95 % interval asked for, points" }).fill("nothing");
  await expect(card(page)).toContainText("A number above 0 belongs here");
});

test("an infinite variance is said, and promises nothing for the mean", async ({ page }) => {
  const heavy = { name: "Seed", capitalAllocation: 100, deals: 20, moicCalibration: { median: 1, p90: 4 } };
  await openWorkbench(page, addressOf({ fundId: "heavy", numScenarios: 10_000, buckets: [heavy] }));
  await look(page, "100,000");
  await card(page).getByRole("combobox", { name: "Figure" }).selectOption("Mean");
  await expect(card(page)).toContainText("cannot be promised: the variance is infinite");
  await expect(card(page)).toContainText("The median and the other quantiles hold.");
});

test("inputs that change are followed when they rest, and earlier points are said to be earlier", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await look(page, "100,000");
  await deals(page, "Early").fill("20");
  await expectSharp(page);
  const median = await figureValue(page, "Median");
  await card(page).scrollIntoViewIfNeeded();
  await card(page).getByText("Table", { exact: true }).click();
  const last = card(page).getByRole("table").getByRole("row").last().getByRole("cell").first();
  await expect(last).toContainText(median.toFixed(2));
});
