import type { Page } from "@playwright/test";

import { expect, figure, inputs, results, runOnServer, seed, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

/** What the page says of its preview; cards that need the engine say so themselves. */
const engineNote = (page: Page) => page.getByRole("status").filter({ hasText: /^This browser cannot run the engine/ });

const scriptNote = /can be read, but its inputs and buttons need a script/;

const obstacles: Record<string, (page: Page) => Promise<unknown>> = {
  "there are no workers": (page) =>
    page.addInitScript(() => {
      Reflect.deleteProperty(window, "Worker");
    }),
  // What a browser without simd128 does with the module.
  "the engine's module is refused": (page) =>
    page.route(/\/engine_bg\.[0-9a-f]+\.wasm$/, (route) =>
      route.fulfill({ contentType: "application/wasm", body: Buffer.from("\0asm") }),
    ),
};

for (const [obstacle, put] of Object.entries(obstacles)) {
  test(`where ${obstacle} the page says so, and runs on the server`, async ({ page }) => {
    await put(page);
    await page.goto("/");
    await expect(engineNote(page)).toBeVisible();
    await runOnServer(page);
    await expect(figure(page, "Median")).toContainText("×");
  });

  test(`where ${obstacle} no figures stand beside inputs they are not of, unless that is said`, async ({ page }) => {
    await put(page);
    await page.goto(addressOf(smallFund));
    await expect(engineNote(page)).toBeVisible();
    await expect(seed(page)).toHaveValue("linked");
    await expect(page.getByText(/Loading from link/)).toBeHidden();
    await expect(figure(page, "Median")).toHaveText("—");
    await expect(results(page)).toHaveAttribute("aria-busy", "false");

    await runOnServer(page);
    const median = await figure(page, "Median").innerText();
    await expect(page.getByText(/showing earlier inputs/)).toBeHidden();
    await seed(page).fill("other");
    await expect(page.getByText("showing earlier inputs · press Run for these")).toBeVisible();
    await expect(figure(page, "Median")).toHaveText(median);

    await inputs(page).getByRole("button", { name: "Reset" }).click();
    await expect(page.getByText("preview, 10,000 rows, this server")).toBeVisible();
    await expect(page.getByText(/showing earlier inputs/)).toBeHidden();
    // docs/MODEL.md, section 8.
    await expect(figure(page, "Median")).toHaveText("2.24 ×");
  });
}

test("where the page's script cannot be had the page says so", async ({ page, complaints }) => {
  complaints.expect(/Failed to (fetch|load)/);
  await page.route(/\/app\.[0-9a-f]+\.js$/, (route) => route.abort());
  await page.goto("/");
  await expect(page.getByRole("alert")).toHaveText(scriptNote);
  await expect(figure(page, "Median")).toContainText("×");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the page says that its inputs need them", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByText(scriptNote)).toBeVisible();
  });
});
