// The line to the shop: requests that survive a bad one, the shop's clock, and the stream of live stock.

import { wait } from "{{asset:kit.js}}";

// -------------------------------------------------------------------------------------------------------- requests

const timeoutMs = 8000;

/**
 * One request. Never throws: `status` 0 says that no answer came, so that nobody knows whether it arrived.
 * `outcome` is the shop's word; a gateway's bare 429 or 5xx is given the word that means the same.
 */
export async function request(method, path, { body, key, token, cache = "no-store" } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (token) headers.Authorization = `Bearer ${token}`;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const reply = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: limit.signal,
      cache,
    });
    const text = await reply.text();
    const json = parsed(text);
    return {
      status: reply.status,
      ok: reply.ok,
      text,
      body: json,
      outcome: json?.outcome ?? impliedOutcome(reply.status),
      retryAfterMs: Math.max(0, Number(reply.headers.get("Retry-After")) || 0) * 1000,
    };
  } catch {
    return { status: 0, ok: false, text: "", body: null, outcome: "no_answer", retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const impliedOutcome = (status) => (status === 429 ? "rate_limited" : status >= 500 ? "unavailable" : undefined);

/** Whether the answer says nothing about the sale: ask again with the same key. */
export const isTransient = ({ outcome }) =>
  ["no_answer", "rate_limited", "overloaded", "unavailable"].includes(outcome);

/**
 * Before the next attempt: what the server asks for, else a random part of a doubling time. Either is spread, so that
 * a crowd that was sent away together does not come back together.
 */
export function retryDelay(attempt, retryAfterMs = 0) {
  if (retryAfterMs > 0) return retryAfterMs + Math.random() * Math.min(2000, Math.max(250, retryAfterMs / 4));
  return 100 + Math.random() * Math.min(8000, 300 * 2 ** Math.min(attempt, 6));
}

// ------------------------------------------------------------------------------------------------ the shop's clock

const samplesPerSync = 5;
const resyncMs = 300_000;

/** Of several samples the one with the shortest round trip counts: its error is at most half of that. */
async function measure() {
  let best = null;
  for (let i = 0; i < samplesPerSync; ++i) {
    const asked = performance.now();
    const reply = await request("GET", "/api/v1/time");
    const answered = performance.now();
    if (!reply.ok || !Number.isFinite(reply.body?.now_ms)) break;
    const trip = answered - asked;
    if (!best || trip < best.trip) best = { trip, originMs: reply.body.now_ms + trip / 2 - answered };
  }
  return best;
}

/** The server's time. Between two syncs it runs on performance.now(), which no change of the device's clock moves. */
export const clock = {
  originMs: Date.now() - performance.now(),
  errorMs: Infinity, // until the first sync
  now: () => Math.round(clock.originMs + performance.now()),
  synced: () => clock.errorMs < Infinity,
  async sync() {
    const best = await measure();
    if (!best) return false;
    clock.originMs = best.originMs;
    clock.errorMs = best.trip / 2;
    return true;
  },
  /** Syncs until it has worked once; then whenever the device may have slept or the line has changed. */
  async keep() {
    const again = () => document.visibilityState === "visible" && clock.sync();
    document.addEventListener("visibilitychange", again);
    addEventListener("online", again);
    addEventListener("pageshow", (event) => event.persisted && again());
    setInterval(again, resyncMs);
    for (let attempt = 0; !(await clock.sync()); ++attempt) await wait(retryDelay(attempt));
  },
};

// ------------------------------------------------------------------------------------------------------ live stock

/** What a sale shows now: opening and closing follow the shop's clock, the rest what was last heard of it. */
export function statusOf(sale) {
  const now = clock.now();
  if (!clock.synced() && sale.status === "scheduled") return "scheduled";
  if (sale.status === "closed" || now >= sale.closes_at_ms) return "closed";
  if (now < sale.opens_at_ms) return "scheduled";
  if (sale.status === "paused") return "paused";
  return sale.items.every((item) => item.availability === "sold_out") ? "sold_out" : "open";
}

/** Takes over the data of a `stock` event. */
export function updateStock(sale, { status, items }) {
  const known = new Map(sale.items.map((item) => [item.sku, item]));
  for (const item of items) Object.assign(known.get(item.sku) ?? {}, item);
  sale.status = status;
}

/**
 * Server-sent events, and polling while there are none. A hidden page keeps no stream open: browsers allow few
 * connections to one host, and a crowd of forgotten tabs costs the shop as much as a crowd of shoppers.
 *   path()        address of the stream, asked for at each connect
 *   on            {event name: function(data)}
 *   poll()        fetches the state by hand; a promise of whether it worked
 *   show(state)   told "connecting", "live" or "polling"
 * Returns connect(), for when the path has changed, and end().
 */
export function liveFeed({ path, on, poll, show = () => {} }) {
  let source = null;
  let attempt = 0;
  let reconnecting = 0;
  let polling = 0;

  const pollAfter = (delayMs, failures) => {
    clearTimeout(polling);
    polling = setTimeout(async () => {
      const next = (await poll()) ? 0 : failures + 1;
      if (polling) pollAfter(1500 + (next === 0 ? Math.random() * 1000 : retryDelay(next)), next);
    }, delayMs);
  };
  const stopPolling = () => {
    clearTimeout(polling);
    polling = 0;
  };
  const close = () => {
    clearTimeout(reconnecting);
    source?.close();
    source = null;
  };
  const lost = () => {
    close();
    show("polling");
    if (!polling) pollAfter(Math.random() * 1000, 0);
    reconnecting = setTimeout(connect, retryDelay(attempt++));
  };
  const connect = () => {
    close();
    source = new EventSource(path());
    source.onerror = lost;
    source.onopen = () => {
      attempt = 0;
      stopPolling();
      show("live");
    };
    for (const [name, run] of Object.entries(on))
      source.addEventListener(name, (event) => {
        const data = parsed(event.data);
        if (data) run(data);
      });
  };
  const follow = () => {
    if (document.visibilityState === "hidden") {
      close();
      stopPolling();
    } else if (!source) {
      poll();
      connect();
    }
  };
  const lifetime = new AbortController();
  const { signal } = lifetime;
  document.addEventListener("visibilitychange", follow, { signal });
  addEventListener("pagehide", close, { signal });
  addEventListener("pageshow", (event) => event.persisted && follow(), { signal });
  const end = () => {
    lifetime.abort();
    close();
    stopPolling();
  };
  show("connecting");
  connect();
  return { connect, end };
}
