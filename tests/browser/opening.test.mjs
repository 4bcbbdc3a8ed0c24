// The gate: what is on the page before the opening, and what comes with it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { leave, person } from "./support/shopper.mjs";
import { closeShop, openShop } from "./support/stage.mjs";
import { eventually } from "./support/shop.mjs";

let shop;
let browser;
before(async () => ({ shop, browser } = await openShop()));
after(() => closeShop(shop, browser));

/** Everything that the server has sent to the page, and what the page has made of it. */
async function everythingOn(page, sent) {
  const texts = await Promise.all(sent.map(async (reply) => `${reply.url()}\n${await reply.text().catch(() => "")}`));
  return [...texts, await page.content()].join("\n");
}

test("before the opening there is neither a button nor a purchase address", async () => {
  const sale = await shop.createSale({ opensInMs: 600_000 });
  const page = await person(browser, shop.url);
  const sent = [];
  page.on("response", (reply) => reply.url().includes("/api/v1/events") || sent.push(reply));

  await page.goto(`/sale/${sale}`);
  await page.getByText("Your countdown follows the shop’s clock").waitFor();

  const everything = await everythingOn(page, sent);
  assert.doesNotMatch(everything, /\/reservations|\/confirm|buy\.[0-9a-f]|buy\.js/);
  assert.equal(await page.locator("#main button").count(), 0);
  assert.ok(sent.some((reply) => /\/assets\/sale\.[0-9a-f]+\.js$/.test(reply.url())), "the assets were looked at");
  await leave(page);
});

test("before the opening the shop gives out neither the address of the script nor the script", async () => {
  const open = await shop.createSale();
  const scheduled = await shop.createSale({ opensInMs: 600_000 });
  const { body } = await shop.get(`/sale/${open}/opening`);
  assert.match(body.script, new RegExp(`^/sale/${open}/buy\\.[0-9a-f]+\\.js$`));

  assert.equal((await shop.get(body.script)).status, 200);
  assert.equal((await shop.get(`/sale/${scheduled}/opening`)).status, 425);
  assert.notEqual((await shop.get(body.script.replace(`/sale/${open}/`, `/sale/${scheduled}/`))).status, 200);
  assert.notEqual((await shop.get(body.script.replace(`/sale/${open}/`, "/assets/"))).status, 200);
  const early = await shop.reserve(scheduled, 1001);
  assert.deepEqual([early.status, early.body.outcome], [425, "sale_not_open"]);
});

test("the button comes by itself at the opening, by the shop's clock and not the device's", async () => {
  const page = await person(browser, shop.url);
  await page.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() + 3_600_000;
  });
  const arrive = async (sale) => {
    await page.goto(`/sale/${sale}`);
    await page.getByText("Starts in").waitFor();
  };
  const started = performance.now();
  await arrive(await shop.createSale({ opensInMs: 600_000 }));
  const arrivalMs = performance.now() - started; // on this machine, as busy as it is
  const asked = [];
  page.on("request", (request) => request.url().endsWith("/opening") && asked.push(Date.now()));

  const sale = await shop.createSale({ opensInMs: 1000 + 3 * arrivalMs });
  await arrive(sale);
  assert.equal(await page.tell("Reserve now").count(), 0);
  await page.tell("Reserve now").waitFor();

  const { opens_at_ms: opens } = await shop.sale(sale);
  assert.ok(asked[0] >= opens - 20, `asked ${opens - asked[0]} ms early`);
  assert.ok(asked[0] < opens + 2000 + arrivalMs, `asked ${asked[0] - opens} ms late`);
  await page.getByText("Live now").waitFor();
  await leave(page);
});

test("a script that does not load is asked for again", async () => {
  const sale = await shop.createSale();
  const page = await person(browser, shop.url);
  let attempts = 0;
  await page.route("**/buy.*.js*", (route) => (++attempts === 1 ? route.abort() : route.continue()));

  await page.goto(`/sale/${sale}`);
  await page.tell("Reserve now").waitFor();

  assert.ok(attempts >= 2);
  await leave(page);
});

test("an address of no sale says so", async () => {
  const page = await person(browser, shop.url);
  const reply = await page.goto("/sale/999999");
  assert.ok([200, 404].includes(reply.status()));
  await page.heading("This sale does not exist").waitFor();
  await page.getByRole("link", { name: "All sales" }).click();
  await page.heading("Today’s sales").waitFor();
  await leave(page);
});

test("pages may not be framed and run no script but their own; assets never change, pages are asked for again", async () => {
  const sale = await shop.createSale();
  const page = await person(browser, shop.url);
  const headers = new Map();
  page.on("response", (reply) => headers.set(new URL(reply.url()).pathname, reply.headers()));

  await page.goto(`/sale/${sale}`);
  await page.tell("Reserve now").waitFor();

  const html = headers.get(`/sale/${sale}`);
  assert.match(html["content-security-policy"], /script-src 'self'/);
  assert.doesNotMatch(html["content-security-policy"], /unsafe-inline|unsafe-eval/);
  assert.match(html["content-security-policy"], /frame-ancestors 'none'/);
  assert.doesNotMatch(html["cache-control"], /immutable/);
  const assets = [...headers].filter(([path]) => path.startsWith("/assets/"));
  assert.ok(assets.length >= 8);
  for (const [path, each] of assets) assert.match(each["cache-control"], /immutable/, path);
  await leave(page);
});

test("a stream that breaks is replaced by asking, until it is back", async () => {
  const sale = await shop.createSale();
  const page = await person(browser, shop.url);
  let broken = true;
  await page.route("**/api/v1/events*", (route) => (broken ? route.abort() : route.continue()));

  await page.goto(`/sale/${sale}`);
  await page.getByText("Live stock interrupted").waitFor();
  await shop.reserve(sale, 1001, 3);
  await page.getByText("7 of 10 left").waitFor();
  broken = false;
  await eventually("the stream is back", () => page.getByText("Live stock", { exact: true }).isVisible(), 15_000);
  await leave(page);
});
