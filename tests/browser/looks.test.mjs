// How the pages look and read: on a phone and a desk, by day and by night, in both languages; and that nobody is kept
// out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile, readdir } from "node:fs/promises";
import { assertAccessible, assertFits, leave, person, snap } from "./support/shopper.mjs";
import { closeShop, openShop } from "./support/stage.mjs";

const site = new URL("../../examples/flash_sale/site/", import.meta.url);
const texts = {
  "en-GB": { title: "Double Eleven, Opening Hour", add: /^Add /, reserve: "Reserve now", pay: /^Pay /, paid: "Paid",
    items: ["Aurora 55 Mechanical Keyboard", "Noise-cancelling Headphones", "Cast-iron Teapot, 0.9 L", "Trail Running Shoes"] },
  "zh-CN": { title: "双十一·开门红", add: /^选购 /, reserve: "立即抢购", pay: /^支付 /, paid: "已付款",
    items: ["极光 55 机械键盘", "主动降噪头戴耳机", "手工铸铁茶壶 0.9 升", "越野跑鞋"] },
};
const prices = [39_900, 89_900, 15_950, 52_800];
const stocks = [120, 60, 3, 0];

let shop;
let browser;
before(async () => ({ shop, browser } = await openShop()));
after(() => closeShop(shop, browser));

function furnished(words, opensInMs) {
  const items = words.items.map((title, i) => ({ title, price_minor: prices[i], stock: stocks[i] }));
  return shop.createSale({ title: words.title, opensInMs, items, ttlMs: 120_000 });
}

for (const [screen, dark, language] of [["phone", false, "en-GB"], ["phone", true, "zh-CN"], ["desktop", true, "en-GB"], ["desktop", false, "zh-CN"]]) {
  const kind = `${screen}-${dark ? "dark" : "light"}-${language.slice(0, 2)}`;

  test(`every page fits, can be read and can be used: ${kind}`, async () => {
    const words = texts[language];
    const [open, scheduled] = [await furnished(words, -1000), await furnished(words, 93_784_000)];
    for (let buyer = 1; buyer <= 9; ++buyer) await shop.reserve(open, buyer, 4, 1);
    const page = await person(browser, shop.url, { screen, dark, language });
    const check = async (name, fullPage) => {
      await assertFits(page);
      await assertAccessible(page);
      await snap(page, `${name}-${kind}`, fullPage);
    };
    assert.equal(await page.goto("/").then((reply) => reply.status()), 200);
    await page.getByRole("link", { name: words.title }).first().waitFor();
    await check("home", true);
    await page.goto(`/sale/${scheduled}`);
    await page.locator("#clock").waitFor();
    await check("scheduled", true);
    await page.goto(`/sale/${open}`);
    await page.getByRole("button", { name: words.add }).first().click();
    await check("choosing", screen === "desktop");
    await page.tell(words.reserve).click();
    await page.getByRole("button", { name: words.pay }).waitFor();
    await check("held", screen === "desktop");
    await page.getByRole("button", { name: words.pay }).click();
    await page.getByText(words.paid, { exact: true }).waitFor();
    await check("paid", screen === "desktop");
    await page.locator(".chip").last().click();
    await page.getByRole("dialog").waitFor();
    await check("shopper", false);
    await leave(page);
  });
}

test("the language is the browser's until another is chosen, and then stays", async () => {
  const sale = await furnished(texts["zh-CN"], -1000);
  const page = await person(browser, shop.url, { language: "zh-CN" });

  await page.goto(`/sale/${sale}`);
  await page.tell("请选择商品").waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await page.tell("English").click();
  await page.tell("Choose an item").waitFor();
  await page.reload();
  await page.tell("Choose an item").waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await leave(page);
});

test("both languages have every word, with the same values in it", async () => {
  const values = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort().join();
  for (const file of ["words.js", "operator_words.js"]) {
    const { words } = await import(new URL(file, site));
    assert.deepEqual(Object.keys(words.zh), Object.keys(words.en), file);
    for (const [key, text] of Object.entries(words.en)) assert.equal(values(words.zh[key]), values(text), key);
  }
});

test("no page and no ungated asset names the gated script", async () => {
  const files = (await readdir(site)).filter((name) => /\.(html|js|css|svg)$/.test(name) && name !== "buy.js");
  assert.ok(files.length > 10);
  for (const name of files) assert.doesNotMatch(await readFile(new URL(name, site), "utf8"), /buy\.js|\/reservations/, name);
});
