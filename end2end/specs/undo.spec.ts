import type { Page } from "@playwright/test";

import { deals, expect, expectSharp, figure, inputs, openWorkbench, seed, test } from "../fixtures.js";

const undo = (page: Page) => page.getByRole("button", { name: "Undo", exact: true });
const redo = (page: Page) => page.getByRole("button", { name: "Redo", exact: true });
const told = (page: Page, words: string | RegExp) => page.getByRole("status").filter({ hasText: words });

test("typing is one step, another field the next, and figures follow back and forth", async ({ page }) => {
  await openWorkbench(page);
  const median = await figure(page, "Median").innerText();
  await expect(undo(page)).toBeDisabled();
  const loss = inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Series A" });
  const before = await loss.inputValue();
  await loss.focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("45.5");
  await seed(page).fill("other");
  await expectSharp(page);
  const changed = await figure(page, "Median").innerText();
  await undo(page).click();
  await expect(told(page, "Undid: Seed")).toHaveCount(1);
  await undo(page).click();
  await expect(told(page, "Undid: Lose all, Series A")).toHaveCount(1);
  await expect(loss).toHaveValue(before);
  await expectSharp(page);
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(undo(page)).toBeDisabled();
  await expect(undo(page)).toBeFocused();
  await redo(page).click();
  await redo(page).click();
  await expect(told(page, "Did again: Seed")).toHaveCount(1);
  await expect(loss).toHaveValue("45.5");
  await expectSharp(page);
  await expect(figure(page, "Median")).toHaveText(changed);
});

test("a drag is one step", async ({ page }) => {
  await openWorkbench(page);
  const slider = inputs(page).getByRole("slider", { name: /^Macro/ });
  await slider.scrollIntoViewIfNeeded();
  const before = await slider.inputValue();
  const place = await slider.boundingBox();
  if (!place) throw new Error("the slider has no place on the page");
  const y = place.y + place.height / 2;
  await page.mouse.move(place.x + place.width * 0.1, y);
  await page.mouse.down();
  for (let step = 2; step < 9; step += 1) await page.mouse.move(place.x + (place.width * step) / 10, y);
  await page.mouse.up();
  await expect(slider).not.toHaveValue(before);
  await undo(page).click();
  await expect(slider).toHaveValue(before);
  await expect(undo(page)).toBeDisabled();
});

test("a keyboard alone undoes and redoes, in a text too, and the focus is never lost", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("abc");
  await page.keyboard.press("ControlOrMeta+z");
  await expect(seed(page)).toHaveValue("0");
  await expect(seed(page)).toBeFocused();
  await page.keyboard.press("ControlOrMeta+Shift+z");
  await expect(seed(page)).toHaveValue("abc");
  await page.keyboard.press("ControlOrMeta+z");
  await page.keyboard.press("ControlOrMeta+y");
  await expect(seed(page)).toHaveValue("abc");

  await page.getByRole("button", { name: "Add bucket" }).click();
  const added = inputs(page).getByRole("textbox", { name: "Name, Bucket 4" });
  await expect(added).toBeFocused();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(added).toHaveCount(0);
  await expect(undo(page)).toBeFocused();
  await page.keyboard.press("ControlOrMeta+Shift+z");
  await expect(added).toBeVisible();
});

test("the text to import keeps the browser's own undo", async ({ page }) => {
  await openWorkbench(page);
  await deals(page, "Seed").fill("9");
  await page.getByRole("button", { name: "Funds and files" }).click();
  const text = page.getByLabel("JSON text");
  await text.focus();
  await page.keyboard.type("abc");
  await page.keyboard.press("ControlOrMeta+z");
  await expect(text).toHaveValue("");
  await expect(deals(page, "Seed")).toHaveValue("9");
});

test("a reset is a step", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).fill("kept");
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(seed(page)).toHaveValue("0");
  await undo(page).click();
  await expect(seed(page)).toHaveValue("kept");
});
