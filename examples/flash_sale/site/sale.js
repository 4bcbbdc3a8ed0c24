// The sale page: countdown by the shop's clock, live stock, and the gate. It knows nothing of how to buy: that code,
// with the button and the addresses it uses, is on this page only after the shop handed it over at the opening.

import { announce, at, el, everySecond, icon, setText, wait } from "{{asset:kit.js}}";
import { count, duration, language, moment, money, startPage, t } from "{{asset:speech.js}}";
import { shortClock, splitTime, timeInWords } from "{{asset:speech.js}}";
import { clock, liveFeed, request, retryDelay, statusOf, updateStock } from "{{asset:line.js}}";
import { buyer } from "{{asset:account.js}}";

const saleId = location.pathname.match(/^\/sale\/(\d+)$/)?.[1] ?? "";
const openingJitterMs = 300;

let sale = null; // as GET /api/v1/sales/{id} gives it, kept current by the events
let purchase = null; // what the gated script mounted, once it is here
let openingAsked = false;
let link = "connecting";
const cards = new Map(); // sku → the nodes of its card

const status = () => statusOf(sale);

async function load() {
  const reply = await request("GET", `/api/v1/sales/${saleId}`);
  if (reply.status === 404) return notFound();
  if (!reply.ok) return false;
  sale = reply.body;
  render();
  return true;
}

// ------------------------------------------------------------------------------------------------------------ hero

function renderClock(leftMs) {
  const parts = splitTime(leftMs);
  const cells = at("clock-cells");
  if (cells.childElementCount !== parts.length)
    cells.replaceChildren(...parts.map(() => el("div", { class: "cell" }, el("b"), el("span"))));
  parts.forEach(([unit, number], i) => {
    setText(cells.children[i].firstChild, String(number).padStart(2, "0"));
    setText(cells.children[i].lastChild, t(unit, { count: number }));
  });
  setText(at("clock-text"), timeInWords(Math.ceil(leftMs / 60_000) * 60_000)); // by the minute: it may be read out
}

function renderHero(now) {
  const state = status();
  const scheduled = state === "scheduled";
  const untilMs = scheduled ? sale.opens_at_ms : sale.closes_at_ms;
  const early = state === "closed" && now < untilMs;
  at("hero").dataset.status = state;
  at("hero").toggleAttribute("data-soon", scheduled && untilMs - now <= 10_000);
  setText(at("status"), t(`status_${state}`));
  setText(at("title"), sale.title);
  setText(at("hero-text"), t(early ? "hero_closed_early" : `hero_${state}`, { when: moment(untilMs) }));
  at("clock").hidden = !clock.synced() || !["scheduled", "open"].includes(state);
  setText(at("clock-label"), t(scheduled ? "clock_scheduled" : "clock_open"));
  renderClock(untilMs - now);
  const title = scheduled ? `${shortClock(untilMs - now)} · ${sale.title}` : sale.title;
  if (!purchase?.ownsTitle() && document.title !== title) document.title = title;
}

function renderFacts() {
  const facts = [
    sale.limit_per_buyer > 0 && ["limit", t("fact_limit", { count: count(sale.limit_per_buyer) })],
    ["hold", t("fact_hold", { time: duration(sale.reservation_ttl_ms) })],
    ["clock", t("fact_fair")],
  ].filter(Boolean);
  at("facts").replaceChildren(...facts.map(([name, text]) => el("li", {}, icon(name), text)));
}

/** Says the countdown at a few moments, not at every second. */
function announceCountdown(leftMs) {
  const seconds = Math.ceil(leftMs / 1000);
  if ([600, 60, 10].includes(seconds)) announce(t("announce_left", { time: timeInWords(seconds * 1000) }));
}

// ----------------------------------------------------------------------------------------------------------- items

const shapes = [
  (x, y) => el("circle", { cx: x + 20, cy: y + 20, r: 20 }),
  (x, y) => el("circle", { cx: x + 20, cy: y + 20, r: 9 }),
  (x, y) => el("path", { d: `M${x} ${y}h40a40 40 0 0 1-40 40z` }),
  (x, y) => el("path", { d: `M${x + 40} ${y + 40}h-40a40 40 0 0 1 40-40z` }),
  (x, y) => el("path", { d: `M${x} ${y + 40}a20 20 0 0 1 40 0z` }),
  (x, y) => el("path", { d: `M${x} ${y}h40v40z` }),
  (x, y) => el("rect", { x, y, width: 40, height: 40 }),
  () => null,
];

/** Numbers below a bound that follow from the text alone. Sources: FNV-1a, and Mulberry32 by Tommy Ettinger. */
function numbersFrom(text) {
  let state = [...text].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0), 0x01000193), 0x811c9dc5);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A pattern for an item: it has no picture, but it looks the same wherever it is shown. */
function art(item, index) {
  const number = numbersFrom(`${saleId}/${item.sku}/${item.title}`);
  const drawn = [];
  for (let x = 0; x < 160; x += 40) {
    for (let y = 0; y < 120; y += 40) {
      const shape = shapes[number(shapes.length)](x, y);
      shape?.setAttribute("class", `tone-${number(3)}`);
      drawn.push(shape);
    }
  }
  const box = { viewBox: "0 0 160 120", preserveAspectRatio: "xMidYMid slice" };
  return el("svg", { class: `art art-${index % 5}`, "aria-hidden": "true", ...box }, drawn);
}

function card(item, index) {
  const nodes = {
    price: el("p", { class: "price" }),
    left: el("span", { class: "left" }),
    held: el("span", { class: "held" }),
    meter: el("div", { class: "meter", role: "meter", "aria-valuemin": 0 }, el("span")),
    slot: el("div", { class: "item-slot" }),
  };
  const stock = el("div", { class: "stock" }, el("p", { class: "stock-text" }, nodes.left, nodes.held), nodes.meter);
  nodes.root = el("li", { class: "item" },
    el("div", { class: "item-art" }, art(item, index)),
    el("div", { class: "item-body" }, el("h3", {}, item.title), nodes.price, stock, nodes.slot));
  cards.set(item.sku, nodes);
  return nodes.root;
}

const isLow = (item) => item.availability === "available" && item.available <= Math.max(5, item.total / 10);

function stockText(item) {
  if (item.availability !== "available") return t(`stock_${item.availability}`);
  if (isLow(item)) return t("stock_left", { count: count(item.available) });
  if (item.available === item.total) return t("stock_total", { count: count(item.total) });
  return t("stock_of", { count: count(item.available), total: count(item.total) });
}

function renderItem(item) {
  const { root, price, left, held, meter } = cards.get(item.sku);
  const text = stockText(item);
  const others = item.held > 0 && item.availability === "available";
  root.dataset.availability = item.availability;
  root.toggleAttribute("data-low", isLow(item));
  setText(price, money(item.price_minor, item.currency));
  setText(left, text);
  setText(held, others ? t("stock_held", { count: count(item.held) }) : "");
  meter.setAttribute("aria-label", t("stock_meter", { title: item.title }));
  meter.setAttribute("aria-valuemax", item.total);
  meter.setAttribute("aria-valuenow", item.available);
  meter.setAttribute("aria-valuetext", text);
  meter.style.setProperty("--available", item.total > 0 ? item.available / item.total : 0);
  meter.style.setProperty("--held", item.total > 0 ? item.held / item.total : 0);
}

// ------------------------------------------------------------------------------------------------------------ gate

/** What the panel says until the gated script takes it over. */
function waitingWords() {
  if (status() !== "scheduled") return [t("opening_title"), t("opening_text"), ""];
  const error = count(Math.max(1, Math.ceil(clock.errorMs)));
  return [
    t("ready_title", { when: moment(sale.opens_at_ms) }),
    t("ready_text"),
    clock.synced() ? t("ready_clock", { error }) : t("ready_unsynced"),
  ];
}

function renderWaiting() {
  if (purchase) return;
  const slot = at("purchase");
  const [title, text, small] = waitingWords();
  slot.hidden = false;
  slot.dataset.phase = status() === "scheduled" ? "ready" : "opening";
  const panel = el("div", { class: "panel" },
    el("h2", { id: "purchase-title" }, title), el("p", {}, text), small && el("p", { class: "muted small" }, small));
  if (slot.textContent !== panel.textContent) slot.replaceChildren(panel);
}

/**
 * Asks for the script that sells, from the opening on. A little jitter spreads the crowd. A script that did not load is
 * imported under another fragment, because browsers remember a module that failed.
 */
async function askOpening() {
  if (openingAsked) return;
  openingAsked = true;
  await wait(Math.random() * openingJitterMs);
  for (let attempt = 0; ; ++attempt) {
    const reply = await request("GET", `/sale/${saleId}/opening`, { cache: "default" });
    const script = reply.ok && (await import(`${reply.body.script}#${attempt}`).catch(() => null));
    if (script) return takeOver(script);
    const early = reply.status === 425;
    await wait(early ? Math.min(1000, retryDelay(attempt)) : retryDelay(attempt, reply.retryAfterMs));
  }
}

function takeOver(script) {
  at("purchase").replaceChildren();
  const itemSlots = new Map([...cards].map(([sku, { slot }]) => [sku, slot]));
  purchase = script.mount({ slot: at("purchase"), itemSlots, sale: () => sale, status, reload: load });
  if (status() === "open") announce(t("announce_open"), true);
}

// ------------------------------------------------------------------------------------------------------------ page

function render() {
  if (cards.size === 0) at("items").replaceChildren(...sale.items.map(card));
  document.body.classList.toggle("one-item", sale.items.length === 1);
  renderFacts();
  for (const item of sale.items) renderItem(item);
  tick();
  purchase?.update();
}

let frame = 0;
/** Events may come faster than a screen can show them: one drawing for all of a frame. */
function onStock(change) {
  if (change.sale_id !== saleId) return;
  updateStock(sale, change);
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    render();
  });
}

function tick() {
  const now = clock.now();
  renderHero(now);
  renderWaiting();
  if (status() === "scheduled") announceCountdown(sale.opens_at_ms - now);
  else if (clock.synced()) askOpening();
}

function notFound() {
  document.title = t("sale_not_found_title");
  at("hero").dataset.status = "closed";
  setText(at("title"), t("sale_not_found_title"));
  setText(at("hero-text"), t("sale_not_found_text"));
  at("facts").replaceChildren(el("li", {}, el("a", { href: "/" }, t("all_sales"))));
  return true;
}

function showLink(state = link) {
  link = state;
  const shown = navigator.onLine ? link : "offline";
  at("link-state").dataset.state = shown;
  setText(at("link-state"), sale ? t(`link_${shown}`) : "");
}

startPage();
addEventListener("online", () => showLink());
addEventListener("offline", () => showLink());
language.listeners.add(() => {
  showLink();
  if (sale) render();
  else notFound();
});

const synced = clock.keep();
for (let attempt = 0; !(await load()); ++attempt) await wait(retryDelay(attempt));
if (sale) {
  const feed = liveFeed({
    path: () => `/api/v1/events?sale=${saleId}&buyer=${buyer.id}`,
    on: { stock: onStock, order: (order) => purchase?.onOrder(order) },
    poll: load,
    show: showLink,
  });
  buyer.listeners.add(feed.connect);
  everySecond(() => (status() === "scheduled" ? sale.opens_at_ms : sale.closes_at_ms) - clock.now(), tick);
  synced.then(tick);
}
