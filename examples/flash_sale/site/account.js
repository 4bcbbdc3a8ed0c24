// Who buys. Until the shop has accounts: a number that this browser keeps and the shopper may change.

import { at, el, icon, local } from "{{asset:kit.js}}";
import { language, t } from "{{asset:speech.js}}";

const storageKey = "seckill.buyer";

/** Whether it is a decimal number from 1 to 2^64 - 1. */
const isBuyer = (text) => /^[1-9]\d{0,19}$/.test(text) && BigInt(text) < 2n ** 64n;

/** 63 random bits: two shoppers do not meet, and a signed integer holds it. */
function randomBuyer() {
  const number = crypto.getRandomValues(new BigUint64Array(1))[0] >> 1n;
  return String(number || 1n);
}

export const buyer = {
  listeners: new Set(), // called when the shopper has become another
  get id() {
    const kept = local.get(storageKey);
    if (kept && isBuyer(kept)) return kept;
    const made = randomBuyer();
    local.set(storageKey, made);
    return made;
  },
  set id(id) {
    if (id === this.id) return;
    local.set(storageKey, id);
    this.changed();
  },
  changed() {
    for (const listener of this.listeners) listener();
  },
};

// Another tab of this browser has changed it, or cleared everything that was kept.
addEventListener("storage", ({ key }) => {
  if (key === storageKey || key === null) buyer.changed();
});

/** The number in the header, and the dialog behind it. */
function buyerButton() {
  const name = el("span");
  const button = el("button", { type: "button", class: "chip", "aria-haspopup": "dialog", onclick: openDialog },
    icon("person"), name);
  const label = () => {
    name.textContent = `…${buyer.id.slice(-4)}`;
    button.setAttribute("aria-label", t("buyer_button", { short: name.textContent }));
  };
  language.listeners.add(label);
  buyer.listeners.add(label);
  label();
  return button;
}

function openDialog() {
  const input = el("input", { id: "buyer-id", inputmode: "numeric", autocomplete: "off", maxlength: 20, value: buyer.id,
    "aria-describedby": "buyer-help buyer-error" });
  const error = el("p", { id: "buyer-error", class: "field-error", role: "alert" });
  const save = (event) => {
    event.preventDefault();
    const id = input.value.trim();
    if (isBuyer(id)) {
      dialog.close();
      buyer.id = id;
      return;
    }
    error.textContent = t("buyer_invalid");
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": "buyer-title", onclose: () => dialog.remove() },
    el("form", { method: "dialog", novalidate: true, onsubmit: save },
      el("h2", { id: "buyer-title" }, t("buyer_title")),
      el("p", { id: "buyer-help", class: "muted" }, t("buyer_help")),
      el("label", { for: "buyer-id" }, t("buyer_label")), input, error,
      el("div", { class: "actions" },
        el("button", { class: "button button-main" }, t("save")),
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("back")))));
  document.body.append(dialog);
  dialog.showModal();
  input.select();
}

at("tools").append(buyerButton());
