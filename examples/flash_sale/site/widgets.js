// Pieces of a panel: nodes made of what they are given.

import { el, icon } from "{{asset:kit.js}}";
import { t } from "{{asset:speech.js}}";

export const paragraph = (text, look = "") => el("p", { class: look }, text);
export const actions = (...buttons) => el("div", { class: "actions" }, buttons);

export const button = (text, onclick, look = "") =>
  el("button", { type: "button", class: `button ${look}`, onclick }, text);

/** A button that was pressed and is at work. */
export function busy(text) {
  const idle = { "aria-disabled": "true", "aria-busy": "true" };
  return el("button", { type: "button", class: "button button-main", ...idle }, el("span", { class: "spinner" }), text);
}

/** Lines as [title, quantity, amount], and what they come to. */
export function receipt(lines, total) {
  const row = ([title, quantity, amount]) =>
    el("li", {}, el("span", {}, title), el("span", { class: "muted" }, `× ${quantity}`), el("b", {}, amount));
  const sum = el("li", { class: "receipt-total" }, el("span", {}, t("total")), el("b", {}, total));
  return el("ul", { class: "receipt" }, lines.map(row), sum);
}

/** Facts as [name, value, look]. */
export function factList(facts) {
  const fact = ([name, value, look]) => el("div", {}, el("dt", {}, name), el("dd", { class: look }, value));
  return el("dl", { class: "order-facts" }, facts.map(fact));
}

/** A countdown with a bar that empties; `data-left` is where the time goes. */
export const countdown = (label) =>
  el("div", { class: "time-left", role: "timer", "aria-label": label },
    el("span", { class: "time-left-label", "aria-hidden": "true" }, label),
    el("b", { "data-left": "" }),
    el("div", { class: "time-left-bar", "aria-hidden": "true" }, el("span")));

/**
 * How many: `change(by)` is told of a press. At the most that there may be, `full`, one more is not offered. The names
 * of the group and its buttons are `labels`: {group, fewer, more}.
 */
export function stepper(quantity, full, labels, change) {
  const step = (by, focus, look) => {
    const idle = by > 0 && full;
    const names = { "data-focus": focus, "aria-label": labels[focus], "aria-disabled": idle && "true" };
    return el("button", { type: "button", ...names, onclick: () => idle || change(by) }, icon(look));
  };
  return el("div", { class: "stepper", role: "group", "aria-label": labels.group },
    step(-1, "fewer", "minus"), el("output", {}, quantity), step(1, "more", "plus"));
}

/** Replaces what is in `place` if it looks different, and keeps the focus in it, or gives it to `otherwise`. */
export function refresh(place, nodes, otherwise) {
  const fresh = el("div", {}, nodes);
  if (place.innerHTML === fresh.innerHTML) return;
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  place.replaceChildren(...fresh.childNodes);
  const same = `[data-focus="${focused?.dataset.focus}"]`;
  if (focused) (place.querySelector(same) ?? place.querySelector("button") ?? otherwise).focus();
}
