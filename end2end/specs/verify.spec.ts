import type { Page } from "@playwright/test";

import { expect, openWorkbench, runLink, runOnServer, test } from "../fixtures.js";
import { doctorBlockDigest, doctored } from "../pages.js";

type Run = { digest: string; summaryDigest: string; matrixKey: string };

const rowOfDifference = (page: Page, what: string) =>
  page
    .getByRole("alert")
    .filter({ hasText: "This run is not what its configuration gives." })
    .getByRole("row")
    .filter({ hasText: what });

/** Changes the server's answer about a run on its way to the page. */
async function doctorRun(page: Page, change: (run: Run) => Promise<void> | void): Promise<void> {
  await page.route("**/api/monte-carlo/simulate?*", async (route) => {
    const response = await route.fetch({
      url: route
        .request()
        .url()
        .replace(/wait=\d+/, "wait=30000"),
    });
    const json: Run = await response.json();
    await change(json);
    await route.fulfill({ response, json });
  });
}

test("random blocks made again in this browser are the server's", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "100,000");
  await page.getByRole("button", { name: "Verify 10 random blocks" }).click();
  await expect(
    page.getByText("same bits as the server · 10 of 10 blocks, chosen at random from 98 verified"),
  ).toBeVisible();
});

test("a stored run is verified on its own page", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "20,000");
  await runLink(page).click();
  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("same bits as the server · 20 of 20 blocks and the summary verified")).toBeVisible();
});

test("a changed block digest is said loudly", async ({ page }) => {
  await doctorBlockDigest(page, 7);
  await openWorkbench(page);
  await runOnServer(page, "20,000");
  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("NOT the same: 1 difference")).toBeVisible();
  await expect(rowOfDifference(page, "matrix digest over the block digests")).toBeVisible();
});

test("digests of other rows, consistent among themselves, are found by making the rows again", async ({ page }) => {
  await openWorkbench(page);
  const answer = page.waitForResponse((response) => response.url().includes("/simulate"));
  await runOnServer(page, "3,000");
  const other: Run = await (await answer).json();
  await page.getByRole("textbox", { name: /^Seed:/ }).fill("1");
  await doctorRun(page, (run) => {
    run.digest = other.digest;
  });
  await page.route("**/blocks?*", (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/[0-9a-f]{64}/, other.matrixKey),
    }),
  );
  await runOnServer(page);
  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("NOT the same: 3 differences")).toBeVisible();
  for (const block of [0, 1, 2]) await expect(rowOfDifference(page, `block ${block}`)).toBeVisible();
});

test("a changed summary digest is found by verifying all", async ({ page }) => {
  await doctorRun(page, (run) => {
    run.summaryDigest = doctored(run.summaryDigest);
  });
  await openWorkbench(page);
  await runOnServer(page, "20,000");
  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("NOT the same: 1 difference")).toBeVisible();
  await expect(rowOfDifference(page, "summary digest")).toBeVisible();
});
