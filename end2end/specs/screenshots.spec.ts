import { test } from "../fixtures.js";
import { pages } from "../pages.js";

for (const [name, open] of Object.entries(pages)) {
  test(`pictures of ${name}`, async ({ page, complaints }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open(page, complaints);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 1000 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const file = `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: `artifacts/screenshots/${file}`, fullPage: true });
      }
    }
  });
}
