// The labels of the zones on the map: numbers as text of the page, so that no font has to be fetched for the map.

import { crowding } from "./city.js";
import { make } from "./dom.js";
import { priceShort } from "./money.js";
import { around, box, middle } from "./shape.js";
import { nameOf, say } from "./words.js";

const EDGE_FROM_PX = 96;
const COMPACT_PX = 34;

export class Labels {
  #library;
  #map;
  #city;
  #onZone;
  #markers = new Map();
  #boxes = new Map();
  #chosen = null;

  constructor(library, map, city, onZone) {
    this.#library = library;
    this.#map = map;
    this.#city = city;
    this.#onZone = onZone;
    map.on("zoom", () => this.arrange());
  }

  /** The box of a zone: its outline, else the box around its spaces; null while neither is known. */
  boxOf(zone) {
    if (zone.geometry) {
      if (!this.#boxes.has(zone.geometry)) this.#boxes.set(zone.geometry, box(zone.geometry));
      return this.#boxes.get(zone.geometry);
    }
    const members = this.#city.spacesOf(zone.id).filter((space) => space.geometry);
    return members.length ? around(members.map((space) => box(space.geometry))) : null;
  }

  /** Rewrite the labels of the zones that changed; without an argument all of them. */
  update(dirty = { zones: this.#city.zones.keys(), places: true }) {
    for (const id of dirty.zones) this.#write(id);
    if (!dirty.places) return;
    for (const [id, entry] of this.#markers) {
      if (this.#city.zones.has(id)) continue;
      entry.marker.remove();
      this.#markers.delete(id);
    }
    this.arrange();
  }

  /** Lift the label of that zone above the others; null lifts none. */
  choose(id) {
    this.#chosen = id;
    for (const [zoneId, { element }] of this.#markers) element.classList.toggle("chosen", zoneId === id);
    this.arrange();
  }

  /** Put labels at their zones and hide those that would cover a label of a larger zone. */
  arrange() {
    const rank = (zone) => (zone.id === this.#chosen ? Infinity : zone.capacity);
    const taken = [];
    for (const zone of [...this.#city.zones.values()].sort((a, b) => rank(b) - rank(a))) {
      const entry = this.#markers.get(zone.id);
      const bounds = entry && this.boxOf(zone);
      if (!bounds) continue;
      const at = this.#place(entry.marker, bounds);
      const half = [(entry.element.classList.contains("compact") ? COMPACT_PX : entry.width) / 2 + 2, 15];
      const covers = taken.some(([other, size]) => Math.abs(other.x - at.x) < half[0] + size[0] && Math.abs(other.y - at.y) < half[1] + size[1]);
      entry.element.classList.toggle("hidden", covers);
      if (!covers) taken.push([at, half]);
    }
  }

  /** In the middle of a small zone, on the upper edge of one that is large on the screen, where it covers no space. */
  #place(marker, [west, south, east, north]) {
    const isLarge = this.#map.project([east, south]).x - this.#map.project([west, south]).x > EDGE_FROM_PX;
    marker.getElement().classList.toggle("compact", !isLarge);
    const position = [(west + east) / 2, isLarge ? north : (south + north) / 2];
    marker.setLngLat(position);
    return this.#map.project(position);
  }

  #write(id) {
    const zone = this.#city.zones.get(id);
    const bounds = zone && this.boxOf(zone);
    if (!bounds) return;
    const { element, hasMoved } = this.#elementOf(zone, bounds);
    const isStale = this.#city.isStale(zone);
    const parts = isStale
      ? [make("span", { class: "of" }, say("staleShort"))]
      : [
          make("b", {}, zone.vacant),
          make("span", { class: "of" }, `/${zone.capacity}`),
          zone.price_now ? make("span", { class: "price" }, priceShort(zone.price_now)) : null,
          zone.unknown > 0 ? make("span", { class: "doubt" }, `?${zone.unknown}`) : null,
        ];
    element.replaceChildren(...parts.filter(Boolean));
    element.dataset.crowding = crowding(zone, isStale);
    element.setAttribute("aria-label", say(isStale ? "zoneStaleLabel" : "zoneLabel", { ...zone, name: nameOf(zone) }));
    element.title = nameOf(zone);
    this.#markers.get(id).width = element.offsetWidth || 60;
    if (hasMoved) this.arrange();
  }

  #elementOf(zone, bounds) {
    const known = this.#markers.get(zone.id);
    if (known) return { element: known.element, hasMoved: false };
    const choose = (event) => {
      event.stopPropagation();
      this.#onZone(zone.id);
    };
    const element = make("button", { class: "label", type: "button", tabindex: "-1", "data-zone": zone.id, onclick: choose });
    const position = middle({ coordinates: [[bounds[0], bounds[1]], [bounds[2], bounds[3]]] });
    const marker = new this.#library.Marker({ element }).setLngLat(position).addTo(this.#map);
    this.#markers.set(zone.id, { marker, element, width: 60 });
    return { element, hasMoved: true };
  }
}
