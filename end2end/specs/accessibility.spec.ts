import { expect, openWorkbench, test } from "../fixtures.js";

/** Relative luminance (WCAG 2.2) of a colour as browsers compute it, `rgb(r, g, b)`. */
function luminance(colour: string): number {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).map((channel) => {
    const value = Number(channel) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`the borders of inputs stand out 3 to 1 in ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openWorkbench(page);
    await page.getByRole("button", { name: /^Seed: how one deal/ }).click();
    const colours = await page.locator(".inputs :is(.field, select):visible").evaluateAll((all) =>
      all.map((input) => {
        const ground = input.closest(".details > td") ?? input.closest(".inputs") ?? document.body;
        return [getComputedStyle(input).borderTopColor, getComputedStyle(ground).backgroundColor];
      }),
    );
    for (const [border, ground] of colours) {
      const [dark, light] = [luminance(border), luminance(ground)].sort((a, b) => a - b);
      expect((light + 0.05) / (dark + 0.05), `${border} on ${ground}`).toBeGreaterThanOrEqual(3);
    }
  });
}
