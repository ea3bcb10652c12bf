// Reading snapshots while changes keep coming: what arrives during a read is applied again after it, so that the last
// word is always the newest.

import * as server from "./server.js";

const AT_ONCE = 4;
const RETRY_MS = 2000;

export class Loading {
  #city;
  #late = new Set();
  #asked = new Set();
  #queue = [];
  #running = 0;
  #generation = 0;

  constructor(city) {
    this.#city = city;
  }

  /** Take a change now, and once more after every read that is under way. */
  change(kind, item) {
    this.#apply(kind, item);
    for (const late of this.#late) late.push([kind, item]);
  }

  /** Read everything that is shown anew; throws when the service cannot be read. */
  async everything() {
    await this.#during(async () => {
      const [districts, facilities, zones] = await Promise.all([server.districts(), server.facilities(), server.zones()]);
      return () => {
        this.#city.replaceZones(zones);
        this.#city.replacePlaces(districts, facilities);
      };
    });
    this.#generation += 1;
    const again = [...this.#asked].filter((id) => this.#city.zones.has(id));
    this.#asked.clear();
    this.#queue = [];
    this.spaces(again);
  }

  /** Read the spaces of these zones unless that was done or is under way; a few at a time, first asked first read. */
  spaces(zoneIds) {
    for (const id of zoneIds) {
      if (this.#asked.has(id)) continue;
      this.#asked.add(id);
      this.#queue.push(id);
    }
    while (this.#running < AT_ONCE && this.#queue.length) this.#next(this.#queue.shift(), this.#generation);
  }

  /** Read the spaces of these zones anew: a confirmation without a change is told by no event, and moves only the age. */
  again(zoneIds) {
    for (const id of zoneIds) this.#asked.delete(id);
    this.spaces(zoneIds);
  }

  async #next(id, generation) {
    this.#running += 1;
    try {
      await this.#during(async () => {
        const spaces = await server.spaces(id);
        return () => this.#city.replaceSpaces(id, spaces);
      });
    } catch {
      // The zone is asked for again by the next look at the map or the next reading of everything.
      if (generation === this.#generation) setTimeout(() => this.#asked.delete(id), RETRY_MS);
    } finally {
      this.#running -= 1;
      this.spaces([]);
    }
  }

  async #during(readThem) {
    const late = [];
    this.#late.add(late);
    try {
      const take = await readThem();
      take();
      for (const [kind, item] of late) this.#apply(kind, item);
    } finally {
      this.#late.delete(late);
    }
  }

  #apply(kind, item) {
    if (kind === "zone") this.#city.updateZone(item);
    else this.#city.updateSpace(item);
  }
}
