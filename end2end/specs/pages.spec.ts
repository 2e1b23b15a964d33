import { expectAccessible } from "../axe.js";
import { expect, test } from "../fixtures.js";
import { pages } from "../pages.js";

/** Pages with tables that are read without scrolling sideways. */
const HAS_TABLES = /^(workbench|runs?|funds)/;

// Each is opened once, for that takes longer than a look, and on a narrow screen, where what is pressed is easiest to hide.
for (const [name, open] of Object.entries(pages)) {
  test(`${name}: fits from 360 to 2560 px, and axe finds nothing serious`, async ({ page, complaints }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.setViewportSize({ width: 360, height: 900 });
    await test.step("open", () => open(page, complaints));

    if (HAS_TABLES.test(name)) {
      await test.step("tables are read without scrolling sideways at 360 px", async () => {
        const tables = page.locator(":is(.stacks, .pairs):visible");
        const overflows = await tables.evaluateAll((all) =>
          all.map(({ parentElement: scroller }) => (scroller ? scroller.scrollWidth - scroller.clientWidth : 0)),
        );
        expect.soft(Math.max(0, ...overflows), `tables stick out by ${overflows} px`).toBe(0);
      });
    }

    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.evaluate(() => window.scrollTo(0, 0));
    await expectAccessible(page, { seriousOnly: true });

    await test.step("nothing sticks out", async () => {
      for (const width of [360, 390, 768, 1024, 1440, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect.soft(overflow, `${width} px`).toBeLessThanOrEqual(0);
      }
    });

    await test.step("pictures", async () => {
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 1000 });
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const file = `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: `artifacts/screenshots/${file}`, fullPage: true });
        }
      }
    });
  });
}
