import { loadavg } from "node:os";

import { expect, inputs, openWorkbench, test } from "../fixtures.js";
import { addressOf } from "../pages.js";

/** Moves of the pointer from one end of the slider to the other, the next one a frame after the last was taken. */
const STEPS = 100;
/** How often the pointer goes from one end to the other. The browser still compiles the page's code in the first pass. */
const PASSES = 4;

const MEASURES = {
  "event to redrawn chart": "foliocast:input-to-redraw",
  "event to painted frame": "foliocast:input-to-paint",
};

const fiveBuckets = {
  fundId: "timing",
  numScenarios: 10_000,
  buckets: Array.from({ length: 5 }, (_, index) => ({
    name: `Bucket ${index + 1}`,
    capitalAllocation: 20,
    moicCalibration: { median: 1.5, p90: 4 },
  })),
};

const funds = {
  "default fund, 45 deals": { address: "/" },
  "default fund beside a pinned variant": { address: "/", isPinned: true },
  "10,000 rows, 5 buckets, 1 deal each": { address: addressOf(fiveBuckets) },
};

// A trace photographs the document at every step, in the page's own time.
test.use({ trace: "off" });

for (const [name, { address, isPinned }] of Object.entries<{ address: string; isPinned?: boolean }>(funds)) {
  test(`how fast a drag redraws: ${name}`, async ({ page }) => {
    await openWorkbench(page, address);
    if (isPinned) {
      await page.getByRole("button", { name: "Pin to compare" }).click();
      await expect(page.getByRole("region", { name: "Compared with pinned" })).toContainText("100,000 rows of each");
    }
    await page.evaluate(() => {
      const durations: number[] = [];
      Object.assign(window, { longTaskMs: durations });
      new PerformanceObserver((list) => durations.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: "longtask",
      });
      performance.clearMeasures();
    });
    const slider = inputs(page).getByRole("slider", { name: /^Macro/ });
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    if (!box) throw new Error("the slider has no place on the page");
    const y = box.y + box.height / 2;
    // The browser's own protocol: what the test runner does around each of its calls would take part in the measure.
    const browser = await page.context().newCDPSession(page);
    const dragTo = (x: number) =>
      browser.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y, button: "left", buttons: 1 });
    const nextFrame = () =>
      browser.send("Runtime.evaluate", { expression: "new Promise(requestAnimationFrame)", awaitPromise: true });
    await page.mouse.move(box.x + box.width * 0.1, y);
    await page.mouse.down();
    let secondPassAt = 0;
    for (let pass = 0; pass < PASSES; pass += 1) {
      if (pass === 1) secondPassAt = await page.evaluate(() => performance.now());
      for (let step = 0; step <= STEPS; step += 1) {
        const along = (pass % 2 ? STEPS - step : step) / STEPS;
        await dragTo(box.x + box.width * (0.1 + 0.8 * along));
        await nextFrame();
      }
    }
    await page.mouse.up();
    const { measures, longTaskMs } = await page.evaluate(() => ({
      measures: performance
        .getEntriesByType("measure")
        .map(({ name, startTime, duration }) => ({ name, startTime, duration })),
      longTaskMs: (window as unknown as { longTaskMs: number[] }).longTaskMs,
    }));
    for (const [label, measure] of Object.entries(MEASURES)) {
      const entries = measures.filter((entry) => entry.name === measure);
      const passes = {
        "first pass": entries.filter(({ startTime }) => startTime < secondPassAt),
        "further passes": entries.filter(({ startTime }) => startTime >= secondPassAt),
        "all passes": entries,
      };
      for (const [pass, entries] of Object.entries(passes)) {
        const sorted = entries.map(({ duration }) => duration).sort((a, b) => a - b);
        const at = (share: number) =>
          sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]?.toFixed(1);
        expect(sorted.length, label).toBeGreaterThan(0);
        console.log(`${name}: ${label}, ${pass}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, n = ${sorted.length}`);
      }
    }
    console.log(`${name}: load ${loadavg()[0]?.toFixed(1)} over the last minute`);
    const over = longTaskMs.filter((duration) => duration > 50);
    console.log(
      `${name}: ${over.length} tasks over 50 ms while dragging${over.length ? `: ${over.join(", ")} ms` : ""}`,
    );
  });
}
