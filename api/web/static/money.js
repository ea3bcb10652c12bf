// Money as people read it. Amounts are whole fen; no float comes near a sum.

import { locale, say } from "./words.js";

const SIGNS = { CNY: "¥" };

/** "¥3.00" for 300 fen. */
export function yuan(amount, currency = "CNY") {
  const digits = String(Math.abs(amount)).padStart(3, "0");
  return `${amount < 0 ? "−" : ""}${SIGNS[currency] ?? `${currency} `}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** "¥2,446,830" for a sum of which the fen say nothing. */
export const yuanWhole = (amount, currency = "CNY") => `${SIGNS[currency] ?? `${currency} `}${Math.round(amount / 100).toLocaleString(locale())}`;

/** Fen of a sum that a person typed, such as "12", "12.5" or "12,50"; null when it is none. */
export function fen(text) {
  const [, whole, part = ""] = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole + part.padEnd(2, "0"));
}

/** What a zone charges at this moment, in words. */
export function priceNow(price) {
  if (price.mode === "free") return say("freeNow");
  if (price.mode === "per_use") return say("perUse", { yuan: yuan(price.amount, price.currency) });
  if (price.mode === "per_unit" && !price.period && price.unit_s % 60 === 0) {
    return say("perUnit", { yuan: yuan(price.amount, price.currency), n: price.unit_s / 60 });
  }
  return locale() === "en-GB" ? price.says_en : price.says;
}

/** The same for a label on the map; of steps and tiers only where they begin. */
export function priceShort(price) {
  if (price.mode === "free") return say("freeNow");
  return `${yuan(price.amount, price.currency)}${price.mode === "steps" || price.mode === "tiers" ? "+" : ""}`;
}
