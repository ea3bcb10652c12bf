// The page's only way to the service: its public answers, and the stream of changes with what to do when it breaks.

const PATIENCE_MS = 10_000;
const RETRY_MS = [500, 1000, 2000, 4000];

async function read(path, type = "application/json") {
  const answer = await fetch(path, { headers: { Accept: type }, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function readPages(path, key) {
  const items = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await read(`${path}${path.includes("?") ? "&" : "?"}limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...page[key]);
    cursor = page.next ?? null;
  }
  return items;
}

const flat = (feature) => ({ ...feature.properties, id: feature.properties.id ?? feature.id, geometry: feature.geometry });

/** Every district, for its name. */
export const districts = () => readPages("/v1/districts", "districts");

/** Every zone with its numbers and, where the inventory has one, its outline. */
export const zones = async () => (await readPages("/v1/zones?format=geojson", "features")).map(flat);

/** Every lot and garage, for its name and outline. */
export const facilities = async () => (await readPages("/v1/facilities?format=geojson", "features")).map(flat);

/** Every space of a zone with its place and state. */
export const spaces = async (zoneId) =>
  (await readPages(`/v1/zones/${encodeURIComponent(zoneId)}/spaces?format=geojson`, "features")).map(flat);

/**
 * The stream of changes. `on` has `zone`, `space`, `reset` and `state`; the browser itself resumes after the last id it
 * has seen, and where the server refuses that, the stream is opened anew, which tells `reset`.
 */
export class Stream {
  #on;
  #source = null;
  #attempts = 0;
  #timer = 0;

  constructor(on) {
    this.#on = on;
  }

  open() {
    this.#source = new EventSource("/v1/stream");
    this.#source.addEventListener("open", () => {
      this.#attempts = 0;
      this.#on.state("live");
    });
    this.#source.addEventListener("zone", (event) => this.#on.zone(JSON.parse(event.data)));
    this.#source.addEventListener("space", (event) => this.#on.space(JSON.parse(event.data)));
    this.#source.addEventListener("reset", () => this.#on.reset());
    this.#source.addEventListener("error", () => this.#lose());
  }

  /** Drop the present connection and begin again, as when the network is gone or it has fallen silent without an error. */
  reopen() {
    this.#source?.close();
    this.#lose();
  }

  #lose() {
    this.#on.state("lost");
    if (this.#source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#timer);
    const wait = RETRY_MS[Math.min(this.#attempts, RETRY_MS.length - 1)];
    this.#attempts += 1;
    this.#timer = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }
}
