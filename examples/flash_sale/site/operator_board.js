// The upper half of the operator's view: the audit, the engine's health, the traffic.

import { announce, at, el, setText } from "{{asset:kit.js}}";
import { brief, count, duration, latency, moment, t } from "{{asset:speech.js}}";
import { clock } from "{{asset:line.js}}";
import { between, buckets, byLabel, quantile, total } from "{{asset:operator_metrics.js}}";

const staleMs = 6000;
const chartReadings = 60;
const latencyReadings = 10;
const answers = "seckill_answers_total";
const durations = "seckill_http_request_duration_seconds";

let readings = []; // newest last: {atMs, metrics}
let rates = [];
let routeChosen = "reserve";

// ----------------------------------------------------------------------------------------------------------- audit

/** `ageMs`: how long ago it was made. Old news are no reassurance. */
export function showAudit(audit, ageMs) {
  const items = audit.sales.flatMap(({ id, items }) => items.map((item) => ({ ...item, name: `${id}/${item.sku}` })));
  const wrong = items.filter((item) => !item.balanced).map((item) => item.name);
  const where = [...wrong, ...(audit.violations ?? [])].join(", ");
  const state = !audit.balanced ? "bad" : ageMs > staleMs ? "stale" : "good";
  if (state === "bad" && at("audit").dataset.state !== state) announce(t("op_unbalanced"), true);
  at("audit").dataset.state = state;
  setText(at("audit-verdict"), t(audit.balanced ? "op_balanced" : "op_unbalanced"));
  setText(at("audit-text"), audit.balanced ? t("op_balanced_text") : t("op_unbalanced_text", { where }));
  const time = state === "stale" ? duration(ageMs) : moment(clock.now() - ageMs, true);
  setText(at("audit-at"), t(state === "stale" ? "op_audit_stale" : "op_audit_at", { time }));
  showJournal(audit.journal);
  const orders = Object.entries(audit.orders.by_status).filter(([, number]) => number > 0);
  showBars("orders", orders.map(([status, number]) => [t(`order_${status}`), number, `order-bar-${status}`]));
}

function showJournal({ last_sequence: last, durable_sequence: durable }) {
  const lag = Math.max(0, last - durable);
  setText(at("journal"), count(last));
  setText(at("journal-lag"), lag === 0 ? t("op_journal_even") : t("op_journal_lag", { count: count(lag) }));
  setText(at("journal-text"), t("op_journal_text", { durable: count(durable), last: count(last) }));
}

export function showReadiness(reply) {
  const why = reply.body?.detail ?? t("op_unreachable");
  setText(at("ready"), reply.ok ? t("op_ready") : t("op_not_ready", { why }));
  at("ready").toggleAttribute("data-bad", !reply.ok);
}

/** A row with a bar for each [name, number, look]. */
function showBars(id, entries) {
  const most = Math.max(1, ...entries.map(([, number]) => number));
  const row = ([name, number, look]) => {
    const bar = el("span", { class: `bar ${look}` });
    bar.style.setProperty("--share", number / most);
    return el("tr", {},
      el("th", { scope: "row" }, name),
      el("td", { class: "bar-cell" }, bar),
      el("td", { class: "number" }, count(number)));
  };
  at(id).hidden = entries.length === 0;
  at(`${id}-none`).hidden = entries.length > 0;
  at(id).tBodies[0].replaceChildren(...entries.map(row));
}

// --------------------------------------------------------------------------------------------------------- traffic

const done = new Set(["reserved", "confirmed", "confirmed_late", "cancelled", "applied"]);
const trouble = new Set(["overloaded", "unavailable", "rate_limited"]);
const lookOf = (outcome) => (done.has(outcome) ? "bar-good" : trouble.has(outcome) ? "bar-bad" : "");

export function showMetrics(metrics, atMs) {
  const before = readings.at(-1);
  readings = [...readings, { atMs, metrics }].slice(-latencyReadings - 1);
  if (before) {
    const reserved = [metrics, before.metrics].map((each) => total(each, answers, { outcome: "reserved" }));
    const rate = Math.max(0, reserved[0] - reserved[1]) / ((atMs - before.atMs) / 1000);
    rates = [...rates, rate].slice(-chartReadings);
    showRate();
  }
  showLatency();
  showEngine(metrics);
  showGuards(metrics);
  const given = [...byLabel(metrics, answers, "outcome")].filter(([, number]) => number > 0);
  given.sort(([, a], [, b]) => b - a);
  showBars("answers", given.map(([outcome, number]) => [outcome, number, lookOf(outcome)]));
}

/** What each policy does to those who come, and whether it is at work right now. */
function showGuards(metrics) {
  const refused = byLabel(metrics, "seckill_guard_refusals_total", "guard");
  const before = byLabel(readings[0].metrics, "seckill_guard_refusals_total", "guard");
  const keys = byLabel(metrics, "seckill_guard_busy_keys", "guard");
  const [reads] = [...byLabel(metrics, "seckill_order_reads_state", "state")].find(([, is]) => is === 1) ?? ["open"];
  const inFlight = {
    count: count(total(metrics, "seckill_reserves_in_flight")),
    limit: count(total(metrics, "seckill_reserves_in_flight_limit")),
  };
  const states = [
    ["client_rate", t("op_guard_keys", { count: count(keys.get("client_rate") ?? 0) })],
    ["buyer_rate", t("op_guard_keys", { count: count(keys.get("buyer_rate") ?? 0) })],
    ["concurrency", t("op_guard_in_flight", inFlight)],
    ["order_reads", t(`op_guard_${reads}`)],
  ];
  at("guards").tBodies[0].replaceChildren(...states.map(([guard, state]) => {
    const number = refused.get(guard) ?? 0;
    const active = number > (before.get(guard) ?? 0) || (guard === "order_reads" && reads !== "closed");
    return el("tr", { "data-active": String(active) },
      el("th", { scope: "row" }, t(`op_guard_${guard}`)),
      el("td", {}, state),
      el("td", { class: "number" }, count(number)));
  }));
}

function showEngine(metrics) {
  const states = [...byLabel(metrics, "seckill_engine_state", "state")];
  const [state] = states.find(([, is]) => is === 1) ?? ["failed"];
  const queued = total(metrics, "seckill_ring_depth");
  setText(at("engine"), t(`op_engine_${state}`));
  at("engine").dataset.state = state;
  setText(at("queue"), t("op_queue", { count: count(queued) }));
  showTime(metrics);
}

/** A length of time in days, hours or minutes, where it has at least two of them. */
function roughly(seconds) {
  const unit = [86_400, 3_600, 60].find((each) => seconds >= 2 * each) ?? 1;
  return duration(Math.round(seconds / unit) * unit * 1000);
}

/** Ledger time and the wall clock, when they disagree by more than is corrected. */
function showTime(metrics) {
  const [state] = [...byLabel(metrics, "seckill_ledger_time_state", "state")].find(([, is]) => is === 1) ?? ["following"];
  const alarm = at("time-alarm");
  const difference = roughly(Math.abs(total(metrics, "seckill_ledger_time_difference_seconds")));
  const text = state === "following" ? "" : t(`op_time_${state}`, { difference });
  if (text && alarm.hidden) announce(text, true);
  setText(alarm, text);
  alarm.hidden = !text;
  at("accept-time").hidden = state !== "wall_ahead" && state !== "wall_behind";
}

function showRate() {
  const peak = Math.max(...rates);
  const time = duration(rates.length * 1000);
  const texts = { now: brief(rates.at(-1)), peak: brief(peak), time };
  const x = (i) => (300 - ((rates.length - 1 - i) * 300) / (chartReadings - 1)).toFixed(1);
  const y = (rate) => (58 - (peak > 0 ? (rate / peak) * 52 : 0)).toFixed(1);
  const points = rates.map((rate, i) => `${x(i)},${y(rate)}`);
  setText(at("rate"), texts.now);
  setText(at("rate-text"), t("op_rate_text", texts));
  const name = { role: "img", "aria-label": t("op_rate_chart", texts) };
  const chart = { viewBox: "0 0 300 60", preserveAspectRatio: "none", ...name };
  at("spark").replaceChildren(el("svg", chart,
    el("path", { class: "spark-area", d: `M${x(0)},60L${points.join("L")}L300,60Z` }),
    el("polyline", { class: "spark-line", points: points.join(" ") })));
}

function showLatency() {
  const [first, last] = [readings[0], readings.at(-1)];
  offerRoutes(last.metrics);
  const route = at("route").value;
  const counted = between(buckets(first.metrics, durations, route), buckets(last.metrics, durations, route));
  const answered = counted.get(Infinity) ?? 0;
  const time = duration(Math.max(1000, last.atMs - first.atMs));
  for (const [id, q] of [["p50", 0.5], ["p99", 0.99]]) {
    const seconds = quantile(q, counted);
    setText(at(id), seconds === null ? "–" : latency(seconds));
  }
  setText(at("latency-text"), t(answered > 0 ? "op_latency_text" : "op_latency_idle", { count: count(answered), time }));
}

/** Keeps the list of routes current. Until one is chosen it is that of reservations, which a sale is about. */
function offerRoutes(metrics) {
  const select = at("route");
  const routes = ["", ...[...byLabel(metrics, `${durations}_count`, "route").keys()].sort()];
  const label = (route) => route || t("op_route_all");
  const same = routes.map(label).join() === [...select.options].map((option) => option.text).join();
  if (same) return;
  select.replaceChildren(...routes.map((route) => el("option", { value: route }, label(route))));
  select.value = routes.includes(routeChosen) ? routeChosen : "";
}

at("route").addEventListener("change", () => {
  routeChosen = at("route").value;
  showLatency();
});
