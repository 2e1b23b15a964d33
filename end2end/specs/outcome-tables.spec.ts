import type { Page } from "@playwright/test";

import { expect, expectSharp, figure, inputs, openWorkbench, test } from "../fixtures.js";

const outlook = (page: Page, bucket: string) => page.getByRole("group", { name: `What one deal does, ${bucket}` });

/** A figure of one deal: `Mean`, `Median` … */
const dealFigure = (page: Page, name: string) =>
  outlook(page, "Seed")
    .locator("dl > div")
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator("dd");

async function openSeed(page: Page): Promise<void> {
  await openWorkbench(page);
  await page.getByRole("button", { name: /^Seed: how one deal/ }).click();
}

const band = (page: Page, number: number, what: "up to, multiple" | "percent of deals") =>
  inputs(page).getByRole("textbox", { name: `Band ${number}, ${what}` });

/** Pastes as a spreadsheet would, into what has the focus. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.activeElement?.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
    );
  }, text);
}

test("an opened bucket says what one deal does, and follows its inputs", async ({ page }) => {
  await openSeed(page);
  // 34 % of the table's deals lie above its first band, 5.5 % above 10 ×; 40 % return nothing.
  await expect(dealFigure(page, "1 × or more")).toHaveText("34.0 %");
  await expect(dealFigure(page, "10 × or more")).toHaveText("5.5 %");
  await expect(dealFigure(page, "Nothing back")).toHaveText("40.0 %");
  await expect(outlook(page, "Seed")).toContainText("Tail exponent 1.44: without a cap the mean is finite");
  await expect(outlook(page, "Seed")).toContainText("of deals at the cap of 200 ×");
  const capped = Number.parseFloat(await dealFigure(page, "Mean").innerText());
  const curve = page.getByRole("img", { name: "Share of deals above each multiple, Seed" });
  await expect(curve.locator("circle")).toHaveCount(5);
  await inputs(page).getByRole("textbox", { name: "Cap, multiple, Seed" }).fill("");
  await expect(outlook(page, "Seed")).toContainText("There is no cap.");
  expect(Number.parseFloat(await dealFigure(page, "Mean").innerText())).toBeGreaterThan(capped);
  await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("70");
  await expect(outlook(page, "Seed")).toContainText("Shown once the numbers above");
  await expect(dealFigure(page, "Mean")).toHaveText("—");
  // The capital of another bucket is none of this deal's business.
  await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("20");
  await inputs(page).getByRole("textbox", { name: "Capital, percent, Series A" }).fill("0");
  await expect(dealFigure(page, "Nothing back")).toHaveText("20.0 %");
});

test("the curve has a table behind it", async ({ page }) => {
  await openSeed(page);
  const card = outlook(page, "Seed");
  await card.getByText("Table", { exact: true }).click();
  await expect(card.getByRole("row", { name: /^10\.00\b.*5\.5/ })).toBeVisible();
});

test("a range becomes the median and the P90, and a wrong one is explained", async ({ page }) => {
  await openSeed(page);
  await inputs(page).getByRole("radio", { name: "Power law" }).check();
  const range = inputs(page).getByRole("textbox", { name: /^Range, from the median/ });
  const median = inputs(page).getByRole("textbox", { name: "Median multiple of one deal" });
  const p90 = inputs(page).getByRole("textbox", { name: "Multiple that one deal in ten exceeds" });
  await range.fill("0.5x – 3x");
  await expect(median).toHaveValue("0.5");
  await expect(p90).toHaveValue("3");
  await expect(
    inputs(page).getByText("Half of all deals return more than 0.5 ×, one in ten more than 3 ×."),
  ).toBeVisible();
  await range.blur();
  await expect(range).toHaveValue("0.5 to 3");
  await range.fill("3 to 0.5");
  await expect(range).toHaveAccessibleDescription(/0\.5 is below 3/);
  await expect(median).toHaveValue("0.5");
  await median.focus();
  await paste(page, "0.8 to 2.5");
  await expect(median).toHaveValue("0.8");
  await expect(p90).toHaveValue("2.5");
  await expect(range).toHaveValue("0.8 to 2.5");
  await expect(dealFigure(page, "Median")).toHaveText("0.80 ×");
});

test("a published table is chosen, with its source and what it counts", async ({ page }) => {
  await openSeed(page);
  const menu = inputs(page).getByRole("combobox", { name: "Outcome table to begin with" });
  const before = await figure(page, "Median").innerText();
  await menu.selectOption({ label: "Correlation Ventures 2004–2013, weighted by deals" });
  await expect(band(page, 1, "percent of deals")).toHaveValue("64.8");
  await expect(inputs(page).getByText(/21,000 US venture financings.*\(weighted by deals\)/)).toBeVisible();
  await expect(inputs(page).getByText(/^Ours: the tail exponent 1\.44/)).toBeVisible();
  await expectSharp(page);
  await expect(figure(page, "Median")).not.toHaveText(before);
  await menu.selectOption({ label: "Angels, Wiltbank & Boeker 2007, weighted by deals" });
  await expect(inputs(page).getByText(/scaled to 100 %/)).toBeVisible();
  // What is changed is nobody's table any more.
  await band(page, 1, "percent of deals").fill("50");
  await expect(inputs(page).getByText(/scaled to 100 %/)).toBeHidden();
  await expect(menu.getByRole("option", { name: "Own numbers" })).toHaveJSProperty("selected", true);
});

test("two columns pasted over the bands replace the table, or say why not", async ({ page }) => {
  await openSeed(page);
  await band(page, 3, "up to, multiple").focus();
  await paste(page, "Up to\tDeals\n<1x\t60%\n1-5x\t30%\n5x+\t10%");
  await expect(inputs(page).getByText(/^Table replaced\. 2 bands up to 5 ×, 90 % of deals/)).toBeVisible();
  await expect(band(page, 2, "percent of deals")).toHaveValue("30");
  await expect(band(page, 3, "percent of deals")).toHaveCount(0);
  await expect(dealFigure(page, "1 × or more")).toHaveText("40.0 %");
  await band(page, 1, "up to, multiple").focus();
  await paste(page, "1\t60%\nfive\t30%");
  const alert = inputs(page).getByRole("alert").filter({ hasText: "Nothing was changed." });
  await expect(alert).toContainText("Line 2: “five” is no multiple");
  await expect(band(page, 1, "percent of deals")).toHaveValue("60");
});

test("a table typed into the box is used at a press", async ({ page }) => {
  await openSeed(page);
  await inputs(page).getByText("Paste from a spreadsheet").click();
  const box = inputs(page).getByRole("textbox", { name: /^Two columns/ });
  await box.fill("1;0,7\n3;0,2");
  await page.getByRole("button", { name: "Use as table" }).click();
  await expect(inputs(page).getByText(/^Table replaced\. 2 bands up to 3 ×.*fractions of 1\.$/)).toBeVisible();
  await expect(band(page, 2, "percent of deals")).toHaveValue("20");
});
