// What the phone has last seen of the service: who works, the shift, the list, what each stay costs and will cost.

import { ask } from "./ask.js";
import { forget, keep, kept } from "./attendant_store.js";

const PRICES_AGE_MS = 10 * 60_000;
const PRICES_AT_ONCE = 50;
const nothing = () => ({ person: null, shift: null, list: null, prices: {}, skew: 0 });

export const seen = nothing();

/** What was seen before the page was closed. */
export async function recall() {
  Object.assign(seen, nothing(), await kept("seen"));
}

/** Another person may not see what this one saw. */
export async function forgetSeen() {
  Object.assign(seen, nothing());
  await forget("seen");
}

export const remember = () => keep("seen", { ...seen });

/** The service's time in whole seconds, as the fees are counted, also while it cannot be asked. */
export const now = () => Math.floor((Date.now() + seen.skew) / 1000) * 1000;
export const instant = () => new Date(now()).toISOString();

/** The open shift, null when there is none. */
export async function readShift() {
  try {
    seen.shift = await ask("GET", "/v1/shifts/current");
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    seen.shift = null;
  }
}

export async function readList() {
  const before = new Map(seen.list?.spaces.map((stay) => [stay.session, stay.plate]));
  seen.list = await ask("GET", "/v1/attendant/spaces");
  seen.skew = Date.parse(seen.list.at) - Date.now();
  // With its plate a stay may have free hours or a permit, so what was said of it before is no longer true.
  const same = new Set(seen.list.spaces.filter((stay) => before.get(stay.session) === stay.plate).map((stay) => stay.session));
  seen.prices = Object.fromEntries(Object.entries(seen.prices).filter(([session]) => same.has(session)));
}

/** Ask what the stays of the list will cost, unless it was said a short while ago. */
export async function readPrices() {
  const old = now() - PRICES_AGE_MS;
  const wanted = seen.list.spaces.map((stay) => stay.session).filter((session) => !(seen.prices[session]?.at > old));
  for (let start = 0; start < wanted.length; start += PRICES_AT_ONCE) {
    const query = wanted.slice(start, start + PRICES_AT_ONCE).map((session) => `stay=${encodeURIComponent(session)}`);
    const { at, stays } = await ask("GET", `/v1/attendant/prices?${query.join("&")}`);
    for (const price of stays) seen.prices[price.session] = { ...price, at: Date.parse(at) };
  }
}

/** What a stay costs now by what was last said; null when nothing was said, or not about this hour. */
export function lastPrice(session) {
  const price = seen.prices[session];
  const at = now();
  if (!price || at > Date.parse(price.until)) return null;
  const risen = price.rises.filter((rise) => at > Date.parse(rise.at)).at(-1);
  return risen ? { ...price.owed, amount: risen.amount } : price.owed;
}
