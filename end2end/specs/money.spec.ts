import type { Page } from "@playwright/test";

import { expect, expectSharp, figure, inputs, openWorkbench, results, test } from "../fixtures.js";

const fundSize = (page: Page) => inputs(page).getByRole("textbox", { name: /^Fund size/ });
const ask = (page: Page) => results(page).getByRole("group", { name: "Ask the distribution" });

test("a fund's size turns multiples into money and changes none of them", async ({ page }) => {
  await openWorkbench(page);
  const median = await figure(page, "Median").innerText();
  await fundSize(page).fill("50m USD");
  const money = results(page)
    .getByText(/^\$[\d.]+\sm$/)
    .first();
  await expect(money).toBeVisible();
  const millions = Number.parseFloat((await money.innerText()).slice(1));
  expect(millions / Number.parseFloat(median)).toBeCloseTo(50, 0);
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(results(page).getByText("less than $50 m")).toBeVisible();
  await expect(ask(page)).toContainText("Returns the fund, $50 m or more back on $50 m invested");
  await expect(page.locator(".threshold")).toContainText("$100 m · 95 %: ");
  await page.getByRole("button", { name: "Money", exact: true }).click();
  await expect(
    results(page)
      .getByRole("row", { name: /^Fund .*\$/ })
      .first(),
  ).toBeVisible();
  // The size goes with the link.
  await expect(page).toHaveURL(/#c1\.[\w-]+\.50000000USD$/);
  await page.reload();
  await expect(fundSize(page)).toHaveValue("50m USD");
  await expect(results(page).getByText("less than $50 m")).toBeVisible();
  await expect(figure(page, "Median")).toHaveText(median);
});

test("what is no size is explained, and the figures stay", async ({ page }) => {
  await openWorkbench(page);
  await fundSize(page).fill("fifty");
  await expect(fundSize(page)).toHaveAccessibleDescription(/“fifty” is no fund size: write an amount and a currency/);
  await expect(page.getByText(/showing the last valid inputs/)).toBeHidden();
  await expect(page.getByRole("button", { name: /^Run [\d,]+/ })).toBeEnabled();
  await expect(results(page).getByRole("button", { name: "Money", exact: true })).toHaveCount(0);
});

test("a multiple is typed and its chance answered, exactly or between two counts", async ({ page }) => {
  await openWorkbench(page);
  await expectSharp(page);
  const multiple = ask(page).getByRole("textbox", { name: "Chance of this multiple or more" });
  await multiple.fill("3");
  await expect(ask(page)).toContainText(`or more: ${await figure(page, "Triples").innerText()} (95 %: `);
  await expect(page.getByRole("slider", { name: "Multiple asked about" })).toHaveAttribute("aria-valuenow", "3");
  await multiple.fill("2.05");
  await expect(ask(page)).toContainText(/or more: [\d.]+\s–\s[\d.]+\s%, between the counts of the nearest multiples/);
  await multiple.fill("many");
  await expect(ask(page)).toContainText("“many” cannot be asked: write a multiple above 0");
  // The line is dragged as before, and the number follows.
  await page.getByRole("slider", { name: "Multiple asked about" }).press("Home");
  await expect(multiple).not.toHaveValue("many");
});

test("a chance is typed or dragged and its multiple answered", async ({ page }) => {
  await openWorkbench(page);
  await expectSharp(page);
  const chance = ask(page).getByRole("textbox", { name: "Reached with a chance of this many percent" });
  await chance.fill("50");
  await expect(ask(page)).toContainText(`${await figure(page, "Median").innerText()} (95 %: `);
  await expect(page.locator("svg.histogram rect.reached")).toHaveCount(1);
  await chance.fill("62.5");
  await expect(ask(page)).toContainText(/between [\d.]+\s× and [\d.]+\s×, the bin it is counted in/);
  const slider = ask(page).getByRole("slider", { name: "Chance asked about, slider" });
  await slider.fill("90");
  await expect(chance).toHaveValue("90");
  await slider.press("ArrowLeft");
  await expect(chance).toHaveValue("89");
  await expect(slider).toHaveAttribute("aria-valuetext", /^89 % reach between /);
  await chance.fill("100");
  await expect(ask(page)).toContainText("“100” cannot be asked: write a chance between 0 and 100 %");
});
