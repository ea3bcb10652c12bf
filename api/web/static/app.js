// Puts the page together: one city, one stream that keeps it true, and three views of it.

import { City, SHOWN } from "./city.js";
import { Details } from "./details.js";
import { make } from "./dom.js";
import { iconElement } from "./icons.js";
import { ZoneList } from "./list.js";
import { Loading } from "./loading.js";
import { CityMap } from "./map.js";
import { Stream } from "./server.js";
import { clock } from "./time.js";
import { say, switchLanguage, writePage } from "./words.js";

const SORT_AGAIN_MS = 5000;
const SILENCE_MS = 12_000;
const RETRY_MS = 2000;

const part = (id) => document.getElementById(id);
const city = new City();
const loading = new Loading(city);
let map = null;
let heardAt = performance.now();
let isLoading = false;
let hasFailed = false;

const list = new ZoneList(part("zones"), city, {
  zone: showZone,
  centre: () => map?.centre ?? null,
  use(use) {
    map?.filter(use);
    if (use) loading.spaces(city.zones.keys());
  },
});
const details = new Details(part("details"), city, {
  zone: showZone,
  space: showSpace,
  close: () => choose(null),
  locate(item) {
    setOpen(false);
    map?.show(item);
  },
});

function choose(shown) {
  const before = details.shown;
  details.show(shown);
  map?.select(shown);
  if (!shown && before) part("zones").querySelector(`[data-zone="${CSS.escape(before.id)}"]`)?.focus();
}

function showZone(id) {
  loading.again([id]);
  choose({ source: "zones", id });
}

function showSpace(id) {
  loading.again([city.spaces.get(id).zone]);
  choose({ source: "spaces", id });
}

/** The list covers the map on a small screen while it is open. */
function setOpen(isOpen) {
  document.body.classList.toggle("open", isOpen);
  part("grip").setAttribute("aria-expanded", String(isOpen));
  part("grip").setAttribute("aria-label", say(isOpen ? "collapse" : "expand"));
}

function writeState() {
  const stale = [...city.zones.values()].filter((zone) => zone.stale === true);
  const newest = stale.map((zone) => zone.observed_at).filter(Boolean).toSorted().at(-1);
  const time = newest ? clock(newest) : clock(city.feed.since);
  const sentence =
    city.feed.state === "lost" ? say("lostSince", { time: clock(city.feed.since) })
    : hasFailed ? say("loadFailed")
    : stale.length === 0 ? ""
    : stale.length === city.zones.size ? say("staleAll", { time })
    : say("staleZones", { n: stale.length, time });
  part("banner").hidden = sentence === "";
  if (part("banner").textContent !== sentence) part("banner").textContent = sentence;
  const state = city.feed.state === "live" && stale.length > 0 ? "stale" : city.feed.state;
  part("pulse").dataset.state = state;
  if (part("pulse").textContent !== say(state)) part("pulse").textContent = say(state);
  document.body.classList.toggle("stale", city.feed.state === "lost" || (stale.length > 0 && stale.length === city.zones.size));
}

function writeWords() {
  writePage();
  part("language").textContent = say("language");
  part("language").setAttribute("aria-label", say("languageLabel"));
  part("legend").replaceChildren(...SHOWN.flatMap((shown) => [make("dt", {}, iconElement(shown, 16)), make("dd", {}, say(shown))]));
  setOpen(document.body.classList.contains("open"));
  list.write();
  details.write();
  map?.rename();
  writeMapless();
  writeState();
}

function writeMapless() {
  const key = part("mapless").dataset.reason;
  part("mapless").hidden = !key;
  part("mapless").textContent = key ? say(key) : "";
}

async function load() {
  if (isLoading) return;
  isLoading = true;
  try {
    await loading.everything();
    hasFailed = false;
    if (list.use) loading.spaces(city.zones.keys());
  } catch {
    hasFailed = true;
    setTimeout(load, RETRY_MS);
  } finally {
    isLoading = false;
    writeState();
  }
}

const stream = new Stream({
  zone: (zone) => hear("zone", zone),
  space: (space) => hear("space", space),
  reset: load,
  state(state) {
    heardAt = performance.now();
    const hasReturned = state === "live";
    city.setFeed(state);
    writeState();
    if (hasReturned) load();
  },
});

function hear(kind, item) {
  heardAt = performance.now();
  loading.change(kind, item);
}

/** A connection that died without an error says nothing more; then the zones are asked for, and if that fails it is lost. */
async function listen() {
  if (city.feed.state !== "live" || performance.now() - heardAt < SILENCE_MS) return;
  heardAt = performance.now();
  await load();
  if (hasFailed) stream.reopen();
}

city.onChange((dirty) => {
  if (dirty.places) list.arrange();
  else list.update(list.use ? new Set([...dirty.zones, ...[...dirty.spaces].map((id) => city.spaces.get(id)?.zone)]) : dirty.zones);
  const { shown } = details;
  const isTouched = shown && (dirty.places || dirty[shown.source].has(shown.id) || [...dirty.spaces].some((id) => city.spaces.get(id)?.zone === shown.id));
  if (isTouched) details.write();
  writeState();
});

async function openMap() {
  const { vendor } = document.documentElement.dataset;
  if (!vendor) {
    part("mapless").dataset.reason = "mapless";
    return writeMapless();
  }
  try {
    part("stage").prepend(make("link", { rel: "stylesheet", href: `${vendor}/maplibre-gl.css` }));
    map = await CityMap.open(part("map"), vendor, city, {
      zone: showZone,
      space: showSpace,
      need: (zoneIds) => loading.spaces(zoneIds),
      view: () => list.order === "distance" && list.arrange(),
    });
    map.filter(list.use);
  } catch {
    part("mapless").dataset.reason = "mapFailed";
    writeMapless();
  }
}

part("language").addEventListener("click", () => {
  switchLanguage();
  writeWords();
});
part("grip").addEventListener("click", () => setOpen(!document.body.classList.contains("open")));
part("search").addEventListener("input", (event) => {
  list.words = event.target.value;
  list.arrange();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && details.shown) choose(null);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  map?.restyle();
  writeWords();
});
addEventListener("offline", () => stream.reopen());
setInterval(() => details.tick(), 1000);
setInterval(() => document.hidden || (list.order === "vacancy" && list.arrange()), SORT_AGAIN_MS);
setInterval(listen, SILENCE_MS / 4);

writeWords();
stream.open();
openMap();
