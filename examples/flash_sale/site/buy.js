// How to buy. The shop hands this script over at the opening and not before: no page and no other asset names it, and
// the addresses below stand nowhere else.
//
// A purchase is one small state machine. Its state, with the key of the request under way, is saved before anything is
// sent; so a double click, a reload and a broken line all end in the same request, which the shop answers once.
//
//   choosing → asking → held → paying → ended       asking → waiting → asking      all units in other baskets
//                          ↘ giving_up → choosing   asking → stopping → choosing   the shopper stopped asking

import { announce, el, everySecond, icon, session, setText, uuid, wait } from "{{asset:kit.js}}";
import { count, duration, language, minutes, moment, money, t } from "{{asset:speech.js}}";
import { clock, isTransient, request, retryDelay } from "{{asset:line.js}}";
import { actions, busy, button, countdown, factList, paragraph, receipt, refresh, stepper } from "{{asset:widgets.js}}";
import { buyer } from "{{asset:account.js}}";

const pollsMax = 40; // for a reservation's or an order's news that are late
const spreadMs = 400; // over which those who wait for a returned unit ask

let shop; // what the page handed over: see mount()
let state = { phase: "choosing" };
let phases = 0; // entered so far: whoever waited for an earlier one finds out that it is over
let chosen = new Map(); // sku → units wished for
let owned = 0; // units that this buyer holds or owns in this sale, as far as the page knows
let stopTicking = () => {};
const wakeUps = new EventTarget(); // "online", "stock": end a pause before its time

// ----------------------------------------------------------------------------------------------------------- state

const storageKey = () => `seckill.purchase.${shop.sale().id}.${buyer.id}`;
const save = () => session.set(storageKey(), JSON.stringify({ ...state, chosen: [...chosen] }));

/** Enters a phase: saved first, then shown. Returns a function that tells whether it still lasts. */
function enter(phase, facts = {}) {
  const mine = ++phases;
  state = { phase, ...facts };
  save();
  draw();
  return () => mine === phases;
}

/** Shows and says a remark beside what is shown already; none takes it away. */
function remark(key, values = {}, tone = "warn") {
  state.note = key && { key, values, tone };
  shop.slot.querySelector("[data-note]")?.replaceChildren(...noteNodes());
  if (key) announce(t(key, values));
}

/** Ends after `ms`, or at the wake-up of that name if it comes first. */
const pause = (ms, wakeUp) =>
  Promise.race([wait(ms), new Promise((resolve) => wakeUps.addEventListener(wakeUp, resolve, { once: true }))]);

/** Repeats a request, with the key that it has, until the shop speaks of the sale. Null if the phase is over. */
async function insist(current, send, words = { busy: "retry_busy", no_answer: "retry_no_answer" }) {
  for (let attempt = 0; ; ++attempt) {
    const reply = await send();
    if (!current()) return null;
    if (!isTransient(reply)) return reply;
    const delayMs = retryDelay(attempt, reply.retryAfterMs);
    const unanswered = navigator.onLine ? words.no_answer : "asking_offline";
    const time = duration(Math.ceil(delayMs / 1000) * 1000);
    remark(reply.outcome === "no_answer" ? unanswered : words.busy, { time });
    shop.slot.toggleAttribute("data-troubled", true);
    await pause(delayMs, "online");
    if (!current()) return null;
  }
}

const reservations = () => `/api/v1/sales/${shop.sale().id}/reservations`;
const reservation = (id) => `/api/v1/reservations/${id}`;

// -------------------------------------------------------------------------------------------------------- choosing

const itemOf = (sku) => shop.sale().items.find((item) => item.sku === sku);
const units = (lines) => lines.reduce((sum, line) => sum + line.quantity, 0);
const minor = (lines) => lines.reduce((sum, line) => sum + line.quantity * (itemOf(line.sku)?.price_minor ?? 0), 0);
const amount = (lines) => money(minor(lines), shop.sale().items[0].currency);
const inStock = (lines) => lines.every((line) => (itemOf(line.sku)?.available ?? 0) >= line.quantity);

/** Units that this buyer may still take. */
const allowance = () => (shop.sale().limit_per_buyer || Infinity) - owned;
const quantityOf = (item) => Math.min(chosen.get(item.sku) ?? 0, item.available);
const basket = () =>
  shop.sale().items
    .map((item) => ({ sku: item.sku, quantity: quantityOf(item) }))
    .filter((line) => line.quantity > 0);

function choose(sku, quantity) {
  if (state.phase !== "choosing") return;
  chosen.set(sku, quantity);
  save();
  remark(null);
  update();
}

function choosing(note = null, facts = {}) {
  const { items } = shop.sale();
  if (items.length === 1 && !chosen.get(items[0].sku)) chosen.set(items[0].sku, 1);
  enter("choosing", { note, ...facts });
  if (note) announce(t(note.key, note.values));
}

function reserve() {
  if (state.phase !== "choosing") return; // the second press of a double click
  const lines = basket();
  if (lines.length > 0) return ask(lines);
  announce(t("choose_none"), true);
  document.querySelector(".item-slot button")?.focus();
}

// ---------------------------------------------------------------------------------------------------------- asking

/** Reserves. The key and the lines stay what they are until there is a final answer. */
async function ask(lines, { key = uuid(), waiting = false } = {}) {
  const current = enter("asking", { key, lines, waiting });
  const send = () => request("POST", reservations(), { key, body: { buyer: buyer.id, lines } });
  const reply = await insist(current, send, { busy: "asking_busy", no_answer: "asking_no_answer" });
  if (!reply) return;
  if (reply.outcome !== "reserved") return refused(reply, lines, waiting);
  hold({ id: reply.body.reservation_id, expiresAtMs: reply.body.expires_at_ms, lines });
}

/** Undoes a request of which nobody knows whether it arrived: should it come late, the shop refuses it. */
async function stopAsking({ key }) {
  const current = enter("stopping", { key });
  const reply = await insist(current, () => request("POST", `${reservations()}/cancel`, { key }));
  if (reply) choosing({ key: "stopped_note", tone: "info" });
}

const refusals = new Set(["sold_out", "all_held", "insufficient", "limit_exceeded", "sale_not_open", "sale_paused",
  "sale_closed", "sale_not_found", "sku_not_found", "request_mismatch", "invalid_request", "already_cancelled"]);

function refused({ outcome, body }, lines, waiting) {
  const { limit_per_buyer: limit, reservation_ttl_ms: ttlMs } = shop.sale();
  shop.reload();
  countOwned();
  if (outcome === "sale_not_open") clock.sync();
  if (waiting && (outcome === "all_held" || outcome === "insufficient"))
    return waitFor(lines, body.retry_at_ms ?? clock.now() + ttlMs);
  const key = refusals.has(outcome) ? outcome : "refused_otherwise";
  choosing({ key, values: { limit: count(limit) }, tone: "warn" }, { untilMs: body?.retry_at_ms });
}

/** Waits for units that other shoppers hold: asks when they are seen, or else when the first hold ends. */
async function waitFor(lines, untilMs) {
  const current = enter("waiting", { lines, untilMs });
  announce(t("waiting_title"));
  await pause(Math.max(0, untilMs - clock.now()), "stock");
  await wait(Math.random() * spreadMs);
  if (current()) ask(lines, { waiting: true });
}

// ------------------------------------------------------------------------------------------ held, paid or given back

function hold(held, note = null) {
  chosen.clear();
  enter("held", { ...held, note });
  const leftMs = held.expiresAtMs - clock.now();
  if (leftMs <= 0) return lapse(held);
  announce(`${t("held_title")}. ${t("held_announce", { time: duration(leftMs) })}`);
  countOwned();
}

/** The time is over by this page's clock; the shop has the last word, for it may have been paid elsewhere. */
async function lapse({ id, lines, expiresAtMs }) {
  const current = enter("lapsing", { id, lines, expiresAtMs });
  for (let poll = 0; poll < pollsMax; ++poll) {
    const reply = await request("GET", reservation(id));
    if (!current()) return;
    if (reply.ok && reply.body.state !== "held") return settle(id, lines, reply.body.state);
    if (reply.status === 404) break;
    await wait(retryDelay(Math.min(poll, 3), reply.retryAfterMs));
    if (!current()) return;
  }
  end("expired", { id, lines });
}

async function pay({ id, lines, expiresAtMs, paymentId = `sim-${uuid().slice(0, 13)}`, key = uuid() }) {
  const current = enter("paying", { id, lines, expiresAtMs, paymentId, key });
  announce(t("paying"));
  const send = () => request("POST", `${reservation(id)}/confirm`, { key, body: { payment_id: paymentId } });
  const reply = await insist(current, send);
  if (!reply) return;
  const ends = { confirmed: "paid", confirmed_late: "late", unfulfilled: "unfulfilled",
    already_expired: "unfulfilled", already_cancelled: "returned", payment_mismatch: "paid" };
  const how = ends[reply.outcome];
  if (!how) return otherwise(reply, { id, lines, expiresAtMs });
  end(how, { id, lines, paymentId, mismatch: reply.outcome === "payment_mismatch" });
}

async function giveUp({ id, lines, expiresAtMs, key = uuid() }) {
  const current = enter("giving_up", { id, lines, expiresAtMs, key });
  const reply = await insist(current, () => request("POST", `${reservation(id)}/cancel`, { key }));
  if (!reply) return;
  countOwned();
  const states = { cancelled: "cancelled", already_cancelled: "cancelled", already_confirmed: "confirmed",
    already_expired: "expired" };
  if (reply.outcome in states) return settle(id, lines, states[reply.outcome]);
  otherwise(reply, { id, lines, expiresAtMs });
}

/** An answer that ends nothing, unless the reservation is forgotten. */
function otherwise(reply, held) {
  if (reply.outcome === "reservation_not_found") return choosing({ key: "reservation_gone", tone: "warn" });
  enter("held", { ...held, note: { key: "refused_otherwise", tone: "warn" } });
}

/** Shows what became of a reservation. */
function settle(id, lines, now) {
  if (now === "cancelled") return choosing({ key: "cancelled_note", tone: "info" });
  end(now === "confirmed" ? "paid" : "expired", { id, lines });
}

// ----------------------------------------------------------------------------------------------------------- ended

const endings = {
  paid: { title: "paid_title", text: "paid_text", icon: "check", ordered: true, again: "buy_more" },
  late: { title: "late_title", text: "late_text", icon: "check", ordered: true, again: "buy_more" },
  expired: { title: "expired_title", text: "expired_text", icon: "clock", again: "try_again" },
  unfulfilled: { title: "unfulfilled_title", text: "unfulfilled_text", icon: "refund", again: "back" },
  returned: { title: "unfulfilled_title", text: "paid_already_cancelled", icon: "refund", again: "back" },
};

async function end(how, facts) {
  const current = enter("ended", { how, ...facts });
  announce(t(endings[how].title));
  countOwned();
  if (endings[how].ordered) await followOrder(facts.id, current);
}

/** Orders are written behind the answer: asks until this one is there and paid, or until an event brings it. */
async function followOrder(id, current) {
  for (let poll = 0; poll < pollsMax && !isPaid(state.order); ++poll) {
    const reply = await request("GET", `/api/v1/orders/${id}`);
    if (!current()) return;
    if (reply.ok) showOrder(reply.body);
    else if (poll === 8) remark("order_slow", {}, "info");
    if (!isPaid(state.order)) await wait(retryDelay(Math.min(poll, 4), reply.retryAfterMs));
    if (!current()) return;
  }
}

const isPaid = (order) => order?.status === "paid";

function showOrder(order) {
  if (isPaid(state.order)) return; // a slow poll behind a quick event
  state.order = order;
  if (isPaid(order)) state.note = null;
  save();
  draw();
}

/** An event of this buyer's orders. */
function onOrder(order) {
  if (order.sale_id !== shop.sale().id || order.buyer !== buyer.id) return;
  countOwned();
  if (order.reservation_id !== state.id) return;
  if (state.phase === "ended" && endings[state.how].ordered) return showOrder(order);
  if (state.phase !== "held") return; // the answer to the request under way says more
  const states = { paid: "confirmed", cancelled: "cancelled" };
  if (order.status in states) settle(state.id, state.lines, states[order.status]);
}

// ---------------------------------------------------------------------------------------------------------- resume

async function myOrders() {
  const reply = await request("GET", `/api/v1/buyers/${buyer.id}/orders`);
  return reply.ok ? reply.body.orders.filter((order) => order.sale_id === shop.sale().id) : null;
}

async function countOwned(known = null) {
  const asked = buyer.id;
  const orders = known ?? (await myOrders());
  if (!orders || asked !== buyer.id) return;
  const counted = orders.filter((order) => ["pending_payment", "paid"].includes(order.status));
  owned = counted.reduce((sum, order) => sum + units(order.lines), 0);
  update();
}

/** Goes on where the shopper was: from this tab's memory, or from an unpaid order that another tab or device left. */
async function resume() {
  const memory = JSON.parse(session.get(storageKey()) ?? "null");
  chosen = new Map(memory?.chosen ?? []);
  owned = 0;
  switch (memory?.phase) {
    case "asking": return ask(memory.lines, memory);
    case "stopping": return stopAsking(memory);
    case "waiting": return ask(memory.lines, { waiting: true });
    case "paying": return pay(memory);
    case "giving_up": return giveUp(memory);
    case "held": case "lapsing": case "resuming": return revisit(memory.id);
    case "ended": return end(memory.how, memory);
  }
  choosing();
  const mine = phases;
  const orders = await myOrders();
  if (mine !== phases || !orders) return;
  const unpaid = orders.find((order) => order.status === "pending_payment");
  if (unpaid) return revisit(unpaid.reservation_id);
  countOwned(orders);
}

async function revisit(id) {
  const current = enter("resuming", { id });
  const reply = await insist(current, () => request("GET", reservation(id)));
  if (!reply) return;
  if (!reply.ok) return choosing({ key: "reservation_gone", tone: "warn" });
  const { state: now, expires_at_ms: expiresAtMs, lines } = reply.body;
  if (now === "held") hold({ id, expiresAtMs, lines }, { key: "resumed", tone: "info" });
  else settle(id, lines, now);
}

// --------------------------------------------------------------------------------------------------------- drawing

function noteNodes() {
  return state.note ? [paragraph(t(state.note.key, state.note.values), `note note-${state.note.tone}`)] : [];
}
const notePlace = () => el("div", { "data-note": "" }, noteNodes());

const receiptLine = (line) => [itemOf(line.sku)?.title ?? `#${line.sku}`, count(line.quantity), amount([line])];
const receiptOf = (lines) => receipt(lines.map(receiptLine), amount(lines));
const timeLeft = () => countdown(t("held_left"));

/** For a press: what it starts counts in its phase alone, so that the second of a double click does nothing. */
const inPhase = (phase, run) => () => state.phase === phase && run(state);

const panels = {
  choosing: () => [notePlace(), el("div", { "data-choice": "" })],
  asking: () => [
    paragraph(t("asking_text")), receiptOf(state.lines), notePlace(), busy(t("asking_title")),
    actions(button(t("asking_stop"), inPhase("asking", stopAsking), "if-troubled")),
  ],
  stopping: () => [paragraph(t("stopping_text")), notePlace(), busy(t("stopping_title"))],
  waiting: () => [
    paragraph(t("waiting_text", { when: moment(state.untilMs, true) })), receiptOf(state.lines),
    actions(button(t("waiting_stop"), inPhase("waiting", () => choosing()))),
  ],
  resuming: () => [notePlace(), busy(t("resuming"))],
  held: () => [
    paragraph(t("held_text")), notePlace(), timeLeft(), receiptOf(state.lines),
    actions(
      button(t("pay", { amount: amount(state.lines) }), inPhase("held", pay), "button-main"),
      button(t("give_up"), inPhase("held", giveUp))),
    paragraph(t("simulated"), "muted small"),
  ],
  lapsing: () => [timeLeft(), receiptOf(state.lines)],
  paying: () => [paragraph(t("paying_text")), timeLeft(), receiptOf(state.lines), notePlace(), busy(t("paying"))],
  giving_up: () => [receiptOf(state.lines), notePlace(), busy(t("giving_up"))],
  ended: endedPanel,
};

function orderFacts() {
  const { id, order, paymentId } = state;
  const facts = endings[state.how].ordered
    ? [
        [t("order_number"), id, "mono"],
        [t("order_status"), t(order ? `order_${order.status}` : "order_pending"), order ? `order-${order.status}` : ""],
      ]
    : [];
  if (paymentId) facts.push([t("payment_reference"), paymentId, "mono"]);
  return facts.length > 0 && factList(facts);
}

function endedPanel() {
  const { text, again, ordered } = endings[state.how];
  return [
    paragraph(t(text, { amount: amount(state.lines) })),
    state.mismatch && paragraph(t("payment_mismatch_text"), "note note-warn"),
    notePlace(), receiptOf(state.lines), orderFacts(),
    actions(button(t(again), inPhase("ended", () => choosing()), ordered ? "" : "button-main")),
  ];
}

const titles = { choosing: "choose_title", asking: "asking_title", stopping: "stopping_title", waiting: "waiting_title",
  resuming: "resuming", held: "held_title", lapsing: "lapsing_title", paying: "paying", giving_up: "giving_up" };

/** Draws the phase anew. The focus goes from what was pressed to the heading of what came of it. */
function draw() {
  const { slot } = shop;
  const { phase, how = "" } = state;
  const focusIn = (place) => place.contains(document.activeElement);
  const changed = slot.dataset.phase !== phase;
  const follow = focusIn(slot) || (changed && [...shop.itemSlots.values()].some(focusIn));
  const title = el("h2", { id: "purchase-title", tabindex: -1 }, how && icon(endings[how].icon),
    t(how ? endings[how].title : titles[phase]));
  Object.assign(slot.dataset, { phase, how });
  slot.removeAttribute("data-troubled");
  slot.hidden = false;
  slot.replaceChildren(el("div", { class: "panel" }, title, panels[phase]()));
  if (follow) title.focus();
  stopTicking();
  stopTicking = () => {};
  if (slot.querySelector("[data-left]")) {
    showTimeLeft();
    stopTicking = everySecond(() => state.expiresAtMs - clock.now(), tick);
  }
  update();
}

function showTimeLeft() {
  const { slot } = shop;
  const leftMs = state.expiresAtMs - clock.now();
  const share = Math.max(0, leftMs / shop.sale().reservation_ttl_ms);
  setText(slot.querySelector("[data-left]"), minutes(leftMs));
  slot.querySelector(".time-left").toggleAttribute("data-short", leftMs <= 15_000);
  slot.querySelector(".time-left-bar span").style.setProperty("--left", share);
  document.title = `${minutes(leftMs)} · ${t("held_title")}`;
  return leftMs;
}

function tick() {
  const leftMs = showTimeLeft();
  if (state.phase !== "held") return;
  if (leftMs <= 0) return void lapse(state);
  const seconds = Math.ceil(leftMs / 1000);
  if ([60, 30, 10].includes(seconds)) announce(t("held_announce", { time: duration(seconds * 1000) }));
}

// ----------------------------------------------------------------------------------- drawing what follows the stock

function itemStepper(item, room) {
  const { title } = item;
  const quantity = quantityOf(item);
  const labels = { group: t("quantity_of", { title }), fewer: t("fewer_of", { title }), more: t("more_of", { title }) };
  const full = room <= 0 || quantity >= item.available;
  return stepper(count(quantity), full, labels, (by) => choose(item.sku, quantity + by));
}

/** What stands under an item: nothing, a button to add it, how many, or the offer to wait for a returned unit. */
function itemControl(item, room) {
  const waitForOne = () => ask([{ sku: item.sku, quantity: 1 }], { waiting: true });
  if (item.availability === "all_held" && allowance() > 0)
    return button(t("wait_offer"), inPhase("choosing", waitForOne), "button-wide");
  if (item.available === 0) return null;
  if (quantityOf(item) > 0) return itemStepper(item, room);
  if (room <= 0) return null;
  const label = { "data-focus": "more", "aria-label": t("add_of", { title: item.title }) };
  return el("button", { type: "button", class: "button button-wide", ...label, onclick: () => choose(item.sku, 1) },
    icon("plus"), t("add"));
}

/** What stands in the panel while choosing. */
function choice() {
  const { items, limit_per_buyer: limit, reservation_ttl_ms: ttlMs } = shop.sale();
  const status = shop.status();
  if (status === "closed") return [paragraph(t("ended_text")), el("a", { class: "button", href: "/" }, t("all_sales"))];
  if (status === "paused") return [paragraph(t("sale_paused"))];
  if (status === "sold_out") return [paragraph(t("sold_out"))];
  if (allowance() <= 0) return [paragraph(t("limit_reached", { limit: count(limit) }))];
  if (items.some((item) => item.available > 0)) return basketNodes(basket(), ttlMs);
  const known = state.untilMs > clock.now();
  return [paragraph(known ? t("all_held_until", { when: moment(state.untilMs, true) }) : t("all_held"))];
}

function basketNodes(lines, ttlMs) {
  const empty = lines.length === 0;
  return [
    empty ? paragraph(t("choose_empty"), "muted choice-empty") : receiptOf(lines),
    el("div", { class: "choice-bar" },
      el("p", { class: "choice-sum" }, el("b", {}, amount(lines)), el("span", {}, t("units", { count: units(lines) }))),
      el("button", { type: "button", class: "button button-main", onclick: reserve, "aria-disabled": empty && "true" },
        t(empty ? "choose_none" : "reserve"))),
    paragraph(t("reserve_help", { time: duration(ttlMs) }), "muted small choice-help"),
  ];
}

/** The stock, the sale or the choice changed. */
function update() {
  const { items } = shop.sale();
  const status = shop.status();
  const heading = shop.slot.querySelector("h2");
  const choosable = state.phase === "choosing" && status === "open";
  const room = allowance() - units(basket());
  for (const item of items) refresh(shop.itemSlots.get(item.sku), choosable ? itemControl(item, room) : null, heading);
  if (state.phase === "waiting" && inStock(state.lines)) wakeUps.dispatchEvent(new Event("stock"));
  if (state.phase !== "choosing") return;
  const bar = choosable && allowance() > 0 && items.some((item) => item.available > 0);
  const title = { open: "choose_title", closed: "ended_title" }[status] ?? `status_${status}`;
  shop.slot.toggleAttribute("data-bar", bar);
  setText(heading, t(title));
  refresh(shop.slot.querySelector("[data-choice]"), choice(), heading);
}

/**
 * Takes over the panel and the items' slots. Called once.
 *   slot, itemSlots     where to draw; the items' by sku
 *   sale(), status()    what the page knows
 *   reload()            makes it ask the shop again
 * Returns what to tell: that the sale changed, that an order did; and whether the tab's title is taken.
 */
export function mount(page) {
  shop = page;
  addEventListener("online", () => wakeUps.dispatchEvent(new Event("online")));
  language.listeners.add(draw);
  buyer.listeners.add(resume);
  resume();
  return { update, onOrder, ownsTitle: () => ["held", "paying", "lapsing"].includes(state.phase) };
}
