import { readFile } from "node:fs/promises";

import {
  authoritativeBadge,
  expect,
  expectSharp,
  figure,
  inputs,
  openWorkbench,
  previewBadge,
  results,
  rowsOnServer,
  runLink,
  runOnServer,
  test,
} from "../fixtures.js";
import { Server } from "../server.js";

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

test("the line in the distribution is dragged to ask another multiple", async ({ page }) => {
  await openWorkbench(page);
  const threshold = page.getByRole("slider", { name: "Multiple asked about" });
  await expect(threshold).toHaveAttribute("aria-valuenow", "2");
  const chart = await page.locator("svg.histogram").boundingBox();
  if (!chart) throw new Error("the chart has no place on the page");
  const y = chart.y + chart.height / 2;
  await page.mouse.move(chart.x + chart.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(chart.x + chart.width * 0.8, y, { steps: 5 });
  await page.mouse.up();
  expect(Number(await threshold.getAttribute("aria-valuenow"))).toBeGreaterThan(4);
});

test("buckets are added, named and removed", async ({ page }) => {
  await openWorkbench(page);
  await inputs(page).getByRole("textbox", { name: "Capital, percent, Seed" }).fill("40");
  await expect(inputs(page).getByText("95 % allocated, 5 % left")).toBeVisible();
  await page.getByRole("button", { name: "Add bucket" }).click();
  const name = inputs(page).getByRole("textbox", { name: "Name, Bucket 4" });
  await expect(name).toBeFocused();
  await expect(inputs(page).getByText("100 % allocated")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Growth");
  await expect(results(page).getByRole("rowheader", { name: "Growth" }).first()).toBeVisible();
  await page.getByRole("button", { name: /^Growth: how one deal/ }).click();
  await page.getByRole("button", { name: "Remove Growth" }).click();
  await expect(inputs(page).getByText("95 % allocated, 5 % left")).toBeVisible();
  await inputs(page).getByRole("textbox", { name: "Capital, percent, Seed" }).fill("45");
  await expect(results(page).getByRole("rowheader", { name: "Growth" })).toHaveCount(0);
});

test("a wrong entry is explained beside its field and the last figures stay", async ({ page }) => {
  await openWorkbench(page);
  const deals = inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true });
  const median = await figure(page, "Median").innerText();
  await deals.fill("0");
  await expect(deals).toHaveAttribute("aria-invalid", "true");
  await expect(deals).toHaveAccessibleDescription(/1.*1,?000/);
  await expect(page.getByText(/showing the last valid inputs/)).toBeVisible();
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(page.getByRole("button", { name: /^Run/ })).toBeDisabled();
});

test("what the server alone refuses is explained beside its field", async ({ page, complaints }) => {
  const server = await Server.start({ FOLIOCAST_MAX_DEAL_DRAWS: "1000000" });
  try {
    complaints.expect(/status of 422/);
    await openWorkbench(page, server.url);
    await rowsOnServer(page).fill("50,000");
    await page.getByRole("button", { name: "Run 50,000" }).click();
    await expect(rowsOnServer(page)).toHaveAttribute("aria-invalid", "true");
    await expect(rowsOnServer(page)).toHaveAccessibleDescription(/1000000|1,000,000/);
    // Another number is another question.
    await rowsOnServer(page).fill("20,000");
    await expect(rowsOnServer(page)).not.toHaveAttribute("aria-invalid", "true");
    await runOnServer(page);
    await page.goto("about:blank");
  } finally {
    await server.stop();
  }
});

test("a run on the server is kept, verified to the bit, and found again", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "60000");
  await expect(authoritativeBadge(page)).toContainText("60,000 rows");

  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("same bits as the server · 59 of 59 blocks and the summary verified")).toBeVisible();

  const median = await figure(page, "Median").innerText();
  await runLink(page).click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]{64}$/);
  await expect(figure(page, "Median")).toHaveText(median);
  await page.reload();
  await expect(figure(page, "Median")).toHaveText(median);
  await expect(authoritativeBadge(page)).toContainText("digest verified");

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "60,000" })).toBeVisible();
});

test("a long run shows how far it is, and then its result", async ({ page }) => {
  await openWorkbench(page);
  await rowsOnServer(page).fill("8,000,000");
  await page.getByRole("button", { name: "Run 8,000,000" }).click();
  await expect(page.getByRole("progressbar", { name: "Run on the server" })).toBeVisible();
  await expect(page.getByText(/^\d+ % · /)).toBeVisible();
  await expect(authoritativeBadge(page)).toContainText("8,000,000 rows, computed now", { timeout: 60_000 });
  await expect(page.getByRole("progressbar", { name: "Run on the server" })).toBeHidden();
});

test("a long run is cancelled, here and on the server", async ({ page, request }) => {
  await openWorkbench(page);
  await inputs(page)
    .getByRole("textbox", { name: /^Seed:/ })
    .fill("cancelled");
  await rowsOnServer(page).fill("10,000,000");
  const answer = page.waitForResponse((response) => response.url().includes("/simulate"));
  await page.getByRole("button", { name: "Run 10,000,000" }).click();
  expect((await answer).status()).toBe(202);
  const { links } = await (await answer).json();
  await expect(page.getByText(/^\d+ % · /)).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled. Nothing was kept.")).toBeVisible();
  await expect.poll(async () => (await (await request.get(links.self)).json()).state).toBe("cancelled");
  expect((await request.get(links.run)).status()).toBe(404);
  await expect(previewBadge(page)).toBeVisible();
});

test("a server that does not answer is named, and asked again", async ({ page, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  await openWorkbench(page);
  await rowsOnServer(page).fill("20,000");
  await page.route("**/simulate?*", (route) => route.abort(), { times: 1 });
  await page.getByRole("button", { name: "Run 20,000" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server did not answer." })).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(authoritativeBadge(page)).toContainText("20,000 rows");
});

test("a run page that cannot be fetched says so", async ({ page, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  await openWorkbench(page);
  await runOnServer(page, "2,000");
  await page.route("**/_fn/**", (route) => route.abort());
  await runLink(page).click();
  await expect(page.getByRole("heading", { name: "The run could not be fetched" })).toBeVisible();
});

test("a stored run can be read without scripts", async ({ page, browser, server }) => {
  await openWorkbench(page);
  await runOnServer(page, "30,000");
  const shown = await Promise.all(["Median", "Mean", "Triples"].map((name) => figure(page, name).innerText()));
  const address = await runLink(page).getAttribute("href");
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const plain = await context.newPage();
  await plain.goto(address ?? "");
  for (const [index, name] of ["Median", "Mean", "Triples"].entries()) {
    await expect(figure(plain, name)).toHaveText(shown[index] ?? "");
  }
  await context.close();
});

test("rows are downloaded as CSV", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "2,000");
  const download = page.waitForEvent("download");
  await page.locator(".kept-run").getByRole("link", { name: "CSV" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trimEnd().split(/\r?\n/);
  expect(lines[0]).toContain("Series A");
  expect(lines).toHaveLength(2_001);
});

test("a link carries the inputs in its fragment", async ({ page }) => {
  await openWorkbench(page);
  const before = await figure(page, "Median").innerText();
  await inputs(page)
    .getByRole("textbox", { name: /^Seed:/ })
    .fill("linked");
  await inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true }).fill("3");
  await page.waitForURL(/#c1\./);
  await expect(figure(page, "Median")).not.toHaveText(before);
  await expectSharp(page);
  const median = await figure(page, "Median").innerText();
  const address = page.url();
  await page.goto("about:blank");
  await openWorkbench(page, address);
  await expect(inputs(page).getByRole("textbox", { name: /^Seed:/ })).toHaveValue("linked");
  await expect(inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true })).toHaveValue("3");
  await expect(figure(page, "Median")).toHaveText(median);
});

test("the link that is copied opens the same inputs", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openWorkbench(page);
  await inputs(page).getByRole("textbox", { name: "Deals, Series B", exact: true }).fill("11");
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto("about:blank");
  await openWorkbench(page, address);
  await expect(inputs(page).getByRole("textbox", { name: "Deals, Series B", exact: true })).toHaveValue("11");
});

test("a damaged link says so and leaves the default fund", async ({ page }) => {
  await openWorkbench(page, "/#c1.eyJmdW5k!");
  const alert = page.getByRole("alert").filter({ hasText: "damaged" });
  await expect(alert).toBeVisible();
  await page.getByRole("button", { name: "Go on with the default fund" }).click();
  await expect(alert).toBeHidden();
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
});
