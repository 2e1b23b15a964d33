import { expect, openWorkbench, test } from "../fixtures.js";
import { forgetStatus, pages } from "../pages.js";

for (const width of [360, 390, 2560]) {
  for (const [name, open] of Object.entries(pages)) {
    test(`${name}: nothing sticks out at ${width} px`, async ({ page, complaints }) => {
      await page.setViewportSize({ width, height: 900 });
      await open(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      forgetStatus(complaints);
    });
  }
}

test("the theme follows the system, and a choice is remembered", async ({ page }) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await openWorkbench(page);
  const light = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  expect(await paper()).toBe(light);
  await page.reload();
  expect(await paper()).toBe(light);
});
