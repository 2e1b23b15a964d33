import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import type { Page } from "@playwright/test";

import { expect, figure, openWorkbench, runLink, runOnServer, test } from "../fixtures.js";
import { make, smallFund } from "../pages.js";

/** Pages of a PDF as Chromium writes it. */
const countPages = (pdf: Buffer) => (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;

/** A page of each size, with the margins that the style sheet asks for. */
const papers = (["A4", "Letter"] as const).map((format) => ({
  format,
  margin: { top: "10mm", right: "10mm", bottom: "10mm", left: "10mm" },
}));

const table = (shares: number[]) => ({
  bands: shares.map((share, index) => ({ to: [1, 5, 10, 20, 50][index], share })),
  tailExponent: 1.44,
});

/** A fund of so many buckets, each with a table of five bands, a cap that binds and a name. */
const fundOf = (names: string[]) => ({
  fundId: "a fund with a name of its own",
  numScenarios: 2_000,
  buckets: names.map((name) => ({
    name,
    capitalAllocation: 100 / names.length,
    deals: 12,
    lossProbability: 0.4,
    maxMoic: 200,
    outcomeTable: table([0.66, 0.22, 0.065, 0.03, 0.017]),
  })),
  recycling: { enabled: true, mode: "same-bucket", reinvestmentRate: 0.1, avgHoldingPeriod: 5, fundLifetime: 10 },
});

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `Bucket ${index + 1}`);

const funds: Record<string, [object, number]> = {
  "one bucket": [fundOf(numbered(1)), 1],
  "three buckets": [fundOf(["Seed", "Series A", "Series B"]), 1],
  "eight buckets": [fundOf(numbered(8)), 1],
  "long names and names from right to left": [
    fundOf([
      ...numbered(4),
      "W".repeat(64),
      "صندوق النمو المبكر في الشرق الأوسط وشمال أفريقيا",
      "成長段階の投資先企業群その一",
    ]),
    1,
  ],
};

for (const [name, [fund, most]] of Object.entries(funds)) {
  test(`the report of a fund of ${name} is ${most} page on A4 and on Letter`, async ({ page }) => {
    await page.goto(`${(await make(page, fund)).page}/report`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Fund");
    for (const paper of papers) expect.soft(countPages(await page.pdf(paper)), paper.format).toBe(most);
  });
}

test("what one page cannot hold goes on, row by row, and all of it is there", async ({ page }) => {
  const names = numbered(50);
  await page.goto(`${(await make(page, fundOf(names))).page}/report`);
  for (const name of names) await expect(page.getByRole("rowheader", { name, exact: true })).toHaveCount(3);
  const pages = countPages(await page.pdf(papers[0]));
  expect(pages).toBeGreaterThan(1);
  expect(pages).toBeLessThanOrEqual(6);
});

test("on paper there is the report alone, in black on white, whatever the theme", async ({ page }) => {
  await page.goto(`${(await make(page, smallFund)).page}/report`);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
  const colours = await page.evaluate(() => [
    getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector("h1") ?? document.body).color,
  ]);
  expect(colours).toEqual(["rgb(255, 255, 255)", "rgb(27, 30, 34)"]);
});

test("a new user takes a report away by what the page says", async ({ page }) => {
  await openWorkbench(page);
  await runOnServer(page, "3,000");
  const median = await figure(page, "Median").innerText();
  await page.getByRole("link", { name: "One-page report" }).click();
  await expect(page.getByRole("heading", { name: "Fund default" })).toBeVisible();
  await expect(page.getByText(median, { exact: true }).first()).toBeVisible();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as one HTML file" }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^foliocast-report-[0-9a-f]{12}\.html$/);
  await page.getByRole("link", { name: "Back to the run" }).click();
  await expect(page.getByRole("heading", { name: "Where it comes from" })).toBeVisible();
  await page.getByRole("link", { name: "One-page report" }).click();
  await expect(page.getByRole("heading", { name: "Fund default" })).toBeVisible();
});

test("Print opens the browser's own window", async ({ page }) => {
  await page.addInitScript(() => {
    window.print = () => document.documentElement.setAttribute("data-printed", "");
  });
  await page.goto(`${(await make(page, smallFund)).page}/report`);
  await page.getByRole("button", { name: "Print" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-printed");
});

test("the file opens from a disk, without a network, and looks like the page", async ({ page, browser }, testInfo) => {
  await page.goto(`${(await make(page, smallFund)).page}/report`);
  const said = await page.getByRole("article").innerText();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as one HTML file" }).click();
  const path = testInfo.outputPath("report.html");
  await (await downloading).saveAs(path);

  const context = await browser.newContext({ offline: true });
  const alone = await context.newPage();
  const asked: string[] = [];
  const complained: string[] = [];
  alone.on("request", (request) => asked.push(request.url()));
  alone.on("console", (message) => complained.push(message.text()));
  const address = pathToFileURL(path).href;
  await alone.goto(address);
  expect(await alone.getByRole("article").innerText()).toBe(said);
  await expect(alone.getByRole("img", { name: "Distribution of the fund multiple" })).toBeVisible();
  expect(await alone.evaluate(() => getComputedStyle(document.body).fontVariantNumeric)).toBe("tabular-nums");
  expect([asked, complained]).toEqual([[address], []]);
  for (const paper of papers) expect(countPages(await alone.pdf(paper)), paper.format).toBe(1);
  await context.close();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a report and a page about a figure read whole", async ({ page }) => {
    await page.goto(`${(await make(page, smallFund)).page}/report`);
    await expect(page.getByRole("article")).toContainText("Early");
    await page.goto("/figures");
    await page.getByRole("link", { name: "Median", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Median", exact: true })).toBeVisible();
    await expect(page.getByRole("row", { name: /^Median 2\.24/ })).toBeVisible();
  });
});

/** What is in the clipboard, by media type. */
const clipboard = (page: Page) =>
  page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const read = async (type: string) => (await item.getType(type)).text();
    return { types: item.types, text: await read("text/plain"), html: await read("text/html") };
  });

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const cards = [
  "Fund multiple",
  "Quantiles",
  "Where the spread comes from",
  "What each bucket contributes",
  "Rank correlation",
  "Capital put to work",
];

test("every table is copied as cells with their numbers in full", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openWorkbench(page);
  await runOnServer(page, "3,000");
  await runLink(page).click();
  for (const name of cards) {
    await card(page, name).getByRole("button", { name: "Copy" }).click();
    await expect(card(page, name).getByRole("status")).toHaveText("Copied");
    const { types, text, html } = await clipboard(page);
    expect(types).toEqual(expect.arrayContaining(["text/html", "text/plain"]));
    const downloading = page.waitForEvent("download");
    await card(page, name).getByRole("button", { name: "CSV" }).click();
    const csv = await readFile(await (await downloading).path(), "utf8");
    // No name of the opening fund has a comma, but heads do.
    const rows = (content: string, separator: string) =>
      content
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(separator));
    expect(rows(text, "\t"), name).toEqual(rows(csv, ","));
    const cells = await page.evaluate((content) => {
      const parsed = new DOMParser().parseFromString(content, "text/html");
      return [...parsed.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
    }, html);
    expect(cells, name).toEqual(rows(text, "\t"));
  }
});

test("where nothing can be copied the card says why", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined });
    Object.defineProperty(window, "isSecureContext", { value: false });
  });
  await openWorkbench(page);
  await card(page, "Quantiles").getByRole("button", { name: "Copy" }).click();
  await expect(card(page, "Quantiles").getByRole("status")).toHaveText(
    "Not copied: a page that came over plain HTTP may not. Take the CSV.",
  );
});

test("every card is a picture, too: SVG with its words and PNG", async ({ page }) => {
  await openWorkbench(page);
  for (const name of cards) {
    const take = async (format: string) => {
      const downloading = page.waitForEvent("download");
      await card(page, name).getByRole("button", { name: format }).click();
      return readFile(await (await downloading).path());
    };
    const svg = (await take("SVG")).toString();
    expect(svg, name).toContain(name === "Fund multiple" ? "P(≥ 2" : "Series A");
    const isWhole = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror") === null,
      svg,
    );
    expect(isWhole, name).toBe(true);
    const png = await take("PNG");
    expect(png.subarray(1, 4).toString(), name).toBe("PNG");
    expect(png.length, name).toBeGreaterThan(4_000);
  }
});

test("every figure and chart says how it is computed, one press away", async ({ page }) => {
  await openWorkbench(page);
  const ways = page.getByRole("main").getByRole("link", { name: /^How “.+” is computed$/ });
  const addresses = await ways.evaluateAll((all) => all.map((way) => way.getAttribute("href") ?? ""));
  expect(addresses.length).toBeGreaterThanOrEqual(12);
  for (const address of new Set(addresses)) expect((await page.request.get(address)).status(), address).toBe(200);
  await page.getByRole("link", { name: "How “Worst 5 %” is computed" }).click();
  await expect(page.getByRole("heading", { name: "Worst 5 %" })).toBeVisible();
  await page.getByRole("link", { name: "Figures", exact: true }).click();
  await expect(page.getByRole("heading", { name: "How the figures are computed" })).toBeVisible();
});
