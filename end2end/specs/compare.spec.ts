import type { Page } from "@playwright/test";

import {
  deals,
  expect,
  expectSharp,
  figureValue,
  inputs,
  openWorkbench,
  results,
  runOnServer,
  seed,
  test,
} from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

const pinButton = (page: Page) => page.getByRole("button", { name: "Pin to compare" });
const pins = (page: Page) => page.getByRole("region", { name: "Pinned variants" });
const comparison = (page: Page) => page.getByRole("region", { name: "Compared with pinned" });
const capital = (page: Page, bucket: string) =>
  inputs(page).getByRole("textbox", { name: `Capital, percent, ${bucket}` });

/** The cells of a figure's row: its name, now, and one for each pinned variant. */
const row = (page: Page, figure: string) =>
  comparison(page)
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: figure, exact: true }) });

async function allocate(page: Page, shares: Record<string, number>): Promise<void> {
  for (const [bucket, share] of Object.entries(shares)) await capital(page, bucket).fill(String(share));
}

/** Waits until a figure's row tells a change. */
async function change(page: Page, figure: string): Promise<{ difference: number; error: number; separate: number }> {
  const cell = row(page, figure).getByRole("cell").nth(1);
  await expect(cell).toHaveText(/[+−].* ± .*± /s);
  const numbers = (await cell.innerText()).replaceAll("−", "-").match(/[+-]?\d+(\.\d+)?/g) ?? [];
  const [, difference, error, separate] = numbers.map(Number);
  return { difference: difference ?? NaN, error: error ?? NaN, separate: separate ?? NaN };
}

test("a pinned variant stands beside what is typed, and what changes is known better than either", async ({ page }) => {
  await openWorkbench(page);
  await allocate(page, { Seed: 40, "Series A": 35, "Series B": 25 });
  await expectSharp(page);
  const lossBefore = await figureValue(page, "Loses money");
  await pinButton(page).click();
  await expect(pins(page)).toBeVisible();
  await expect(comparison(page)).toContainText("Nothing differs yet");

  await allocate(page, { Seed: 50, "Series A": 30, "Series B": 20 });
  await expectSharp(page);
  await expect(comparison(page)).toContainText("Capital, ⁨Seed⁩ 40 % → 50 %");
  await expect(comparison(page)).toContainText("100,000 rows of each");
  const loss = await change(page, "Loses money");
  const lossNow = await figureValue(page, "Loses money");
  // Percent on top with one decimal, points in the table with three.
  expect(loss.difference).toBeCloseTo(lossNow - lossBefore, 0);
  expect(loss.difference).toBeGreaterThan(2 * loss.error);
  expect(loss.separate).toBeGreaterThan(2 * loss.error);
  // The chart shows both distributions, by name.
  await expect(results(page).locator(".histogram .outline[d^='M']")).toHaveCount(1);
  const chart = page.getByRole("region", { name: "Fund multiple" });
  await expect(chart.locator(".legend")).toHaveText(["now", "A"]);
});

test("three variants at most are pinned, renamed, opened again and taken off", async ({ page }) => {
  await openWorkbench(page);
  for (const [index, name] of ["A", "B", "C"].entries()) {
    await deals(page, "Seed").fill(String(20 + index));
    await expectSharp(page);
    await pinButton(page).click();
    await expect(page.getByRole("textbox", { name: `Name of the pinned variant ${name}` })).toHaveValue(name);
  }
  await deals(page, "Seed").fill("30");
  await expect(pinButton(page)).toHaveAttribute("aria-disabled", "true");
  await expect(pinButton(page)).toHaveAttribute("title", /unpin one first/);
  await expect(row(page, "Median").getByRole("cell")).toHaveCount(4);

  const name = page.getByRole("textbox", { name: "Name of the pinned variant B" });
  await name.fill("Twenty-one deals");
  await name.press("Enter");
  await expect(comparison(page).getByRole("columnheader", { name: /Twenty-one deals/ })).toBeVisible();

  await page.getByRole("button", { name: "Open the inputs of A" }).click();
  await expect(deals(page, "Seed")).toHaveValue("20");
  await expect(pinButton(page)).toHaveAttribute("title", /pinned already/);

  await page.getByRole("button", { name: "Unpin A" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Open the inputs of Twenty-one deals" })).toBeFocused();
  await page.getByRole("button", { name: "Unpin Twenty-one deals" }).click();
  await page.getByRole("button", { name: "Unpin C" }).click();
  await expect(pinButton(page)).toBeFocused();
  await expect(comparison(page)).toHaveCount(0);
});

test("what cannot be read as a fund cannot be pinned, and says why", async ({ page }) => {
  await openWorkbench(page);
  await deals(page, "Seed").fill("many");
  await expect(pinButton(page)).toHaveAttribute("aria-disabled", "true");
  await pinButton(page).focus();
  await page.keyboard.press("Enter");
  await expect(pins(page)).toHaveCount(0);
});

test("pinned variants are still there after a look at another page", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await pinButton(page).click();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Scenarios", exact: true }).click();
  await expect(pins(page)).toBeVisible();
  await deals(page, "Early").fill("9");
  await expect(comparison(page)).toContainText("Deals, ⁨Early⁩ 7 → 9");
  await change(page, "Mean");
});

test("pinned variants outlive a reload, with their names", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await pinButton(page).click();
  const name = page.getByRole("textbox", { name: "Name of the pinned variant A" });
  await name.fill("Seven deals");
  await name.press("Enter");
  await deals(page, "Early").fill("9");
  await expectSharp(page);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Name of the pinned variant Seven deals" })).toBeVisible();
  await expect(comparison(page)).toContainText("Deals, ⁨Early⁩ 7 → 9");
});

test("stored runs stand side by side, and their rows are compared in this browser", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, seed: "compare" }));
  await runOnServer(page, "20,000");
  await deals(page, "Early").fill("14");
  await runOnServer(page, "20,000");
  await page.goto("/runs");
  const boxes = page.getByRole("checkbox", { name: /^Compare the run/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole("button", { name: "Compare the chosen runs" }).click();
  await expect(page.getByRole("heading", { name: "Compare runs" })).toBeVisible();
  await expect(
    page.getByText("20,000 rows of each made again in this browser: the stored figures, to the bit"),
  ).toBeVisible();
  // Newest first: from fourteen deals to seven.
  await expect(page.getByRole("region", { name: "Inputs that differ" })).toContainText("Deals, ⁨Early⁩ 14 → 7");
  const cell = page
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: "Standard deviation" }) })
    .getByRole("cell")
    .nth(1);
  await page.getByRole("button", { name: "All figures" }).click();
  // Fewer deals spread more.
  await expect(cell).toContainText(/\+\d/);
});

test("runs of different lengths are compared in the rows that both have", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, seed: "lengths" }));
  await runOnServer(page, "3,000");
  await seed(page).fill("other lengths");
  await runOnServer(page, "5,000");
  await page.goto("/runs");
  const boxes = page.getByRole("checkbox", { name: /^Compare the run/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByRole("button", { name: "Compare the chosen runs" }).click();
  await expect(page.getByText("figures of the first 3,000 rows of each, made again in this browser")).toBeVisible();
});

test("too few runs, and a run that is not there, are told", async ({ page, complaints }) => {
  await page.goto("/compare");
  await expect(page.getByText("No runs are chosen.")).toBeVisible();
  complaints.expect(/404/);
  await page.goto(`/compare?runs=${"0".repeat(64)},${"1".repeat(64)}`);
  await expect(page.getByRole("heading", { name: "There is no such run" })).toBeVisible();
});
