import type { APIRequestContext, Page } from "@playwright/test";

import { expectAccessible } from "../axe.js";
import { expect, test as base } from "../fixtures.js";
import { smallFund } from "../pages.js";
import { Server } from "../server.js";

/** Tests with a server that takes on what it will never end. */
const test = base.extend({
  server: async ({}, use) => {
    const server = await Server.start({ FOLIOCAST_MAX_DEAL_DRAWS: "1000000000000" });
    await use(server);
    await server.stop();
  },
});

/** A fund whose name is as long as names may be. */
const longNamed = { ...smallFund, fundId: "W".repeat(64) };

/** Takes hours. */
const endless = {
  fundId: "endless",
  numScenarios: 100_000_000,
  buckets: Array.from({ length: 10 }, (_, number) => ({
    ...{ name: `${number}`, capitalAllocation: 10, deals: 1_000, moicCalibration: { median: 1, p90: 3 } },
  })),
};

/** Makes a run and waits for it. */
async function make(request: APIRequestContext, configuration: object): Promise<string> {
  const answer = await request.post("/api/monte-carlo/simulate?wait=30000", { data: configuration });
  expect(answer.status()).toBe(200);
  const { matrixKey }: { matrixKey: string } = await answer.json();
  return matrixKey;
}

async function expectPresentable(page: Page): Promise<void> {
  await expectAccessible(page);
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(overflow, `${width} px`).toBeLessThanOrEqual(0);
  }
}

test("operators watch the cache, and see what would go before it goes", async ({ page, request, complaints }) => {
  // The form that is refused.
  complaints.expect(/status of 400/);
  await page.goto("/account");
  await page.getByRole("link", { name: "Cache", exact: true }).click();
  await expect(page.getByText("Nothing was asked in this window.")).toBeVisible();
  await expect(page.getByText("Live: new figures every 5 s.")).toBeVisible();
  const requests = page.getByText("for runs and matrices").locator("..").getByRole("strong");
  await expect(requests).toHaveText("0");
  const matrixKey = await make(request, smallFund);
  await make(request, longNamed);
  await make(request, smallFund);
  // By itself, and what the reader opened stays open.
  await expect(requests).toHaveText("3", { timeout: 15_000 });
  const table = page.getByText("As a table");
  await table.click();
  await page.getByRole("button", { name: "Pause" }).click();
  await make(request, smallFund);
  await expect(page.getByText("Paused.")).toBeVisible();
  await expect(requests).toHaveText("3");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(requests).toHaveText("4", { timeout: 15_000 });
  await expect(page.getByRole("region", { name: "Table: answers by period" })).toBeVisible();
  await page.getByRole("link", { name: "Last hour" }).click();
  await expect(page.getByRole("link", { name: "Last hour" })).toHaveAttribute("aria-current", "page");
  await expectPresentable(page);

  await page.getByText("Drop results").click();
  await page.getByLabel("What", { exact: true }).selectOption("matrix");
  await page.getByLabel("Which fund, matrix key or kind").fill("no key");
  await page.getByRole("button", { name: "See what would go" }).click();
  await expect(page.getByRole("alert")).toContainText("expected 64 hexadecimal digits");
  await page.getByLabel("Which fund, matrix key or kind").fill(matrixKey);
  await page.getByRole("button", { name: "See what would go" }).click();
  // Both funds' runs are made from one matrix.
  await expect(page.getByText("2 runs and 1 matrix of the matrix")).toBeVisible();
  await expectPresentable(page);
  await page.getByRole("link", { name: "Leave it" }).click();
  await expect(page.getByText("2 runs and 1 matrix of the matrix")).toBeHidden();
  await page.getByText("Drop results").click();
  await page.getByLabel("What", { exact: true }).selectOption("matrix");
  await page.getByLabel("Which fund, matrix key or kind").fill(matrixKey);
  await page.getByRole("button", { name: "See what would go" }).click();
  await page.getByRole("button", { name: "Drop them" }).click();
  await expect(page.getByText("Dropped: 3 in the durable store")).toBeVisible();

  await page.getByText("Have results made").click();
  await page.getByLabel(/^Configurations/).fill(JSON.stringify([smallFund, { ...smallFund, numScenarios: 0 }]));
  await page.getByRole("button", { name: "See what would be made" }).click();
  await expect(page.getByText("1 run would be made")).toBeVisible();
  await expect(page.getByText("configs[1].numScenarios")).toBeVisible();
  await page.getByRole("button", { name: "Make them" }).click();
  await expect(page.getByText("1 run is made now")).toBeVisible();
  await expect(page.getByRole("region", { name: "Table: who changed the cache" })).toContainText("cache.warm");
});

test("operators watch a job to its end, end one, and try it again", async ({ page, request, complaints }) => {
  await page.goto("/jobs");
  await expect(page.getByText("Nothing was made yet")).toBeVisible();
  const accepted = await request.post("/api/monte-carlo/simulate?wait=0", { data: endless });
  expect(accepted.status()).toBe(202);
  await expect(page.getByRole("progressbar")).toBeVisible({ timeout: 15_000 });
  await expectPresentable(page);
  await page.getByRole("region", { name: "Table: jobs" }).getByRole("link").click();
  const log = page.getByRole("region", { name: "Table: log of the job" });
  await expect(log.getByText("taken on, priority interactive")).toBeVisible();
  await page.getByRole("button", { name: "Cancel for all who wait" }).click();
  await expect(log.getByText("cancelled by this machine")).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(log.getByText("to be tried again, asked by this machine")).toBeVisible();
  // As it goes on, its page says so by itself.
  await expect(log.getByText(/^attempt 1 begun by /)).toHaveCount(2, { timeout: 15_000 });
  await page.getByRole("button", { name: "Cancel for all who wait" }).click();
  await expect(log.getByText("cancelled by this machine")).toHaveCount(2);
  await make(request, longNamed);
  await page.getByRole("navigation", { name: "Pages for operators" }).getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("link", { name: "Complete", exact: true }).click();
  await page.getByRole("region", { name: "Table: jobs" }).getByRole("link").click();
  await expect(log.getByText("complete: the result is stored")).toBeVisible();
  await expectPresentable(page);
  await page.getByRole("navigation", { name: "Pages for operators" }).getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("link", { name: "Failed", exact: true }).click();
  await expect(page.getByText("No job is failed.")).toBeVisible();
  // A server that is gone is said, and what was read stays.
  complaints.expect(/Failed to load resource/);
  await page.route("**/_fn/**", (route) => route.abort());
  await expect(page.getByText(/^Not up to date: /)).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText("No job is failed.")).toBeVisible();
});
