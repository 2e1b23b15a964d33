import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { deals, expect, expectSharp, inputs, openWorkbench, runOnServer, seed, test } from "../fixtures.js";
import { addressOf, hold, smallFund } from "../pages.js";

const fundName = (page: Page) => inputs(page).getByRole("textbox", { name: "Fund", exact: true });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const file = (page: Page) => page.getByLabel("File", { exact: true });
const told = (page: Page, words: string | RegExp) => page.getByRole("status").filter({ hasText: words });

/** Has the server store a fund, as another tab would. */
async function store(page: Page, fundId: string, changes: object = {}): Promise<void> {
  const configuration = { ...smallFund, fundId, ...changes };
  const answer = await page.request.put(`/api/funds/${encodeURIComponent(fundId)}`, { data: { configuration } });
  expect([200, 201]).toContain(answer.status());
}

const stored = async (page: Page, fundId: string) =>
  (await (await page.request.get(`/api/funds/${encodeURIComponent(fundId)}`)).json()).configuration;

test("a fund is named, saved, changed and saved again", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "Nordic fund II" }));
  await expect(page.getByRole("heading", { name: "Nordic fund II" })).toBeVisible();
  await expect(inputs(page).getByText("not saved", { exact: true })).toBeVisible();
  await button(page, "Save").click();
  await expect(told(page, "Saved as")).toBeVisible();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  expect((await stored(page, "Nordic fund II")).seed).toBe("linked");

  await seed(page).fill("changed");
  await expect(inputs(page).getByText("unsaved changes")).toBeVisible();
  await seed(page).fill("linked");
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  await seed(page).fill("changed");
  await button(page, "Save").click();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  expect((await stored(page, "Nordic fund II")).seed).toBe("changed");
});

test("what is not valid, and the default fund, are not saved, and the page says why", async ({ page }) => {
  await openWorkbench(page);
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText("Give yours a name of its own");
  await fundName(page).fill("mine");
  await deals(page, "Seed").fill("0");
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText("Not saved: what is typed is not valid.");
  await expect(page.getByRole("alert")).toContainText("buckets[0].deals");
  await fundName(page).fill("..");
  await deals(page, "Seed").fill("9");
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText("cannot be part of an address");
});

test("a fund that others stored meanwhile is replaced only on demand", async ({ page, complaints }) => {
  complaints.expect(/status of (412|404)/);
  await store(page, "shared");
  await openWorkbench(page, "/?fund=shared");
  await expect(deals(page, "Early")).toHaveValue("7");
  await deals(page, "Early").fill("8");
  await store(page, "shared", { seed: "theirs" });
  await button(page, "Save").click();
  const question = page.getByRole("alert").filter({ hasText: "was stored again elsewhere" });
  await expect(question).toBeVisible();
  expect((await stored(page, "shared")).seed).toBe("theirs");
  await question.getByRole("button", { name: "Do not save" }).click();
  await expect(question).toBeHidden();
  await expect(button(page, "Save")).toBeFocused();

  // Theirs can be looked at, and one's own comes back.
  await button(page, "Save").click();
  await question.getByRole("button", { name: "Open the stored one" }).click();
  await expect(seed(page)).toHaveValue("theirs");
  await expect(deals(page, "Early")).toHaveValue("7");
  await button(page, "Undo").click();
  await expect(deals(page, "Early")).toHaveValue("8");
  await button(page, "Save").click();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();

  await store(page, "shared", { seed: "theirs" });
  await deals(page, "Early").fill("9");
  await button(page, "Save").click();
  await question.getByRole("button", { name: "Replace it" }).click();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  expect((await stored(page, "shared")).seed).toBe("linked");

  // A name that is taken, and a fund that was deleted.
  await store(page, "taken");
  await fundName(page).fill("taken");
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText("There is a fund");
  await page.getByRole("button", { name: "Give mine another name" }).click();
  await expect(fundName(page)).toBeFocused();
  await fundName(page).fill("shared");
  await page.request.delete("/api/funds/shared");
  await button(page, "Save").click();
  await page.getByRole("button", { name: "Store it again" }).click();
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
});

test("a save that does not reach the server loses nothing", async ({ page, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  await openWorkbench(page, addressOf(smallFund));
  await page.route("**/api/funds/**", (route) => route.abort(), { times: 1 });
  await seed(page).fill("typed offline");
  await button(page, "Save").click();
  await expect(page.getByRole("alert")).toContainText("The server did not answer.");
  await expect(seed(page)).toHaveValue("typed offline");
  await button(page, "Save").click();
  await expect(told(page, "Saved as")).toBeVisible();
});

test("the menu opens stored funds and shows the fund's newest runs", async ({ page }) => {
  await store(page, "first of the menu", { seed: "stored" });
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "with runs" }));
  await runOnServer(page);
  await button(page, "Funds and files").click();
  const menu = page.getByRole("region", { name: "Funds and files" });
  await expect(menu.getByRole("button", { name: "Duplicate" })).toBeFocused();
  await expect(menu.getByRole("link", { name: /^[0-9a-f]{12}…$/ })).toHaveCount(1);
  await expect(menu.getByText("3,000 rows")).toBeVisible();
  await menu.getByRole("button", { name: "first of the menu" }).click();
  await expect(seed(page)).toHaveValue("stored");
  await expect(menu).toBeHidden();
  await button(page, "Undo").click();
  await expect(seed(page)).toHaveValue("linked");

  await button(page, "Funds and files").click();
  await menu.getByRole("button", { name: "Duplicate" }).click();
  await expect(fundName(page)).toBeFocused();
  await expect(fundName(page)).toHaveValue("with runs copy");
  await button(page, "Funds and files").click();
  await page.keyboard.press("Escape");
  await expect(button(page, "Funds and files")).toBeFocused();
});

test("a fund that cannot be opened leaves the inputs alone and says why", async ({ page, complaints }) => {
  complaints.expect(/status of 404/);
  await page.goto("/?fund=nobody");
  await expect(page.getByRole("alert")).toContainText("was not opened");
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
});

test("while a fund is on its way that is said, and a configuration in the address comes before it", async ({
  page,
}) => {
  await store(page, "slow");
  const letGo = await hold(page, "**/_fn/fetch_fund*");
  await page.goto("/?fund=slow");
  await expect(told(page, "Opening the fund")).toBeVisible();
  letGo();
  await expect(deals(page, "Early")).toHaveValue("7");
  await page.waitForURL(/\/#c1\./);

  await page.goto("about:blank");
  await openWorkbench(page, addressOf({ ...smallFund, seed: "in the address" }).replace("/#", "/?fund=slow#"));
  await expect(seed(page)).toHaveValue("in the address");
});

test("the list of funds opens, duplicates, deletes and stores again", async ({ page }) => {
  await store(page, "list me");
  await page.goto("/funds");
  const row = page.getByRole("row").filter({ hasText: "list me" });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("11");
  await row.getByRole("button", { name: /^Duplicate/ }).click();
  const copy = row.filter({ hasText: "list me copy" });
  await expect(copy).toHaveCount(1);
  expect((await stored(page, "list me copy")).fundId).toBe("list me copy");

  await copy.getByRole("button", { name: /^Delete/ }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("list me copy");
  await expect(question).toContainText("Its runs stay");
  await expect(question.getByRole("button", { name: "Keep it" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await copy.getByRole("button", { name: /^Delete/ }).click();
  await question.getByRole("button", { name: "Delete it" }).click();
  await expect(told(page, "was deleted. Its runs stay.")).toBeVisible();
  await expect(copy).toHaveCount(0);
  await button(page, "Store it again").click();
  await expect(copy).toHaveCount(1);

  await copy
    .getByRole("link", { name: /^.*list me copy/ })
    .first()
    .click();
  await expect(fundName(page)).toHaveValue("list me copy");
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
});

test("the list of funds goes on over pages and can be read without scripts", async ({ page, browser, server }) => {
  for (let number = 10; number < 40; number += 1) await store(page, `paged ${number}`);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const plain = await context.newPage();
  await plain.goto("/funds");
  await expect(plain.getByRole("row")).toHaveCount(26);
  await plain.getByRole("link", { name: "More funds" }).click();
  await expect(plain.getByRole("link", { name: "paged 39" }).first()).toBeVisible();
  await plain.getByRole("link", { name: "First funds" }).click();
  await expect(plain.getByRole("row")).toHaveCount(26);
  await context.close();
  for (let number = 10; number < 40; number += 1) await page.request.delete(`/api/funds/paged%20${number}`);
});

test("what is exported is what is imported, as one step", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "a/b: c" }));
  await button(page, "Funds and files").click();
  const download = page.waitForEvent("download");
  await button(page, "Export JSON").click();
  expect((await download).suggestedFilename()).toBe("a-b- c.foliocast.json");
  const text = await readFile(await (await download).path(), "utf8");
  const buckets = JSON.parse(text).buckets.map(({ name }: { name: string }) => name);
  expect(buckets).toEqual(["Early", "Late"]);

  await button(page, "Reset").click();
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
  await file(page).setInputFiles({ name: "fund.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await expect(told(page, "Opened")).toBeVisible();
  await expect(seed(page)).toHaveValue("linked");
  await button(page, "Undo").click();
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
});

test("hostile files and texts change nothing, and every fault is told", async ({ page }) => {
  await openWorkbench(page, addressOf(smallFund));
  await button(page, "Funds and files").click();
  const choose = (buffer: Buffer) =>
    file(page).setInputFiles({ name: '<img src=x onerror="alert(1)">.json', mimeType: "application/json", buffer });
  const alert = page.getByRole("alert");
  await choose(Buffer.alloc(3 << 20, "["));
  await expect(alert).toContainText("a configuration at most");
  await choose(Buffer.from([0xff, 0xfe, 0x00, 0x80]));
  await expect(alert).toContainText("nothing changed");
  await choose(Buffer.from("[".repeat(200_000)));
  await expect(alert).toContainText("nothing changed");
  const wrong = { ...smallFund, seed: [], fundSize: { amount: -1 }, '<script>alert("x")</script>': 1 };
  await choose(Buffer.from(JSON.stringify({ ...wrong, buckets: [{ ...smallFund.buckets[0], deals: 0 }] })));
  for (const path of ["seed", "fundSize", "buckets[0].deals", "<script>"]) await expect(alert).toContainText(path);
  await expect(seed(page)).toHaveValue("linked");
  await expect(deals(page, "Early")).toHaveValue("7");
  await expect(button(page, "Undo")).toBeDisabled();

  await page.getByLabel("JSON text").fill('{"fundId": "pasted"}');
  await button(page, "Open the text").click();
  await expect(alert).toContainText("buckets");
});

test("a run's JSON is taken by paste and by drop", async ({ page }) => {
  const answer = await page.request.post("/api/monte-carlo/simulate?wait=60000", { data: smallFund });
  const text = JSON.stringify(await answer.json());
  await openWorkbench(page);
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await expect(seed(page)).toHaveValue("linked");
  await button(page, "Undo").click();
  await expect(page.getByRole("heading", { name: "Default fund" })).toBeVisible();
  const drop = (type: string) =>
    page.evaluate(
      ([type, text]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], "run.json", { type: "application/json" }));
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      },
      [type, text],
    );
  await drop("dragover");
  await expect(page.getByText("Drop the file to open its configuration")).toBeVisible();
  await drop("drop");
  await expect(seed(page)).toHaveValue("linked");
  await expect(page.getByText("Drop the file to open its configuration")).toBeHidden();
  await expectSharp(page);
});
