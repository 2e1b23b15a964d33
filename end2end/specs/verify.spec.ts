import type { Page } from "@playwright/test";

import { expect, openWorkbench, runLink, runOnServer, seed, test } from "../fixtures.js";
import { type Run, doctorBlockDigest, doctorRun, doctored } from "../pages.js";

const rowOfDifference = (page: Page, what: string) =>
  page
    .getByRole("alert")
    .filter({ hasText: "This run is not what its configuration gives." })
    .getByRole("row")
    .filter({ hasText: what });

/** The run on the page, as the server has it: its answer to the page may have been the job that makes it. */
async function runOfPage(page: Page): Promise<Run> {
  const path = await runLink(page).getAttribute("href");
  return (await page.request.get(`/api${path}`)).json();
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
  await runOnServer(page, "3,000");
  const other = await runOfPage(page);
  await seed(page).fill("1");
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

const changes: Record<string, (run: Run) => void> = {
  "a changed figure": (run) => {
    run.summary.fund.recycled.mean *= 1.1;
  },
  "a changed summary digest": (run) => {
    run.summaryDigest = doctored(run.summaryDigest);
  },
};

for (const [what, change] of Object.entries(changes)) {
  test(`${what} is said whatever is verified`, async ({ page }) => {
    await doctorRun(page, change);
    await openWorkbench(page);
    await runOnServer(page, "20,000");
    for (const extent of ["Verify 10 random blocks", "Verify all"]) {
      await page.getByRole("button", { name: extent }).click();
      await expect(page.getByText("NOT the same: 1 difference")).toBeVisible();
      await expect(rowOfDifference(page, "summary digest over the figures")).toBeVisible();
    }
  });
}

test("figures of another run, with their digest, are found by making the summary again", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "3,000");
  const other = await runOfPage(page);
  await seed(page).fill("1");
  await doctorRun(page, (run) => {
    run.summary = other.summary;
    run.summaryDigest = other.summaryDigest;
  });
  await runOnServer(page);
  await page.getByRole("button", { name: "Verify all" }).click();
  await expect(page.getByText("NOT the same: 1 difference")).toBeVisible();
  await expect(rowOfDifference(page, "summary digest")).toBeVisible();
});
