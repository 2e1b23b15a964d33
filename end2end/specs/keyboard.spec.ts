import type { Page } from "@playwright/test";

import { authoritativeBadge, expect, expectSharp, figureValue, openWorkbench, test } from "../fixtures.js";
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
