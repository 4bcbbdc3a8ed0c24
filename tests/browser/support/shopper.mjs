// A browser, and the people in it. Whatever a page complains of ends up in `complaints`, and a test that leaves any
// there fails.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(process.env.BROWSER_TEST_MODULES ?? import.meta.url);
const { chromium } = require("playwright-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const artifacts = process.env.BROWSER_TEST_ARTIFACTS ?? "artifacts";
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const screens = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 860 } },
};

export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

/** A person with an empty browser: a page that watches what goes wrong. `screen`, `dark`, `language`: of the device. */
export async function person(browser, url, { screen = "desktop", dark = false, language = "en-GB" } = {}) {
  const look = { colorScheme: dark ? "dark" : "light", locale: language, reducedMotion: "reduce" };
  const context = await browser.newContext({ ...screens[screen], ...look, baseURL: url });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  watch(page);
  page.complaints = [];
  page.tell = (name) => page.getByRole("button", { name, exact: true });
  page.heading = (name) => page.getByRole("heading", { name });
  return page;
}

function watch(page) {
  page.on("pageerror", (error) => page.complaints.push(`exception: ${error.stack}`));
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    // Refusals are answers, but the browser logs each that has a 4xx or 5xx status, and each request a test cuts.
    if (/^Failed to load resource: (the server responded with a status of [45]|net::ERR_)/.test(message.text())) return;
    page.complaints.push(`console: ${message.text()}`);
  });
}

/** Ends a person's visit; fails if the page complained of anything, a breach of its CSP included. */
export async function leave(page) {
  await page.context().close();
  assert.deepEqual(page.complaints, []);
}

/** Keeps a picture for people to look at. */
export async function snap(page, name, fullPage = false) {
  await mkdir(artifacts, { recursive: true });
  await page.screenshot({ path: path.join(artifacts, `${name}.png`), fullPage });
}

/** Fails if axe finds a barrier in what the page shows now. */
export async function assertAccessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
  assert.deepEqual(found, []);
}

/** Fails if the page is wider than its screen. */
export async function assertFits(page) {
  const [width, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(width <= screen, `the page is ${width} wide on a screen of ${screen}`);
}
