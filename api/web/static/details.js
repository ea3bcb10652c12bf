// The details of one zone or one space, in words: how many, how old, how sure, and why something is unknown.

import { Arrival } from "./arrival.js";
import { SHOWN, USES } from "./city.js";
import { make } from "./dom.js";
import { iconElement } from "./icons.js";
import { countUse, shareBar } from "./list.js";
import { priceNow } from "./money.js";
import { ageOf, ago, clock } from "./time.js";
import { nameOf, say } from "./words.js";

const PARTS = [["vacant", "free"], ["occupied", "occupied"], ["unknown", "unknown"], ["restricted", "restricted"]];

const fact = (name, value) => (value === null ? [] : [make("dt", {}, name), make("dd", {}, value)]);
const chip = (text) => make("span", { class: "tag" }, text);

export class Details {
  /** What is shown: `{source: "zones"|"spaces", id}`, or null. */
  shown = null;
  #place;
  #city;
  #on;
  #arrival = new Arrival(() => this.write());

  /** `on` has `zone(id)`, `space(id)`, `close()` and `locate(item)`. */
  constructor(place, city, on) {
    this.#place = place;
    this.#city = city;
    this.#on = on;
  }

  /** Show a zone or space; null hides. */
  show(shown) {
    this.shown = shown;
    this.write();
    if (shown) this.#place.focus({ preventScroll: true });
    this.#place.scrollTop = 0;
  }

  /** Write what is shown anew, leaving focus and scrolling where they are. */
  write() {
    const item = this.shown && this.#city[this.shown.source].get(this.shown.id);
    this.#place.hidden = !item;
    document.getElementById("browse").hidden = Boolean(item);
    if (!item) return;
    const focused = this.#place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const scroll = this.#place.scrollTop;
    this.#place.replaceChildren(...(this.shown.source === "zones" ? this.#zone(item) : this.#space(item)));
    if (focused) this.#place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.#place.scrollTop = scroll;
  }

  /** Count the ages on; called once a second. */
  tick() {
    for (const element of this.#place.querySelectorAll("[data-age]")) {
      const [source, id] = element.dataset.age.split(" ");
      const item = this.#city[source].get(id);
      if (item) element.textContent = ago(ageOf(item));
    }
  }

  #head(title, tags, back, item) {
    return make(
      "header", {},
      make("button", { type: "button", class: "quiet back", "data-focus": "back", onclick: back }, `← ${say("back")}`),
      make("button", { type: "button", class: "quiet", "data-focus": "locate", onclick: () => this.#on.locate(item) }, say("showOnMap")),
      make("h2", {}, title),
      make("p", { class: "tags" }, tags.map(chip)),
    );
  }

  #age(source, item) {
    return make("span", { "data-age": `${source} ${item.id}`, title: item.observed_at ? clock(item.observed_at) : "" }, ago(ageOf(item)));
  }

  #zone(zone) {
    const isStale = this.#city.isStale(zone);
    const district = this.#city.districts.get(zone.district);
    const tags = [district && nameOf(district), say("areaClass", { c: zone.area_class })].filter(Boolean);
    return [
      this.#head(nameOf(zone), tags, this.#on.close, zone),
      isStale ? make("p", { class: "notice" }, zone.observed_at ? say("staleSince", { time: clock(zone.observed_at) }) : say("staleShort")) : null,
      make("p", { class: `headline${isStale ? " stale" : ""}` }, make("b", {}, isStale ? "–" : zone.vacant), " ", make("span", {}, say("vacantOf", { n: zone.capacity }))),
      shareBar(zone, isStale),
      make("ul", { class: `counts${isStale ? " stale" : ""}` }, PARTS.map(([part, shown]) => this.#count(zone, part, isStale ? "stale" : shown))),
      make(
        "dl", { class: "facts" },
        fact(say("priceNow"), zone.price_now ? priceNow(zone.price_now) : say("noPrice")),
        fact(say("priceNext"), zone.tariff?.next ? clock(zone.tariff.next.effective_from) : null),
        fact(say("updated"), this.#age("zones", zone)),
      ),
      ...this.#arrival.parts(zone.id),
      ...this.#unknown(zone, isStale),
      make("h3", {}, say("byUse")),
      make("dl", { class: "facts" }, USES.flatMap((use) => this.#use(zone, use))),
      make("h3", {}, say("spaces")),
      this.#spaces(zone),
    ].filter(Boolean);
  }

  #count(zone, part, shown) {
    const note = part === "restricted" && zone.restricted_occupied > 0 ? make("small", {}, say("restrictedOccupied", { n: zone.restricted_occupied })) : null;
    return make("li", { "data-part": part }, iconElement(shown, 18), make("b", {}, zone[part]), make("span", {}, say(part)), note);
  }

  /** Why spaces are unknown, and how many of them are probably vacant: an estimate, so it stands apart from the counts. */
  #unknown(zone, isStale) {
    if (isStale || zone.unknown === 0) return [];
    const { estimated_vacant: estimate, unknown_because: because } = zone;
    const range = estimate && { n: estimate.vacant, low: estimate.low, high: estimate.high };
    return [
      make("h3", {}, say("whyUnknown", { n: zone.unknown })),
      make("dl", { class: "facts" }, Object.entries(because).flatMap(([reason, n]) => fact(say(reason), n))),
      estimate ? make("p", { class: "estimate" }, say(estimate.low === estimate.high ? "estimated" : "estimatedBetween", range)) : null,
    ];
  }

  #use(zone, use) {
    const count = countUse(this.#city, zone, use);
    return count === null || count.capacity === 0 ? [] : fact(say(use), say("freeOf", { a: count.vacant, b: count.capacity }));
  }

  #spaces(zone) {
    const spaces = this.#city.spacesOf(zone.id).sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }));
    if (spaces.length === 0) return make("p", { class: "empty" }, say(zone.capacity > 0 ? "loadingSpaces" : "nothing"));
    const rank = (space) => ["free", "unknown", "stale", "occupied", "restricted"].indexOf(this.#city.shown(space));
    return make("ul", { class: "spaces" }, spaces.sort((a, b) => rank(a) - rank(b)).map((space) => this.#row(space)));
  }

  #row(space) {
    const shown = this.#city.shown(space);
    return make(
      "li", {},
      make(
        "button", { type: "button", "data-focus": space.id, "data-shown": shown, onclick: () => this.#on.space(space.id) },
        iconElement(shown), make("span", { class: "name" }, space.id),
        make("span", { class: "of" }, `${say(shown)}${space.use === "ordinary" ? "" : ` · ${say(space.use)}`}`),
      ),
    );
  }

  #space(space) {
    const shown = this.#city.shown(space);
    const zone = this.#city.zones.get(space.zone);
    const facility = this.#city.facilities.find((item) => item.id === space.facility);
    const known = SHOWN.includes(space.status) && shown === "stale" ? say("lastKnown", { status: say(space.status), age: ago(ageOf(space)) }) : null;
    const sure = typeof space.confidence === "number" ? `${Math.round(space.confidence * 100)} %` : null;
    return [
      this.#head(space.id, [say(space.kind), say(space.use)], () => (zone ? this.#on.zone(zone.id) : this.#on.close()), space),
      make("p", { class: "verdict", "data-shown": shown }, iconElement(shown, 34), make("b", {}, say(shown))),
      known ? make("p", { class: "notice" }, known) : null,
      space.reason && shown !== "free" ? make("p", { class: "notice" }, say(space.reason)) : null,
      make(
        "dl", { class: "facts" },
        fact(say("updated"), this.#age("spaces", space)),
        fact(say("since"), space.since ? clock(space.since) : null),
        fact(say("closedUntil"), shown === "restricted" && space.until ? clock(space.until) : null),
        fact(say("confidence"), sure),
        fact(say("zone"), zone ? nameOf(zone) : space.zone),
        fact(say("segment"), space.segment ?? null),
        fact(say("facility"), facility ? nameOf(facility) : (space.facility ?? null)),
      ),
    ].filter(Boolean);
  }
}
