import { type Page, test as base, expect } from "@playwright/test";

import { Server } from "./server.js";

/** What the browser's console complained of during a test. */
export class Complaints {
  readonly #seen: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page) {
    // Chromium reports violations of the content security policy and failed requests here, Leptos its hydration errors.
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#seen.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.#seen.push(`uncaught: ${error.stack ?? error.message}`));
  }

  /** Something the test provokes: it must come, and is no failure then. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Fails on what nobody expected, and on what was expected and did not come. */
  check(): void {
    const unexpected = this.#seen.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
    expect(unexpected, "errors and warnings in the console").toEqual([]);
    const missing = this.#expected.filter((pattern) => !this.#seen.some((text) => pattern.test(text)));
    expect(missing, "complaints that should have come").toEqual([]);
  }
}

type Fixtures = { server: Server; complaints: Complaints };

/** Tests with a server each, which holds nothing that another test left, whose pages must stay quiet. */
export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  baseURL: async ({ server }, use) => use(server.url),
  complaints: [
    async ({ page }, use) => {
      const complaints = new Complaints(page);
      await use(complaints);
      complaints.check();
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the workbench and waits until the engine in this browser has drawn it, as sharply as it will. */
export async function openWorkbench(page: Page, address = "/"): Promise<void> {
  await page.goto(address);
  await soon(page, () => /, this browser/.test(document.querySelector(".provenance")?.textContent ?? ""));
  await expect(previewBadge(page)).toBeVisible();
  await expectSharp(page);
}

/** Waits until the figures are of what is typed, as sharp as they get: they then change by new inputs alone. */
export async function expectSharp(page: Page): Promise<void> {
  await soon(page, () => document.querySelector(".results")?.getAttribute("aria-busy") === "false");
  await expect(results(page)).toHaveAttribute("aria-busy", "false");
}

/** Returns soon after something holds in the page: an expectation looks only twice a second at what takes its time. */
const soon = (page: Page, holds: () => boolean) => page.waitForFunction(holds, null, { polling: 50, timeout: 20_000 });

export const inputs = (page: Page) => page.getByRole("region", { name: "Inputs" });
export const results = (page: Page) => page.getByRole("region", { name: "Results" });
export const previewBadge = (page: Page) => page.getByText(/^preview, [\d.,]+ rows, this browser/);
export const authoritativeBadge = (page: Page) => page.getByText(/^authoritative, /);
export const rowsOnServer = (page: Page) =>
  inputs(page).getByRole("textbox", { name: "Rows of the run on the server" });
export const runLink = (page: Page) => page.getByRole("link", { name: /^\/runs\// });

export const seed = (page: Page) => inputs(page).getByRole("textbox", { name: /^Seed:/ });
export const deals = (page: Page, bucket: string) =>
  inputs(page).getByRole("textbox", { name: `Deals, ${bucket}`, exact: true });

/** The value of one of the six figures on top: `Median`, `Mean` … */
export const figure = (page: Page, name: string) =>
  results(page)
    .locator(".key-figures > div")
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator("dd b");

/** The six figures on top, with their errors. */
export const keyFigures = (page: Page) => results(page).locator(".key-figures dd").allInnerTexts();

/** The number in one of the six figures on top. */
export const figureValue = async (page: Page, name: string) => Number.parseFloat(await figure(page, name).innerText());

/** Runs the workbench's inputs on the server and waits for the result. */
export async function runOnServer(page: Page, rows?: string): Promise<void> {
  if (rows) await rowsOnServer(page).fill(rows);
  await page.getByRole("button", { name: /^Run [\d.,]+/ }).click();
  await expect(authoritativeBadge(page)).toBeVisible({ timeout: 60_000 });
}
