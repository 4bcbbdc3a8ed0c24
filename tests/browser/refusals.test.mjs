// Each answer that is no reservation: what the shopper reads, and the way on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { leave, person, snap } from "./support/shopper.mjs";
import { closeShop, openShop } from "./support/stage.mjs";

let shop;
let browser;
before(async () => ({ shop, browser } = await openShop()));
after(() => closeShop(shop, browser));

async function arrive(sale) {
  const page = await person(browser, shop.url, { screen: "phone" });
  await page.goto(`/sale/${sale}`);
  await page.tell("Reserve now").waitFor();
  return page;
}

/** Lets no news of the stock through, so that the page asks in good faith for what is gone. */
async function withoutNews(page) {
  await page.route("**/api/v1/events*", (route) => route.abort());
  await page.route(/\/api\/v1\/sales\/\d+$/, (route) => route.abort());
  await page.reload({ waitUntil: "commit" });
  await page.unroute(/\/api\/v1\/sales\/\d+$/);
  await page.tell("Reserve now").waitFor();
  await page.route(/\/api\/v1\/sales\/\d+$/, (route) => route.abort());
}

/** Answers the next requests to `address` as a shop in that state would. */
async function answerInstead(page, address, replies) {
  await page.route(address, (route) => {
    const reply = replies.shift();
    if (!reply) return route.continue();
    const { status, outcome, retryAfter } = reply;
    const headers = retryAfter ? { "Retry-After": String(retryAfter) } : {};
    return route.fulfill({ status, headers, contentType: "application/json", body: JSON.stringify({ outcome }) });
  });
}

async function sellOut(sale, quantity) {
  const { body } = await shop.reserve(sale, 7001, quantity);
  await shop.confirm(body.reservation_id, "paid-by-another");
}

test("sold out is said, and a restock brings the button back by itself", async () => {
  const sale = await shop.createSale({ items: [{ stock: 2 }] });
  const page = await arrive(sale);

  await sellOut(sale, 2);
  await page.heading("Sold out").waitFor();
  assert.equal(await page.tell("Reserve now").count(), 0);
  await snap(page, "state-sold-out-phone");
  await shop.restock(sale, 1);
  await page.tell("Reserve now").waitFor();
  await page.getByText("Only 1 left").waitFor();
  await leave(page);
});

test("sold out is said to whoever asks for the last unit too late", async () => {
  const sale = await shop.createSale({ items: [{ stock: 1 }] });
  const page = await arrive(sale);
  await withoutNews(page);

  await sellOut(sale, 1);
  await page.tell("Reserve now").click();
  await page.getByText("Sold out. If units come back").first().waitFor();
  await leave(page);
});

test("all held: it says when the first may come back, and whoever waits gets it", async () => {
  const sale = await shop.createSale({ items: [{ stock: 1 }], ttlMs: 4000 });
  const page = await arrive(sale);

  await shop.reserve(sale, 7001);
  await page.getByText("All in other baskets").waitFor();
  await page.tell("Wait for a returned unit").click();
  await page.heading("Waiting for a unit to come back").waitFor();
  await page.getByText(/could come back at \d\d:\d\d:\d\d/).waitFor();
  await snap(page, "state-waiting-phone");
  await page.heading("Reserved for you").waitFor();

  assert.equal((await shop.sale(sale)).items[0].held, 1);
  await leave(page);
});

test("all held: a unit given back early reaches who waits at once", async () => {
  const sale = await shop.createSale({ items: [{ stock: 1 }] });
  const { body } = await shop.reserve(sale, 7001);
  const page = await person(browser, shop.url);
  await page.goto(`/sale/${sale}`);

  await page.tell("Wait for a returned unit").click();
  await page.heading("Waiting for a unit to come back").waitFor();
  await shop.cancel(body.reservation_id);
  await page.heading("Reserved for you").waitFor();
  await leave(page);
});

test("fewer left than asked for: it says so and shows what there is", async () => {
  const sale = await shop.createSale({ items: [{ stock: 3 }] });
  const page = await arrive(sale);
  await withoutNews(page);
  await page.tell("One more: Hand-blown Carafe").click();
  await page.tell("One more: Hand-blown Carafe").click();

  await shop.reserve(sale, 7001, 2);
  await page.unroute(/\/api\/v1\/sales\/\d+$/);
  await page.tell("Reserve now").click();
  await page.getByText("Fewer are left than you asked for").first().waitFor();
  await page.getByText("Only 1 left").waitFor();
  await page.getByRole("group", { name: "Quantity of Hand-blown Carafe" }).getByText("1", { exact: true }).waitFor();
  await leave(page);
});

test("the limit bounds the choice, is refused beyond it, and is said when it is reached", async () => {
  const sale = await shop.createSale({ limit: 2 });
  const page = await arrive(sale);
  await page.tell("One more: Hand-blown Carafe").click();
  assert.equal(await page.tell("One more: Hand-blown Carafe").getAttribute("aria-disabled"), "true");

  const number = await page.evaluate(() => localStorage.getItem("seckill.buyer"));
  await page.route("**/orders", (route) => route.abort()); // it does not learn what its other tab did
  const { body } = await shop.reserve(sale, number);
  await page.tell("Reserve now").click();
  await page.getByText("more than the 2 units that one shopper may take").first().waitFor();
  await page.unroute("**/orders");
  await shop.confirm(body.reservation_id, "paid-in-another-tab");
  await page.tell("One fewer: Hand-blown Carafe").click();
  await page.tell("Reserve now").click();
  await page.tell("Pay ¥129.00").click();
  await page.heading("It’s yours!").waitFor();
  await page.tell("Buy more").click();
  await page.getByText("You have all the 2 units").waitFor();
  await leave(page);
});

test("the time to pay runs out, and one can try again", async () => {
  const sale = await shop.createSale({ ttlMs: 3000 });
  const page = await arrive(sale);

  await page.tell("Reserve now").click();
  await page.heading("Your time has run out").waitFor();
  await snap(page, "state-expired-phone");
  await page.getByText("10 units").waitFor();
  await page.tell("Try again").click();
  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  await leave(page);
});

/** Holds back the payment of a reservation until it has run out and `meanwhile` has happened. */
async function payTooLate(page, sale, meanwhile) {
  await page.route("**/confirm", async (route) => {
    for (let held = 1; held > 0; ) held = (await shop.sale(sale)).items[0].held;
    await meanwhile();
    await route.continue();
  });
  await page.tell("Reserve now").click();
  await page.tell("Pay ¥129.00").click();
}

test("a payment after the time, with the units still there, is honoured", async () => {
  const sale = await shop.createSale({ ttlMs: 3000 });
  const page = await arrive(sale);

  await payTooLate(page, sale, async () => {});
  await page.heading("Late, but it’s yours!").waitFor();
  await page.getByText("Paid", { exact: true }).waitFor();
  await leave(page);
});

test("a payment after the time, with the units gone, is refunded", async () => {
  const sale = await shop.createSale({ ttlMs: 3000, items: [{ stock: 1 }] });
  const page = await arrive(sale);

  await payTooLate(page, sale, () => sellOut(sale, 1));
  await page.heading("Your payment came too late").waitFor();
  await page.getByText("You get your ¥129.00 back in full").waitFor();
  await snap(page, "state-unfulfilled-phone");
  await page.tell("Back").click();
  await page.heading("Sold out").waitFor();
  await leave(page);
});

test("paid with another payment meanwhile: this one is not taken, and the order is shown", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  await page.route("**/confirm", async (route) => {
    const [, id] = route.request().url().match(/reservations\/(\d+)\/confirm/);
    await shop.confirm(id, "another-payment");
    await route.continue();
  });

  await page.tell("Reserve now").click();
  await page.tell("Pay ¥129.00").click();
  await page.getByText("already been paid with another payment").waitFor();
  await page.getByText("Paid", { exact: true }).waitFor();
  await leave(page);
});

test("given back elsewhere before the payment arrives: the payment is returned", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  await page.route("**/confirm", async (route) => {
    const [, id] = route.request().url().match(/reservations\/(\d+)\/confirm/);
    await shop.cancel(id);
    await route.continue();
  });

  await page.tell("Reserve now").click();
  await page.tell("Pay ¥129.00").click();
  await page.getByText("had been given back before the payment arrived").waitFor();
  await leave(page);
});

test("a key that was used for something else is replaced", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const used = [];
  await page.route("**/reservations", async (route) => {
    used.push(route.request().headers()["idempotency-key"]);
    if (used.length === 1) await shop.reserve(sale, 7001, 2, 1, used[0]);
    await route.continue();
  });

  await page.tell("Reserve now").click();
  await page.getByText("Nothing was reserved; please reserve again.").first().waitFor();
  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();
  assert.notEqual(used[0], used[1]);
  await leave(page);
});

test("paused: it says so, keeps what is held, and goes on by itself", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const other = await arrive(sale);
  await other.tell("Reserve now").click();
  await other.heading("Reserved for you").waitFor();

  await shop.turn(sale, "pause");
  await page.heading("Paused").waitFor();
  assert.equal(await page.tell("Reserve now").count(), 0);
  await snap(page, "state-paused-phone");
  await other.tell("Pay ¥129.00").click();
  await other.heading("It’s yours!").waitFor();
  await shop.turn(sale, "resume");
  await page.tell("Reserve now").waitFor();
  await leave(page);
  await leave(other);
});

test("paused and closed are said to whoever has not heard of it", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  await withoutNews(page);

  await shop.turn(sale, "pause");
  await page.tell("Reserve now").click();
  await page.getByText("The sale is paused for a moment").first().waitFor();
  await shop.turn(sale, "close");
  await page.tell("Reserve now").click();
  await page.getByText("The sale has ended.").first().waitFor();
  await leave(page);
});

test("closed: it says so, and what is held can still be paid", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const other = await arrive(sale);
  await page.tell("Reserve now").click();
  await page.heading("Reserved for you").waitFor();

  await shop.turn(sale, "close");
  await other.heading("This sale has ended").waitFor();
  await page.tell("Pay ¥129.00").click();
  await page.heading("It’s yours!").waitFor();
  await leave(page);
  await leave(other);
});

test("overloaded, rate limited, out of service: it waits as it is told and asks again with the same key", async () => {
  const sale = await shop.createSale();
  const page = await arrive(sale);
  const asked = [];
  page.on("request", (request) => {
    if (/\/reservations$/.test(request.url())) asked.push([Date.now(), request.headers()["idempotency-key"]]);
  });
  await answerInstead(page, "**/reservations", [
    { status: 503, outcome: "overloaded", retryAfter: 1 },
    { status: 429, outcome: "rate_limited" },
    { status: 502 },
    { status: 503, outcome: "unavailable" },
  ]);

  await page.tell("Reserve now").click();
  await page.getByText("The crowd is large right now.").first().waitFor();
  await snap(page, "state-busy-phone");
  await page.heading("Reserved for you").waitFor();

  assert.equal(asked.length, 5);
  assert.equal(new Set(asked.map(([, key]) => key)).size, 1);
  assert.ok(asked[1][0] - asked[0][0] >= 1000, "Retry-After was honoured");
  await leave(page);
});

test("a hold of more days than a timer can count is waited for without asking again and again", async () => {
  const sale = await shop.createSale({ ttlMs: 60 * 86_400_000, items: [{ stock: 1 }] });
  await shop.reserve(sale, 7001);
  const page = await person(browser, shop.url);
  await page.addInitScript(() => {
    const start = window.setTimeout;
    window.delays = [];
    window.setTimeout = (run, ms, ...more) => {
      window.delays.push(ms ?? 0);
      return start(run, ms, ...more);
    };
  });
  let asked = 0;
  page.on("request", (request) => (asked += /\/reservations$/.test(request.url()) ? 1 : 0));
  await page.goto(`/sale/${sale}`);
  await page.tell("Wait for a returned unit").click();
  await page.heading("Waiting for a unit to come back").waitFor();
  await page.waitForFunction(() => window.delays.some((ms) => ms > 2 ** 30));
  assert.equal(await page.evaluate(() => Math.max(...window.delays)), 2 ** 31 - 1);
  assert.equal(asked, 1);
  await leave(page);
});
