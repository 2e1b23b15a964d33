import type { Page } from "@playwright/test";

import { type Complaints, expect, inputs, openWorkbench, runLink, runOnServer } from "./fixtures.js";

/** A digest that differs from `digest` in its first digit. */
export const doctored = (digest: string) => (digest.startsWith("0") ? "1" : "0") + digest.slice(1);

/** The address that opens a configuration in the workbench. */
export const addressOf = (configuration: object) =>
  `/#c1.${Buffer.from(JSON.stringify(configuration)).toString("base64url")}`;

/** A fund of its own, quick to make. */
export const smallFund = {
  fundId: "small",
  numScenarios: 3_000,
  seed: "linked",
  buckets: [
    { name: "Early", capitalAllocation: 60, deals: 7, moicCalibration: { median: 1.5, p90: 4 } },
    { name: "Late", capitalAllocation: 40, deals: 4, moicCalibration: { median: 1.8, p90: 3 } },
  ],
};

/** What tests use of the server's answer about a run. */
export type Run = {
  digest: string;
  summaryDigest: string;
  matrixKey: string;
  numScenarios: number;
  summary: { fund: { recycled: { mean: number } } };
};

/** Changes the server's answer about a run on its way to the page. */
export async function doctorRun(page: Page, change: (run: Run) => void): Promise<void> {
  await page.route("**/api/monte-carlo/simulate?*", async (route) => {
    const response = await route.fetch({ url: waiting(route.request().url(), 30_000) });
    const json: Run = await response.json();
    change(json);
    await route.fulfill({ response, json });
  });
}

/** Lets the server answer with the job at once, however fast it would be with the run. */
export async function acceptAtOnce(page: Page): Promise<void> {
  await page.route("**/api/monte-carlo/simulate?*", (route) =>
    route.continue({ url: waiting(route.request().url(), 0) }),
  );
}

const waiting = (url: string, milliseconds: number) => url.replace(/wait=\d+/, `wait=${milliseconds}`);

/** Holds back what matches until it is let go. */
export async function hold(page: Page, pattern: string | RegExp): Promise<() => void> {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(pattern, async (route) => {
    await gate;
    // The page may have given up on it meanwhile.
    await route.fallback().catch(() => {});
  });
  return letGo;
}

/** Changes one digest of the server's list on its way to the page. */
export async function doctorBlockDigest(page: Page, block: number): Promise<void> {
  await page.route("**/blocks?*", async (route) => {
    const response = await route.fetch();
    const json: { items: { digest: string }[] } = await response.json();
    json.items[block].digest = doctored(json.items[block].digest);
    await route.fulfill({ response, json });
  });
}

const link = (configuration: object) => `/#c1.${Buffer.from(JSON.stringify(configuration)).toString("base64url")}`;

/** Names that people may give: long ones, wide ones, ones of joined letters, ones that run from right to left. */
const HOSTILE_NAMES = [
  "W".repeat(64),
  "👨‍👩‍👧‍👦".repeat(9),
  "成長段階の投資先企業群その一：東アジアと東南アジアの製造業",
  "صندوق النمو المبكر في الشرق الأوسط وشمال أفريقيا",
  "\u202Ereversed by an override (U+202E)",
  "é".normalize("NFD").repeat(20),
  '<b>bold</b> & "quoted"',
  "Series A",
];

/** A fund of as many buckets as there can be, each with a warning, with an id as long as ids can be. */
const hostileFund = {
  fundId: `fund-${"x".repeat(123)}`,
  numScenarios: 2000,
  buckets: Array.from({ length: 50 }, (_, index) => ({
    name: HOSTILE_NAMES[index] ?? `Bucket ${index} ${"m".repeat(48)}`,
    capitalAllocation: 2,
    deals: 5,
    lossProbability: 0.123456,
    moicCalibration: { median: 1.234567, p90: 4.567891 },
  })),
};

/** Has the server make a run. */
export async function make(page: Page, configuration: object): Promise<{ page: string }> {
  const answer = await page.request.post("/api/monte-carlo/simulate?wait=60000", { data: configuration });
  expect(answer.status()).toBe(200);
  return (await answer.json()).links;
}

/** Every kind of page, and how to get there. */
export const pages: Record<string, (page: Page, complaints: Complaints) => Promise<unknown>> = {
  workbench: (page) => openWorkbench(page),
  "workbench with wrong entries": async (page) => {
    await openWorkbench(page);
    await page.getByRole("button", { name: /^Seed: how one deal/ }).click();
    await inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true }).fill("0");
    await inputs(page).getByRole("textbox", { name: "Capital, percent, Series A" }).fill("95");
    await expect(page.getByText(/showing the last valid inputs/)).toBeVisible();
  },
  "workbench with a fund's size": async (page) => {
    await openWorkbench(page, `${addressOf(smallFund)}.50000000USD`);
    await page.getByRole("button", { name: /^Early: how one deal/ }).click();
    await page.getByRole("button", { name: "Money", exact: true }).click();
  },
  "workbench from a damaged link": async (page) => {
    await openWorkbench(page, "/#c1.eyJmdW5k!");
    await expect(page.getByRole("alert").filter({ hasText: "damaged" })).toBeVisible();
  },
  "workbench after a run": async (page) => {
    await openWorkbench(page);
    await runOnServer(page);
    await page.getByRole("button", { name: /^Verify 10/ }).click();
    await expect(page.getByText(/^same bits as the server/)).toBeVisible();
  },
  "workbench with a run that differs": async (page) => {
    await doctorBlockDigest(page, 3);
    await openWorkbench(page);
    await runOnServer(page);
    await page.getByRole("button", { name: "Verify all" }).click();
    await expect(page.getByText(/^NOT the same/)).toBeVisible();
  },
  run: async (page) => {
    await openWorkbench(page);
    await runOnServer(page);
    await runLink(page).click();
    await page.waitForURL(/\/runs\/[0-9a-f]{64}$/);
    await expect(page.getByRole("heading", { name: "Where it comes from" })).toBeVisible();
  },
  report: async (page) => {
    await page.goto(`${(await make(page, smallFund)).page}/report`);
    await expect(page.getByRole("heading", { name: "Fund small" })).toBeVisible();
  },
  "report of a hostile fund": async (page) => {
    await page.goto(`${(await make(page, hostileFund)).page}/report`);
    await expect(page.getByRole("heading", { name: "Made from" })).toBeVisible();
  },
  figures: async (page) => {
    await page.goto("/figures");
    await expect(page.getByRole("heading", { name: "How the figures are computed" })).toBeVisible();
  },
  figure: async (page) => {
    await page.goto("/figures/recycling");
    await expect(page.getByRole("heading", { name: "What it does not say" })).toBeVisible();
  },
  embed: async (page) => {
    await page.goto("/embed");
    await expect(page.locator("foliocast-preview").getByText(/^[\d,]+ scenarios$/)).toBeVisible();
  },
  "workbench with pinned variants": async (page) => {
    await openWorkbench(page);
    for (const deals of ["20", "30", "40"]) {
      await inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true }).fill(deals);
      await page.getByRole("button", { name: "Pin to compare" }).click();
    }
    await page.getByRole("button", { name: "All figures" }).click();
    await expect(page.getByRole("region", { name: "Compared with pinned" })).toContainText("100,000 rows of each");
  },
  "workbench with keys and terms": async (page) => {
    await openWorkbench(page);
    await page.getByRole("button", { name: "Keys and terms" }).click();
    await expect(page.getByRole("dialog", { name: "Keys and terms" })).toBeVisible();
  },
  compare: async (page) => {
    const keys = [];
    for (const seed of ["one", "two", "three"]) keys.push((await make(page, { ...smallFund, seed })).page.slice(6));
    await page.goto(`/compare?runs=${keys.join(",")}`);
    await expect(page.getByText(/the stored figures, to the bit/)).toBeVisible();
  },
  "compare without runs": async (page) => {
    await page.goto("/compare");
    await expect(page.getByText("No runs are chosen.")).toBeVisible();
  },
  runs: async (page) => {
    await page.goto("/runs");
    await expect(page.getByRole("heading", { name: "Runs" })).toBeVisible();
  },
  "funds while there are none": async (page) => {
    await page.route("**/_fn/fetch_funds*", (route) => route.fulfill({ json: { items: [] } }));
    await page.goto("/runs");
    await page.getByRole("link", { name: "Funds", exact: true }).click();
    await expect(page.getByText(/^No funds yet\./)).toBeVisible();
  },
  funds: async (page) => {
    // An id is what a configuration has after normalisation.
    const names = HOSTILE_NAMES.map((name) => name.normalize("NFC"));
    for (const fundId of ["Aurora I", hostileFund.fundId, ...names]) {
      const fundSize = { amount: 250_000_000, currency: "EUR" };
      const data = { configuration: { ...smallFund, fundId }, fundSize };
      expect((await page.request.put(`/api/funds/${encodeURIComponent(fundId)}`, { data })).ok()).toBe(true);
    }
    await page.goto("/funds");
    await page
      .getByRole("row")
      .filter({ hasText: "Aurora I" })
      .getByRole("button", { name: /^Delete/ })
      .click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
  },
  "workbench with its menu of funds": async (page) => {
    await make(page, smallFund);
    const data = { configuration: smallFund };
    expect((await page.request.put("/api/funds/small", { data })).ok()).toBe(true);
    await openWorkbench(page, "/?fund=small");
    await page.getByRole("button", { name: "Funds and files" }).click();
    await expect(page.getByRole("link", { name: /^[0-9a-f]{12}…$/ })).toBeVisible();
    await expect(page.getByRole("button", { name: "small", exact: true })).toBeVisible();
    await page.getByLabel("JSON text").fill('{"fundId": 5.5}');
    await page.getByRole("button", { name: "Open the text" }).click();
    await expect(page.getByRole("alert")).toContainText("fundId");
  },
  "workbench with a fund that differs on the server": async (page, complaints) => {
    complaints.expect(/status of 412/);
    const store = async (seed: string) => {
      const data = { configuration: { ...smallFund, seed } };
      expect((await page.request.put("/api/funds/small", { data })).ok()).toBe(true);
    };
    await store("mine");
    await openWorkbench(page, "/?fund=small");
    await inputs(page).getByRole("textbox", { name: "Deals, Early", exact: true }).fill("9");
    await store("theirs");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("stored again elsewhere");
  },
  "workbench with something to go on with": async (page) => {
    await openWorkbench(page);
    await inputs(page).getByRole("textbox", { name: "Deals, Seed", exact: true }).fill("none");
    await page.goto("about:blank");
    await openWorkbench(page, addressOf(smallFund));
    await expect(page.getByRole("button", { name: "Continue where you left off" })).toBeVisible();
  },
  "workbench with a hostile fund": async (page) => {
    await openWorkbench(page, link(hostileFund));
    await page.getByRole("button", { name: /^W+: how one deal/ }).click();
  },
  "run of a hostile fund": async (page) => {
    await page.goto((await make(page, hostileFund)).page);
    await expect(page.getByRole("heading", { name: "Where it comes from" })).toBeVisible();
  },
  "runs of a hostile fund": async (page) => {
    await make(page, hostileFund);
    await page.goto(`/runs?fund=${hostileFund.fundId}`);
    await expect(page.getByRole("row")).toHaveCount(2);
  },
  "run of one scenario": async (page) => {
    const [bucket] = hostileFund.buckets;
    const buckets = [{ ...bucket, name: "Seed", capitalAllocation: 100 }];
    await page.goto((await make(page, { fundId: "one", numScenarios: 1, buckets })).page);
    await expect(page.getByRole("heading", { name: "Where it comes from" })).toBeVisible();
  },
  "no such run": async (page, complaints) => {
    // Chromium itself reports the status of a page in the console, here and below.
    complaints.expect(/status of 404/);
    await page.goto(`/runs/${"0".repeat(64)}`);
    await expect(page.getByRole("heading", { name: "There is no such run" })).toBeVisible();
  },
  "no such page": async (page, complaints) => {
    complaints.expect(/status of 404/);
    await page.goto("/nothing-here");
    await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
  },
};
