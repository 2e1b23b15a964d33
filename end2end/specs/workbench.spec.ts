import { authoritativeBadge, expect, figure, inputs, openWorkbench, runOnServer, test } from "../fixtures.js";

test("moving a slider changes the figures at once", async ({ page }) => {
  await openWorkbench(page);
  const before = await figure(page, "Loses money").innerText();
  await inputs(page)
    .getByRole("slider", { name: /^Macro/ })
    .fill("80");
  await expect(figure(page, "Loses money")).not.toHaveText(before);
  // The three weights stay one whole.
  const positions = await Promise.all(
    [/^Macro/, /^Bucket:/, /^Deal itself/].map((name) => inputs(page).getByRole("slider", { name }).inputValue()),
  );
  expect(positions.map(Number).reduce((sum, weight) => sum + weight)).toBeCloseTo(100, 3);
});

test("a wrong entry is explained beside its field and the last figures stay", async ({ page }) => {
  await openWorkbench(page);
  const median = await figure(page, "Median").innerText();
  const deals = inputs(page).getByRole("textbox", { name: /Deals/ }).first();
  await deals.fill("0");
  await expect(deals).toHaveAttribute("aria-invalid", "true");
  await expect(deals).toHaveAccessibleDescription(/1.*1,?000/);
  await expect(page.getByText(/showing the last valid inputs/)).toBeVisible();
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(page.getByRole("button", { name: /^Run/ })).toBeDisabled();
});

test("a run on the server is kept, verified to the bit, and found again", async ({ page }) => {
  await openWorkbench(page);
  await inputs(page).getByRole("textbox", { name: "Rows of the run on the server" }).fill("60000");
  await runOnServer(page);
  await expect(authoritativeBadge(page)).toContainText("60,000 rows");

  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText(/same bits as the server · 59 of 59 blocks and the summary verified/)).toBeVisible();

  const median = await figure(page, "Median").innerText();
  await page.getByRole("link", { name: /^\/runs\// }).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]{64}$/);
  await expect(figure(page, "Median")).toHaveText(median);
  await page.reload();
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(authoritativeBadge(page)).toContainText("digest verified");

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "60,000" })).toBeVisible();
});

test("a stored run can be read without scripts", async ({ page, browser, server }) => {
  await openWorkbench(page);
  await runOnServer(page);
  const address = await page.getByRole("link", { name: /^\/runs\// }).getAttribute("href");
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const plain = await context.newPage();
  await plain.goto(address ?? "");
  await expect(plain.getByText("2.24", { exact: false }).first()).toBeVisible();
  await context.close();
});

test("a link carries the inputs in its fragment", async ({ page }) => {
  await openWorkbench(page);
  await inputs(page)
    .getByRole("textbox", { name: /^Seed:/ })
    .fill("linked");
  await page.waitForURL(/#c1\./);
  const median = await figure(page, "Median").innerText();
  const address = page.url();
  await page.goto("about:blank");
  await openWorkbench(page, address);
  await expect(inputs(page).getByRole("textbox", { name: /^Seed:/ })).toHaveValue("linked");
  await expect(figure(page, "Median")).toHaveText(median);
});

test("a damaged link says so", async ({ page }) => {
  await page.goto("/#c1.eyJmdW5k!");
  await expect(page.getByRole("alert").filter({ hasText: "damaged" })).toBeVisible();
});
