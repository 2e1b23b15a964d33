import type { Page } from "@playwright/test";

import {
  authoritativeBadge,
  expect,
  expectSharp,
  figureValue,
  inputs,
  openWorkbench,
  rowsOnServer,
  runOnServer,
  test,
} from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

/** Presses Tab until the element with this accessible name is reached. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press("Tab");
    const reached = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    });
    if (name.test(reached.trim())) return;
  }
  throw new Error(`150 presses of Tab did not reach ${name}`);
}

test("a keyboard alone changes inputs, runs and verifies", async ({ page }) => {
  await openWorkbench(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();

  const before = await figureValue(page, "Loses money");
  await tabTo(page, /^Macro/);
  for (let steps = 0; steps < 30; steps += 1) await page.keyboard.press("ArrowRight");
  await expectSharp(page);
  // What is common to all deals is not diversified away.
  expect(await figureValue(page, "Loses money")).toBeGreaterThan(before);

  await tabTo(page, /^Rows of the run on the server/);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("50000");
  await tabTo(page, /^Run 50,000/);
  await page.keyboard.press("Enter");
  await expect(authoritativeBadge(page)).toBeVisible({ timeout: 60_000 });
  await tabTo(page, /^Verify all/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("same bits as the server · 49 of 49 blocks and the summary verified")).toBeVisible();
});

test("the link to the content moves the focus there and leaves the address alone", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  const address = page.url();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  expect(page.url()).toBe(address);
});

test("the threshold of the distribution moves by arrow keys", async ({ page }) => {
  await openWorkbench(page);
  const threshold = page.getByRole("slider", { name: "Multiple asked about" });
  const before = await threshold.getAttribute("aria-valuetext");
  await threshold.focus();
  await page.keyboard.press("ArrowRight");
  await expect(threshold).not.toHaveAttribute("aria-valuetext", before ?? "");
});

test("the focus stays on Run, also when the button to cancel goes", async ({ page }) => {
  await openWorkbench(page);
  const run = page.getByRole("button", { name: /^Run [\d,]+/ });
  await run.focus();
  await page.keyboard.press("Enter");
  await expect(authoritativeBadge(page)).toBeVisible({ timeout: 60_000 });
  await expect(run).toBeFocused();

  await rowsOnServer(page).fill("10,000,000");
  await run.focus();
  await page.keyboard.press("Enter");
  const cancel = page.getByRole("button", { name: "Cancel" });
  await cancel.focus();
  await page.keyboard.press("Enter");
  await expect(cancel).toHaveCount(0);
  await expect(run).toBeFocused();
});

test("the focus stays on Verify", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "20,000");
  const verify = page.getByRole("button", { name: "Verify all" });
  await verify.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^same bits as the server/)).toBeVisible();
  await expect(verify).toBeFocused();
});

test("the focus stays in an outcome table while its bands go", async ({ page }) => {
  await openWorkbench(page);
  await page.getByRole("button", { name: /^Seed: how one deal/ }).click();
  const removes = page.getByRole("button", { name: /^Remove band/ });
  const bands = await removes.count();
  expect(bands).toBeGreaterThan(2);
  await removes.nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(removes).toHaveCount(bands - 1);
  await expect(removes.nth(1)).toBeFocused();
  await removes.last().focus();
  await page.keyboard.press("Enter");
  await expect(removes).toHaveCount(bands - 2);
  await expect(removes.last()).toBeFocused();
  // The last band stays, and so does the focus.
  for (let left = bands - 2; left > 0; left -= 1) await page.keyboard.press("Enter");
  await expect(removes).toHaveCount(1);
  await expect(removes.first()).toBeFocused();
});

test("a run and what is wrong with an entry are told to screen readers", async ({ page }) => {
  await openWorkbench(page);
  const told = (words: string | RegExp) => page.getByRole("status").filter({ hasText: words });
  await runOnServer(page, "20,000");
  await expect(told("Run finished.")).toHaveCount(1);
  await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed" }).fill("99.9");
  await expect(told(/^99\.9 % is above the first band's share/)).toHaveCount(1);
  const reinvested = inputs(page).getByRole("slider", { name: /^Reinvested/ });
  await expect(reinvested).toHaveAttribute("aria-valuetext", /^\d+ %$/);
});
