// The operator's view: what it needs, what it shows, what it does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertFits, leave, person, snap } from "./support/shopper.mjs";
import { closeShop, openShop } from "./support/stage.mjs";
import { eventually, token } from "./support/shop.mjs";

let shop;
let browser;
before(async () => ({ shop, browser } = await openShop()));
after(() => closeShop(shop, browser));

async function enter(options) {
  const page = await person(browser, shop.url, options);
  await page.goto("/operator");
  await page.getByLabel(/^(Token|令牌)$/).fill(token);
  await page.keyboard.press("Enter");
  await page.locator("#board").waitFor();
  return page;
}

const saleNamed = (page, title) => page.getByRole("region", { name: title });
const counts = (page, title, row = 0) => saleNamed(page, title).locator("tbody tr").nth(row).locator("td.number");

test("a wrong token opens nothing and is said to be wrong; a right one is kept in this tab alone", async () => {
  const page = await person(browser, shop.url);
  await page.goto("/operator");

  await page.getByLabel("Token").fill("a-wrong-token-of-some-length");
  await page.tell("Enter").click();
  await page.getByText("This token was refused.").waitFor();
  await snap(page, "operator-wrong-token-desktop");
  await assertAccessible(page);
  assert.equal(await page.locator("#board").isVisible(), false);
  await page.getByLabel("Token").fill(token);
  await page.tell("Enter").click();
  await page.getByText("Balanced", { exact: true }).waitFor();

  const kept = await page.evaluate(() => [location.href, JSON.stringify(localStorage), document.cookie].join());
  assert.ok(!kept.includes(token));
  await page.reload();
  await page.getByText("Balanced", { exact: true }).waitFor();
  await page.tell("Leave").click();
  await page.getByLabel("Token").waitFor();
  await page.reload();
  await page.getByLabel("Token").waitFor();
  await leave(page);
});

test("stock, answers, orders, rate and answer times are live and are what the shop says", async () => {
  const sale = await shop.createSale({ title: "Watched", limit: 3 });
  const page = await enter();
  await saleNamed(page, "Watched").waitFor();

  const ids = [];
  for (let buyer = 1; buyer <= 4; ++buyer) ids.push((await shop.reserve(sale, buyer)).body.reservation_id);
  await shop.confirm(ids[0], "payment-1");
  await shop.cancel(ids[1]);
  await shop.reserve(sale, 3, 3);
  await eventually("available, held, sold, total", async () =>
    (await counts(page, "Watched").allTextContents()).join() === "7,2,1,10");
  await page.getByRole("img", { name: "Hand-blown Carafe: 7 available, 2 held, 1 sold of 10" }).waitFor();
  await page.getByRole("row", { name: "limit_exceeded" }).waitFor();
  await page.getByRole("row", { name: "Given back" }).waitFor();
  await page.getByLabel("Route").selectOption("reserve");
  await eventually("p99 of reservations", async () => /s$/.test(await page.locator("#p99").textContent()));
  await eventually("a rate", async () => / peak [\d.]*[1-9]/.test(` ${await page.locator("#rate-text").textContent()}`));

  await page.tell("Recount").click();
  await page.getByText("Every invariant was recomputed").waitFor();
  const { journal, orders } = await shop.audit();
  await eventually("the journal", async () => Number(await page.locator("#journal").textContent()) >= journal.last_sequence);
  assert.equal(orders.by_status.paid, 1);
  await page.getByText("Serving").waitFor();
  await page.getByText("Ready for traffic").waitFor();
  await leave(page);
});

test("what each policy lets in is shown, and what it refuses is counted", async () => {
  const sale = await shop.createSale({ title: "Stormed", limit: 0, items: [{ stock: 1000 }] });
  const page = await enter();
  const row = (name) => page.getByRole("table", { name: "Protection" }).getByRole("row", { name });
  await row("Breaker of order reads").getByText("Closed").waitFor();
  await row("Load shedding").getByText(/^\d+ of [\d,]+ in flight$/).waitFor();
  await row("Rate per address").getByText("0 being limited").waitFor();

  const replies = await Promise.all(Array.from({ length: 60 }, () => shop.reserve(sale, 4711)));
  const refused = replies.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0, "nobody reserves 60 times in an instant");
  assert.deepEqual(refused[0].body, { outcome: "rate_limited" });
  await eventually("the refusals are counted", async () =>
    Number(await row("Rate per buyer").locator("td.number").textContent()) === refused.length);
  assert.equal(await row("Rate per buyer").getAttribute("data-active"), "true");
  await page.getByRole("table", { name: "Protection" }).scrollIntoViewIfNeeded();
  await snap(page, "operator-storm-desktop");
  await leave(page);
});

test("books that do not balance are said loudly", async () => {
  await shop.createSale({ title: "Cooked" });
  const page = await enter();
  await page.route("**/admin/v1/audit*", async (route) => {
    const reply = await route.fetch();
    const audit = await reply.json();
    audit.balanced = audit.sales[0].items[0].balanced = false;
    await route.fulfill({ response: reply, json: audit });
  });

  await page.getByText("NOT BALANCED").first().waitFor();
  await page.getByText(/look into it: \d+\/1/).waitFor();
  await snap(page, "operator-not-balanced-desktop");
  await leave(page);
});

test("pause, resume, restock and close do what they say, and closing asks first", async () => {
  const sale = await shop.createSale({ title: "Steered" });
  const page = await enter();
  const panel = saleNamed(page, "Steered");
  const press = (name) => panel.getByRole("button", { name, exact: true }).click();
  const status = async () => (await shop.sale(sale)).status;

  await press("Pause");
  await page.getByText("“Steered” is paused.").waitFor();
  assert.equal(await status(), "paused");
  await press("Resume");
  await page.getByText("“Steered” sells again.").waitFor();
  assert.equal(await status(), "open");

  await panel.getByRole("spinbutton").fill("5");
  await press("Restock Hand-blown Carafe");
  await page.getByText("Hand-blown Carafe: +5 units.").waitFor();
  await panel.getByRole("spinbutton").fill("-3");
  await press("Restock Hand-blown Carafe");
  await page.getByText(/Hand-blown Carafe: [-−]3 units\./).waitFor();
  assert.equal((await shop.sale(sale)).items[0].total, 12);
  await panel.getByRole("spinbutton").fill("-13");
  await press("Restock Hand-blown Carafe");
  await page.getByText("The service answered insufficient.").waitFor();
  await press("Restock Hand-blown Carafe");

  await press("Close…");
  await page.getByRole("alertdialog").getByRole("button", { name: "Back" }).click();
  assert.equal(await status(), "open");
  await press("Close…");
  await page.tell("Close the sale").click();
  await page.getByText("“Steered” is closed.").waitFor();
  assert.equal(await status(), "closed");
  await leave(page);
});

test("an answer to an action that is lost is asked for again with the same key", async () => {
  const sale = await shop.createSale({ title: "Lost" });
  const page = await enter();
  const panel = saleNamed(page, "Lost");
  let lost = false;
  await page.route("**/restock", async (route) => {
    if (lost) return route.continue();
    lost = true;
    await route.fetch();
    await route.abort();
  });

  await panel.getByRole("spinbutton").fill("5");
  await panel.getByRole("button", { name: "Restock Hand-blown Carafe" }).click();
  await page.getByText("No answer came.").waitFor();
  await panel.getByRole("button", { name: "Restock Hand-blown Carafe" }).click();
  await page.getByText("Hand-blown Carafe: +5 units.").waitFor();

  assert.equal((await shop.sale(sale)).items[0].total, 15);
  await leave(page);
});

test("a sale is created from the form, to the minor unit and the second", async () => {
  const page = await enter();
  await page.getByRole("heading", { name: "New sale" }).click();

  await page.tell("Create the sale").click();
  await page.getByText("Please fill this in.").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "title");
  await page.getByLabel("Title", { exact: true }).fill("Made by hand");
  await page.getByLabel("Closes").fill("2031-02-03T04:05:06");
  await page.getByLabel("Opens").fill("2031-02-03T04:05:07");
  await page.getByLabel("Hold time, seconds").fill("90");
  await page.getByLabel("A payment after the hold time").selectOption("refuse");
  await page.getByLabel("Currency").selectOption("EUR");
  await page.getByLabel("Item title").fill("Poster");
  await page.getByLabel("Price").fill("19.999");
  await page.tell("Create the sale").click();
  await page.getByText("The sale must close after it opens.").waitFor();
  await page.getByText("Enter a price such as").waitFor();
  await page.getByLabel("Opens").fill("2031-02-03T03:05:06");
  await page.getByLabel("Price").fill("19.9");
  await page.tell("Add an item").click();
  await page.getByLabel("Item title").nth(1).fill("Print");
  await page.getByLabel("Price").nth(1).fill("250");
  await page.getByLabel("Units", { exact: true }).nth(1).fill("7");
  await page.tell("Create the sale").click();
  await page.getByText("“Made by hand” is created").waitFor();

  const { body } = await shop.get("/api/v1/sales");
  const sale = body.sales.find(({ title }) => title === "Made by hand");
  assert.equal(sale.closes_at_ms - sale.opens_at_ms, 3_600_000);
  assert.equal(new Date(sale.opens_at_ms).getSeconds(), 6);
  assert.equal(sale.reservation_ttl_ms, 90_000);
  assert.deepEqual(sale.items.map(({ title, price_minor, currency, total }) => [title, price_minor, currency, total]),
    [["Poster", 1990, "EUR", 100], ["Print", 25_000, "EUR", 7]]);
  await saleNamed(page, "Made by hand").getByText("Opens soon").waitFor();
  await leave(page);
});

for (const [screen, dark, language] of [["desktop", false, "en-GB"], ["desktop", true, "zh-CN"], ["phone", true, "en-GB"], ["phone", false, "zh-CN"]]) {
  test(`it can be read and used on a ${screen}, ${dark ? "dark" : "light"}, in ${language}`, async () => {
    const page = await enter({ screen, dark, language });
    await page.locator(".sale-panel").first().waitFor();
    await page.locator("#create summary").click();
    await page.evaluate(() => scrollTo(0, 0));
    await assertFits(page);
    await assertAccessible(page);
    await snap(page, `operator-${screen}-${dark ? "dark" : "light"}-${language.slice(0, 2)}`, true);
    await leave(page);
  });
}

test("a wall clock that is not believed is said, and can be accepted after a question", async () => {
  const page = await enter();
  await page.locator("#queue").waitFor();
  assert.equal(await page.locator("#time-alarm").isVisible(), false);
  await page.route("**/metrics", async (route) => {
    const real = await route.fetch();
    const body = (await real.text())
      .replace('seckill_ledger_time_state{state="following"} 1', 'seckill_ledger_time_state{state="following"} 0')
      .replace('seckill_ledger_time_state{state="wall_behind"} 0', 'seckill_ledger_time_state{state="wall_behind"} 1')
      .replace(/^seckill_ledger_time_difference_seconds \S+$/m, "seckill_ledger_time_difference_seconds -10801.4");
    await route.fulfill({ response: real, body });
  });
  await page.getByText("The wall clock is 3 hours behind ledger time").first().waitFor();
  await snap(page, "operator-clock-desktop");
  await assertAccessible(page);
  const press = () => page.getByRole("button", { name: "Accept the wall clock…" }).click();
  await press();
  await page.getByRole("alertdialog").getByRole("button", { name: "Back" }).click();
  await press();
  const accepted = page.waitForResponse((reply) => reply.url().endsWith("/admin/v1/time/accept"));
  await page.getByRole("alertdialog").getByRole("button", { name: "Accept" }).click();
  assert.equal((await (await accepted).json()).state, "following");
  await page.getByText("The wall clock was accepted").waitFor();
  await page.unroute("**/metrics");
  await page.locator("#time-alarm").waitFor({ state: "hidden" });
  await leave(page);
});
