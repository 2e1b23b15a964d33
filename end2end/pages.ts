import type { Page } from "@playwright/test";

import { openWorkbench, runOnServer } from "./fixtures.js";

/** Every kind of page, and how to get there. */
export const pages: Record<string, (page: Page) => Promise<unknown>> = {
  workbench: (page) => openWorkbench(page),
  "workbench after a run": async (page) => {
    await openWorkbench(page);
    await runOnServer(page);
  },
  run: async (page) => {
    await openWorkbench(page);
    await runOnServer(page);
    await page.getByRole("link", { name: /^\/runs\// }).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{64}$/);
    await page.getByRole("heading", { name: "Where it comes from" }).waitFor();
  },
  runs: async (page) => {
    await page.goto("/runs");
    await page.getByRole("heading", { name: "Runs" }).waitFor();
  },
  "not found": async (page) => {
    await page.goto("/nothing-here");
  },
};

/** Chromium reports the status 404 of a page in the console by itself. */
export function forgetStatus(complaints: string[]): void {
  const others = complaints.filter((text) => !text.includes("status of 404"));
  complaints.splice(0, complaints.length, ...others);
}
