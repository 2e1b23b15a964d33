import { expect, openWorkbench, test } from "../fixtures.js";
import { pages } from "../pages.js";

for (const [name, open] of Object.entries(pages)) {
  test(`${name}: nothing sticks out, from 360 to 2560 px`, async ({ page, complaints }) => {
    await open(page, complaints);
    for (const width of [360, 390, 768, 1024, 1440, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect.soft(overflow, `${width} px`).toBeLessThanOrEqual(0);
    }
  });
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
