// What the page knows: zones, spaces and whether any of it may be believed. Changes are told once per frame.

/** What is drawn for a space: its status, or `stale` when nobody keeps it up to date. */
export const SHOWN = ["free", "occupied", "unknown", "restricted", "stale"];
export const USES = ["ordinary", "accessible", "charging", "loading"];

/** How full a zone is, coarsely; `none` where nothing is known that may be believed. */
export function crowding(zone, isStale) {
  const known = zone.vacant + zone.occupied;
  if (isStale || known === 0) return "none";
  // All that is known is taken, and nothing tells of the others: no street is full for that.
  if (zone.vacant === 0 && zone.unknown > 0 && zone.estimated_vacant === null) return "none";
  const share = zone.vacant / known;
  return share < 0.05 ? "full" : share < 0.2 ? "tight" : "open";
}

export class City {
  zones = new Map();
  spaces = new Map();
  #spacesByZone = new Map();
  districts = new Map();
  facilities = [];
  feed = { state: "connecting", since: Date.now() };
  #listeners = [];
  #dirty = { zones: new Set(), spaces: new Set(), places: false };
  #asked = false;

  /** Call `listener({zones, spaces, places})` after changes: ids, and whether places came or went. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Take the zones of a fresh answer; those that are not in it are gone. */
  replaceZones(zones) {
    const fresh = new Set(zones.map((zone) => zone.id));
    for (const id of this.zones.keys()) if (!fresh.has(id)) this.#forgetZone(id);
    for (const zone of zones) this.updateZone(zone, true);
  }

  /** Take new numbers of a zone; geometry and names stay when the update has none. */
  updateZone(zone, isWhole = false) {
    const before = this.zones.get(zone.id);
    if (!before && !isWhole) return;
    if (zone.removed) return this.#forgetZone(zone.id);
    if (before?.stale !== zone.stale) for (const id of this.#spacesByZone.get(zone.id) ?? []) this.#dirty.spaces.add(id);
    this.zones.set(zone.id, { ...before, ...zone, received: performance.now() });
    this.#dirty.zones.add(zone.id);
    this.#dirty.places ||= isWhole;
    this.#tellSoon();
  }

  /** Take the spaces of a zone; those that are not in it are gone. */
  replaceSpaces(zoneId, spaces) {
    const fresh = new Set(spaces.map((space) => space.id));
    for (const space of this.spacesOf(zoneId)) if (!fresh.has(space.id)) this.#forgetSpace(space);
    for (const space of spaces) this.updateSpace(space, true);
    this.#dirty.places = true;
    this.#tellSoon();
  }

  /** Take the new state of a space that is already known. */
  updateSpace(space, isWhole = false) {
    const before = this.spaces.get(space.id);
    if (!before && !isWhole) return;
    if (space.removed) this.#forgetSpace(before);
    else this.#keepSpace({ ...before, ...space, received: performance.now() });
    this.#dirty.places ||= isWhole || space.removed === true;
    this.#dirty.spaces.add(space.id);
    this.#tellSoon();
  }

  /** Take what hardly ever changes: districts and facilities, for their names and outlines. */
  replacePlaces(districts, facilities) {
    this.districts = new Map(districts.map((district) => [district.id, district]));
    this.facilities = facilities;
    this.#dirty.places = true;
    this.touchAll();
  }

  /** Note that updates arrive (`live`), have stopped (`lost`) or are awaited (`connecting`). */
  setFeed(state) {
    if (this.feed.state === state) return;
    this.feed = { state, since: Date.now() };
    this.touchAll();
  }

  /** Tell every listener that everything may look different now. */
  touchAll() {
    for (const id of this.zones.keys()) this.#dirty.zones.add(id);
    for (const id of this.spaces.keys()) this.#dirty.spaces.add(id);
    this.#tellSoon();
  }

  spacesOf(zoneId) {
    return [...(this.#spacesByZone.get(zoneId) ?? [])].map((id) => this.spaces.get(id));
  }

  /** Whether the numbers of a zone are not being kept up to date. */
  isStale(zone) {
    return this.feed.state === "lost" || zone.stale === true;
  }

  /** What is drawn for a space. */
  shown(space) {
    const zone = this.zones.get(space.zone);
    return space.stale === true || (zone && this.isStale(zone)) || this.feed.state === "lost" ? "stale" : space.status;
  }

  #keepSpace(space) {
    this.spaces.set(space.id, space);
    if (!this.#spacesByZone.has(space.zone)) this.#spacesByZone.set(space.zone, new Set());
    this.#spacesByZone.get(space.zone).add(space.id);
  }

  #forgetSpace(space) {
    this.spaces.delete(space.id);
    this.#spacesByZone.get(space.zone)?.delete(space.id);
  }

  #forgetZone(id) {
    for (const space of this.spacesOf(id)) this.#forgetSpace(space);
    this.zones.delete(id);
    this.#dirty.places = true;
    this.#tellSoon();
  }

  #tellSoon() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      const dirty = this.#dirty;
      this.#dirty = { zones: new Set(), spaces: new Set(), places: false };
      this.#asked = false;
      for (const listener of this.#listeners) listener(dirty);
    });
  }
}
