// The form that creates a sale, and how what is typed becomes the integers of the wire.

import { at, el, icon } from "{{asset:kit.js}}";
import { t } from "{{asset:speech.js}}";
import { clock } from "{{asset:line.js}}";

const currencies = ["CNY", "EUR", "USD", "GBP", "JPY", "HKD", "SGD"];
const minuteMs = 60_000;
const u32Max = 2 ** 32 - 1;

/** "199.5" → 19950 for a currency with two places, by moving the point in the text; null if it is no such price. */
function minorUnits(text, currency) {
  const style = { style: "currency", currency };
  const places = new Intl.NumberFormat("en", style).resolvedOptions().maximumFractionDigits;
  const [, whole, fraction = ""] = text.trim().match(/^(\d{1,12})(?:[.,](\d+))?$/) ?? [];
  if (whole === undefined || fraction.length > places) return null;
  return Number(whole + fraction.padEnd(places, "0"));
}

/** A moment as <input type="datetime-local"> wants it: local time, to the second. */
const localTime = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * minuteMs).toISOString().slice(0, 19);

// ---------------------------------------------------------------------------------------------------------- fields

let fields = 0;

function field(name, label, control, look = "") {
  const id = `field-${++fields}`;
  for (const [key, value] of Object.entries({ id, name, required: "", "aria-describedby": `${id}-error` }))
    control.setAttribute(key, value);
  const error = el("p", { class: "field-error", id: `${id}-error` });
  return el("div", { class: `field ${look}` }, el("label", { for: id }, t(label)), control, error);
}

const text = (more = {}) => el("input", { maxlength: 200, ...more });
const number = (value, min, max) => el("input", { type: "number", inputmode: "numeric", value, min, max, step: 1 });
const time = (ms) => el("input", { type: "datetime-local", step: 1, value: localTime(ms) });
const choice = (options) => el("select", {}, options.map(([value, label]) => el("option", { value }, label)));

function itemFields(sku, remove) {
  const label = { "aria-label": t("op_f_remove_item") };
  return el("fieldset", { class: "item-fields" },
    el("legend", { class: "visually-hidden" }, t("op_item")),
    field("item_title", "op_f_item_title", text(), "field-wide"),
    field("sku", "op_f_sku", number(sku, 1, u32Max)),
    field("price", "op_f_price", text({ inputmode: "decimal" })),
    field("stock", "op_f_stock", number(100, 0, u32Max)),
    el("button", { type: "button", class: "button button-small", onclick: remove, ...label }, icon("minus")));
}

function saleFields() {
  const opensMs = Math.ceil(clock.now() / minuteMs) * minuteMs + 10 * minuteMs;
  const late = [["resell", t("op_f_late_resell")], ["refuse", t("op_f_late_refuse")]];
  return el("div", { class: "fields" },
    field("title", "op_f_title", text(), "field-wide"),
    field("opens_at", "op_f_opens", time(opensMs)),
    field("closes_at", "op_f_closes", time(opensMs + 60 * minuteMs)),
    field("hold_s", "op_f_hold", number(120, 1, 86_400)),
    field("limit", "op_f_limit", number(2, 0, u32Max)),
    field("late", "op_f_late", choice(late)),
    field("currency", "op_f_currency", choice(currencies.map((code) => [code, code]))));
}

/** Fills the form anew. `submit` is given the body of the request and promises whether it was done. */
export function fillForm(form, submit) {
  const items = el("div", { class: "item-rows" });
  const addItem = () => {
    const skus = [...items.querySelectorAll("[name=sku]")].map((input) => Number(input.value));
    const row = itemFields(Math.max(0, ...skus) + 1, () => {
      if (items.childElementCount > 1) row.remove();
      items.querySelector("input").focus();
    });
    items.append(row);
    return row;
  };
  const more = () => addItem().querySelector("input").focus();
  form.replaceChildren(
    el("p", { class: "muted small" }, t("op_create_text")), saleFields(), el("h3", {}, t("op_f_items")), items,
    el("div", { class: "form-actions" },
      el("button", { type: "button", class: "button", onclick: more }, icon("plus"), t("op_f_add_item")),
      el("button", { class: "button button-main" }, t("op_f_submit"))));
  addItem();
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = read(form, items);
    if (body && (await submit(body))) fillForm(form, submit);
  };
}

// --------------------------------------------------------------------------------------------------------- reading

function complain(input, key) {
  input.setAttribute("aria-invalid", "true");
  at(`${input.id}-error`).textContent = t(key);
}

function readItem(row, currency, skus) {
  const named = (name) => row.querySelector(`[name=${name}]`);
  const sku = Number(named("sku").value);
  const price = minorUnits(named("price").value, currency);
  if (price === null) complain(named("price"), "op_f_price_invalid");
  if (skus.has(sku)) complain(named("sku"), "op_f_sku_repeated");
  skus.add(sku);
  const title = named("item_title").value.trim();
  return { sku, title, price_minor: price, currency, stock: Number(named("stock").value) };
}

/** The body, or null: then each wrong field says what is wrong with it, and the first has the focus. */
function read(form, items) {
  for (const input of form.querySelectorAll("input")) {
    input.removeAttribute("aria-invalid");
    at(`${input.id}-error`).textContent = "";
    if (!input.validity.valid) complain(input, "op_f_invalid");
  }
  const named = (name) => form.querySelector(`[name=${name}]`);
  const instant = (name) => new Date(named(name).value).getTime();
  if (instant("closes_at") <= instant("opens_at")) complain(named("closes_at"), "op_f_times");
  const skus = new Set();
  const list = [...items.children].map((row) => readItem(row, named("currency").value, skus));
  const wrong = form.querySelector("[aria-invalid]");
  wrong?.focus();
  if (wrong) return null;
  return {
    title: named("title").value.trim(),
    opens_at_ms: instant("opens_at"),
    closes_at_ms: instant("closes_at"),
    reservation_ttl_ms: Number(named("hold_s").value) * 1000,
    limit_per_buyer: Number(named("limit").value),
    late_payment: named("late").value,
    items: list,
  };
}
