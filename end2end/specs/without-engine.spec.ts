import type { Page } from "@playwright/test";

import { expect, figure, runOnServer, test } from "../fixtures.js";

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
    await expect(page.getByText(/^This browser cannot run the engine/)).toBeVisible();
    await runOnServer(page);
    await expect(figure(page, "Median")).toContainText("×");
  });
}
