import { expect, figure, inputs, openWorkbench, test } from "../fixtures.js";

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the first page has the default fund's figures in its HTML", async ({ page }) => {
    const answer = await page.goto("/");
    expect(answer?.status()).toBe(200);
    await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
    // docs/MODEL.md, section 8: the median with recycling is 2.244, the mean 3.019.
    await expect(figure(page, "Median")).toHaveText(/2\.24/);
    await expect(figure(page, "Mean")).toHaveText(/3\.02/);
  });
});

test("the page comes alive with the same figures", async ({ page }) => {
  await openWorkbench(page);
  await expect(figure(page, "Median")).toHaveText(/2\.24/);
  await expect(figure(page, "Mean")).toHaveText(/3\.02/);
});

test("a page that does not exist says so and leads back", async ({ page, complaints }) => {
  const answer = await page.goto("/nothing-here");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
  // Chromium itself reports the status in the console.
  expect(complaints.splice(0).filter((text) => !text.includes("404"))).toEqual([]);
  await page.getByRole("link", { name: "Open the workbench" }).click();
  await expect(inputs(page)).toBeVisible();
});
