import { test } from "../fixtures.js";
import { forgetStatus, pages } from "../pages.js";

for (const [name, open] of Object.entries(pages)) {
  for (const width of [1440, 390]) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`picture of ${name}, ${width} px, ${colorScheme}`, async ({ page, complaints }) => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 1000 });
        await open(page);
        const file = `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: `artifacts/screenshots/${file}`, fullPage: true });
        forgetStatus(complaints);
      });
    }
  }
}
