// The list of zones: found by words, narrowed to a use, sorted by distance or by vacancy; it says all that the map shows.

import { USES } from "./city.js";
import { make } from "./dom.js";
import { priceNow } from "./money.js";
import { around, box, metres, middle } from "./shape.js";
import { clock, length } from "./time.js";
import { nameOf, say } from "./words.js";

const middles = new WeakMap();

function whereIs(city, zone) {
  if (zone.geometry) {
    if (!middles.has(zone.geometry)) middles.set(zone.geometry, middle(zone.geometry));
    return middles.get(zone.geometry);
  }
  const spaces = city.spacesOf(zone.id).filter((space) => space.geometry);
  if (spaces.length === 0) return null;
  const [west, south, east, north] = around(spaces.map((space) => box(space.geometry)));
  return [(west + east) / 2, (south + north) / 2];
}

const MOST_ROWS = 200;
const PARTS = ["vacant", "occupied", "unknown", "restricted"];

/** A bar with one part per state, as wide as its share. */
export function shareBar(zone, isStale, parts = PARTS) {
  const shares = parts.filter((part) => zone[part] > 0).map((part) => {
    const element = make("i", { "data-part": part });
    element.style.flexGrow = zone[part];
    return element;
  });
  return make("span", { class: `bar${isStale ? " stale" : ""}`, "aria-hidden": "true" }, shares);
}

/** How many spaces of one use a zone has and how many of them are known to be vacant; null before they are read. */
export function countUse(city, zone, use) {
  const spaces = city.spacesOf(zone.id);
  if (spaces.length === 0 && zone.capacity > 0) return null;
  const fitting = spaces.filter((space) => space.use === use);
  return { capacity: fitting.length, vacant: fitting.filter((space) => city.shown(space) === "free").length };
}

export class ZoneList {
  words = "";
  use = null;
  order = "distance";
  #city;
  #on;
  #place;
  #rows = new Map();

  /** `place` is the list element; `on` has `zone(id)`, `use(use)` and `centre()`, the position to sort from or null. */
  constructor(place, city, on) {
    this.#place = place;
    this.#city = city;
    this.#on = on;
  }

  /** Write everything anew: words, order and rows. */
  write() {
    this.#writeChoices(document.getElementById("uses"), [null, ...USES], this.use, (use) => say(use ?? "allUses"), (use) => {
      this.use = use;
      this.#on.use(use);
      this.write();
    });
    this.#writeChoices(document.getElementById("sort"), ["distance", "vacancy"], this.order, (order) => say(order === "distance" ? "byDistance" : "byVacancy"), (order) => {
      this.order = order;
      this.write();
    });
    this.#rows.clear();
    this.arrange();
  }

  /** Rewrite the rows of these zones where they stand; the order stays until it is asked for. */
  update(zoneIds) {
    this.#writeTotal();
    for (const id of zoneIds) {
      const row = this.#rows.get(id);
      const zone = this.#city.zones.get(id);
      if (row && zone) this.#fill(row, zone);
    }
  }

  /** Choose, sort and place the rows. */
  arrange() {
    this.#writeTotal();
    const zones = this.#chosen().slice(0, MOST_ROWS);
    const rows = zones.map(({ zone, distance }) => {
      const row = this.#rows.get(zone.id) ?? make("li", {});
      row.distance = distance;
      this.#rows.set(zone.id, row);
      this.#fill(row, zone);
      return row;
    });
    const empty = this.#city.zones.size === 0 ? "noZones" : "nothing";
    const focused = document.activeElement?.closest?.("li");
    this.#place.replaceChildren(...(rows.length ? rows : [make("li", { class: "empty" }, say(empty))]));
    if (focused && this.#place.contains(focused)) focused.querySelector("button").focus({ preventScroll: true });
  }

  #chosen() {
    const words = this.words.trim().toLowerCase();
    const centre = this.#on.centre();
    const found = [];
    for (const zone of this.#city.zones.values()) {
      const district = this.#city.districts.get(zone.district);
      const text = [zone.id, zone.name, zone.name_en, district?.name, district?.name_en].join(" ").toLowerCase();
      const count = this.use && countUse(this.#city, zone, this.use);
      if (!text.includes(words) || count?.capacity === 0) continue;
      const at = whereIs(this.#city, zone);
      found.push({ zone, distance: centre && at ? metres(centre, at) : null, vacant: this.#vacantOf(zone, count) });
    }
    const byDistance = (a, b) => (a.distance ?? Infinity) - (b.distance ?? Infinity) || a.zone.id.localeCompare(b.zone.id);
    return found.sort(this.order === "vacancy" ? (a, b) => b.vacant - a.vacant || byDistance(a, b) : byDistance);
  }

  #vacantOf(zone, count) {
    if (this.#city.isStale(zone)) return -1;
    return count ? count.vacant : zone.vacant;
  }

  #fill(row, zone) {
    const isStale = this.#city.isStale(zone);
    const district = this.#city.districts.get(zone.district);
    const count = this.use ? countUse(this.#city, zone, this.use) : zone;
    const place = [zone.price_now && priceNow(zone.price_now), district && nameOf(district), say("areaClass", { c: zone.area_class }), row.distance === null ? null : length(row.distance)];
    const vacant = isStale || count === null ? "–" : count.vacant;
    const doubt = isStale
      ? make("em", {}, zone.observed_at ? say("staleSince", { time: clock(zone.observed_at) }) : say("staleShort"))
      : zone.unknown > 0 && !this.use ? make("em", {}, say("unknownShort", { n: zone.unknown })) : null;
    const parts = [
      make("span", { class: "name" }, nameOf(zone)),
      make("span", { class: "figure" }, make("b", {}, vacant), make("span", { class: "of" }, ` / ${count?.capacity ?? "…"}`)),
      make("span", { class: "place" }, place.filter(Boolean).join(" · ")),
      doubt ?? make("em", {}),
      shareBar(zone, isStale),
    ];
    let button = row.firstElementChild;
    if (!button) {
      button = make("button", { type: "button", class: "row", "data-zone": zone.id, onclick: () => this.#on.zone(zone.id) });
      row.append(button);
    }
    button.classList.toggle("stale", isStale);
    button.setAttribute("aria-label", say(isStale ? "zoneStaleLabel" : "zoneLabel", { ...zone, name: nameOf(zone) }));
    button.replaceChildren(...parts);
  }

  /** Zones whose numbers are stale are no part of the sum: their spaces are told as what they are. */
  #writeTotal() {
    const zones = [...this.#city.zones.values()];
    const fresh = zones.filter((zone) => !this.#city.isStale(zone));
    const isStale = zones.length > 0 && fresh.length === 0;
    const told = isStale ? zones : fresh;
    const sum = (all, part) => all.reduce((total, zone) => total + zone[part], 0);
    const capacity = sum(zones, "capacity");
    const total = Object.fromEntries([...PARTS.map((part) => [part, sum(told, part)]), ["stale", capacity - sum(told, "capacity")]]);
    const parts = total.stale > 0 ? [...PARTS, "stale"] : PARTS;
    const legend = parts.map((part) => make("span", { "data-part": part }, make("b", {}, total[part].toLocaleString()), say(part)));
    document.getElementById("total").replaceChildren(
      make("p", { class: "headline" }, make("b", {}, isStale || zones.length === 0 ? "–" : total.vacant.toLocaleString()), " ", make("span", {}, say("vacantOf", { n: capacity.toLocaleString() }))),
      shareBar(total, isStale, parts),
      make("p", { class: "parts" }, legend),
    );
    document.getElementById("total").classList.toggle("stale", isStale);
  }

  #writeChoices(place, values, present, label, choose) {
    const buttons = values.map((value) =>
      make("button", { type: "button", "aria-pressed": String(value === present), "data-value": value ?? "all", onclick: () => choose(value) }, label(value)),
    );
    const focused = document.activeElement?.dataset?.value;
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...buttons);
    if (hadFocus) place.querySelector(`[data-value="${focused}"]`)?.focus();
  }
}
