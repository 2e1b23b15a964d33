import type { Page } from "@playwright/test";

import { expectAccessible } from "../axe.js";
import { expect, openWorkbench, runOnServer, test as base } from "../fixtures.js";
import { Server } from "../server.js";

/** The first key, an operator's. */
const OPERATOR = "the-operator-of-these-tests-0123456789";

/** Tests with a server that has keys. */
const test = base.extend({
  server: async ({}, use) => {
    const server = await Server.start({ FOLIOCAST_BOOTSTRAP_KEY: OPERATOR });
    await use(server);
    await server.stop();
  },
});

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Access key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("the workbench opens without a key, a tenant's page asks for one and comes back", async ({ page, complaints }) => {
  complaints.expect(/401/);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Fund multiple" })).toBeVisible();
  await page.getByRole("button", { name: /^Run [\d.,]+/ }).click();
  await expect(page.getByText("The server asks for an access key")).toBeVisible();
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { name: "This list of runs needs a key" })).toBeVisible();
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await expectAccessible(page);
  await signIn(page, "no-key-at-all-0123456789-0123456789");
  await expect(page.getByRole("alert")).toContainText("not one of this installation");
  await signIn(page, OPERATOR);
  await expect(page).toHaveURL(/\/runs$/);
  await expect(page.getByRole("heading", { name: "Runs", exact: true })).toBeVisible();
});

test("a link's configuration outlives signing in", async ({ page }) => {
  await page.goto("/login?next=%2F#c=kept");
  await signIn(page, OPERATOR);
  await page.waitForURL((url) => url.pathname === "/");
  expect(new URL(page.url()).hash).toBe("#c=kept");
});

test("an operator makes a key, whoever has it runs, and a revoked one is asked for another", async ({
  page,
  browser,
  baseURL,
}) => {
  await page.goto("/login?next=%2Faccount");
  await signIn(page, OPERATOR);
  await expect(page.getByRole("heading", { name: "Account", exact: true })).toBeVisible();
  await page.getByLabel("Name").fill("ann");
  await page.getByLabel("Tenant").fill("blue");
  await page.getByLabel("Days it works").fill("30");
  await page.getByRole("button", { name: "Make a key" }).click();
  const told = page.getByRole("status").filter({ hasText: "Copy its text now" });
  const key = (await told.locator("code.secret").textContent()) ?? "";
  expect(key).toMatch(/^foliocast_[0-9a-f]{64}$/);
  await expectAccessible(page);

  const context = await browser.newContext({ baseURL });
  const ann = await context.newPage();
  await ann.goto("/login");
  await signIn(ann, key);
  await openWorkbench(ann);
  await runOnServer(ann);
  await ann.getByRole("link", { name: "Account" }).click();
  await expect(ann.getByRole("heading", { name: "Account", exact: true })).toBeVisible();
  await expect(ann.getByText("blue", { exact: true })).toBeVisible();
  await expect(ann.getByRole("heading", { name: "Access keys" })).toHaveCount(0);

  await page.goto("/account");
  await expect(page.getByRole("cell", { name: "run.make" })).toBeVisible();
  await page.getByRole("button", { name: "Revoke the key ann" }).click();
  await expect(page.getByRole("status").filter({ hasText: "works no longer" })).toBeVisible();
  await ann.reload();
  await expect(ann).toHaveURL(/\/login\?next=\/account$/);
  await context.close();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/login\?next=\/account$/);
});
