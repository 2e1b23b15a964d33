import type { Page } from "@playwright/test";

import { expectAccessible } from "../axe.js";
import { expect, test } from "../fixtures.js";

const element = (page: Page) => page.locator("foliocast-preview");
const editor = (page: Page) => page.getByRole("textbox", { name: "Configuration" });

/** The element's figures as programs read them: median, P10 and P90, mean, P(< 1), P(≥ 3). */
const figures = async (page: Page) => {
  const texts = await element(page)
    .locator("data")
    .evaluateAll((all) => all.map((one) => one.getAttribute("value") ?? ""));
  return texts.flatMap((text) => text.split(" ").map(Number));
};

/** Waits until the element's figures are of all rows. */
const whole = (page: Page, rows: string) =>
  expect(element(page).getByText(`${rows} scenarios`, { exact: true })).toBeVisible();

/** The server's own run of a configuration, and of its figures those that the element has. */
async function runOnServer(page: Page, configuration: string) {
  const answer = await page.request.post("/api/monte-carlo/simulate?wait=60000", {
    data: configuration,
    headers: { "content-type": "application/json" },
  });
  expect(answer.status()).toBe(200);
  const { runKey, summary } = await answer.json();
  const { quantiles, probabilities, mean } = summary.fund.recycled;
  const { lt1, ge3 } = probabilities;
  return { runKey, figures: [quantiles.p50, quantiles.p10, quantiles.p90, mean, lt1, ge3] };
}

const runKey = async (page: Page) => {
  await element(page)
    .locator("[part=details]")
    .evaluate((details: HTMLDetailsElement) => (details.open = true));
  return element(page).locator("[part=run-key]").innerText();
};

for (const width of [390, 1440]) {
  test(`the live example is the server's run of its configuration, at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto("/embed");
    await whole(page, "100,000");
    const onServer = await runOnServer(page, await editor(page).inputValue());
    expect(await figures(page)).toEqual(onServer.figures);
    expect(await runKey(page)).toBe(onServer.runKey);

    const changed = (await editor(page).inputValue()).replace("100000", "30000").replace('"deals": 8', '"deals": 3');
    await editor(page).fill(changed);
    await whole(page, "30,000");
    const again = await runOnServer(page, changed);
    expect(again.runKey).not.toBe(onServer.runKey);
    expect(await figures(page)).toEqual(again.figures);
    expect(await runKey(page)).toBe(again.runKey);

    await editor(page).fill(changed.replace('"deals": 3', '"deals": 0'));
    await expect(element(page).locator("[part=fault]")).toHaveText(/^buckets\[1\]\.deals /);
    expect(await figures(page)).toEqual(again.figures);
    await expectAccessible(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
}

test("a link leads to the live example and back, and its workers end with it", async ({ page }) => {
  await page.goto("/figures");
  for (let visit = 0; visit < 2; visit += 1) {
    await page.getByRole("contentinfo").getByRole("link", { name: "In your own pages" }).click();
    await whole(page, "100,000");
    expect(page.workers().filter((worker) => worker.url().includes("package-worker")).length).toBeGreaterThan(0);
    await editor(page).fill((await editor(page).inputValue()).replace("100000", "2000"));
    await whole(page, "2,000");
    await page.getByRole("contentinfo").getByRole("link", { name: "How the figures are computed" }).click();
    await expect(page.getByRole("heading", { name: "How the figures are computed" })).toBeVisible();
    await expect.poll(() => page.workers().filter((worker) => worker.url().includes("package-worker")).length).toBe(0);
  }
});

test("its colours are the page's in both themes", async ({ page }) => {
  await page.goto("/embed");
  await whole(page, "100,000");
  const bars = () =>
    element(page)
      .locator("[part~=bar-gain]")
      .last()
      .evaluate((bar) => getComputedStyle(bar).fill);
  const light = await bars();
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  await expect.poll(bars).not.toBe(light);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("what the package is can be read, with the example's figures", async ({ page }) => {
    await page.goto("/embed");
    await expect(page).toHaveTitle("In your own pages · Foliocast");
    await expect(page.locator('meta[name="description"]')).toHaveAttribute("content", /npm package/);
    for (const name of ["Install", "Start", "As an element", "What there is", "Bundlers", "Content security policy"]) {
      await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
    }
    await expect(page.getByText("npm install ./target/package/foliocast-").first()).toBeVisible();
    await expect(page.getByRole("link", { name: "the HTTP API" })).toHaveAttribute("href", "/api/docs");
    await expect(page.getByRole("img", { name: "Distribution of the fund multiple" })).toBeVisible();
    const { figures: values } = await runOnServer(page, await editor(page).inputValue());
    await expect(page.getByText(/^Computed by this server, 100,000 rows/)).toContainText(
      `median ${values[0].toFixed(2)}\u{a0}×`,
    );
    expect(await page.locator("[style]").count()).toBe(0);
  });
});
