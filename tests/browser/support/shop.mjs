// The sample shop, really running: a process of its own on a free port with a directory of its own, and the wire API
// as a test uses it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const startTimeoutMs = 20_000;
const program = process.env.BROWSER_TEST_SHOP;
export const token = "the-operator-of-the-browser-tests";

/** Calls `look` until what it gives is truthy, and gives that; fails with `what` after `timeoutMs`. */
export async function eventually(what, look, timeoutMs = 10_000) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(25);
  }
}

async function portFrom(file, child, said) {
  return eventually(
    "the shop listens",
    async () => {
      if (child.exitCode !== null) throw new Error(`the shop ended with ${child.exitCode}:\n${said.join("")}`);
      return Number(await readFile(file, "utf8").catch(() => ""));
    },
    startTimeoutMs,
  );
}

/** Starts the shop; `stop()` ends it and removes what it wrote. */
export async function startShop() {
  if (!program) throw new Error("BROWSER_TEST_SHOP must name the program seckill_flash_sale");
  const directory = await mkdtemp(path.join(tmpdir(), "seckill-browser-"));
  const portFile = path.join(directory, "port");
  const flags = ["--port", "0", "--port-file", portFile, "--data", path.join(directory, "data"), "--stock", "0"];
  const child = spawn(program, [...flags, "--stock-max", "10000", "--durability", "written"], {
    env: { PATH: process.env.PATH, SECKILL_OPERATOR_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => said.push(text));
  const url = `http://127.0.0.1:${await portFrom(portFile, child, said)}`;
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(directory, { recursive: true, force: true });
  };
  return { url, stop, ...api(url) };
}

function api(url) {
  const send = async (method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { "Content-Type": "application/json" };
    const request = { method, headers: { ...json, ...headers }, body: body && JSON.stringify(body) };
    const reply = await fetch(url + path, request);
    const text = await reply.text();
    return { status: reply.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const post = (path, body, key = crypto.randomUUID(), headers = {}) =>
    send("POST", path, body, { "Idempotency-Key": key, ...headers });
  const admin = (path, body) => post(path, body, undefined, { Authorization: `Bearer ${token}` });
  const sure = async (reply) => {
    const { status, body } = await reply;
    if (status >= 300) throw new Error(`the shop answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  return {
    get: (path) => send("GET", path),
    sale: (id) => sure(send("GET", `/api/v1/sales/${id}`)),
    now: async () => (await sure(send("GET", "/api/v1/time"))).now_ms,
    audit: () => sure(send("GET", "/admin/v1/audit", undefined, { Authorization: `Bearer ${token}` })),
    reserve: (sale, buyer, quantity = 1, sku = 1, key = undefined) =>
      post(`/api/v1/sales/${sale}/reservations`, { buyer: String(buyer), lines: [{ sku, quantity }] }, key),
    confirm: (reservation, payment) =>
      sure(post(`/api/v1/reservations/${reservation}/confirm`, { payment_id: payment })),
    cancel: (reservation) => sure(post(`/api/v1/reservations/${reservation}/cancel`)),
    restock: (sale, delta, sku = 1) => sure(admin(`/admin/v1/sales/${sale}/restock`, { sku, delta })),
    turn: (sale, position) => sure(admin(`/admin/v1/sales/${sale}/${position}`)),
    /** A sale that is open for an hour from now, or from its opening, with one item of ten units; `changes` says what is different. */
    createSale: async ({ opensInMs = -1000, ttlMs = 60_000, limit = 4, late = "resell", title, items } = {}) => {
      const now = Date.now();
      const created = await sure(admin("/admin/v1/sales", {
        title: title ?? "Midnight Drop",
        opens_at_ms: Math.round(now + opensInMs),
        closes_at_ms: Math.round(now + Math.max(0, opensInMs)) + 3_600_000,
        reservation_ttl_ms: ttlMs,
        limit_per_buyer: limit,
        late_payment: late,
        items: (items ?? [{}]).map((item, i) => ({
          sku: i + 1, title: "Hand-blown Carafe", price_minor: 12_900, currency: "CNY", stock: 10, ...item })),
      }));
      return created.id;
    },
  };
}
