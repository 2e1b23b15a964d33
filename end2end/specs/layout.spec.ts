import { expect, figure, inputs, openWorkbench, test } from "../fixtures.js";

test("on a narrow screen a line at its foot follows the inputs, clear of what has the focus", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await openWorkbench(page);
  const line = inputs(page).locator(".summary-line");
  await expect(line).toBeInViewport();
  for (const name of ["Median", "Mean", "Loses money"]) {
    await expect(line).toContainText(`${name} ${await figure(page, name).innerText()}`);
  }
  const before = await line.innerText();
  const slider = inputs(page).getByRole("slider", { name: /^Macro/ });
  await slider.fill("80");
  await expect(line).not.toHaveText(before);
  await page.evaluate(() => window.scrollTo(0, 0));
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      const line = document.querySelector(".summary-line");
      if (!line || !focused?.closest(".inputs")) return 0;
      const [place, top] = [focused.getBoundingClientRect(), line.getBoundingClientRect().top];
      return top >= window.innerHeight ? 0 : place.bottom - top;
    });
    expect(hidden).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(line).toBeHidden();
});

test.describe("with a finger", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } });

  test("what is pressed is at least 24 px high, and letters of inputs are 16 px", async ({ page }) => {
    await openWorkbench(page);
    const controls = page.locator("main :is(button, input, select, summary):visible");
    const small = await controls.evaluateAll((all) =>
      all
        .filter((control) => control.getBoundingClientRect().height < 24)
        .map((control) => control.outerHTML.slice(0, 200)),
    );
    expect(small).toEqual([]);
    const letters = await page
      .locator("main :is(input, select):visible")
      .evaluateAll((all) => all.map((input) => getComputedStyle(input).fontSize));
    expect(new Set(letters)).toEqual(new Set(["16px"]));
  });
});

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
