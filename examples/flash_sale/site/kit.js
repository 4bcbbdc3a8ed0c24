// Small things that every script needs.

/** Storage that also works where the browser forbids it: then it lasts as long as the page. */
const guarded = (open) => {
  const memory = new Map();
  const attempt = (run, otherwise) => {
    try {
      return run(open());
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) => attempt((store) => store.getItem(key), () => memory.get(key) ?? null),
    set: (key, value) => attempt((store) => store.setItem(key, value), () => memory.set(key, value)),
    remove: (key) => attempt((store) => store.removeItem(key), () => memory.delete(key)),
  };
};
export const local = guarded(() => localStorage);
export const session = guarded(() => sessionStorage);

export const at = (id) => document.getElementById(id);

const svgTags = new Set(["svg", "path", "rect", "circle", "polyline"]);

/** An element. `props`: attributes; functions, named on…, become listeners; false, null and undefined are left out. */
export function el(tag, props = {}, ...children) {
  const svg = svgTags.has(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** Sets a text only when it differs, so that nothing is laid out or read out for nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Says something to a screen reader; `urgent` interrupts. The same again is said again. */
export function announce(text, urgent = false) {
  const region = at(urgent ? "urgent" : "polite");
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

const icons = {
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8a7 7 0 0 1 14 0",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  limit: "M6 8h12l1 12H5L6 8Zm3 0a3 3 0 0 1 6 0",
  hold: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  refund: "M4 9h11a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
};

export const icon = (name) =>
  el("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, el("path", { d: icons[name] }));

const timerMaxMs = 2 ** 31 - 1; // a timer that is asked for more fires at once

/** Ends after `ms`, however long that is. */
export async function wait(ms) {
  for (let left = ms; ; left -= timerMaxMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, timerMaxMs)));
    if (left <= timerMaxMs) return;
  }
}

/** Calls `run` soon and at each turn of a second of `leftMs()`, until the function that it returns is called. */
export function everySecond(leftMs, run) {
  let timer = 0;
  let stopped = false;
  const turn = () => {
    run();
    if (!stopped) timer = setTimeout(turn, (((leftMs() % 1000) + 1000) % 1000) + 12);
  };
  timer = setTimeout(turn);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** A version 4 UUID; crypto.randomUUID exists on secure origins alone. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
