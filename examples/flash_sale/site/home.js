// The first page: every sale, and what this shopper has ordered.

import { at, el, everySecond, setText, wait } from "{{asset:kit.js}}";
import { count, language, moment, money, shortClock, startPage, t } from "{{asset:speech.js}}";
import { clock, liveFeed, request, retryDelay, statusOf, updateStock } from "{{asset:line.js}}";
import { buyer } from "{{asset:account.js}}";

const pagesMax = 20; // of the list: a shop with more sales than these hold needs a search, not a list
const rank = ["open", "paused", "scheduled", "sold_out", "closed"];

let sales = null;
let orders = [];
let drawn = ""; // the statuses that the cards show

async function loadSales() {
  const found = [];
  for (let page = 0, after = ""; page < pagesMax; ++page) {
    const reply = await request("GET", `/api/v1/sales${after}`);
    if (!reply.ok) return false;
    found.push(...reply.body.sales);
    if (!reply.body.next) break;
    after = `?after=${reply.body.next}`;
  }
  sales = found;
  drawn = "";
  tick();
  return true;
}

async function loadOrders() {
  const reply = await request("GET", `/api/v1/buyers/${buyer.id}/orders`);
  if (!reply.ok) return;
  orders = reply.body.orders;
  renderOrders();
}

// ----------------------------------------------------------------------------------------------------------- cards

function card(sale) {
  const state = statusOf(sale);
  const cheapest = sale.items.reduce((best, item) => (item.price_minor < best.price_minor ? item : best));
  const price = money(cheapest.price_minor, cheapest.currency);
  const items = t("home_items", { count: count(sale.items.length) });
  return el("li", { class: "sale-card", "data-status": state },
    el("p", { class: "pill" }, t(`status_${state}`)),
    el("div", {},
      el("h2", {}, el("a", { href: `/sale/${sale.id}` }, sale.title)),
      el("p", { class: "muted" }, `${items} · ${sale.items.length > 1 ? t("home_from", { price }) : price}`)),
    el("p", { class: "sale-card-when" }, el("span", { class: "muted" }), el("b", { "data-sale": sale.id })));
}

function renderCards() {
  const byRank = (a, b) => rank.indexOf(statusOf(a)) - rank.indexOf(statusOf(b)) || a.opens_at_ms - b.opens_at_ms;
  const shown = [...sales].sort(byRank).map(card);
  at("sales").removeAttribute("aria-busy");
  at("sales").replaceChildren(...(shown.length > 0 ? shown : [el("li", { class: "muted" }, t("home_empty"))]));
}

function renderTime(sale) {
  const state = statusOf(sale);
  const place = document.querySelector(`[data-sale="${sale.id}"]`);
  const counts = state === "scheduled" || state === "open";
  const over = state === "closed" && clock.now() >= sale.closes_at_ms;
  const ended = over ? t("hero_closed_short", { when: moment(sale.closes_at_ms) }) : "";
  setText(place.previousSibling, counts ? t(`clock_${state}`) : ended);
  setText(place, counts ? shortClock((state === "open" ? sale.closes_at_ms : sale.opens_at_ms) - clock.now()) : "");
}

function tick() {
  if (!sales) return;
  const states = sales.map(statusOf).join();
  if (states !== drawn) renderCards();
  drawn = states;
  sales.forEach(renderTime);
}

function onStock(change) {
  const sale = sales.find((known) => known.id === change.sale_id);
  if (!sale) return void loadSales(); // created since
  updateStock(sale, change);
  tick();
}

// ---------------------------------------------------------------------------------------------------------- orders

function orderRow(order) {
  const sale = sales.find((known) => known.id === order.sale_id);
  const title = (sku) => sale?.items.find((item) => item.sku === sku)?.title ?? `#${sku}`;
  const lines = order.lines.map((line) => `${title(line.sku)} × ${count(line.quantity)}`).join(", ");
  return el("li", {},
    el("span", {}, lines),
    el("span", { class: "order-side" }, money(order.amount_minor, order.currency)),
    el("a", { class: "small", href: `/sale/${order.sale_id}` }, sale?.title ?? order.sale_id),
    el("span", { class: `order-side small order-${order.status}` }, t(`order_${order.status}`)));
}

function renderOrders() {
  at("orders").hidden = orders.length === 0;
  at("order-list").replaceChildren(...orders.map(orderRow));
}

// ------------------------------------------------------------------------------------------------------------ page

function relabel() {
  document.title = t("home_page_title");
  drawn = "";
  tick();
  renderOrders();
}

startPage();
relabel();
clock.keep();
for (let attempt = 0; !(await loadSales()); ++attempt) {
  at("sales").replaceChildren(el("li", { class: "note note-warn" }, t("home_failed")));
  await wait(retryDelay(attempt));
}
loadOrders();
language.listeners.add(relabel);
const feed = liveFeed({
  path: () => `/api/v1/events?buyer=${buyer.id}`,
  on: { stock: onStock, order: loadOrders },
  poll: loadSales,
});
buyer.listeners.add(feed.connect);
buyer.listeners.add(loadOrders);
everySecond(() => -clock.now(), tick);
