import { authoritativeBadge, expect, inputs, openWorkbench, rowsOnServer, test } from "../fixtures.js";
import { addressOf, smallFund } from "../pages.js";

test("a question mark shows keys and terms, and Escape leaves them", async ({ page }) => {
  await openWorkbench(page);
  const help = page.getByRole("dialog", { name: "Keys and terms" });
  await expect(help).toBeHidden();
  await page.getByRole("button", { name: "Keys and terms" }).focus();
  await page.keyboard.press("?");
  await expect(help).toBeVisible();
  await expect(help).toContainText("Undo the last change of an input");
  await expect(help.getByRole("link", { name: "MOIC" })).toHaveAttribute("title", /^Multiple on invested capital/);
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await expect(page.getByRole("button", { name: "Keys and terms" })).toBeFocused();
});

test("a question mark that is typed into a text is a question mark", async ({ page }) => {
  await openWorkbench(page);
  const fund = inputs(page).getByRole("textbox", { name: "Fund", exact: true });
  await fund.fill("");
  await fund.pressSequentially("Why?");
  await expect(fund).toHaveValue("Why?");
  await expect(page.getByRole("dialog", { name: "Keys and terms" })).toBeHidden();
});

test("terms lead to what they mean", async ({ page }) => {
  await openWorkbench(page);
  const term = inputs(page).getByRole("link", { name: "Recycling" });
  await expect(term).toHaveAttribute("title", /reinvested/);
  await term.click();
  await expect(page).toHaveURL(/\/figures\//);
});

test("keys save the fund and run it", async ({ page }) => {
  await openWorkbench(page, addressOf({ ...smallFund, fundId: "by keys" }));
  await page.keyboard.press("Control+s");
  await expect(inputs(page).getByText("saved", { exact: true })).toBeVisible();
  await rowsOnServer(page).fill("4,000");
  await page.keyboard.press("Control+Enter");
  await expect(authoritativeBadge(page)).toBeVisible({ timeout: 60_000 });
});
