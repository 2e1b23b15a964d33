import { defineConfig } from "@playwright/test";

const TIMINGS = "timing.spec.ts";

/** The pages in Debian's Chromium, against the real server. Artifacts stay in `artifacts/`. */
export default defineConfig({
  testDir: "specs",
  outputDir: "artifacts/results",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  // Each test has a server and a browser of its own.
  fullyParallel: true,
  workers: 2,
  projects: [
    { name: "pages", testIgnore: TIMINGS },
    // Alone, after the others: what is printed would be of a busy machine.
    { name: "timings", testMatch: TIMINGS, workers: 1 },
  ],
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: {
    viewport: { width: 1440, height: 1000 },
    colorScheme: "light",
    screenshot: "only-on-failure",
    // With the document at every step, without a film of it: that would be filmed for every test, to be thrown away.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
