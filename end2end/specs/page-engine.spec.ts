import type { Page } from "@playwright/test";

import {
  deals,
  expect,
  expectSharp,
  figure,
  inputs,
  keyFigures,
  openWorkbench,
  previewBadge,
  results,
  test,
} from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

type Control = { isSilent: boolean; fail: (message: string) => void; posted: string[] };
type Controlled = { control: Control };

/** Puts a worker into the page that can be listened to, silenced and made to fail, where its messages cross. */
const controlWorker = (page: Page) =>
  page.addInitScript(() => {
    const RealWorker = window.Worker;
    const control: Control = { isSilent: false, fail: () => {}, posted: [] };
    Object.assign(window, { control });
    window.Worker = class extends RealWorker {
      constructor(address: string | URL, options?: WorkerOptions) {
        super(address, options);
        control.fail = (message) =>
          this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ failed: { id: null, message } }) }));
      }
      override postMessage(message: string) {
        control.posted.push(message);
        if (!control.isSilent) super.postMessage(message);
      }
    };
  });

const silence = (page: Page, isSilent: boolean) =>
  page.evaluate((isSilent) => {
    (window as unknown as Controlled).control.isSilent = isSilent;
  }, isSilent);

const failWith = (page: Page, message: string) =>
  page.evaluate((message) => (window as unknown as Controlled).control.fail(message), message);

/** Keeps the engine out of the page's own thread; workers have scripts of their own. */
const refusePageEngine = (page: Page) =>
  page.addInitScript(() => {
    const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
    WebAssembly.instantiateStreaming = async (source, imports) => {
      if ((await source).url.includes("/engine_bg.")) throw new Error("no engine here");
      return instantiate(source, imports);
    };
  });

/** Edits until the page's own engine answers, which it does once it has prepared itself. */
async function editUntilPageLeads(page: Page, bucket = "Seed"): Promise<void> {
  let count = 20;
  await expect(async () => {
    const before = await figure(page, "Median").innerText();
    await deals(page, bucket).fill(String((count += 10)));
    await expect(figure(page, "Median")).not.toHaveText(before, { timeout: 1_000 });
  }).toPass();
}

test("the page makes an input's first figures itself, the same that its worker makes", async ({ page, browser }) => {
  await controlWorker(page);
  // So few deals that the page makes as many rows as its worker would at first.
  await openWorkbench(page, addressOf(smallFund));
  await silence(page, true);
  await editUntilPageLeads(page, "Early");
  await deals(page, "Early").fill("6");
  await expect(previewBadge(page)).toHaveText(/10,000 rows/);
  await expect(results(page)).toHaveAttribute("aria-busy", "true");
  const led = await keyFigures(page);

  const context = await browser.newContext();
  const other = await context.newPage();
  await refusePageEngine(other);
  await openWorkbench(other, new URL(addressOf(smallFund), page.url()).href);
  await inputs(other).getByRole("combobox", { name: "Preview sharpens to" }).selectOption("10,000");
  await deals(other, "Early").fill("6");
  await expectSharp(other);
  expect(await keyFigures(other)).toEqual(led);
  await context.close();

  await silence(page, false);
  await deals(page, "Early").fill("8");
  await expectSharp(page);
  await expect(previewBadge(page)).toHaveText(/100,000 rows/);
});

test("a fund too large for a frame is its worker's from the start", async ({ page }) => {
  await controlWorker(page);
  await openWorkbench(page);
  await silence(page, true);
  await editUntilPageLeads(page);
  const asked = async (deals: number) => {
    const posted = await page.evaluate(() => (window as unknown as Controlled).control.posted);
    const previews = posted.map((text) => JSON.parse(text).preview).filter(Boolean);
    return previews.find(({ configuration }) => JSON.parse(configuration).buckets[0].deals === deals)?.part;
  };
  // A block of 1,024 rows has a million draws from 977 deals on.
  await deals(page, "Seed").fill("950");
  await expect.poll(() => asked(950)).toMatch(/^(rest|passing)$/);
  await deals(page, "Seed").fill("1000");
  await expect.poll(() => asked(1000)).toBe("all");
});

test("a page opened with a fund too large leads once the fund is smaller", async ({ page }) => {
  await controlWorker(page);
  const large = { ...smallFund, buckets: smallFund.buckets.map((bucket) => ({ ...bucket, deals: 900 })) };
  await openWorkbench(page, addressOf(large));
  await inputs(page).getByRole("button", { name: "Reset" }).click();
  await expectSharp(page);
  await silence(page, true);
  await editUntilPageLeads(page);
});

test("where the page's own engine cannot be had its worker makes every figure", async ({ page }) => {
  await refusePageEngine(page);
  await openWorkbench(page);
  const before = await figure(page, "Median").innerText();
  await deals(page, "Seed").fill("4");
  await expect(figure(page, "Median")).not.toHaveText(before);
  await expectSharp(page);
});

test("a page too slow to make figures in time leaves them to its worker", async ({ page }) => {
  await openWorkbench(page);
  const browser = await page.context().newCDPSession(page);
  await browser.send("Emulation.setCPUThrottlingRate", { rate: 8 });
  for (const count of ["2", "40", "3", "60"]) {
    const before = await figure(page, "Median").innerText();
    await deals(page, "Seed").fill(count);
    await expect(figure(page, "Median")).not.toHaveText(before);
  }
  await expectSharp(page);
  await expect(previewBadge(page)).toHaveText(/100,000 rows/);
});

test("a worker that fails leaves figures behind, and the page says so", async ({ page }) => {
  await controlWorker(page);
  await openWorkbench(page);
  await silence(page, true);
  await editUntilPageLeads(page);
  await failWith(page, "out of memory");
  await expect(page.getByText("The preview failed: out of memory. The server can still run it.")).toBeVisible();
  await expect(page.getByText("showing earlier inputs · press Run for these")).toBeVisible();
  await expect(results(page)).toHaveAttribute("aria-busy", "false");

  // The next inputs get another try.
  await silence(page, false);
  await deals(page, "Seed").fill("4");
  await expectSharp(page);
  await expect(page.getByText(/showing earlier inputs|The preview failed/)).toHaveCount(0);
});

test("a preview that fails leaves the figures before it, and says whose they are", async ({ page }) => {
  await refusePageEngine(page);
  await controlWorker(page);
  await openWorkbench(page);
  const median = await figure(page, "Median").innerText();
  await silence(page, true);
  await deals(page, "Seed").fill("3");
  await expect(results(page)).toHaveAttribute("aria-busy", "true");
  await failWith(page, "out of memory");
  await expect(page.getByText("The preview failed: out of memory. The server can still run it.")).toBeVisible();
  await expect(page.getByText("showing earlier inputs · press Run for these")).toBeVisible();
  await expect(figure(page, "Median")).toHaveText(median);

  await silence(page, false);
  await deals(page, "Seed").fill("4");
  await expectSharp(page);
  await expect(previewBadge(page)).toBeVisible();
  await expect(page.getByText(/showing earlier inputs|The preview failed/)).toHaveCount(0);
  await expect(figure(page, "Median")).not.toHaveText(median);
});
