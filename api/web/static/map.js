// The map: draws what the city knows, asks for the spaces of the zones in view, and says what was clicked.

import { crowding, SHOWN } from "./city.js";
import { hatching, icon } from "./icons.js";
import { Labels } from "./labels.js";
import { SPACE_LAYERS, SPACES_FROM, style } from "./layers.js";
import { around, kerbLines, meet, middle, unstacked } from "./shape.js";
import { say } from "./words.js";

const MOST_ZONES = 80;
const CLOSE = 18.4;
const OUTLOOK = { padding: { top: 44, right: 52, bottom: 52, left: 24 }, maxZoom: 17.2, duration: 0 };

const feature = (item, geometry = item.geometry) => ({ type: "Feature", properties: { id: item.id, kind: item.kind ?? null, use: item.use ?? null }, geometry });
const collection = (features) => ({ type: "FeatureCollection", features });

export class CityMap {
  #library;
  #map;
  #city;
  #on;
  #labels;
  #isReady = false;
  #hasOutlook = false;
  #use = null;
  #selected = null;
  #pointed = null;

  /** `on` has `zone(id)`, `space(id)`, `view()` and `need(zoneIds)`. Throws where WebGL is missing. */
  static async open(container, vendor, city, on) {
    const library = await import(`${vendor}/maplibre-gl.mjs`);
    library.setWorkerUrl(new URL(`${vendor}/maplibre-gl-worker.mjs`, location.href).href);
    return new CityMap(library, container, city, on);
  }

  constructor(library, container, city, on) {
    this.#library = library;
    this.#city = city;
    this.#on = on;
    this.#map = new library.Map({
      container, style: style(), center: [0, 0], zoom: 1, minZoom: 2, maxZoom: 21,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, locale: this.#locale(),
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new library.GeolocateControl({ positionOptions: { timeout: 8000 } }), "top-right");
    this.#map.addControl(new library.ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.#labels = new Labels(library, this.#map, city, on.zone);
    this.#map.on("style.load", () => this.#start());
    this.#map.on("moveend", () => this.#look());
    this.#map.on("click", (event) => this.#click(event));
    this.#map.on("mousemove", (event) => this.#point(event));
    city.onChange((dirty) => this.#update(dirty));
  }

  /** The position in the middle of the picture. */
  get centre() {
    return this.#map.getCenter().toArray();
  }

  /** Take the colours of the present theme. */
  restyle() {
    this.#isReady = false;
    this.#map.setStyle(style(), { diff: false });
  }

  /** Write labels and controls in the language in use. */
  rename() {
    this.#map.getCanvas().setAttribute("aria-label", say("map"));
    const titles = { ".maplibregl-ctrl-zoom-in": "zoomIn", ".maplibregl-ctrl-zoom-out": "zoomOut", ".maplibregl-ctrl-geolocate": "locate" };
    for (const [selector, key] of Object.entries(titles)) {
      const button = this.#map.getContainer().querySelector(selector);
      button?.setAttribute("aria-label", say(key));
      button?.setAttribute("title", say(key));
    }
    this.#labels.update();
  }

  /** Draw only spaces of that use; null draws all. */
  filter(use) {
    this.#use = use;
    if (this.#isReady) for (const layer of SPACE_LAYERS) this.#map.setFilter(layer, use && ["==", ["get", "use"], use]);
  }

  /** Mark a zone or a space, `{source: "zones"|"spaces", id}`, and nothing else. */
  select(selected) {
    if (this.#selected && this.#isReady) this.#map.setFeatureState(this.#selected, { selected: false });
    this.#selected = selected;
    if (selected && this.#isReady) this.#map.setFeatureState(selected, { selected: true });
    this.#labels.choose(selected?.source === "zones" ? selected.id : null);
  }

  /** Bring a zone or space into the picture. */
  show(item) {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const bounds = item.geometry?.type === "Point" ? null : this.#labels.boxOf(item);
    const motion = { ...OUTLOOK, duration: isStill ? 0 : 700 };
    if (bounds && this.#city.zones.has(item.id)) this.#map.fitBounds(bounds, motion);
    else if (item.geometry) this.#map.easeTo({ duration: motion.duration, center: middle(item.geometry), zoom: Math.max(this.#map.getZoom(), CLOSE) });
  }

  #locale() {
    return { "NavigationControl.ZoomIn": say("zoomIn"), "NavigationControl.ZoomOut": say("zoomOut"), "Map.Title": say("map") };
  }

  #start() {
    for (const shown of SHOWN) {
      const { image, pixelRatio } = icon(shown);
      this.#map.addImage(shown, image, { pixelRatio });
    }
    const { image, pixelRatio } = hatching();
    this.#map.addImage("hatching", image, { pixelRatio });
    this.#isReady = true;
    this.#update({ zones: this.#city.zones.keys(), spaces: this.#city.spaces.keys(), places: true });
    this.filter(this.#use);
    this.select(this.#selected);
    this.rename();
  }

  #update(dirty) {
    if (!this.#isReady) return;
    if (dirty.places) this.#place();
    for (const id of dirty.zones) {
      const zone = this.#city.zones.get(id);
      if (zone) this.#map.setFeatureState({ source: "zones", id }, { crowding: crowding(zone, this.#city.isStale(zone)) });
    }
    for (const id of dirty.spaces) {
      const space = this.#city.spaces.get(id);
      if (space) this.#map.setFeatureState({ source: "spaces", id }, { shown: this.#city.shown(space) });
    }
    this.#labels.update(dirty);
  }

  #place() {
    const all = [...this.#city.spaces.values()].filter((space) => space.geometry);
    const data = {
      districts: [...this.#city.districts.values()].filter((item) => item.geometry).map((item) => feature(item)),
      zones: [...this.#city.zones.values()].filter((item) => item.geometry).map((item) => feature(item)),
      facilities: this.#city.facilities.filter((item) => item.geometry).map((item) => feature(item)),
      spaces: unstacked(all).map(([space, coordinates]) => feature(space, { type: "Point", coordinates })),
      bays: all.filter((space) => space.geometry.type !== "Point").map((space) => feature(space)),
      kerbs: kerbLines(all).map(({ segment, coordinates }) => feature({ id: segment }, { type: "LineString", coordinates })),
    };
    for (const [name, features] of Object.entries(data)) this.#map.getSource(name).setData(collection(features));
    this.#lookFirst();
  }

  #lookFirst() {
    const boxes = Map.groupBy([...this.#city.zones.values()].filter((zone) => this.#labels.boxOf(zone)), (zone) => zone.district);
    if (this.#hasOutlook || boxes.size === 0) return;
    this.#hasOutlook = true;
    const size = (zones) => zones.reduce((sum, zone) => sum + zone.capacity, 0);
    const largest = [...boxes.values()].reduce((a, b) => (size(a) >= size(b) ? a : b));
    this.#map.fitBounds(around(largest.map((zone) => this.#labels.boxOf(zone))), OUTLOOK);
  }

  #look() {
    this.#labels.arrange();
    this.#on.view();
    if (this.#map.getZoom() < SPACES_FROM) return;
    const view = this.#map.getBounds().toArray().flat();
    const seen = [...this.#city.zones.values()].filter((zone) => {
      const bounds = this.#labels.boxOf(zone);
      return bounds && meet(bounds, view);
    });
    this.#on.need(seen.slice(0, MOST_ZONES).map((zone) => zone.id));
  }

  #at(event) {
    const { x, y } = event.point;
    return this.#map.queryRenderedFeatures([[x - 6, y - 6], [x + 6, y + 6]], { layers: SPACE_LAYERS })[0]?.properties.id;
  }

  #click(event) {
    if (!this.#isReady) return;
    const space = this.#at(event);
    if (space) return this.#on.space(space);
    const zone = this.#map.queryRenderedFeatures(event.point, { layers: ["zones"] })[0];
    if (zone) this.#on.zone(zone.properties.id);
  }

  /** Looking up what lies under the pointer costs as much as drawing, so it is done once per frame and never on the move. */
  #point(event) {
    const isAwaited = this.#pointed !== null;
    this.#pointed = event;
    if (isAwaited) return;
    requestAnimationFrame(() => {
      if (this.#isReady && !this.#map.isMoving()) this.#map.getCanvas().style.cursor = this.#at(this.#pointed) ? "pointer" : "";
      this.#pointed = null;
    });
  }
}
