// The look of the map: a plain ground of our own, no tile and no font from anywhere.

import { colour } from "./icons.js";
import { SHOWN } from "./city.js";

/** Spaces are drawn from this zoom on; further out a zone is its label. */
export const SPACES_FROM = 14;
const ICONS_FROM = 16.5;
const BAYS_FROM = 17;

const EMPTY = { type: "FeatureCollection", features: [] };
const source = () => ({ type: "geojson", data: EMPTY, promoteId: "id", tolerance: 0.1 });
/** A width that keeps its size on the ground: pixels at zoom 14, at the latitude of a Chinese city. */
const lasting = (pixels) => ["interpolate", ["exponential", 2], ["zoom"], 14, pixels, 22, pixels * 256];
const growing = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
/** Kerb spaces lie 6 m apart and those of lots and garages 2.5 m, so their icons differ in size. */
const sized = ([zoom, kerb, dense]) => [zoom, ["match", ["get", "kind"], "kerb", kerb, dense]];
const state = (name, otherwise) => ["coalesce", ["feature-state", name], otherwise];

function ground() {
  return [
    { id: "ground", type: "background", paint: { "background-color": colour("map-ground") } },
    { id: "districts", type: "fill", source: "districts", paint: { "fill-color": colour("map-land") } },
    {
      id: "district-edges", type: "line", source: "districts",
      paint: { "line-color": colour("map-edge"), "line-width": 1.2, "line-dasharray": [3, 2] },
    },
  ];
}

function zones() {
  const crowding = ["match", state("crowding", "none"), "open", colour("free"), "tight", colour("tight"), "full", colour("occupied"), colour("stale")];
  return [
    { id: "zones", type: "fill", source: "zones", paint: { "fill-color": crowding, "fill-opacity": growing(10, 0.3, 14, 0.11, 17, 0.04) } },
    {
      id: "zone-hatching", type: "fill", source: "zones",
      paint: { "fill-pattern": "hatching", "fill-opacity": ["case", ["==", state("crowding", "none"), "none"], 0.55, 0] },
    },
    {
      id: "zone-edges", type: "line", source: "zones", layout: { "line-join": "round" },
      paint: {
        "line-color": crowding, "line-opacity": 0.6,
        "line-width": ["case", ["==", state("selected", false), true], 3, 1.2],
      },
    },
  ];
}

function kerbs() {
  const layout = { "line-cap": "square", "line-join": "round" };
  return [
    {
      id: "roads", type: "line", source: "kerbs", minzoom: SPACES_FROM, layout,
      paint: { "line-color": colour("map-road"), "line-width": lasting(4.2) },
    },
    {
      id: "kerbs", type: "line", source: "kerbs", minzoom: SPACES_FROM, layout,
      paint: { "line-color": colour("map-kerb"), "line-width": growing(14, 0.6, 17, 1, 20, 2) },
    },
    { id: "facilities", type: "fill", source: "facilities", minzoom: SPACES_FROM, paint: { "fill-color": colour("map-road") } },
    {
      id: "facility-edges", type: "line", source: "facilities", minzoom: SPACES_FROM,
      paint: { "line-color": colour("map-kerb"), "line-width": growing(14, 0.6, 18, 1.2) },
    },
    {
      id: "bays", type: "line", source: "bays", minzoom: BAYS_FROM,
      paint: { "line-color": colour("map-kerb"), "line-width": 1.2 },
    },
  ];
}

function spaces() {
  const ring = {
    id: "chosen", type: "circle", source: "spaces", minzoom: SPACES_FROM,
    paint: {
      "circle-radius": growing(14, 7, 17, 10, 20, 26), "circle-color": colour("accent"),
      "circle-opacity": ["case", ["==", state("selected", false), true], 0.22, 0],
      "circle-stroke-color": colour("accent"), "circle-stroke-width": 2,
      "circle-stroke-opacity": ["case", ["==", state("selected", false), true], 1, 0],
    },
  };
  const byState = (values) => ["match", state("shown", "none"), ...Object.entries(values).flat(), values.stale];
  const dots = {
    id: "dots", type: "circle", source: "spaces", minzoom: SPACES_FROM, maxzoom: ICONS_FROM,
    paint: {
      "circle-radius": growing(...[[14, 1.6, 1], [15, 2, 1.2], [16, 3.2, 1.8], [16.5, 4.2, 2.3]].flatMap(sized)),
      "circle-color": byState({ free: colour("free"), occupied: colour("occupied"), unknown: colour("unknown-fill"), restricted: colour("restricted"), stale: colour("stale-fill") }),
      "circle-stroke-color": byState({ unknown: colour("unknown"), stale: colour("stale") }),
      "circle-stroke-width": byState({ free: 0, occupied: 0, restricted: 0, stale: 0.8, unknown: 0.8 }),
      "circle-opacity": ["case", ["==", state("shown", "none"), "none"], 0, 1],
      "circle-stroke-opacity": ["case", ["==", state("shown", "none"), "none"], 0, 1],
    },
  };
  const icons = ["stale", "unknown", "restricted", "occupied", "free"].map((shown) => ({
    id: `space-${shown}`, type: "symbol", source: "spaces", minzoom: ICONS_FROM,
    layout: {
      "icon-image": shown, "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": growing(...[[16.5, 0.42, 0.22], [17, 0.54, 0.26], [18, 0.92, 0.5], [19, 1.3, 0.92], [20, 1.6, 1.4]].flatMap(sized)),
    },
    paint: { "icon-opacity": ["case", ["==", ["feature-state", "shown"], shown], 1, 0] },
  }));
  return [ring, dots, ...icons];
}

/** The ids of the layers that draw spaces, for clicks and filters. */
export const SPACE_LAYERS = ["dots", ...SHOWN.map((shown) => `space-${shown}`)];

/** The whole style in the colours of the present theme; the data is set later. */
export function style() {
  return {
    version: 8,
    sources: { districts: source(), zones: source(), facilities: source(), kerbs: source(), bays: source(), spaces: source() },
    layers: [...ground(), ...zones(), ...kerbs(), ...spaces()],
    transition: { duration: 150, delay: 0 },
  };
}
