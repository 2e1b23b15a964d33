import { get } from "node:http";

import { chromium } from "@playwright/test";
import lighthouse from "lighthouse";

import { expect, previewBadge, test } from "../fixtures.js";

/** What Lighthouse must give the first page, of 100. */
const LEAST_SCORE = 95;

test("Lighthouse finds the first page accessible and made by the rules", async ({ server }) => {
  const port = 9_300 + (process.pid % 500);
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", `--remote-debugging-port=${port}`] });
  try {
    const result = await lighthouse(`${server.url}/`, {
      port,
      onlyCategories: ["accessibility", "best-practices"],
      logLevel: "error",
    });
    const categories = Object.values(result?.lhr.categories ?? {});
    expect(categories).toHaveLength(2);
    for (const { title, score, auditRefs } of categories) {
      const missed = auditRefs.map(({ id }) => result?.lhr.audits[id]).filter((audit) => audit?.score === 0);
      console.log(`Lighthouse, first page: ${title} ${Math.round((score ?? 0) * 100)}`);
      expect((score ?? 0) * 100, `${title}: ${missed.map((audit) => audit?.title).join("; ")}`).toBeGreaterThanOrEqual(
        LEAST_SCORE,
      );
    }
  } finally {
    await browser.close();
  }
});

/** Bytes of a file as the server sends it to a browser that knows gzip. */
const gzipBytes = (address: string) =>
  new Promise<number>((resolve, reject) => {
    get(address, { headers: { "accept-encoding": "gzip" } }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.on("end", () => resolve(bytes));
    }).on("error", reject);
  });

test("how much the first visit transfers", async ({ page }) => {
  const addresses = new Set<string>();
  page.on("request", (request) => addresses.add(request.url().split("#")[0] ?? ""));
  await page.goto("/");
  await expect(previewBadge(page)).toBeVisible();
  await page.waitForLoadState("networkidle");
  let total = 0;
  for (const address of addresses) {
    if (!address.startsWith("http")) continue;
    const bytes = await gzipBytes(address);
    total += bytes;
    console.log(`first visit, gzip: ${new URL(address).pathname} ${(bytes / 1000).toFixed(1)} kB`);
  }
  expect(total).toBeGreaterThan(0);
  console.log(`first visit, gzip: ${(total / 1000).toFixed(0)} kB in all, the engine included`);
});
