// Codes to scan, drawn on the phone itself: a driver has a network even where the attendant has none.

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;
let library = null;

/** Fetch the library while there is a network; without it a link is all that can be shown. */
export async function loadCodes() {
  const { vendor } = document.documentElement.dataset;
  if (vendor) library = await import(`${vendor}/lean-qr.mjs`);
}

/** A picture of the code, null where the library is missing. */
export function drawCode(text) {
  if (!library) return null;
  const bits = library.generate(text);
  let path = "";
  for (let y = 0; y < bits.size; y += 1) {
    for (let x = 0; x < bits.size; x += 1) if (bits.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  }
  const picture = document.createElementNS(SVG, "svg");
  const side = bits.size + 2 * QUIET;
  picture.setAttribute("viewBox", `${-QUIET} ${-QUIET} ${side} ${side}`);
  picture.setAttribute("class", "code");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", text);
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("d", path);
  picture.append(dark);
  return picture;
}
