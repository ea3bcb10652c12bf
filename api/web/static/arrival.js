// What a driver finds who arrives later: the chance of a free space and the price then, for each kind of place in a zone.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { priceNow } from "./money.js";
import { say } from "./words.js";

const MINUTES = [30, 60, 120, 240, 1440];
const KEPT_MS = 60_000;

const percent = (share) => Math.round(share * 100);
const fact = (name, value) => (value === null ? [] : [make("dt", {}, name), make("dd", {}, value)]);

/** A chance is never told as certain: 99 % at most, 1 % at least, unless nothing is open. */
const chance = (share) => `${share === 0 ? 0 : Math.min(Math.max(percent(share), 1), 99)} %`;

export class Arrival {
  #minutes = MINUTES[0];
  #zone = null;
  #told = null;
  #askedAt = 0;
  #onTold;

  /** `onTold()` is called when there is an answer to write. */
  constructor(onTold) {
    this.#onTold = onTold;
  }

  /** The part of the details about that zone; asks anew where the answer is old or another one's. */
  parts(zoneId) {
    if (this.#zone !== zoneId) [this.#zone, this.#told, this.#askedAt] = [zoneId, null, 0];
    if (performance.now() - this.#askedAt > KEPT_MS || this.#askedAt === 0) this.#ask();
    return [
      make("h3", {}, say("arrivalIn")),
      make("div", { class: "chips", role: "group", "aria-label": say("arrivalIn") }, MINUTES.map((minutes) => this.#choice(minutes))),
      make("div", { class: "arrival" }, this.#written()),
    ];
  }

  #choice(minutes) {
    const isChosen = String(minutes === this.#minutes);
    return make("button", { type: "button", "aria-pressed": isChosen, "data-focus": `arrival ${minutes}`, onclick: () => this.#choose(minutes) }, say(`in${minutes}`));
  }

  #choose(minutes) {
    this.#minutes = minutes;
    this.#told = null;
    this.#ask();
    this.#onTold();
  }

  async #ask() {
    const asked = (this.#askedAt = performance.now());
    const zone = this.#zone;
    const at = new Date(Date.now() + this.#minutes * 60_000).toISOString();
    let told;
    try {
      told = (await ask("GET", `/v1/zones/${encodeURIComponent(zone)}?at=${encodeURIComponent(at)}`)).forecast;
    } catch {
      told = [];
    }
    if (asked !== this.#askedAt) return;
    this.#told = told;
    this.#onTold();
  }

  #written() {
    if (this.#told === null) return make("p", { class: "empty" }, say("loadingSpaces"));
    if (this.#told.length === 0) return make("p", { class: "empty" }, say("forecastAway"));
    return this.#told.flatMap((one) => this.#kind(one));
  }

  #kind(one) {
    const isKnown = one.occupancy !== null && one.reason === null;
    const range = { p: percent(one.occupancy), low: percent(one.low), high: percent(one.high) };
    return [
      this.#told.length > 1 ? make("h4", {}, say(one.kind)) : null,
      isKnown ? null : make("p", { class: "notice" }, one.reason === "closed" ? say("arrivalClosed") : say("noForecast", { why: [one.reason] })),
      make(
        "dl", { class: "facts" },
        fact(say("chanceFree"), isKnown ? make("b", { class: "chance" }, chance(one.free_space_probability)) : null),
        fact(say("occupancyThen"), isKnown ? say("between", range) : null),
        fact(say("openThen"), String(one.spaces_open)),
        fact(say("priceThen"), one.price ? priceNow(one.price) : say("noPrice")),
        fact(say("eventThen"), one.event),
      ),
      isKnown && one.estimated ? make("p", { class: "estimate" }, say("fromPayments")) : null,
      isKnown && !one.estimated && !one.follows_present && this.#minutes <= 240 ? make("p", { class: "estimate" }, say("withoutPresent")) : null,
    ].filter(Boolean);
  }
}
