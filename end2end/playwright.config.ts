import { defineConfig } from "@playwright/test";

/** The pages in Debian's Chromium, against the real server. Artifacts stay in `artifacts/`. */
export default defineConfig({
  testDir: "specs",
  outputDir: "artifacts/results",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  // One at a time: a test keeps both of two cores busy, so that two at once take as long, and the timings that are printed
  // would be of a busy machine.
  workers: 1,
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
