import { AxeBuilder } from "@axe-core/playwright";

import { expect, test } from "../fixtures.js";
import { forgetStatus, pages } from "../pages.js";

for (const colorScheme of ["light", "dark"] as const) {
  for (const [name, open] of Object.entries(pages)) {
    test(`${name}, ${colorScheme}: axe finds nothing serious`, async ({ page, complaints }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await open(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const findings = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html).slice(0, 5) }));
      expect(findings).toEqual([]);
      forgetStatus(complaints);
    });
  }
}
