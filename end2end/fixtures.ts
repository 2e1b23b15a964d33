import { type Page, test as base, expect } from "@playwright/test";

import { Server } from "./server.js";

type TestFixtures = {
  /** What the page complained of; every test ends with none. */
  complaints: string[];
};

type WorkerFixtures = { server: Server };

/** Tests against a server of their own, whose pages must stay quiet. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      // Chromium reports violations of the content security policy and failed requests here, Leptos its hydration errors.
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
      await use(complaints);
      expect(complaints, "errors and warnings in the console").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the workbench and waits until the engine in this browser has drawn it. */
export async function openWorkbench(page: Page, address = "/"): Promise<void> {
  await page.goto(address);
  await expect(previewBadge(page)).toBeVisible();
}

export const inputs = (page: Page) => page.getByRole("region", { name: "Inputs" });
export const results = (page: Page) => page.getByRole("region", { name: "Results" });
export const previewBadge = (page: Page) => page.getByText(/^preview, [\d,]+ rows, this browser/);
export const authoritativeBadge = (page: Page) => page.getByText(/^authoritative, /);

/** The value of one of the six figures on top: `Median`, `Mean` … */
export const figure = (page: Page, name: string) =>
  results(page)
    .locator("dl > div")
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator("dd b");

/** Runs the workbench's inputs on the server and waits for the result. */
export async function runOnServer(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Run [\d,]+/ }).click();
  await expect(authoritativeBadge(page)).toBeVisible({ timeout: 60_000 });
}
