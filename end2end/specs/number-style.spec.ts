import { readFile } from "node:fs/promises";

import { deals, expect, figure, inputs, openWorkbench, results, runOnServer, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

test.describe("a reader in Germany", () => {
  test.use({ locale: "de-DE", permissions: ["clipboard-read", "clipboard-write"] });

  test("reads and types numbers as at home, from the first page on", async ({ page, server }) => {
    const first = await page.request.get(`${server.url}/`, { headers: { "accept-language": "de-DE,de;q=0.9" } });
    expect(first.headers()["vary"]).toContain("accept-language");
    expect(await first.text()).toMatch(/<b[^>]*>\d,\d\d/);

    await openWorkbench(page);
    await expect(figure(page, "Median")).toHaveText(/^\d,\d\d/);
    await expect(page.getByRole("button", { name: "Run 1.000.000" })).toBeVisible();
    const before = await figure(page, "Mean").innerText();
    await inputs(page).getByRole("textbox", { name: "Lose all, percent of deals, Seed", exact: true }).fill("62,5");
    await expect(page.getByText("preview, 100.000 rows, this browser")).toBeVisible();
    await expect(figure(page, "Mean")).not.toHaveText(before);
    await expect(inputs(page).locator("[aria-invalid]")).toHaveCount(0);
  });

  test("runs what a reader elsewhere runs", async ({ page }) => {
    await openWorkbench(page, addressOf({ ...smallFund, fundId: "at home", numScenarios: 3_000 }));
    await deals(page, "Early").fill("9");
    await runOnServer(page, "3.000");
    await expect(page.getByText("authoritative, 3.000 rows")).toBeVisible();
    const runs = await (await page.request.get("/api/runs")).json();
    expect(runs.items[0].fundId).toBe("at home");
    const other = { ...smallFund, fundId: "elsewhere", numScenarios: 3_000 };
    other.buckets = other.buckets.map((bucket) => (bucket.name === "Early" ? { ...bucket, deals: 9 } : bucket));
    const answer = await page.request.post("/api/monte-carlo/simulate?wait=60000", { data: other });
    expect((await answer.json()).matrixKey).toBe(runs.items[0].matrixKey);
  });

  test("takes numbers to a spreadsheet in its own marks, and files in everybody's", async ({ page }) => {
    await openWorkbench(page);
    const card = results(page).getByRole("region", { name: "Quantiles", exact: true });
    await card.getByRole("button", { name: "Copy" }).click();
    await expect(card.getByRole("status")).toHaveText("Copied");
    const pasted = await page.evaluate(() => navigator.clipboard.readText());
    expect(pasted).toMatch(/\t\d+,\d+/);
    expect(pasted).not.toMatch(/\d\.\d/);
    const download = page.waitForEvent("download");
    await card.getByRole("button", { name: "CSV" }).click();
    expect(await readFile(await (await download).path(), "utf8")).toMatch(/\d\.\d+,/);
  });
});
