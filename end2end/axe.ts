import type { Page } from "@playwright/test";
import axe from "axe-core";

import { expect, test } from "./fixtures.js";

/** Fails where axe finds something wrong with a page in light or in dark, or, if `seriousOnly`, something serious. */
export async function expectAccessible(page: Page, { seriousOnly = false } = {}): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(axe.source);
  for (const colorScheme of ["light", "dark"] as const) {
    await test.step(`axe, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(async () => {
        // Most of the time would go into a selector for each of thousands of elements that are in order.
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({
          resultTypes: ["violations"],
        });
        return violations.map(({ id, help, impact, nodes }) => ({
          ...{ id, help, impact },
          where: nodes.slice(0, 5).map(({ html }) => html),
        }));
      });
      const findings = violations.filter(({ impact }) => !seriousOnly || impact === "serious" || impact === "critical");
      expect.soft(findings, colorScheme).toEqual([]);
    });
  }
}
