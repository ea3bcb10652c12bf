// The look of the map: a plain ground of our own, no tile and no font from anywhere.

import { colour } from "./icons.js";
import { SHOWN } from "./city.js";

/** Spaces are drawn from this zoom on; further out a zone is its label. */
export const SPACES_FROM = 13;
const BAYS_FROM = 17.5;

const EMPTY = { type: "FeatureCollection", features: [] };
const source = () => ({ type: "geojson", data: EMPTY, promoteId: "id", tolerance: 0.1 });
const growing = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
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
    { id: "zones", type: "fill", source: "zones", paint: { "fill-color": crowding, "fill-opacity": growing(10, 0.3, 14, 0.14, 17, 0.07) } },
    {
      id: "zone-hatching", type: "fill", source: "zones",
      paint: { "fill-pattern": "hatching", "fill-opacity": ["case", ["==", state("crowding", "none"), "none"], 0.55, 0] },
    },
    {
      id: "zone-edges", type: "line", source: "zones", layout: { "line-join": "round" },
      paint: {
        "line-color": crowding, "line-opacity": 0.75,
        "line-width": ["case", ["==", state("selected", false), true], 3, 1.2],
      },
    },
  ];
}

function kerbs() {
  const layout = { "line-cap": "round", "line-join": "round" };
  return [
    {
      id: "roads", type: "line", source: "kerbs", minzoom: SPACES_FROM, layout,
      paint: { "line-color": colour("map-road"), "line-width": growing(13, 2.5, 15, 8, 17, 22, 20, 90) },
    },
    {
      id: "kerbs", type: "line", source: "kerbs", minzoom: SPACES_FROM, layout,
      paint: { "line-color": colour("map-kerb"), "line-width": growing(13, 0.8, 17, 1.6, 20, 3) },
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
      "circle-radius": growing(13, 7, 16, 13, 20, 26), "circle-color": colour("accent"),
      "circle-opacity": ["case", ["==", state("selected", false), true], 0.22, 0],
      "circle-stroke-color": colour("accent"), "circle-stroke-width": 2,
      "circle-stroke-opacity": ["case", ["==", state("selected", false), true], 1, 0],
    },
  };
  const icons = ["stale", "unknown", "restricted", "occupied", "free"].map((shown) => ({
    id: `space-${shown}`, type: "symbol", source: "spaces", minzoom: SPACES_FROM,
    layout: {
      "icon-image": shown, "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": growing(13, 0.2, 15, 0.42, 16, 0.6, 18, 1, 20, 1.5),
    },
    paint: { "icon-opacity": ["case", ["==", ["feature-state", "shown"], shown], 1, 0] },
  }));
  return [ring, ...icons];
}

/** The ids of the layers that draw spaces, for clicks and filters. */
export const SPACE_LAYERS = SHOWN.map((shown) => `space-${shown}`);

/** The whole style in the colours of the present theme; the data is set later. */
export function style() {
  return {
    version: 8,
    sources: { districts: source(), zones: source(), kerbs: source(), bays: source(), spaces: source() },
    layers: [...ground(), ...zones(), ...kerbs(), ...spaces()],
    transition: { duration: 150, delay: 0 },
  };
}
