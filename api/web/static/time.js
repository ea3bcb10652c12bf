// Times and lengths as people read them, in the language in use.

import { locale, say } from "./words.js";

const MINUTE = 60, HOUR = 3600, DAY = 86400;

/** "12 s ago" for a number of seconds; null means that nothing was ever heard. */
export function ago(seconds) {
  if (seconds === null) return say("never");
  const s = Math.max(0, Math.round(seconds));
  if (s < 2) return say("now");
  if (s < 100) return say("secondsAgo", { n: s });
  if (s < 2 * HOUR) return say("minutesAgo", { n: Math.round(s / MINUTE) });
  if (s < 2 * DAY) return say("hoursAgo", { n: Math.round(s / HOUR) });
  return say("daysAgo", { n: Math.round(s / DAY) });
}

/** The time of day, with the date when it is not today. */
export function clock(instant) {
  const date = new Date(instant);
  const time = date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(locale())} ${time}`;
}

/** Metres below a kilometre, else kilometres with one decimal. */
export const length = (metres) => (metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`);

/** Seconds since the evidence of a zone or space, counted on from the age that the server gave. */
export const ageOf = (item) => (item.age_s === null || item.age_s === undefined ? null : item.age_s + (performance.now() - item.received) / 1000);
