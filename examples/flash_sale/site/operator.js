// The operator's view: the token, what is read again and again, and what is done with a press of a button.

import { at, el, session, uuid, wait } from "{{asset:kit.js}}";
import { language, learn, signed, startPage, t } from "{{asset:speech.js}}";
import { words } from "{{asset:operator_words.js}}";
import { clock, liveFeed, request, updateStock } from "{{asset:line.js}}";
import { parseMetrics } from "{{asset:operator_metrics.js}}";
import { fillForm } from "{{asset:operator_form.js}}";
import { showAudit, showMetrics, showReadiness } from "{{asset:operator_board.js}}";
import { showSales } from "{{asset:operator_sales.js}}";

const tokenKey = "seckill.operator";
const metricsEveryMs = 1000;
const auditEveryMs = 2000;
const pagesMax = 50; // of the list of sales

let token = session.get(tokenKey);
let round = 0; // of work since the token was taken; what an earlier one still waits for is void
let stopFeed = () => {};
let audit = null;
let auditedMs = 0;
const sales = new Map(); // id → sale
const keys = new Map(); // action → its key, until it is answered

// ------------------------------------------------------------------------------------------------------- the token

const leave = el("button", { type: "button", class: "chip", hidden: true, onclick: () => showLogin() });

function showLogin(error = "") {
  ++round;
  stopFeed();
  token = null;
  session.remove(tokenKey);
  at("board").hidden = true;
  at("login").hidden = false;
  leave.hidden = true;
  at("token").value = "";
  at("token").toggleAttribute("aria-invalid", error !== "");
  at("login-error").textContent = error && t(error);
  at("token").focus();
}

async function enter(candidate) {
  const reply = await request("GET", "/admin/v1/audit", { token: candidate });
  if (reply.status === 401) return showLogin("op_wrong_token");
  if (!reply.ok) return showLogin("op_unreachable");
  token = candidate;
  session.set(tokenKey, token);
  at("login").hidden = true;
  at("board").hidden = false;
  leave.hidden = false;
  start();
}

// ---------------------------------------------------------------------------------------------------- what is read

/** Repeats `step` while this round lasts, as long as the view is seen. */
async function repeat(everyMs, step) {
  const mine = round;
  while (mine === round) {
    if (document.visibilityState === "visible") await step();
    await wait(everyMs);
  }
}

async function start() {
  const mine = ++round;
  fillForm(at("create-form"), createSale);
  clock.sync();
  repeat(metricsEveryMs, readMetrics);
  repeat(auditEveryMs, readAudit);
  repeat(auditEveryMs, readReadiness);
  await loadSales();
  if (mine !== round) return;
  stopFeed = liveFeed({ path: () => "/api/v1/events", on: { stock: onStock }, poll: loadSales }).end;
}

async function readMetrics() {
  const reply = await request("GET", "/metrics");
  if (reply.ok) showMetrics(parseMetrics(reply.text), performance.now());
}

async function readReadiness() {
  showReadiness(await request("GET", "/readyz"));
}

async function readAudit() {
  const reply = await request("GET", "/admin/v1/audit", { token });
  if (!token) return;
  if (reply.status === 401) return showLogin("op_wrong_token");
  if (reply.ok) {
    audit = reply.body;
    auditedMs = performance.now();
    if (audit.sales.some(({ id }) => !sales.has(id))) loadSales();
  }
  if (audit) showAudit(audit, performance.now() - auditedMs);
}

/** The expensive audit, which trusts no sum: only when it is asked for. */
async function recount() {
  const reply = await request("GET", "/admin/v1/audit?full=true", { token });
  if (!reply.ok) return sayFailed(reply);
  audit = reply.body;
  auditedMs = performance.now();
  showAudit(audit, 0);
  if (audit.balanced) say(t("op_recounted"));
}

async function loadSales() {
  for (let page = 0, after = ""; page < pagesMax; ++page) {
    const reply = await request("GET", `/api/v1/sales${after}`);
    if (!reply.ok) return false;
    for (const sale of reply.body.sales) sales.set(sale.id, sale);
    if (!reply.body.next) break;
    after = `?after=${reply.body.next}`;
  }
  drawSales();
  return true;
}

function onStock(change) {
  const sale = sales.get(change.sale_id);
  if (!sale) return void loadSales();
  updateStock(sale, change);
  drawSales();
}

let frame = 0;
function drawSales() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    showSales([...sales.values()], { act: actOnSale, restock });
  });
}

// --------------------------------------------------------------------------------------------------------- actions

function say(text, tone = "info") {
  at("toast").replaceChildren(el("p", { class: `note note-${tone}` }, text));
}

const sayFailed = (reply) =>
  say(t("op_failed", { outcome: reply.outcome ?? reply.status, detail: reply.body?.detail ?? "" }), "warn");

/** Does something once: if no answer comes, the next press of the same button repeats the same request. */
async function act(path, body, done) {
  const action = `${path} ${JSON.stringify(body ?? null)}`;
  if (!keys.has(action)) keys.set(action, uuid());
  const reply = await request("POST", path, { body, token, key: keys.get(action) });
  if (reply.status === 0) return say(t("op_no_answer"), "warn");
  keys.delete(action);
  if (reply.status === 401) return showLogin("op_wrong_token");
  if (!reply.ok) return sayFailed(reply);
  say(done(reply.body));
  await loadSales();
  return true;
}

function actOnSale(sale, action) {
  if (action === "close") return confirmClose(sale);
  return act(`/admin/v1/sales/${sale.id}/${action}`, undefined, () => t(`op_done_${action}`, { title: sale.title }));
}

/** Asks before what cannot be undone. */
function askBefore({ title, text, yes }, action) {
  const decided = () => {
    dialog.remove();
    if (dialog.returnValue === "yes") action();
  };
  const names = { role: "alertdialog", "aria-labelledby": "ask-title", "aria-describedby": "ask-text" };
  const dialog = el("dialog", { class: "dialog", ...names, onclose: decided },
    el("form", { method: "dialog" },
      el("h2", { id: "ask-title" }, title),
      el("p", { id: "ask-text" }, text),
      el("div", { class: "actions" },
        el("button", { class: "button button-danger", value: "yes" }, yes),
        el("button", { class: "button", value: "", autofocus: true }, t("back")))));
  document.body.append(dialog);
  dialog.showModal();
}

function confirmClose(sale) {
  const words = { title: t("op_close_title", { title: sale.title }), text: t("op_close_text"), yes: t("op_close_yes") };
  askBefore(words, () =>
    act(`/admin/v1/sales/${sale.id}/close`, undefined, () => t("op_done_close", { title: sale.title })));
}

function confirmTime() {
  askBefore({ title: t("op_time_title"), text: t("op_time_text"), yes: t("op_time_yes") }, () =>
    act("/admin/v1/time/accept", undefined, () => t("op_done_time")));
}

/** True if it was done. */
async function restock(sale, item, delta) {
  if (!Number.isSafeInteger(delta) || delta === 0) return say(t("op_delta_invalid"), "warn");
  const done = () => t("op_done_restock", { title: item.title, delta: signed(delta) });
  return act(`/admin/v1/sales/${sale.id}/restock`, { sku: item.sku, delta }, done);
}

const createSale = (body) =>
  act("/admin/v1/sales", body, (sale) => t("op_done_create", { title: body.title, id: sale.id }));

// ----------------------------------------------------------------------------------------------------------- start

function relabel() {
  document.title = t("op_page_title");
  leave.textContent = t("op_leave");
  if (!token) return;
  fillForm(at("create-form"), createSale);
  showSales([], {});
  drawSales();
  if (audit) showAudit(audit, performance.now() - auditedMs);
}

learn(words);
startPage();
at("tools").append(leave);
at("recount").addEventListener("click", recount);
at("accept-time").addEventListener("click", confirmTime);
at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(at("token").value.trim());
});
language.listeners.add(relabel);
relabel();
if (token) enter(token);
else showLogin();
