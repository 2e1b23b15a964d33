import {
  deals,
  expect,
  expectSharp,
  figure,
  inputs,
  keyFigures,
  openWorkbench,
  previewBadge,
  test,
} from "../fixtures.js";
import { hold } from "../pages.js";

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the first page has the default fund's figures in its HTML", async ({ page }) => {
    const answer = await page.goto("/");
    expect(answer?.status()).toBe(200);
    await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
    // docs/MODEL.md, section 8: over 10,000 scenarios the median with recycling is 2.244, the mean 3.019.
    await expect(figure(page, "Median")).toHaveText("2.24 ×");
    await expect(figure(page, "Mean")).toHaveText("3.02 ×");
    await expect(page.getByText("preview, 10,000 rows, this server")).toBeVisible();
  });
});

test("the page comes alive with the figures that the server sent", async ({ page, browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const plain = await context.newPage();
  await plain.goto("/");
  const sent = await keyFigures(plain);
  await context.close();
  expect(sent).toHaveLength(6);

  await openWorkbench(page);
  await inputs(page).getByRole("combobox", { name: "Preview sharpens to" }).selectOption("10,000");
  await expect(page.getByText(/^preview, 10,000 rows, this browser, [\d.]+\sms$/)).toBeVisible();
  expect(await keyFigures(page)).toEqual(sent);
});

test("what is typed before the page comes alive stays, and counts", async ({ page }) => {
  const letGo = await hold(page, /\/app_bg\.[0-9a-f]+\.wasm$/);
  await page.goto("/");
  const before = Number(await deals(page, "Seed").inputValue());
  await deals(page, "Seed").fill(String(before + 7));
  await inputs(page)
    .getByRole("slider", { name: /^Macro/ })
    .fill("33");
  await inputs(page).getByRole("checkbox", { name: "proceeds are reinvested" }).uncheck();
  await inputs(page).getByRole("combobox", { name: "Preview sharpens to" }).selectOption("40,000");
  await expect(page.getByText("45 deals in 3 buckets.")).toBeVisible();
  letGo();
  await expect(previewBadge(page)).toBeVisible();
  await expectSharp(page);
  await expect(deals(page, "Seed")).toHaveValue(String(before + 7));
  await expect(page.getByText("52 deals in 3 buckets.")).toBeVisible();
  await expect(inputs(page).getByText("33 %", { exact: true })).toBeVisible();
  await expect(inputs(page).getByRole("checkbox", { name: "proceeds are reinvested" })).not.toBeChecked();
  await expect(page.getByText(/^preview, 40,000 rows, this browser/)).toBeVisible();
});

test("a page that does not exist says so and leads back", async ({ page, complaints }) => {
  // Chromium itself reports the status in the console.
  complaints.expect(/status of 404/);
  const answer = await page.goto("/nothing-here");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
  await page.getByRole("link", { name: "Open the workbench" }).click();
  await expect(inputs(page)).toBeVisible();
});

test("a run that nobody made answers 404 and says what to do", async ({ page, complaints }) => {
  complaints.expect(/status of 404/);
  const answer = await page.goto(`/runs/${"0".repeat(64)}`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such run" })).toBeVisible();
  await page.getByRole("link", { name: "See the runs" }).click();
  await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
});

test("the API's page lists its calls", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "API", exact: true }).click();
  await expect(page.getByText("/api/monte-carlo/simulate").first()).toBeVisible();
});
