// The shopper's language: the words of the page, and numbers, money and times as that language writes them.

import { at, el, local } from "{{asset:kit.js}}";
import { words } from "{{asset:words.js}}";

const languages = { en: "English", zh: "中文" };

/** Adds the words of a page that has some of its own. */
export function learn(more) {
  for (const code of Object.keys(languages)) Object.assign(words[code], more[code]);
}

// ------------------------------------------------------------------------------------------------------- language

function preferred() {
  const chosen = local.get("seckill.language");
  if (chosen in languages) return chosen;
  const first = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
  return first.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The language spoken; whoever shows words asks to be told when it changes. */
export const language = { code: preferred(), listeners: new Set() };

/** The language with the region that the browser says, for the order of a date. */
const locale = () => navigator.languages.find((tag) => tag.toLowerCase().startsWith(language.code)) ?? language.code;

/** The text of `key`, with {name} replaced; of a text that has forms, the one for `values.count`. */
export function t(key, values = {}) {
  let text = words[language.code][key] ?? words.en[key];
  if (text === undefined) throw new Error(`no words for "${key}"`);
  if (typeof text === "object") text = text[new Intl.PluralRules(language.code).select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

function translatePage() {
  document.documentElement.lang = language.code === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  document.documentElement.dataset.ready = "";
}

function speak(code) {
  language.code = code;
  local.set("seckill.language", code);
  translatePage();
  for (const listener of language.listeners) listener();
}

/** A button that names the other language, in that language. */
function languageButton() {
  const other = () => (language.code === "en" ? "zh" : "en");
  const button = el("button", { type: "button", class: "chip", onclick: () => speak(other()) });
  const label = () => {
    button.textContent = languages[other()];
    button.lang = other() === "zh" ? "zh-CN" : "en";
  };
  language.listeners.add(label);
  label();
  return button;
}

// ----------------------------------------------------------------------------------------------- numbers and money

export const count = (number) => new Intl.NumberFormat(locale()).format(number);

/** "+5", "−2". */
export const signed = (number) => new Intl.NumberFormat(locale(), { signDisplay: "always" }).format(number);

/** Short where it is large: 12 K. */
export const brief = (number) =>
  new Intl.NumberFormat(locale(), {
    notation: number >= 10_000 ? "compact" : "standard",
    maximumFractionDigits: number < 10 ? 1 : 0,
  }).format(number);

/** Integer minor units as a price: the decimal point is set in the digits, never by a division. */
export function money(minor, currency) {
  const format = new Intl.NumberFormat(locale(), { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  const places = format.resolvedOptions().maximumFractionDigits;
  const digits = String(minor).padStart(places + 1, "0");
  return format.format(places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`);
}

// ----------------------------------------------------------------------------------------------------------- times

/** A moment in the shopper's zone: the time alone if it is today, else with the date. */
export function moment(atMs, seconds = false) {
  const today = new Date(atMs).toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), {
    ...(today ? {} : { month: "short", day: "numeric", weekday: "short" }),
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(atMs);
}

const inUnits = (number, unit, unitDisplay, digits = {}) =>
  new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay, ...digits }).format(number);

/** A length of time in words, to the second: "2 minutes", "90 seconds". */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds >= 2 * 86_400 && seconds % 86_400 === 0) return inUnits(seconds / 86_400, "day", "long");
  if (seconds >= 2 * 3_600 && seconds % 3_600 === 0) return inUnits(seconds / 3_600, "hour", "long");
  const whole = seconds >= 60 && seconds % 60 === 0;
  return inUnits(whole ? seconds / 60 : seconds, whole ? "minute" : "second", "long");
}

/** A short time in the unit that suits it: "340 μs", "1.25 ms". */
export function latency(seconds) {
  const digits = { maximumSignificantDigits: 3 };
  if (seconds < 0.001) return inUnits(seconds * 1e6, "microsecond", "short", digits);
  if (seconds < 1) return inUnits(seconds * 1e3, "millisecond", "short", digits);
  return inUnits(seconds, "second", "short", digits);
}

const twoDigits = (number) => String(number).padStart(2, "0");
const sizesMs = [["days", 86_400_000], ["hours", 3_600_000], ["minutes", 60_000], ["seconds", 1000]];

/** What is left as [unit, number] pairs, days only if there are any. Rounds up: it reads zero when the time is over. */
export function splitTime(leftMs) {
  let rest = Math.ceil(Math.max(0, leftMs) / 1000) * 1000;
  const parts = sizesMs.map(([unit, sizeMs]) => {
    const number = Math.floor(rest / sizeMs);
    rest -= number * sizeMs;
    return [unit, number];
  });
  return parts[0][1] > 0 ? parts : parts.slice(1);
}

/** "00:01:35", with days in front if there are any. */
export const shortClock = (leftMs) => splitTime(leftMs).map(([, number]) => twoDigits(number)).join(":");

/** "1:35", with hours in front if there are any. */
export const minutes = (leftMs) => shortClock(leftMs).replace(/^(00:)?0?/, "");

/** "1 hour 5 minutes", without what is zero. */
export const timeInWords = (leftMs) =>
  splitTime(leftMs)
    .filter(([, number]) => number > 0)
    .map(([unit, number]) => `${number} ${t(unit, { count: number })}`)
    .join(" ");

/** To be called once by each page, when all its words are known. */
export function startPage() {
  at("tools").prepend(languageButton());
  translatePage();
}
