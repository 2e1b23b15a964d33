import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import {
  authoritativeBadge,
  deals,
  expect,
  expectSharp,
  figure,
  figureValue,
  inputs,
  openWorkbench,
  previewBadge,
  results,
  rowsOnServer,
  runLink,
  runOnServer,
  seed,
  test,
} from "../fixtures.js";
import { acceptAtOnce, addressOf, doctorRun, hold, smallFund } from "../pages.js";
import { Server } from "../server.js";

/** Addresses of jobs, without their events. */
const JOB = /\/api\/jobs\/[^/?]+$/;

/** Begins a run that no machine makes within a test, and gives the links of its job. */
async function startHugeRun(page: Page): Promise<{ self: string; run: string }> {
  await rowsOnServer(page).fill("100,000,000");
  const answer = page.waitForResponse((response) => response.url().includes("/simulate"));
  await page.getByRole("button", { name: "Run 100,000,000" }).click();
  expect((await answer).status()).toBe(202);
  return (await (await answer).json()).links;
}

test("moving a slider changes the figures at once", async ({ page }) => {
  await openWorkbench(page);
  const before = await figureValue(page, "Loses money");
  await inputs(page)
    .getByRole("slider", { name: /^Macro/ })
    .fill("80");
  await expectSharp(page);
  // What is common to all deals is not diversified away.
  expect(await figureValue(page, "Loses money")).toBeGreaterThan(before);
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
  const field = deals(page, "Seed");
  await results(page)
    .locator(".key-figures")
    .evaluate((element) => {
      const seen = { changes: 0 };
      Object.assign(window, { seen });
      new MutationObserver((records) => (seen.changes += records.length)).observe(element, {
        characterData: true,
        childList: true,
        subtree: true,
      });
    });
  const changes = () => page.evaluate(() => (window as unknown as { seen: { changes: number } }).seen.changes);
  await field.fill("0");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/1.*1,?000/);
  await expect(page.getByText(/showing the last valid inputs/)).toBeVisible();
  await expect(inputs(page).getByText("45 deals in 3 buckets.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Run/ })).toBeDisabled();
  await field.fill("-123,456");
  await expect(inputs(page).getByText("45 deals in 3 buckets.")).toBeVisible();
  await expectSharp(page);
  expect(await changes()).toBe(0);
  // Valid again, the figures follow again.
  await field.fill("3");
  await expectSharp(page);
  expect(await changes()).toBeGreaterThan(0);
  await expect(page.getByText(/showing the last valid inputs/)).toBeHidden();
});

test("where so many deals fit no preview of a million rows, that is said", async ({ page }) => {
  const buckets = Array.from({ length: 6 }, (_, index) => ({
    ...{ name: `Bucket ${index + 1}`, capitalAllocation: index ? 16 : 20, deals: 1_000 },
    moicCalibration: { median: 1.5, p90: 4 },
  }));
  await page.goto(addressOf({ ...smallFund, buckets }));
  await expect(previewBadge(page)).toBeVisible();
  const note = inputs(page).getByText("So many deals: the preview ends at 833,333 rows.");
  await expect(note).toBeHidden();
  await inputs(page).getByRole("combobox", { name: "Preview sharpens to" }).selectOption("1,000,000");
  await expect(note).toBeVisible();
  await expect(page.getByText(/^The preview failed/)).toHaveCount(0);
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

test("what the server refuses of earlier inputs stands beside none of the present ones", async ({
  page,
  complaints,
}) => {
  const server = await Server.start({ FOLIOCAST_MAX_DEAL_DRAWS: "1000000" });
  try {
    complaints.expect(/status of 422/);
    await openWorkbench(page, server.url);
    const letGo = await hold(page, "**/simulate?*");
    await rowsOnServer(page).fill("50,000");
    await page.getByRole("button", { name: "Run 50,000" }).click();
    await rowsOnServer(page).fill("20,000");
    letGo();
    const alert = page.getByRole("alert").filter({ hasText: "The run of earlier inputs:" });
    await expect(alert).toBeVisible();
    await expect(rowsOnServer(page)).not.toHaveAttribute("aria-invalid", "true");
    // The message goes with the next edit.
    await rowsOnServer(page).fill("10,000");
    await expect(alert).toBeHidden();
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
  await expect(authoritativeBadge(page)).toContainText("stored bytes checked");

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "60,000" })).toBeVisible();
});

test("a long run shows how far it is, and then its result", async ({ page }) => {
  await openWorkbench(page);
  await acceptAtOnce(page);
  const letEnd = await hold(page, JOB);
  await rowsOnServer(page).fill("300,000");
  await page.getByRole("button", { name: "Run 300,000" }).click();
  await expect(page.getByRole("progressbar", { name: "Run on the server" })).toBeVisible();
  await expect(page.getByText(/^\d+ % · /)).toBeVisible();
  letEnd();
  await expect(authoritativeBadge(page)).toContainText("300,000 rows, computed now", { timeout: 60_000 });
  await expect(page.getByRole("progressbar", { name: "Run on the server" })).toBeHidden();
});

test("a long run is cancelled, here and on the server", async ({ page, request }) => {
  await openWorkbench(page);
  await seed(page).fill("cancelled");
  const links = await startHugeRun(page);
  await expect(page.getByText(/^\d+ % · /)).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Cancelled. Nothing was kept.")).toBeVisible();
  await expect.poll(async () => (await (await request.get(links.self)).json()).state).toBe("cancelled");
  expect((await request.get(links.run)).status()).toBe(404);
  await expect(previewBadge(page)).toBeVisible();
});

test("who leaves the page during a run stops listening, and the run goes on", async ({ page, request }) => {
  await openWorkbench(page);
  await seed(page).fill("left alone");
  const listening = page.waitForRequest(/\/events$/);
  const links = await startHugeRun(page);
  await listening;
  const stopped = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/events"));
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
  await stopped;
  expect((await (await request.get(links.self)).json()).state).not.toBe("cancelled");
  await request.delete(links.self);
});

test("an answer that comes after its page was left is nobody's any more", async ({ page }) => {
  await openWorkbench(page);
  const letGo = await hold(page, "**/simulate?*");
  await rowsOnServer(page).fill("20,000");
  const given = page.waitForEvent("requestfailed", (request) => request.url().includes("/simulate"));
  await page.getByRole("button", { name: "Run 20,000" }).click();
  await expect(page.getByText("asking the server …")).toBeVisible();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
  await given;
  letGo();
  await page.getByRole("link", { name: "Scenarios" }).click();
  await expect(previewBadge(page)).toBeVisible();
});

test("a job whose events cannot be had is asked once a second", async ({ page }) => {
  await openWorkbench(page);
  await acceptAtOnce(page);
  await page.route("**/events", (route) => route.fulfill({ status: 204 }));
  let asked = 0;
  await page.route(JOB, (route) => {
    if (route.request().method() === "GET") asked += 1;
    return route.continue();
  });
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  await startHugeRun(page);
  await expect.poll(() => asked).toBe(1);
  // Enough turns for many more, if nothing held them back.
  for (let turn = 0; turn < 50; turn += 1) await page.evaluate(() => fetch("/healthz"));
  expect(asked).toBe(1);
  await page.clock.runFor(1_000);
  await expect.poll(() => asked).toBe(2);
  await page.getByRole("button", { name: "Cancel" }).click();
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

test("where the server keeps no rows, none are offered", async ({ page }) => {
  await doctorRun(page, (run) => {
    run.numScenarios = 20_000_000;
  });
  await openWorkbench(page);
  await runOnServer(page, "2,000");
  await expect(page.locator(".kept-run").getByText("Rows are not kept above 10,000,000 scenarios.")).toBeVisible();
  await expect(page.locator(".kept-run").getByRole("link", { name: /CSV|Parquet/ })).toHaveCount(0);
});

test("a run's page opens the run's inputs in the workbench", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await runOnServer(page);
  const address = await runLink(page).getAttribute("href");
  const open = page.getByRole("link", { name: "Open in the workbench" });
  const expectRunsInputs = async () => {
    await expect(seed(page)).toHaveValue("linked");
    await expect(deals(page, "Early")).toHaveValue("7");
    await expectSharp(page);
    await expect(page).toHaveURL(/\/#c1\./);
    await expect(page.getByText(/Loading from link/)).toBeHidden();
  };

  await page.goto(address ?? "");
  await open.click();
  await expectRunsInputs();
  await page.reload();
  await expectRunsInputs();

  // Inputs of one's own do not stand in the way.
  await seed(page).fill("other");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.locator(`a[href="${address}"]`).click();
  await open.click();
  await expectRunsInputs();
});

test("inputs outlive a visit to another page", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).fill("kept");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page).toHaveURL(/\/runs$/);
  // A timer that was begun later ends later: by then the address would have followed the inputs.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  await expect(page).toHaveURL(/\/runs$/);

  await page.getByRole("link", { name: "Scenarios" }).click();
  await expect(seed(page)).toHaveValue("kept");
  await page.waitForURL(/\/#c1\./);

  await seed(page).fill("on the way back");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page).toHaveURL(/\/runs$/);
  await page.goBack();
  await expect(seed(page)).toHaveValue("on the way back");
  await page.reload();
  await expect(seed(page)).toHaveValue("on the way back");
});

test("a link to the bare page leaves the inputs in it, and in its address", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await seed(page).fill("still there");
  await page.getByRole("link", { name: "Foliocast" }).click();
  await expect(seed(page)).toHaveValue("still there");
  await page.waitForURL(/\/#c1\./);
  await page.reload();
  await expect(seed(page)).toHaveValue("still there");
});

test("a link carries the inputs in its fragment", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).fill("linked");
  await deals(page, "Seed").fill("3");
  await page.waitForURL(/#c1\./);
  await expectSharp(page);
  const median = await figure(page, "Median").innerText();
  const address = page.url();
  await page.goto("about:blank");
  await openWorkbench(page, address);
  await expect(seed(page)).toHaveValue("linked");
  await expect(deals(page, "Seed")).toHaveValue("3");
  await expect(figure(page, "Median")).toHaveText(median);
});

test("a page without a clipboard says where the link is", async ({ page }) => {
  // As over plain HTTP from another machine.
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }));
  await openWorkbench(page);
  await deals(page, "Series B").fill("11");
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("button", { name: "Not copied: take it from the address bar" })).toBeVisible();
  expect(page.url()).toContain("#c1.");
});

test("the link that is copied opens the same inputs", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openWorkbench(page);
  await deals(page, "Series B").fill("11");
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto("about:blank");
  await openWorkbench(page, address);
  await expect(deals(page, "Series B")).toHaveValue("11");
});

test("a damaged link says so and leaves the default fund", async ({ page }) => {
  await openWorkbench(page, "/#c1.eyJmdW5k!");
  const alert = page.getByRole("alert").filter({ hasText: "damaged" });
  await expect(alert).toBeVisible();
  await page.getByRole("button", { name: "Go on with the default fund" }).click();
  await expect(alert).toBeHidden();
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
});
