// The lower half of the operator's view: each sale with its stock and its switches.

import { at, el, setText } from "{{asset:kit.js}}";
import { count, duration, moment, money, t } from "{{asset:speech.js}}";
import { statusOf } from "{{asset:line.js}}";

const counts = ["available", "held", "sold", "total"];
const rank = ["open", "paused", "sold_out", "scheduled", "closed"];
const drawn = new Map(); // id → the nodes of its panel

/**
 * Shows these sales and no others, those that sell first.
 *   act(sale, action)            "pause", "resume" or "close" was pressed
 *   restock(sale, item, delta)   a promise of whether it was done
 */
export function showSales(sales, on) {
  const byRank = (a, b) => rank.indexOf(statusOf(a)) - rank.indexOf(statusOf(b)) || b.opens_at_ms - a.opens_at_ms;
  const listed = [...sales].sort(byRank);
  if (listed.length === 0) drawn.clear();
  at("sales-none").hidden = listed.length > 0;
  const roots = listed.map((sale) => {
    if (!drawn.has(sale.id)) drawn.set(sale.id, panel(sale, on));
    showSale(sale, drawn.get(sale.id));
    return drawn.get(sale.id).root;
  });
  const place = at("sales");
  const same = roots.length === place.childElementCount && roots.every((root, i) => place.children[i] === root);
  const busy = place.contains(document.activeElement) && roots.length === place.childElementCount;
  if (!same && !busy) place.replaceChildren(...roots); // moving what has the focus would lose it
}

function terms(sale) {
  const window = t("op_window", { opens: moment(sale.opens_at_ms), closes: moment(sale.closes_at_ms) });
  const limit = sale.limit_per_buyer > 0 ? count(sale.limit_per_buyer) : t("op_no_limit");
  return `#${sale.id} · ${window} · ${t("op_terms", { limit, hold: duration(sale.reservation_ttl_ms) })}`;
}

function panel(sale, on) {
  const heading = `sale-${sale.id}`;
  const nodes = { status: el("p", { class: "pill" }) };
  for (const action of ["pause", "resume", "close"]) {
    const attributes = { type: "button", class: "button button-small", onclick: () => on.act(sale, action) };
    nodes[action] = el("button", attributes, t(`op_${action}`));
  }
  nodes.items = new Map(sale.items.map((item) => [item.sku, itemRow(sale, item, on)]));
  const page = el("a", { class: "button button-small", href: `/sale/${sale.id}` }, t("op_open_page"));
  const columns = ["item", "stock", ...counts, "restock"].map((name) => el("th", { scope: "col" }, t(`op_${name}`)));
  nodes.root = el("section", { class: "sale-panel panel", "aria-labelledby": heading },
    el("div", { class: "sale-head" },
      el("div", {}, el("h3", { id: heading }, sale.title), el("p", { class: "muted small" }, terms(sale))),
      nodes.status,
      el("div", { class: "sale-actions" }, nodes.pause, nodes.resume, nodes.close, page)),
    el("div", { class: "table-scroll", tabindex: 0, role: "group", "aria-labelledby": heading },
      el("table", { class: "stock-table" },
        el("thead", {}, el("tr", {}, columns)),
        el("tbody", {}, [...nodes.items.values()].map(({ row }) => row)))));
  return nodes;
}

function itemRow(sale, item, on) {
  const parts = ["sold", "held", "available"].map((name) => el("span", { class: `is-${name}`, "data-count": name }));
  const nodes = { bar: el("div", { class: "stack", role: "img" }, parts) };
  for (const name of counts) nodes[name] = el("td", { class: "number", "data-name": t(`op_${name}`) });
  const price = el("span", { class: "muted small" }, `#${item.sku} · ${money(item.price_minor, item.currency)}`);
  nodes.row = el("tr", {},
    el("th", { scope: "row" }, item.title, " ", price),
    el("td", { class: "stack-cell" }, nodes.bar),
    counts.map((name) => nodes[name]),
    el("td", {}, restockForm(sale, item, on)));
  return nodes;
}

function restockForm(sale, item, on) {
  const label = t("op_delta", { title: item.title });
  const input = el("input", { type: "number", step: 1, inputmode: "numeric", "aria-label": label });
  const onsubmit = async (event) => {
    event.preventDefault();
    const asked = input.value;
    // By then another number may have been typed: that one stays.
    if ((await on.restock(sale, item, Number(asked))) && input.value === asked) input.value = "";
    else input.focus();
  };
  const press = el("button", { class: "button button-small", "aria-label": t("op_restock_of", { title: item.title }) });
  press.textContent = t("op_restock");
  return el("form", { class: "restock", novalidate: true, onsubmit }, input, press);
}

function showSale(sale, nodes) {
  const status = statusOf(sale);
  nodes.root.dataset.status = status;
  setText(nodes.status, t(`status_${status}`));
  nodes.pause.hidden = status === "closed" || sale.status === "paused";
  nodes.resume.hidden = status === "closed" || sale.status !== "paused";
  nodes.close.hidden = status === "closed";
  for (const item of sale.items) showStock(item, nodes.items.get(item.sku));
}

function showStock(item, nodes) {
  for (const name of counts) setText(nodes[name], count(item[name]));
  nodes.bar.setAttribute("aria-label", t("op_stock_bar", item));
  for (const part of nodes.bar.children) {
    const units = item[part.dataset.count];
    part.hidden = units === 0;
    part.style.setProperty("flex-grow", units);
  }
}
