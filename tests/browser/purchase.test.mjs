// From the choice to the order, and every way in which the line may fail on the way there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { leave, person } from "./support/shopper.mjs";
import { closeShop, openShop } from "./support/stage.mjs";
import { eventually } from "./support/shop.mjs";

let shop;
let browser;
before(async () => ({ shop, browser } = await openShop()));
after(() => closeShop(shop, browser));

const stockOf = async (sale) => {
  const { total, available, held, sold } = (await shop.sale(sale)).items[0];
  return { total, available, held, sold };
};

/** A page on which the button is there. */
async function arrive(sale, options) {
  const page = await person(browser, shop.url, options);
  await page.goto(`/sale/${sale}`);
  await page.tell("Reserve now").waitFor();
  return page;
}

/** The keys that reservations of this page are asked for with. */
function keysOf(page) {
  const keys = [];
  page.on("request", (request) => {
    if (/\/reservations$/.test(request.url())) keys.push(request.headers()["idempotency-key"]);
  });
  return keys;
}

test("reserve, pay, and the order is there and paid", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);

  await page.tell("One more: Hand-blown Carafe").click();
  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  assert.deepEqual(await stockOf(sale), { total: 10, available: 8, held: 2, sold: 0 });
  await page.tell("Pay ¥258.00").click();
  await page.heading("It’s yours!").waitFor();
  await page.getByText("Paid", { exact: true }).waitFor();

  const number = await page.locator(".order-facts dd").first().textContent();
  const { body: order } = await shop.get(`/api/v1/orders/${number}`);
  assert.deepEqual([order.status, order.amount_minor, order.lines], ["paid", 25_800, [{ sku: 1, quantity: 2 }]]);
  assert.deepEqual(await stockOf(sale), { total: 10, available: 8, held: 0, sold: 2 });
  await page.goto("/");
  await page.getByText("Hand-blown Carafe × 2").waitFor();
  await leave(page);
});

test("a basket of several items is reserved as one", async () => {
  const items = [{ title: "Teapot" }, { title: "Cup", price_minor: 2_550 }];
  const sale = await shop.createSale({ items });
  const page = await person(browser, shop.url);
  await page.goto(`/sale/${sale}`);

  await page.tell("Choose an item").click({ force: true }); // it looks disabled, but says what is missing
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Add Teapot");
  await page.tell("Add Teapot").click();
  await page.tell("Add Cup").click();
  await page.tell("One more: Cup").click();
  await page.tell("Reserve now").click();
  await page.tell("Pay ¥180.00").click();
  await page.heading("It’s yours!").waitFor();

  const { items: stock } = await shop.sale(sale);
  assert.deepEqual(stock.map((item) => item.sold), [1, 2]);
  await leave(page);
});

test("given back, the unit is for sale again and everybody sees it", async () => {
  const sale = await shop.createSale({ items: [{ stock: 1 }] });
  const page = await arrive(sale);
  const other = await arrive(sale);

  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  await other.getByText("All in other baskets").waitFor();
  await page.tell("Give it back").click();
  await page.getByText("Given back.").first().waitFor();
  await page.tell("Reserve now").waitFor();
  await other.tell("Reserve now").waitFor();

  assert.deepEqual(await stockOf(sale), { total: 1, available: 1, held: 0, sold: 0 });
  await leave(page);
  await leave(other);
});

test("a double click reserves once", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const keys = keysOf(page);

  await page.evaluate(() => {
    const button = document.querySelector(".choice-bar button");
    button.click();
    button.click();
  });
  await page.heading("Reserved for you").waitFor();

  assert.equal(keys.length, 1);
  assert.equal((await stockOf(sale)).held, 1);
  await leave(page);
});

test("an answer that is lost is asked for again with the same key, and nothing is reserved twice", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const keys = keysOf(page);
  let lost = 0;
  await page.route("**/reservations", async (route) => {
    if (++lost > 2) return route.continue();
    if (lost === 2) await route.fetch(); // it arrives, but the answer does not
    await route.abort();
  });

  await page.tell("Reserve now").click();
  await page.getByText("The line dropped before an answer came").first().waitFor();
  await page.heading("Reserved for you").waitFor();

  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.equal((await stockOf(sale)).held, 1);
  await leave(page);
});

test("a reload while asking goes on with the same key", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const keys = keysOf(page);
  let first = true;
  await page.route("**/reservations", async (route) => {
    if (!first) return route.continue();
    first = false;
    await route.fetch();
  });

  await page.tell("Reserve now").click();
  await eventually("it arrived", async () => (await stockOf(sale)).held === 1);
  await page.reload();
  await page.heading("Reserved for you").waitFor();

  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal((await stockOf(sale)).held, 1);
  await leave(page);
});

test("whoever stops asking has nothing, though the request arrived", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  await page.route("**/reservations", async (route) => {
    await route.fetch();
    await route.abort();
  });

  await page.tell("Reserve now").click();
  await page.tell("Stop asking").click();
  await page.getByText("Nothing is reserved for you.").first().waitFor();

  assert.deepEqual(await stockOf(sale), { total: 10, available: 10, held: 0, sold: 0 });
  await leave(page);
});

test("a reload with a reservation comes back to it, and to the order after it is paid", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);

  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  await page.reload();
  await page.getByText("Welcome back.").first().waitFor();
  await page.tell("Pay ¥129.00").click();
  await page.heading("It’s yours!").waitFor();
  await page.reload();
  await page.heading("It’s yours!").waitFor();
  await page.getByText("Paid", { exact: true }).waitFor();

  assert.deepEqual(await stockOf(sale), { total: 10, available: 9, held: 0, sold: 1 });
  await leave(page);
});

test("another device finds the unpaid reservation by the shopper's number", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  const number = await page.evaluate(() => localStorage.getItem("seckill.buyer"));
  const other = await arrive(sale, { screen: "phone" });

  await other.getByRole("button", { name: /your shopper number/ }).click();
  await other.getByRole("textbox", { name: "Number" }).fill("0");
  await other.tell("Save").click();
  await other.getByText("Enter a whole number").waitFor();
  await other.getByRole("textbox", { name: "Number" }).fill(number);
  await other.tell("Save").click();
  await other.heading("Reserved for you").waitFor();
  await other.tell("Pay ¥129.00").click();
  await other.heading("It’s yours!").waitFor();
  await page.heading("It’s yours!").waitFor();

  assert.equal((await stockOf(sale)).sold, 1);
  await leave(page);
  await leave(other);
});

test("an answer to a payment that is lost is asked for again, and the money is taken once", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const payments = [];
  await page.route("**/confirm", async (route) => {
    payments.push(route.request().postDataJSON().payment_id);
    if (payments.length > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });

  await page.tell("Reserve now").click();
  await page.tell("Pay ¥129.00").click();
  await page.getByText("The line dropped. We try again").first().waitFor();
  await page.heading("It’s yours!").waitFor();

  assert.equal(payments.length, 2);
  assert.equal(payments[0], payments[1]);
  await leave(page);
});

test("offline, the page says so and goes on by itself when the line is back", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);

  await page.context().setOffline(true);
  await page.getByText("You are offline", { exact: true }).waitFor();
  await page.tell("Reserve now").click();
  await page.getByText("You are offline. We ask again").first().waitFor();
  await page.context().setOffline(false);
  await page.heading("Reserved for you").waitFor();

  assert.equal((await stockOf(sale)).held, 1);
  await leave(page);
});

test("everything can be done with the keyboard alone, and the focus follows", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const focused = () => page.evaluate(() => document.activeElement.textContent);

  await page.tell("Reserve now").focus();
  await page.keyboard.press("Enter");
  await page.heading("Reserved for you").waitFor();
  assert.equal(await focused(), "Reserved for you");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Pay ¥129.00");
  await page.keyboard.press("Enter");
  await page.heading("It’s yours!").waitFor();
  await eventually("the focus is on what came of it", async () => (await focused()) === "It’s yours!");
  await leave(page);
});

test("an account that is changed in another tab is the account of this one too", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const other = await page.context().newPage();
  await other.goto("/");
  await other.evaluate(() => localStorage.setItem("seckill.buyer", "424242"));
  await page.getByRole("button", { name: /…4242/ }).waitFor();
  const reserving = page.waitForRequest(/\/reservations$/);
  await page.tell("Reserve now").click();
  assert.equal((await reserving).postDataJSON().buyer, "424242");
  await page.heading("Reserved for you").waitFor();

  await other.evaluate(() => localStorage.clear());
  await page.getByRole("button", { name: /…4242/ }).waitFor({ state: "detached" });
  await page.tell("Reserve now").waitFor();
  await leave(page);
});
