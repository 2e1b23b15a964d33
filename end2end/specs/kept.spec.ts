import type { Page } from "@playwright/test";

import { deals, expect, inputs, openWorkbench, previewBadge, seed, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

const goOn = (page: Page) => page.getByRole("button", { name: "Continue where you left off" });

/** Waits until the browser keeps a draft that holds `text`. */
const kept = (page: Page, text: string) =>
  expect.poll(() => page.evaluate(() => sessionStorage.getItem("foliocast.draft") ?? "")).toContain(text);

test("what is typed is there after a reload, valid or not, however soon it comes", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).fill("kept");
  await deals(page, "Seed").fill("a dozen");
  await page.reload();
  await expect(deals(page, "Seed")).toHaveValue("a dozen");
  await expect(deals(page, "Seed")).toHaveAttribute("aria-invalid", "true");
  await expect(seed(page)).toHaveValue("kept");
  await expect(goOn(page)).toHaveCount(0);

  // Also once the address holds the last valid inputs.
  await deals(page, "Seed").fill("12");
  await page.waitForURL(/#c1\./);
  await deals(page, "Seed").fill("13 or so");
  await page.reload();
  await expect(deals(page, "Seed")).toHaveValue("13 or so");
  await deals(page, "Seed").fill("14");
  await expect(previewBadge(page)).toBeVisible();
});

test("a page that is loaded again before its address has followed loses nothing", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  const before = page.url();
  await seed(page).fill("typed last");
  await kept(page, "typed last");
  await expect(page).not.toHaveURL(before);
  await Promise.all([
    page.waitForEvent("load"),
    page.evaluate((before) => {
      history.replaceState(null, "", before);
      location.reload();
    }, before),
  ]);
  await expect(page.locator("[data-alive]")).toBeAttached();
  await expect(seed(page)).toHaveValue("typed last");
  await expect(page).not.toHaveURL(before);
});

test("another configuration in the address comes first, and what was typed is offered beside it", async ({ page }) => {
  await openWorkbench(page);
  await seed(page).fill("my own");
  await deals(page, "Seed").fill("none");
  await kept(page, "none");
  await page.goto("about:blank");
  await page.goto(addressOf(smallFund));
  await expect(seed(page)).toHaveValue("linked");
  await expect(goOn(page)).toBeVisible();
  // It waits, also while the link's inputs are changed and the page is loaded again.
  await seed(page).fill("changed");
  await page.reload();
  await expect(seed(page)).toHaveValue("changed");
  await goOn(page).click();
  await expect(seed(page)).toHaveValue("my own");
  await expect(deals(page, "Seed")).toHaveValue("none");
  await expect(goOn(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(seed(page)).toHaveValue("changed");
});

test("two tabs keep their drafts apart, and a new one is offered the newest", async ({ page, context }) => {
  await openWorkbench(page);
  await seed(page).fill("first tab");
  await kept(page, "first tab");
  const second = await context.newPage();
  await second.goto("/");
  await expect(goOn(second)).toBeVisible();
  await expect(seed(second)).toHaveValue("0");
  await second.getByRole("button", { name: "Leave it" }).click();
  await expect(goOn(second)).toHaveCount(0);
  await seed(second).fill("second tab");
  await kept(second, "second tab");

  await page.reload();
  await expect(seed(page)).toHaveValue("first tab");
  await second.reload();
  await expect(seed(second)).toHaveValue("second tab");
  await expect(goOn(second)).toHaveCount(0);
  await second.close();
  await page.close();

  const third = await context.newPage();
  await third.goto("/");
  await expect(third.getByText(/^You worked on the default fund, changed/)).toBeVisible();
  await goOn(third).click();
  await expect(seed(third)).toHaveValue("second tab");
  await third.close();
});

test("a saved fund is still known as saved after a reload and after another page", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "known" }));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const saved = inputs(page).getByText("saved", { exact: true });
  await expect(saved).toBeVisible();
  await kept(page, "known");
  await page.reload();
  await expect(saved).toBeVisible();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
  await page.getByRole("link", { name: "Scenarios" }).click();
  await expect(saved).toBeVisible();
  await seed(page).fill("changed");
  await expect(inputs(page).getByText("unsaved changes")).toBeVisible();
});

test("a saved fund that is opened in a new tab is not offered once more", async ({ page, context }) => {
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "known" }));
  await seed(page).fill("stored");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  await kept(page, "stored");
  const other = await context.newPage();
  await other.goto("/");
  await expect(goOn(other)).toBeVisible();
  await other.goto("/?fund=known");
  await expect(seed(other)).toHaveValue("stored");
  await expect(goOn(other)).toHaveCount(0);
});

for (const [what, text] of Object.entries({
  "no JSON": "{",
  "another version": '{"version": 99}',
  "a hostile draft": JSON.stringify({
    version: 1,
    tab: "x",
    savedAt: 1,
    fragment: "",
    draft: { buckets: [{ shape: {} }] },
  }),
})) {
  test(`where ${what} was kept, that is said and the page opens`, async ({ page }) => {
    await page.goto("/runs");
    await page.evaluate((text) => sessionStorage.setItem("foliocast.draft", text), text);
    await openWorkbench(page);
    await expect(page.getByText(/^What this browser had kept of your inputs is/)).toBeVisible();
    await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
    await seed(page).fill("goes on");
    await expect(page.getByText(/^What this browser had kept of your inputs is/)).toBeHidden();
  });
}

test("a browser without room says so and loses nothing else", async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await openWorkbench(page);
  await seed(page).fill("not kept");
  await expect(page.getByText(/^This browser does not keep what you type/)).toBeVisible();
  await expect(seed(page)).toHaveValue("not kept");
});
