import { AxeBuilder } from "@axe-core/playwright";

import { expect, test } from "../fixtures.js";
import { pages } from "../pages.js";

for (const [name, open] of Object.entries(pages)) {
  test(`${name}: axe finds nothing serious`, async ({ page, complaints }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open(page, complaints);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const findings = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html).slice(0, 5) }));
      expect.soft(findings, colorScheme).toEqual([]);
    }
  });
}
